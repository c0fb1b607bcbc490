"""What lies in a registry's folder: the files that are read, and everything that does not belong there.

Nothing under `clients/` is passed over in silence: a file that is not read is a client that is lost.
"""

from __future__ import annotations

import errno
import os
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from clientreg.errors import CannotFinish
from clientreg.finding import START, Finding, Severity
from clientreg.reading import encoding

CLIENTS = "clients"
ORGANIZATION_FILE = "organization.yaml"
_ORGANIZATION = re.compile(r"(?=.{1,40}\Z)[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NAME = re.compile(r"(?=.{1,59}\Z)[a-z0-9]+(-[a-z0-9]+)*")
_SKIPPED = frozenset({"README.md", ".gitkeep"})
_CHUNK = 1 << 15
_FORM = f"{CLIENTS}/<organization>/<name>.yaml"


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
class Overlaid:
    """Implements `Tree`: the files of another tree, some of them with other content."""

    tree: Tree
    changed: Mapping[str, bytes]

    def entries(self, folder: str) -> Sequence[Entry]:
        """See `Tree`."""
        return self.tree.entries(folder)

    def is_file(self, path: str) -> bool:
        """See `Tree`."""
        return self.tree.is_file(path)

    def is_link(self, path: str) -> bool:
        """See `Tree`."""
        return self.tree.is_link(path)

    def content(self, file: str) -> bytes:
        """See `Tree`."""
        return self.changed[file] if file in self.changed else self.tree.content(file)


class Layout(NamedTuple):
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
    entries = tree.entries(CLIENTS)
    names = {entry.name for entry in entries}
    for entry in entries:
        place = f"{CLIENTS}/{entry.name}"
        if entry.is_symlink():
            walk.strangers.append(_link(place))
        elif not entry.is_dir():
            if entry.name not in _SKIPPED:
                walk.strangers.append(_stranger(place))
        elif _ORGANIZATION.fullmatch(entry.name):
            walk.organizations[entry.name] = tuple(_files(tree, entry.name, walk))
        else:
            walk.strangers.append(
                _twin(place, names) or _misnamed(place, "an organization's folder", _ORGANIZATION, 40)
            )
            walk.misnamed.append(place)
    return Layout(walk.organizations, tuple(walk.strangers), tuple(walk.misnamed))


def _files(tree: Tree, folder: str, walk: _Walk) -> Iterator[str]:
    """The names of the files of one organization that are read, `organization.yaml` among them."""
    entries = tree.entries(f"{CLIENTS}/{folder}")
    names = {entry.name for entry in entries}
    for entry in entries:
        place = f"{CLIENTS}/{folder}/{entry.name}"
        if entry.is_symlink():
            walk.strangers.append(_link(place))
        elif entry.name in _SKIPPED:
            continue
        elif entry.is_dir():
            walk.strangers.append(_twin(place, names) or _nested(place))
        elif not entry.name.endswith(".yaml"):
            walk.strangers.append(_twin(place, names) or _stranger(place))
        elif entry.name != ORGANIZATION_FILE and not _NAME.fullmatch(entry.name[:-5]):
            walk.strangers.append(_twin(place, names) or _misnamed(place, "a client's file", _NAME, 59))
            walk.misnamed.append(place)
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
    folder, _, name = file.rpartition("/")
    hint = f"clients live in {_FORM}; move the file there or out of {CLIENTS}/"
    stem, _, ending = name.lower().rpartition(".")
    if folder != CLIENTS and ending in {"yml", "yaml"} and _NAME.fullmatch(stem):
        hint = f"rename it to {stem}.yaml: clients live in {_FORM}"
    return misplaced(file, "CR011", f"{file!r} is no file that is read here, so its content would be lost", hint)


def _nested(file: str) -> Finding:
    hint = f"clients live in {_FORM}; move the files there or out of {CLIENTS}/"
    return misplaced(file, "CR011", f"{file!r} is a folder that is not read, so its content would be lost", hint)


def _link(file: str) -> Finding:
    return misplaced(file, "CR012", f"{file!r} is a symbolic link", "commit the file itself: links are not followed")


def _twin(file: str, names: Collection[str]) -> Finding | None:
    """What to say of a name that is another spelling of one that is read. Those are spelt in one way only."""
    name = file.rpartition("/")[2]
    folded = unicodedata.normalize("NFKC", name).casefold()
    others = (other for other in (folded, *_SKIPPED) if other != name and other.casefold() == folded)
    twin = next((other for other in others if other in names), None)
    if twin is None:
        return None
    message = f"{file!r} differs from {twin!r} only by case or Unicode form"
    return misplaced(file, "CR013", message, "rename or delete it: on some machines the two are one file")


def _misnamed(file: str, what: str, form: re.Pattern[str], most: int) -> Finding:
    """What to say of a name that cannot be part of a client id, with one that can where it is not far."""
    stem, dot, ending = file.rpartition("/")[2].partition(".yaml")
    near = re.sub("[^a-z0-9]+", "-", stem.casefold()).strip("-") + dot + ending
    hint = f"use a-z, 0-9 and single hyphens, at most {most} characters"
    if form.fullmatch(near.removesuffix(".yaml")):
        hint += f", for example {near}"
    return misplaced(file, "CR014", f"{file!r} cannot be {what}: its name becomes the client id", hint)
