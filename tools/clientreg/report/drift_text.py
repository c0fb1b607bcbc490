"""Drift for people: per server and client what was done by hand, who to ask, what is only pending, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clientreg.drift.found import Drift, Drifted, Kind, Note, Pending, ServerDrift
from clientreg.drift.remedy import Remedy, Unwritten
from clientreg.jsonvalue import dotted
from clientreg.report import change_text, patch, plan_text
from clientreg.report.layout import columns, counted, listed, wrapped
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Role, Style

_BELOW = " " * 4
_MOST = 10
"""Pending clients that are named: a plan shows them all."""
_SYMBOLS: dict[Kind, tuple[str, Role]] = {
    Kind.CHANGED: ("~", "changed"),
    Kind.GONE: ("-", "removed"),
    Kind.MARK: ("!", "removed"),
}


def drift(found: Drift, style: Style, *, advice: bool = True) -> str:
    """All servers, a counting line, and what can be done about it."""
    lines: list[str] = []
    if found.unread or any(_notable(server) for server in found.servers):
        lines = [*_header(found, style), ""]
        for server in found.servers:
            lines += _server(server, style)
        for one in found.unread:
            lines += [*plan_text.unread(one, style), ""]
    lines += [counting(found), *(_next(found) if advice else ())]
    return unforged("\n".join(lines) + "\n")


def counting(found: Drift) -> str:
    """`2 clients drifted, 1 pending`, or that there is none."""
    drifted = len({one.key for one in found.drifted})
    pending = len({one.key for server in found.servers for one in server.pending})
    refused = len({one.key for server in found.servers for one in server.refused})
    silent = f"{counted(len(found.unread), 'server')} not read" if found.unread else ""
    rest = [f"{pending:,} pending" if pending else "", f"{refused:,} refused" if refused else "", silent]
    if drifted:
        return listed([f"{counted(drifted, 'client')} drifted", *rest])
    part = " as far as it was looked at" if found.partial else ""
    clients = counted(max((server.owned for server in found.servers), default=0), "client")
    servers = counted(len(found.servers), "server")
    told = f"no drift: {printable(found.environment)} is as it was applied{part} ({clients} on {servers})"
    return listed([told, *rest])


def remedy(made: Remedy, style: Style, *, written: bool) -> str:
    """The edits as a unified diff, what is not written and why, and the counts."""
    lines: list[str] = []
    for edited in made.edits:
        lines += [*patch.lines(edited.file, edited.before, edited.after, style), ""]
    for left in made.unwritten:
        lines += [*_unwritten(left, style), ""]
    done = "written" if written else "would be written"
    files = counted(len(made.edits), "file")
    lines.append(listed([f"{files} {done}", f"{len(made.unwritten):,} not" if made.unwritten else ""]))
    if made.edits and written:
        lines.append("look at it with git diff, and open a pull request")
    return unforged("\n".join(lines) + "\n")


def body(one: Drifted, style: Style) -> Iterator[str]:
    """Who to ask, and what was done by hand."""
    people = listed(map(printable, (*one.people.owners, *one.people.contacts)))
    if people:
        yield from wrapped(people, style.width, first=f"{_BELOW}ask ", rest=_BELOW * 2)
    if one.why:
        yield from wrapped(printable(one.why), style.width, first=_BELOW, rest=_BELOW)
    yield from change_text.fields(one.fields, style)


def waiting(pending: Sequence[Pending]) -> Iterator[str]:
    """One line per client that an apply would change anyway, the first of them."""
    for one in pending[:_MOST]:
        names = ", ".join(dict.fromkeys(printable(dotted(path[:1])) for path in one.fields))
        yield f"{printable(one.key)}: {one.action}" + (f" ({names})" if one.action.value == "update" else "")
    if len(pending) > _MOST:
        yield f"and {len(pending) - _MOST:,} more"


def about(server: ServerDrift) -> str:
    """What is on a server, and what was applied to it last."""
    applied = "nothing applied yet" if server.applied is None else f"commit {plan_text.short(server.applied)} applied"
    more = f"{server.foreign:,} more {'is' if server.foreign == 1 else 'are'} not ours" if server.foreign else ""
    return listed([f"{counted(server.owned, 'client')} of this registry", applied, more])


def _notable(server: ServerDrift) -> bool:
    return bool(server.drifted or server.pending or server.refused or server.notes)


def _header(found: Drift, style: Style) -> Iterator[str]:
    kind = "production" if found.production else "test"
    part = ", in part" if found.partial else ""
    yield f"drift in {style.paint(printable(found.environment), 'name')} (class {kind}{part})"


def _server(server: ServerDrift, style: Style) -> Iterator[str]:
    at = f" at {printable(server.url)}" if server.url else ""
    yield from wrapped(f"server {printable(server.name)}: {printable(server.type)}{at}", style.width, rest="  ")
    yield style.paint(f"  {about(server)}", "aside")
    yield ""
    for note in server.notes:
        yield from _note(note, style)
        yield ""
    for one in server.drifted:
        yield from _drifted(one, style)
        yield ""
    for refused in server.refused:
        yield from plan_text.refusal(refused, style)
        yield ""
    if server.pending:
        yield style.paint(". pending", "aside") + " merged, and not applied yet"
        for line in waiting(server.pending):
            yield from wrapped(line, style.width, first=_BELOW, rest=_BELOW * 2)
        yield ""


def _note(note: Note, style: Style) -> Iterator[str]:
    first, *rest = wrapped(printable(note.why), style.width, first="? ", rest=_BELOW)
    yield from (style.paint("?", "warning") + first[1:], *rest)
    yield from plan_text.hint(note.hint, style)


def _drifted(one: Drifted, style: Style) -> Iterator[str]:
    symbol, role = _SYMBOLS[one.kind]
    name, risk, file = printable(one.key), f"[{one.risk}]", printable(one.source)
    head = f"{style.paint(f'{symbol} {one.kind}', role)} {style.paint(name, 'name')} "
    head += style.paint(risk, change_text.RISKS[one.risk])
    if columns(f"{symbol} {one.kind} {name} {risk} {file}") <= style.width:
        yield f"{head} {style.paint(file, 'aside')}"
    else:
        yield from (head, _BELOW + style.paint(file, "aside"))
    yield from body(one, style)


def _unwritten(left: Unwritten, style: Style) -> Iterator[str]:
    field = f" {printable(left.field)}" if left.field else ""
    yield f"{style.paint('x not written', 'error')} {style.paint(printable(left.key), 'name')}{field}"
    yield _BELOW + style.paint(printable(left.file), "aside")
    yield from wrapped(printable(left.why), style.width, first=_BELOW, rest=_BELOW)
    if left.lines:
        yield f"{_BELOW}by hand:"
        yield from (f"{_BELOW}  {printable(line)}" for line in left.lines)


def _next(found: Drift) -> Iterator[str]:
    if found.drifted:
        name = printable(found.environment)
        yield f"clientreg plan --environment {name}              how an apply takes it back"
        yield f"clientreg drift --environment {name} --dry-run   how the files would say it"
