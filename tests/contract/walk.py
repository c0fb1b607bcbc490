"""The walk from one world to the next: render, settle, compare, apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from worlds import World

from clientreg.jsonvalue import JsonObject
from clientreg.model import Registration
from clientreg.planning import diff, render
from clientreg.planning.plan import Change, CredentialStep
from clientreg.planning.state import Credential, Desired, Mark
from clientreg.secret import Secret
from clientreg.servers import Outcome, Server, Write

REGISTRY, ENVIRONMENT, COMMIT = "connect", "test", "c0ffee"
TODAY = "2026-11-23"


def mark(registration: Registration) -> Mark:
    return Mark(REGISTRY, ENVIRONMENT, f"clients/{registration.client_id}", COMMIT)


def payload(server: Server, registration: Registration) -> JsonObject:
    return server.settle(render.payload(registration, render.template_of(server.type)))


def changes(server: Server, world: World, *, grace_days: int = 0, adopt: bool = False) -> tuple[Change, ...]:
    """What it takes to get there, as the program plans it; what is gone is deleted at once, or after days of grace."""
    desired = {
        one.client_id: partial(
            Desired, one.client_id, mark(one).source, payload(server, one), one.needs_secret, one.generation
        )
        for one in world
    }
    ids = [one.client_id for one in world]
    context = diff.Context(
        registry=REGISTRY,
        environment=ENVIRONMENT,
        production=False,
        commit=COMMIT,
        today=date.fromisoformat(TODAY),
        grace_days=grace_days,
        adopt=adopt,
        recorded=frozenset({"old", "new", *(f"id-{key}" for key in ids)}),
        recipients=dict.fromkeys(ids, ("age1...",)),
    )
    return diff.build(context, server, desired=desired, observed=server.read()).changes


OnSecret = Callable[[str, Credential], None]


def write(change: Change, credential: Credential | None = None) -> Write:
    """A write whose mark names the credential that it brings."""
    return Write(
        change._replace(mark=replace(change.mark, credential=credential.mark)) if credential else change, credential
    )


def writes(planned: Sequence[Change], on_secret: OnSecret = lambda *_: None) -> Iterator[Write]:
    """Lazily: a credential is made when its turn comes."""
    for change in planned:
        credential = None
        if change.credential is CredentialStep.NEW:
            credential = Credential(f"id-{change.key}", 1, Secret.generate())
            on_secret(change.key, credential)
        yield write(change, credential)


def sync(server: Server, world: World) -> tuple[Outcome, ...]:
    """Plan and apply."""
    return tuple(server.apply(writes(changes(server, world))))


def refused(change: Change) -> Change:
    """The same change with something that no server admits."""
    assert change.payload is not None
    return change._replace(payload={**change.payload, "redirect_uris": ["javascript:alert(1)"]})
