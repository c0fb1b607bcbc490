"""Limits of what one apply may take away, each with its place, its count and the way past it."""

from __future__ import annotations

from typing import Any

from clientreg.planning import guard
from clientreg.planning.plan import Action, Change, Plan, Risk, ServerPlan
from clientreg.planning.state import Mark
from clientreg.settings import Guard

DEFAULT = Guard()
MARK = Mark("connect", "test", "clients/a/b.yaml", "c1")


def changes(action: Action, count: int, risk: Risk = Risk.BREAKING) -> tuple[Change, ...]:
    return tuple(Change(action, f"acme.{n:03}", "f", risk, (), None, MARK, "1") for n in range(count))


def plan(*made: tuple[Change, ...], owned: int = 1000, **fields: Any) -> Plan:
    servers = tuple(ServerPlan(f"s{n}", "embedded", "http://x", one, owned=owned) for n, one in enumerate(made))
    return Plan("test", False, "c1", servers, **fields)


def why(made: Plan, limits: Guard = DEFAULT, client_files: int = 5) -> list[str]:
    return [reason.why for reason in guard.reasons(made, limits, client_files=client_files)]


def test_a_plan_within_its_limits_passes() -> None:
    assert why(plan(changes(Action.DISABLE, 10))) == []


def test_deletes_and_disables_count_together_and_the_default_is_named() -> None:
    assert why(plan((*changes(Action.DISABLE, 6), *changes(Action.DELETE, 11)[6:]))) == [
        "11 clients would be disabled or deleted; max_deletes is 10 "
        "(the default of registry.yaml: environments.test.guard.max_deletes)"
    ]


def test_a_limit_that_was_set_is_named_with_its_place() -> None:
    assert why(plan(changes(Action.DELETE, 4)), Guard(max_deletes=3)) == [
        "4 clients would be disabled or deleted; max_deletes is 3 (registry.yaml: environments.test.guard.max_deletes)"
    ]


def test_the_share_counts_from_ten_owned_clients_on() -> None:
    gone = changes(Action.DISABLE, 2)
    assert why(plan(gone, owned=9)) == []
    assert why(plan(gone, owned=20)) == []
    assert why(plan(gone, owned=19)) == [
        "server s0: 2 of 19 clients (10.5 %) would be disabled or deleted; max_delete_percent is 10 "
        "(the default of registry.yaml: environments.test.guard.max_delete_percent)"
    ]


def test_breaking_changes_have_their_own_limit() -> None:
    assert why(plan(changes(Action.UPDATE, 21))) == [
        "21 clients would see a breaking change; max_breaking is 20 "
        "(the default of registry.yaml: environments.test.guard.max_breaking)"
    ]
    assert why(plan(changes(Action.UPDATE, 21, Risk.SENSITIVE))) == []


def test_a_client_on_two_servers_counts_once() -> None:
    assert why(plan(changes(Action.DISABLE, 6), changes(Action.DISABLE, 6))) == []


def test_an_empty_clients_folder_is_refused() -> None:
    assert why(plan((), owned=7), client_files=0) == [
        "clients/ holds no client file, and 7 clients of this registry on a server would go"
    ]
    assert why(plan((), owned=0), client_files=0) == ["clients/ holds no client file yet: there is nothing to plan"]


def test_the_way_past_is_bound_to_this_plan() -> None:
    made = plan(changes(Action.DELETE, 11))
    (reason,) = guard.reasons(made, Guard(), client_files=5)
    assert reason.hint == f"if it is meant, apply this very plan once: --override-guard {made.digest}"
    assert (reason.key, reason.source) == ("max_deletes", "registry.yaml: environments.test.guard.max_deletes")


def test_a_part_of_an_empty_registry_takes_nothing_away() -> None:
    assert why(plan(()), client_files=0) == [
        "clients/ holds no client file, and 1000 clients of this registry on a server would go"
    ]
    assert why(plan((), partial=True), client_files=0) == []
