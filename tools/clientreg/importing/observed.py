"""The clients of a server of `registry.yaml`, as its server type reads them."""

from __future__ import annotations

from pathlib import Path

from clientreg import servers
from clientreg.importing.found import Found, LeftOut, Source
from clientreg.jsonvalue import plain
from clientreg.planning.state import Observed
from clientreg.settings import Environment, ServerEntry, Settings


def read(settings: Settings, environment: Environment, entry: ServerEntry, root: Path) -> Source:
    """Every client of one listing. Raises CannotFinish where the server cannot be read."""
    made = [_found(one, settings.name, environment.name) for one in servers.connect(entry, root).read()]
    return Source(
        name=f"server {entry.name}",
        clients=tuple(one for one in made if isinstance(one, Found)),
        left_out=tuple(one for one in made if isinstance(one, LeftOut)),
    )


def _found(one: Observed, registry: str, environment: str) -> Found | LeftOut:
    if one.mark is None:
        return Found(one.key, plain(one.payload))
    if one.mark.owned_by(registry, environment):
        return LeftOut(one.key, "this registry owns it already", expected=True)
    owner = f"registry {one.mark.registry}, environment {one.mark.environment}"
    return LeftOut(one.key, f"it belongs to {owner}", "nothing of another registry is taken over")
