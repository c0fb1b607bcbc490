"""What stands around a registry: a new repository for one, the tool it is pinned to, its files for the code host."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from clientreg import gitrepo, lint, pages, registry, servers
from clientreg.errors import CannotFinish, FilesBroken, UsageError
from clientreg.finding import Severity
from clientreg.settings import Settings
from clientreg.starter import pin, place, tree
from clientreg.starter.answers import CLIENT, CONTACT, ORGANIZATION, Answers, Host, no_contact

_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


class Created(NamedTuple):
    """A registry that was made. `unpinned` says why CI cannot run yet, None where it can."""

    target: Path
    answers: Answers
    files: tuple[str, ...]
    unpinned: CannotFinish | None


def create(
    target: Path, answers: Answers, *, wheel: Path | None, today: str, progress: Callable[[str], None] = lambda _: None
) -> Created:
    """Make a registry in `target`: a Git repository without a commit, lint clean, or nothing at all.

    Raises UsageError where something is in the way, with everything that is; CannotFinish where the disk refuses.
    """
    python, owned = pin.running(), tree.OWNED[answers.host]
    check_room(target, answers.host)
    progress("asking the package index for the wheels that CI will run")
    pinned, unpinned = _pinned(wheel, python)
    files = {**tree.files(answers, python=python, pinned=pinned), owned: ""}
    place.put(target, files, branch=answers.branch, check=lambda stage: _finish(stage, owned, today))
    return Created(target, answers, tuple(sorted(files)), unpinned)


def check_room(target: Path, host: Host) -> None:
    """Raise UsageError, with everything that is in the way, where a registry would meet what is in `target`."""
    names = Answers("registry", ORGANIZATION, CLIENT, CONTACT, "web", CONTACT, host=host)
    found = place.in_the_way(target, (*tree.files(names, python="", pinned=""), tree.OWNED[host]))
    if found:
        some = ", ".join(found[:6]) + (f" and {len(found) - 6} more" if len(found) > 6 else "")
        message = f"nothing was written: {target} has {some} already"
        raise UsageError(message, "move that away, or make the registry in another folder and take over what you want")


def address() -> str:
    """The e-mail address that Git knows its user by, else one of nobody."""
    known = gitrepo.user_address()
    return known if known and no_contact(known) is None else CONTACT


def branch_of(target: Path) -> str:
    """The branch that a folder's own repository is on, `main` where it has none."""
    branch = gitrepo.open_repository(target).branch if (target / ".git").exists() else ""
    if branch and not _BRANCH.fullmatch(branch):
        raise UsageError(f"{target} is on the branch {branch!r}, which a workflow could not name", "git branch -m main")
    return branch or "main"


def _pinned(wheel: Path | None, python: str) -> tuple[str, CannotFinish | None]:
    try:
        return pin.requirements(wheel, python=python), None
    except CannotFinish as error:
        return pin.unpinned(error), error


def _finish(stage: Path, owned: str, today: str) -> None:
    """Write CODEOWNERS, and hold the answers to the rule book. Raises UsageError for one that it does not accept."""
    read = registry.load(str(stage), lambda _: frozenset())
    report = lint.run(read, servers=servers.types(), today=today)
    wrong = [finding for finding in report.findings if finding.severity is not Severity.INFO]
    if wrong:
        raise UsageError(f"{wrong[0].file} would not be clean: {wrong[0].message}", wrong[0].hint)
    assert isinstance(read.settings, Settings)
    try:
        (stage / owned).write_text(pages.owners_file(read, read.settings), "utf-8")
    except FilesBroken as error:
        raise UsageError(error.message, error.hint) from None
