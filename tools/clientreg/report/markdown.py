"""A plan as Markdown, for a job summary or a comment: the most dangerous changes first, cut before it grows too long.

Whatever comes from a file stands in a fenced block or a code span that its own backticks cannot end (CommonMark 0.31,
"Fenced code blocks", "Code spans"): so nothing of it becomes a link, an image, a mention, HTML or a heading.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from clientreg.planning.plan import Action, Change, FileChange, Plan, Refusal, Risk, ServerPlan, Unread
from clientreg.report import change_text, plan_text
from clientreg.report.layout import counted, listed
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Style

LIMIT = 65_536
"""Characters that the body of a comment may have on GitHub; a job summary may have more."""
_ROOM = 2_000
_ROWS = 50
WIDE = Style(width=100)
_DANGER = tuple(Risk)

Consent = Callable[[str, Change], Sequence[str]]
"""What users will read on the consent page, of an environment and a change; nothing where that stays as it is."""


class Part(NamedTuple):
    """A piece that is shown whole or not at all, and what to count where it is not. Written only where it may fit."""

    write: Callable[[], str]
    risk: Risk | None = None


@dataclass(slots=True)
class Page:
    """What fits on one page, and a count of what does not."""

    lines: list[str] = field(default_factory=list)
    length: int = 0
    left_out: Counter[Risk] = field(default_factory=Counter)

    def add(self, part: Part) -> None:
        """Show it while there is room; once a change was left out, no later one is shown."""
        text = "" if self.left_out and part.risk is not None else part.write()
        if not text or self.length + len(text) + 1 > LIMIT - _ROOM:
            if part.risk is not None:
                self.left_out[part.risk] += 1
            return
        self.lines.append(text)
        self.length += len(text) + 1


def plans(made: Sequence[Plan], consent: Consent) -> str:
    """Every environment's plan on one page of at most `LIMIT` characters."""
    page = Page()
    for part in _parts(made, consent):
        page.add(part)
    if page.left_out:
        risks = listed(f"{page.left_out[risk]:,} {risk}" for risk in _DANGER if page.left_out[risk])
        page.lines.append(
            f"**{counted(page.left_out.total(), 'more entry', 'more entries')} did not fit on this page ({risks})**: "
            "`clientreg plan` shows them all.\n"
        )
    return unforged("\n".join(page.lines))


def _parts(made: Sequence[Plan], consent: Consent) -> Iterator[Part]:
    """Headings and counts first, for every environment; so that what is cut is always told."""
    yield Part(lambda: "## clientreg plan\n")
    for plan in made[:1]:
        yield Part(partial(_about, plan))
    yield Part(lambda: "".join(_table(made)))
    for plan in made[:1]:
        for file in sorted(plan.files, key=lambda one: _DANGER.index(one.risk)):
            yield Part(partial(_file, file), file.risk)
    for plan in made:
        yield from _environment(plan, consent)


def _about(plan: Plan) -> str:
    if plan.since is None:
        return f"At commit {code(plan_text.short(plan.commit))}, digest {code(plan.digest)}.\n"
    span = f"{plan_text.short(plan.since)}..{plan_text.short(plan.commit)}"
    return f"What {code(span)} changes, from the files of both commits: no server was asked.\n"


def _table(made: Sequence[Plan]) -> Iterator[str]:
    yield "| environment | class | changes | risk |\n|---|---|---|---|\n"
    for plan in made[:_ROWS]:
        kind = "production" if plan.production else "test"
        counts = Counter(change.risk for change in plan.changes)
        risks = listed(_bold(risk, counts[risk]) for risk in _DANGER if counts[risk])
        yield f"| {code(plan.environment)} | {kind} | {code(plan_text.counting(plan))} | {risks or 'none'} |\n"
    if len(made) > _ROWS:
        yield f"| and {len(made) - _ROWS:,} more | | | |\n"


def _bold(risk: Risk, number: int) -> str:
    words = f"{number:,} {risk}"
    return f"**{words}**" if risk in {Risk.BREAKING, Risk.SENSITIVE} else words


