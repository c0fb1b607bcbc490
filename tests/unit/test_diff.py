"""One client on one server: what the plan decides, for each combination of wanted and found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from clientreg.jsonvalue import Json
from clientreg.planning import diff
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
from clientreg.planning.state import CredentialMark, Desired, Lack, Mark, Observed
from memory import MemoryServer

MARK = Mark("connect", "test", "clients/a/b.yaml", "c0")
HELD = CredentialMark("held", 1)
CONTEXT = diff.Context(
    registry="connect",
    environment="test",
    production=False,
    commit="c1",
    today=date(2026, 11, 23),
    grace_days=14,
    recorded=frozenset({"held", "other"}),
    recipients={"a.b": ("age1...",)},
)


def want(**fields: Any) -> Desired:
    payload: dict[str, Json] = {"client_id": "a.b", "enabled": True, "client_name": "A", **fields.pop("payload", {})}
    return Desired(**{"key": "a.b", "source": "clients/a/b.yaml", "payload": payload, "needs_secret": False, **fields})


def found(mark: Mark | None = MARK, **fields: Any) -> Observed:
    payload: dict[str, Json] = {"client_id": "a.b", "enabled": True, "client_name": "A", **fields.pop("payload", {})}
    return Observed("a.b", payload, lambda: "7", mark, **fields)


def plan(desired: Desired | None, observed: Observed | None, **fields: Any) -> ServerPlan:
    refused = fields.pop("refused", ())
    return diff.build(
        CONTEXT._replace(**fields),
        MemoryServer(),
        desired={} if desired is None else {desired.key: lambda: desired},
        observed=() if observed is None else (observed,),
        refused=refused,
    )


def change(desired: Desired | None, observed: Observed | None, **fields: Any) -> Change:
    made = plan(desired, observed, **fields)
    assert (made.refused, made.waiting) == ((), ())
    (one,) = made.changes
    return one


def secret(**fields: Any) -> Desired:
    return want(needs_secret=True, **fields)


def holding(mark: CredentialMark | None = HELD, **fields: Any) -> Observed:
    return found(replace(MARK, credential=mark), has_secret=True, **fields)


def test_nothing_wanted_and_nothing_found_is_nothing() -> None:
    assert plan(None, None) == ServerPlan("local", "embedded", "http://localhost:8080", ())


def test_what_is_as_it_shall_be_is_counted() -> None:
    made = plan(want(), found())
    assert (made.changes, made.owned, made.foreign, made.unchanged) == ((), 1, 0, 1)


def test_nobody_works_out_the_revision_of_what_stays_as_it_is() -> None:
    def never() -> str:
        raise AssertionError("a digest of each client of a realm")

    assert plan(want(), replace(found(), revision=never)).unchanged == 1


def test_a_new_client_lists_what_it_gets() -> None:
    one = change(want(payload={"logo_uri": None, "redirect_uris": []}), None)
    assert one == Change(
        action=Action.CREATE,
        key="a.b",
        source="clients/a/b.yaml",
        risk=Risk.VISIBLE,
        fields=(
            FieldChange(("enabled",), None, True, Risk.PLAIN, ""),
            FieldChange(("client_name",), None, "A", Risk.VISIBLE, "end users read it"),
        ),
        payload={"client_id": "a.b", "enabled": True, "client_name": "A", "logo_uri": None, "redirect_uris": []},
        mark=replace(MARK, commit="c1"),
        revision=None,
    )


def test_only_keys_that_are_rendered_are_compared() -> None:
    assert plan(want(), found(payload={"theirs": 1})).changes == ()
    assert change(want(payload={"ours": [1]}), found(payload={"theirs": 1})).fields == (
        FieldChange(("ours",), None, [1], Risk.PLAIN, ""),
    )


def test_absent_and_null_are_the_same_but_true_and_one_are_not() -> None:
    assert plan(want(payload={"x": None}), found()).changes == ()
    assert change(want(payload={"x": 1}), found(payload={"x": True})).fields[0].after == 1


def test_an_update_names_its_revision_and_keeps_the_credential() -> None:
    one = change(secret(payload={"client_name": "B"}), holding())
    assert (one.action, one.revision, one.credential) == (Action.UPDATE, "7", CredentialStep.NONE)
    assert one.mark == replace(MARK, commit="c1", credential=HELD)


def test_disabled_by_its_file_is_an_update_of_the_field() -> None:
    one = change(want(payload={"enabled": False}), found())
    assert (one.action, one.risk, one.mark.disabled_since) == (Action.UPDATE, Risk.BREAKING, None)


def test_a_client_that_is_gone_is_disabled_first() -> None:
    one = change(None, found())
    assert one.action is Action.DISABLE
    assert one.mark == replace(MARK, commit="c1", disabled_since="2026-11-23")
    assert one.payload == {"client_id": "a.b", "enabled": False, "client_name": "A"}
    assert one.fields == (
        FieldChange(
            ("enabled",),
            True,
            False,
            Risk.BREAKING,
            "its file, or its entry for test, is gone; deleted after 14 days unless it comes back",
        ),
    )


def since(day: str, *, enabled: bool = False) -> Observed:
    return found(replace(MARK, disabled_since=day), payload={"enabled": enabled})


def test_it_waits_until_the_grace_period_is_over() -> None:
    assert plan(None, since("2026-11-10")).waiting == (Waiting("a.b", "clients/a/b.yaml", Action.DELETE, "2026-11-24"),)
    one = change(None, since("2026-11-09"))
    assert (one.action, one.payload, one.revision) == (Action.DELETE, None, "7")


def test_one_that_somebody_enabled_by_hand_is_disabled_again_with_new_grace() -> None:
    one = change(None, since("2020-01-01", enabled=True))
    assert (one.action, one.mark.disabled_since) == (Action.DISABLE, "2026-11-23")


def test_an_unreadable_day_starts_the_grace_anew() -> None:
    assert change(None, since("soon")).mark.disabled_since == "2026-11-23"


def test_without_grace_it_is_deleted_at_once() -> None:
    assert change(None, found(), grace_days=0).action is Action.DELETE


def test_back_in_time_it_is_enabled() -> None:
    one = change(want(), since("2026-11-20"))
    assert (one.action, one.risk, one.mark) == (Action.ENABLE, Risk.SENSITIVE, replace(MARK, commit="c1"))
    assert [(f.path, f.before, f.after) for f in one.fields] == [
        (("enabled",), False, True), (("disabled_since",), "2026-11-20", None)
    ]  # fmt: skip


def test_back_but_disabled_by_its_file_only_the_mark_changes() -> None:
    one = change(want(payload={"enabled": False}), since("2026-11-20"))
    assert (one.action, [f.path for f in one.fields]) == (Action.UPDATE, [("disabled_since",)])


@pytest.mark.parametrize(
    ("mark", "whose"),
    [
        (None, "no registry's mark"),
        (Mark("other", "test", "x", "y"), "the mark of registry other, environment test"),
        (Mark("connect", "production", "x", "y"), "the mark of registry connect, environment production"),
    ],
)
def test_a_foreign_client_is_refused_and_never_taken_away(mark: Mark | None, whose: str) -> None:
    made = plan(want(), found(mark))
    assert made.changes == ()
    assert [r.why for r in made.refused] == [
        f"the server has a client of this id already, with {whose}: it is not ours to change"
    ]
    assert plan(None, found(mark)) == ServerPlan("local", "embedded", "http://localhost:8080", (), foreign=1)
    assert plan(None, found(mark), adopt=True).changes == ()


def test_adopting_says_whose_it_was_and_changes_what_differs() -> None:
    one = change(want(payload={"client_name": "B"}), found(Mark("other", "test", "x", "y")), adopt=True)
    assert (one.action, one.risk, one.mark) == (Action.ADOPT, Risk.SENSITIVE, replace(MARK, commit="c1"))
    assert [(f.path, f.before, f.after) for f in one.fields] == [
        (("client_name",), "A", "B"), (("owner",), "registry other, environment test", "connect, test")
    ]  # fmt: skip


@pytest.mark.parametrize("base", [None, found()])
def test_a_client_that_needs_a_secret_gets_one(base: Observed | None) -> None:
    one = change(secret(generation=3), base)
    assert (one.credential, one.mark.credential) == (CredentialStep.NEW, None)
    assert one.fields[-1].path == ("credentials", "generation")
    assert (one.fields[-1].before, one.fields[-1].after) == (None, 3)
    assert one.action is (Action.CREATE if base is None else Action.UPDATE)


def test_one_that_another_server_has_is_shared() -> None:
    one = change(secret(), None, held={"a.b": HELD})
    assert (one.credential, one.mark.credential) == (CredentialStep.SHARED, HELD)


def test_an_older_one_on_another_server_is_not() -> None:
    assert change(secret(generation=2), None, held={"a.b": HELD}).credential is CredentialStep.NEW


def test_two_servers_with_two_secrets_end_with_one() -> None:
    one = change(secret(), holding(CredentialMark("other", 1)), held={"a.b": HELD})
    assert (one.action, one.credential, one.mark.credential) == (Action.ROTATE, CredentialStep.SHARED, HELD)
    assert plan(secret(), holding(), held={"a.b": HELD}).changes == ()


def test_a_raised_generation_rotates_and_a_lowered_one_is_refused() -> None:
    one = change(secret(generation=2), holding())
    assert (one.action, one.risk, one.credential) == (Action.ROTATE, Risk.BREAKING, CredentialStep.NEW)
    made = plan(secret(generation=1), holding(CredentialMark("held", 2)))
    assert made.changes == ()
    assert made.refused == (
        Refusal(
            "a.b",
            "clients/a/b.yaml",
            "credentials.generation is 1, but the server holds generation 2",
            "write `generation: 2` to keep the secret, 3 for a new one",
        ),
    )


def test_a_secret_that_is_not_used_any_more_leaves_the_mark() -> None:
    one = change(want(), holding())
    assert (one.action, one.credential, one.mark.credential) == (Action.UPDATE, CredentialStep.NONE, None)
    assert [(f.path, f.before, f.after) for f in one.fields] == [(("credentials", "generation"), 1, None)]


def test_an_adopted_secret_stays_until_the_file_asks() -> None:
    assert plan(secret(), holding(None)).changes == ()
    assert change(secret(generation=2), holding(None)).action is Action.ROTATE


def test_a_secret_that_could_not_be_handed_over_is_not_made() -> None:
    assert [r.key for r in plan(secret(), None, recipients={}).refused] == ["a.b"]
    made = plan(secret(), None, undeliverable=("no sink would take it", "add one"))
    assert [(r.why, r.hint) for r in made.refused] == [
        ("it needs a new client secret, but no sink would take it", "add one")
    ]


def test_a_partial_plan_takes_nothing_away() -> None:
    assert plan(None, found(), partial=True).changes == ()
    assert plan(None, since("2020-01-01"), partial=True).changes == ()


def test_a_filter_leaves_the_others_out() -> None:
    made = plan(want(), None, clients=frozenset({"else"}))
    assert (made.changes, made.refused) == ((), ())


def test_a_refused_client_stays_as_it_is() -> None:
    refusal = Refusal("a.b", "clients/a/b.yaml", "it has errors")
    for observed in (None, found(), found(None), since("2020-01-01")):
        made = plan(None, observed, refused=(refusal,))
        assert (made.changes, made.refused, made.waiting) == ((), (refusal,), ())


def test_private_key_material_is_in_no_field() -> None:
    rsa: dict[str, Json] = {"kty": "RSA", "n": "0vx7", "e": "AQAB", "kid": "one", "d": "PLANTED", "p": "PLANTED"}
    keys: list[Json] = [rsa, {"kty": "oct", "k": "PLANTED"}, "PLANTED", {"kty": "RSA", "n": 1, "d": "PLANTED"}]
    for before, after in ((None, {"keys": keys}), ({"keys": keys}, None), ({"keys": keys}, {"keys": "PLANTED"})):
        one = change(want(payload={"jwks": after}), found(payload={"jwks": before}))
        assert "PLANTED" not in repr(one.fields)
    (field,) = change(want(payload={"jwks": {"keys": [rsa]}}), found()).fields
    assert isinstance(field.after, list)
    assert isinstance(field.after[0], dict)
    assert field.after[0].keys() == {"kty", "kid", "thumbprint"}


def test_another_member_of_a_key_is_another_field_value() -> None:
    one, two = ({"keys": [{"kty": "EC", "crv": "P-256", "x": "x", "y": "y", "key_ops": ops}]} for ops in ("a", "b"))
    (field,) = change(want(payload={"jwks": two}), found(payload={"jwks": one})).fields
    assert (field.before != field.after, field.why) == (True, "a key's members changed")


def test_the_thumbprint_is_that_of_the_standard() -> None:
    """The example of RFC 7638 section 3.1."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
        "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6"
        "qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJ"
        "zKnqDKgw"
    )
    key: Json = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    (field,) = change(want(payload={"jwks": {"keys": [key]}}), found()).fields
    assert isinstance(field.after, list)
    assert field.after[0] == {
        "kty": "RSA",
        "kid": "2011-04-29",
        "alg": "RS256",
        "thumbprint": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
    }


