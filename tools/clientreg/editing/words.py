"""Values as YAML: bare where that reads as the same, else in quotes; a style that was there is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap

from clientreg.jsonvalue import Json, canonical
from clientreg.reading import source

_WIDTH = 110
"""Columns that a list may take in one line, as files here are written."""
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


class Unsayable(ValueError):  # noqa: N818 - a property of the value
    """No YAML that is read here means this value: it is too long, or holds what is no text."""


_ONCE_SPACED = re.compile(r"\S+(?: \S+)*")


def flow(value: Json, style: str = "") -> str:
    """A value in one line that may stand between brackets; `style` is that of the quotes it gets if it can."""
    if isinstance(value, list):
        return f"[{', '.join(flow(item, style) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name(key)}: {flow(item, style)}' for key, item in value.items())}}}"
    return _first(form for form in _forms(value, style) if _reads(f"k: [{form}]", [value]))


def block(value: Json, style: str = "") -> str:
    """A value in one line that stands after a colon or a dash."""
    if isinstance(value, list | dict):
        return flow(value, style)
    return _first(form for form in _forms(value, style) if _reads(f"k: {form}", value))


def name(text: str) -> str:
    """The name of an entry."""
    return _first(form for form in _forms(text, "") if _reads(f"k: {{{form}: 1}}", {text: 1}))


def entry(named: str, value: Json, indent: int, step: int) -> str:
    """`name: value`, on several lines where one would be too long; the first line is not indented."""
    line = f"{named}: {block(value)}"
    nested = isinstance(value, dict) and any(isinstance(item, dict) for item in value.values())
    if not isinstance(value, list | dict) or not value or (indent + len(line) <= _WIDTH and not nested):
        return line
    below = "\n" + " " * (indent + step)
    if isinstance(value, dict):
        lines = (entry(name(key), item, indent + step, step) for key, item in value.items())
    else:
        lines = (f"- {block(item)}" for item in value)
    return f"{named}:" + "".join(below + line for line in lines)


def scalar_forms(value: Json, style: str, old: str, indent: int, *, flow: bool) -> Iterator[str]:
    """How a scalar may stand where another one of a style stood, best first."""
    if isinstance(value, list | dict):
        return
    if style == ">" and isinstance(value, str) and _ONCE_SPACED.fullmatch(value):
        lines = old.split("\n")[1:]
        width = max((len(line) for line in lines), default=_WIDTH)
        column = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=indent)
        broken = wrap(value, max(width - column, 40), break_long_words=False, break_on_hyphens=False)
        yield "\n".join([old.partition("\n")[0], *(" " * column + line for line in broken)])
    for form in _forms(value, style):
        wanted: Json = [value] if flow else value
        if _reads(f"k: [{form}]" if flow else f"k: {form}", wanted):
            yield form


def _first(forms: Iterator[str]) -> str:
    form = next(forms, None)
    if form is None:
        raise Unsayable
    return form


def _forms(value: Json, style: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield canonical(value)
        return
    bare = [value] if value and value.isprintable() else []
    single = ["'" + value.replace("'", "''") + "'"] if value.isprintable() else []
    double = '"' + "".join(map(_escaped, value)) + '"'
    if style == "'":
        yield from single
    elif style != '"':
        yield from bare
    yield double


def _escaped(char: str) -> str:
    if char in _ESCAPES or char.isprintable():
        return _ESCAPES.get(char, char)
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}" if ord(char) < 65536 else char


def _reads(text: str, value: Json) -> bool:
    document, _ = source.read("", f"{text}\n".encode("utf-8", "surrogatepass"))
    return document is not None and canonical(document.data) == canonical({"k": value})
