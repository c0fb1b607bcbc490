"""Where the time of a check went: the steps of reading and judging, then the rules that were called or found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from clientreg import rules
from clientreg.lint import Report
from clientreg.report.layout import counted
from clientreg.report.style import Style
from clientreg.timing import Spent, Watch

_STEPS = {
    "reading": "reading files",
    "parsing": "YAML to values",
    "schema": "schema",
    "judging": "defaults, choosing rules",
}
_IN_FILES = frozenset({"document", "client", "registration"})


class _Row(NamedTuple):
    seconds: float
    name: str
    calls: str
    findings: str = ""
    title: str = ""


def statistics(watch: Watch, report: Report, memory: int | None, style: Style) -> str:
    """Times sorted, the longest first; `memory` is what the process needed at most, in MiB."""
    total = watch.seconds()
    needed = f" with at most {memory} MiB" if memory else ""
    lines = [
        f"{counted(report.files, 'file')} in {total:.2f} s by one process{needed}",
        "(without --statistics, processes share the work)",
    ]
    lines += _table("step", sorted(_steps(watch, total), reverse=True), total, style)
    lines += _table("rule", sorted(_rules(watch, report), reverse=True), total, style)
    return "\n".join(["", *lines, ""])


def _steps(watch: Watch, total: float) -> Iterator[_Row]:
    """What every file goes through, then all rules, then what is left."""
    book = rules.load()
    own = sum(spent.seconds for code, spent in _called(watch) if book[code].subject in _IN_FILES)
    everywhere = sum(spent.seconds for _, spent in _called(watch))
    known = everywhere
    for name, words in _STEPS.items():
        spent = watch.spent.get(name, Spent())
        seconds = spent.seconds - own if name == "judging" else spent.seconds
        known += seconds
        yield _Row(seconds, words, f"{spent.calls:,}")
    yield _Row(everywhere, "all rules", f"{sum(spent.calls for _, spent in _called(watch)):,}")
    yield _Row(total - known, "listing, sorting, the rest", "")


def _rules(watch: Watch, report: Report) -> Iterator[_Row]:
    book, spent = rules.load(), dict(_called(watch))
    found = Counter(finding.code for finding in report.findings)
    for code in sorted({*spent, *found} & book.keys()):
        called = spent.get(code)
        calls = f"{called.calls:,}" if called else "reading"
        yield _Row(called.seconds if called else 0.0, code, calls, f"{found[code]:,}", book[code].title)


def _called(watch: Watch) -> Iterator[tuple[str, Spent]]:
    return ((code, spent) for code, spent in watch.spent.items() if code not in _STEPS and spent.calls)


def _table(what: str, rows: list[_Row], total: float, style: Style) -> Iterator[str]:
    room = max(len(row.name) for row in rows)
    head = f"  {what:<{room}}  {'ms':>8}  {'%':>5}  {'calls':>9}"
    yield ""
    yield style.paint(head + (f"  {'findings':>8}" if what == "rule" else ""), "aside")
    for row in rows:
        line = f"  {row.name:<{room}}  {row.seconds * 1000:>8.1f}  {row.seconds / total:>5.1%}  {row.calls:>9}"
        line += f"  {row.findings:>8}  {row.title}" if row.findings else ""
        yield line if len(line) <= style.width else line[: style.width - 3] + "..."
