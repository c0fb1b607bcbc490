"""A registry's folder with some files in it that are not there yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clientreg.reading.folder import Entry, WorkTree


@dataclass(frozen=True, slots=True)
class _Name:
    """One name in a folder that is not there."""

    name: str
    folder: bool

    def is_dir(self) -> bool:
        return self.folder

    def is_symlink(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Overlay:
    """Implements `reading.folder.Tree`: the work tree, where `files` stand before what lies there."""

    under: WorkTree
    files: Mapping[str, bytes]
    folders: Mapping[str, Mapping[str, _Name]]

    @classmethod
    def over(cls, root: str, files: Mapping[str, bytes]) -> Overlay:
        """The folder with these files in it."""
        folders: dict[str, dict[str, _Name]] = {}
        for file in files:
            above, _, name = file.rpartition("/")
            folders.setdefault(above, {})[name] = _Name(name, folder=False)
            while above:
                above, _, name = above.rpartition("/")
                folders.setdefault(above, {}).setdefault(name, _Name(name, folder=True))
        return cls(WorkTree(root), files, folders)

    def entries(self, folder: str) -> Sequence[Entry]:
        """See `Tree`: what is there under a name stays as it is found, so that a link is still seen as one."""
        there = self.under.entries(folder)
        names = {entry.name for entry in there}
        more = [entry for name, entry in self.folders.get(folder, {}).items() if name not in names]
        return sorted([*there, *more], key=lambda entry: entry.name)

    def is_file(self, path: str) -> bool:
        """See `Tree`."""
        return path in self.files or self.under.is_file(path)

    def is_link(self, path: str) -> bool:
        """See `Tree`."""
        return self.under.is_link(path)

    def content(self, file: str) -> bytes:
        """See `Tree`."""
        return self.files[file] if file in self.files else self.under.content(file)
