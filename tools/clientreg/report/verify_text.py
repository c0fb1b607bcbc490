"""What running servers answered, for people: a table of clients per server, then what is not as the files say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clientreg.jsonvalue import whole
from clientreg.report.layout import columns, counted, listed, wrapped
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Role, Style
from clientreg.verify.result import LOGOUT, REDIRECT, Answers, Asked, Found, Verified

_BELOW = " " * 4
_HEADS = ("accepted", "near-miss refused")
_KINDS = {REDIRECT: "redirect", LOGOUT: "post-logout"}
_CLEAN = "no findings: the servers answer as the files say"
_FEW = 3
_ROOM = max(map(len, _KINDS.values()))


def verified(done: Verified, style: Style) -> str:
    """Every server with its table and findings, what was left out, the counts."""
    lines: list[str] = []
    for server in done.servers:
        lines += [*_server(server, style), ""]
    lines += _left_out(done, style)
    lines += [*_counts(done, style), *_next(done)]
    return unforged("\n".join(lines) + "\n")


def _server(server: Answers, style: Style) -> Iterator[str]:
    at = f" at {printable(server.issuer)}" if server.issuer else ""
    yield from wrapped(f"server {printable(server.name)}: {printable(server.type)}{at}", style.width, rest="  ")
    yield from _offers(server, style)
    if server.asked:
        yield ""
        yield from _table(server.asked, style)
    for found in server.found:
        yield ""
        yield from _finding(found, server, style)
    for one in server.asked:
        yield from _untold(one, style)
    if server.trouble is not None:
        yield ""
        yield f"{style.paint('x could not be asked', 'error')}{' to the end' if server.asked else ''}"
        yield from wrapped(printable(server.trouble.message), style.width, first=_BELOW, rest=_BELOW)
        yield from _hint(server.trouble.hint, style)


def _offers(server: Answers, style: Style) -> Iterator[str]:
    if server.offers:
        missing = sum(not offer.offered for offer in server.offers)
        said = f"does not offer {missing} of" if missing else "offers all"
        text = f"  discovery {said} {counted(len(server.offers), 'value')} that its clients need"
        yield style.paint(text, "error" if missing else "good")


def _table(asked: Sequence[Asked], style: Style) -> Iterator[str]:
    """A row per client and field; a client whose id is too wide for its column stands above its row."""
    heads = "  ".join(_HEADS)
    widest = style.width - 4 - _ROOM - len(heads)
    room = min(max([columns(printable(one.client_id)) for one in asked] + [len("client")]), max(widest, len("client")))
    yield style.paint(f"{'client':<{room}}  {'URIs':<{_ROOM}}  {heads}", "aside")
    for one in asked:
        yield from _rows(one, room, style)


def _rows(one: Asked, room: int, style: Style) -> Iterator[str]:
    name = printable(one.client_id)
    if columns(name) > room:
        yield style.paint(name, "name")
        name = ""
    for cells in list(_cells(one, style)) or ["none"]:
        first = style.paint(name, "name") + " " * (room - columns(name))
        yield f"{first}  {cells}".rstrip()
        name = ""
    for words in one.unasked:
        yield from wrapped(printable(words), style.width, first="  - ", rest=_BELOW)


def _cells(one: Asked, style: Style) -> Iterator[str]:
    for field, kind in _KINDS.items():
        probes = [probe for probe in one.probes if probe.field == field]
        near = [probe.refused for probe in probes if probe.near is not None]
        if probes:
            accepted = _cell([probe.accepted for probe in probes], style)
            yield f"{kind:<{_ROOM}}  {accepted}  {_cell(near, style)}"


def _cell(held: Sequence[bool | None], style: Style) -> str:
    """`2 of 3`, as wide as its column."""
    good = sum(one is True for one in held)
    role: Role = "error" if False in held else "warning" if None in held else "good"
    text = f"{good:,} of {len(held):,}" if held else "-"
    return style.paint(text, role) + " " * (len(_HEADS[0]) - len(text))


def _finding(found: Found, server: Answers, style: Style) -> Iterator[str]:
    yield _title("x", "error", found.client_id or f"server {server.name}", found.source, style)
    yield from wrapped(printable(found.message), style.width, first=_BELOW, rest=_BELOW)
    yield from _hint(found.hint, style)


def _untold(one: Asked, style: Style) -> Iterator[str]:
    """What was answered with something that means neither yes nor no."""
    replies = [(p.accepted, p.field, p.uri, p.reply) for p in one.probes]
    replies += [(p.refused, p.field, p.near, p.near_reply) for p in one.probes if p.near and p.near_reply]
    for held, field, uri, reply in replies:
        if held is None:
            yield ""
            yield _title("?", "warning", one.client_id, one.source, style)
            words = f"{field}: {whole(uri)} was answered with {reply.status}: neither a redirect to it nor a refusal"
            yield from wrapped(printable(words), style.width, first=_BELOW, rest=_BELOW)


def _title(mark: str, role: Role, who: str, source: str | None, style: Style) -> str:
    title = f"{style.paint(mark, role)} {style.paint(printable(who), 'name')}"
    return f"{title} {style.paint(printable(source), 'aside')}" if source else title


def _hint(text: str, style: Style) -> list[str]:
    start = f"{_BELOW}= hint: "
    first, *rest = wrapped(printable(text), style.width, first=start, rest=" " * len(start))
    return [f"{_BELOW}{style.paint('=', 'aside')} {style.paint('hint', 'name')}: " + first.removeprefix(start), *rest]


def _left_out(done: Verified, style: Style) -> Iterator[str]:
    for one in done.left_out:
        yield f"{style.paint('- left out', 'aside')} {style.paint(printable(one.client_id), 'name')}"
        yield from wrapped(printable(one.why), style.width, first=_BELOW, rest=_BELOW)
    if done.left_out:
        yield ""


def _counts(done: Verified, style: Style) -> Iterator[str]:
    uris = sum(len(server.probes) for server in done.servers)
    clients = counted(max((len(server.asked) for server in done.servers), default=0), "client")
    on = f"on {counted(len(done.servers), 'server')}"
    yield f"{printable(done.environment)}: asked about {clients} {on}, {counted(uris, 'URI')}, each beside a near-miss"
    down = sum(server.trouble is not None for server in done.servers)
    untold = sum(server.untold for server in done.servers)
    parts = [
        counted(done.found, "finding") if done.found else "",
        f"{untold:,} unclear" if untold else "",
        f"{counted(down, 'server')} not asked to the end" if down else "",
    ]
    yield style.paint(listed(parts), "error") if any(parts) else style.paint(_CLEAN, "good")


def _next(done: Verified) -> Iterator[str]:
    """What shows why: a plan, of the clients that were found while they are few."""
    found = list(dict.fromkeys(one.client_id for server in done.servers for one in server.found if one.client_id))
    if found:
        some = "".join(f" --client {printable(one)}" for one in found) if len(found) <= _FEW else ""
        yield f"clientreg plan --environment {printable(done.environment)}{some}"
