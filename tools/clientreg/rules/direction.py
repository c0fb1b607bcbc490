"""Text that is not what it looks like on a reviewer's screen: characters that turn the direction of what follows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clientreg.jsonvalue import Json, Path
from clientreg.model import LOCALIZED
from clientreg.reading.source import Document
from clientreg.rules import ERROR, Breach, Context, rule

_MARKS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_TURNING = re.compile(f"[{_MARKS}]")
_JUDGED = frozenset({"product", "name", "contractor", *LOCALIZED, "contacts", "scopes", "client_id", "grant_types"})
"""Fields in which other rules find such a character, and many more."""


@rule(
    "CR123",
    ERROR,
    subject="document",
    waivable=False,
    title="file holds a character that turns the direction of text",
    hint="delete the character; text direction follows from the letters themselves",
    bad="""
        description: Shows what customers have bought, \u202eand where their parcels are.  # <-
        purpose:
          openid: "to greet\u2066 people"  # <-
    """,
    good="""
        description: يعرض ما اشتراه العملاء وأين توجد طرودهم في متجر Acme.
    """,
    refs=("CVE-2021-42574", "UAX 9 section 2", "UTS 39 section 3.1"),
)
def turned_text(document: Document, context: Context) -> Iterator[Breach]:
    """
    A reviewer reads the file in another order than it is read here: a line that looks like a comment can be a value,
    and an address can look like another one.
    """
    if not _may_turn(document.text):
        return
    found = False
    for path, text in _texts(document.data, ()):
        if _TURNING.search(text):
            found = True
            if not _is_judged(path):
                yield Breach(path, f"the text holds {_named(text)}, which turns the direction of what follows")
    outside = None if found else _TURNING.search(document.text)
    if outside:
        line = document.text.count("\n", 0, outside.start()) + 1
        yield Breach((), f"line {line} holds {_named(outside[0])}, which turns the direction of what follows")


def _may_turn(text: str) -> bool:
    """Whether the file has to be looked at, value by value: the character stands in it, or an escape like its own."""
    return (not text.isascii() and any(mark in text for mark in _MARKS)) or ("\\" in text and "20" in text)


def _is_judged(path: Path) -> bool:
    if not path:
        return False
    name = path[2] if len(path) > 2 and path[0] == "environments" else path[0]
    return isinstance(name, str) and (name.partition("#")[0] in _JUDGED or name.endswith(("_uri", "_uris", "_origins")))


def _named(text: str) -> str:
    found = _TURNING.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def _texts(value: Json, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield path, key
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
