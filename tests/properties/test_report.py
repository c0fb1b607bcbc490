"""Whatever a file says: no output of ours moves the cursor, turns the text or gives a runner a command."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from clientreg.finding import Finding, Related, Severity, Span, Waived
from clientreg.lint import Report
from clientreg.model import Waiver
from clientreg.planning.plan import (
    Action,
    Change,
    CredentialStep,
    FieldChange,
    FileChange,
    Plan,
    Refusal,
    Risk,
    ServerPlan,
    Unread,
    Waiting,
    WaiverUse,
)
from clientreg.planning.state import Mark
from clientreg.reading import schemata
from clientreg.reading.source import Document
from clientreg.report import apply_text, github, gitlab, junit, markdown, plan_text, sarif, structured, text, waivers
from clientreg.report.printable import printable
from clientreg.report.style import Style
from clientreg.report.waivers import Excepted, Waivers
from clientreg.servers import Outcome
from clientreg.sync import Applied, HandedOver, ServerApplied
from standards import gitlab_misfits, sarif_misfits

HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "::",
                "error",
                "##[",
                "##vso[",
                "##",
                "[",
                ":",
                "\n",
                "\r",
                "\x1b[31m",
                "\u202e",
                "\u200b",
                " ",
                "%0A",
                "\0",
            ]
        ),
        st.sampled_from(
            ["`", "```", "|", "<b>", "![x](http://e.example)", "[a](b)", "@team", "# h", "~~~", "- ", "&lt;"]
        ),
        st.sampled_from(["]]>", "<![CDATA[", "&#0;", "</failure>", "\\", "{0}", "[x](1)", "\ufffe"]),
        st.sampled_from(["\udcff", "\u2028", "\x85", "\u3164", "\ufe0f", "北", "e\u0301", "https://shop.example/cb"]),
        st.text(max_size=8),
    ),
    max_size=6,
).map("".join)
DAY = st.just("2027-01-01")
NUMBER = st.integers(1, 200)
SPANS = st.builds(Span, NUMBER, NUMBER, NUMBER, NUMBER)
PATHS = st.lists(st.one_of(HOSTILE, st.integers(0, 9)), max_size=3).map(tuple)
FINDINGS = st.builds(
    Finding,
    HOSTILE,
    SPANS,
    PATHS,
    st.sampled_from(["CR001", "CR201", "CR999"]),
    st.sampled_from(list(Severity)),
    HOSTILE,
    HOSTILE,
    st.none() | HOSTILE,
    st.lists(st.builds(Related, HOSTILE, NUMBER, HOSTILE), max_size=2).map(tuple),
    st.none() | st.builds(Waived, HOSTILE, DAY),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=6,
)
RISKS = st.sampled_from(list(Risk))
CHANGES = st.builds(
    Change,
    st.sampled_from(list(Action)),
    HOSTILE,
    HOSTILE,
    RISKS,
    st.lists(st.builds(FieldChange, PATHS.filter(bool), JSON, JSON, RISKS, HOSTILE), max_size=3).map(tuple),
    st.none(),
    st.just(Mark("r", "e", "s", "c")),
    st.none(),
    st.sampled_from(list(CredentialStep)),
)
REFUSED = st.lists(st.builds(Refusal, HOSTILE, HOSTILE, HOSTILE, HOSTILE), max_size=2).map(tuple)
PLANS = st.builds(
    Plan,
    HOSTILE,
    st.booleans(),
    HOSTILE,
    st.lists(
        st.builds(
            ServerPlan,
            HOSTILE,
            HOSTILE,
            HOSTILE,
            st.lists(CHANGES, max_size=2).map(tuple),
            REFUSED,
            st.lists(st.builds(Waiting, HOSTILE, HOSTILE, st.just(Action.DELETE), DAY), max_size=1).map(tuple),
            *(NUMBER, NUMBER, NUMBER, HOSTILE),
        ),
        min_size=1,
        max_size=2,
    ).map(tuple),
    st.lists(st.tuples(HOSTILE, st.lists(HOSTILE, max_size=2).map(tuple)), max_size=2).map(tuple),
    st.lists(st.builds(WaiverUse, HOSTILE, HOSTILE, st.just("CR201"), HOSTILE, DAY), max_size=1).map(tuple),
    REFUSED,
    st.booleans(),
    st.none() | st.just("a" * 40),
    st.lists(
        st.builds(
            FileChange,
            HOSTILE,
            RISKS,
            st.lists(st.builds(FieldChange, PATHS.filter(bool), JSON, JSON, RISKS, HOSTILE), max_size=2).map(tuple),
        ),
        max_size=1,
    ).map(tuple),
    st.lists(st.builds(Unread, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE), max_size=1).map(tuple),
)
STYLES = st.builds(Style, colour=st.just(value=False), width=st.sampled_from([40, 80, 120]))

_COMMAND = re.compile(r"##[A-Za-z]*\[")
_LINK = re.compile(r"(?<!\\)(?:\\\\)*[\[\]]")
_OURS = re.compile(r"::(error|warning|notice) file=[^:]*::")


def harmful(output: str) -> list[str]:
    """The lines of an output that do anything but stand there."""
    return [
        line for line in output.split("\n") if _odd(line) or line.lstrip().startswith("::") or _COMMAND.search(line)
    ]


def _odd(line: str) -> bool:
    return any(unicodedata.category(char)[0] == "C" or char in "\u2028\u2029\u3164\ufe0f" for char in line)


@settings(max_examples=150, deadline=None)
@given(st.lists(FINDINGS, max_size=3), HOSTILE, STYLES)
def test_findings_stand_still(findings: list[Finding], content: str, style: Style) -> None:
    documents = {finding.file: Document(finding.file, content, None) for finding in findings}
    assert harmful(text.findings(Report(tuple(findings), 3), documents, style)) == []


@settings(max_examples=150, deadline=None)
@given(st.lists(FINDINGS, max_size=3))
def test_each_finding_is_one_annotation_and_no_other_command(findings: list[Finding]) -> None:
    *commands, last = github.findings(Report(tuple(findings), 3)).rstrip("\n").split("\n")
    assert [line for line in commands if not _OURS.match(line)] == []
    assert harmful("\n".join([*(line.removeprefix("::") for line in commands), last])) == []
    shown = [_decoded(_OURS.sub("", line)) for line in commands]
    assert [len(message.split("\n")) for message in shown] == [_lines(finding) for finding in findings]
    assert [harmful(message) for message in shown] == [[] for _ in findings]


@settings(max_examples=150, deadline=None)
@given(st.lists(FINDINGS, max_size=3), st.booleans())
def test_reports_for_machines_keep_their_forms_and_stand_still(findings: list[Finding], strict: bool) -> None:
    report = Report(tuple(findings), 3)
    outputs = [sarif.findings(report, None), gitlab.findings(report), junit.findings(report, ["a"], strict=strict)]
    assert [harmful(output) for output in outputs] == [[], [], []]
    assert (sarif_misfits(outputs[0]), gitlab_misfits(outputs[1])) == ([], [])
    assert [len(output.encode("utf-8").decode("utf-8")) for output in outputs] == [len(output) for output in outputs]
    told = [result["message"]["text"] for result in strictly(outputs[0])["runs"][0]["results"]]
    assert len(strictly(outputs[1])) <= len(findings)
    assert [_LINK.search(message) for message in told] == [None] * len(findings)
    root = ElementTree.fromstring(outputs[2])
    assert {part.tag for part in root.iter()} <= {"testsuites", "testsuite", "testcase", "failure", "system-out"}
    assert len(list(root.iter("testcase"))) == len({"a", *(printable(finding.file) for finding in findings)})


EXCEPTED = st.builds(
    Excepted,
    HOSTILE,
    HOSTILE,
    NUMBER,
    st.builds(Waiver, st.just("CR201"), HOSTILE, DAY, st.none() | HOSTILE, st.none() | HOSTILE, st.none() | HOSTILE),
    HOSTILE,
    st.lists(HOSTILE, max_size=2).map(tuple),
    st.lists(HOSTILE, max_size=2).map(tuple),
    st.none() | DAY,
    st.none() | st.integers(0, 400),
    st.integers(-400, 400),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(EXCEPTED, max_size=3).map(tuple), st.lists(HOSTILE, max_size=2).map(tuple), STYLES)
def test_a_list_of_waivers_stands_still(excepted: tuple[Excepted, ...], unread: tuple[str, ...], style: Style) -> None:
    found = Waivers(excepted, unread)
    assert harmful(waivers.text(found, style)) == []
    told = waivers.structured(found)
    assert (harmful(told), _misfits("waivers-output", told)) == ([], [])


def _decoded(data: str) -> str:
    """What GitHub makes of the message of a command."""
    return data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def _lines(finding: Finding) -> int:
    return 1 + bool(finding.waived or finding.hint) + bool(finding.environment) + len(finding.related)


@settings(max_examples=100, deadline=None)
@given(PLANS, STYLES)
def test_a_plan_stands_still(plan: Plan, style: Style) -> None:
    assert harmful(plan_text.plan(plan, style)) == []
    assert harmful(plan_text.since([plan], style)) == []


_PAGE = MarkdownIt("commonmark", {"linkify": True}).enable(["table", "strikethrough", "linkify"])
_BLOCKS = {"heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td"}
_TAGS = {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "strong", "code"}
_HEADINGS = re.compile(r"clientreg plan|Environment ")


def live(page: str) -> list[str]:
    """What a renderer makes of a page beside our own headings, tables, bold words and literal text."""
    found, inside = [], ""
    for token in _PAGE.parse(page):
        if token.type == "inline":
            found += [child.type for child in token.children or () if child.type not in _INLINE]
            words = "".join(child.content for child in token.children or () if child.type == "text")
            found += [words] * (inside in {"h2", "h3"} and not _HEADINGS.fullmatch(words))
            found += [words] * bool(re.search(r"[@<>#`\[\]|]|://", words))
        elif token.type != "fence":
            found += [token.type] * (token.type.rsplit("_", 1)[0] not in _BLOCKS or token.tag not in _TAGS)
            inside = token.tag
    return found


_INLINE = {"text", "code_inline", "strong_open", "strong_close", "softbreak"}


@settings(max_examples=150, deadline=None)
@given(st.lists(PLANS, min_size=1, max_size=2), HOSTILE)
def test_a_page_shows_no_link_image_mention_html_or_heading_of_a_file(plans: list[Plan], words: str) -> None:
    page = markdown.plans(plans, lambda *_: [words])
    assert harmful(page) == []
    assert live(page) == []
    assert len(page) <= markdown.LIMIT


@pytest.mark.parametrize(
    "page",
    ["see https://e.example", "![x](y)", "<b>x</b>", "@team", "# heading", "[a](b)", "- item", "> quote", "~~gone~~"],
)
def test_the_judge_of_pages_sees_what_is_live(page: str) -> None:
    assert live(page) != []


@settings(max_examples=100, deadline=None)
@given(PLANS, HOSTILE, st.booleans(), STYLES)
def test_an_apply_stands_still(plan: Plan, error: str, sealed: bool, style: Style) -> None:
    applied = _applied(plan, error, sealed=sealed)
    assert harmful(apply_text.applied(applied, style)) == []
    progress = "".join(apply_text.outcome(outcome, error, style) for outcome in applied.outcomes)
    assert harmful(progress) == []


@settings(max_examples=100, deadline=None)
@given(st.lists(FINDINGS, max_size=3), PLANS, HOSTILE)
def test_json_keeps_its_promise_and_stands_still(findings: list[Finding], plan: Plan, error: str) -> None:
    outputs = {
        "lint-output": structured.findings(Report(tuple(findings), 3)),
        "plan-output": structured.plan(plan),
        "apply-output": structured.applied(_applied(plan, error, sealed=True)),
    }
    assert {kind: _misfits(kind, output) for kind, output in outputs.items()} == {kind: [] for kind in outputs}
    assert [harmful(output) for output in outputs.values()] == [[], [], []]


@settings(max_examples=50, deadline=None)
@given(PLANS)
def test_the_same_plan_is_the_same_text(plan: Plan) -> None:
    assert plan_text.plan(plan, Style()) == plan_text.plan(plan, Style())
    assert structured.plan(plan) == structured.plan(plan)


@pytest.mark.parametrize("line", ["a\x1b[1m", "  ::error::", "a ##[b", "a ##vso[b", "\u202e", "a\ufe0f"])
def test_the_judge_of_this_file_sees_harm(line: str) -> None:
    assert harmful(line) == [line]


def _applied(plan: Plan, error: str, *, sealed: bool) -> Applied:
    servers = tuple(
        ServerApplied(server.name, tuple(Outcome(change, error or None) for change in server.changes), error or None)
        for server in plan.servers
    )
    return Applied(plan, servers, (HandedOver(error, error, error, sealed),), interrupted=sealed)


def _misfits(kind: str, output: str) -> list[Any]:
    from jsonschema import Draft202012Validator

    published = json.loads(schemata.schema_text(kind))
    return [error.message for error in Draft202012Validator(published).iter_errors(strictly(output))]


def strictly(output: str) -> Any:
    """The value of JSON text as readers in most languages take it: half a character, or its escape, is an error."""
    value = json.loads(output)
    json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value
