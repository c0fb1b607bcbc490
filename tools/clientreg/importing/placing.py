"""Puts the files of an import in place: all of them or none, and nothing that was there meanwhile is touched."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from clientreg.errors import CannotFinish


def put(root: Path, files: Mapping[str, str], before: Mapping[str, bytes]) -> None:
    """Write `files` below `root`. Those in `before` are there and hold these bytes; the others are not there.

    Whatever fails (a full disk, Ctrl-C, somebody else's change), everything is as it was. Raises CannotFinish.
    """
    if not files:
        return
    stage = root / f".clientreg-import-{secrets.token_hex(6)}"
    folders: list[Path] = []
    try:
        with _words(root):
            stage.mkdir()
            _prepare(root, stage, files, before)
            for number, file in enumerate(files):
                folders += _folders(root, root / file)
                if file in before:
                    _replace(stage / str(number), root / file, before[file])
                else:
                    _appear(stage / str(number), root / file)
    except BaseException:
        _undo(root, stage, files, before)
        for folder in reversed(folders):
            with suppress(OSError):
                folder.rmdir()
        raise
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _prepare(root: Path, stage: Path, files: Mapping[str, str], before: Mapping[str, bytes]) -> None:
    """Everything on the disk beside its place, so that what follows only gives names to it."""
    for number, (file, text) in enumerate(files.items()):
        place = root / file
        _check_inside(root, place)
        _write(stage / str(number), text, "\r\n" if b"\r\n" in before.get(file, b"") else "\n")
        if file in before:
            shutil.copymode(place, stage / str(number))


def _write(path: Path, text: str, line_end: str) -> None:
    with open(path, "x", encoding="utf-8", newline=line_end) as stream:
        stream.write(text)


def _check_inside(root: Path, place: Path) -> None:
    """No link leads anywhere else."""
    for part in (place, *place.parents):
        if part == root:
            return
        if part.is_symlink():
            raise CannotFinish(f"{part} is a symbolic link", "put the file or folder itself there")
    raise AssertionError(f"{place} is not below {root}")


def _replace(ready: Path, place: Path, before: bytes) -> None:
    if place.read_bytes() != before:
        raise CannotFinish(f"{place} was changed while the import ran", "run it again")
    os.link(place, _kept(ready))
    os.replace(ready, place)


def _folders(root: Path, place: Path) -> Iterator[Path]:
    for folder in reversed([part for part in place.parents if part != root and root in part.parents]):
        with suppress(FileExistsError):
            folder.mkdir()
            yield folder


def _appear(ready: Path, place: Path) -> None:
    """A file under its name, unless that is taken: a rename would replace what is there."""
    try:
        os.link(ready, place)
    except FileExistsError:
        raise CannotFinish(f"{place} has appeared while the import ran", "run it again") from None


def _undo(root: Path, stage: Path, files: Mapping[str, str], before: Mapping[str, bytes]) -> None:
    """What was there is there again, and what has the name of one of ours and is not ours stays."""
    for number, file in enumerate(files):
        place, ready = root / file, stage / str(number)
        with suppress(OSError):
            if file in before:
                os.replace(_kept(ready), place)
            elif os.path.samefile(place, ready):
                place.unlink()


def _kept(ready: Path) -> Path:
    """What stood where this file goes."""
    return ready.with_suffix(".before")


@contextmanager
def _words(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"{error.filename or root} cannot be written: {error.strerror or error}"
        raise CannotFinish(message, "nothing was written: mend that, and run it again") from None
