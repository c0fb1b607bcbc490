"""Plan and apply as a whole, on servers in memory and a sealed-file sink on the disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from clientreg import sync
from clientreg.errors import CannotFinish, UsageError
from clientreg.planning.plan import Action, CredentialStep, Refusal, Risk
from clientreg.planning.state import CredentialMark, Mark, Record
from clientreg.servers import Write
from clientreg.settings import Guard
from memory import APP, MemoryHistory, MemoryServer, World, done, planned, registration, wanted

SHOP = registration("shop")
TV = registration("tv", APP)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def credential(world: World, key: str = "acme.shop", server: int = 0) -> CredentialMark:
    mark = world.servers[server].clients[key].mark
    assert mark is not None
    assert mark.credential is not None
    return mark.credential


def test_what_was_applied_is_not_planned_again(world: World) -> None:
    applied = world.apply(SHOP, TV)
    assert done(applied) == [("create", "acme.shop", None), ("create", "acme.tv", None)]
    assert not applied.failed
    assert world.plan(SHOP, TV).plan.changes == ()


def test_a_new_secret_is_sealed_before_the_server_is_told(world: World) -> None:
    seen: list[list[str]] = []
    world.servers[0].before = lambda _: seen.append(world.files())
    world.apply(SHOP)
    name = f"acme.shop.{credential(world).id}.age"
    assert seen == [[name]]
    assert world.files() == [name]


def test_a_public_client_gets_its_hand_over_in_clear(world: World) -> None:
    applied = world.apply(TV)
    (one,) = applied.handed_over
    assert (one.key, one.sink, one.sealed) == ("acme.tv", "sealed-file", False)
    assert world.files() == ["acme.tv.yaml"]
    assert Path(one.place).read_text(encoding="utf-8").startswith("# Acme App, environment test\n")


def test_a_removed_client_is_disabled_waits_and_is_deleted(world: World) -> None:
    world.apply(SHOP, TV)
    assert done(world.apply(SHOP)) == [("disable", "acme.tv", None)]
    assert world.servers[0].clients["acme.tv"].payload["enabled"] is False
    waiting = world.plan(SHOP, today="2026-12-06").plan.servers[0]
    assert (waiting.changes, [(w.key, w.action, w.until) for w in waiting.waiting]) == (
        (),
        [("acme.tv", Action.DELETE, "2026-12-07")],
    )
    assert done(world.apply(SHOP, today="2026-12-07")) == [("delete", "acme.tv", None)]
    assert list(world.servers[0].clients) == ["acme.shop"]
    assert "acme.tv.yaml" not in world.files()
    assert world.plan(SHOP, today="2026-12-07").plan.changes == ()


def test_a_client_that_comes_back_is_enabled_with_its_secret(world: World) -> None:
    world.apply(SHOP, TV)
    before = credential(world)
    world.apply(TV)
    assert done(world.apply(SHOP, TV)) == [("enable", "acme.shop", None)]
    assert credential(world) == before
    assert world.plan(SHOP, TV).plan.changes == ()


def test_raising_the_generation_rotates_and_retires_the_old_file(world: World) -> None:
    world.apply(SHOP)
    old = credential(world)
    newer = registration("shop", credentials={"generation": 2})
    assert done(world.apply(newer)) == [("rotate", "acme.shop", None)]
    assert credential(world) != old
    assert credential(world).generation == 2
    assert world.files() == [f"acme.shop.{credential(world).id}.age"]
    assert world.plan(newer).plan.changes == ()


def test_going_back_a_generation_is_refused(world: World) -> None:
    world.apply(registration("shop", credentials={"generation": 2}))
    server = world.plan(SHOP).plan.servers[0]
    assert server.changes == ()
    assert [(r.key, r.why) for r in server.refused] == [
        ("acme.shop", "credentials.generation is 1, but the server holds generation 2")
    ]


def test_a_credential_that_no_sink_has_is_replaced(world: World) -> None:
    world.apply(SHOP)
    lost = credential(world).id
    (world.handover / f"acme.shop.{lost}.age").unlink()
    (change,) = world.plan(SHOP).plan.changes
    assert (change.action, change.risk, change.credential) == (Action.ROTATE, Risk.BREAKING, CredentialStep.NEW)
    assert [f.why for f in change.fields] == [f"no sink has its credential {lost}: nobody may hold it"]
    world.apply(SHOP)
    assert world.plan(SHOP).plan.changes == ()


def test_no_recipient_refuses_that_client_alone(world: World) -> None:
    lonely = replace(SHOP, recipients=())
    server = world.plan(lonely, TV).plan.servers[0]
    assert [change.key for change in server.changes] == ["acme.tv"]
    assert [(r.key, r.why) for r in server.refused] == [
        ("acme.shop", "it needs a new client secret, and no recipient could open it")
    ]


def test_no_sink_refuses_who_needs_a_secret(world: World) -> None:
    world.sink = False
    server = world.plan(SHOP, TV).plan.servers[0]
    assert [change.key for change in server.changes] == ["acme.tv"]
    assert [r.why for r in server.refused] == ["it needs a new client secret, but no sink would take it"]


def test_an_existing_client_without_recipients_is_still_updated(world: World) -> None:
    world.apply(SHOP)
    renamed = replace(SHOP, client_name="Acme Store", recipients=())
    assert done(world.apply(renamed)) == [("update", "acme.shop", None)]


def test_a_refused_client_is_neither_changed_nor_taken_away(world: World) -> None:
    world.apply(SHOP, TV)
    broken = Refusal("acme.shop", "clients/acme/shop.yaml", "it has 1 error")
    for registrations in ((TV,), (replace(SHOP, client_name="Other"), TV)):
        server = world.plan(*registrations, refused=(broken,)).plan.servers[0]
        assert (server.changes, server.refused) == ((), (broken,))


def test_a_failed_change_stops_no_other_and_withdraws_its_secret(world: World) -> None:
    world.servers[0].before = lambda write: "not allowed here" if write.change.key == "acme.shop" else None
    other = registration("zoo", client_name="Zoo")
    applied = world.apply(SHOP, TV, other)
    assert done(applied) == [
        ("create", "acme.shop", "not allowed here"),
        ("create", "acme.tv", None),
        ("create", "acme.zoo", None),
    ]
    assert applied.failed
    assert world.files() == ["acme.tv.yaml", f"acme.zoo.{credential(world, 'acme.zoo').id}.age"]
    assert [one.key for one in applied.handed_over] == ["acme.tv", "acme.zoo"]


def test_a_field_that_the_server_ignores_is_an_error_that_names_it(world: World) -> None:
    world.apply(SHOP)
    world.servers[0].ignores = frozenset({"redirect_uris"})
    moved = registration("shop", redirect_uris=["https://shop.acme.example/callback"], client_name="Acme Store")
    applied = world.apply(moved)
    assert done(applied) == [
        ("update", "acme.shop", "the server said that it was done, but it holds something else in redirect_uris")
    ]
    assert applied.failed


@pytest.mark.parametrize(
    ("kept", "named"),
    [
        (lambda _: None, "mark"),
        (lambda mark: replace(mark, commit="c0"), "mark.commit"),
        (lambda mark: replace(mark, credential=None), "mark.credential"),
    ],
)
def test_a_mark_that_the_server_does_not_keep_is_an_error_too(
    world: World, monkeypatch: pytest.MonkeyPatch, kept: Callable[[Mark], Mark | None], named: str
) -> None:
    server = world.servers[0]
    real = server.put
    monkeypatch.setattr(server, "put", lambda key, payload, mark, **more: real(key, payload, kept(mark), **more))
    assert done(world.apply(SHOP)) == [
        ("create", "acme.shop", f"the server said that it was done, but it holds something else in {named}")
    ]


def test_a_server_that_goes_away_ends_its_part_and_no_other(tmp_path: Path) -> None:
    eu, us = MemoryServer("eu"), MemoryServer("us")
    world = World(tmp_path, servers=(eu, us), operators=(SHOP.recipients[0],))
    first = world.plan(TV)
    eu.down = True
    applied = sync.apply(first)
    assert [(s.name, s.error, [o.error for o in s.outcomes]) for s in applied.servers] == [
        (
            "eu",
            "server eu does not answer; start it",
            [],
        ),
        ("us", None, [None]),
    ]
    eu.down = False
    assert [change.key for change in world.plan(TV).plan.servers[0].changes] == ["acme.tv"]


def test_a_partial_plan_takes_nothing_away_and_moves_no_record(world: World) -> None:
    world.apply(SHOP, TV)
    world.history = MemoryHistory(("c1", "c2"), "c2")
    made = world.plan(replace(SHOP, client_name="Acme Store"), options={"clients": frozenset({"acme.shop"})})
    assert planned(made) == [("update", "acme.shop")]
    sync.apply(made)
    assert world.servers[0].saved == Record("connect", "test", "c1")


def test_the_applied_commit_is_remembered_also_when_nothing_changed(world: World) -> None:
    world.apply(TV)
    world.history = MemoryHistory(("c1", "c2"), "c2")
    assert world.plan(TV).plan.changes == ()
    world.apply(TV)
    assert world.servers[0].saved == Record("connect", "test", "c2")


def test_an_older_commit_is_refused(world: World) -> None:
    world.servers[0].saved = Record("connect", "test", "c2")
    world.history = MemoryHistory(("c1", "c2"), "c1")
    with pytest.raises(CannotFinish, match="server local: has commit c2 already, and c1 is older"):
        world.plan(TV)


@pytest.mark.parametrize(
    ("last", "why"),
    [
        ("elsewhere", "server local: commit elsewhere, applied last, is not in the history of c1"),
        ("gone", "server local: commit gone, applied last, is not in this clone"),
    ],
)
def test_a_rewritten_history_passes_only_by_the_digest(world: World, last: str, why: str) -> None:
    world.servers[0].saved = Record("connect", "test", last)
    made = world.plan(TV)
    (stopped,) = made.plan.stopped
    assert stopped.why == why
    assert stopped.hint.endswith(f"--override-guard {made.plan.digest}")
    with pytest.raises(CannotFinish, match="this plan is refused"):
        sync.apply(made)
    assert not sync.apply(made, override_guard=made.plan.digest).failed


def test_another_registrys_server_is_refused(world: World) -> None:
    world.servers[0].saved = Record("other", "test", "c1")
    with pytest.raises(CannotFinish, match="server local: belongs to registry other, environment test"):
        world.plan(TV)


def test_a_shallow_clone_is_refused(world: World) -> None:
    world.history.shallow = True
    with pytest.raises(CannotFinish, match="shallow clone") as caught:
        world.plan(TV)
    assert "fetch-depth: 0" in caught.value.hint


def test_a_dirty_tree_is_marked_in_test_and_refused_in_production(world: World) -> None:
    world.history.dirty = True
    assert world.plan(TV).plan.commit == "c1+dirty"
    world.production = True
    with pytest.raises(
        CannotFinish, match="the work tree differs from commit c1, and test is a production environment"
    ):
        world.plan(TV)


def test_a_disk_that_is_forgotten_is_refused(world: World) -> None:
    world.ci = True
    with pytest.raises(CannotFinish, match=r"server local: its store test\.db is on this machine's disk"):
        world.plan(TV)


def test_expect_refuses_another_plan(world: World) -> None:
    reviewed = world.plan(TV).plan.digest
    now = world.plan(TV, SHOP)
    with pytest.raises(CannotFinish, match="this is no longer the plan that was reviewed"):
        sync.apply(now, expect=reviewed)
    assert world.servers[0].clients == {}


def test_the_guard_stops_and_one_digest_passes_once(world: World) -> None:
    world.apply(SHOP, TV)
    world.guard = Guard(max_deletes=0, max_delete_percent=100)
    made = world.plan(SHOP)
    (stopped,) = made.plan.stopped
    assert stopped.why == (
        "1 client would be disabled or deleted; max_deletes is 0 (registry.yaml: environments.test.guard.max_deletes)"
    )
    for given in ({}, {"expect": made.plan.digest}, {"override_guard": "sha256:0"}):
        with pytest.raises(CannotFinish):
            sync.apply(made, **given)
    assert done(sync.apply(made, override_guard=made.plan.digest)) == [("disable", "acme.tv", None)]


def test_a_foreign_client_is_left_alone_until_it_is_adopted(world: World) -> None:
    server = world.servers[0]
    server.put("acme.shop", {"client_name": "Theirs"}, None, has_secret=True)
    server.put("acme.other", {"client_name": "Theirs too"}, Mark("other", "test", "x", "y"))
    before = dict(server.clients)
    made = world.plan(SHOP)
    assert (made.plan.changes, made.plan.servers[0].foreign) == ((), 2)
    assert [r.key for r in made.plan.servers[0].refused] == ["acme.shop"]
    sync.apply(made)
    assert server.clients == before


def test_an_adopted_client_keeps_its_secret(world: World) -> None:
    server = world.servers[0]
    server.put("acme.shop", {"client_name": "Theirs"}, None, has_secret=True)
    made = world.plan(replace(SHOP, recipients=()), options={"adopt": True})
    assert planned(made) == [("adopt", "acme.shop")]
    with pytest.raises(UsageError, match="applied only by the digest"):
        sync.apply(made)
    assert not sync.apply(made, expect=made.plan.digest).failed
    assert server.secrets == {}
    assert server.clients["acme.shop"].has_secret
    assert world.files() == []
    assert world.plan(SHOP).plan.changes == ()
    assert planned(world.plan(registration("shop", credentials={"generation": 2}))) == [("rotate", "acme.shop")]


def test_all_servers_of_an_environment_get_one_secret(tmp_path: Path) -> None:
    world = World(tmp_path, servers=(MemoryServer("eu"), MemoryServer("us")), operators=(SHOP.recipients[0],))
    world.apply(SHOP)
    assert world.servers[0].secrets == world.servers[1].secrets
    assert len(world.files()) == 1
    assert world.plan(SHOP).plan.changes == ()


def test_several_servers_need_an_operator_who_can_open(tmp_path: Path) -> None:
    world = World(tmp_path, servers=(MemoryServer("eu"), MemoryServer("us")))
    refused = world.plan(SHOP).plan.servers[0].refused
    assert [r.why for r in refused] == [
        "it needs a new client secret, but test has several servers, and no operator key could bring it to a late one"
    ]


def test_ctrl_c_keeps_what_was_done_and_says_the_rest(world: World) -> None:
    def before(write: Write) -> None:
        if write.change.key == "acme.tv":
            raise KeyboardInterrupt

    world.servers[0].before = before
    other = registration("zoo", client_name="Zoo")
    applied = world.apply(SHOP, TV, other)
    assert applied.interrupted
    assert done(applied) == [("create", "acme.shop", None)]
    world.servers[0].before = lambda _: None
    assert done(world.apply(SHOP, TV, other)) == [("create", "acme.tv", None), ("create", "acme.zoo", None)]


def test_a_write_that_landed_before_ctrl_c_counts_as_done(world: World) -> None:
    server = world.servers[0]

    def land(write: Write) -> None:
        assert server._write(write) is None
        raise KeyboardInterrupt

    server.before = land
    applied = world.apply(SHOP)
    assert (applied.interrupted, done(applied)) == (True, [("create", "acme.shop", None)])
    assert world.files() == [f"acme.shop.{credential(world).id}.age"]


def test_a_moved_file_is_an_update_of_its_source(world: World) -> None:
    world.apply(TV)
    moved = wanted(TV, sources={"acme.tv": "clients/acme/television.yaml"})
    (change,) = world.plan(wanted=moved).plan.changes
    assert (change.action, change.risk) == (Action.UPDATE, Risk.PLAIN)
    assert [(f.path, f.before, f.after) for f in change.fields] == [
        (("source",), "clients/acme/tv.yaml", "clients/acme/television.yaml")
    ]
    world.apply(wanted=moved)
    assert world.plan(wanted=moved).plan.changes == ()


def test_an_unknown_client_or_server_is_named(world: World) -> None:
    with pytest.raises(UsageError, match=r"there is no client 'acme\.shpo' in environment test"):
        world.plan(SHOP, options={"clients": frozenset({"acme.shpo"})})
    with pytest.raises(UsageError, match="there is no server 'eu' in environment test"):
        world.plan(SHOP, options={"only_servers": frozenset({"eu"})})
