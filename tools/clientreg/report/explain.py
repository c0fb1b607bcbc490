"""A rule or a field of a client file in full: what it is for, what is wrong and right, who says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from clientreg.capability import Capabilities, Capability
from clientreg.jsonvalue import Json
from clientreg.report.layout import listed, wrapped
from clientreg.report.meaning import FAMILIES, Field, graded, grades_of, looks_at, mending
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Role, Style
from clientreg.report.values import one_line
from clientreg.rules import Rule
from clientreg.settings import PROFILES


def overview_text(properties: Mapping[str, Mapping[str, Json]], rules: Iterable[Rule], style: Style) -> str:
    """Every field of a client file and every rule, one line each."""
    titles = {name: str(schema["title"]) for name, schema in properties.items()}
    lines = [style.paint("fields of a client file", "name"), *_table(titles, style)]
    families: dict[str, dict[str, str]] = {}
    for rule in rules:
        families.setdefault(rule.code[:3], {})[rule.code] = rule.title
    for family, found in families.items():
        lines += _titled(f"rules {family}xx: {FAMILIES[family]}", found, style)
    lines += ["", "clientreg explain NAME says more of one"]
    return unforged("\n".join(lines) + "\n")


def rule_text(rule: Rule, servers: Iterable[Capabilities], style: Style) -> str:
    """A rule: why, how serious, wrong and right, its source, and whether there can be an exception."""
    lines = [f"{style.paint(rule.code, 'name')} {printable(rule.title)}", "", *_paragraphs(rule.why, style), ""]
    lines += [*_severities(rule, style), ""]
    lines += _heading("looks at", listed(looks_at(rule)), style)
    for title, example, role in (("wrong", rule.bad, "error"), ("right", rule.good, "good")):
        lines += [style.paint(title, cast("Role", role)), *_indented(example), ""]
    lines += _heading("what to do", rule.hint, style)
    lines += _heading("lint --fix", mending(rule), style)
    lines += _heading("source", "; ".join(rule.refs), style)
    return unforged("\n".join([*lines, *_exception(rule, servers, style)]) + "\n")


def field_text(field: Field, style: Style) -> str:
    """A field: meaning, values, default, who may use it, which rules look at it, what servers do with it."""
    lines = [f"{style.paint(printable(field.name), 'name')}: {printable(field.title)}", ""]
    lines += [*_paragraphs(field.description, style), ""]
    each = "an environment may have its own value" if field.per_environment else "the same in every environment"
    rows = {
        "value": field.kind,
        "one of": ", ".join(map(one_line, field.allowed)),
        "default": field.default,
        "for": field.who,
        "per environment": each,
    }
    lines += _table(rows, style)
    for example in field.examples:
        lines += _table({"example": f"{field.name.rpartition('.')[2]}: {one_line(example)}"}, style)
    lines += _titled("fields inside it", field.members, style)
    lines += _titled("rules that look at it", {rule.code: rule.title for rule in field.rules}, style)
    lines += [*_on_servers(field, style)]
    return unforged("\n".join(lines) + "\n")


def _severities(rule: Rule, style: Style) -> Iterator[str]:
    """One line if every profile says the same, else one per profile."""
    grades = {profile: graded(grade) for profile, grade in grades_of(rule).items()}
    yield style.paint("severity", "name")
    if len(set(grades.values())) == 1:
        yield f"  {grades[PROFILES[0]]}, in every profile"
        return
    for profile, words in grades.items():
        yield f"  {profile:<10}  {words}"


def _exception(rule: Rule, servers: Iterable[Capabilities], style: Style) -> Iterator[str]:
    yield style.paint("exception", "name")
    if not rule.waivable:
        yield "  none: this rule cannot be waived"
        return
    yield "  in the client's file, for at most 180 days:"
    yield "    waivers:"
    yield f"      - {{rule: {printable(rule.code)}, reason: why it must be, expires: yyyy-mm-dd}}"
    insisting = {at.name: at.insists[rule.code] for at in servers if rule.code in at.insists}
    if insisting:
        yield "  but not in an environment with a server of type"
        yield from (f"  {line}" for line in _table(insisting, style._replace(width=style.width - 2)))


def _heading(title: str, text: str, style: Style) -> list[str]:
    if not text:
        return []
    return [style.paint(title, "name"), *wrapped(printable(text), style.width, first="  ", rest="  "), ""]


def _titled(title: str, rows: Mapping[str, str], style: Style) -> list[str]:
    return ["", style.paint(title, "name"), *_table(rows, style)] if rows else []


def _table(rows: Mapping[str, str], style: Style) -> Iterator[str]:
    room = max(15, *map(len, rows)) if "value" in rows or "example" in rows else max(map(len, rows), default=0)
    for name, text in rows.items():
        if text:
            yield from wrapped(printable(text), style.width, first=f"  {name:<{room}}  ", rest=" " * (room + 4))


def _on_servers(field: Field, style: Style) -> Iterator[str]:
    yield from ("", style.paint("what servers do with it", "name"))
    if not field.holdings:
        yield "  nothing: no server is told"
        return
    yield from _table({at.name: _holding(held) for at, held in field.holdings}, style)
    tried = listed(dict.fromkeys(at.tried for at, _ in field.holdings))
    if tried:
        yield from wrapped(printable(f"tried on {tried}"), style.width, first="  ", rest="  ")


def _holding(capability: Capability) -> str:
    only = f"only {', '.join(map(one_line, capability.only))}" if capability.only else ""
    return "; ".join(part for part in (capability.holding, only, capability.why) if part)


def _paragraphs(text: str, style: Style) -> Iterator[str]:
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            yield ""
        yield from wrapped(printable(" ".join(paragraph.split())), style.width, first="  ", rest="  ")


def _indented(text: str) -> list[str]:
    return [f"    {printable(line)}".rstrip() for line in text.split("\n")]
