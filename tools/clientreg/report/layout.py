"""Text into columns: how wide a text shows, lines broken between words, numbers with their noun."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable


def columns(text: str) -> int:
    """How many columns a terminal needs: East Asian wide characters take two, combining ones none (UAX 11)."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def wrapped(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    """`text` in lines of at most `width` columns, the first after `first`, the others after `rest`.

    Lines break at spaces only: a word that is too long (a URL, a digest) stays whole, so that it can be copied.
    """
    lines: list[str] = []
    line, empty = first, True
    for word in text.split(" "):
        if not empty and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line, empty = rest, True
        line += word if empty else f" {word}"
        empty = False
    return [*lines, line]


def beside(name: str, fill: Callable[[int], list[str]], *, room: int, indent: int, width: int) -> tuple[int, list[str]]:
    """A value beside its name in a column of `room`, or below it where it is too wide, so that no URL is cut in two.

    `fill` gives the value in lines of at most some columns. The column in which the value stands comes first.
    """
    start, at = " " * indent + name, indent + room + 2
    lines = fill(width - at)
    if columns(name) <= room and all(columns(line) <= width - at for line in lines):
        first = start + " " * (at - columns(start))
        return at, [first + lines[0], *(" " * at + line for line in lines[1:])]
    if columns(name) > room and len(lines) == 1 and columns(start) + 2 + columns(lines[0]) <= width:
        return at, [f"{start}  {lines[0]}"]
    at = indent + 4
    return at, [start, *(" " * at + line for line in fill(width - at))]


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 error`, `2,000 errors`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(parts: Iterable[str]) -> str:
    """The parts that are not empty, with commas."""
    return ", ".join(part for part in parts if part)


def _columns(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