LOANS, FINES = Lack("it has no scope 'loans'", "add it", "loans"), Lack("it has no scope 'fines'", "ask for it")


def lacking(*lacks: Lack) -> dict[str, Any]:
    return {"lacks": lambda _: lacks, "scopes": {"loans": "Borrow books"}}


@pytest.mark.parametrize("observed", [None, found(payload={"client_name": "B"})], ids=["new", "there"])
def test_a_client_that_needs_what_the_server_has_not_is_refused(observed: Observed | None) -> None:
    made = plan(want(), observed, **lacking(FINES, LOANS._replace(scope=None)))
    why = "it has no scope 'fines'; it has no scope 'loans'"
    assert (made.changes, made.refused) == ((), (Refusal("a.b", "clients/a/b.yaml", why, "ask for it"),))


def test_a_scope_of_the_catalogue_is_made_where_the_server_may_make_it() -> None:
    assert change(want(), None, **lacking(LOANS)).new_scopes == (NewScope("loans", "Borrow books"),)


def test_no_scope_is_made_that_the_catalogue_has_not() -> None:
    made = plan(want(), None, **{**lacking(LOANS), "scopes": {"fines": "Pay"}})
    assert [refused.why for refused in made.refused] == ["it has no scope 'loans'"]


@pytest.mark.parametrize(
    ("desired", "action"), [(want(), None), (None, Action.DISABLE)], ids=["as it shall be", "gone"]
)
def test_who_is_not_changed_or_taken_away_needs_nothing(desired: Desired | None, action: Action | None) -> None:
    made = plan(desired, found(), **lacking(FINES))
    assert ([one.action for one in made.changes], made.refused) == ([] if action is None else [action], ())
