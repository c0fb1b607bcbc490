"""Findings as GitHub workflow commands: annotations on the lines of the files, then the counting line.

Nothing that comes from a file can end a command or begin one (docs.github.com, "Workflow commands for GitHub Actions").
"""

from __future__ import annotations

from clientreg import rules
from clientreg.finding import Finding, Severity
from clientreg.lint import Report
from clientreg.report.printable import command_data, command_property, printable, unforged
from clientreg.report.style import Style
from clientreg.report.text import earlier, summary

_LOG = Style(colour=False, width=200)
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def findings(report: Report) -> str:
    """One command per finding. GitHub shows ten of each level per step; the log has them all, with their places."""
    lines = [f"::{unforged(_command(finding))}" for finding in report.findings]
    return "\n".join([*lines, summary(report), *map(unforged, earlier(report, _LOG))]) + "\n"


def _command(finding: Finding) -> str:
    level = "notice" if finding.waived else _LEVELS[finding.severity]
    properties = {"file": finding.file, "line": str(finding.span.line), **_range(finding), "title": _title(finding)}
    stated = ",".join(f"{name}={command_property(value)}" for name, value in properties.items())
    return f"{level} {stated}::{command_data(unforged(_message(finding)))}"


def _range(finding: Finding) -> dict[str, str]:
    """Columns are shown only within one line; GitHub's last column is inclusive."""
    span = finding.span
    if span.end_line != span.line:
        return {"endLine": str(span.end_line)}
    last = max(span.end_column - 1, span.column)
    return {"endLine": str(span.line), "col": str(span.column), "endColumn": str(last)}


def _title(finding: Finding) -> str:
    known = rules.load().get(finding.code)
    title = f"{finding.code} {known.title}" if known else finding.code
    return f"{title} (waived until {finding.waived.expires})" if finding.waived else title


def _message(finding: Finding) -> str:
    place = f"{finding.file}:{finding.span.line}:{finding.span.column}: {finding.code}"
    lines = [f"{place} {finding.message}"]
    if finding.waived:
        lines.append(f"waived: {finding.waived.reason}")
    elif finding.hint:
        lines.append(f"hint: {finding.hint}")
    if finding.environment:
        lines.append(f"environment: {finding.environment}")
    lines += [f"also: {place.file}:{place.line} {place.message}" for place in finding.related]
    return "\n".join(map(printable, lines))
