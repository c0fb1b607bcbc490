"""Findings as JUnit XML, for whatever shows test results: one test case per file, failed where the check fails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from xml.etree import ElementTree

from clientreg.finding import Finding, Severity
from clientreg.lint import Report
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Style
from clientreg.report.text import WORDS, earlier, summary

_NAME = "clientreg lint"
_LOG = Style(width=200)


def findings(report: Report, files: Iterable[str], *, strict: bool = False) -> str:
    """A case for each of the files and for every other that something was found in; with `strict` warnings fail, too.

    What XML cannot hold is an escape such as `\\x1b`, as in every text.
    """
    by_file: dict[str, list[Finding]] = {file: [] for file in files}
    for finding in report.findings:
        by_file.setdefault(finding.file, []).append(finding)
    cases = [_case(file, found, strict=strict) for file, found in sorted(by_file.items())]
    counts: dict[str, Any] = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
    }
    root = ElementTree.Element("testsuites", name=_NAME, **counts)
    suite = ElementTree.SubElement(root, "testsuite", name=_NAME, errors="0", skipped="0", **counts)
    suite.extend(cases)
    ElementTree.SubElement(suite, "system-out").text = _lines([summary(report), *earlier(report, _LOG)])
    ElementTree.indent(root)
    return unforged(f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n')


def _case(file: str, found: Sequence[Finding], *, strict: bool) -> ElementTree.Element:
    name = printable(file)
    case = ElementTree.Element("testcase", classname=_NAME, name=name, file=name)
    failing = [finding for finding in found if _fatal(finding, strict=strict)]
    others = [finding for finding in found if not _fatal(finding, strict=strict)]
    if failing:
        first, *more = failing
        message = f"{first.code} {first.message}" + (f" (and {len(more)} more)" if more else "")
        failure = ElementTree.SubElement(case, "failure", message=printable(message), type=printable(first.code))
        failure.text = _lines(line for finding in failing for line in _told(finding))
    if others:
        ElementTree.SubElement(case, "system-out").text = _lines(line for one in others for line in _told(one))
    return case


def _fatal(finding: Finding, *, strict: bool) -> bool:
    worst = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return finding.severity in worst and not finding.waived


def _told(finding: Finding) -> Iterable[str]:
    word = "waived" if finding.waived else WORDS[finding.severity]
    yield f"{finding.file}:{finding.span.line}:{finding.span.column}: {word}[{finding.code}]: {finding.message}"
    if finding.waived:
        yield f"  until {finding.waived.expires}: {finding.waived.reason}"
    elif finding.hint:
        yield f"  hint: {finding.hint}"
    if finding.environment:
        yield f"  environment: {finding.environment}"
    for place in finding.related:
        yield f"  also: {place.file}:{place.line} {place.message}"


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(map(printable, lines))
