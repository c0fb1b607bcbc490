"""Which names people could take for one another, and which words mix scripts (UTS 39, "Unicode Security Mechanisms").

The tables are the Unicode Consortium's, version 18.0 (`unicode/*.tsv`); they are read only for text that is not ASCII.
Normalization and case are those of the running Python.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Default_Ignorable_Code_Point (Unicode 18.0, DerivedCoreProperties) as a set for a regular expression."""

_DATA = Path(__file__).parent / "unicode"
_IGNORED = re.compile(f"[{IGNORABLE}]")
# What confusables.txt says of ASCII, but for m, which it takes for rn: see `keys`.
_ASCII = str.maketrans({" ": None, '"': "''", "%": "\u00b0/\u2080", "0": "O", "1": "l", "I": "l", "`": "'", "|": "l"})
_ASCII_FOLDED = {code: text.lower() if text else text for code, text in _ASCII.items() if code != ord("I")}
_LATIN = re.compile("[\x00-\u024f\u1e00-\u1eff\u2010-\u2027]*")
"""Latin letters, what all scripts share, and no other: the common case, decided without the tables."""
_TOGETHER = frozenset({"Latin", "Han", "Hiragana", "Katakana", "Bopomofo", "Hangul"})


def keys(name: str) -> frozenset[str]:
    """What a name looks like: two names that share a key are the same or confusable.

    A skeleton per way of looking: in any case, and exactly as written (where `I` looks like `l`). Spaces do not count.
    `m` and `rn` stay apart here, or plain words such as "modem" and "modern" would be one: `reading` joins them.
    """
    if name.isascii():
        return frozenset((name.casefold().translate(_ASCII_FOLDED), name.translate(_ASCII)))
    text = unicodedata.normalize("NFKC", name)
    look = _mapped(text)
    return frozenset((_folded(_mapped(text.casefold())), _folded(look), _spaceless(look).translate(_ASCII)))


def reading(key: str) -> str:
    """A key in which `m` and `rn` look the same, as UTS 39 has it."""
    return key.replace("rn", "m")


def skeleton(text: str) -> str:
    """The skeleton of UTS 39 section 4: of confusable texts it is the same."""
    out = _IGNORED.sub("", unicodedata.normalize("NFD", text)).translate(_PROTOTYPES)
    return unicodedata.normalize("NFD", out)


def mixed_word(text: str) -> tuple[str, tuple[str, ...]] | None:
    """The first word that mixes scripts which no language writes together, and those scripts.

    As in the level "Highly Restrictive" of UTS 39 section 5.2, East Asian scripts go together and with Latin. A hyphen
    or a digit ends a word, so that compounds of a foreign abbreviation and a word are clean.
    """
    if _LATIN.fullmatch(text):
        return None
    for word in _words(text):
        scripts = dict.fromkeys(filter(None, map(script, word)))
        if (len(scripts) > 1 and scripts.keys() - _TOGETHER) or _hangul_and_kana(scripts):
            return word, tuple(scripts)
    return None


def _hangul_and_kana(scripts: Mapping[str, None]) -> bool:
    return "Hangul" in scripts and not scripts.keys().isdisjoint({"Hiragana", "Katakana", "Bopomofo"})


def _words(text: str) -> Iterator[str]:
    word = ""
    for char in (*text, " "):
        if unicodedata.category(char)[0] in "LM" or _IGNORED.match(char):
            word += char
        else:
            yield word
            word = ""


def _folded(text: str) -> str:
    return _spaceless(text).casefold().translate(_ASCII_FOLDED)


def _spaceless(text: str) -> str:
    return "".join(text.split())


def _mapped(text: str) -> str:
    """The skeleton of everything that is not ASCII, with `m` for what looks like `rn`."""
    out = _IGNORED.sub("", unicodedata.normalize("NFD", text)).translate(_FOREIGN)
    return unicodedata.normalize("NFD", out)


class _Prototypes(dict[int, str]):
    """What each character looks like (confusables.txt), worked out when a text first holds it.

    The table has thousands of rows, and the names of a registry few characters that are not ASCII.
    """

    def __missing__(self, code: int) -> str:
        codes = _confusables().get(f"{code:04X}")
        found = self[code] = "".join(chr(int(one, 16)) for one in codes.split()) if codes else chr(code)
        return found


class _Foreign(_Prototypes):
    """The same of what is not ASCII, with `m` for what looks like `rn`; ASCII stays as it is."""

    def __missing__(self, code: int) -> str:
        found = self[code] = _PROTOTYPES[code].replace("rn", "m") if code > 0x7F else chr(code)
        return found


_PROTOTYPES, _FOREIGN = _Prototypes(), _Foreign()


@cache
def _confusables() -> Mapping[str, str]:
    return dict(_lines("confusables"))


@cache
def script(char: str) -> str | None:
    """The script of a letter; None for what many scripts share, or what is no letter."""
    starts, runs = _runs()
    index = bisect_right(starts, ord(char)) - 1
    if index < 0 or ord(char) > runs[index][0] or not char.isalpha():
        return None
    return runs[index][1]


@cache
def _runs() -> tuple[list[int], list[tuple[int, str]]]:
    rows = list(_lines("scripts"))
    return [int(first, 16) for first, _, _ in rows], [(int(last, 16), script) for _, last, script in rows]


def _lines(table: str) -> Iterator[list[str]]:
    for line in (_DATA / f"{table}.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")
