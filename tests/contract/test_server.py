"""What every server type owes (`servers/contract.md`), as worlds that follow each other."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from harness import Harness
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from walk import TODAY, changes, mark, payload, refused, sync, write, writes
from worlds import APP, BESIDE, FIELDS, NIGHTLY, STATES, WEB, World, app, client, shop

from clientreg.capability import Holding
from clientreg.planning.plan import Action, Change, CredentialStep
from clientreg.planning.state import Credential, CredentialMark, Observed, Record
from clientreg.secret import Secret
from clientreg.servers import Outcome, Write

FOREIGN = {"theirs": None, "elsewhere": {"registry": "other", "environment": "test", "source": "s", "commit": "c",
           "credential": None, "disabled_since": None}}  # fmt: skip


def seen(harness: Harness) -> list[Observed]:
    """What a new run sees, without what the server brought along."""
    return [one for one in harness.server().read() if one.key not in harness.furniture]


def stored(harness: Harness) -> bytes | None:
    try:
        return harness.everything()
    except FileNotFoundError:
        return None


def clean(outcomes: tuple[Outcome, ...]) -> bool:
    return [outcome.error for outcome in outcomes if outcome.error] == []


@pytest.mark.parametrize("worlds", STATES.values(), ids=STATES)
def test_each_world_is_reached_kept_and_seen_from_outside(harness: Harness, worlds: tuple[World, ...]) -> None:
    if harness.capabilities.format == "keycloak-realm" and "${" in repr(worlds):
        pytest.skip("it refuses what Keycloak would replace when it imports the file")
    for client_id, their_mark in FOREIGN.items():
        harness.plant_foreign(client_id, their_mark)
    before = harness.foreign_bytes()
    for world in worlds:
        assert clean(sync(harness.server(), world))
        assert changes(harness.server(), world) == ()
        expected = {one.client_id: payload(harness.server(), one) for one in world}
        raw = harness.raw()
        assert raw.keys() == expected.keys() | FOREIGN.keys()
        for client_id, words in expected.items():
            localized = words.pop("localized")
            assert raw[client_id] == {**words, **localized}
        assert harness.foreign_bytes() == before


def holds(harness: Harness, field: str, said: Any) -> bool:
    """Whether lint would let the server have what a file says."""
    capability = harness.capabilities.of(field)
    if capability.holding not in {Holding.HELD, Holding.OTHERWISE}:
        return False
    items = said if isinstance(said, list) else [] if said is None else [said]
    return not capability.only or set(items) <= set(capability.only)


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_is_set_changed_and_unset_in_both_directions(harness: Harness, field: str) -> None:
    steps = [step for step in FIELDS[field] if holds(harness, field, step[0])]
    if not steps:
        pytest.skip(f"a server of type {harness.capabilities.type} has no {field}")
    base = {**APP, "redirect_uris": ["https://shop.acme.example/cb"], "platform": "web", "application_type": "web"}
    base |= BESIDE.get(field, {})
    for said, held in (*steps, *reversed(steps)):
        world = (client("one", base, **{"client_type": "confidential", field: said}),)
        assert clean(sync(harness.server(), world))
        assert changes(harness.server(), world) == ()
        assert harness.raw()["acme.one"].get(field) == held


BOUND = frozenset(
    {"platform", "application_type", "client_type", "redirect_uris", "grant_types", "jwks", "sector_identifier_uri"}
)
FREE = sorted(FIELDS.keys() - BOUND)
CLIENTS = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from([said for said, _ in FIELDS[name]]) for name in FREE}
)
WORLDS = st.dictionaries(st.sampled_from(["one", "two", "three"]), CLIENTS, max_size=3)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WORLDS)
def test_any_world_can_follow_any_other(harness: Harness, clients: dict[str, dict[str, Any]]) -> None:
    stated = {
        name: {field: said for field, said in changed.items() if holds(harness, field, said)}
        for name, changed in clients.items()
    }
    world = tuple(client(name, WEB, **changed) for name, changed in stated.items())
    assert clean(sync(harness.server(), world))
    assert changes(harness.server(), world) == ()
    assert harness.raw().keys() == {f"acme.{name}" for name in clients}


def test_every_field_that_is_held_is_tried(harness: Harness) -> None:
    held = {
        name for name, how in harness.capabilities.fields.items() if how.holding in {Holding.HELD, Holding.OTHERWISE}
    }
    assert held - {field.partition("#")[0] for field in FIELDS} == {"client_id"}


def test_reading_a_server_that_was_never_written_writes_nothing(harness: Harness) -> None:
    before = stored(harness)
    assert (seen(harness), harness.server().record()) == ([], None)
    assert stored(harness) == before


def test_what_is_read_is_settled(harness: Harness) -> None:
    server = harness.server()
    harness.plant_foreign("theirs", None)
    sync(server, (shop(), app(), NIGHTLY))
    assert [one.key for one in server.read() if one.payload != server.settle(one.payload)] == []


def test_a_refused_client_stops_no_other(harness: Harness) -> None:
    server = harness.server()
    first, second, third = changes(server, (app(), NIGHTLY, shop()))
    outcomes = tuple(server.apply(writes((first, refused(second), third))))
    assert [outcome.change.key for outcome in outcomes] == ["acme.app", "acme.nightly", "acme.shop"]
    assert [bool(outcome.error) for outcome in outcomes] == [False, True, False]
    assert harness.raw().keys() == {"acme.app", "acme.shop"}
    assert [change.key for change in changes(server, (app(), NIGHTLY, shop()))] == ["acme.nightly"]


def test_a_refused_update_leaves_the_client_as_it_was(harness: Harness) -> None:
    server = harness.server()
    sync(server, (shop(),))
    before = harness.raw()
    (change,) = changes(server, (shop(client_name="Acme Store"),))
    (outcome,) = server.apply(writes((refused(change),)))
    assert outcome.error
    assert harness.raw() == before


def test_a_client_that_changed_since_the_plan_is_left_alone(harness: Harness) -> None:
    server = harness.server()
    sync(server, (shop(), app()))
    planned = changes(server, (shop(client_name="Acme Store"), app(client_name="Acme Mobile")))
    harness.touch("acme.app")
    assert [bool(outcome.error) for outcome in server.apply(writes(planned))] == [True, False]
    assert {key: words["client_name"] for key, words in harness.raw().items()} == {
        "acme.app": "Acme App",
        "acme.shop": "Acme Store",
    }


def test_a_client_that_changed_since_the_plan_is_not_deleted(harness: Harness) -> None:
    server = harness.server()
    sync(server, (shop(),))
    planned = changes(server, ())
    harness.touch("acme.shop")
    assert [bool(outcome.error) for outcome in server.apply(writes(planned))] == [True]
    assert harness.raw().keys() == {"acme.shop"}


def test_a_client_to_create_that_exists_is_left_alone(harness: Harness) -> None:
    server = harness.server()
    planned = changes(server, (app(),))
    harness.plant_foreign("acme.app", None)
    before = harness.foreign_bytes()
    assert [bool(outcome.error) for outcome in server.apply(writes(planned))] == [True]
    assert harness.foreign_bytes() == before


def test_a_client_id_never_changes(harness: Harness) -> None:
    server = harness.server()
    (change,) = changes(server, (app(),))
    assert change.payload is not None
    other = change._replace(payload={**change.payload, "client_id": "acme.other"})
    assert [bool(outcome.error) for outcome in server.apply((Write(other),))] == [True]


def test_the_mark_is_written_and_read_with_the_credential_that_came(harness: Harness) -> None:
    server = harness.server()
    sync(server, (shop(), app()))
    assert {one.key: (one.mark, one.has_secret) for one in seen(harness)} == {
        "acme.app": (mark(app()), False),
        "acme.shop": (
            replace(mark(shop()), credential=CredentialMark("id-acme.shop", 1)),
            True,
        ),
    }


def only_change(harness: Harness, world: World, **fields: object) -> Change:
    (change,) = changes(harness.server(), world)
    return change._replace(**fields)  # type: ignore[arg-type]


def test_a_secret_stays_until_another_comes(harness: Harness) -> None:
    server = harness.server()
    old, new = Credential("old", 1, Secret("old-secret")), Credential("new", 2, Secret("new-secret"))
    create = only_change(harness, (shop(),))
    assert clean(tuple(server.apply((write(create, old),))))
    update = only_change(harness, (shop(client_name="Acme Store"),))
    assert clean(tuple(server.apply((Write(update),))))
    assert (harness.knows_secret("acme.shop", "old-secret"), harness.knows_secret("acme.shop", "")) == (True, False)
    rotate = update._replace(action=Action.ROTATE, revision=seen(harness)[0].revision(), credential=CredentialStep.NEW)
    assert clean(tuple(server.apply((write(rotate, new),))))
    assert (harness.knows_secret("acme.shop", "old-secret"), harness.knows_secret("acme.shop", "new-secret")) == (
        False,
        True,
    )
    assert [one.mark and one.mark.credential for one in seen(harness)] == [CredentialMark("new", 2)]


def test_a_client_that_becomes_public_has_no_secret_any_more(harness: Harness) -> None:
    server = harness.server()
    for world, holds in (((shop(),), True), ((shop(client_type="public"),), False), ((shop(),), True)):
        assert clean(sync(server, world))
        assert [one.has_secret for one in seen(harness)] == [holds]


def test_a_confidential_client_is_not_made_without_a_secret(harness: Harness) -> None:
    create = only_change(harness, (shop(),))
    assert [bool(outcome.error) for outcome in harness.server().apply((Write(create),))] == [True]


def test_no_secret_is_stored_or_said(harness: Harness) -> None:
    server = harness.server()
    secrets: list[str] = []
    planned = changes(server, (shop(), app(), NIGHTLY))
    handed_out = writes(planned, lambda _, credential: secrets.append(credential.secret.reveal()))
    said = repr([*server.apply(handed_out), *server.apply(writes(planned)), *server.read(), server])
    assert len(secrets) == 2
    assert [text for text in secrets if text in said or text.encode() in harness.everything()] == []


def test_a_client_can_be_disabled_whatever_else_is_wrong_with_it(harness: Harness) -> None:
    server = harness.server()
    sync(server, (app(),))
    change = refused(only_change(harness, (app(enabled=False),), action=Action.DISABLE))
    assert clean(tuple(server.apply((Write(change),))))
    assert harness.raw()["acme.app"]["enabled"] is False


def test_a_client_that_is_gone_is_disabled_and_marked_and_comes_back(harness: Harness) -> None:
    server = harness.server()
    sync(server, (app(),))
    for world, action, enabled, since in (((), Action.DISABLE, False, TODAY), ((app(),), Action.ENABLE, True, None)):
        planned = changes(server, world, grace_days=14)
        assert [change.action for change in planned] == [action]
        assert clean(tuple(server.apply(writes(planned))))
        assert harness.raw()["acme.app"]["enabled"] is enabled
        assert [one.mark and one.mark.disabled_since for one in seen(harness)] == [since]
        assert changes(server, world, grace_days=14) == ()


def test_an_adopted_client_is_ours_and_its_neighbour_is_not(harness: Harness) -> None:
    server = harness.server()
    harness.plant_foreign("acme.app", None)
    harness.plant_foreign("theirs", None)
    planned = changes(server, (app(),), adopt=True)
    assert [change.action for change in planned] == [Action.ADOPT]
    assert clean(tuple(server.apply(writes(planned))))
    assert {one.key: one.mark for one in seen(harness)} == {"acme.app": mark(app()), "theirs": None}
    assert harness.raw()["acme.app"]["scopes"] == ["openid", "profile"]
    assert changes(server, (app(),)) == ()


def test_of_two_applies_of_one_plan_one_wins_each_client(harness: Harness) -> None:
    server = harness.server()
    ids = [f"client-{number}" for number in range(6)]
    sync(server, tuple(client(one, APP) for one in ids))
    planned = changes(server, tuple(client(one, APP, client_name="Renamed") for one in ids))
    outcomes: list[tuple[Outcome, ...]] = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(tuple(harness.server().apply(writes(planned)))))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    landed = sorted(outcome.change.key for run in outcomes for outcome in run if outcome.error is None)
    assert (landed if harness.atomic else sorted(set(landed))) == [f"acme.{one}" for one in ids]
    assert {words["client_name"] for words in harness.raw().values()} == {"Renamed"}


def test_what_was_done_stays_done_when_the_run_breaks_off(harness: Harness) -> None:
    """And nothing is under way any more: what was asked for is there, and no credential but theirs was made."""
    server, made = harness.server(), list[str]()
    world = tuple(client(f"client-{number:02}", WEB) for number in range(12 * harness.lanes))
    run = server.apply(writes(changes(server, world), lambda key, _: made.append(key)))
    assert next(run).error is None
    run.close()
    assert harness.raw().keys() == set(made)
    assert made == [one.client_id for one in world[: len(made)]]
    assert len(made) == 1 if harness.lanes == 1 else len(made) < len(world)
    assert clean(sync(harness.server(), world))
    assert harness.raw().keys() == {one.client_id for one in world}


def test_the_record_is_the_last_one_saved(harness: Harness) -> None:
    for commit in ("c1", "c2"):
        harness.server().save_record(Record("connect", "test", commit))
    assert harness.server().record() == Record("connect", "test", "c2")


def test_some_clients_are_read_again_as_they_are(harness: Harness) -> None:
    server = harness.server()
    sync(server, (shop(), app(), NIGHTLY))
    changed = {one.key: one for one in seen(harness)}
    asked = {"acme.app", "acme.shop", "acme.nowhere"}
    many = asked | {f"acme.nowhere-{number}" for number in range(30)}
    for keys in (asked, many, set[str]()):
        again = {one.key: one for one in server.read_again(keys)}
        assert again == {key: one for key, one in changed.items() if key in keys}


def test_endpoints_have_their_discovery_names(harness: Harness) -> None:
    endpoints = harness.server().endpoints()
    assert {"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"} <= endpoints.keys()
    assert {url for url in endpoints.values() if not url.startswith(endpoints["issuer"])} == set()
