"""Since when lines of a file stand there, as far as the commits at hand tell."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from clientreg.gitrepo import Repository

_LINE = re.compile(r"([0-9a-f]{40,64}) \d+ (\d+)(?: \d+)?")


def written(repository: Repository, file: str, lines: Collection[int]) -> Mapping[int, str]:
    """The day (UTC, ISO 8601) on which each of some lines came into a file, spaces aside.

    A line of which it is not known is left out: not committed, or older than what a shallow clone holds.
    """
    ranges = [word for line in sorted(lines) for word in ("-L", f"{line},{line}")]
    answer = repository._run("blame", "--porcelain", "--no-textconv", "-w", *ranges, "--", file)
    days: dict[str, str | None] = {}
    commits: dict[int, str] = {}
    commit = ""
    for row in answer.out.split("\n") if answer.status == 0 else ():
        if head := _LINE.fullmatch(row):
            commit = head[1]
            commits[int(head[2])] = commit
        elif row.startswith("author-time "):
            days[commit] = _day(row.removeprefix("author-time ")) if commit.strip("0") else None
        elif row == "boundary" and repository.shallow:
            days[commit] = None
    return {line: day for line, commit in commits.items() if (day := days.get(commit))}


def _day(seconds: str) -> str | None:
    """A commit says whatever its author wanted; None for what is no time."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return None
