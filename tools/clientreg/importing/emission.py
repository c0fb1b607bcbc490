"""Values as YAML that reads back as the same values: one style, quoted wherever a reader could take text for more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from clientreg.jsonvalue import Json

_BARE = re.compile(
    r"[A-Za-z](?:[A-Za-z0-9_./+~%=?@-]|[:&](?=[A-Za-z0-9/])|[,;'(] ?(?=[A-Za-z0-9])|\)| (?=[A-Za-z0-9(]))*"
)
_TIME = re.compile(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}|[1-9][0-9]{0,5}[smhd]")
"""A day or a time with its unit: to this reader they are text without quotes, too."""
_IN_LISTS = re.compile(r"[^,]*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_WIDTH = 100


def text(fields: Mapping[str, Json], comments: Mapping[str, str] | None = None, *, indent: int = 0) -> str:
    """Fields one below the other, each with its comment; ends with a newline unless there is none."""
    return "".join(
        f"{' ' * indent}{line}\n"
        for name, value in fields.items()
        for line in _field(name, value, (comments or {}).get(name, ""), _WIDTH - indent)
    )


def items(entries: Sequence[Json], *, indent: int = 0) -> str:
    """The items of a list one below the other, each after its hyphen."""
    return "".join(f"{' ' * indent}{line}\n" for entry in entries for line in _item(entry, _WIDTH - indent))


def flow(value: Json) -> str:
    """A value on one line, as it can stand inside brackets."""
    if isinstance(value, str):
        return scalar(value) if _IN_LISTS.fullmatch(value) else _quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key(name)}: {flow(item)}' for name, item in value.items())}}}"
    return json.dumps(value)


def scalar(value: str) -> str:
    """Text, bare where nothing of it could be read as more than text."""
    bare = _TIME.fullmatch(value) or (_BARE.fullmatch(value) and value.lower() not in _WORDS)
    return value if bare else _quoted(value)


def key(name: str) -> str:
    """The name of a field: `client_name#nb` is bare, too."""
    return name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*(#[A-Za-z0-9-]+)?", name) and _plain(name) else _quoted(name)


def _plain(name: str) -> bool:
    return name.lower() not in _WORDS


def comment(words: str) -> str:
    """Words that can stand behind `#`: one line of characters that can be seen."""
    return "".join(char if char.isprintable() else "?" for char in words)


def _field(name: str, value: Json, words: str, width: int) -> Iterator[str]:
    said = f"  # {comment(words)}" if words else ""
    start = f"{key(name)}:"
    short = f"{start} {flow(value)}"
    if isinstance(value, dict) and value and (name in {"environments", "waivers"} or len(short) > width):
        yield start + said
        yield from (f"  {line}" for line in text(value).splitlines())
    elif isinstance(value, list) and value and (isinstance(value[0], dict) or len(short) > width):
        yield start + said
        yield from (f"  {line}" for line in items(value).splitlines())
    elif isinstance(value, str):
        yield f"{start} {scalar(value)}{said}"
    else:
        yield short + said


def _item(entry: Json, width: int) -> Iterator[str]:
    if isinstance(entry, dict) and entry and len(flow(entry)) + 2 > min(width, 60):
        first, *rest = text(entry).splitlines()
        yield f"- {first}"
        yield from (f"  {line}" for line in rest)
    else:
        yield f"- {flow(entry)}"


def _quoted(value: str) -> str:
    """JSON's quotes are YAML's, too; what an editor would not show is an escape in both."""
    shown = json.dumps(value, ensure_ascii=False)
    return shown if shown.isprintable() else "".join(map(_visible, shown))


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"
