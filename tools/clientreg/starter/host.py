"""A file that a code host reads, in the repository around a registry; never one behind a link."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from clientreg import gitrepo
from clientreg.errors import CannotFinish
from clientreg.starter.tree import PINNED

_MOST = 4 << 20
"""Bytes of a CODEOWNERS file that are looked at: hosts read no more than 3 MB."""


class Spot(NamedTuple):
    """The file `name` of a repository, and in which of its folders the registry lies (empty: its root)."""

    top: Path
    name: str
    folder: str

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.top / self.name


def locate(root: str, name: str) -> Spot:
    """Where a file of the repository around `root` is; without Git, `root` is taken for the repository."""
    folder = Path(root).resolve()
    try:
        prefix = gitrepo.open_repository(folder).prefix
    except CannotFinish:
        prefix = ""
    depth = prefix.count("/")
    return Spot(folder.parents[depth - 1] if depth else folder, name, prefix)


def read(spot: Spot) -> str | None:
    """What the file holds, None where there is none. Raises CannotFinish for a link or what cannot be read."""
    _check_links(spot)
    try:
        descriptor = os.open(spot.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CannotFinish(f"{spot.path} cannot be read: {error.strerror}", "make it readable and try again") from None
    try:
        with os.fdopen(descriptor, "rb") as file:
            return file.read(_MOST).decode("utf-8", "surrogateescape")
    except OSError as error:
        raise CannotFinish(f"{spot.path} cannot be read: {error.strerror}", "put a file in its place") from None


def requirements(root: str) -> Spot:
    """The file that names the clientreg which CI runs: the one that is there, or the one for GitHub."""
    spots = [locate(root, name) for name in PINNED.values()]
    return next((spot for spot in spots if os.path.lexists(spot.path)), spots[0])


def write(spot: Spot, text: str) -> None:
    """Write the file, whole or not at all."""
    _check_links(spot)
    beside = spot.path.with_name(f"{spot.path.name}.{os.getpid()}.tmp")
    try:
        spot.path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, "utf-8")
        os.replace(beside, spot.path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        message = f"{spot.path} cannot be written: {error.strerror}"
        raise CannotFinish(message, "the folder must be writable, and have room") from None


def check_ours(spot: Spot, there: str | None, mark: str, hint: str) -> None:
    """Raise CannotFinish where the file does not begin with our mark: then replacing it would lose what it says."""
    if there is not None and not there.startswith(mark):
        message = f"{spot.name} was not made by clientreg, and replacing it would lose what it says"
        raise CannotFinish(message, hint)


def _check_links(spot: Spot) -> None:
    place = spot.top
    for part in Path(spot.name).parts:
        place /= part
        if place.is_symlink():
            raise CannotFinish(f"{place} is a symbolic link", "commit the file itself: links are not followed")
