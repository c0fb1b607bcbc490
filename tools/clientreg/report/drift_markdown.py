"""Drift as Markdown, for the body of an issue: what was done by hand first, cut before it grows too long."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from clientreg.drift.found import Drift, Drifted, ServerDrift
from clientreg.planning.plan import Risk
from clientreg.report import drift_text
from clientreg.report.markdown import WIDE, Page, Part, code, listing, text_block, unread
from clientreg.report.printable import printable, unforged

_ORDER = tuple(Risk)


def drift(found: Drift) -> str:
    """One environment's drift on a page."""
    page = Page()
    for part in _parts(found):
        page.add(part)
    if page.left_out:
        number = page.left_out.total()
        page.lines.append(f"**{number:,} more did not fit on this page**: `clientreg drift` shows them all.\n")
    return unforged("\n".join(page.lines))


def _parts(found: Drift) -> Iterator[Part]:
    yield Part(lambda: f"## Drift in {code(found.environment)}\n")
    yield Part(lambda: f"{code(drift_text.counting(found))}\n")
    for silent in found.unread:
        yield Part(partial(unread, silent))
    for server in found.servers:
        yield Part(partial(_server, server))
        for one in sorted(server.drifted, key=lambda one: _ORDER.index(one.risk)):
            yield Part(partial(_drifted, one), one.risk)
        if server.refused:
            lines = [f"{one.key}: {one.why}" for one in server.refused]
            yield Part(partial(listing, "Refused:", lines), Risk.SENSITIVE)
        if server.pending:
            pending = list(drift_text.waiting(server.pending))
            yield Part(partial(listing, "Merged, and not applied yet:", pending), Risk.PLAIN)
    if found.drifted:
        yield Part(partial(_next, found))


def _server(server: ServerDrift) -> str:
    notes = [printable(line) for note in server.notes for line in (note.why, f"hint: {note.hint}")]
    told = f"\n{text_block(chr(10).join(notes))}" if notes else ""
    return f"### Server {code(server.name)}\n\n{code(drift_text.about(server))}\n{told}"


def _drifted(one: Drifted) -> str:
    head = f"**{one.risk}** · {one.kind} {code(one.key)} · {code(one.source)}\n"
    return f"{head}\n{text_block(chr(10).join(drift_text.body(one, WIDE)))}"


def _next(found: Drift) -> str:
    name = found.environment
    lines = [
        f"clientreg plan --environment {name}            # how an apply takes it back",
        f"clientreg drift --environment {name} --write   # the files say it: a pull request makes it legal",
    ]
    return listing("What can be done:", lines)
