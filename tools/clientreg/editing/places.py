"""Where in a text a value, an item or an entry begins and ends, and which characters an edit of it takes and brings.

An edit here is a proposal: whoever makes it reads the new text again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

from clientreg.editing import words
from clientreg.jsonvalue import Json
from clientreg.reading.nodes import Node, unwritten
from clientreg.reading.source import tree

Splice: TypeAlias = "tuple[int, int, str]"
"""From one character to before another: what stands there instead."""
_STEP = 2
_COLON = re.compile(r"\s*:")


class Edit(NamedTuple):
    """Splices that belong together; with `going`, comments within what they take away may go too."""

    splices: tuple[Splice, ...]
    going: bool = False

    def of(self, text: str) -> str:
        """The edited text."""
        for start, end, new in sorted(self.splices, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def takes(self, text: str, comment: str) -> bool:
        """Whether a comment goes with what goes."""
        return self.going and any(comment in text[start:end] for start, end, _ in self.splices)


class _Entry(NamedTuple):
    """A name and its value in a mapping; `holder` is the entry whose value that mapping is, None for the root."""

    mapping: Node
    key: Node
    value: Node
    holder: _Entry | None


def comments(text: str) -> list[str]:
    """Every comment of a text that reads, from its `#` to the end of its line."""
    hidden = list(text)
    for node in _scalars(tree(text)):
        start, end = node.start_mark.index, node.end_mark.index
        if node.style in {"|", ">"}:
            start = text.find("\n", start, end)
        if start >= 0:
            hidden[start:end] = "x" * (end - start)
    found, at, shown = [], 0, "".join(hidden)
    while (at := shown.find("#", at)) >= 0:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        found.append(text[at:end].rstrip())
        at = end
    return found


def replaced(text: str, path: Sequence[str], value: Json) -> Iterator[Edit]:
    """Another value at a path that is there."""
    entry, missing = _find(text, path)
    if entry is None or missing:
        return
    flow, node = entry.mapping.flow_style, entry.value
    colon = _colon(text, entry.key)
    if node.id == "scalar" and not unwritten(node):
        start, end = node.start_mark.index, _end(text, entry)
        for form in words.scalar_forms(value, node.style, text[start:end], _column(entry.key) + _STEP, flow=flow):
            yield Edit(((start, end, form),))
    new = words.flow(value) if flow or value in ([], {}) or not isinstance(value, list | dict) else None
    name = text[entry.key.start_mark.index : entry.key.end_mark.index]
    new = new or words.entry(name, value, _column(entry.key), _STEP)[len(name) + 1 :]
    yield Edit(((colon, _end(text, entry), new if new[:1] in {"\n", " "} else f" {new}"),))


def item_replaced(text: str, path: Sequence[str], index: int, value: Json) -> Iterator[Edit]:
    """Another scalar in a list, in the style of the one that was there."""
    entry, _ = _find(text, path)
    if entry is None:
        return
    node = entry.value.value[index]
    if node.id == "scalar" and not unwritten(node):
        start, end = node.start_mark.index, _node_end(text, node)
        indent, flow = _column(entry.key) + _STEP, entry.value.flow_style
        for form in words.scalar_forms(value, node.style, text[start:end], indent, flow=flow):
            yield Edit(((start, end, form),))


def added(text: str, path: Sequence[str], value: Json, order: Sequence[str]) -> Iterator[Edit]:
    """A value at a path of which at least the last name is missing."""
    entry, (name, *rest) = _find(text, path)
    for step in reversed(rest):
        value = {step: value}
    node = tree(text) if entry is None else entry.value
    if node.id == "mapping" and node.value and not node.flow_style:
        yield Edit((_new_line(text, node, name, value, order),))
    elif node.id == "mapping" and node.value:
        spans = [(key.start_mark.index, _end(text, _Entry(node, key, one, entry))) for key, one in node.value]
        yield from _flow_last(text, node, spans, f"{words.name(name)}: {words.flow(value)}")
    elif entry is not None and (not node.value or (node.id == "scalar" and node.value in {"~", "null"})):
        yield from _first_member(text, entry, name, value)


def _new_line(text: str, mapping: Node, name: str, value: Json, order: Sequence[str]) -> Splice:
    keys = [key.value for key, _ in mapping.value]
    earlier = order[: order.index(name)] if name in order else []
    at = max((keys.index(one) for one in earlier if one in keys), default=len(keys) - 1)
    key, node = mapping.value[at]
    end = _line_end(text, _end(text, _Entry(mapping, key, node, None)))
    indent = _column(mapping.value[0][0])
    return end, end, "\n" + " " * indent + words.entry(words.name(name), value, indent, _STEP)


def _first_member(text: str, entry: _Entry, name: str, value: Json) -> Iterator[Edit]:
    """Into `{}` or nothing: below its name where that stands in a block, else between braces."""
    colon, end = _colon(text, entry.key), _end(text, entry)
    if not entry.mapping.flow_style:
        indent = _column(entry.key) + _step(entry)
        line = _line_end(text, end)
        below = "\n" + " " * indent + words.entry(words.name(name), value, indent, _STEP)
        yield Edit(((colon, end, ""), (line, line, below)))
    yield Edit(((colon, end, f" {{{words.name(name)}: {words.flow(value)}}}"),))


def appended(text: str, path: Sequence[str], item: Json) -> Iterator[Edit]:
    """One more item at the end of a list that is not empty."""
    entry, _ = _find(text, path)
    if entry is None or not entry.value.value:
        return
    node, last = entry.value, entry.value.value[-1]
    style = last.style if last.id == "scalar" else ""
    if node.flow_style:
        spans = [(one.start_mark.index, _node_end(text, one)) for one in node.value]
        yield from _flow_last(text, node, spans, words.flow(item, style))
        return
    dash = _dash(text, last)
    end = _line_end(text, max(dash + 1, _node_end(text, last)))
    indent = dash - (text.rfind("\n", 0, dash) + 1)
    yield Edit(((end, end, f"\n{' ' * indent}- {words.block(item, style)}"),))


def without_item(text: str, path: Sequence[str], index: int) -> Iterator[Edit]:
    """A list without one of its items."""
    entry, _ = _find(text, path)
    if entry is None:
        return
    node = entry.value
    if node.flow_style:
        spans = [(one.start_mark.index, _node_end(text, one)) for one in node.value]
        yield from _flow_without(text, node, spans, index)
        return
    dash = _dash(text, node.value[index])
    gone = _lines(text, dash, max(dash + 1, _node_end(text, node.value[index])))
    if gone and len(node.value) == 1:
        colon = _colon(text, entry.key)
        yield Edit(((colon, colon, " []"), gone), going=True)
    elif gone:
        yield Edit((gone,), going=True)


def without(text: str, path: Sequence[str]) -> Iterator[Edit]:
    """A mapping without one of its entries."""
    entry, missing = _find(text, path)
    if entry is None or missing:
        return
    mapping = entry.mapping
    if mapping.flow_style:
        spans = [(key.start_mark.index, _end(text, _Entry(mapping, key, one, None))) for key, one in mapping.value]
        index = [key.value for key, _ in mapping.value].index(path[-1])
        yield from _flow_without(text, mapping, spans, index)
        return
    gone = _lines(text, entry.key.start_mark.index, _end(text, entry))
    if gone and len(mapping.value) > 1:
        yield Edit((gone,), going=True)
    elif gone and entry.holder is not None:
        colon = _colon(text, entry.holder.key)
        yield Edit(((colon, colon, " {}"), gone), going=True)


def _flow_last(text: str, node: Node, spans: Sequence[tuple[int, int]], new: str) -> Iterator[Edit]:
    """One more piece at the end of `[...]` or `{...}`, on a line of its own where the last one has one."""
    start, end = spans[-1]
    before = text[spans[-2][1] if len(spans) > 1 else node.start_mark.index + 1 : start]
    own_line = "\n" in before
    gap = "\n" + before.rpartition("\n")[2] if own_line else " "
    tail = text[end : node.end_mark.index]
    if "#" not in tail:
        yield Edit(((end, end, f",{gap}{new}"),))
        return
    line = _line_end(text, end + tail.index("#"))
    comma = () if "," in tail.partition("#")[0] else ((end, end, ","),)
    indent = gap if own_line else "\n" + " " * (start - (text.rfind("\n", 0, start) + 1))
    yield Edit((*comma, (line, line, f"{indent}{new}")))


def _flow_without(text: str, node: Node, spans: Sequence[tuple[int, int]], index: int) -> Iterator[Edit]:
    """`[...]` or `{...}` without one of its pieces; a comment goes only with the piece that has the line for itself."""
    start, end = spans[index]
    alone = not text[text.rfind("\n", 0, start) + 1 : start].strip()
    if index + 1 < len(spans):
        following = spans[index + 1][0]
        gap = text[end:following]
        if "#" in gap and not alone:
            yield Edit(((start, end + gap.index("#"), ""),))
        line, _, rest = gap.partition("\n")
        cut = end + len(line) + 1 + len(rest) - len(rest.lstrip(" ")) if "#" in gap and rest else following
        yield Edit(((start, cut, ""),), going=True)
        return
    tail = text[end : node.end_mark.index - 1]
    own = len(tail.partition("\n")[0]) if alone and "#" in tail.partition("\n")[0] else 0
    if index == 0:
        yield Edit(((node.start_mark.index + 1, node.end_mark.index - 1, ""),))
        yield Edit(((start, end + (len(tail.partition(",")[0]) + 1 if "," in tail.partition("#")[0] else 0), ""),))
        return
    previous = spans[index - 1][1]
    if "#" not in text[previous:start]:
        yield Edit(((previous, end + own, ""),), going=bool(own))
    behind = tail.partition("#")[0]
    comma = behind.index(",") + 1 if "," in behind else 0
    if alone:
        yield Edit(((text.rfind("\n", 0, start), end + max(own, comma), ""),), going=bool(own))
    yield Edit(((start, end + max(own, comma), ""),), going=bool(own))


def _find(text: str, path: Sequence[str]) -> tuple[_Entry | None, list[str]]:
    """The entry of the longest part of a path that is there, and the names that are missing."""
    node, found = tree(text), None
    for done, name in enumerate(path):
        pair = next((pair for pair in node.value if pair[0].value == name), None) if node.id == "mapping" else None
        if pair is None:
            return found, list(path[done:])
        found = _Entry(node, pair[0], pair[1], found)
        node = pair[1]
    return found, []


def _scalars(node: Node) -> Iterator[Node]:
    if node.id == "scalar":
        yield node
    for below in node.value if node.id != "scalar" else ():
        for one in below if isinstance(below, tuple) else (below,):
            yield from _scalars(one)


def _end(text: str, entry: _Entry) -> int:
    """After the last visible character of an entry's value, or its colon where nothing stands there."""
    return _colon(text, entry.key) if unwritten(entry.value) else _node_end(text, entry.value)


