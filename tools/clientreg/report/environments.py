"""The environments of a registry: what each has, and whether a CI runner can sync it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from clientreg.report.layout import counted, wrapped
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Role, Style
from clientreg.settings import Environment


class Listed(NamedTuple):
    """One environment, how many clients its files want there, and why no runner can sync it (nothing: one can)."""

    environment: Environment
    clients: int
    obstacles: tuple[str, ...]


def text(listed: Sequence[Listed], style: Style) -> str:
    """A paragraph per environment."""
    if not listed:
        return "registry.yaml names no environment\n"
    room = max(len(one.environment.name) for one in listed)
    return unforged("\n".join(line for one in listed for line in _lines(one, room, style)) + "\n")


def names(listed: Sequence[Listed]) -> str:
    """The names of those that a runner can sync, one a line."""
    return "".join(f"{one.environment.name}\n" for one in listed if not one.obstacles)


def _lines(one: Listed, room: int, style: Style) -> Iterator[str]:
    environment = one.environment
    kind = "production" if environment.production else "test"
    entries = [(entry.name, entry.type) for entry in environment.servers]
    entries += [(entry.name, entry.type) for entry in environment.sinks]
    what = ", ".join(name if name == type_ else f"{name} ({type_})" for name, type_ in entries)
    words = f"class {kind}, {counted(one.clients, 'client')}: {printable(what) or 'no server'}"
    name = environment.name
    first, *rest = wrapped(words, style.width, first=f"{name:<{room}}  ", rest=" " * (room + 2))
    yield first.replace(name, style.paint(name, "name"), 1)
    yield from rest
    for obstacle in one.obstacles or ("a CI runner can sync it",):
        role: Role = "aside" if one.obstacles else "good"
        lead = "not in CI: " if one.obstacles else ""
        for line in wrapped(f"{lead}{printable(obstacle)}", style.width - room - 2):
            yield f"{' ' * (room + 2)}{style.paint(line, role)}"
