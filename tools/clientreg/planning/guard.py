"""Reasons to refuse a whole plan: it takes away more than one apply may. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from clientreg.planning.plan import Action, Plan, Refusal, Risk, ServerPlan
from clientreg.settings import FILE, Guard

_SHARE_FROM = 10
"""Owned clients from which on a share means something: one of three is a third, and no disaster."""
_DEFAULT = Guard()
_TAKES_AWAY = frozenset({Action.DISABLE, Action.DELETE})


def reasons(plan: Plan, guard: Guard, *, client_files: int) -> tuple[Refusal, ...]:
    """Every limit that the plan passes, with its place and its count, and the one way to pass it once.

    Clients are counted, not writes: the same client on two servers counts once. `client_files` is how many client files
    the registry has, for whichever environment.
    """
    found = [*_empty(plan, client_files), *_deletes(plan, guard), *_shares(plan, guard), *_breaking(plan, guard)]
    if plan.partial:
        found = [reason for reason in found if reason.key != "clients"]
    return tuple(found)


def once(plan: Plan) -> str:
    """What to write so that exactly this plan passes, this time."""
    return f"if it is meant, apply this very plan once: --override-guard {plan.digest}"


def _empty(plan: Plan, client_files: int) -> Iterator[Refusal]:
    if client_files == 0:
        owned = max((server.owned for server in plan.servers), default=0)
        why = f"clients/ holds no client file, and {_count(owned, 'client')} of this registry on a server would go"
        if owned == 0:
            why = "clients/ holds no client file yet: there is nothing to plan"
        yield Refusal(
            "clients", "clients/", why, once(plan) if owned else "write a first one: clients/<organization>/<name>.yaml"
        )


def _deletes(plan: Plan, guard: Guard) -> Iterator[Refusal]:
    gone = {change.key for change in plan.changes if change.action in _TAKES_AWAY}
    if len(gone) > guard.max_deletes:
        limit = _limit(plan, "max_deletes", guard.max_deletes, _DEFAULT.max_deletes)
        yield _refusal(plan, "max_deletes", f"{_count(len(gone), 'client')} would be disabled or deleted; {limit}")


def _shares(plan: Plan, guard: Guard) -> Iterator[Refusal]:
    for server in plan.servers:
        gone = _gone(server)
        if server.owned < _SHARE_FROM or gone * 100 <= guard.max_delete_percent * server.owned:
            continue
        limit = _limit(plan, "max_delete_percent", guard.max_delete_percent, _DEFAULT.max_delete_percent)
        share = f"{gone} of {server.owned} clients ({gone * 100 / server.owned:.1f} %) would be disabled or deleted"
        yield _refusal(plan, "max_delete_percent", f"server {server.name}: {share}; {limit}")


def _gone(server: ServerPlan) -> int:
    return sum(1 for change in server.changes if change.action in _TAKES_AWAY)


def _breaking(plan: Plan, guard: Guard) -> Iterator[Refusal]:
    broken = {change.key for change in plan.changes if change.risk is Risk.BREAKING}
    if len(broken) > guard.max_breaking:
        limit = _limit(plan, "max_breaking", guard.max_breaking, _DEFAULT.max_breaking)
        yield _refusal(plan, "max_breaking", f"{_count(len(broken), 'client')} would see a breaking change; {limit}")


def _limit(plan: Plan, name: str, value: int, default: int) -> str:
    which = "the default of " if value == default else ""
    return f"{name} is {value} ({which}{FILE}: {_place(plan, name)})"


def _place(plan: Plan, name: str) -> str:
    return f"environments.{plan.environment}.guard.{name}"


def _refusal(plan: Plan, name: str, why: str) -> Refusal:
    return Refusal(name, f"{FILE}: {_place(plan, name)}", why, once(plan))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
