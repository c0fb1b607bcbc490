"""A branch of a remote that keeps files beside the registry's history, read and written without work tree or index.

Whatever the remote says is newer than what lies here: nothing is read before it was asked. What is written is pushed,
and never forced.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from clientreg.errors import CannotFinish
from clientreg.gitrepo.objects import Edit, Objects, Place
from clientreg.gitrepo.process import TIMED_OUT, Answer, run

__all__ = ["Branch", "Edit", "Place"]

WAIT, WAIT_FOR_FETCH = 60.0, 300.0
"""Seconds that one question or push, and one fetch, may take."""
PAUSE, LONGEST_PAUSE = 0.1, 3.0
"""Seconds before a push that lost a race is tried again: doubled each time up to the longest, less a random part."""
TRIES = 12
_FETCH = ("--quiet", "--no-tags", "--no-prune", "--no-filter", "--no-write-fetch-head", "--no-auto-maintenance")
_PUSH = ("--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no")


@dataclass
class Branch:
    """The branch `name` of `remote`, as the clone in `root` reaches it.

    Every method raises CannotFinish with the next step where Git or the remote refuses. A remote that did not answer
    once is not asked again: each of very many clients would wait for it.
    """

    root: Path
    remote: str
    name: str
    _tip: str | None = None
    _known: bool = False
    _lost: CannotFinish | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"branch {self.name} of {self.remote}"

    def check(self) -> None:
        """Refuse a clone that has no such remote; asks nobody."""
        if run(self.root, "remote", "get-url", "--end-of-options", self.remote).status == 0:
            return
        names = os.fsdecode(self._objects.git("remote")).split()
        instead = f", or `remote: {names[0]}` for this sink in registry.yaml" if names else ""
        message = f"{self}: this clone has no remote {self.remote}"
        raise CannotFinish(message, f"git remote add {self.remote} URL{instead}")

    def refresh(self) -> None:
        """Ask the remote where the branch is now, and fetch what is new."""
        for _ in range(3):
            tip = self._asked()
            if tip is None or (self._known and tip == self._tip) or self._fetched(tip):
                self._tip, self._known = tip, True
                return
        raise CannotFinish(f"{self}: is replaced again and again while it is fetched", "run again")

    def files(self, folder: Place) -> Mapping[str, str]:
        """The names of the plain files in a folder, with their ids; empty where there is no such folder."""
        self._see()
        return self._objects.files(self._tip, folder)

    def read(self, blob: str) -> str:
        """The text of a file by its id."""
        return self._objects.read(blob)

    def newest(self, places: Sequence[Place]) -> Place | None:
        """Which of some files was put there last."""
        self._see()
        return None if self._tip is None else self._objects.newest(self._tip, places)

    def write(self, edits: Sequence[Edit]) -> None:
        """A commit per edit in one push, all or nothing; what the branch says already makes no commit.

        A push that lost a race is made again on what won it. One that the remote refuses is said in its words.
        """
        pause, refusals = PAUSE, 0
        for _ in range(TRIES):
            self._see()
            before = self._tip
            commit = self._objects.commit(before, edits)
            if commit is None or commit == before:
                return
            answer = self._pushed(commit)
            if answer.status == 0:
                return
            self.refresh()  # the push may have arrived, and only the answer not
            refusals += self._tip == before
            if refusals > 1:
                raise self._refused(answer)
            time.sleep(pause * (1 - secrets.randbelow(500) / 1000))
            pause = min(pause * 2, LONGEST_PAUSE)
        raise CannotFinish(f"{self}: others kept writing to it, {TRIES} times in a row", "run again")

    @cached_property
    def _objects(self) -> Objects:
        return Objects(self.root, str(self))

    @property
    def _ref(self) -> str:
        return f"refs/heads/{self.name}"

    def _see(self) -> None:
        if not self._known:
            self.refresh()

    def _asked(self) -> str | None:
        """The id of the branch's commit on the remote, None where there is no such branch."""
        if self._lost is not None:
            raise self._lost
        arguments = ("ls-remote", "--exit-code", "--refs", "--end-of-options", self.remote, self._ref)
        answer = run(self.root, *arguments, wait=WAIT)
        if answer.status not in {0, 2, TIMED_OUT}:
            time.sleep(PAUSE)
            answer = run(self.root, *arguments, wait=WAIT)
        if answer.status not in {0, 2}:
            raise self._unreachable(answer)
        lines = (line.split("\t") for line in os.fsdecode(answer.out).splitlines())
        return next((parts[0] for parts in lines if parts[1:] == [self._ref]), None)

    def _fetched(self, tip: str) -> bool:
        """Bring the branch here; whether that brought this commit, and not one that came meanwhile without it."""
        arguments = ("fetch", *_FETCH, "--refmap=", "--recurse-submodules=no", "--end-of-options")
        answer = run(self.root, *arguments, self.remote, self._ref, wait=WAIT_FOR_FETCH)
        if answer.status != 0:
            raise self._unreachable(answer)
        if run(self.root, "cat-file", "-e", f"{tip}^{{commit}}").status != 0:
            return False
        if self._tip is None and run(self.root, "merge-base", tip, "HEAD").status == 0:
            message = f"{self}: is a branch of the registry itself, and hand-overs are kept apart from it"
            raise CannotFinish(message, "name another `branch` for this sink in registry.yaml, one that nothing uses")
        return True

    def _pushed(self, commit: str) -> Answer:
        self._known = False  # until it is known to have arrived
        arguments = ("push", *_PUSH, "--end-of-options", self.remote, f"{commit}:{self._ref}")
        answer = run(self.root, *arguments, wait=WAIT)
        if answer.status == 0:
            self._tip, self._known = commit, True
        return answer

    def _unreachable(self, answer: Answer) -> CannotFinish:
        hint = f"this machine must reach {self.remote} without being asked for anything: git ls-remote {self.remote}"
        self._lost = CannotFinish(f"{self}: cannot be read: {answer.said}", hint)
        return self._lost

    def _refused(self, answer: Answer) -> CannotFinish:
        """What the remote says, and how Git sums it up (`! <what> TAB [remote rejected] (<why>)`)."""
        summaries = [line.split("\t")[-1] for line in os.fsdecode(answer.out).splitlines() if line.startswith("!")]
        words = " ".join([answer.said, *summaries[:1]])
        hint = (
            f"let whoever runs this push to {self.name}, and no rule protect it (GitHub Actions: "
            "`permissions: {contents: write}`); nothing was pushed"
        )
        return CannotFinish(f"{self}: cannot be pushed to: {words}", hint)
