"""Every exception of a registry: which client, which rule, why, who to ask, since when, and how long it still lasts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from clientreg.model import Waiver
from clientreg.report.layout import counted, listed, wrapped
from clientreg.report.printable import printable, unforged
from clientreg.report.structured import document
from clientreg.report.style import Role, Style
from clientreg.rules.waivers import SOON_DAYS

_BELOW = " " * 4


class Excepted(NamedTuple):
    """A waiver of a client at a line of its file; `title` is the rule's, `age` in days where Git knows it."""

    client_id: str
    file: str
    line: int
    waiver: Waiver
    title: str
    owners: tuple[str, ...]
    contacts: tuple[str, ...]
    since: str | None
    age: int | None
    left: int


class Waivers(NamedTuple):
    """All of them, the one that ends first at the top, and the files whose waivers nobody could read."""

    listed: tuple[Excepted, ...]
    unread: tuple[str, ...] = ()

    @property
    def expired(self) -> int:
        """How many cover nothing any more."""
        return sum(one.left < 0 for one in self.listed)

    @property
    def soon(self) -> int:
        """How many end so soon that lint warns."""
        return sum(0 <= one.left <= SOON_DAYS for one in self.listed)


def text(waivers: Waivers, style: Style) -> str:
    """A paragraph for each, and a counting line."""
    lines: list[str] = []
    for one in waivers.listed:
        lines += [*_paragraph(one, style), ""]
    lines.append(_summary(waivers))
    for file in waivers.unread:
        lines += wrapped(f"not read: {printable(file)} ('clientreg lint' says why)", style.width, rest=_BELOW)
    return unforged("\n".join(lines) + "\n")


def structured(waivers: Waivers) -> str:
    """The same, as `schema/waivers-output.schema.json` describes it."""
    return document(
        waivers=[_value(one) for one in waivers.listed],
        unread=list(waivers.unread),
        summary={"waivers": len(waivers.listed), "expired": waivers.expired, "ending_soon": waivers.soon},
    )


def _summary(waivers: Waivers) -> str:
    if not waivers.listed:
        return "no waivers"
    parts = [f"{waivers.expired:,} expired"] * (waivers.expired > 0)
    parts += [f"{waivers.soon:,} within {SOON_DAYS} days"] * (waivers.soon > 0)
    return f"{counted(len(waivers.listed), 'waiver')}" + (f": {listed(parts)}" if parts else "")


def _paragraph(one: Excepted, style: Style) -> Iterator[str]:
    ends, rule = one.waiver.expires, one.waiver.rule
    role: Role = "error" if one.left < 0 else "warning" if one.left <= SOON_DAYS else "name"
    head = f"{ends} ({_left(one.left)}) {printable(one.client_id)} {printable(rule)}"
    yield head.replace(ends, style.paint(ends, role), 1)
    for words in (_where(one), one.waiver.reason, _since(one), _who(one)):
        if words:
            yield from wrapped(printable(words), style.width, first=_BELOW, rest=_BELOW)
    yield f"{_BELOW}{style.paint(f'{printable(one.file)}:{one.line}', 'aside')}"


def _left(days: int) -> str:
    if days < 0:
        return f"expired {counted(-days, 'day')} ago"
    return f"{counted(days, 'day')} left" if days else "its last day"


def _where(one: Excepted) -> str:
    path = f", for {one.waiver.path}" if one.waiver.path else ""
    environment = f", in {one.waiver.environment}" if one.waiver.environment else ""
    return f"{one.title or 'no such rule'}{path}{environment}"


def _since(one: Excepted) -> str:
    age = counted(one.age, "day") if one.age else "today"
    return listed(
        [f"since {one.since} ({age})" if one.since else "", f"ticket {one.waiver.ticket}" if one.waiver.ticket else ""]
    )


def _who(one: Excepted) -> str:
    people = listed((*one.owners, *one.contacts))
    return f"ask {people}" if people else ""


def _value(one: Excepted) -> dict[str, Any]:
    return {
        "client_id": one.client_id,
        "file": one.file,
        "line": one.line,
        "rule": one.waiver.rule,
        "title": one.title or None,
        "reason": one.waiver.reason,
        "ticket": one.waiver.ticket,
        "path": one.waiver.path,
        "environment": one.waiver.environment,
        "owners": list(one.owners),
        "contacts": list(one.contacts),
        "since": one.since,
        "age": one.age,
        "expires": one.waiver.expires,
        "days_left": one.left,
    }
