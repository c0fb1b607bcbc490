"""What lint says to machines: SARIF, Code Quality, JUnit."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from report_samples import REPORT, SHOP

from clientreg import rules
from clientreg.finding import START, Finding, Severity, Span, Waived
from clientreg.lint import Report, Since
from clientreg.report import gitlab, junit, sarif
from clientreg.report.fingerprint import fingerprints
from clientreg.settings import Settings
from golden import same
from standards import gitlab_misfits, sarif_misfits

OTHER = "clients/acme/app.yaml"
EMPTY = Report((), 2)


def finding(severity: Severity, code: str = "CR201", **more: Any) -> Finding:
    return Finding(SHOP, Span(2, 1, 2, 3), ("scopes", 0), code, severity, "m")._replace(**more)


def run(report: Report, settings: Settings | None = None) -> Any:
    (only,) = json.loads(sarif.findings(report, settings))["runs"]
    return only


def cases(report: Report, **more: Any) -> dict[str, list[str]]:
    """Which elements the case of each file holds."""
    root = ElementTree.fromstring(junit.findings(report, [SHOP, OTHER], **more))
    return {str(case.get("name")): [part.tag for part in case] for case in root.iter("testcase")}


def test_sarif_reads_as_it_was_read() -> None:
    same("report/findings.sarif", sarif.findings(REPORT, None))


def test_code_quality_reads_as_it_was_read() -> None:
    same("report/findings-gitlab.json", gitlab.findings(REPORT))


def test_junit_reads_as_it_was_read() -> None:
    same("report/findings.xml", junit.findings(REPORT, [SHOP, "clients/acme/clean.yaml"]))


def test_every_format_is_what_others_expect_of_it() -> None:
    known = tuple(finding(Severity.ERROR, code) for code in rules.load())
    for report in (REPORT, EMPTY, Report(known, 1)):
        assert (sarif_misfits(sarif.findings(report, None)), gitlab_misfits(gitlab.findings(report))) == ([], [])


def test_the_judge_of_sarif_sees_what_is_wrong() -> None:
    value = json.loads(sarif.findings(REPORT, None))
    value["runs"][0]["results"][0]["level"] = "fatal"
    assert sarif_misfits(json.dumps(value)) != []


def test_every_rule_has_what_a_code_scanning_page_shows() -> None:
    known = tuple(finding(Severity.ERROR, code) for code in rules.load())
    shown = run(Report(known, 1))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in shown] == list(rules.load())
    bare = [
        rule["id"]
        for rule in shown
        if not (
            rule["help"]["text"] and "**Right**" in rule["help"]["markdown"] and len(rule["properties"]["tags"]) == 3
        )
    ]
    assert bare == []
    assert [rule["id"] for rule in shown if len(rule["fullDescription"]["text"]) > 1024] == []


def test_a_rule_has_the_level_that_the_registry_gives_it() -> None:
    raised = Settings("connect", {}, {}, profile="connect", severity={"CR403": "error"})
    strict = Settings("connect", {}, {}, profile="oauth2.1", severity={})
    report = Report((finding(Severity.INFO, "CR251"), finding(Severity.INFO, "CR403")), 1)
    levels = [
        [rule["defaultConfiguration"]["level"] for rule in run(report, settings)["tool"]["driver"]["rules"]]
        for settings in (None, raised, strict)
    ]
    assert levels == [["note", "note"], ["note", "error"], ["error", "note"]]


def test_a_waived_finding_is_a_result_that_is_suppressed() -> None:
    waived = finding(Severity.ERROR, waived=Waived("both move\nin March", "2027-01-01"))
    one, two = run(Report((waived, finding(Severity.ERROR)), 1))["results"]
    because = {"kind": "inSource", "status": "accepted", "justification": "both move\\nin March (until 2027-01-01)"}
    assert (one["suppressions"], two["suppressions"]) == ([because], [])


def test_a_path_is_percent_encoded_and_keeps_its_bytes() -> None:
    file = "clients/acme/å b%41?#\udce9.yaml"
    (result,) = run(Report((finding(Severity.ERROR, file=file),), 1))["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert uri == {"uri": "clients/acme/%C3%A5%20b%2541%3F%23%E9.yaml", "uriBaseId": "%SRCROOT%"}


def test_a_value_becomes_no_link() -> None:
    (result,) = run(Report((finding(Severity.ERROR, message="[x](1) \\[y](http://e.example)"),), 1))["results"]
    assert result["message"]["text"] == "\\[x\\](1) \\\\\\[y\\](http://e.example)"


def test_a_finding_about_a_file_as_a_whole_has_no_columns() -> None:
    (result,) = run(Report((finding(Severity.ERROR, span=START),), 1))["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}


def test_errors_that_were_there_before_are_told_and_are_no_results() -> None:
    report = Report((), 2, Since("a" * 40, "b" * 40, 1), (finding(Severity.ERROR),))
    told = run(report)
    notes = [note["message"]["text"] for note in told["invocations"][0]["toolExecutionNotifications"]]
    assert (told["results"], notes[1]) == ([], "1 error elsewhere was there before, and does not count:")
    assert f"{SHOP}:2:1: CR201 m" in junit.findings(report, [])


def test_a_waived_finding_is_no_code_quality_issue() -> None:
    waived = finding(Severity.ERROR, waived=Waived("why", "2027-01-01"))
    found = json.loads(gitlab.findings(Report((waived, finding(Severity.WARNING)), 1)))
    assert [(one["severity"], one["location"]["lines"]) for one in found] == [("minor", {"begin": 2, "end": 2})]


def test_a_test_case_fails_where_the_check_does() -> None:
    waived = finding(Severity.ERROR, waived=Waived("why", "2027-01-01"))
    assert cases(EMPTY) == {OTHER: [], SHOP: []}
    assert cases(Report((waived,), 2)) == {OTHER: [], SHOP: ["system-out"]}
    warning = Report((finding(Severity.WARNING),), 2)
    assert cases(warning) == {OTHER: [], SHOP: ["system-out"]}
    assert cases(warning, strict=True) == {OTHER: [], SHOP: ["failure"]}
    both = Report((finding(Severity.ERROR), finding(Severity.ERROR), finding(Severity.INFO)), 2)
    assert cases(both) == {OTHER: [], SHOP: ["failure", "system-out"]}


def test_junit_counts_its_cases() -> None:
    root = ElementTree.fromstring(junit.findings(Report((finding(Severity.ERROR, file="b"),), 3), [SHOP, OTHER]))
    assert [(one.get("tests"), one.get("failures")) for one in (root, root[0])] == [("3", "1")] * 2


def test_a_finding_keeps_its_fingerprint_when_others_come_and_go() -> None:
    first, second = (finding(Severity.ERROR, message=message, path=("scopes", at)) for at, message in enumerate("ab"))
    alone = second._replace(path=("scopes", 0), span=Span(9, 1, 9, 3))
    assert fingerprints([first, second])[1:] == fingerprints([alone])


def test_findings_that_are_alike_differ() -> None:
    alike = [finding(Severity.ERROR, path=("jwks", "keys", at), span=Span(at + 1, 1, at + 1, 2)) for at in range(3)]
    made = fingerprints(alike)
    assert (len(set(made)), fingerprints(alike[:2])) == (3, made[:2])


def test_a_waiver_changes_no_fingerprint() -> None:
    alike = [finding(Severity.ERROR), finding(Severity.ERROR, span=Span(5, 1, 5, 2))]
    waived = alike[0]._replace(waived=Waived("why", "2027-01-01"))
    assert fingerprints([waived]) == fingerprints(alike[:1])
    assert fingerprints([waived, alike[1]])[1:] == fingerprints(alike[1:])


def test_the_files_of_a_registry_in_a_folder_of_its_repository_are_named_from_its_root() -> None:
    moved = REPORT.below("identity/").findings[0]
    assert (moved.file, moved.related[0].file) == (f"identity/{SHOP}", f"identity/{OTHER}")
    assert REPORT.below("") is REPORT
