"""Words and values as Markdown that shows them letter by letter, also in a table (CommonMark 0.31, GFM "Tables").

What a text has in backticks is code and stays so. A code host would make links of addresses and mentions of whatever
follows an `@`: those are shown as code, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from clientreg.report.markdown import fence
from clientreg.report.printable import printable

_AS_CODE = re.compile(r"(?:`[^`\s][^`]*`|(?:[\w.+<>-]*(?:://|@)|www\.)[^\s`'\",;()|]*[^\s`'\",;()|.:\]])+")
_MEANT = re.compile(r"[\\`*\[\]<>|~&$]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_BEGINNING = re.compile(r"^([0-9]*)([-+#.)])")
"""What makes a line a list or a heading."""


def prose(text: str) -> str:
    """One line of text."""
    text = printable(" ".join(text.split()))
    parts: list[str] = []
    done = 0
    for found in _AS_CODE.finditer(text):
        parts += [_literal(text[done : found.start()]), code(found[0].replace("`", ""))]
        done = found.end()
    return "".join([*parts, _literal(text[done:])])


def code(text: str) -> str:
    """A value; in a table there is no way to write `|` in a code span that all readers of Markdown agree on."""
    text = printable(text) or " "
    if "|" in text:
        return f"<code>{''.join(map(_entity, text))}</code>"
    ticks = fence(text, 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def block(text: str, language: str) -> str:
    """Lines of a file."""
    ticks = fence(text, 3)
    lines = (printable(line).rstrip() for line in text.split("\n"))
    return "\n".join([f"{ticks}{language}", *lines, f"{ticks}\n"])


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ["---"] * len(head), *rows))


def link(words: str, place: str) -> str:
    """Markdown that leads to a place of these pages."""
    return f"[{words}]({place})"


def anchor(heading: str) -> str:
    """What code hosts call the place of a heading."""
    return re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))


def _literal(text: str) -> str:
    return _BEGINNING.sub(r"\1\\\2", _MEANT.sub(r"\\\g<0>", text))


def _entity(char: str) -> str:
    return char if char.isalnum() or char == " " else f"&#{ord(char)};"
