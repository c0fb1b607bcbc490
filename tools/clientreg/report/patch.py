"""A change of a text as a unified diff for people: as `git diff` would show it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from clientreg.report.printable import printable
from clientreg.report.style import Role, Style

_ROLES: dict[str, Role] = {"+": "added", "-": "removed", "@": "aside"}


def lines(file: str, before: str, after: str, style: Style) -> Iterator[str]:
    """The diff of a file. A line of a file is data, and its escapes are made visible."""
    old, new = before.splitlines(), after.splitlines()
    for line in unified_diff(old, new, f"a/{file}", f"b/{file}", lineterm=""):
        role = None if line[:3] in {"+++", "---"} else _ROLES.get(line[:1])
        yield style.paint(printable(line), role) if role else printable(line)
