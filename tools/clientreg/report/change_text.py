"""One change of a plan for people: its head line, its fields before and after, why each is as risky as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from clientreg.defaults import DEFAULTS
from clientreg.jsonvalue import dotted
from clientreg.planning.plan import Action, Change, CredentialStep, FieldChange, Risk
from clientreg.report.layout import beside, columns, counted, wrapped
from clientreg.report.printable import printable
from clientreg.report.style import Role, Style
from clientreg.report.values import difference, leaves, one_line, stated

SYMBOLS: Mapping[Action, tuple[str, Role]] = {
    Action.CREATE: ("+", "added"),
    Action.UPDATE: ("~", "changed"),
    Action.ENABLE: (">", "added"),
    Action.DISABLE: ("!", "removed"),
    Action.DELETE: ("-", "removed"),
    Action.ROTATE: ("*", "changed"),
    Action.ADOPT: ("=", "changed"),
}
RISKS: Mapping[Risk, Role] = {
    Risk.BREAKING: "error",
    Risk.SENSITIVE: "warning",
    Risk.VISIBLE: "note",
    Risk.PLAIN: "aside",
}
_DANGEROUS = {Risk.BREAKING, Risk.SENSITIVE}
_SIGNS: Mapping[str, Role] = {"+ ": "added", "- ": "removed"}
_NAME_AT = 4
_NAMES = 26


def change(change: Change, recipients: tuple[str, ...], style: Style) -> Iterator[str]:
    """The lines of one change; `recipients` could open a credential that it makes."""
    yield from _head(change, style)
    told = [field for field in change.fields if not _said_by_step(change, field)]
    usual = [field for field in told if _usual(change.action, field)]
    unusual = [field for field in told if field not in usual]
    room = _room(unusual)
    for field in unusual:
        yield from _field(change.action, field, room, style)
    if usual:
        words = ", ".join(f"{printable(dotted(field.path))} {one_line(field.after)}" for field in usual)
        yield from _cell("defaults", partial(wrapped, words), "", room, style)
    for scope in change.new_scopes:
        words = f"{printable(scope.name)} {one_line(scope.description)}, made first: the server has none of that name"
        yield from _cell("new scope", partial(wrapped, words), "", room, style)
    if step := _step(change, recipients):
        yield from _cell("secret", partial(wrapped, step), "", room, style)


def fields(changed: Sequence[FieldChange], style: Style) -> Iterator[str]:
    """The lines of fields that were there before."""
    room = _room(changed)
    for field in changed:
        yield from _field(Action.UPDATE, field, room, style)


def _room(changed: Sequence[FieldChange]) -> int:
    names = [name for field in changed for name, _, _ in leaves(field.path, field.before, field.after)]
    return max((len(name) for name in names if len(name) <= _NAMES), default=0)


def _head(change: Change, style: Style) -> Iterator[str]:
    symbol, role = SYMBOLS[change.action]
    name, risk, file = printable(change.key), f"[{change.risk}]", printable(change.source)
    action = style.paint(f"{symbol} {change.action}", role)
    painted = f"{action} {style.paint(name, 'name')} {style.paint(risk, RISKS[change.risk])}"
    if columns(f"{symbol} {change.action} {name} {risk} {file}") <= style.width:
        yield f"{painted} {style.paint(file, 'aside')}"
    else:
        yield from (painted, " " * _NAME_AT + style.paint(file, "aside"))


def _usual(action: Action, field: FieldChange) -> bool:
    """Whether a field of a new client is what every client gets that does not ask for something else."""
    name = field.path[0]
    default = DEFAULTS.get(name) if isinstance(name, str) else None
    plain = action is Action.CREATE and field.risk is Risk.PLAIN and default is not None
    return plain and not callable(default) and type(default) is type(field.after) and default == field.after


def _reason(action: Action, field: FieldChange) -> str:
    """Why a field is as risky as it is; of a new client only what the value does not say itself."""
    if action is not Action.CREATE:
        return f"{field.risk}: {field.why}" if field.why else ""
    items = field.after if isinstance(field.after, list) else [field.after]
    said = [
        part for part in field.why.split("; ") if not set(part.rpartition(": ")[2].split(", ")) <= set(map(str, items))
    ]
    return f"{field.risk}: {'; '.join(said)}" if said and field.risk in _DANGEROUS else ""


def _field(action: Action, field: FieldChange, room: int, style: Style) -> Iterator[str]:
    new, why = action is Action.CREATE, _reason(action, field)
    if action is Action.DELETE:
        yield from wrapped(printable(field.why), style.width, first=" " * _NAME_AT, rest=" " * _NAME_AT)
        return
    cells = list(leaves(field.path, field.before, field.after))
    for at, (name, before, after) in enumerate(cells, 1):
        fill = partial(stated, after) if new and before is None else partial(difference, before, after)
        yield from _cell(name, fill, why if at == len(cells) else "", room, style)


def _cell(name: str, fill: Callable[[int], list[str]], why: str, room: int, style: Style) -> Iterator[str]:
    at, lines = beside(name, fill, room=room, indent=_NAME_AT, width=style.width)
    yield from (_signed(line, at, style) for line in lines)
    if why:
        risk = Risk(why.partition(":")[0])
        first, *rest = wrapped(printable(why), style.width, first=" " * at, rest=" " * at)
        yield first.replace(f"{risk}:", style.paint(f"{risk}:", RISKS[risk]), 1)
        yield from rest


def _signed(line: str, at: int, style: Style) -> str:
    role = _SIGNS.get(line[at : at + 2])
    return line[:at] + style.paint(line[at:], role) if role else line


def _said_by_step(change: Change, field: FieldChange) -> bool:
    """A first credential is told by its step alone."""
    first = field.path == ("credentials", "generation") and field.before is None and field.risk is Risk.PLAIN
    return first and change.credential is not CredentialStep.NONE


def _step(change: Change, recipients: tuple[str, ...]) -> str:
    match change.credential:
        case CredentialStep.NEW:
            return f"a new one is made and sealed to {counted(len(recipients), 'recipient')}"
        case CredentialStep.SHARED:
            return "the one that the environment's other servers have"
        case CredentialStep.NONE:
            return ""
