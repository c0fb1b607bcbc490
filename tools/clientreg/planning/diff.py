"""Desired against observed, one server at a time, to its `ServerPlan`: pure, so no clock, network or disk.

Each key of the desired payload is compared whole; a key that only the server has is not ours and is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple, Protocol, TypeAlias

from clientreg import parallel
from clientreg.jsonvalue import Json, JsonObject, plain
from clientreg.planning.credential import Step, missing, step
from clientreg.planning.plan import (
    Action,
    Change,
    CredentialStep,
    FieldChange,
    NewScope,
    Refusal,
    Risk,
    ServerPlan,
    Waiting,
)
from clientreg.planning.risk import Sight, classify, worst
from clientreg.planning.state import CredentialMark, Desired, Lack, Mark, Observed
from clientreg.values.jwk import public_view

_PORTION = 1_000
"""How many clients a process compares at a time; fewer in all are compared sooner than another process is started."""
_Decision: TypeAlias = "Change | Refusal | Waiting | None"


def _lacks_nothing(_: Mapping[str, Json]) -> Iterable[Lack]:
    return ()


class Context(NamedTuple):
    """What a plan depends on beside the two sides.

    `recorded` are the ids of credentials that a sink has, `held` says per client which of them the environment's
    servers hold, `recipients` who may open a client's credentials, `undeliverable` why no new one can be handed over,
    and what to do about it, `withheld` the same for single clients. `clients`, where given, are the only ones looked
    at; a `partial` plan takes nothing away.
    `scopes` is the catalogue with its descriptions, `lacks` what a payload needs that the server has not.
    """

    registry: str
    environment: str
    production: bool
    commit: str
    today: date
    grace_days: int
    sensitive_scopes: frozenset[str] = frozenset()
    recorded: frozenset[str] = frozenset()
    held: Mapping[str, CredentialMark] | None = None
    recipients: Mapping[str, tuple[str, ...]] | None = None
    undeliverable: tuple[str, str] | None = None
    withheld: Mapping[str, tuple[str, str]] | None = None
    adopt: bool = False
    partial: bool = False
    clients: frozenset[str] | None = None
    scopes: Mapping[str, str] | None = None
    lacks: Callable[[Mapping[str, Json]], Iterable[Lack]] = _lacks_nothing


class Described(Protocol):
    """What a plan says of the server that it is for."""

    @property
    def name(self) -> str:
        """The key of its entry in `registry.yaml`."""

    @property
    def type(self) -> str:
        """The server type."""

    @property
    def url(self) -> str:
        """What a digest names it by."""


def build(
    context: Context,
    server: Described,
    *,
    desired: Mapping[str, Callable[[], Desired]],
    observed: Iterable[Observed],
    refused: Iterable[Refusal] = (),
) -> ServerPlan:
    """What would change on one server. A refused client stays as it is: neither changed nor taken away.

    What is desired is made, by client id, in the process that compares it.
    """
    found = {entry.key: entry for entry in observed}
    kept = {entry.key: entry for entry in refused}
    keys = [key for key in sorted({*desired, *found, *kept}) if context.clients is None or key in context.clients]
    decide = partial(_decisions, context, desired, found, kept)
    decisions = dict(zip(keys, parallel.spread(decide, keys, portion=_PORTION), strict=True))
    owned = {key for key, entry in found.items() if _ours(context, entry)}
    made = decisions.values()
    return ServerPlan(
        name=server.name,
        type=server.type,
        url=server.url,
        changes=tuple(decision for decision in made if isinstance(decision, Change)),
        refused=tuple(decision for decision in made if isinstance(decision, Refusal)),
        waiting=tuple(decision for decision in made if isinstance(decision, Waiting)),
        owned=len(owned),
        foreign=len(found) - len(owned),
        unchanged=sum(1 for key in owned & desired.keys() if key in decisions and decisions[key] is None),
    )


def _decisions(
    context: Context,
    desired: Mapping[str, Callable[[], Desired]],
    found: Mapping[str, Observed],
    kept: Mapping[str, Refusal],
    keys: Sequence[str],
) -> list[_Decision]:
    """One decision per client, in the process that makes both payloads: of most, nothing is to be sent on."""
    return [
        kept.get(key) or _decide(context, desired[key]() if key in desired else None, found.get(key)) for key in keys
    ]


def _ours(context: Context, entry: Observed) -> bool:
    return entry.mark is not None and entry.mark.owned_by(context.registry, context.environment)


def _decide(context: Context, want: Desired | None, found: Observed | None) -> _Decision:
    if want is None:
        absent = found is not None and _ours(context, found) and not context.partial
        return _absent(context, found) if found is not None and absent else None
    if found is not None and not _ours(context, found):
        if not context.adopt:
            return _foreign(want, found)
        taken = step(want, replace(found, mark=None), recorded=context.recorded, held=_held(context, want))
    else:
        taken = step(want, found, recorded=context.recorded, held=_held(context, want))
    if isinstance(taken, Refusal):
        return taken
    if taken.credential is CredentialStep.NEW:
        why_not = context.undeliverable or (context.withheld or {}).get(want.key)
        lacking = missing(want, (context.recipients or {}).get(want.key, ()), why_not)
        if lacking is not None:
            return lacking
    change = _present(context, want, found, taken)
    return None if change is None else _supplied(context, change)


def _supplied(context: Context, change: Change) -> Change | Refusal:
    """The change with what the server must be given for it first, or why it would not keep the client."""
    lacks, scopes = tuple(context.lacks(change.payload or {})), context.scopes or {}
    for_good = [lack for lack in lacks if lack.scope not in scopes]
    if for_good:
        return Refusal(change.key, change.source, "; ".join(lack.why for lack in for_good), for_good[0].hint)
    names = [lack.scope for lack in lacks if lack.scope is not None]
    return change._replace(new_scopes=tuple(NewScope(name, scopes[name]) for name in names))


def _held(context: Context, want: Desired) -> CredentialMark | None:
    return (context.held or {}).get(want.key)


def _foreign(want: Desired, found: Observed) -> Refusal:
    whose = "no registry's mark" if found.mark is None else f"the mark of {_owner(found.mark)}"
    return Refusal(
        want.key,
        want.source,
        f"the server has a client of this id already, with {whose}: it is not ours to change",
        "choose another client_id; or, if this registry shall own it from now on, plan with --adopt",
    )


def _owner(mark: Mark) -> str:
    return f"registry {mark.registry}, environment {mark.environment}"


def _present(context: Context, want: Desired, found: Observed | None, taken: Step) -> Change | None:
    """Create, adopt, rotate, enable or update: one change, whatever it consists of."""
    fields = _fields(context, want, found) + _mark_fields(context, want, found) + _credential_field(taken)
    if not fields:
        return None
    action = _action(context, found, fields, taken)
    return Change(
        action=action,
        key=want.key,
        source=want.source,
        risk=Risk.BREAKING if action is Action.ROTATE else worst(tuple(field.risk for field in fields)),
        fields=fields,
        payload=want.payload,
        mark=Mark(context.registry, context.environment, want.source, context.commit, taken.mark),
        revision=None if found is None else found.revision(),
        credential=taken.credential,
    )


def _action(context: Context, found: Observed | None, fields: tuple[FieldChange, ...], taken: Step) -> Action:
    if found is None:
        return Action.CREATE
    if not _ours(context, found):
        return Action.ADOPT
    if taken.rotation:
        return Action.ROTATE
    back = found.mark is not None and found.mark.disabled_since is not None
    if back and any(field.path == ("enabled",) and field.after is True for field in fields):
        return Action.ENABLE
    return Action.UPDATE


def _fields(context: Context, want: Desired, found: Observed | None) -> tuple[FieldChange, ...]:
    before, after = {} if found is None else plain(found.payload), want.payload
    sight = Sight(context.production, context.sensitive_scopes, before, after)
    changes = []
    for name in _differing(before, after):
        risk, why = classify(name, sight)
        if found is None and (name == "client_id" or (risk is not Risk.SENSITIVE and not after[name])):
            continue
        changes.append(FieldChange((name,), _shown(name, before.get(name)), _shown(name, after[name]), risk, why))
    return tuple(changes)


def _differing(before: JsonObject, after: JsonObject) -> list[str]:
    """The fields that are not equal and of one type: to Python, True equals 1."""
    return [
        name
        for name, value in after.items()
        if (was := before.get(name)) != value or was.__class__ is not value.__class__
    ]


def _shown(name: str, value: Json) -> Json:
    return public_view(value) if name == "jwks" else value


def _mark_fields(context: Context, want: Desired, found: Observed | None) -> tuple[FieldChange, ...]:
    if found is None:
        return ()
    mark = found.mark
    if mark is None or not _ours(context, found):
        before, after = None if mark is None else _owner(mark), f"{context.registry}, {context.environment}"
        return (FieldChange(("owner",), before, after, Risk.SENSITIVE, "this registry takes the client over"),)
    fields: tuple[FieldChange, ...] = ()
    if mark.source != want.source:
        fields += (FieldChange(("source",), mark.source, want.source, Risk.PLAIN, "its file moved"),)
    if mark.disabled_since is not None:
        why = "its file or entry is back: it will not be deleted"
        fields += (FieldChange(("disabled_since",), mark.disabled_since, None, Risk.PLAIN, why),)
    return fields


def _credential_field(taken: Step) -> tuple[FieldChange, ...]:
    if not taken.why:
        return ()
    risk = Risk.BREAKING if taken.rotation else Risk.PLAIN
    after = None if taken.generation is None else taken.generation
    return (FieldChange(("credentials", "generation"), taken.before, after, risk, taken.why),)


def _absent(context: Context, found: Observed) -> _Decision:
    """Its file or entry is gone: disable, wait, delete. Disabled again if someone enabled it by hand meanwhile."""
    mark = found.mark
    if mark is None:
        return None
    gone = f"its file, or its entry for {context.environment}, is gone"
    until = _until(mark.disabled_since, context.grace_days)
    if context.grace_days == 0:
        return _removal(found, mark, _enabled(found, f"{gone}; deleted at once: grace_days is 0", after=None))
    if until is None or found.payload.get("enabled", False) is not False:
        marked = replace(mark, commit=context.commit, disabled_since=context.today.isoformat())
        field = _enabled(found, f"{gone}; deleted after {context.grace_days} days unless it comes back", after=False)
        return _removal(found, marked, field, Action.DISABLE)
    if context.today < until:
        return Waiting(found.key, mark.source, Action.DELETE, until.isoformat())
    over = f"{gone}; disabled since {mark.disabled_since}, and {context.grace_days} days of grace are over"
    return _removal(found, mark, FieldChange(("disabled_since",), mark.disabled_since, None, Risk.BREAKING, over))


def _until(disabled_since: str | None, grace_days: int) -> date | None:
    """The first day on which the client may be deleted; None where it was never disabled by us in a readable way."""
    try:
        return None if disabled_since is None else date.fromisoformat(disabled_since) + timedelta(days=grace_days)
    except ValueError:
        return None


def _enabled(found: Observed, why: str, *, after: bool | None) -> FieldChange:
    return FieldChange(("enabled",), found.payload.get("enabled"), after, Risk.BREAKING, why)


def _removal(found: Observed, mark: Mark, field: FieldChange, action: Action = Action.DELETE) -> Change:
    return Change(
        action=action,
        key=found.key,
        source=mark.source,
        risk=Risk.BREAKING,
        fields=(field,),
        payload=None if action is Action.DELETE else {**found.payload, "enabled": False},
        mark=mark,
        revision=found.revision(),
    )
