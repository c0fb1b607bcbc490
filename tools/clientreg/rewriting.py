"""Edited files of the work tree: each written whole or not at all, and never over what somebody changed meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from clientreg import editing, wholefile
from clientreg.errors import CannotFinish
from clientreg.reading import source

_WRITABLE = 0o200


class Rewrite(NamedTuple):
    """A file of the registry, its bytes as they were read and as they shall be."""

    file: str
    raw: bytes
    content: bytes


def of_text(root: str, file: str, before: str, after: str) -> Rewrite:
    """A file whose text was edited. Raises CannotFinish where it says something else by now."""
    raw = _now(root, file)
    document, _ = source.read(file, raw)
    if document is None or document.text != before:
        raise _changed(file)
    return Rewrite(file, raw, editing.put_back(raw, before, after))


def write(root: str, rewrites: Sequence[Rewrite]) -> None:
    """Write each file. Raises CannotFinish where one cannot be written, is read-only, or was changed meanwhile.

    All are looked at before the first one is written; what the disk refuses later says how many are.
    """
    for one in rewrites:
        _admit(root, one)
    for number, one in enumerate(rewrites):
        path = _admit(root, one)
        try:
            mode = path.stat().st_mode & 0o777
            wholefile.write(path, one.content, mode=mode)
            path.chmod(mode)
        except OSError as error:
            done = f"{number:,} of {len(rewrites):,} files are written" if number else "nothing is written"
            message = f"{one.file} cannot be written: {error.strerror}"
            raise CannotFinish(message, f"{done}; make its folder writable, and run this again") from None


def _admit(root: str, rewrite: Rewrite) -> Path:
    """The place of a file that may be written."""
    path, file = Path(root, rewrite.file), rewrite.file
    if _now(root, file) != rewrite.raw or path.is_symlink():
        raise _changed(file)
    if not path.stat().st_mode & _WRITABLE:
        raise CannotFinish(f"{file} is read-only", f"nothing is written: chmod u+w {file}, or leave it out")
    return path


def _now(root: str, file: str) -> bytes:
    try:
        return Path(root, file).read_bytes()
    except OSError as error:
        message = f"{file} cannot be read any more: {error.strerror}"
        raise CannotFinish(message, "run it again; nothing of it was written") from None


def _changed(file: str) -> CannotFinish:
    return CannotFinish(f"{file} was changed while this ran", "run it again; nothing of it was written")
