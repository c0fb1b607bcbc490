"""Results as JSON. The shapes are promised: `schema/*-output.schema.json`, version 1."""

from __future__ import annotations

import json
from typing import Any

from clientreg import __version__
from clientreg.finding import Finding, Severity
from clientreg.lint import Report
from clientreg.report.printable import json_escaped

VERSION = 1
_TOOL = f"clientreg {__version__}"


def findings(report: Report) -> str:
    """What `lint` found, as `schema/lint-output.schema.json` describes it."""
    return document(
        findings=[_finding(finding) for finding in report.findings],
        summary={
            "files": report.files,
            "errors": report.count(Severity.ERROR),
            "warnings": report.count(Severity.WARNING),
            "infos": report.count(Severity.INFO),
            "waived": report.waived,
        },
    )


def document(**members: Any) -> str:
    """One JSON document of this package's own format version, in the order of the members."""
    value = {"version": VERSION, "tool": _TOOL, **members}
    return json_escaped(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "line": finding.span.line,
        "column": finding.span.column,
        "end_line": finding.span.end_line,
        "end_column": finding.span.end_column,
        "path": list(finding.path),
        "environment": finding.environment,
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
        "related": [{"file": at.file, "line": at.line, "message": at.message} for at in finding.related],
        "waived": finding.waived and {"reason": finding.waived.reason, "expires": finding.waived.expires},
    }
