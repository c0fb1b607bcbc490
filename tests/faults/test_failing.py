"""An apply that is refused at any step, once or from then on, says so and loses nothing; the next one arrives.

Of each scenario's steps some are tried; `CLIENTREG_FAULTS=all` tries all of them, another number so many.
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from disk import Disk
from scenarios import SCENARIOS, Scenario
from steps import At, counted, sampled
from test_killed import converges

from clientreg.errors import CannotFinish
from clientreg.gitrepo import branch
from clientreg.gitrepo.process import Answer
from clientreg.servers.embedded import database

WANTED = os.environ.get("CLIENTREG_FAULTS", "2")
_OBJECTS = {"hash-object", "mktree", "commit-tree", "fetch"}


def refused_by_the_disk(name: str, number: int) -> Answer | None:
    """What a disk that is full, or read-only, makes of a step."""
    _, what, *words = name.split()
    if not what.startswith(("run", "Store.")):
        raise OSError(number, os.strerror(number))
    if what == "run":
        return Answer(128, b"", f"fatal: {os.strerror(number)}") if words[0] in _OBJECTS else None
    raise database.WriteFailed(f"the store: {os.strerror(number)}", "free some space")


class Fault:
    """Something that goes wrong from a step on, and can be mended."""

    def __init__(self, disk: Disk, first: int) -> None:
        self.disk, self.first = disk, first

    def at(self, step: int, name: str) -> Answer | None:
        """What stands in for a step."""
        return self.strike(name) if step >= self.first and name.startswith("before") else None

    def strike(self, name: str) -> Answer | None:
        raise NotImplementedError

    def mend(self) -> None:
        """All is well again."""


class FullOnce(Fault):
    def at(self, step: int, name: str) -> Answer | None:
        return refused_by_the_disk(name, errno.ENOSPC) if step == self.first and name.startswith("before") else None


class ReadOnly(Fault):
    def strike(self, name: str) -> Answer | None:
        return refused_by_the_disk(name, errno.EROFS)


class Locked(Fault):
    """Another program takes the write lock of every store as soon as it is free, and keeps it."""

    def __init__(self, disk: Disk, first: int) -> None:
        super().__init__(disk, first)
        self.held: dict[str, sqlite3.Connection] = {}

    def strike(self, _: str) -> None:
        for name in self.disk.names:
            if name not in self.held and self.disk.store(name).exists():
                db = sqlite3.connect(self.disk.store(name), isolation_level=None, timeout=0)
                try:
                    db.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError:
                    db.close()
                else:
                    self.held[name] = db

    def mend(self) -> None:
        for db in self.held.values():
            db.execute("ROLLBACK")
            db.close()


class Gone(Fault):
    """The remote is not there any more."""

    def strike(self, _: str) -> None:
        if self.disk.remote.root.exists():
            self.disk.remote.root.rename(self.disk.root / "away")

    def mend(self) -> None:
        if (self.disk.root / "away").exists():
            (self.disk.root / "away").rename(self.disk.remote.root)


class Protected(Fault):
    """The remote takes no push any more."""

    def strike(self, _: str) -> None:
        self.disk.remote.hook("pre-receive", "echo no; exit 1")

    def mend(self) -> None:
        self.disk.remote.hook("pre-receive", "exit 0")


FAULTS: Mapping[str, Callable[[Disk, int], Fault]] = {
    "the disk is full once": FullOnce,
    "the disk is read-only": ReadOnly,
    "the store is locked": Locked,
    "the remote is gone": Gone,
    "the remote refuses": Protected,
}
CASES = [
    pytest.param(scenario, fault, id=f"{name}, {what}")
    for name, scenario in SCENARIOS.items()
    for what, fault in FAULTS.items()
    if scenario.branch or "remote" not in what
]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "WAIT", 0.02)
    monkeypatch.setattr(branch, "PAUSE", 0.01)


@pytest.mark.parametrize(("scenario", "kind"), CASES)
def test_refused_at_a_step_nothing_is_lost(
    tmp_path: Path, scenario: Scenario, kind: Callable[[Disk, int], Fault]
) -> None:
    first = scenario.disk(tmp_path / "first")
    with counted(lambda *_: None) as seen:
        assert not first.copied("counted").apply(*scenario.after).failed
    points = [number for number, name in enumerate(seen) if name.startswith("before")]
    tried = [points[index] for index in sampled(len(points), WANTED)]
    for number in tried:
        disk = first.copied(str(number))
        fault = kind(disk, number)
        said = failure(disk, scenario, fault.at)
        fault.mend()
        where = (number, seen[number], said)
        assert ("" not in said, where) == (True, where)
        converges(disk, scenario, where)
        shutil.rmtree(disk.root)
    print(f"refused at {len(tried)} of {len(points)} steps")


def failure(disk: Disk, scenario: Scenario, at: At) -> list[str]:
    """What an apply says in such a world; it raises nothing but what it means to."""
    with counted(at):
        try:
            applied = disk.apply(*scenario.after)
        except CannotFinish as error:
            return [error.message, error.hint]
    errors = [one.error for one in (*applied.outcomes, *applied.servers) if one.error is not None]
    assert applied.failed == bool(errors)
    return errors
