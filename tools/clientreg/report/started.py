"""A registry that was just made: what is there, and what comes next, down to a green pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clientreg.report.layout import counted, wrapped
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Style

Step = tuple[str, str]
"""A command, and what it does or what there is to do by hand where the command is empty."""


def text(title: str, files: Iterable[str], steps: Iterable[Step], style: Style) -> str:
    """The folders with how many files each has, then the numbered steps."""
    lines = [style.paint(printable(title), "name"), *_tree(files), "", style.paint("next steps", "name")]
    for number, (command, why) in enumerate(steps, 1):
        lines += wrapped(printable(why), style.width, first=f"{number:>3}  ", rest="     ")
        lines += [f"       {style.paint(printable(line), 'good')}" for line in command.splitlines()]
    return unforged("\n".join(lines) + "\n")


def _tree(files: Iterable[str]) -> Iterator[str]:
    """One line per file at the top, and per folder below it."""
    inside: dict[str, int] = {}
    for file in files:
        above, _, name = file.partition("/")
        key = f"{above}/" if name else above
        inside[key] = inside.get(key, 0) + 1
    for key in sorted(inside):
        yield f"  {key:<28}{counted(inside[key], 'file') if key.endswith('/') else ''}".rstrip()
