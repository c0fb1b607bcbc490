"""Reading one file: what becomes data, what is refused and where, and the place of every value."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clientreg.finding import Finding, Severity, Span
from clientreg.jsonvalue import Json
from clientreg.reading.source import Document, read

GOLDEN = Path(__file__).parent.parent / "golden" / "reading.txt"


def document(text: str) -> Document:
    found, findings = read("f.yaml", text.encode())
    assert findings == ()
    assert found is not None
    return found


def refused(raw: bytes | str) -> tuple[Finding, ...]:
    found, findings = read("f.yaml", raw.encode() if isinstance(raw, str) else raw)
    assert found is None
    return findings


def places(findings: tuple[Finding, ...]) -> str:
    """`CR001 1:17-32`: code, line, first column, column behind the last."""
    return " ".join(f"{f.code} {f.span.line}:{f.span.column}-{f.span.end_column}" for f in findings)


_TEXT = """
no yes on off True FALSE Null NULL y n 2024-03-01 12:30 1:30 0o17 017 0x1F 1_000 .inf -.inf .nan +1 1. .5
12345678901234567 1e999 1.2.3 <<< = a#b a:b http://[::1]:80/cb ${x} 50% x]
"""

VALUES: dict[str, Json] = {
    "text": "text",
    "'12'": "12",
    '"true"': "true",
    "null": None,
    "~": None,
    "": None,
    "# a comment": None,
    "true": True,
    "false": False,
    "12": 12,
    "-12": -12,
    "0": 0,
    "1.5": 1.5,
    "-0.25e-3": -0.25e-3,
    "1e5": 1e5,
    "9999999999999999": 9999999999999999,
    **{word: word for word in _TEXT.split()},
    '"tab\\tand \\u00e6"': "tab\tand æ",
    "'it''s'": "it's",
    "[a, 1, null]": ["a", 1, None],
    "{b: {c: d}}": {"b": {"c": "d"}},
    "|\n  one\n  two": "one\ntwo\n",
    ">-\n  one\n  two": "one two",
    "\n- b\n- - c": ["b", ["c"]],
    "a & b, a*b, wow! *": "a & b, a*b, wow! *",
    "𝄞 æøå \u202e": "𝄞 æøå \u202e",
}


@pytest.mark.parametrize(("written", "value"), VALUES.items(), ids=map(ascii, VALUES))
def test_a_scalar_is_what_json_calls_it_and_else_text(written: str, value: Json) -> None:
    data = document(f"key: {written}\n").data
    assert data == {"key": value}
    assert isinstance(data, dict)
    assert type(data["key"]) is type(value)


REFUSED: dict[str, tuple[str, str]] = {
    "a tab as indentation": ("contacts:\n\ttechnical: x\n", "CR001 2:1-2"),
    "a tab after a value": ("product: x\n\tclient_name: y\n", "CR001 2:1-2"),
    "an address with brackets in a flow list": ("redirect_uris: [http://[::1]/cb]\n", "CR001 1:17-32"),
    "no space after a colon": ("platform: web\nproduct:Example\nscopes: [a]\n", "CR001 2:1-9"),
    "no space after the first colon": ("product:Example\nclient_name: y\n", "CR001 1:1-9"),
    "a no-break space after a colon": ("platform: web\nproduct:\u00a0Example\nscopes: [a]\n", "CR001 2:1-10"),
    "a no-break space after the first colon": ("product:\u00a0Example\nclient_name: y\n", "CR001 1:1-10"),
    "a space before a language": ("product: x\nclient_name #nb: y\nplatform: web\n", "CR001 2:1-19"),
    "a colon inside a value": ("description: Note: this\n", "CR001 1:14-24"),
    "a colon inside a value, then a comment": ('description: Note: "this" # why\n', "CR001 1:14-26"),
    "an open single quote": ("product: 'x\nclient_name: y\n", "CR001 1:10-11"),
    "an open double quote": ('product: "x\nclient_name: y\n', "CR001 1:10-11"),
    "an open list": ("scopes: [a, b\nproduct: x\n", "CR001 1:9-10"),
    "an open list at the end": ("scopes: [a, b\n", "CR001 1:9-10"),
    "an open mapping": ("environments: {test: {}\nproduct: x\n", "CR001 1:15-16"),
    "an open bracket at the end": ("scopes: [", "CR001 1:9-10"),
    "a colon inside a flow list": ("scopes: [a b: c: d]\n", "CR001 1:16-17"),
    "a bracket too many": ("scopes: [a]]\n", "CR001 1:12-13"),
    "an empty place in a list": ("scopes: [,]\n", "CR001 1:10-11"),
    "a value that begins with @": ("owners: [@team, b]\n", "CR001 1:10-15"),
    "a value that begins with a backtick": ("product: `x` # y\n", "CR001 1:10-13"),
    "a value that begins with %": ("product: %x\n", "CR001 1:10-12"),
    "a lone star": ("redirect_uris: [*]\n", "CR001 1:17-18"),
    "a star before a host": ("redirect_uris: *.example.com\n", "CR001 1:16-29"),
    "an apostrophe in single quotes": ("product: 'It's on'\n", "CR001 1:14-19"),
    "quotes in double quotes": ('product: "say "hi" now"\n', "CR001 1:16-24"),
    "an unknown escape": ('product: "C:\\dir"\n', "CR001 1:13-15"),
    "a wrong hexadecimal escape": ('product: "\\xZZ"\n', "CR001 1:11-13"),
    "half of a surrogate pair": ('product: "\\ud800"\n', "CR002 1:11-17"),
    "a list on the line of its field": ("scopes: - a\n", "CR001 1:9-10"),
    "text after >": ("description: >text\n", "CR001 1:14-19"),
    "deeper than the value above": ("product: x\n  client_name: y\n", "CR001 2:3-4"),
    "between two indentations": ("contacts:\n    technical: x\n  support: y\n", "CR001 3:3-4"),
    "less than the first field": (" product: x\nclient_name: y\n", "CR001 2:1-2"),
    "a dash without a space": ("scopes:\n- a\n-b\n", "CR001 3:1-3"),
    "a line without a colon": ("product: x\nclient_name\nplatform: web\n", "CR001 2:1-12"),
    "a list item among fields": ("product: x\n- y\n", "CR001 2:1-2"),
    "a field among list items": ("- x\nproduct: y\n", "CR001 2:1-2"),
    "two templates": ("product: {{x}} {{y}}\n", "CR001 1:16-21"),
    "a template": ("product: {{ x }}\n", "CR007 1:11-12"),
    "an anchor and its uses": ("a: &x 1\nb: *x\nc: *x\n", "CR004 1:4-6"),
    "an alias bomb": ("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "CR004 1:4-6 CR004 2:4-6"),
    "a merge key": ("<<: {a: 1}\n", "CR004 1:1-3"),
    "a Python object": ("a: !!python/object:os.system 1\n", "CR005 1:4-29"),
    "a local tag": ("a: !secret x\n", "CR005 1:4-11"),
    "a lone exclamation mark": ("a: ! 1\n", "CR005 1:4-5"),
    "a tag of bytes that are no text": ("a: 1\nb: !%ed%a0%80 1\n", "CR005 2:1-2"),
    "a directive": ("%YAML 1.2\n---\na: 1\n", "CR005 1:1-10"),
    "an unknown directive": ("%FOO\n---\na: 1\n", "CR005 1:1-2"),
    "a key three times": ('a: 1\nb: 2\na: 3\n"a": 4\n', "CR006 3:1-2 CR006 4:1-4"),
    "a key twice, deep inside": ("a:\n  - {b: 1, b: 2}\n", "CR006 2:12-13"),
    "keys that are not text": ("null: 1\n12: 2\ntrue: 3\n1.5: 4\n", "CR007 1:1-5 CR007 2:1-3 CR007 3:1-5 CR007 4:1-4"),
    "an empty key": ('"": 1\n', "CR007 1:1-3"),
    "a missing key": (": 1\n", "CR007 1:1-2"),
    "a key that is a list": ("? [a]\n: b\n", "CR007 1:3-4"),
    "two documents": ("a: 1\n---\nb: 1\n", "CR008 2:1-2"),
    "a second document without fields": ("a: 1\n---\n", "CR008 2:1-2"),
    "something after the end of the document": ("a: 1\n...\nb: 2\n", "CR008 3:1-2"),
    "nothing": ("", "CR009 1:1-1"),
    "only comments": ("# nothing yet\n", "CR009 1:1-1"),
    "only a start": ("---\n", "CR009 1:1-1"),
    "a scalar": ("product\n", "CR009 1:1-8"),
    "a scalar that wanted to be a field": ("product:Example\n", "CR009 1:1-16"),
    "a list": ("- a\n", "CR009 1:1-2"),
    "conflict markers": ("<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> branch\n", "CR010 1:1-8"),
    "half of a conflict": ("a: 1\n=======\nb: 2\n", "CR010 2:1-8"),
    "a NUL by escape": ('a: "x\\0"\n', "CR002 1:4-9"),
    "33 levels": ("a: " + "[" * 32 + "]" * 32 + "\n", "CR003 1:35-36"),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED.values(), ids=REFUSED)
def test_a_mistake_is_found_where_it_is_made(text: str, expected: str) -> None:
    findings = refused(text)
    assert places(findings) == expected
    assert {f.severity for f in findings} == {Severity.ERROR}
    assert all(f.hint for f in findings)


def test_every_mistake_is_told_in_words_for_people() -> None:
    words = []
    for name, (text, _) in REFUSED.items():
        words.append(f"# {name}\n{text[:80].rstrip()}\n")
        for f in refused(text):
            words.append(f"{f.span.line}:{f.span.column}: {f.code} {f.message}\n  hint: {f.hint}\n")
            words.extend(f"  line {r.line}: {r.message}\n" for r in f.related)
        words.append("\n")
    if os.environ.get("CLIENTREG_GOLDEN") == "write":
        GOLDEN.write_text("".join(words), encoding="utf-8")
    assert "".join(words) == GOLDEN.read_text(encoding="utf-8")


BYTES: dict[str, tuple[bytes, str, str]] = {
    "UTF-16 with a mark": ("a: æ\n".encode("utf-16"), "CR002 1:1-1", "the file is UTF-16, not UTF-8"),
    "UTF-32 with a mark": ("a: 1\n".encode("utf-32"), "CR002 1:1-1", "the file is UTF-32, not UTF-8"),
    "UTF-16 without a mark": ("a: 1\n".encode("utf-16-le"), "CR002 1:1-1", "the file looks like UTF-16, not UTF-8"),
    "big-endian UTF-16": ("a: 1\n".encode("utf-16-be"), "CR002 1:1-1", "the file looks like UTF-16, not UTF-8"),
    "a NUL byte": (b"a: 1\nb: \0\n", "CR002 2:4-5", "the file holds a NUL byte, so it is not text"),
    "Latin-1": ("æ: 1\na: bæ\n".encode("latin-1"), "CR002 1:1-2", "the byte 0xE6 is not UTF-8"),
    "Latin-1 behind UTF-8": ("a: 1\næ: ".encode() + b"\xe6\n", "CR002 2:4-5", "the byte 0xE6 is not UTF-8"),
    "an encoded surrogate": (b"a: \xed\xa0\x80\n", "CR002 1:4-5", "the byte 0xED is not UTF-8"),
    "a bell": (b"a: \x07\n", "CR002 1:4-5", "the character U+0007 cannot be seen and is not allowed in a file"),
    "a line separator": (
        "a: æ\u2028b\n".encode(), "CR002 1:5-6", "the character U+2028 cannot be seen and is not allowed in a file",
    ),
    "a second byte order mark": (
        "a: \ufeffb\n".encode(), "CR002 1:4-5", "the character U+FEFF cannot be seen and is not allowed in a file",
    ),
    "a lone carriage return": (
        b"a: 1\rb: 2\n", "CR002 1:5-6", "a carriage return stands alone, without a line feed",
    ),
    "one byte too many": (
        b"a: 1\n" + b"#" * 262_140, "CR003 1:1-1",
        "the file has more than the 262,144 bytes (256 KiB) that are read",
    ),
    "a text too long": (
        b"a: " + b"x" * 16_385, "CR003 1:4-16389", "the text has 16,385 characters, more than the 16,384 that are read",
    ),
    "too many values": (
        b"a: [" + b"1, " * 20_000 + b"]\n", "CR003 1:1-2", "the file holds 20,002 values; 20,000 are read",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "expected", "message"), BYTES.values(), ids=BYTES)
def test_bytes_that_are_no_plain_text_are_refused(raw: bytes, expected: str, message: str) -> None:
    findings = refused(raw)
    assert (places(findings), findings[0].message) == (expected, message)
    assert findings[0].hint


def test_byte_order_mark_and_carriage_returns_change_nothing() -> None:
    found, findings = read("f.yaml", b"\xef\xbb\xbfa: 1\r\nb:\r\n- c\r\n")
    assert (found, findings) == (Document("f.yaml", "a: 1\nb:\n- c\n", {"a": 1, "b": ["c"]}), ())


def test_the_largest_file_and_the_deepest_nesting_are_read() -> None:
    assert document("a: 1\n" + "#" * 262_139).data == {"a": 1}
    assert document("a: " + "[" * 31 + "]" * 31).text.count("[") == 31
    assert len(document("a: " + "x" * 16_384).line(1)) == 16_387


def test_each_repeated_key_points_at_the_first() -> None:
    related = [[(r.line, r.message) for r in f.related] for f in refused("a: 1\nb: 2\na: 3\nb: 4\n")]
    assert related == [[(1, "'a' stands here first")], [(2, "'b' stands here first")]]


def test_an_anchor_names_the_lines_of_its_uses() -> None:
    (finding,) = refused("a: &x 1\nb: *x\nc: *x\n")
    assert [(r.line, r.message) for r in finding.related] == [(2, "*x is used here"), (3, "*x is used here")]


def test_hints_stay_short_for_long_lines() -> None:
    (finding,) = refused("a: " + "b: " * 50_000)
    assert len(finding.message) < 120
    assert len(finding.hint) < 160


PLACED = """\
# a comment
product: "Eksempel 𝄞"   # why
redirect_uris:
  - https://a.example/cb
  -
  - {x: 1, y: [p, q]}
  - z: 1
