"""Laws of editing: what is written reads back as wanted, and everything else is as it was, comments too."""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clientreg.editing import drop, drop_item, put, put_back, put_item
from clientreg.jsonvalue import canonical
from clientreg.reading.source import read
from properties.test_reading import CLIENT, JSON, TEXT, TEXTS, values

QUICK = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
_COMMENT = re.compile(r"#c\d+\b")
WORDS = st.sampled_from(
    ["openid", "a b", "x: y", "it's", 'say "x"', "true", "12", "", "- a", "[a", "æ 店", "a #b", "*a"]
)
NAMES = st.sampled_from(["name", "scopes", "client_name#nb", "uris", "null", "x y", "12"])
SCALARS = WORDS | st.booleans() | st.integers(0, 99) | st.none()
VALUES = SCALARS | st.lists(WORDS, max_size=4, unique=True)


def data(text: str) -> Any:
    document, findings = read("f.yaml", text.encode())
    assert document is not None, (text, findings)
    return document.data


def with_value(text: str, path: tuple[str, ...], value: Any) -> Any:
    whole = copy.deepcopy(data(text))
    holder = whole
    for name in path[:-1]:
        holder[name] = holder.get(name) or {}
        holder = holder[name]
    holder[path[-1]] = value
    return whole


def without(text: str, path: tuple[str, ...]) -> Any:
    whole = copy.deepcopy(data(text))
    holder = whole
    for name in path[:-1]:
        holder = holder[name]
    del holder[path[-1]]
    return whole


@st.composite
def written(draw: st.DrawFn) -> str:
    """A file as people write it: every style, and comments on lines of their own and behind values."""
    number = iter(range(1000))

    def comment() -> str:
        return f"  #c{next(number)} {draw(st.sampled_from(['why', 'a, b', ']', '- x', 'k: v']))}" if draw(MAYBE) else ""

    def own(indent: str) -> list[str]:
        return [f"{indent}#c{next(number)} own"] if draw(RARELY) else []

    def value(indent: str) -> list[str]:
        """The text after a colon, and the lines below it."""
        kind = draw(st.sampled_from(["scalar", "flow", "lines", "block", "folded", "map"]))
        items = draw(st.lists(WORDS, min_size=1, max_size=4, unique=True))
        quoted = [json.dumps(item, ensure_ascii=False) for item in items]
        if kind == "scalar":
            return [f" {draw(st.sampled_from(['plain text', *quoted, 'true', '12', 'null']))}{comment()}"]
        if kind == "flow":
            return [f" [{', '.join(quoted)}]{comment()}"]
        if kind == "folded":
            return [f" >-{comment()}", f"{indent}  folded text", f"{indent}  of two lines"]
        if kind == "block":
            lines = [line for one in quoted for line in (*own(indent), f"{indent}- {one}{comment()}")]
            return [comment(), *lines]
        if kind == "lines":
            lines = [line for one in quoted for line in (*own(f"{indent}  "), f"{indent}  {one},{comment()}")]
            return [f" [{comment()}", *lines, f"{indent}]{comment()}"]
        members = [f"{indent}  m{at}: {one}{comment()}" for at, one in enumerate(quoted)]
        return [comment(), *members]

    lines = own("")
    for name in draw(st.lists(st.sampled_from("abcdef"), min_size=2, max_size=5, unique=True)):
        lines += own("")
        first, *below = value("  ")
        lines += [f"{name}:{first}", *below]
    return "\n".join(lines) + draw(st.sampled_from(["\n", "", "\n\n"]))


MAYBE = st.booleans()
RARELY = st.sampled_from([False, False, True])


