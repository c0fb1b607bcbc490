"""JSON values and their differences as lines that people read: text bare where it cannot be mistaken, else quoted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from clientreg.jsonvalue import Json, Path, canonical, dotted
from clientreg.report.layout import columns, wrapped
from clientreg.report.printable import printable

UNSET = "(not set)"
_SHORT = 24
# Neither a word nor a number of JSON, and nothing that could end a list or a line.
_BARE = re.compile(r"(?!(?:true|false|null|[\d.eE+-]+)\Z)[\w/@+][\w./@:+?=&%~#$*!;-]*", re.ASCII)


def one_line(value: object) -> str:
    """A value as a client file would have it, in one line: `[openid, profile]`, `"Example TV"`, `(not set)`."""
    if value is None:
        return UNSET
    if isinstance(value, str):
        return printable(value) if _BARE.fullmatch(value) else printable(json.dumps(value, ensure_ascii=False))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{one_line(str(key))}: {one_line(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(one_line, value)) + "]"
    return canonical(value)


def as_json(value: Json, width: int, indent: str = "", key: str = "") -> list[str]:
    """JSON with sorted keys, in which everything that fits has one line."""
    line = f"{indent}{key}{json.dumps(value, sort_keys=True, ensure_ascii=False)}"
    if not value or not isinstance(value, dict | list) or (indent and columns(line) + 1 <= width):
        return [printable(line)]
    below = indent + "  "
    if isinstance(value, dict):
        opening, closing = "{}"
        parts = [
            as_json(value[name], width, below, f"{json.dumps(name, ensure_ascii=False)}: ") for name in sorted(value)
        ]
    else:
        opening, closing = "[]"
        parts = [as_json(item, width, below) for item in value]
    lines = [line for part in parts for line in (*part[:-1], part[-1] + ",")]
    return [f"{indent}{printable(key)}{opening}", *lines[:-1], lines[-1][:-1], f"{indent}{closing}"]


def leaves(path: Path, before: Json, after: Json) -> Iterator[tuple[str, Json, Json]]:
    """Name, before and after of what differs: objects member by member, everything else whole."""
    old, new = (value if isinstance(value, dict) else {} for value in (before, after))
    if (not old and not new) or not all(isinstance(value, dict | None) for value in (before, after)):
        yield printable(dotted(path)), before, after
        return
    for name in sorted({*old, *new}):
        if name not in old or name not in new or canonical(old[name]) != canonical(new[name]):
            yield from leaves((*path, name), old.get(name), new.get(name))


def stated(value: Json, width: int) -> list[str]:
    """A value in lines of at most `width` columns; a list of long items has one per line."""
    line = one_line(value)
    if isinstance(value, list) and columns(line) > width and any(columns(one_line(item)) > _SHORT for item in value):
        return [line for item in value for line in wrapped(one_line(item), width, rest="  ")]
    return wrapped(line, width, rest=" ")


def difference(before: Json, after: Json, width: int) -> list[str]:
    """What changes, in lines: items with `+` and `-` for lists, else `before -> after`.

    A credential that was lost is made anew in the generation that it had: that is said, and not `2 -> 2`.
    """
    if canonical(before) == canonical(after):
        return [f"{one_line(after)}, as before"]
    old, new = (value if isinstance(value, list) else [] for value in (before, after))
    if (old or new) and all(isinstance(value, list | None) for value in (before, after)):
        lines = _items(old, new, width)
        if lines:
            return lines
    line = f"{one_line(before)} -> {one_line(after)}"
    if columns(line) <= width:
        return [line]
    return [*wrapped(one_line(before), width, rest=" "), *wrapped(one_line(after), width, first="-> ", rest="    ")]


def _items(old: Sequence[Json], new: Sequence[Json], width: int) -> list[str]:
    gone, come = _without(old, new), _without(new, old)
    signed = [("- ", item) for item in gone] + [("+ ", item) for item in come]
    lines = [line for sign, item in signed for line in wrapped(one_line(item), width, first=sign, rest="  ")]
    kept = len(new) - len(come)
    return [*lines, f"  ({kept} more as before)"] if lines and kept else lines


def _without(items: Sequence[Json], others: Sequence[Json]) -> list[Json]:
    known = {canonical(item) for item in others}
    return [item for item in items if canonical(item) not in known]
