"""Laws of reading: any bytes give a document or findings, every place is right, both validators agree."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, get_args

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from yaml import dump

from clientreg.finding import Finding, Severity, Span
from clientreg.jsonvalue import Json, Path
from clientreg.reading import schema, schemata
from clientreg.reading.source import Document, read

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

VISIBLE_WORDS = """
a b product scopes: environments: : ? - -- --- ... [ ] { } , # & * &a *a ! !!python/object:x !<x> !%ed%a0%80
| > |- >2 ' " '' \\ \\n \\ud800 \\0 \\x % %YAML %TAG @ ` ~ null true yes 12 1.5 << <<: = <<<<<<< ======= >>>>>>>
http://[::1]/cb æ 𝄞
"""
WORDS = [*VISIBLE_WORDS.split(), *"\u202e\u2028\ufeff\x00\x07\x85\r\t"]
GAPS = ("", " ", "  ", "\n", "\n  ", "\n    ", "\n- ", ": ", ":\n  ", "\r\n", "\t", ", ", " #")
PIECES = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)), max_size=25)
TEXTS = PIECES.map(lambda pieces: "".join(word + gap for word, gap in pieces))
ENCODED = TEXTS.map(str.encode)


def well_formed(finding: Finding, text: str) -> bool:
    """An error inside the file, in words, without line breaks."""
    lines, span = text.split("\n"), finding.span
    inside = 1 <= span.line <= len(lines) and span.column >= 1
    ordered = (span.line, span.column) <= (span.end_line, span.end_column)
    words = bool(finding.message and finding.hint) and "\n" not in finding.message
    return finding.severity is Severity.ERROR and inside and ordered and words and finding.code.startswith("CR0")


def reads(raw: bytes) -> None:
    document, findings = read("f.yaml", raw)
    assert (document is None) == bool(findings)
    text = raw.decode("utf-8", "replace").removeprefix("\ufeff")
    assert [finding for finding in findings if not well_formed(finding, text.replace("\r\n", "\n"))] == []
    if document is not None:
        json.dumps(document.data, allow_nan=False)
        for kind in get_args(schemata.Kind):
            schema.check(kind, document)
        for path, _ in values(document.data):
            document.at(path)


def values(data: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    yield path, data
    below = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in below:
        yield from values(value, (*path, step))


@QUICK
@given(TEXTS)
@example("a: !%ed%a0%80 1\n")
@example("'")
@example("- [")
@example("a: [?]")
@example('a: "\\')
@example("a: &")
@example("\ufeff\ufeffa: 1")
def test_words_of_yaml_in_any_order_give_a_document_or_findings(text: str) -> None:
    reads(text.encode())


@QUICK
@given(
    st.binary(max_size=60)
    | st.tuples(TEXTS, st.binary(max_size=4), TEXTS).map(lambda t: t[0].encode() + t[1] + t[2].encode())
)
def test_any_bytes_give_a_document_or_findings(raw: bytes) -> None:
    reads(raw)


CLIENT = """\
product: Example TV  # what it is
client_name: 'Example TV'
description: >-
  Streaming app for Android phones and
  tablets, with æøå and 𝄞.
contacts: {technical: [tv-dev@example.com], security: ["s@example.com"]}
platform: android
application_type: native
client_type: public
scopes:
- openid
- profile
redirect_uris:
  - "http://[::1]:80/cb"
waivers:
  - rule: CR201
    reason: long enough, is it not
    expires: 2027-06-30
environments:
  test: {}
  production:
    scopes: [openid]
