"""Edited files of the work tree: each written whole or not at all, and never over what somebody changed meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from clientreg import editing, wholefile
from clientreg.errors import CannotFinish
from clientreg.reading import source


class Edited(Protocol):
    """A file of the registry, its text before and after."""

    @property
    def file(self) -> str:
        """Its path, relative to the registry."""

    @property
    def before(self) -> str:
        """What was read of it."""

    @property
    def after(self) -> str:
        """What it shall say."""


def write(root: str, edits: Sequence[Edited]) -> None:
    """Write each file, whole or not at all. Raises CannotFinish where one cannot be, or was changed meanwhile."""
    for one in edits:
        path = Path(root, one.file)
        try:
            raw, mode = path.read_bytes(), path.stat().st_mode & 0o777
            document, _ = source.read(one.file, raw)
            if document is None or document.text != one.before or path.is_symlink():
                raise CannotFinish(f"{one.file} was changed while this ran", "run it again; nothing of it was written")
            wholefile.write(path, editing.put_back(raw, one.before, one.after), mode=mode)
            path.chmod(mode)
        except OSError as error:
            message = f"{one.file} cannot be written: {error.strerror}"
            raise CannotFinish(message, "the file is as it was; make its folder writable, and run this again") from None
