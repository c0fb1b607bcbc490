"""libyaml's nodes to a JSON value, with a finding for whatever JSON could not hold or a person did not mean.

Knows nodes only by their shape and imports nothing of the parser.
"""

from __future__ import annotations

import re
from sys import intern
from typing import Any, Protocol

from clientreg.finding import START, Finding, Related, Severity, Span
from clientreg.jsonvalue import Json, shown

MAX_DEPTH = 32
MAX_VALUES = 20_000
MAX_TEXT = 16_384
MAX_FINDINGS = 200

_COMMON = 20
"""Names of fields, and plain text of no more characters, are kept once: most stand in every file."""
_WORDS: dict[str, Json] = {"": None, "~": None, "null": None, "true": True, "false": False}
_NOT_NAMES = frozenset({*_WORDS, "<<"})
_NUMBER_START = frozenset("-0123456789")
# int() raises past 4,300 digits: longer runs stay text and the schema refuses them.
_INT = re.compile(r"-?(0|[1-9][0-9]{0,15})\Z")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,17})?([eE][+-]?[0-9]{1,2})?\Z")


class Mark(Protocol):
    """A place in the text: characters from its start, line and column from 0."""

    index: int
    line: int
    column: int


class Node(Protocol):
    """One value as libyaml composes it; `id` is scalar, sequence or mapping."""

    id: str
    tag: str
    value: Any
    style: str
    flow_style: bool
    start_mark: Mark
    end_mark: Mark


def unwritten(node: Node) -> bool:
    """Whether nothing stands where this value would be, as after `production:`."""
    return not node.value and node.start_mark.index == node.end_mark.index


def span_of(text: str, node: Node) -> Span:
    """From the first to the last visible character of a node."""
    start = node.start_mark
    written = text[start.index : node.end_mark.index].rstrip(" \t\n")
    breaks = written.count("\n")
    column = len(written) - written.rfind("\n") if breaks else start.column + 1 + len(written)
    return Span(start.line + 1, start.column + 1, start.line + 1 + breaks, column)


def one_character(mark: Mark) -> Span:
    """The character at a mark."""
    return Span(mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2)


def _plain(text: str) -> Json:
    """What a scalar without quotes means: JSON's words and numbers, else text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMBER_START:
        if _INT.match(text):
            return int(text)
        if _FLOAT.match(text):
            return float(text)
    return intern(text) if len(text) <= _COMMON else text


def _is_name(key: Node) -> bool:
    """Whether a key is text, of a length that can be read; in quotes even `null` and `12` are."""
    if key.id != "scalar" or key.tag or not key.value or len(key.value) > MAX_TEXT:
        return False
    return bool(key.style) or (key.value != "<<" and isinstance(_plain(key.value), str))


class Walk:
    """One pass over the nodes of one file: its value, and a finding for whatever JSON could not hold."""

    __slots__ = ("file", "findings", "path", "text", "values")

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self.findings: list[Finding] = []
        self.path: list[str | int] = []
        self.values = 1

    def value(self, node: Node) -> Json:
        """The JSON value of a node."""
        if node.tag:
            self.note("CR005", node, f"the tag {shown(node.tag)} is not read", "take it away")
            return None
        if node.id == "scalar":
            text: str = node.value
            if len(text) > MAX_TEXT or "\0" in text:
                self._unreadable(node)
            return text if node.style else _plain(text)
        self.values += len(node.value)
        if len(self.path) >= MAX_DEPTH:
            self.note("CR003", node, f"more than {MAX_DEPTH} levels stand inside each other", "write it flatter")
            return None
        return self._mapping(node) if node.id == "mapping" else self._sequence(node)

    def note(self, code: str, node: Node, message: str, hint: str, related: tuple[Related, ...] = ()) -> None:
        """A finding at a node, at the path where the walk stands; silent when there are enough."""
        if len(self.findings) >= MAX_FINDINGS:
            return
        place = span_of(self.text, node) if node.id == "scalar" else one_character(node.start_mark)
        found = Finding(self.file, place, tuple(self.path), code, Severity.ERROR, message, hint, related=related)
        self.findings.append(found)

    def not_a_mapping(self, root: Node | None) -> Finding:
        """The finding for a file that holds no fields at all."""
        if root is None or unwritten(root):
            message, hint = "the file is empty", "write fields as 'name: value', one per line"
            return Finding(self.file, START, (), "CR009", Severity.ERROR, message, hint)
        what = f"only the text {shown(root.value)}" if root.id == "scalar" else "a list"
        self.note(
            "CR009", root, f"the file holds {what}, not fields", "write 'name: value', with a space after the colon"
        )
        return self.findings[0]

    def _unreadable(self, node: Node) -> None:
        if len(node.value) > MAX_TEXT:
            message = f"the text has {len(node.value):,} characters, more than the {MAX_TEXT:,} that are read"
            self.note("CR003", node, message, "shorten it, or write only its address here")
        if "\0" in node.value:
            self.note("CR002", node, "the text holds a NUL character (\\0)", "take it away")

    def _sequence(self, node: Node) -> list[Json]:
        data: list[Json] = []
        for index, item in enumerate(node.value):
            self.path.append(index)
            data.append(self.value(item))
            self.path.pop()
        return data

    def _mapping(self, node: Node) -> dict[str, Json]:
        data: dict[str, Json] = {}
        path = self.path
        for key, value in node.value:
            name = key.value
            odd = key.id != "scalar" or not name or name in _NOT_NAMES or name[0] in _NUMBER_START or key.tag
            if (odd or len(name) > MAX_TEXT) and not _is_name(key):
                self._not_a_name(key)
                continue
            name = intern(name)
            path.append(name)
            if name in data:
                self._repeated(node, key)
            data[name] = self.value(value)
            path.pop()
        return data

    def _not_a_name(self, key: Node) -> None:
        written = self.text[key.start_mark.index : key.end_mark.index].strip()
        if key.id == "scalar" and key.value == "<<":
            self.note("CR004", key, "merge keys (<<) are not read", "write the fields out where they belong")
        elif key.id == "scalar" and len(key.value) > MAX_TEXT:
            self.note("CR003", key, f"the name of a field has {len(key.value):,} characters", "shorten it")
        elif key.id == "scalar" and key.value:
            self.note("CR007", key, f"{written} as the name of a field is not text", f'put it in quotes: "{key.value}"')
        elif key.id == "scalar":
            self.note("CR007", key, "the name of a field is empty", "write name: value")
        else:
            hint = "if this is a placeholder, write the value itself; if it is text, put it in quotes"
            if self.text[key.start_mark.index - 1 : key.start_mark.index] == "{" and written.startswith("{"):
                written = "{" + written + "}"
            self.note("CR007", key, f"{shown(written)} cannot be the name of a field", hint)

    def _repeated(self, node: Node, key: Node) -> None:
        if len(self.findings) >= MAX_FINDINGS:
            return
        first = next(other for other, _ in node.value if other.value == key.value).start_mark.line + 1
        message = f"{shown(key.value)} stands here a second time"
        hint = f"keep one of the two: the first is on line {first}"
        self.note("CR006", key, message, hint, (Related(self.file, first, f"{shown(key.value)} stands here first"),))
