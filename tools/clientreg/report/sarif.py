"""Findings as SARIF 2.1.0 (OASIS Standard), with what code hosts need to follow a finding from one run to the next."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from clientreg import __version__, rules
from clientreg.finding import Finding, Related, Severity, Span
from clientreg.judge import severity_of
from clientreg.lint import Report
from clientreg.report.explain import rule_text
from clientreg.report.fingerprint import fingerprints
from clientreg.report.meaning import FAMILIES
from clientreg.report.printable import json_escaped, printable
from clientreg.report.style import PLAIN, Style
from clientreg.report.text import earlier
from clientreg.rules import Rule
from clientreg.settings import Settings

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_TAGS = ("oauth2", "openid-connect")
_LOG = Style(width=200)


def findings(report: Report, settings: Settings | None) -> str:
    """One run with every finding; a waived one is there, suppressed. Rules are graded as these settings have it.

    Errors that were there before a change are no results: they are told beside them.
    """
    codes = {code: index for index, code in enumerate(sorted({finding.code for finding in report.findings}))}
    results = [
        _result(finding, codes[finding.code], mark)
        for finding, mark in zip(report.findings, fingerprints(report.findings), strict=True)
    ]
    notes = [{"level": "note", "message": _message(line)} for line in earlier(report, _LOG)]
    driver = {"name": "clientreg", "version": __version__, "rules": [_descriptor(code, settings) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "results": results,
    }
    value = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_escaped(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def _descriptor(code: str, settings: Settings | None) -> Mapping[str, Any]:
    rule = rules.load().get(code)
    if rule is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule_text(rule, (), PLAIN), "markdown": _markdown(rule)},
        "defaultConfiguration": {"level": _LEVELS[_severity(rule, settings)]},
        "properties": {"tags": [*_TAGS, FAMILIES[code[:3]]]},
    }


def _severity(rule: Rule, settings: Settings | None) -> Severity:
    """As in production, where it counts most; of a rule that is for test alone, as there."""
    graded = (
        severity_of(rule, settings, production=production)
        if settings
        else rule.severity("connect", production=production)
        for production in (True, False)
    )
    return next(filter(None, graded), Severity.INFO)


def _markdown(rule: Rule) -> str:
    parts = [rule.why, "**Wrong**", f"```yaml\n{rule.bad}\n```", "**Right**", f"```yaml\n{rule.good}\n```"]
    parts += [f"**What to do:** {rule.hint}"] if rule.hint else []
    parts += [f"**Source:** {'; '.join(rule.refs)}"] if rule.refs else []
    return "\n\n".join(parts)


def _result(finding: Finding, index: int, fingerprint: str) -> Mapping[str, Any]:
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": _message("\n".join(_told(finding))),
        "locations": [_location(finding.file, _region(finding.span))],
        "relatedLocations": [_related(place, number) for number, place in enumerate(finding.related, 1)],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
        "suppressions": list(_suppressions(finding)),
    }


def _told(finding: Finding) -> Iterator[str]:
    yield finding.message
    if finding.hint:
        yield f"hint: {finding.hint}"
    if finding.environment:
        yield f"environment: {finding.environment}"


def _message(text: str) -> Mapping[str, str]:
    """Plain text, in which brackets and backslashes are escaped: a value must not become a link (section 3.11.6)."""
    shown = "\n".join(map(printable, text.split("\n")))
    return {"text": shown.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")}


def _related(place: Related, number: int) -> Mapping[str, Any]:
    return {"id": number, "message": _message(place.message), **_location(place.file, {"startLine": place.line})}


def _location(file: str, region: Mapping[str, int]) -> Mapping[str, Any]:
    uri = quote(os.fsencode(file))
    return {"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": _ROOT}, "region": region}}


def _region(span: Span) -> Mapping[str, int]:
    """Ends are exclusive here and there. A finding about a file as a whole has no columns."""
    if (span.line, span.column) >= (span.end_line, span.end_column):
        return {"startLine": span.line}
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _suppressions(finding: Finding) -> Iterator[Mapping[str, str]]:
    if finding.waived:
        justification = printable(f"{finding.waived.reason} (until {finding.waived.expires})")
        yield {"kind": "inSource", "status": "accepted", "justification": justification}