empty:
text: |
  one
  two

flow: {a: 1, b: {}}
"""

PLACES: dict[tuple[str | int, ...], tuple[str, str]] = {
    (): ("2:1-2:8", "2:1-2:8"),
    ("product",): ("2:10-2:22", "2:1-2:8"),
    ("product", "below"): ("2:10-2:22", "2:1-2:8"),
    ("redirect_uris",): ("3:1-3:14", "3:1-3:14"),
    ("redirect_uris", 0): ("4:5-4:25", "4:5-4:25"),
    ("redirect_uris", 1): ("5:3-5:4", "5:3-5:4"),
    ("redirect_uris", 2): ("6:5-6:6", "6:5-6:6"),
    ("redirect_uris", 2, "x"): ("6:9-6:10", "6:6-6:7"),
    ("redirect_uris", 2, "y", 1): ("6:19-6:20", "6:19-6:20"),
    ("redirect_uris", 3): ("7:5-7:6", "7:5-7:6"),
    ("redirect_uris", 3, "z"): ("7:8-7:9", "7:5-7:6"),
    ("redirect_uris", 4): ("3:1-3:14", "3:1-3:14"),
    ("redirect_uris", -1): ("3:1-3:14", "3:1-3:14"),
    ("empty",): ("8:1-8:6", "8:1-8:6"),
    ("text",): ("9:7-11:6", "9:1-9:5"),
    ("flow", "b"): ("13:14-13:15", "13:14-13:15"),
    ("flow", "b", "c", 0, "d"): ("13:14-13:15", "13:14-13:15"),
    ("missing",): ("2:1-2:8", "2:1-2:8"),
}


def test_the_place_of_every_value_and_key() -> None:
    placed = document(PLACED)

    def text(span: Span) -> str:
        return f"{span.line}:{span.column}-{span.end_line}:{span.end_column}"

    assert {path: (text(placed.at(path)), text(placed.key_at(path))) for path in PLACES} == PLACES


def test_an_empty_mapping_has_a_place() -> None:
    assert document("# nothing\n{}\n").at(("a", 0)) == Span(2, 1, 2, 2)


def test_lines_count_from_one_and_end_quietly() -> None:
    placed = document("a: 1\nb: 2")
    assert [placed.line(number) for number in (-1, 0, 1, 2, 3)] == ["", "", "a: 1", "b: 2", ""]


DEEP = {
    "open brackets": "[" * 25_000,
    "open brackets, as many as fit": "[" * 262_144,
    "brackets in a mapping": "a: " + "[" * 25_000,
    "dashes": "- " * 25_000,
    "dashes with tabs": "-\t" * 25_000,
    "questions": "? " * 25_000,
    "mappings": "{a: " * 25_000,
    "lists and mappings": "[{a: " * 20_000,
    "dashes and questions": "- ? " * 20_000,
    "keys of lists": "[? " * 25_000,
    "anchors": "- &a\n" * 20_000,
    "one bracket a line": "[\n" * 60_000,
    "closed again": "[" * 25_000 + "]" * 25_000,
    "indented mappings": "".join(" " * depth + "a:\n" for depth in range(715)),
    "indented lists": "".join(" " * depth + "-\n" for depth in range(715)),
    "just under the count that is checked": "[" * 199,
    "lists in indented mappings": "".join(" " * depth + "a:\n" for depth in range(350)) + " " * 350 + "[" * 199,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_no_depth_ends_the_process(text: str) -> None:
    script = (
        "import sys; from clientreg.reading.source import read; print(read('f', sys.stdin.buffer.read())[1][0].code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=text.encode(), capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr, done.stdout.strip() in {b"CR001", b"CR003", b"CR004"}) == (0, b"", True)


def test_importing_the_module_does_not_import_the_parser() -> None:
    script = "import sys, clientreg.reading.source; print(sorted({'yaml', 'jsonschema'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_quote_left_open_is_shown_where_it_begins() -> None:
    text = 'product: "TV\ndescription: it\'s fine\nsoftware_version: "2.0"\n'
    (finding,) = refused(text)
    assert (places((finding,)), finding.message) == (
        "CR001 1:10-11",
        'the quote " that begins here ends only on line 3',
    )


def test_text_behind_a_closing_quote_stays_where_it_is() -> None:
    assert places(refused("a: 'one'\nb: 'two's'\n")) == "CR001 2:9-11"


@pytest.mark.parametrize("part", ["a", "@", "http://", "://[", " ", "a ", "a: ", "- ", "'", '"'])
@pytest.mark.parametrize("frame", ['{{"{}": {{}}', "[{}", "%{}.", "a: b: {}.", "x: {{{}"])
def test_a_line_as_long_as_a_file_is_explained_in_one_go(frame: str, part: str) -> None:
    """Backtracking over such a line took longer than anybody waits for a check."""
    read("f.yaml", frame.format(part * (250_000 // len(part))).encode())
