"""Commits made of objects alone: no work tree, no index, no branch. What an edit does not name stays as it is.

A tree may hold what anybody put there: links, submodules and odd names are never followed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias

from clientreg.errors import CannotFinish
from clientreg.gitrepo.process import run

Place: TypeAlias = "tuple[str, ...]"
"""A file in a tree: its folders and its name."""

_LARGEST = 1_048_576
_MOST_TREES = 30


class Edit(NamedTuple):
    """One commit to make: its message, and per file its content, or None where it shall be gone."""

    message: str
    files: Mapping[Place, bytes | None]


class _Entry(NamedTuple):
    mode: str
    type: str
    id: str


_Entries: TypeAlias = "Mapping[str, _Entry]"


@dataclass
class Objects:
    """The object store of the clone in `root`; `name` stands before what goes wrong with the trees in it."""

    root: Path
    name: str
    _roots: dict[str, str] = field(default_factory=dict)
    _trees: dict[str, _Entries] = field(default_factory=dict)

    def files(self, commit: str | None, folder: Place) -> Mapping[str, str]:
        """The names of the plain files in a folder of a commit, with their ids; empty where there is no such folder."""
        tree = self._root(commit)
        for depth, name in enumerate(folder, 1):
            entry = self._entries(tree).get(name)
            if entry is None:
                return {}
            tree = self._folder(entry, folder[:depth])
        return {name: entry.id for name, entry in self._entries(tree).items() if entry.mode in {"100644", "100755"}}

    def read(self, blob: str) -> str:
        """The text of a file by its id, as far as it is text."""
        if int(self.git("cat-file", "-s", blob)) > _LARGEST:
            raise CannotFinish(f"{self.name}: object {blob} is larger than 1 MiB", "this is no hand-over of clientreg")
        return self.git("cat-file", "blob", blob).decode("utf-8", "replace")

    def newest(self, commit: str, places: Iterable[Place]) -> Place | None:
        """Which of some files of a commit was changed last."""
        given = tuple(places)
        if len(given) < 2:
            return next(iter(given), None)
        last = self._last_change(commit, *given)
        return next((place for place in given if self._last_change(commit, place) == last), given[0])

    def commit(self, base: str | None, edits: Iterable[Edit]) -> str | None:
        """The last of the commits that these edits make on top of `base`; `base` itself where they change nothing."""
        tip, tree = base, self._root(base)
        for edit in edits:
            ids = {place: None if content is None else self._stored(content) for place, content in edit.files.items()}
            edited = self._edited(tree, ids, ())
            if edited != tree:
                edited = edited or self._tree({})
                parents = () if tip is None else ("-p", tip)
                made = self.git("commit-tree", *parents, "-F", "-", edited, stdin=f"{edit.message}\n".encode())
                tip, tree = made.decode("ascii").strip(), edited
                self._roots[tip] = tree
        return tip

    def git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """What a command that must succeed says."""
        answer = run(self.root, *arguments, stdin=stdin)
        if answer.status != 0:
            hint = "the clone must be whole, and its disk writable and not full: git fsck says more"
            raise CannotFinish(f"{self.name}: git {arguments[0]}: {answer.said}", hint)
        return answer.out

    def _edited(self, tree: str | None, files: Mapping[Place, str | None], above: Place) -> str | None:
        """The tree with some files written and others gone; None where nothing is left of it."""
        entries, below = dict(self._entries(tree)), dict[str, dict[Place, str | None]]()
        for place, blob in files.items():
            if len(place) > 1:
                below.setdefault(place[0], {})[place[1:]] = blob
            else:
                self._put(entries, place[0], blob, above)
        for name, inner in below.items():
            old = entries.pop(name, None)
            folder = None if old is None else self._folder(old, (*above, name))
            edited = self._edited(folder, inner, (*above, name))
            if edited is not None:
                entries[name] = _Entry("040000", "tree", edited)
        return self._tree(entries) if entries else None

    def _put(self, entries: dict[str, _Entry], name: str, blob: str | None, above: Place) -> None:
        """One file of a folder. A link in its place is replaced; a folder of that name is somebody else's."""
        folder = name in entries and entries[name].type == "tree"
        if blob is not None and folder:
            message = f"{self.name}: {'/'.join((*above, name))} is a folder, and a file belongs there"
            raise CannotFinish(message, _STRANGER)
        if blob is not None:
            entries[name] = _Entry("100644", "blob", blob)
        elif not folder:
            entries.pop(name, None)

    def _folder(self, entry: _Entry, place: Place) -> str:
        if entry.type == "tree":
            return entry.id
        message = f"{self.name}: {'/'.join(place)} is no folder, and links are not followed"
        raise CannotFinish(message, _STRANGER)

    def _root(self, commit: str | None) -> str | None:
        if commit is None:
            return None
        if commit not in self._roots:
            found = self.git("rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}")
            self._roots[commit] = found.decode("ascii").strip()
        return self._roots[commit]

    def _entries(self, tree: str | None) -> _Entries:
        if tree is None:
            return {}
        if tree not in self._trees:
            lines = os.fsdecode(self.git("ls-tree", "-z", "--full-tree", "--end-of-options", tree)).split("\0")
            parts = (line.partition("\t") for line in lines if line)
            self._remember(tree, {name: _Entry(*what.split()) for what, _, name in parts})
        return self._trees[tree]

    def _tree(self, entries: _Entries) -> str:
        lines = "".join(f"{' '.join(entry)}\t{name}\0" for name, entry in entries.items())
        made = self.git("mktree", "-z", "--missing", stdin=os.fsencode(lines)).decode("ascii").strip()
        self._remember(made, entries)
        return made

    def _remember(self, tree: str, entries: _Entries) -> None:
        if len(self._trees) > _MOST_TREES:
            self._trees.clear()
        self._trees[tree] = entries

    def _stored(self, content: bytes) -> str:
        return self.git("hash-object", "-w", "--stdin", stdin=content).decode("ascii").strip()

    def _last_change(self, commit: str, *places: Place) -> bytes:
        paths = (f":(top,literal){'/'.join(place)}" for place in places)
        return self.git("rev-list", "--max-count=1", "--end-of-options", commit, "--", *paths)


_STRANGER = "somebody put it on the branch, and must take it away there; git log says who"