def _node_end(text: str, node: Node) -> int:
    """After the last visible character of a node; a block ends where its last item or value does."""
    if node.id == "scalar" or node.flow_style:
        start = node.start_mark.index
        return start + len(text[start : node.end_mark.index].rstrip(" \t\n"))
    last = node.value[-1]
    if isinstance(last, tuple):
        return _end(text, _Entry(node, last[0], last[1], None))
    return _dash(text, last) + 1 if unwritten(last) else _node_end(text, last)


def _colon(text: str, key: Node) -> int:
    """After the colon of a name; after the name itself where it has none, as between braces."""
    end = key.end_mark.index
    colon = _COLON.match(text, end)
    return colon.end() if colon else end


def _dash(text: str, item: Node) -> int:
    """Where the dash of a block's item stands."""
    return text.rindex("-", 0, item.start_mark.index)


def _column(node: Node) -> int:
    return node.start_mark.column


def _step(entry: _Entry) -> int:
    """By how much this file indents what stands below a name: as its nearest neighbours do."""
    siblings = [one for _, one in entry.mapping.value if one.id == "mapping" and one.value and not one.flow_style]
    if siblings:
        return max(_column(siblings[0].value[0][0]) - _column(entry.key), 1)
    return _column(entry.key) - _column(entry.holder.key) if entry.holder else _STEP


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _lines(text: str, start: int, end: int) -> Splice | None:
    """The whole lines from one character to another, taken out; None where something else stands before them."""
    first, last = text.rfind("\n", 0, start) + 1, _line_end(text, end)
    if text[first:start].strip():
        return None
    if last < len(text):
        return first, last + 1, ""
    return max(first - 1, 0), last, ""
