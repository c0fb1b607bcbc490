"""Findings for people: place, code, message, the line of the file with carets, what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from clientreg.finding import Finding, Severity
from clientreg.lint import Report
from clientreg.report.excerpt import GUTTER, excerpt, shows_secret
from clientreg.report.layout import counted, listed, wrapped
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Role, Style

_INDENT = " " * GUTTER
_EARLIER = 10
WORDS: Mapping[Severity, Role] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
"""What each severity is called in text, which is also the role that colours it."""


class Lines(Protocol):
    """The text of a file, line by line."""

    def line(self, number: int, /) -> str:
        """A line, counted from 1; empty where there is none."""


def findings(report: Report, documents: Mapping[str, Lines], style: Style) -> str:
    """Every finding, a counting line, and the next step. A file that is not in `documents` is not quoted.

    A place that several findings are about is quoted once.
    """
    lines: list[str] = []
    before: Finding | None = None
    for finding in report.findings:
        if finding.waived or finding.severity is Severity.INFO:
            lines += _compact(finding, style)
        else:
            again = before is not None and (before.file, before.span) == (finding.file, finding.span)
            lines += [*_full(finding, {} if again else documents, style), ""]
            before = finding
    if lines and lines[-1]:
        lines.append("")
    lines += [summary(report), *earlier(report, style)]
    if worst := min(_counting(report), key=lambda finding: finding.severity.rank, default=None):
        lines.append(f"clientreg explain {printable(worst.code)} says more")
    return unforged("\n".join(lines) + "\n")


def summary(report: Report) -> str:
    """`3 errors, 1 warning, 2 notes in 2 of 17 files`, or `17 files, nothing to report`."""
    files = {finding.file for finding in report.findings if not finding.waived}
    total = counted(max(report.files, len(files)), "file")
    waived = report.waived and f"{report.waived:,} waived"
    if not files:
        return f"{total}, nothing to report" + (f" ({waived})" if waived else "")
    counts = listed(counted(number, word) for severity, word in WORDS.items() if (number := report.count(severity)))
    return f"{counts} in {len(files):,} of {total}" + (f" ({waived})" if waived else "")


def earlier(report: Report, style: Style) -> Iterator[str]:
    """What change was judged, and the errors elsewhere that were there before it, in short."""
    if report.since is None:
        return
    yield f"since {printable(report.since.base[:12])} this change touches {counted(report.since.changed, 'file')}"
    if report.earlier:
        before = "was there before, and does" if len(report.earlier) == 1 else "were there before, and do"
        yield f"{counted(len(report.earlier), 'error')} elsewhere {before} not count:"
    for finding in report.earlier[:_EARLIER]:
        place = f"{finding.file}:{finding.span.line}:{finding.span.column}: {finding.code} {finding.message}"
        yield from wrapped(printable(place), style.width, first="  ", rest="      ")
    if len(report.earlier) > _EARLIER:
        yield f"  and {len(report.earlier) - _EARLIER:,} more: clientreg lint shows them all"


def _counting(report: Report) -> Iterator[Finding]:
    return (f for f in report.findings if not f.waived and f.severity is not Severity.INFO)


def _compact(finding: Finding, style: Style) -> list[str]:
    tail = f" (environment {finding.environment})" if finding.environment else ""
    if finding.waived:
        tail += f" (until {finding.waived.expires}: {finding.waived.reason})"
        return _headline(finding, "waived", "aside", style, tail)
    return _headline(finding, "note", "note", style, tail)


def _full(finding: Finding, documents: Mapping[str, Lines], style: Style) -> Iterator[str]:
    role = WORDS[finding.severity]
    yield from _headline(finding, role, role, style)
    document = documents.get(finding.file)
    line = document.line(finding.span.line) if document else ""
    if line.strip() and not shows_secret(finding, line):
        yield from excerpt(line, finding.span, role, style)
    if finding.hint:
        yield from _aside("hint", finding.hint, style)
    if finding.environment:
        yield from _aside("environment", finding.environment, style)
    for place in finding.related:
        yield from _aside("also", f"{place.file}:{place.line} {place.message}", style)


def _headline(finding: Finding, word: str, role: Role, style: Style, tail: str = "") -> list[str]:
    place = f"{printable(finding.file)}:{finding.span.line}:{finding.span.column}:"
    label = f"{word}[{printable(finding.code)}]:"
    lines = "\n".join(wrapped(f"{place} {label} {printable(finding.message + tail)}", style.width, rest=_INDENT))
    painted = lines.replace(place, style.paint(place, "name"), 1).replace(label, style.paint(label, role), 1)
    return painted.split("\n")


def _aside(label: str, text: str, style: Style) -> list[str]:
    start = f"{_INDENT} = {label}: "
    first, *rest = wrapped(printable(text), style.width, first=start, rest=" " * len(start))
    painted = f"{_INDENT} {style.paint('=', 'aside')} {style.paint(label, 'name')}: "
    return [painted + first.removeprefix(start), *rest]
