"""The walk from one world to the next: render, settle, compare, apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from worlds import World

from clientreg import render
from clientreg.model import Registration
from clientreg.plan import Action, Change, CredentialStep, Risk
from clientreg.secret import Secret
from clientreg.servers import Outcome, Server, Write
from clientreg.state import Credential, Mark, Observed

REGISTRY, ENVIRONMENT = "connect", "test"


def mark(source: str) -> Mark:
    return Mark(REGISTRY, ENVIRONMENT, source, "c0ffee")


def payload(server: Server, registration: Registration) -> dict[str, object]:
    return server.settle(render.payload(registration, render.template_of(server.type)))


def changes(server: Server, world: World) -> tuple[Change, ...]:
    """What it takes to get there. Never looks at a client that is not ours."""
    observed = {client.key: client for client in server.read()}
    wanted = {registration.client_id: registration for registration in world}
    found = [change for key in sorted(wanted) for change in _wanted(server, wanted[key], observed.get(key))]
    gone = [
        Change(Action.DELETE, key, client.mark.source, Risk.BREAKING, (), None, client.mark, client.revision)
        for key, client in sorted(observed.items())
        if key not in wanted and client.mark is not None and client.mark.owned_by(REGISTRY, ENVIRONMENT)
    ]
    return (*found, *gone)


def _wanted(server: Server, registration: Registration, observed: Observed | None) -> Iterator[Change]:
    key, after = registration.client_id, payload(server, registration)
    step = CredentialStep.NONE
    if registration.needs_secret and not (observed and observed.has_secret):
        step = CredentialStep.NEW
    if observed is None:
        yield Change(Action.CREATE, key, key, Risk.PLAIN, (), after, mark(f"clients/{key}"), None, step)
    elif observed.mark is not None and observed.mark.owned_by(REGISTRY, ENVIRONMENT) and observed.payload != after:
        yield Change(Action.UPDATE, key, key, Risk.PLAIN, (), after, observed.mark, observed.revision, step)


OnSecret = Callable[[str, Credential], None]


def writes(planned: Sequence[Change], on_secret: OnSecret = lambda *_: None) -> Iterator[Write]:
    """Lazily: a credential is made when its turn comes."""
    for change in planned:
        credential = None
        if change.credential is CredentialStep.NEW:
            credential = Credential(f"id-{change.key}", 1, Secret.generate())
            on_secret(change.key, credential)
        yield Write(change, credential)


def sync(server: Server, world: World) -> tuple[Outcome, ...]:
    """Plan and apply."""
    return tuple(server.apply(writes(changes(server, world))))


def refused(change: Change) -> Change:
    """The same change with something that no server admits."""
    assert change.payload is not None
    return replace(change, payload={**change.payload, "redirect_uris": ["javascript:alert(1)"]})
