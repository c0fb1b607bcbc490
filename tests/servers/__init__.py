"""Real servers for tests: each installed once at a pinned version, started on a free loopback port, ended again.

A module per server with `install` (what `make servers` runs), `missing` (None, or what to do) and `running`. A new
server is a new module here. They lie in `$CLIENTREG_SERVERS`, else in `~/.cache/clientreg/servers`, one folder a
version, so that a second run installs nothing.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol, cast


class Kind(Protocol):
    """One module of this package, as `make servers` sees it."""

    NAME: str
    VERSION: str

    def install(self, say: Callable[[str], None]) -> None:
        """Put it into the cache, whole or not at all; nothing to do where it is."""

    def missing(self) -> str | None:
        """What to do where it is not ready to start; None where it is."""


CACHE = Path(os.environ.get("CLIENTREG_SERVERS") or Path.home() / ".cache/clientreg/servers").absolute()
"""Read once: tests take away what the machine says in variables of this name."""


def kinds() -> Mapping[str, Kind]:
    """Every server there is, by the name of its module."""
    return {name: cast("Kind", importlib.import_module(f"{__name__}.{name}")) for name in _names()}


def _names() -> Iterator[str]:
    for info in pkgutil.iter_modules(__path__):
        if info.name not in {"__main__", "process"}:
            yield info.name
