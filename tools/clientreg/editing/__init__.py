"""One value of a YAML file changed at its place: text to text, pure. Everything else stays as it was, to the byte.

Comments, order, indentation and quoting stay; lists are changed item by item, and an item or entry that goes takes the
comment on its own lines along. The new text is read again: an edit that would mean anything else is not made.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, cast

from clientreg.editing import places
from clientreg.editing.places import Edit, comments
from clientreg.editing.words import Unsayable
from clientreg.jsonvalue import Json, Path, canonical
from clientreg.reading import source

__all__ = ["comments", "drop", "drop_item", "put", "put_back", "put_item"]

_BOM = b"\xef\xbb\xbf"


def put(text: str, path: Sequence[str], value: Json, *, order: Sequence[str] = ()) -> str | None:
    """The text in which the value at a path of names is this one; None where that cannot be written safely.

    What is missing of the path is added: a name after the nearest one that stands before it in `order`, else last.
    `text` is that of a `Document`: it reads, and has no byte order mark and no carriage return.
    """
    there, now = _value(text, path)
    if there and _same(now, value):
        return text
    if there and isinstance(now, dict) and isinstance(value, dict) and now and value:
        return _members(text, path, now, value, order)
    if there and isinstance(now, list) and isinstance(value, list):
        by_items = _items(text, path, now, value)
        if by_items is not None:
            return by_items
    edits = places.replaced(text, path, value) if there else places.added(text, path, value, order)
    return _first(text, edits, _expected(text, path, value))


def drop(text: str, path: Sequence[str]) -> str | None:
    """The text without an entry; None where it cannot be taken out safely. What it leaves empty is `{}`."""
    there, _ = _value(text, path)
    if not there:
        return text
    expected = _data(text)
    holder = expected
    for name in path[:-1]:
        holder = holder[name]
    del holder[path[-1]]
    return _first(text, places.without(text, path), expected)


def put_item(text: str, path: Sequence[str], index: int, value: Json) -> str | None:
    """The text in which an item of the list at a path of names is this scalar; None as for `put`."""
    expected, items = _list(text, path)
    if not 0 <= index < len(items):
        return None
    items[index] = value
    return _first(text, places.item_replaced(text, path, index, value), expected)


def drop_item(text: str, path: Sequence[str], index: int) -> str | None:
    """The text without an item of the list at a path of names; None as for `drop`."""
    expected, items = _list(text, path)
    if not 0 <= index < len(items):
        return None
    del items[index]
    return _first(text, places.without_item(text, path, index), expected)


def put_back(raw: bytes, text: str, new: str) -> bytes:
    """The bytes of a file whose text was changed: byte order mark and line ends as they were, line by line.

    `text` is what was read of `raw`. A new line ends as the one before it.
    """
    bom = _BOM if raw.startswith(_BOM) else b""
    ends = [line[len(line.rstrip("\r\n")) :] for line in raw.removeprefix(_BOM).decode("utf-8").split("\n")]
    if "\r" not in "".join(ends):
        return bom + new.encode("utf-8")
    new_lines = new.split("\n")
    kept: list[str] = []
    for kind, start, end, first, last in _moved(text.split("\n"), new_lines):
        if kind == "equal":
            kept += ends[start:end]
        else:
            like = ends[max(start - 1, 0)]
            kept += [ends[start + n] if start + n < end else like for n in range(last - first)]
    lines = [line + end for line, end in zip(new_lines, kept, strict=True)]
    return bom + "\n".join([*lines[:-1], new_lines[-1]]).encode("utf-8")


def _moved(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """How lines become others, as `difflib` tells it; what does not change before and after them costs it nothing."""
    least = min(len(old), len(new))
    head = next((n for n in range(least) if old[n] != new[n]), least)
    tail = next((n for n in range(least - head) if old[-1 - n] != new[-1 - n]), least - head)
    yield "equal", 0, head, 0, head
    within = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False)
    for kind, start, end, first, last in within.get_opcodes():
        yield kind, start + head, end + head, first + head, last + head
    yield "equal", len(old) - tail, len(old), len(new) - tail, len(new)


def _members(
    text: str, path: Sequence[str], now: Mapping[str, Json], value: Mapping[str, Json], order: Sequence[str]
) -> str | None:
    """A mapping, member by member: first what comes or changes, so that it is never empty in between."""
    edited: str | None = text
    for name, member in value.items():
        edited = edited and put(edited, (*path, name), member, order=order)
    for name in now:
        if name not in value:
            edited = edited and drop(edited, (*path, name))
    return edited


def _items(text: str, path: Sequence[str], now: list[Json], value: list[Json]) -> str | None:
    """A list, item by item, where the items that stay keep their order and the new ones come last."""
    wanted = Counter(map(canonical, value))
    stay = [canonical(item) in wanted for item in now]
    kept = [item for item, stays in zip(now, stay, strict=True) if stays]
    if not now or canonical(kept) != canonical(value[: len(kept)]):
        return None
    whole = [*now]
    for item in value[len(kept) :]:
        whole.append(item)
        text = _first(text, places.appended(text, path, item), _expected(text, path, whole)) or ""
        if not text:
            return None
    for index in reversed([index for index, stays in enumerate(stay) if not stays]):
        del whole[index]
        text = _first(text, places.without_item(text, path, index), _expected(text, path, whole)) or ""
        if not text:
            return None
    return text


def _first(text: str, edits: Iterator[Edit], expected: Json) -> str | None:
    """The first edit that means what it shall, and loses no comment but those that go with what goes."""
    try:
        return next((new for edit in edits if (new := edit.of(text)) and _sound(text, new, edit, expected)), None)
    except Unsayable:
        return None


def _sound(text: str, new: str, edit: Edit, expected: Json) -> bool:
    document, _ = source.read("", new.encode("utf-8"))
    if document is None or not _same(document.data, expected):
        return False
    before, after = Counter(comments(text)), Counter(comments(new))
    return not after - before and all(edit.takes(text, comment) for comment in before - after)


def _same(one: Json, other: Json) -> bool:
    """Whether two values are equal and of one type: to Python, True equals 1."""
    return canonical(one) == canonical(other)


def _data(text: str) -> Any:
    document, _ = source.read("", text.encode("utf-8"))
    assert document is not None
    return copy.deepcopy(document.data)


def _list(text: str, path: Sequence[str]) -> tuple[Json, list[Json]]:
    """What a text means, and the list in it at a path; an empty one where none is there."""
    data = value = _data(text)
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return data, value if isinstance(value, list) else []


def _value(text: str, path: Sequence[str]) -> tuple[bool, Json]:
    """Whether something stands at a path, and what."""
    value = _data(text)
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return False, None
        value = value[name]
    return True, value


def _expected(text: str, path: Path | Sequence[str], value: Json) -> Json:
    """What the whole text shall mean afterwards."""
    data = _data(text)
    holder = data
    for name in path[:-1]:
        holder[name] = holder.get(name) or {}
        holder = holder[name]
        if not isinstance(holder, dict):
            return None
    holder[path[-1]] = value
    return cast("Json", data)
