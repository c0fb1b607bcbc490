"""The digest names what was reviewed: all of it, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clientreg.planning.plan import (
    Action,
    Change,
    CredentialStep,
    FieldChange,
    NewScope,
    Plan,
    Refusal,
    Risk,
    ServerPlan,
    Waiting,
)
from clientreg.planning.state import CredentialMark, Mark

MARK = Mark("connect", "test", "clients/a/b.yaml", "c1")
FIELD = FieldChange(("scopes",), ["openid"], ["openid", "email"], Risk.SENSITIVE, "scope widened: email")
CHANGE = Change(Action.UPDATE, "a.b", "clients/a/b.yaml", Risk.SENSITIVE, (FIELD,), {"scopes": []}, MARK, "7")
SERVER = ServerPlan("eu", "embedded", "http://localhost:8080", (CHANGE,))
PLAN = Plan("test", False, "c1", (SERVER,), recipients=(("a.b", ("age1...",)),))


def with_server(**fields: object) -> Plan:
    return PLAN._replace(servers=(SERVER._replace(**fields),))


def with_change(**fields: object) -> Plan:
    return with_server(changes=(CHANGE._replace(**fields),))


REVIEWED = {
    "environment": PLAN._replace(environment="production"),
    "recipients": PLAN._replace(recipients=(("a.b", ("age1other",)),)),
    "server name": with_server(name="us"),
    "server type": with_server(type="keycloak"),
    "server address": with_server(url="http://localhost:8081"),
    "another server": PLAN._replace(servers=(SERVER, SERVER._replace(name="us"))),
    "action": with_change(action=Action.ADOPT),
    "client": with_change(key="a.c"),
    "credential": with_change(credential=CredentialStep.NEW),
    "before": with_change(fields=(FIELD._replace(before=[]),)),
    "after": with_change(fields=(FIELD._replace(after=[]),)),
    "no change": with_server(changes=()),
    "a new scope": with_change(new_scopes=(NewScope("loans", "Borrow"),)),
}
NOT_REVIEWED = {
    "commit": PLAN._replace(commit="c2"),
    "revision": with_change(revision="8"),
    "the mark": with_change(mark=replace(MARK, commit="c2", credential=CredentialMark("x", 1))),
    "counts": with_server(owned=5, foreign=6, unchanged=7),
    "what waits": with_server(waiting=(Waiting("a.c", "f", Action.DELETE, "2026-12-07"),)),
    "what is refused": with_server(refused=(Refusal("a.c", "f", "because"),)),
    "why it is stopped": PLAN._replace(stopped=(Refusal("max_deletes", "registry.yaml", "too many"),)),
}


@pytest.mark.parametrize("other", REVIEWED.values(), ids=REVIEWED)
def test_another_plan_has_another_digest(other: Plan) -> None:
    assert other.digest != PLAN.digest


@pytest.mark.parametrize("same", NOT_REVIEWED.values(), ids=NOT_REVIEWED)
def test_the_same_plan_has_the_same_digest(same: Plan) -> None:
    assert same.digest == PLAN.digest


def test_the_digest_is_the_same_on_every_machine() -> None:
    assert PLAN.digest == "sha256:21b4ebf17ea262177b9a8644629972c27182e6c8c8ab02b3281405c728f3f8be"


def test_a_scope_that_two_clients_need_is_made_once() -> None:
    first, second = NewScope("loans", "Borrow"), NewScope("fines", "Pay")
    changes = (CHANGE._replace(new_scopes=(first,)), CHANGE._replace(key="a.c", new_scopes=(first, second)))
    assert SERVER._replace(changes=changes).new_scopes == (first, second)
