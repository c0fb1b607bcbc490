"""The file and what lies beside it, on the disk: read, replaced, locked; and every failure of that in words."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from clientreg import wholefile
from clientreg.errors import CannotFinish

T = TypeVar("T")

WAIT = 10.0
"""Seconds to wait for another run that writes."""

_PAUSE = 0.01
_ANOTHER = "name another file as the server's `path`"
_HINTS = {
    errno.ENOSPC: "the disk is full: free some space, then run again",
    errno.EDQUOT: "your disk quota is used up: free some space, then run again",
    errno.EROFS: f"the disk is read-only: {_ANOTHER}",
    errno.ENOTDIR: f"a part of the path is no folder: {_ANOTHER}",
    errno.EACCES: "the file and its folder must be readable and writable for the user who runs clientreg",
}
_words = partial(wholefile.told, hints=_HINTS)


def read(path: Path) -> bytes | None:
    """The whole file; None where there is none. Nothing is read through a link, nor from what is no file."""
    with _words(path, "read"):
        try:
            descriptor = _opened(path, os.O_RDONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise CannotFinish(f"{path}: is no file", _ANOTHER)
            with open(descriptor, "rb", closefd=False) as file:
                return file.read()
        finally:
            os.close(descriptor)


def identity(path: Path) -> tuple[int, int, int] | None:
    """Another one after each time that the file was replaced or changed; None where there is none."""
    with _words(path, "read"):
        try:
            found = path.lstat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def steady(read: Callable[[], T], path: Path, wait: float) -> T:
    """What `read` gives once this file has stayed the same meanwhile: nobody was writing."""
    deadline = time.monotonic() + wait
    while True:
        before = identity(path)
        try:
            made = read()
        except CannotFinish:
            if identity(path) == before:
                raise
        else:
            if identity(path) == before:
                return made
        if time.monotonic() > deadline:
            message = f"{path}: is written all the time, for longer than we wait"
            raise CannotFinish(message, "another clientreg is applying to this file; let it end, then run again")
        time.sleep(_PAUSE)


def write(path: Path, text: str, *, like: Path | None = None) -> None:
    """The whole file in one step. Everybody may read a new one, unless one that it is to be `like` says otherwise."""
    with _words(path):
        mode = like.lstat().st_mode & 0o666 if like is not None and like.exists() else 0o644
        wholefile.write(path, text.encode(), mode=mode)


def remove(path: Path) -> None:
    """What is gone already is no error."""
    with _words(path, "removed"):
        path.unlink(missing_ok=True)


def remove_unfinished(folder: Path) -> None:
    """What killed runs left there."""
    with _words(folder, "read"):
        unfinished = wholefile.left_over(folder)
    for path in unfinished:
        remove(path)


def names(folder: Path) -> list[str]:
    """What lies in a folder, nothing where there is none. A link to a folder is none."""
    if folder.is_symlink():
        raise _linked(folder)
    with _words(folder, "read"):
        try:
            return os.listdir(folder)
        except FileNotFoundError:
            return []


def make_folder(folder: Path) -> None:
    """With all above it."""
    if folder.is_symlink():
        raise _linked(folder)
    with _words(folder):
        folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def locked(path: Path, wait: float) -> Iterator[None]:
    """While nobody else is inside, in this process or another. The lock's file stays: it says nothing."""
    import fcntl

    with _words(path):
        descriptor = _opened(path, os.O_RDWR | os.O_CREAT)
    try:
        deadline = time.monotonic() + wait
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if time.monotonic() > deadline:
                message = f"{path}: is locked by another process, for longer than we wait"
                raise CannotFinish(message, "another clientreg is applying to this file; let it end, then run again")
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(descriptor)


def _opened(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _linked(path) from error
        raise


def _linked(path: Path) -> CannotFinish:
    return CannotFinish(
        f"{path}: is a link, and nothing is read or written through one",
        f"put what it leads to in its place, or {_ANOTHER}",
    )
