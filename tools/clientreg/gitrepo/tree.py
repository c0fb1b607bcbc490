"""The files of a registry as a commit has them, and what changed between two commits: objects, never the work tree.

Trees are read as objects, two levels deep, so that no name, link, submodule or endlessly nested folder of a branch is
followed, checked out or listed. Every object is asked of one `git cat-file --batch`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from clientreg.errors import CannotFinish, UsageError
from clientreg.gitrepo import Repository
from clientreg.reading.encoding import MAX_SIZE
from clientreg.reading.folder import CLIENTS

MAX_BYTES = 1 << 29
"""Of all files of a registry together: more is refused before it is read."""
_MAX_ENTRIES = 1_000_000
_PATHS = (CLIENTS, "registry.yaml")
_FOLDER, _LINK, _SUBMODULE = "40000", "120000", "160000"
_COMMIT = re.compile(r"[0-9a-f]{40,64}")


class TreeEntry(NamedTuple):
    """One name in a folder of a commit. A submodule is no folder of ours: it counts as a file that is not read."""

    name: str
    mode: str
    oid: str

    def is_dir(self) -> bool:
        """Whether it is a folder."""
        return self.mode == _FOLDER

    def is_symlink(self) -> bool:
        """Whether it is a link."""
        return self.mode == _LINK


@dataclass(frozen=True, eq=False)
class CommitTree:
    """Implements `reading.folder.Tree` on a commit. `folders` is what lies where; contents are read when asked for."""

    repository: Repository
    commit: str
    folders: Mapping[str, Sequence[TreeEntry]]

    @cached_property
    def contents(self) -> Mapping[str, bytes]:
        """Every file's bytes, all at once; of a huge one, too many of another. Raises CannotFinish for too much."""
        return _contents(self.repository, self.folders, self.commit)

    def only(self, wanted: Callable[[str], bool]) -> CommitTree:
        """The same with nothing but those of its files whose paths are wanted."""
        return replace(
            self,
            folders={
                folder: [one for one in entries if one.is_dir() or wanted(f"{folder}/{one.name}".lstrip("/"))]
                for folder, entries in self.folders.items()
            },
        )

    def entries(self, folder: str) -> Sequence[TreeEntry]:
        """See `Tree`."""
        return self.folders.get(folder, ())

    def is_file(self, path: str) -> bool:
        """See `Tree`."""
        entry = self._entry(path)
        return entry is not None and entry.mode not in {_FOLDER, _SUBMODULE}

    def is_link(self, path: str) -> bool:
        """See `Tree`."""
        entry = self._entry(path)
        return entry is not None and entry.is_symlink()

    def content(self, file: str) -> bytes:
        """See `Tree`: of a huge file no byte of its own. Raises CannotFinish for a link, which is not followed."""
        if self.is_link(file):
            message = f"{file} is a symbolic link in commit {self.commit[:12]}"
            raise CannotFinish(message, "commit the file itself: links are not followed")
        return self.contents[file]

    def _entry(self, path: str) -> TreeEntry | None:
        folder, _, name = path.rpartition("/")
        return next((entry for entry in self.entries(folder) if entry.name == name), None)


def resolve(repository: Repository, name: str) -> str:
    """The id of the commit that a branch, tag or other name means. Raises UsageError where it means none."""
    if name.startswith("-") or "\0" in name:
        raise UsageError(f"{name!r} is no commit", "name a branch, a tag or a commit id")
    answer = repository._run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    found = answer.out.strip()
    if answer.status != 0 or not _COMMIT.fullmatch(found):
        hint = "name a branch, a tag or a commit id; one that is only on the server: git fetch first"
        raise UsageError(f"{name!r} is no commit of this repository", hint)
    return found


def fork_point(repository: Repository, base: str, head: str) -> str:
    """The commit at which `head` left `base`. Raises CannotFinish where they share none, or it was not cloned."""
    answer = repository._run("merge-base", base, head)
    if answer.status == 0:
        return answer.out.split()[0]
    if answer.status != 1:
        raise repository._failed(answer)
    message = f"commits {base[:12]} and {head[:12]} share no history"
    if repository.shallow:
        message = f"this is a shallow clone, and what commits {base[:12]} and {head[:12]} share is not in it"
        hint = "clone whole: `fetch-depth: 0` in the workflow's checkout, or git fetch --unshallow"
        raise CannotFinish(message, hint)
    raise CannotFinish(message, "name a commit that this one comes from")


