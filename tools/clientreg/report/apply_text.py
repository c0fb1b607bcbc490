"""An apply for people: a line per change as it happens; at the end what was done, what was not and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clientreg.planning.plan import Action, CredentialStep
from clientreg.report import plan_text
from clientreg.report.change_text import SYMBOLS
from clientreg.report.layout import counted, listed, wrapped
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Style
from clientreg.servers import Outcome
from clientreg.sync import Applied, HandedOver, ServerApplied

_DONE: Mapping[Action, str] = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.ENABLE: "enabled",
    Action.DISABLE: "disabled",
    Action.DELETE: "deleted",
    Action.ROTATE: "rotated",
    Action.ADOPT: "adopted",
}
_BELOW = " " * 4
_MOST = 50


def outcome(outcome: Outcome, server: str, style: Style) -> str:
    """What became of one change, ending with a newline: for progress while an apply runs."""
    return unforged("\n".join(_outcome(outcome, server, style)) + "\n")


def applied(applied: Applied, style: Style) -> str:
    """What an apply did: what failed and why, what was refused, where credentials are, the counts, the next step."""
    plan = applied.plan
    if not plan.changes and not applied.failed and not any(server.refused for server in plan.servers):
        return unforged(plan_text.counting(plan) + "\n")
    lines = [f"applied to {style.paint(printable(plan.environment), 'name')} at commit {plan_text.short(plan.commit)}"]
    for server in applied.servers:
        if planned := _planned(applied, server):
            lines += _server(server, planned, style)
    lines.append("")
    for server in applied.servers:
        lines += _failures(server, style)
    for refused in (refused for server in plan.servers for refused in server.refused):
        lines += [*plan_text.refusal(refused, style), ""]
    lines += _handed_over(applied.handed_over)
    lines += [_counts(applied), *_next(applied)]
    return unforged("\n".join(lines) + "\n")


def _outcome(outcome: Outcome, server: str, style: Style) -> Iterator[str]:
    change = outcome.change
    name, place = printable(change.key), printable(server)
    if outcome.error is None:
        symbol, role = SYMBOLS[change.action]
        secret = ", with a new secret" if change.credential is CredentialStep.NEW else ""
        yield f"{style.paint(f'{symbol} {_DONE[change.action]}', role)} {style.paint(name, 'name')} on {place}{secret}"
        return
    yield f"{style.paint('x failed', 'error')} to {change.action} {style.paint(name, 'name')} on {place}"
    yield from wrapped(printable(outcome.error), style.width, first=_BELOW, rest=_BELOW)


def _server(server: ServerApplied, planned: int, style: Style) -> Iterator[str]:
    done = sum(outcome.error is None for outcome in server.outcomes)
    whole = done == planned and server.error is None
    text = f"{done:,} of {counted(planned, 'change')} done"
    yield f"  {printable(server.name)}: {style.paint(text, 'good' if whole else 'error')}"


def _failures(server: ServerApplied, style: Style) -> Iterator[str]:
    failed = [outcome for outcome in server.outcomes if outcome.error is not None]
    for outcome in failed[:_MOST]:
        yield from (*_outcome(outcome, server.name, style), "")
    if len(failed) > _MOST:
        yield from (f"and {len(failed) - _MOST:,} more failed", "")
    if server.error is not None:
        yield f"{style.paint('x failed', 'error')} on server {style.paint(printable(server.name), 'name')}"
        yield from wrapped(printable(server.error), style.width, first=_BELOW, rest=_BELOW)
        yield ""


def _handed_over(entries: tuple[HandedOver, ...]) -> Iterator[str]:
    """The places, per sink; of very many the first ones, since the JSON output has them all."""
    groups: dict[tuple[str, bool], list[str]] = {}
    for entry in entries:
        place = entry.place if entry.key in entry.place else f"{entry.key}: {entry.place}"
        groups.setdefault((entry.sink, entry.sealed), []).append(place)
    for (sink, sealed), places in groups.items():
        yield f"handed over through {printable(sink)}, {'sealed' if sealed else 'not sealed: no secret in it'}"
        yield from (f"  {printable(place)}" for place in places[:_MOST])
        if len(places) > _MOST:
            yield f"  and {len(places) - _MOST:,} more"
        yield ""


def _planned(applied: Applied, server: ServerApplied) -> int:
    return sum(len(planned.changes) for planned in applied.plan.servers if planned.name == server.name)


def _counts(applied: Applied) -> str:
    if not applied.plan.changes and not applied.failed:
        return plan_text.counting(applied.plan)
    unread = len(applied.plan.unread)
    counts = counted_outcomes(applied)
    refused = sum(len(server.refused) for server in applied.plan.servers)
    return listed(
        [
            f"{counts['done']:,} done",
            f"{counts['failed']:,} failed",
            f"{counts['untried']:,} not tried" if counts["untried"] else "",
            f"{refused:,} refused" if refused else "",
            f"{counted(unread, 'server')} not read" if unread else "",
            "interrupted" if applied.interrupted else "",
        ]
    )


def counted_outcomes(applied: Applied) -> dict[str, int]:
    """How many changes were done, failed and were not tried."""
    failed = sum(outcome.error is not None for outcome in applied.outcomes)
    tried = len(applied.outcomes)
    return {"done": tried - failed, "failed": failed, "untried": len(applied.plan.changes) - tried}


def _next(applied: Applied) -> Iterator[str]:
    environment = printable(applied.plan.environment)
    if applied.failed:
        yield f"clientreg plan --environment {environment} shows what is left to do"
        return
    sealed = [printable(entry.key) for entry in applied.handed_over if entry.sealed]
    if sealed:
        who = sealed[0] if len(set(sealed)) == 1 else "CLIENT"
        yield f"clientreg open {who} -e {environment} opens a sealed one with a key of its recipients"
