"""A realm of a real Keycloak behind the wire of the tests, in the place of the fake one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from keycloak_law import Law, law_of
from keycloak_wire import Reply, Request, forwarding, wired
from keycloak_world import SECRET, World, impatient

from managed import realm_of
from servers.keycloak import Keycloak


@dataclass
class LiveRealm:
    """As its administrator has it; called, it is what stands behind a wire, and remembers the tokens that it gave."""

    keycloak: Keycloak
    name: str
    given: set[str] = field(default_factory=set)
    _token: tuple[float, str] = (0.0, "")

    def admin(self, method: str, path: str, body: object = None) -> Any:
        if not self._token[1] or time.monotonic() - self._token[0] > 30:
            self._token = (time.monotonic(), self.keycloak.token())
        return self.keycloak.admin(method, f"/{self.name}{path}", body, token=self._token[1])

    def tokens(self) -> set[str]:
        return self.given

    def __call__(self, request: Request) -> Reply:
        reply = forwarding(self.keycloak.url)(request)
        if request.path.endswith("/token") and reply.status == 200:
            self.given.add(reply.json()["access_token"])
        return reply


@contextmanager
def live_realm(keycloak: Keycloak) -> Iterator[LiveRealm]:
    """A realm of its own, in which our own client has the planted secret."""
    name = f"faults-{uuid4().hex[:12]}"
    made = realm_of(name)
    made["clients"][0]["secret"] = SECRET
    keycloak.make_realm(name, **made)
    try:
        yield LiveRealm(keycloak, name)
    finally:
        keycloak.remove_realm(name)


@dataclass
class LivePlace:
    """A world on a real Keycloak, the law for it, and the labels of all requests of its apply."""

    world: World
    law: Law
    labels: tuple[str, ...]


@contextmanager
def live_place(keycloak: Keycloak, root: Path) -> Iterator[LivePlace]:
    """It ends with the block."""
    with live_realm(keycloak) as realm, wired(realm) as wire, impatient():
        world = World(root, wire, realm, name=realm.name).made()
        law = law_of(world)
        yield LivePlace(world, law, tuple(wire.seen))
