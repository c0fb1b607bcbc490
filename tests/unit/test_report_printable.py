"""What a terminal or a runner would obey is shown, not sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientreg.report.printable import (
    command_data,
    command_property,
    json_escaped,
    pieces,
    printable,
    unforged,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Example TV", "Example TV"),
        ("北京 é Ω", "北京 é Ω"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m", r"\x9b31m"),
        ("a\u202eb\u2066c", r"a\u202eb\u2066c"),
        ("a\u200bb\u2060c\ufeff", r"a\u200bb\u2060c\ufeff"),
        ("a\u2028b\u2029c\x85", r"a\u2028b\u2029c\x85"),
        ("\udcff", r"\udcff"),
        ("\u3164\u115f\ufe0f\U000e0101", r"\u3164\u115f\ufe0f\U000e0101"),
        ("\U000e0041", r"\U000e0041"),
        ("a\xa0b", r"a\xa0b"),
    ],
)
def test_what_nobody_sees_is_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a::b\n", "a::b\n"),
        ("::error::x", r"\x3a:error::x"),
        ("a\n  ::error::x", "a\n  \\x3a:error::x"),
        ("\x1b[1m ::error::x", "\x1b[1m \\x3a:error::x"),
        ("see ##[group]a", r"see ##\x5bgroup]a"),
        ("##vso[task.setvariable]a", r"##vso\x5btask.setvariable]a"),
        ("###[a ##VSO[b", r"###\x5ba ##VSO\x5bb"),
        ("# a [b]", "# a [b]"),
    ],
)
def test_no_runner_takes_it_for_a_command(text: str, shown: str) -> None:
    assert unforged(text) == shown


def test_each_character_of_a_line_has_its_piece() -> None:
    assert pieces("\ta##[b\u202e") == ["    ", "a", "#", "#", r"\x5b", "b", r"\u202e"]


def test_a_command_keeps_its_line_feeds_and_nothing_else() -> None:
    assert command_data("100%: a,\r\nb\x1b") == r"100%25: a,\r%0Ab\x1b"


def test_a_property_cannot_end_itself() -> None:
    assert command_property("a,line=2::b%\n") == "a%2Cline=2%3A%3Ab%25%0A"


@pytest.mark.parametrize("value", ["\u202e##[a]", "\U000e0041\x7f", "##vso[b", "é 北京", "\\##[c", '"##[d'])
def test_escaped_json_is_the_same_value(value: str) -> None:
    escaped = json_escaped(json.dumps([value], ensure_ascii=False))
    assert json.loads(escaped) == [value]
    assert escaped.isprintable()
    assert "##[" not in escaped
    assert "##vso[" not in escaped


ANY = st.lists(st.sampled_from(["\ud83d", "\ude00", "\udcff", "\\", '"', "##[", "\U0001f600"]) | st.text()).map("".join)


@given(st.recursive(ANY, lambda inner: st.lists(inner) | st.dictionaries(ANY, inner), max_leaves=5))
def test_json_of_any_value_is_fit_for_a_strict_reader(value: object) -> None:
    """Of half a character most of them refuse even the escape (RFC 8259 section 8.2): it is told as text tells it."""
    escaped = json_escaped(json.dumps(value, ensure_ascii=False))
    assert escaped.encode("utf-8")
    assert json.dumps(json.loads(escaped), ensure_ascii=False).encode("utf-8")


def test_half_a_character_is_in_json_as_in_text() -> None:
    assert json.loads(json_escaped(json.dumps("a\udcff\\", ensure_ascii=False))) == printable("a\udcff") + "\\"