"""


@QUICK
@given(st.integers(0, len(CLIENT)), st.integers(0, 12), st.sampled_from([*WORDS, *GAPS]))
def test_a_client_with_one_edit_gives_a_document_or_findings(place: int, length: int, put: str) -> None:
    reads((CLIENT[:place] + put + CLIENT[place + length :]).encode())


VISIBLE = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff"
)
TEXT = st.text(VISIBLE, max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | TEXT,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(TEXT.filter(bool), below, max_size=4),
    max_leaves=12,
)


def written(span: Span, text: str) -> str:
    """The text of a span, its lines joined."""
    lines = text.split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


def means(text: str, value: Json) -> bool:
    """Whether the text, alone and in its own context, is this value."""
    indented = "\n".join(line if number == 0 else f"  {line}" for number, line in enumerate(text.split("\n")))
    document, _ = read("f.yaml", f"k: {indented}\n".encode())
    return document is not None and document.data == {"k": value}


@QUICK
@given(
    st.dictionaries(TEXT.filter(bool), JSON, min_size=1, max_size=4),
    st.sampled_from(["json", "flow", "block", "unicode"]),
)
def test_what_was_written_is_read_back_and_every_value_has_its_place(data: dict[str, Any], how: str) -> None:
    text = {
        "json": lambda: json.dumps(data, ensure_ascii=False, indent=1),
        "flow": lambda: "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in data.items()) + "}",
        "block": lambda: dump(data, sort_keys=False, width=1000),
        "unicode": lambda: dump(data, sort_keys=False, allow_unicode=True, width=1000),
    }[how]()
    document, findings = read("f.yaml", text.encode())
    assert findings == ()
    assert document is not None
    assert document.data == data
    wrong = [path for path, value in values(data) if path and not in_place(document, path, value)]
    assert wrong == []


def flow(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def in_place(document: Document, path: Path, value: Json) -> bool:
    at, key = written(document.at(path), document.text), written(document.key_at(path), document.text)
    if isinstance(path[-1], str) and not means(key, path[-1]):
        return False
    if isinstance(value, dict | list):
        return at == key if isinstance(path[-1], str) else bool(at)
    return means(at, value)


SCALARS = [
    *(
        None,
        True,
        False,
        0,
        1,
        1.0,
        -1,
        2**31 - 1,
        2**31,
        10**15,
        1.5,
        "",
        " ",
        "a",
        "A",
        "x\n",
        "5m",
        "5m\n",
        "٥m",
        "14d",
    ),
    *("2027-06-30", "2027-02-30", "2027-06-30\n", "٢٠٢٧-06-30", "0000-01-01", "CR201", "CR201\n", "CR٢٠١", "test"),
    *("test\n", "x\ty", "x\u2028y", "x\x85y", "𝄞" * 10, "𝄞" * 20, "e\u0301" * 10, "x" * 200, "x" * 201, "𝄞" * 200),
    *("𝄞" * 201, "line\nline\n", "x\x0by"),
]
GROUPS = [[], ["a"], ["a", "a"], ["a", "b"], [1, 1.0], ["a"] * 101, {}, {"a": 1}, {"keys": []}, {"keys": [{}]}]
VALUES = st.sampled_from([*SCALARS, *GROUPS])
NAMES = st.sampled_from(
    [
        *("client_name#nb", "client_name#nb\n", "client_name#", "logo_uri#zh-Hant", "client_name#nø"),
        *("x", "test", "test\n", "Test", "t-1", "", "CR201\n"),
    ]
)


def steps(data: Json) -> list[Path]:
    return [path for path, _ in values(data)]


@st.composite
def edited(draw: st.DrawFn, kind: str) -> Json:
    """A document that fits, with one to three values replaced, added or taken away."""
    data: Any = copy.deepcopy(FITTING[kind])
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(steps(data)))
        holder: Any = data
        for step in path[:-1]:
            holder = holder[step]
        what = draw(st.sampled_from(["replace", "add", "drop"]))
        target = holder[path[-1]] if path else data
        if what == "add" and isinstance(target, dict):
            target[draw(NAMES | st.sampled_from(sorted(FITTING["client"])))] = copy.deepcopy(draw(VALUES))
        elif path and what == "drop":
            del holder[path[-1]]
        elif path:
            holder[path[-1]] = copy.deepcopy(draw(VALUES))
    return data


FITTING: dict[str, dict[str, Json]] = {
    "client": {
        **{
            name: field["examples"][0]
            for name, field in schemata.properties("client").items()
            if "." not in name and isinstance(field["examples"], list)
        },
        "client_name#nb": "Eksempel",
        "environments": {"test": {"client_name#nb": None, "scopes": ["a"], "access_token_lifetime": "5m"}},
    },
    "organization": json.loads(schemata.schema_text("organization"))["examples"][0],
    "registry": {
        **json.loads(schemata.schema_text("registry"))["examples"][0],
        "rules": {"profile": "connect", "severity": {"CR201": "error"}},
    },
}


@pytest.mark.parametrize("kind", get_args(schemata.Kind))
@QUICK
@given(st.data())
def test_both_validators_give_the_same_verdict(kind: str, data: st.DataObject) -> None:
    value = data.draw(edited(kind))
    found = json.loads(schemata.schema_text(kind))
    one = Draft202012Validator(found, format_checker=Draft202012Validator.FORMAT_CHECKER)
    other = _decider(kind)
    assert one.is_valid(value) == other.is_valid(value)


def _decider(kind: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(schemata.schema_text(kind)), validate_formats=True)


@pytest.mark.parametrize("kind", get_args(schemata.Kind))
@QUICK
@given(st.data())
def test_a_misfit_is_explained_and_only_a_misfit(kind: schemata.Kind, data: st.DataObject) -> None:
    value = data.draw(edited(kind))
    document, findings = read("f.yaml", json.dumps(value, ensure_ascii=False).encode())
    if document is None:
        assert {finding.code for finding in findings} <= {"CR002", "CR007"}
        return
    found = schema.check(kind, document)
    assert bool(found) == (not _decider(kind).is_valid(value))
    assert len({(finding.code, finding.path) for finding in found}) == len(found)
    assert [finding for finding in found if not finding.message or finding.code[:3] != "CR1"] == []


@pytest.mark.parametrize("kind", get_args(schemata.Kind))
def test_the_fitting_documents_fit(kind: str) -> None:
    assert _decider(kind).is_valid(FITTING[kind])