def changed(old: CommitTree, new: CommitTree) -> frozenset[str]:
    """The paths that two commits have differently: what they hold, or what they are. A moved file is two paths."""
    before, after = _places(old), _places(new)
    return frozenset(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def _places(tree: CommitTree) -> dict[str, tuple[str, str]]:
    """Mode and object of everything that lies in the registry's folders, but those folders themselves."""
    return {
        path: (entry.mode, entry.oid)
        for folder, entries in tree.folders.items()
        for entry in entries
        if (path := f"{folder}/{entry.name}".lstrip("/")) not in tree.folders
    }


def read(repository: Repository, commit: str) -> CommitTree:
    """The registry's files in a commit. Raises CannotFinish for a tree that is unsound, or with too many names."""
    top = _entries(repository, [_registry_tree(repository, commit)], commit)
    root = next(iter(top.values()), ())
    folders: dict[str, Sequence[TreeEntry]] = {"": [entry for entry in root if entry.name in _PATHS]}
    below = _below(repository, folders[""], "", commit)
    for folder, entries in below.items():
        folders[folder] = entries
        folders |= _below(repository, entries, f"{folder}/", commit)
    return CommitTree(repository, commit, folders)


def _below(
    repository: Repository, entries: Sequence[TreeEntry], prefix: str, commit: str
) -> dict[str, Sequence[TreeEntry]]:
    """What lies in the folders among some entries, by their paths."""
    wanted = [entry for entry in entries if entry.is_dir()]
    found = _entries(repository, [entry.oid for entry in wanted], commit)
    return {f"{prefix}{entry.name}": found[entry.oid] for entry in wanted}


def _registry_tree(repository: Repository, commit: str) -> str:
    """The object that holds the registry's root, which may be a folder of its repository."""
    prefix = repository._checked("rev-parse", "--show-prefix").out.rstrip("\n").rstrip("/")
    name = f"{commit}:{prefix}" if prefix else f"{commit}^{{tree}}"
    answer = repository._run("rev-parse", "--verify", "--quiet", "--end-of-options", name)
    if answer.status != 0:
        raise CannotFinish(f"commit {commit[:12]} has no folder {prefix!r}", "name a commit that has the registry")
    return answer.out.strip()


def _entries(repository: Repository, oids: Sequence[str], commit: str) -> dict[str, Sequence[TreeEntry]]:
    objects = _objects(repository, oids)
    found: dict[str, Sequence[TreeEntry]] = {oid: tuple(_parsed(raw, commit)) for oid, raw in objects.items()}
    if sum(len(found[oid]) for oid in oids) > _MAX_ENTRIES:
        raise CannotFinish(f"commit {commit[:12]} has more than {_MAX_ENTRIES:,} files in {CLIENTS}/", "split it")
    return found


def _parsed(raw: bytes, commit: str) -> Iterator[TreeEntry]:
    """A tree object's entries (Git's own format: mode, space, name, NUL, binary id), sorted by name."""
    width = 32 if len(commit) == 64 else 20
    entries, at = [], 0
    while at < len(raw):
        end = raw.index(b"\0", at)
        mode, _, name = raw[at:end].partition(b" ")
        oid = raw[end + 1 : end + 1 + width]
        entries.append(TreeEntry(name.decode("utf-8", "surrogateescape"), mode.decode("ascii"), oid.hex()))
        at = end + 1 + width
    entries.sort(key=lambda entry: entry.name)
    for entry, following in zip(entries, [*entries[1:], None], strict=True):
        if entry.name in {"", ".", ".."} or "/" in entry.name or (following and following.name == entry.name):
            message = f"commit {commit[:12]} is unsound: a folder of it holds the name {entry.name!r}"
            twice = " twice" if following and following.name == entry.name else ""
            raise CannotFinish(
                message + twice, "no Git makes such a commit: look at it with git fsck, and at its author"
            )
        yield entry


def _contents(repository: Repository, folders: Mapping[str, Sequence[TreeEntry]], commit: str) -> Mapping[str, bytes]:
    """The bytes of every file that a registry reads; in place of a huge one, as many as are too many."""
    wanted = {
        f"{folder}/{entry.name}".lstrip("/"): entry.oid
        for folder, entries in folders.items()
        for entry in entries
        if entry.mode not in {_FOLDER, _LINK, _SUBMODULE} and entry.name.endswith(".yaml")
    }
    sizes = _sizes(repository, sorted(set(wanted.values())))
    total = sum(min(sizes[oid], MAX_SIZE) for oid in wanted.values())
    if total > MAX_BYTES:
        message = f"the files of commit {commit[:12]} hold {total >> 20:,} MiB in all; {MAX_BYTES >> 20} MiB are read"
        raise CannotFinish(message, "split the registry")
    blobs = _objects(repository, [oid for oid, size in sizes.items() if size <= MAX_SIZE])
    return {path: blobs.get(oid, bytes(MAX_SIZE + 1)) for path, oid in wanted.items()}


def _sizes(repository: Repository, oids: Sequence[str]) -> dict[str, int]:
    if not oids:
        return {}
    answer = repository._checked("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=_lines(oids))
    return {oid: int(size) for oid, size in map(_present, answer.out.splitlines())}


def _objects(repository: Repository, oids: Sequence[str]) -> dict[str, bytes]:
    """Objects by id, as they are stored."""
    if not oids:
        return {}
    raw = repository._checked("cat-file", "--batch=%(objectname) %(objectsize)", stdin=_lines(sorted(set(oids)))).raw
    found, at = {}, 0
    while at < len(raw):
        end = raw.index(b"\n", at)
        oid, size = _present(raw[at:end].decode("ascii"))
        start = end + 1
        found[oid] = raw[start : start + int(size)]
        at = start + int(size) + 1
    return found


def _present(line: str) -> tuple[str, str]:
    oid, _, size = line.partition(" ")
    if not size.isdigit():
        message = f"object {oid[:12]} is not in this repository"
        raise CannotFinish(message, "clone it again, whole: `fetch-depth: 0` and no filter in the workflow's checkout")
    return oid, size


def _lines(oids: Iterable[str]) -> str:
    return "".join(f"{oid}\n" for oid in oids)
