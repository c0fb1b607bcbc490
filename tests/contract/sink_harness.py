"""What a contract test needs to know about one kind of sink: how to reach it, and how to look at it past our own code.

To put another kind under contract, add a class like `FolderHarness` to `SINKS`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from clientreg import sinks
from clientreg.settings import SinkEntry
from clientreg.sinks import Sink


class SinkHarness(Protocol):
    """One sink, empty at first, and an independent view of it."""

    def sink(self, **options: Any) -> Sink:
        """The sink as one run has it; every call is another run, on another machine where that may be."""

    def files(self) -> Mapping[str, bytes]:
        """Every file that is kept, by its path, read without our modules; what others planted is left out."""

    def plant(self, path: str, content: str) -> None:
        """A file of somebody else, or of ours as somebody else changed it."""

    def plant_link(self, path: str, target: str) -> None:
        """A link of somebody else, in the place of whatever is there."""

    def elsewhere(self) -> Mapping[str, bytes]:
        """Everything that must be as it was before: what was planted, and all around the sink."""


def git(folder: Path, *words: str | Path, stdin: bytes | None = None) -> bytes:
    """What Git answers."""
    done = subprocess.run(["git", *words], cwd=folder, input=stdin, capture_output=True, check=True)
    return done.stdout


@dataclass
class FolderHarness:
    """`publish: none`: a folder below the registry's."""

    root: Path

    def sink(self, **options: Any) -> Sink:
        given = {"directory": "handover", **options}
        return sinks.load(SinkEntry("sealed-file", "sealed-file", given), self.root, registry="connect")

    def files(self) -> Mapping[str, bytes]:
        return self._walked(self.root / "handover", planted=False)

    def plant(self, path: str, content: str) -> None:
        place = self.root / "handover" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, encoding="utf-8")

    def plant_link(self, path: str, target: str) -> None:
        place = self.root / "handover" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        place.symlink_to(self.root / target)

    def elsewhere(self) -> Mapping[str, bytes]:
        around = self._walked(self.root, planted=True)
        return {path: content for path, content in around.items() if not path.startswith("handover/") or _other(path)}

    def _walked(self, top: Path, *, planted: bool) -> Mapping[str, bytes]:
        found = {}
        for folder, _, names in os.walk(top):
            for name in names:
                path = Path(folder, name)
                if not path.is_symlink() and (planted or not _other(name)):
                    found[str(path.relative_to(top))] = path.read_bytes()
        return found


def _other(path: str) -> bool:
    return path.rpartition("/")[2].startswith("other")


@dataclass
class BranchHarness:
    """`publish: git-branch`: a bare repository, and a new clone for every run."""

    root: Path

    def __post_init__(self) -> None:
        git(self.root, "init", "--quiet", "--bare", "--initial-branch", "main", "remote.git")
        git(self.root, "init", "--quiet", "--initial-branch", "main", "first")
        self._commit(self.root / "first", "registry.yaml", "version: 1\n")
        git(self.root / "first", "push", "--quiet", "../remote.git", "main")

    @property
    def remote(self) -> Path:
        return self.root / "remote.git"

    def clone(self) -> Path:
        """A runner's checkout."""
        place = self.root / f"clone-{sum(1 for _ in self.root.glob('clone-*'))}"
        git(self.root, "clone", "--quiet", self.remote, place)
        return place

    def sink(self, **options: Any) -> Sink:
        given = {"publish": "git-branch", **options}
        return sinks.load(SinkEntry("sealed-file", "sealed-file", given), self.clone(), registry="connect")

    def files(self) -> Mapping[str, bytes]:
        return {path: content for path, content in self._all().items() if not _other(path) and path != "README.md"}

    def plant(self, path: str, content: str) -> None:
        with_file = self._checkout()
        self._commit(with_file, path, content)
        git(with_file, "push", "--quiet", "origin", "handover")

    def plant_link(self, path: str, target: str) -> None:
        with_link = self._checkout()
        place = with_link / path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        place.symlink_to(target)
        git(with_link, "add", "--all")
        git(with_link, "commit", "--quiet", "--message", "a link")
        git(with_link, "push", "--quiet", "origin", "handover")

    def elsewhere(self) -> Mapping[str, bytes]:
        main = git(self.remote, "rev-parse", "main")
        planted = {path: content for path, content in self._all().items() if _other(path)}
        clones = {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in self.root.glob("clone-*/*")
            if path.is_file()
        }
        return {"main": main, **planted, **clones}

    def _all(self) -> Mapping[str, bytes]:
        if not git(self.remote, "for-each-ref", "refs/heads/handover"):
            return {}
        lines = git(self.remote, "ls-tree", "-r", "-z", "handover").decode().split("\0")
        entries = [line.split("\t") for line in lines if line]
        files = [(what.split()[2], name) for what, name in entries if what.startswith("100")]
        return {name: git(self.remote, "cat-file", "blob", blob) for blob, name in files}

    def _checkout(self) -> Path:
        """The branch as somebody else has it, made where there is none."""
        place = self.clone()
        try:
            git(place, "switch", "--quiet", "handover")
        except subprocess.CalledProcessError:
            git(place, "switch", "--quiet", "--orphan", "handover")
        return place

    @staticmethod
    def _commit(clone: Path, path: str, content: str) -> None:
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_text(content, encoding="utf-8")
        git(clone, "add", "--all")
        git(clone, "commit", "--quiet", "--message", "a file")


SINKS: Mapping[str, Callable[[Path], SinkHarness]] = {"folder": FolderHarness, "branch": BranchHarness}
"""Every test of `test_sink.py` runs once per kind of sink."""
