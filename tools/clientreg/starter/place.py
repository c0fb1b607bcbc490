"""Puts a new registry where it belongs: all of it or nothing, and nothing that was there is touched."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from clientreg import gitrepo
from clientreg.errors import CannotFinish, UsageError

_OURS = ("clients", "schema")
"""Folders that hold a registry's files alone: what lies there already would be judged as part of it."""


def in_the_way(target: Path, files: Iterable[str]) -> tuple[str, ...]:
    """What is there already where these files would be written. Raises UsageError where `target` is no folder."""
    if target.is_symlink() and not target.exists():
        raise UsageError(f"{target} is a link to nothing", "name another folder")
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file", "name a folder, or one that does not exist yet")
    found = {name for name in _OURS if os.path.lexists(target / name) and not _is_empty(target / name)}
    for file in files:
        found.update(_in_the_way(target, Path(file), found))
    return tuple(sorted(found))


def put(target: Path, files: Mapping[str, str], *, branch: str, check: Callable[[Path], None]) -> None:
    """Write the files to `target`, a Git repository, once `check` has seen them in a folder beside their place.

    Whatever fails (a full disk, Ctrl-C, the check), everything is as it was. Raises CannotFinish.
    """
    made = _Made()
    try:
        with _words(target):
            stage = made.folder(_stage(target, made))
            for name, text in files.items():
                _write(stage / name, text)
        if not (target / ".git").exists():
            gitrepo.create(stage, branch=branch)
        check(stage)
        with _words(target):
            if target.exists():
                _move(stage, target, made)
                stage.rmdir()
            else:
                os.rename(stage, target)
    except BaseException:
        made.undo()
        raise


@dataclass(slots=True)
class _Made:
    """What this run has made, to take it away again."""

    paths: list[Path] = field(default_factory=list)

    def folder(self, path: Path) -> Path:
        self.paths.append(path)
        path.mkdir()
        return path

    def undo(self) -> None:
        for path in reversed(self.paths):
            with suppress(OSError):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)


def _stage(target: Path, made: _Made) -> Path:
    """A folder on the disk of `target` in which nobody looks; what is missing above it is made."""
    above = target if target.exists() else target.parent
    for folder in reversed([place for place in (above, *above.parents) if not place.exists()]):
        made.folder(folder)
    return above / f".clientreg-init-{secrets.token_hex(6)}"


def _move(source: Path, target: Path, made: _Made) -> None:
    """Every entry of one folder into the other, where folders of the same name become one."""
    for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
        place = target / entry.name
        if not os.path.lexists(place):
            made.paths.append(place)
            os.rename(entry.path, place)
        elif entry.is_dir() and place.is_dir() and not place.is_symlink():
            _move(Path(entry.path), place, made)
            os.rmdir(entry.path)
        else:
            raise FileExistsError(f"{place} has appeared meanwhile")


def _in_the_way(target: Path, file: Path, known: set[str]) -> Iterator[str]:
    for part in (*reversed(file.parents), file):
        if any(str(place) in known for place in (part, *part.parents)):
            return
        place = target / part
        folder = place.is_dir() and not place.is_symlink()
        if os.path.lexists(place) and not (folder and part != file):
            yield part.as_posix()
            return


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink() and not any(path.iterdir())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "x", encoding="utf-8", newline="\n") as file:
        file.write(text)


@contextmanager
def _words(target: Path) -> Iterator[None]:
    """Turns what the file system reports inside into a `CannotFinish`."""
    try:
        yield
    except OSError as error:
        message = f"{target} cannot be made: {error.strerror or error}"
        raise CannotFinish(message, "nothing is left of it: mend that, or name another folder") from None
