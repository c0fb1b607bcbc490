"""What was asked of running servers and what they answered: plain data for the outputs."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

REDIRECT, LOGOUT = "redirect_uris", "post_logout_redirect_uris"


class Heard(StrEnum):
    """What an answer says about a URI: the browser is sent there, or not; a page may mean either."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    PAGE = "page"
    UNCLEAR = "unclear"


class Reply(NamedTuple):
    """One answer: what it says, its status, and the error that the client would read."""

    heard: Heard
    status: int
    error: str | None = None


class Probe(NamedTuple):
    """A registered URI, and one like it that is not registered, as the server took them.

    `near` is None where no such URI can be told from a registered one.
    """

    field: str
    uri: str
    reply: Reply
    near: str | None = None
    near_reply: Reply | None = None

    @property
    def accepted(self) -> bool | None:
        """Whether the registered URI is accepted. None: the server shows a page for whatever it is asked."""
        if self.reply.heard is Heard.PAGE:
            return True if self.near_reply is not None and self.near_reply.heard is Heard.REFUSED else None
        return _said(self.reply)

    @property
    def refused(self) -> bool | None:
        """Whether the other one is refused; None where that cannot be told or was not asked."""
        accepted = None if self.near_reply is None else _said(self.near_reply)
        return None if accepted is None else not accepted


class Asked(NamedTuple):
    """One client: every URI that was asked about, and in words those that were not."""

    client_id: str
    source: str
    probes: tuple[Probe, ...] = ()
    unasked: tuple[str, ...] = ()


class Offer(NamedTuple):
    """One value that clients need, and whether the server's discovery document offers it in `member`."""

    member: str
    value: str
    offered: bool
    clients: tuple[str, ...]


class Found(NamedTuple):
    """Something that is not as the files say; of no client where it is about the server."""

    client_id: str | None
    source: str | None
    message: str
    hint: str


class Trouble(NamedTuple):
    """Why a server could not be asked to the end, and what to do about it."""

    message: str
    hint: str


class Answers(NamedTuple):
    """All that one server was asked. After `trouble` there is what was asked before it."""

    name: str
    type: str
    issuer: str
    offers: tuple[Offer, ...] = ()
    asked: tuple[Asked, ...] = ()
    found: tuple[Found, ...] = ()
    trouble: Trouble | None = None

    @property
    def probes(self) -> tuple[Probe, ...]:
        """Every pair of URIs."""
        return tuple(probe for one in self.asked for probe in one.probes)

    @property
    def untold(self) -> int:
        """How many questions were asked and not answered either way."""
        return sum(p.accepted is None for p in self.probes) + sum(
            p.refused is None and p.near is not None for p in self.probes
        )


class LeftOut(NamedTuple):
    """A client that was not asked about, and why."""

    client_id: str
    source: str
    why: str


class Verified(NamedTuple):
    """An environment, as its servers answered."""

    environment: str
    servers: tuple[Answers, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def found(self) -> int:
        """How many things are not as the files say."""
        return sum(len(server.found) for server in self.servers)

    @property
    def finished(self) -> bool:
        """Whether every question was answered."""
        return not any(server.trouble or server.untold for server in self.servers)


def _said(reply: Reply) -> bool | None:
    return {Heard.ACCEPTED: True, Heard.REFUSED: False}.get(reply.heard)
