"""Columns, wrapping and carets."""

from __future__ import annotations

from functools import partial

import pytest

from clientreg.finding import Finding, Severity, Span
from clientreg.report.excerpt import excerpt, shows_secret
from clientreg.report.layout import beside, columns, counted, wrapped
from clientreg.report.style import PLAIN, Style


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("北京", 4), ("e\u0301", 1), ("é", 1), ("", 0)])
def test_columns_are_those_of_a_terminal(text: str, width: int) -> None:
    assert columns(text) == width


def test_lines_break_between_words_only() -> None:
    text = "use https://a-very-long-host.example/with/a/path instead of that"
    assert wrapped(text, 20, first="= ", rest="  ") == [
        "= use",
        "  https://a-very-long-host.example/with/a/path",
        "  instead of that",
    ]


def test_spaces_inside_a_value_stay() -> None:
    assert wrapped("a  b", 20) == ["a  b"]


@pytest.mark.parametrize(
    ("name", "value", "lines"),
    [
        ("ab", "x y", ["  ab    x y"]),
        ("abcdefgh", "x y", ["  abcdefgh  x y"]),
        ("ab", "https://long.example", ["  ab", "      https://long.example"]),
        ("ab", "one two three four five", ["  ab    one two three", "        four five"]),
    ],
)
def test_a_value_stands_beside_its_name_or_below(name: str, value: str, lines: list[str]) -> None:
    assert beside(name, partial(wrapped, value), room=4, indent=2, width=22)[1] == lines


@pytest.mark.parametrize(("number", "words"), [(0, "0 files"), (1, "1 file"), (2000, "2,000 files")])
def test_numbers_have_their_noun(number: int, words: str) -> None:
    assert counted(number, "file") == words


@pytest.mark.parametrize(
    ("line", "span", "shown"),
    [
        ("a: bcd", Span(7, 4, 7, 7), ["   7 | a: bcd", "     |    ^^^"]),
        ("\ta: b", Span(7, 1, 7, 2), ["   7 |     a: b", "     | ^^^^"]),
        ("北京: b", Span(7, 5, 7, 6), ["   7 | 北京: b", "     |       ^"]),
        ("e\u0301: b", Span(7, 5, 7, 6), ["   7 | e\u0301: b", "     |    ^"]),
        ("a: \u202eb", Span(7, 5, 7, 6), [r"   7 | a: \u202eb", "     |          ^"]),
        ("a: [", Span(7, 4, 9, 2), ["   7 | a: [", "     |    ^"]),
        ("a: ##[b] c", Span(7, 10, 7, 11), [r"   7 | a: ##\x5bb] c", "     |             ^"]),
        ("a:   ", Span(7, 4, 7, 4), ["   7 | a:", "     |   ^"]),
        ("a: b", Span(7, 90, 7, 95), ["   7 | a: b", "     |     ^"]),
    ],
)
def test_carets_stand_under_the_value(line: str, span: Span, shown: list[str]) -> None:
    assert excerpt(line, span, "error", PLAIN) == shown


LONG = "a: " + "x" * 40 + " http://b.example " + "y" * 40


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        (Span(1, 1, 1, 2), ["   1 | a: " + "x" * 27 + "...", "     | ^"]),
        (Span(1, 45, 1, 61), ["   1 | ...xxxx http://b.example yyyyy...", "     |         ^^^^^^^^^^^^^^^^"]),
        (Span(1, 101, 1, 102), ["   1 | ..." + "y" * 30, "     | " + " " * 32 + "^"]),
        (Span(1, 4, 1, 102), ["   1 | ..." + "x" * 27 + "...", "     |    " + "^" * 27]),
    ],
)
def test_a_long_line_is_cut_around_the_value(span: Span, shown: list[str]) -> None:
    lines = excerpt(LONG, span, "error", Style(width=40))
    assert lines == shown


def test_only_a_caller_who_asks_gets_colour() -> None:
    assert "\x1b" not in PLAIN.paint("a", "error")
    assert Style(colour=True).paint("a", "error") == "\x1b[1;31ma\x1b[0m"


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        ('jwks: {keys: [{kty: oct, k: "c2VjcmV0"}]}', True),
        ("      d: aGVsbG8", True),
        ('  "dp" : "x"', True),
        ("-----BEGIN RSA PRIVATE KEY-----", True),
        ("client_secret: hunter2", True),
        ("password: hunter2", True),
        ("token_endpoint_auth_method: client_secret_basic", False),
        ("grant_types: [password]", False),
        ("product: d: e", True),
        ("redirect_uris: [https://shop.example/k:a]", False),
    ],
)
def test_a_line_that_may_hold_a_secret_is_not_repeated(line: str, hidden: bool) -> None:
    finding = Finding("f", Span(1, 1, 1, 2), ("x",), "CR001", Severity.ERROR, "m")
    assert shows_secret(finding, line) is hidden


def test_nothing_of_a_key_set_is_repeated() -> None:
    finding = Finding("f", Span(1, 1, 1, 2), ("jwks", "keys", 0, "n"), "CR001", Severity.ERROR, "m")
    assert shows_secret(finding, "n: abc")


@pytest.mark.parametrize("part", ["a", "secret", "private_key-", "://", "://a:", "a:", "d ", 'k"', "AGE-SECRET-"])
def test_a_line_as_long_as_a_file_is_looked_at_in_one_go(part: str) -> None:
    """Backtracking over such a line took longer than anybody waits for a check."""
    finding = Finding("clients/a/b.yaml", Span(1, 1, 1, 2), (), "CR102", Severity.ERROR, "m")
    assert not shows_secret(finding, part * (250_000 // len(part)) + " .")


def test_of_a_very_long_line_only_what_is_near_is_shown() -> None:
    line = "x" * 100_000 + "here" + "y" * 100_000
    assert excerpt(line, Span(1, 100_001, 1, 100_005), "error", Style(width=40)) == [
        "   1 | ...xxxxxxxxxxxhereyyyyyyyyyyyy...",
        "     |               ^^^^",
    ]
