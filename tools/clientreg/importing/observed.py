"""The clients of a server of `registry.yaml`, as its server type reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clientreg import servers
from clientreg.errors import FilesBroken
from clientreg.importing.found import Found, LeftOut, Source, found
from clientreg.jsonvalue import plain, shown
from clientreg.planning.state import Observed
from clientreg.servers import Server
from clientreg.settings import FILE, Environment, ServerEntry, Settings

Connect = Callable[[ServerEntry, Path], Server]


def read(
    settings: Settings, environment: Environment, entry: ServerEntry, root: Path, connect: Connect = servers.connect
) -> Source:
    """Every client of one listing. Raises FilesBroken for an entry of no known type, CannotFinish for no answer."""
    if entry.type not in servers.types():
        raise FilesBroken(f"{FILE}: the server type {shown(entry.type)} is not known", "'clientreg lint' says more")
    own = entry.options.get("client_id")
    made = [_found(one, settings.name, environment.name, own) for one in connect(entry, root).read()]
    return Source(
        name=f"server {entry.name}",
        clients=tuple(one for one in made if isinstance(one, Found)),
        left_out=tuple(one for one in made if isinstance(one, LeftOut)),
    )


def _found(one: Observed, registry: str, environment: str, own: object) -> Found | LeftOut:
    if one.key == own:
        return LeftOut(one.key, "clientreg itself signs in with it", expected=True)
    aside = one.beyond()
    if aside.foreign:
        return LeftOut(one.key, aside.foreign, expected=True)
    if one.mark is None:
        return found(one.key, plain(one.payload), aside)
    if one.mark.owned_by(registry, environment):
        return LeftOut(one.key, "this registry owns it already", expected=True)
    owner = f"registry {one.mark.registry}, environment {one.mark.environment}"
    return LeftOut(one.key, f"it belongs to {owner}", "nothing of another registry is taken over")
