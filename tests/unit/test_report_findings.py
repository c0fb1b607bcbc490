"""What lint says, in every format."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from report_samples import DOCUMENTS, REPORT, SHOP

from clientreg import lint, registry
from clientreg.finding import START, Finding, Severity, Span, Waived
from clientreg.lint import Report, Since
from clientreg.reading import schemata
from clientreg.report import github, structured, text
from clientreg.report.style import PLAIN, Style
from golden import same

WAIVED = Waived("why", "2027-01-01")


def finding(severity: Severity, file: str = "a", waived: Waived | None = None) -> Finding:
    return Finding(file, START, (), "CR201", severity, "m", waived=waived)


def test_text_reads_as_it_was_read() -> None:
    same("report/findings.txt", text.findings(REPORT, DOCUMENTS, PLAIN))


def test_coloured_text_reads_as_it_was_read() -> None:
    same("report/findings-coloured.txt", text.findings(REPORT, DOCUMENTS, Style(colour=True, width=60)))


def test_annotations_read_as_they_were_read() -> None:
    same("report/findings-github.txt", github.findings(REPORT))


def test_json_reads_as_it_was_read() -> None:
    same("report/findings.json", structured.findings(REPORT))


def test_json_is_what_its_schema_promises(valid: Any) -> None:
    assert valid("lint-output", structured.findings(REPORT)) == []


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        ([], "17 files, nothing to report"),
        ([finding(Severity.ERROR, waived=WAIVED)], "17 files, nothing to report (1 waived)"),
        ([finding(Severity.ERROR)], "1 error in 1 of 17 files"),
        (
            [finding(Severity.ERROR), finding(Severity.WARNING), finding(Severity.INFO, "b")],
            "1 error, 1 warning, 1 note in 2 of 17 files",
        ),
        (
            [finding(Severity.WARNING), finding(Severity.WARNING, waived=WAIVED)],
            "1 warning in 1 of 17 files (1 waived)",
        ),
    ],
)
def test_the_last_line_counts(findings: Sequence[Finding], words: str) -> None:
    assert text.summary(Report(tuple(findings), 17)) == words


def test_more_files_than_could_be_read_are_not_counted_against_fewer() -> None:
    assert text.summary(Report((finding(Severity.ERROR),), 0)) == "1 error in 1 of 1 file"


def test_nothing_but_the_counts_when_there_is_nothing_to_say() -> None:
    assert text.findings(Report((), 17), {}, PLAIN) == "17 files, nothing to report\n"


def test_the_next_step_explains_the_worst() -> None:
    mild = finding(Severity.WARNING)._replace(code="CR401")
    shown = text.findings(Report((mild, finding(Severity.ERROR)), 1), {}, PLAIN)
    assert shown.splitlines()[-1] == "clientreg explain CR201 says more"


def test_a_finding_about_keys_quotes_nothing() -> None:
    about_keys = finding(Severity.ERROR, SHOP)._replace(path=("environments", "test", "jwks", "keys", 0))
    assert text.findings(Report((about_keys,), 1), DOCUMENTS, PLAIN) == (
        f"{SHOP}:1:1: error[CR201]: m\n\n1 error in 1 of 1 file\nclientreg explain CR201 says more\n"
    )


def test_a_place_is_quoted_once() -> None:
    twice = [finding(Severity.ERROR, SHOP)._replace(message=message) for message in ("one", "two")]
    assert text.findings(Report(tuple(twice), 1), DOCUMENTS, PLAIN).splitlines()[:5] == [
        f"{SHOP}:1:1: error[CR201]: one",
        "   1 | product: Shop",
        "     | ^",
        "",
        f"{SHOP}:1:1: error[CR201]: two",
    ]


def test_a_file_that_is_no_yaml_is_counted_and_quoted(tmp_path: Path) -> None:
    (tmp_path / "clients" / "acme").mkdir(parents=True)
    (tmp_path / "clients/acme/organization.yaml").write_text("name: Acme AS\n\tcontractor: x\n")
    read = registry.load(str(tmp_path), lambda _: frozenset())
    report = lint.run(read, servers={}, today="2026-11-23").only(["clients"])
    assert report.files == 1
    shown = text.findings(report, {**read.documents, **read.unread}, PLAIN).splitlines()
    assert shown[2:4] == ["   2 |     contractor: x", "     | ^^^^"]


def test_every_output_schema_describes_each_member(repository: Any) -> None:
    files = sorted((repository / "schema").glob("*-output.schema.json"))
    assert [file.name.partition("-")[0] for file in files] == [
        *("apply", "drift", "environments", "explain", "import"),
        *("lint", "plan", "show", "verify", "waivers"),
    ]
    bare = [(file.name, path) for file in files for path in _undescribed(json.loads(file.read_text("utf-8")), "")]
    assert bare == []


def test_apply_repeats_the_plan_as_plan_describes_it() -> None:
    plan, apply = (json.loads(schemata.schema_text(f"{kind}-output")) for kind in ("plan", "apply"))
    own = apply["$defs"].pop("plan")
    assert apply["$defs"] == plan["$defs"]
    assert own["properties"] == {k: v for k, v in plan["properties"].items() if k not in {"version", "tool"}}


def _undescribed(node: Any, path: str) -> list[str]:
    found = []
    if isinstance(node, dict):
        for name, member in {**node.get("properties", {}), **node.get("$defs", {})}.items():
            if "$ref" not in member and not {"title", "description"} <= member.keys():
                found.append(f"{path}/{name}")
        if "properties" in node and node.get("additionalProperties") is not False:
            found.append(f"{path} is open")
        for name, member in node.items():
            found += _undescribed(member, f"{path}/{name}")
    return found


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (1, "1 error elsewhere was there before, and does not count:"),
        (2, "2 errors elsewhere were there before, and do not count:"),
        (12, "12 errors elsewhere were there before, and do not count:"),
    ],
)
def test_errors_that_were_there_before_a_change_are_told_and_counted(number: int, line: str) -> None:
    old = Finding("clients/acme/old.yaml", Span(3, 1, 3, 5), ("scopes",), "CR301", Severity.ERROR, "'x' is no scope")
    since = Since("1a2b3c4d5e6f" + "0" * 28, "f" * 40, 3)
    shown = text.findings(Report((), 29, since, (old,) * number), {}, PLAIN).splitlines()
    assert shown[:3] == ["29 files, nothing to report", "since 1a2b3c4d5e6f this change touches 3 files", line]
    assert shown[3] == "  clients/acme/old.yaml:3:1: CR301 'x' is no scope"
    rest = ["  and 2 more: clientreg lint shows them all"] if number == 12 else []
    assert shown[3 + min(number, 10) :] == rest
    assert line in github.findings(Report((), 29, since, (old,) * number)).splitlines()
