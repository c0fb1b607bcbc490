"""Findings as a Code Quality report, as GitLab reads it (docs.gitlab.com, "Code Quality report format")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from clientreg.finding import Finding, Severity
from clientreg.lint import Report
from clientreg.report.fingerprint import fingerprints
from clientreg.report.printable import json_escaped, printable

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def findings(report: Report) -> str:
    """Every finding that counts: the format has no word for a waived one."""
    marked = zip(report.findings, fingerprints(report.findings), strict=True)
    value = [_issue(finding, mark) for finding, mark in marked if not finding.waived]
    return json_escaped(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def _issue(finding: Finding, fingerprint: str) -> Mapping[str, Any]:
    return {
        "description": printable(_description(finding)),
        "check_name": finding.code,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": printable(finding.file),
            "lines": {"begin": finding.span.line, "end": max(finding.span.line, finding.span.end_line)},
        },
    }


def _description(finding: Finding) -> str:
    where = f" (environment {finding.environment})" if finding.environment else ""
    hint = f"; hint: {finding.hint}" if finding.hint else ""
    return f"{finding.message}{where}{hint}"
