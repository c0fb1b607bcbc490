"""What lies in a registry's folder: the files that are read, and everything that does not belong there.

Nothing under `clients/` is passed over in silence: a file that is not read is a client that is lost.
"""

from __future__ import annotations

import errno
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from clientreg.errors import CannotFinish
from clientreg.finding import START, Finding, Severity
from clientreg.reading import encoding

CLIENTS = "clients"
ORGANIZATION_FILE = "organization.yaml"
_ORGANIZATION = re.compile(r"(?=.{1,40}\Z)[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NAME = re.compile(r"(?=.{1,59}\Z)[a-z0-9]+(-[a-z0-9]+)*")
_SKIPPED = frozenset({"README.md", ".gitkeep"})
_CHUNK = 1 << 15


class Entry(Protocol):
    """One name in a folder; `os.DirEntry` is one."""

    @property
    def name(self) -> str:
        """Without its folder."""

    def is_dir(self) -> bool:
        """Whether it is a folder."""

    def is_symlink(self) -> bool:
        """Whether it is a link."""


class Tree(Protocol):
    """The files of a registry, wherever they are kept. Paths are relative to its root, with slashes."""

    def entries(self, folder: str) -> Sequence[Entry]:
        """What lies in a folder, sorted by name; nothing where there is no such folder."""

    def is_file(self, path: str) -> bool:
        """Whether a file is there, or a link to one."""

    def is_link(self, path: str) -> bool:
        """Whether a link is there."""

    def content(self, file: str) -> bytes:
        """A file's bytes, of a huge one at least more than the reader accepts."""


@dataclass(frozen=True, slots=True)
class WorkTree:
    """Implements `Tree` on a folder of this machine. Raises CannotFinish where something cannot be read."""

    root: str

    def entries(self, folder: str) -> Sequence[os.DirEntry[str]]:
        """See `Tree`."""
        path = os.path.join(self.root, folder)
        try:
            with os.scandir(path) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unreadable(path, "folder", error) from None

    def is_file(self, path: str) -> bool:
        """See `Tree`."""
        return os.path.isfile(os.path.join(self.root, path))

    def is_link(self, path: str) -> bool:
        """See `Tree`."""
        return os.path.islink(os.path.join(self.root, path))

    def content(self, file: str) -> bytes:
        """See `Tree`: of a huge file a chunk more than the reader accepts."""
        path = os.path.join(self.root, file)
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            try:
                chunks = [os.read(descriptor, _CHUNK)]
                while len(chunks[-1]) == _CHUNK and sum(map(len, chunks)) <= encoding.MAX_SIZE:
                    chunks.append(os.read(descriptor, _CHUNK))
            finally:
                os.close(descriptor)
        except OSError as error:
            raise _unreadable(path, "file", error) from None
        return b"".join(chunks) if len(chunks) > 1 else chunks[0]


@dataclass(frozen=True, slots=True)
class Layout:
    """Per organization folder the names of its files; findings for what does not belong; places with a bad name."""

    organizations: Mapping[str, tuple[str, ...]]
    strangers: tuple[Finding, ...]
    misnamed: tuple[str, ...]


@dataclass(slots=True)
class _Walk:
    organizations: dict[str, tuple[str, ...]] = field(default_factory=dict)
    strangers: list[Finding] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)


def scan(tree: Tree) -> Layout:
    """The layout of `clients/`. Raises CannotFinish where a folder cannot be read."""
    if tree.is_link(CLIENTS):
        return Layout({}, (_link(CLIENTS),), (CLIENTS,))
    walk = _Walk()
    for entry in tree.entries(CLIENTS):
        place = f"{CLIENTS}/{entry.name}"
        if entry.is_symlink():
            walk.strangers.append(_link(place))
        elif not entry.is_dir():
            if entry.name not in _SKIPPED:
                walk.strangers.append(_stranger(place))
        elif _ORGANIZATION.fullmatch(entry.name):
            walk.organizations[entry.name] = tuple(_files(tree, entry.name, walk))
        else:
            _misname(walk, place, "an organization's folder", "a-z, 0-9 and single hyphens, at most 40")
    return Layout(walk.organizations, tuple(walk.strangers), tuple(walk.misnamed))


def _files(tree: Tree, folder: str, walk: _Walk) -> Iterator[str]:
    """The names of the files of one organization that are read, `organization.yaml` among them."""
    seen: dict[str, str] = {}
    for entry in tree.entries(f"{CLIENTS}/{folder}"):
        place = f"{CLIENTS}/{folder}/{entry.name}"
        twin = seen.setdefault(unicodedata.normalize("NFKC", entry.name).casefold(), entry.name)
        if twin != entry.name:
            walk.strangers.append(_twin(place, twin))
        if entry.is_symlink():
            walk.strangers.append(_link(place))
        elif entry.name in _SKIPPED:
            continue
        elif entry.is_dir() or not entry.name.endswith(".yaml"):
            if twin == entry.name:
                walk.strangers.append(_stranger(place))
        elif entry.name != ORGANIZATION_FILE and not _NAME.fullmatch(entry.name[:-5]):
            _misname(walk, place, "a client's file", "a-z, 0-9 and single hyphens, at most 59")
        else:
            yield entry.name


def _unreadable(path: str, what: str, error: OSError) -> CannotFinish:
    if error.errno == errno.ELOOP:
        return CannotFinish(f"{path} is a symbolic link", "commit the file itself: links are not followed")
    hint = f"make the {what} readable and try again" if error.errno != errno.ENOTDIR else "put a folder in its place"
    return CannotFinish(f"{path} cannot be read: {error.strerror}", hint)


def misplaced(file: str, code: str, message: str, hint: str) -> Finding:
    """A finding about a file as a whole."""
    return Finding(file, START, (), code, Severity.ERROR, message, hint)


def _stranger(file: str) -> Finding:
    hint = f"clients live in {CLIENTS}/<organization>/<name>.yaml; move the file there or out of {CLIENTS}/"
    return misplaced(file, "CR011", f"{file!r} is no file that is read here, so its content would be lost", hint)


def _link(file: str) -> Finding:
    return misplaced(file, "CR012", f"{file!r} is a symbolic link", "commit the file itself: links are not followed")


def _twin(file: str, twin: str) -> Finding:
    message = f"{file!r} differs from {twin!r} only by case or Unicode form"
    return misplaced(file, "CR013", message, "rename one: on some machines the two are one file")


def _misname(walk: _Walk, file: str, what: str, form: str) -> None:
    message = f"{file!r} cannot be {what}: its name becomes the client id"
    walk.strangers.append(misplaced(file, "CR014", message, f"use {form} characters"))
    walk.misnamed.append(file)
