"""Clients as their files want them, and in the words of one server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from clientreg.model import Registration
from clientreg.planning import render
from clientreg.planning.state import Desired
from clientreg.servers import Server


class Wanted(NamedTuple):
    """One client that shall be in the environment, with the file that says so; its registration is made when asked."""

    source: str
    client_id: str
    make: Callable[[], Registration]

    @property
    def registration(self) -> Registration:
        """What a server is told."""
        return self.make()


def desired(server: Server, those: Sequence[Wanted]) -> list[Desired]:
    """What a server is to be told of each."""
    return [_desired(server, one) for one in those]


def _desired(server: Server, one: Wanted) -> Desired:
    registration = one.registration
    return Desired(
        key=one.client_id,
        source=one.source,
        payload=server.settle(render.payload(registration, render.template_of(server.type))),
        needs_secret=registration.needs_secret,
        generation=registration.generation,
    )
