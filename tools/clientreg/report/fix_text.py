"""What was mended, file by file, and what was left, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from clientreg.fixing import Edited, Fixed, Left
from clientreg.fixing.mending import Mended
from clientreg.jsonvalue import dotted
from clientreg.reading import source
from clientreg.repair import Drop, Head, Put
from clientreg.report import patch
from clientreg.report.layout import counted, wrapped
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Style
from clientreg.report.values import one_line

_BELOW = " " * 8
_KEYS = "jwks"


def fixed(made: Fixed, style: Style) -> str:
    """Each file with what was mended in it, and the summary."""
    lines: list[str] = []
    for edited in made.edits:
        lines += [*_edited(edited, style), ""]
    return unforged("\n".join([*lines, ""])) + summary(made, style, written=True)


def summary(made: Fixed, style: Style, *, written: bool) -> str:
    """What was left and why, and the counts."""
    lines = [*_left(made.left, style), *([""] if made.left else []), _counts(made, written=written)]
    if made.edits and written:
        lines.append("look at it with git diff")
    return unforged("\n".join(lines) + "\n")


def diff(made: Fixed, style: Style) -> str:
    """The edits as a unified diff."""
    lines: list[str] = []
    for edited in made.edits:
        file = edited.rewrite.file
        before, after = (source.read(file, raw)[0] for raw in (edited.rewrite.raw, edited.rewrite.content))
        lines += patch.lines(file, before.text if before else "", after.text if after else "", style)
    return unforged("\n".join(lines) + "\n") if lines else ""


def _edited(edited: Edited, style: Style) -> Iterator[str]:
    yield style.paint(printable(edited.rewrite.file), "name")
    for one in edited.mended:
        first, *rest = _lines(one, style.width - len(_BELOW))
        yield f"  {one.code} {first}"
        yield from (_BELOW + line for line in rest)


def _lines(mended: Mended, room: int) -> list[str]:
    """What was done at a place, in lines of at most `room` columns; keys are not shown."""
    place = printable(dotted(mended.path))
    before = "(a key)" if _KEYS in mended.path else one_line(mended.before)
    match mended.repair:
        case Put(value):
            return [place, *_signed("-", before, room), *_signed("+", one_line(value), room)]
        case Drop():
            return [place, *_signed("-", before, room)]
        case Head(line):
            return ["the first line", *_signed("+", printable(line), room)]
        case _:
            assert_never(mended.repair)


def _signed(sign: str, text: str, room: int) -> list[str]:
    return wrapped(text, room, first=f"{sign} ", rest="  ")


def _left(left: Sequence[Left], style: Style) -> Iterator[str]:
    for one in left:
        text = f"{printable(one.file)}: {one.code} is not fixed: {printable(one.why)}"
        yield from wrapped(text, style.width, rest="    ")


def _counts(made: Fixed, *, written: bool) -> str:
    places = sum(len(edited.mended) for edited in made.edits)
    if not places:
        return "nothing to fix" if not made.left else "nothing fixed"
    done = "fixed" if written else "would be fixed"
    return f"{counted(places, 'place')} in {counted(len(made.edits), 'file')} {done}"