def _environment(plan: Plan, consent: Consent) -> Iterator[Part]:
    rest = plan.stopped or plan.waivers or plan.unread
    if not (plan.changes or rest or any(s.refused or s.waiting for s in plan.servers)):
        return
    yield Part(lambda: f"### Environment {code(plan.environment)}\n")
    for server in plan.servers:
        if server.notice:
            yield Part(partial(listing, f"**Server {code(server.name)}**", [server.notice]))
    for silent in plan.unread:
        yield Part(partial(unread, silent))
    for reason in plan.stopped:
        yield Part(partial(_refused, "**This plan is stopped**: an apply refuses it.", reason))
    for change, names in sorted(_grouped(plan.servers), key=lambda pair: _DANGER.index(pair[0].risk)):
        yield Part(partial(_change, plan, change, names, consent), change.risk)
    for refused in {one.key: one for server in plan.servers for one in server.refused}.values():
        yield Part(partial(_refused, f"**refused** · {code(refused.key)}", refused), Risk.BREAKING)
    if plan.waivers:
        yield Part(partial(listing, "Exceptions in use:", [*plan_text.exceptions(plan)]), Risk.SENSITIVE)
    waiting = {one.key: one.until for server in plan.servers for one in server.waiting}
    if waiting:
        lines = [f"{key}: deleted on {until} or later" for key, until in waiting.items()]
        yield Part(partial(listing, "Waiting:", lines), Risk.PLAIN)


def _grouped(servers: Sequence[ServerPlan]) -> Iterator[tuple[Change, list[str]]]:
    """Each change once, with the servers that it is the same on."""
    groups: dict[tuple[str, Action], list[tuple[Change, list[str]]]] = {}
    for server in servers:
        for change in server.changes:
            same = groups.setdefault((change.key, change.action), [])
            names = next((names for other, names in same if _tell_same(other, change)), None)
            if names is None:
                same.append((change, [server.name]))
            else:
                names.append(server.name)
    for same in groups.values():
        yield from same


def _tell_same(one: Change, other: Change) -> bool:
    return (one.fields, one.new_scopes) == (other.fields, other.new_scopes)


def _change(plan: Plan, change: Change, names: Sequence[str], consent: Consent) -> str:
    recipients = dict(plan.recipients).get(change.key, ())
    _, *lines = change_text.change(change, recipients, WIDE)
    where = ", ".join(map(code, names))
    head = f"**{change.risk}** · {change.action} {code(change.key)} on {where} · {code(change.source)}\n"
    read = consent(plan.environment, change)
    words = f"\nWhat its users will read:\n\n{text_block(chr(10).join(map(printable, read)))}" if read else ""
    return f"{head}\n{text_block(chr(10).join(lines))}{words}"


def _file(file: FileChange) -> str:
    body = "\n".join(change_text.fields(file.fields, WIDE))
    return f"**{file.risk}** · change {code(file.file)}\n\n{text_block(body)}"


def unread(server: Unread) -> str:
    """A server that could not be read, and why."""
    return _refused(f"**Server {code(server.name)} was not read**: this page is without it.", server)


def _refused(title: str, refused: Refusal | Unread) -> str:
    return listing(title, [refused.why, f"hint: {refused.hint}"] if refused.hint else [refused.why])


def listing(title: str, lines: Iterable[str]) -> str:
    """A title, and lines of data in a block."""
    return f"{title}\n\n" + text_block("\n".join(map(printable, lines)))


def text_block(body: str) -> str:
    """Lines that were made printable, in a fence that none of them ends."""
    ticks = fence(body, 3)
    return f"{ticks}text\n{body}\n{ticks}\n"


def code(text: str) -> str:
    """A code span; a line of a table may hold it, where `|` ends a cell even inside one."""
    text = printable(text).replace("|", "\\u007c") or " "
    ticks = fence(text, 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fence(text: str, least: int) -> str:
    """Backticks that no run of them in the text ends."""
    runs: Iterable[str] = re.findall("`+", text)
    return "`" * max([least, *(len(run) + 1 for run in runs)])
