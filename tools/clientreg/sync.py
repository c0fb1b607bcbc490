"""Plans all servers of an environment and applies the plan: the only module that talks to servers and to sinks."""

from __future__ import annotations

from dataclasses import dataclass

from clientreg.plan import Plan
from clientreg.servers import Outcome


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A hand-over file or entry that a sink now has: of which client, in which sink, where to find it."""

    key: str
    sink: str
    place: str
    sealed: bool


@dataclass(frozen=True, slots=True)
class ServerApplied:
    """What became of one server's part of the plan: one outcome per change, in the plan's order.

    `error` is what concerns the server as a whole: it could not be reached, read back, or told the applied commit.
    """

    name: str
    outcomes: tuple[Outcome, ...]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """The plan and what became of it, one `ServerApplied` per server of the plan, in the plan's order."""

    plan: Plan
    servers: tuple[ServerApplied, ...]
    handed_over: tuple[HandedOver, ...] = ()
    interrupted: bool = False

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Every outcome on every server, in order."""
        return tuple(outcome for server in self.servers for outcome in server.outcomes)

    @property
    def failed(self) -> bool:
        """Whether anything of the plan was not done: the exit status says so."""
        return self.interrupted or any(s.error for s in self.servers) or any(o.error for o in self.outcomes)
