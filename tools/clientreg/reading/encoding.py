"""The bytes of a file to its text: UTF-8 without surprises, or one finding that says what is wrong with them."""

from __future__ import annotations

import re
from itertools import islice

from clientreg.finding import START, Finding, Related, Severity, Span

MAX_SIZE = 262_144

_BOMS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_PLAIN = bytes(byte for byte in range(256) if byte in b"\t\n\r" or 0x20 <= byte < 0x7F or byte >= 0x80)
# What YAML does not call printable, and its rare line ends (U+0085, U+2028, U+2029), on which no two editors agree.
# Said by what it is: the complement takes ten times as long to compile.
_ODD = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
_MARKER = r"(?m)^(<{7}|={7}|>{7}|\|{7})(?= |$)"
_SAVE = "save the file as UTF-8 text"


def decode(file: str, raw: bytes) -> str | Finding:
    """The text without byte order mark and carriage returns."""
    if len(raw) > MAX_SIZE:
        size = f"the file has more than the {MAX_SIZE:,} bytes (256 KiB) that are read"
        return _finding(file, START, size, "split it, or take out what does not belong here", code="CR003")
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if raw.isascii():
        if raw.translate(None, _PLAIN):
            return _odd_character(file, raw.decode("ascii").replace("\r\n", "\n"))
        text = raw.decode("ascii")
    else:
        for mark, name in _BOMS:
            if raw.startswith(mark):
                return _finding(file, START, f"the file is {name}, not UTF-8", _SAVE)
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            return _not_utf8(file, raw, error.start)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    elif raw.isascii():
        return text
    return _odd_character(file, text) if re.search(_ODD, text) else text


def conflict_markers(file: str, text: str) -> Finding | None:
    """Git leaves `<<<<<<<`, `=======` and `>>>>>>>` where two branches changed the same lines."""
    if "<<<<<<<" not in text and "=======" not in text and ">>>>>>>" not in text:
        return None
    places = [(text.count("\n", 0, found.start()) + 1, found[0]) for found in islice(re.finditer(_MARKER, text), 20)]
    if not places:
        return None
    (line, marker), rest = places[0], places[1:]
    message = f"'{marker}' was left by a merge conflict"
    hint = "keep one of the two versions and delete the lines with <<<<<<<, ======= and >>>>>>>"
    related = tuple(Related(file, number, f"'{other}'") for number, other in rest)
    return _finding(file, Span(line, 1, line, 8), message, hint, code="CR010", related=related)


def _odd_character(file: str, text: str) -> Finding:
    found = re.search(_ODD, text)
    if found is None:
        raise AssertionError("only called for text that holds such a character")
    place, char = _place(text, found.start()), found[0]
    if char == "\0":
        if set(text[0:8:2]) == {"\0"} or set(text[1:8:2]) == {"\0"}:
            return _finding(file, START, "the file looks like UTF-16, not UTF-8", _SAVE)
        return _finding(file, place, "the file holds a NUL byte, so it is not text", _SAVE)
    if char == "\r":
        hint = "end lines with a line feed (LF) or with both (CRLF)"
        return _finding(file, place, "a carriage return stands alone, without a line feed", hint)
    return _finding(
        file, place, f"the character U+{ord(char):04X} cannot be seen and is not allowed in a file", "delete it"
    )


def _not_utf8(file: str, raw: bytes, start: int) -> Finding:
    before = raw[:start].decode("utf-8")
    place = _place(before, len(before))
    guess = bytes(raw[start : start + 1]).decode("cp1252", "replace")
    hint = f"{_SAVE}; the byte would be '{guess}' in Windows-1252" if guess.isalpha() else _SAVE
    return _finding(file, place, f"the byte 0x{raw[start]:02X} is not UTF-8", hint)


def _place(text: str, end: int) -> Span:
    line, column = text.count("\n", 0, end) + 1, end - text.rfind("\n", 0, end)
    return Span(line, column, line, column + 1)


def _finding(
    file: str, span: Span, message: str, hint: str, *, code: str = "CR002", related: tuple[Related, ...] = ()
) -> Finding:
    return Finding(file, span, (), code, Severity.ERROR, message, hint, related=related)