def blocks(text: str) -> dict[str, str]:
    """The lines of each entry of the file, from its name to before the next one or a comment of its own."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.split("\n"):
        if line[:1].isalpha():
            name = line.partition(":")[0]
        if name and not line.startswith("#"):
            found.setdefault(name, []).append(line)
    return {name: "\n".join(lines).rstrip("\n") for name, lines in found.items()}


def lost(text: str, new: str) -> list[str]:
    before, after = (Counter(_COMMENT.findall(one)) for one in (text, new))
    assert not after - before
    return list(before - after)


@QUICK
@given(written(), st.data())
def test_a_value_is_put_at_its_place_and_all_else_stays(text: str, draw: st.DataObject) -> None:
    whole = data(text)
    path: tuple[str, ...] = (draw.draw(st.sampled_from([*whole, "new"])),)
    if isinstance(whole.get(path[0]), dict):
        path = (*path, draw.draw(st.sampled_from([*whole[path[0]], "new"])))
    was = whole.get(path[0])
    if isinstance(was, list) and draw.draw(MAYBE):
        kept = [item for item in was if draw.draw(MAYBE)]
        value: Any = [*kept, *draw.draw(st.lists(st.sampled_from(["new1", "new, 2"]), max_size=2, unique=True))]
    else:
        value = draw.draw(VALUES)
    new = put(text, path, value)
    if new is None:  # a list with comments in it that becomes something else
        assert not isinstance(value, list) or "new" not in " ".join(value) or not was, (text, path, value)
        return
    assert canonical(data(new)) == canonical(with_value(text, path, value))
    other = {name: block for name, block in blocks(text).items() if name != path[0]}
    assert {name: block for name, block in blocks(new).items() if name in other} == other
    for comment in lost(text, new):
        (line,) = [line for line in text.split("\n") if f"{comment} " in line]
        assert isinstance(was, list)
        assert line not in new.split("\n")
        assert not line.strip().startswith("#")


@QUICK
@given(written(), st.data())
def test_items_that_come_and_go_leave_the_others_as_they_are(text: str, draw: st.DataObject) -> None:
    lists = [name for name, value in data(text).items() if isinstance(value, list)]
    if not lists:
        return
    name = draw.draw(st.sampled_from(lists))
    was = data(text)[name]
    kept = [item for item in was if draw.draw(MAYBE)]
    value = [*kept, *draw.draw(st.lists(st.sampled_from(["new1", "new, 2"]), max_size=2, unique=True))]
    new = put(text, (name,), value)
    assert new is not None
    assert data(new)[name] == value
    lines = text.split("\n")
    gone = [json.dumps(item, ensure_ascii=False) for item in was if item not in kept]
    for comment in lost(text, new):
        (line,) = [line for line in lines if f"{comment} " in line]
        assert any(item in line for item in gone)


@QUICK
@given(written(), st.data())
def test_one_item_is_put_or_dropped_and_all_else_stays(text: str, draw: st.DataObject) -> None:
    lists = [name for name, value in data(text).items() if isinstance(value, list)]
    if not lists:
        return
    name = draw.draw(st.sampled_from(lists))
    was = data(text)[name]
    at = draw.draw(st.integers(0, len(was) - 1))
    changed = put_item(text, (name,), at, "new, 2")
    assert changed is not None
    assert data(changed)[name] == [*was[:at], "new, 2", *was[at + 1 :]]
    assert lost(text, changed) == []
    assert sum(old != new for old, new in zip(text.split("\n"), changed.split("\n"), strict=True)) == 1
    gone = drop_item(text, (name,), at)
    assert gone is not None
    assert data(gone)[name] == [*was[:at], *was[at + 1 :]]
    other = {one: block for one, block in blocks(text).items() if one != name}
    for new in (changed, gone):
        assert {one: block for one, block in blocks(new).items() if one in other} == other


def test_an_item_that_is_not_there_is_not_edited() -> None:
    assert [put_item("a: [b]", path, 1, "x") for path in (["a"], ["b"])] == [None, None]
    assert [drop_item("a: [b]", path, 1) for path in (["a"], ["b"])] == [None, None]
    assert put_item("a: [[b]]", ["a"], 0, "x") is None


@QUICK
@given(written(), st.data())
def test_an_entry_is_dropped_and_all_else_stays(text: str, draw: st.DataObject) -> None:
    whole = data(text)
    path: tuple[str, ...] = (draw.draw(st.sampled_from(list(whole))),)
    if isinstance(whole[path[0]], dict):
        path = (*path, draw.draw(st.sampled_from(list(whole[path[0]]))))
    new = drop(text, path)
    assert new is not None
    assert canonical(data(new)) == canonical(without(text, path))
    other = {name: block for name, block in blocks(text).items() if name != path[0]}
    assert {name: block for name, block in blocks(new).items() if name in other} == other
    assert all(comment in blocks(text)[path[0]] for comment in lost(text, new))


@QUICK
@given(TEXTS | st.dictionaries(TEXT.filter(bool), JSON, min_size=1, max_size=4).map(json.dumps), st.data())
@example("? a\n: b\n", None)
@example("{a: 1, b}", None)
@example("a:\n- - b\n  - c\n- d", None)
@example('"a":1', None)
def test_any_text_that_reads_is_edited_soundly_or_not_at_all(text: str, draw: st.DataObject | None) -> None:
    document, _ = read("f.yaml", text.encode())
    if document is None:
        return
    text = document.text
    paths = [path for path, _ in values(document.data) if path and all(isinstance(step, str) for step in path)]
    for path in [*paths[:5], ("new",), (*(paths[0] if paths else ()), "new", "er")]:
        names = tuple(map(str, path))
        for value in ("x", ["x", "y: z"], None, "\udcff", "x" * 20_000, ["\0"], draw.draw(JSON) if draw else {}):
            new = put(text, names, value)
            assert new is None or canonical(data(new)) == canonical(with_value(text, names, value))
        gone = drop(text, names)
        assert gone is None or path not in paths or canonical(data(gone)) == canonical(without(text, names))


@QUICK
@given(written(), st.sampled_from(["\n", "\r\n", "mixed"]), st.booleans())
def test_line_ends_and_byte_order_mark_stay(text: str, end: str, marked: bool) -> None:
    ends = ["\r\n" if end == "\r\n" or (end == "mixed" and number % 2) else "\n" for number in range(text.count("\n"))]
    raw = "".join(line + one for line, one in zip(text.split("\n"), [*ends, ""], strict=True)).encode()
    raw = b"\xef\xbb\xbf" + raw if marked else raw
    assert put_back(raw, text, text) == raw
    new = put(text, ("zz",), "x")
    assert new is not None
    written_back = put_back(raw, text, new)
    document, _ = read("f.yaml", written_back)
    assert document is not None
    assert document.text == new
    kept = [line for line in raw.split(b"\n") if line.strip()]
    assert len([line for line in kept[:-1] if line not in written_back.split(b"\n")]) == 0


PLACES = [
    ("product", "Example Radio", "product: Example Radio  # what it is"),
    ("client_name", "It's here", "client_name: 'It''s here'\n"),
    ("description", "A text of some words that is folded as it was before", "description: >-\n  A text of some words"),
    ("scopes", ["openid", "email"], "scopes:\n- openid\n- email\nredirect"),
    ("redirect_uris", ["https://a/b"], 'redirect_uris:\n  - "https://a/b"\n'),
    ("client_uri", "https://a/", "    scopes: [openid]\nclient_uri: https://a/\n"),
]


@pytest.mark.parametrize(("name", "value", "shown"), PLACES)
def test_the_style_of_the_file_is_kept(name: str, value: Any, shown: str) -> None:
    assert shown in (put(CLIENT, (name,), value) or "")


def test_a_new_name_stands_where_the_order_has_it() -> None:
    new = put(CLIENT, ("client_uri",), "https://a/", order=["scopes", "redirect_uris", "client_uri", "waivers"])
    assert '"http://[::1]:80/cb"\nclient_uri: https://a/\nwaivers:' in (new or "")


def test_an_empty_environment_opens_and_closes_again() -> None:
    opened = put(CLIENT, ("environments", "test", "enabled"), value=False)
    assert "  test:\n    enabled: false\n  production:" in (opened or "")
    assert drop(opened or "", ("environments", "test", "enabled")) == CLIENT
