"""Whether a commit may be applied: a clean tree, a whole history, nothing older than what was applied. Pure."""

from __future__ import annotations

from typing import Protocol

from clientreg.errors import CannotFinish
from clientreg.gitrepo import Ancestry
from clientreg.planning.plan import Refusal
from clientreg.planning.state import Record

_DIRTY = "+dirty"


class History(Protocol):
    """What is asked of Git; `gitrepo.Repository` is one."""

    @property
    def head(self) -> str:
        """The id of the commit that is checked out."""

    @property
    def dirty(self) -> bool:
        """Whether the registry's files differ from it."""

    @property
    def shallow(self) -> bool:
        """Whether older commits are missing."""

    def ancestry(self, old: str, new: str) -> Ancestry:
        """How one commit stands to another."""


def commit(history: History, *, environment: str, production: bool) -> str:
    """What marks say: the commit, `+dirty` where the tree is not clean. Raises CannotFinish where that may not be."""
    if history.shallow:
        message = "this is a shallow clone: whether a newer commit was applied already cannot be told"
        raise CannotFinish(
            message, "clone whole: `fetch-depth: 0` in the workflow's checkout, or git fetch --unshallow"
        )
    if not history.dirty:
        return history.head
    if production:
        message = (
            f"the work tree differs from commit {history.head[:12]}, and {environment} is a production environment"
        )
        raise CannotFinish(message, "commit the changes, or take them back: git status -- clients schema registry.yaml")
    return history.head + _DIRTY


def refusal(
    server: str, record: Record | None, history: History, *, registry: str, environment: str, adopt: bool
) -> Refusal | None:
    """Why this commit may not follow the one that was applied last, if a person may decide otherwise.

    Raises CannotFinish where nobody may: an older commit never overwrites a newer one.
    """
    if record is None:
        return None
    if (record.registry, record.environment) != (registry, environment):
        if adopt:
            return None
        message = f"server {server}: belongs to registry {record.registry}, environment {record.environment}"
        raise CannotFinish(message, "name another server in registry.yaml; to take this one over: --adopt")
    applied = record.commit.removesuffix(_DIRTY)
    ancestry = history.ancestry(applied, history.head)
    if ancestry is Ancestry.ANCESTOR:
        return None
    if ancestry is Ancestry.DESCENDANT:
        message = f"server {server}: has commit {applied[:12]} already, and {history.head[:12]} is older"
        raise CannotFinish(message, "git pull; to take a change back, git revert it: a revert is a newer commit")
    if ancestry is Ancestry.UNKNOWN:
        return Refusal(
            "history",
            f"server {server}",
            f"server {server}: commit {applied[:12]}, applied last, is not in this clone",
            _FETCH,
        )
    why = f"server {server}: commit {applied[:12]}, applied last, is not in the history of {history.head[:12]}"
    return Refusal("history", f"server {server}", why, f"git merge {applied[:12]}, or rebase onto it")


_FETCH = "git fetch --all, then merge or rebase"
