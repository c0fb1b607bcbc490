"""What must stay the same from one commit to the next: found only where a change is judged against an older one."""

from __future__ import annotations

from collections.abc import Iterator

from clientreg.jsonvalue import Path, shown
from clientreg.model import Succession
from clientreg.rules import ERROR, Breach, Context, rule


@rule(
    "CR525",
    ERROR,
    subject="succession",
    title="client id changes",
    bad="""
        # before: clients/acme/store.yaml
        client_name: Acme Shop
        # before-absent: clients/acme/shop.yaml
        # file: clients/acme/shop.yaml  # <-
        client_name: Acme Shop
    """,
    good="""
        # before: clients/acme/store.yaml
        client_name: Acme Shop
        # before-absent: clients/acme/shop.yaml
        # file: clients/acme/shop.yaml
        client_id: acme.store
        client_name: Acme Shop
    """,
    refs=("clientreg: the id never changes", "RFC 7591 section 3.2.1: client_id"),
)
def client_id_changes(succession: Succession, context: Context) -> Iterator[Breach]:
    """The app in its users' hands knows the old id. A server would get a new client with a new secret beside it, and
    the old one would be disabled and deleted."""
    old, new = succession.before, succession.after
    if old.client_id == new.client_id:
        return
    moved = "" if old.file == new.file else f"{old.file} was moved here: "
    message = f"{moved}the client id {shown(old.client_id)} would become {shown(new.client_id)}"
    path: Path = ("client_id",) if "client_id" in new.data else ()
    hint = f"write `client_id: {old.client_id}`; for another client, delete the old one in a pull request of its own"
    yield Breach(path, message, hint)


@rule(
    "CR526",
    ERROR,
    subject="succession",
    waivable=False,
    title="generation of the credentials goes back",
    bad="""
        # before: clients/acme/shop.yaml
        client_name: Acme Shop
        client_type: confidential
        credentials: {generation: 3}
        # file: clients/acme/shop.yaml
        client_name: Acme Shop
        client_type: confidential
        credentials:
          generation: 2  # <-
    """,
    good="""
        # before: clients/acme/shop.yaml
        client_name: Acme Shop
        client_type: confidential
        credentials: {generation: 2}
        # file: clients/acme/shop.yaml
        client_name: Acme Shop
        client_type: confidential
        credentials: {generation: 3}
    """,
    refs=("clientreg: credentials.generation raised by one is a new secret",),
)
def generation_goes_back(succession: Succession, context: Context) -> Iterator[Breach]:
    """A secret that was replaced does not come back. A revert that lowers the number would be refused by every apply,
    so that taking a change back never replaces a secret by accident."""
    old, new = succession.before, succession.after
    seen: set[tuple[int, int]] = set()
    for name in (name for name in new.environments if name in old.environments):
        before, after = old.registration(name).generation, new.registration(name).generation
        if after < before and (before, after) not in seen:
            seen.add((before, after))
            message = f"credentials.generation goes from {before} back to {after}"
            hint = f"write `generation: {before}` to keep the secret, {before + 1} for a new one"
            yield Breach(new.place(name, ("credentials", "generation")), message, hint)
