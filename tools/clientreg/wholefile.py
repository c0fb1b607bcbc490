"""Files that appear whole or not at all, whatever happens to the process or the machine meanwhile."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from clientreg.errors import CannotFinish

_UNFINISHED = re.compile(r"\.[0-9a-f]{16}\.tmp")
_HOUR = 3600


def write(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Beside its place, flushed to the disk, then moved there in one step. Raises OSError, with the file as it was.

    `mode` is a new file's; one that is replaced keeps its own.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), mode)
        with os.fdopen(descriptor, "wb") as file:
            with contextlib.suppress(FileNotFoundError):
                os.fchmod(descriptor, path.lstat().st_mode & 0o777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """So that the name, too, survives a power failure; a system that cannot open folders has no need of it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def told(path: Path, what: str = "written", *, hints: Mapping[int, str]) -> Iterator[None]:
    """Turns what the file system reports inside into a `CannotFinish` that names the file.

    `hints` say by error number what to do about it; that of `EACCES` stands for every other.
    """
    try:
        yield
    except OSError as error:
        message = f"{path}: cannot be {what} ({error.strerror})"
        raise CannotFinish(message, hints.get(error.errno or 0, hints[errno.EACCES])) from error


def left_over(folder: Path) -> list[Path]:
    """Unfinished files of runs that were killed: those of runs under way are not an hour older than what is newest."""
    try:
        with os.scandir(folder) as entries:
            times = {entry.name: entry.stat(follow_symlinks=False).st_mtime for entry in entries}
    except FileNotFoundError:  # no folder, or another run has just finished a file
        return []
    newest = max(times.values(), default=0.0)
    return [folder / name for name, time in times.items() if _UNFINISHED.fullmatch(name) and newest - time > _HOUR]
