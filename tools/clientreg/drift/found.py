"""What is told of drift: frozen data, per server and client, for every output."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from clientreg.jsonvalue import Path
from clientreg.planning.plan import Action, FieldChange, Refusal, Risk, Unread


class Kind(StrEnum):
    """How a client drifted: it holds other values, it is not there any more, or its mark is not ours any more."""

    CHANGED = "changed"
    GONE = "gone"
    MARK = "mark"


class People(NamedTuple):
    """Who to ask about a client: the organization's owners at the code host, and the technical contact."""

    owners: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()


class Drifted(NamedTuple):
    """One client on one server that is not as it was applied. Of a field, `before` was applied, and `after` is there.

    `commit` is the one whose files say what was applied; None where the work tree stood in for it.
    """

    key: str
    source: str
    kind: Kind
    risk: Risk
    fields: tuple[FieldChange, ...]
    why: str
    people: People
    commit: str | None


class Pending(NamedTuple):
    """A client that differs because what was merged is not applied yet: what an apply would do, and to which fields."""

    key: str
    source: str
    action: Action
    fields: tuple[Path, ...]


class Note(NamedTuple):
    """Something that the comparison could not do as well as it should, and the way out."""

    why: str
    hint: str


class ServerDrift(NamedTuple):
    """One server: the commit that was applied last (None for none), and what is not as it says, by client id.

    `refused` are clients with errors in their files, of which only what was applied could be compared, or whose id
    somebody else's client has. `owned` and `foreign` count clients on the server.
    """

    name: str
    type: str
    url: str
    applied: str | None
    drifted: tuple[Drifted, ...] = ()
    pending: tuple[Pending, ...] = ()
    refused: tuple[Refusal, ...] = ()
    notes: tuple[Note, ...] = ()
    owned: int = 0
    foreign: int = 0


class Drift(NamedTuple):
    """Every server that was read, and which could not be. `partial`: options left clients or servers out."""

    environment: str
    production: bool
    commit: str
    servers: tuple[ServerDrift, ...]
    partial: bool = False
    unread: tuple[Unread, ...] = ()

    @property
    def drifted(self) -> tuple[Drifted, ...]:
        """All of it, server by server."""
        return tuple(one for server in self.servers for one in server.drifted)
