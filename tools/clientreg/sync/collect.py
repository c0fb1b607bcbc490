"""The other end of a hand-over: a developer collects, from where it was delivered, what apply made for a client."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clientreg import seal, sinks
from clientreg.errors import CannotFinish
from clientreg.secret import Secret
from clientreg.settings import Environment, Settings
from clientreg.sinks import Kept


def latest(settings: Settings, environment: Environment, root: Path, client_id: str, *, remote: str | None) -> Kept:
    """The newest hand-over of a client, from the first sink of the environment that has one.

    `remote` stands in for the one that a sink names: where the clone is of a fork, that is somewhere else.
    """
    for entry in environment.sinks:
        options = entry.options if remote is None else {**entry.options, "remote": remote}
        sink = sinks.load(entry._replace(options=options), root, registry=settings.name)
        kept = sink.latest(environment.name, client_id)
        if kept is not None:
            return kept
    message = f"{client_id} has no hand-over in {environment.name}"
    raise CannotFinish(message, f"an apply makes it: clientreg plan -e {environment.name} --client {client_id}")


def opened(kept: Kept, keys: Sequence[Path]) -> Secret:
    """What it says: opened with the first of some key files that fits, where it is sealed."""
    if not kept.sealed:
        return Secret(kept.text)
    return seal.open_text(kept.text, keys, name=kept.place, command=kept.command)
