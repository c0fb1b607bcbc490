"""What is on a server and what is wanted there: the frozen data that plan, servers, sinks and sync exchange."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from clientreg.jsonvalue import Json, JsonObject
from clientreg.secret import Secret


@dataclass(frozen=True, slots=True)
class CredentialMark:
    """Which credential a server holds for a client: a random id and the generation the file asked for."""

    id: str
    generation: int


class Credential(NamedTuple):
    """A client secret on its way from us to the sinks and the servers."""

    id: str
    generation: int
    secret: Secret

    @property
    def mark(self) -> CredentialMark:
        """What of it a server may store in clear."""
        return CredentialMark(self.id, self.generation)


@dataclass(frozen=True, slots=True)
class Mark:
    """Says whose a client on a server is. No mark, or another registry's or environment's, means foreign.

    `commit` is the one that last changed the client (`+dirty` where the work tree was), `disabled_since` the day
    (ISO 8601, UTC) on which we disabled it because its file or entry is gone.
    """

    registry: str
    environment: str
    source: str
    commit: str
    credential: CredentialMark | None = None
    disabled_since: str | None = None

    def owned_by(self, registry: str, environment: str) -> bool:
        """Whether this registry and environment may change the client."""
        return (self.registry, self.environment) == (registry, environment)


class Beyond(NamedTuple):
    """What a server says of a client and no client file can.

    `foreign` is why nobody registered it for an application (None: somebody did), `unmanaged` what is set there and
    stays as it is. Of the fields `unsaid` it says nothing: what its payload has for them is no statement of anybody's.
    """

    foreign: str | None = None
    unmanaged: tuple[str, ...] = ()
    unsaid: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Observed:
    """One client as the server reports it, ours or not.

    `payload` is in the same words as `Desired.payload`; a secret is never in it. `revision` is the server's version of
    the object: a write that was planned on another revision is refused by the server module. It and `beyond` are made
    for who asks.
    """

    key: str
    payload: Mapping[str, Json]
    revision: Callable[[], str] = field(compare=False)
    mark: Mark | None
    has_secret: bool = False
    beyond: Callable[[], Beyond] = field(default=Beyond, compare=False)


class Lack(NamedTuple):
    """What a client needs of a server, beside itself, and the server as it was read has not: so it is refused.

    `scope` is set where an apply could make what is missing: a scope. Then it is refused unless the catalogue has it.
    """

    why: str
    hint: str
    scope: str | None = None


class Desired(NamedTuple):
    """One client as it shall be on one server: the settled payload and what cannot be in a payload."""

    key: str
    source: str
    payload: JsonObject
    needs_secret: bool
    generation: int = 1


@dataclass(frozen=True, slots=True)
class Record:
    """The one record per server: which commit of which registry was applied last, written once per run."""

    registry: str
    environment: str
    commit: str
