"""What somebody changed by hand on the servers of an environment: the plan's comparison, with what was applied too.

A field has drifted where a server holds neither what the files say now nor what the commit says that was applied. What
differs by newer commits alone is pending: the next apply does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clientreg import servers, sync
from clientreg.drift.comparison import Ask, Commits, Comparison
from clientreg.drift.found import Drift
from clientreg.planning.history import History
from clientreg.servers import Server
from clientreg.settings import ServerEntry
from clientreg.sync import Inputs
from clientreg.sync.run import Live


@dataclass(frozen=True)
class Compared:
    """The drift, and what it was seen in: for who makes it legal."""

    drift: Drift
    inputs: Inputs
    live: tuple[Live, ...]


def compare(
    inputs: Inputs,
    history: History,
    commits: Commits,
    people: Ask,
    *,
    clients: frozenset[str] | None = None,
    only_servers: frozenset[str] | None = None,
    progress: Callable[[str], None] = lambda _: None,
    connect: Callable[[ServerEntry, Path], Server] = servers.connect,
) -> Compared:
    """Read the servers and tell what is not as it was applied. Writes nothing anywhere, asks no sink.

    A server that cannot be read is told, and the others are compared. Raises UsageError for a name that does not exist,
    CannotFinish where no server or Git answers.
    """
    sync.check_names(inputs, clients, only_servers)
    sync.check_disk(inputs.environment, ci=inputs.ci)
    live, _ = sync.read_servers(inputs, history, clients, only_servers, adopt=False, progress=progress, connect=connect)
    progress("comparing with what was applied")
    made = tuple(Comparison(inputs, history, commits, people, clients, one).made() for one in live if one.planned)
    drift = Drift(
        inputs.environment.name,
        inputs.environment.production,
        history.head + ("+dirty" if history.dirty else ""),
        made,
        partial=clients is not None or only_servers is not None,
        unread=sync.unread(live),
    )
    return Compared(drift, inputs, live)
