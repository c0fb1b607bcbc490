"""One of several servers cannot be read: the others are planned and done, and the next run brings it what they have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pyrage import x25519

from clientreg import drift, seal, sync
from clientreg.drift.found import People
from clientreg.errors import CannotFinish
from clientreg.model import Registration
from clientreg.planning.plan import Unread
from clientreg.planning.state import Record
from clientreg.secret import Secret
from clientreg.servers import Write
from memory import APP, LAX, MemoryHistory, MemoryServer, World, done, planned, registration

SHOP = registration("shop")
TV = registration("tv", APP)
OPERATOR = x25519.Identity.generate()
ROTATED = registration("shop", credentials={"generation": 2})
WHY = "it needs a new client secret, but server us could not be read and may have one that a sink has"


@pytest.fixture
def eu() -> MemoryServer:
    return MemoryServer("eu")


@pytest.fixture
def us() -> MemoryServer:
    return MemoryServer("us", down=True)


@pytest.fixture
def world(tmp_path: Path, eu: MemoryServer, us: MemoryServer) -> World:
    """Two servers, of which the second is down."""
    operators = (str(OPERATOR.to_public()),)
    return World(tmp_path, servers=(eu, us), operators=operators, operator_key=Secret(str(OPERATOR)))


def files(*servers: MemoryServer) -> list[str]:
    """The files that the credentials on servers need."""
    marks = {(key, entry.mark.credential) for server in servers for key, entry in server.clients.items() if entry.mark}
    return sorted(f"{key}.{mark.id}.age" for key, mark in marks if mark is not None)


def settled(world: World, *registrations: Registration) -> None:
    """All servers hold the same secrets, the sealed ones, and nothing is left to do or to tidy."""
    assert planned(world.plan(*registrations)) == []
    assert world.plan(*registrations).plan.unread == ()
    eu, us = world.servers
    assert eu.secrets == us.secrets
    assert files(eu, us) == [name for name in world.files() if name.endswith(".age")]
    for name in files(eu):
        text = seal.unseal((world.handover / name).read_text("ascii"), [OPERATOR]).reveal()
        assert us.secrets[name.rsplit(".", 2)[0]].reveal() in text


def test_the_others_are_planned_and_the_unread_one_is_told(world: World) -> None:
    made = world.plan(SHOP, TV).plan
    assert [(server.name, [change.key for change in server.changes]) for server in made.servers] == [
        ("eu", ["acme.shop", "acme.tv"])
    ]
    assert made.unread == (Unread("us", "embedded", "http://localhost:8080", "server us does not answer", "start it"),)


def test_the_others_are_done_and_the_next_run_brings_the_same_secret(
    world: World, eu: MemoryServer, us: MemoryServer
) -> None:
    applied = world.apply(SHOP, TV)
    assert done(applied) == [("create", "acme.shop", None), ("create", "acme.tv", None)]
    assert applied.failed
    assert [(one.name, one.error) for one in applied.servers] == [
        ("eu", None),
        (
            "us",
            "nothing was done there: server us does not answer; start it; when it answers, apply again: "
            "that does the rest",
        ),
    ]
    assert (eu.saved, us.saved, us.clients) == (Record("connect", "test", "c1"), None, {})
    kept = world.files()
    us.down = False
    assert not world.apply(SHOP, TV).failed
    assert (world.files(), us.saved) == (kept, eu.saved)
    settled(world, SHOP, TV)


def test_an_apply_with_nothing_to_do_elsewhere_still_ends_unfinished(world: World, us: MemoryServer) -> None:
    us.down = False
    world.apply(SHOP)
    us.down = True
    world.history = MemoryHistory(("c1", "c2"), "c2")
    applied = world.apply(SHOP)
    assert (applied.outcomes, applied.failed) == ((), True)
    assert [server.saved and server.saved.commit for server in world.servers] == ["c2", "c1"]


@pytest.mark.parametrize(("only", "down"), [(None, True), (frozenset({"us"}), False)])
def test_where_no_server_can_be_read_there_is_no_plan(
    world: World, eu: MemoryServer, only: frozenset[str] | None, down: bool
) -> None:
    eu.down = down
    with pytest.raises(CannotFinish, match=f"server {'eu' if down else 'us'} does not answer"):
        world.plan(SHOP, options={"only_servers": only})


def test_a_server_that_was_not_asked_for_is_not_missed(world: World, us: MemoryServer) -> None:
    only = {"only_servers": frozenset({"eu"})}
    applied = world.apply(SHOP, options=only)
    assert (done(applied), applied.failed) == ([("create", "acme.shop", None)], False)
    us.down = False
    world.apply(SHOP)
    settled(world, SHOP)


def test_a_plan_that_was_reviewed_with_all_servers_is_not_applied_to_some(world: World, us: MemoryServer) -> None:
    us.down = False
    world.apply(SHOP, TV)
    other = replace(SHOP, client_name="Acme Store")
    reviewed = world.plan(other, TV).plan.digest
    us.down = True
    now = world.plan(other, TV)
    alone = world.plan(other, TV, options={"only_servers": frozenset({"eu"})})
    assert len({reviewed, now.plan.digest, alone.plan.digest}) == 3
    with pytest.raises(CannotFinish, match=r"not all servers can be read now \(us: server us does not") as caught:
        sync.apply(now, expect=reviewed)
    assert caught.value.hint == "apply again when it answers; to plan without it: -e test --server eu"
    assert done(sync.apply(now, expect=now.plan.digest)) == [("update", "acme.shop", None)]


def test_the_same_changes_without_a_server_are_another_plan(world: World, us: MemoryServer) -> None:
    """Its clients are counted nowhere, so that only its name tells the two apart."""
    made = world.plan(SHOP).plan
    assert made._replace(unread=()).digest != made.digest
    assert made._replace(unread=(made.unread[0]._replace(why="timeout"),)).digest == made.digest


def test_a_rotation_keeps_what_the_unread_server_has_until_it_is_told(
    world: World, eu: MemoryServer, us: MemoryServer
) -> None:
    us.down = False
    world.apply(SHOP)
    (old,) = world.files()
    us.down = True
    assert done(world.apply(ROTATED)) == [("rotate", "acme.shop", None)]
    assert eu.secrets != us.secrets
    assert sorted([old, *files(eu)]) == world.files() == files(eu, us)
    us.down = False
    assert done(world.apply(ROTATED)) == [("rotate", "acme.shop", None)]
    assert (old in world.files(), len(world.files())) == (False, 1)
    settled(world, ROTATED)


def test_none_is_made_where_the_unread_server_may_hold_one(world: World, eu: MemoryServer, us: MemoryServer) -> None:
    world.apply(SHOP)
    before = world.files()
    eu.down, us.down = True, False
    made = world.plan(SHOP, TV)
    (server,) = made.plan.servers
    assert [change.key for change in server.changes] == ["acme.tv"]
    assert [(one.key, one.why, one.hint) for one in server.refused] == [
        ("acme.shop", WHY.replace("server us", "server eu"), "plan again when all servers answer")
    ]
    sync.apply(made)
    assert set(before) <= set(world.files())
    eu.down = False
    world.apply(SHOP, TV)
    assert files(eu) == before
    settled(world, SHOP, TV)


def test_none_is_made_either_while_another_server_shows_an_older_one(
    world: World, eu: MemoryServer, us: MemoryServer
) -> None:
    """The rotation that reached one server alone is not done once more, otherwise, on the other."""
    us.down = False
    world.apply(SHOP)
    us.down = True
    world.apply(ROTATED)
    eu.down, us.down = True, False
    (server,) = world.plan(ROTATED).plan.servers
    assert (server.changes, [one.key for one in server.refused]) == ((), ["acme.shop"])
    eu.down = False
    world.apply(ROTATED)
    settled(world, ROTATED)


def test_without_an_operator_who_could_bring_it_none_is_made(world: World) -> None:
    world.operators = ()
    (server,) = world.plan(SHOP).plan.servers
    assert ["no operator key could bring it to a late one" in one.why for one in server.refused] == [True]


def test_what_no_server_took_is_withdrawn_and_made_again(world: World, eu: MemoryServer, us: MemoryServer) -> None:
    eu.before = lambda _: "no"
    applied = world.apply(SHOP)
    assert (done(applied), world.files(), applied.handed_over) == ([("create", "acme.shop", "no")], [], ())
    eu.before = lambda _: None
    assert done(world.apply(SHOP)) == [("create", "acme.shop", None)]
    us.down = False
    world.apply(SHOP)
    settled(world, SHOP)


def test_what_a_killed_run_left_waits_for_the_unread_server(world: World, eu: MemoryServer, us: MemoryServer) -> None:
    """Nobody is left who knows that the secret was for the other server alone."""

    def killed(_: Write) -> None:
        raise RuntimeError

    eu.before = killed
    with pytest.raises(RuntimeError):
        world.apply(SHOP)
    eu.before = lambda _: None
    assert [one.why for one in world.plan(SHOP).plan.servers[0].refused] == [WHY]
    us.down = False
    assert not world.apply(SHOP).failed
    settled(world, SHOP)


def test_nothing_is_withdrawn_that_the_unread_server_may_hold(world: World, eu: MemoryServer, us: MemoryServer) -> None:
    world.guard = LAX._replace(grace_days=0)
    us.down = False
    world.apply(SHOP, TV)
    sealed = files(eu)
    us.down = True
    assert done(world.apply(TV)) == [("delete", "acme.shop", None)]
    assert (eu.clients.keys(), us.clients.keys()) == ({"acme.tv"}, {"acme.shop", "acme.tv"})
    assert set(sealed) <= set(world.files())
    us.down = False
    assert done(world.apply(TV)) == [("delete", "acme.shop", None)]
    assert world.files() == ["acme.tv.yaml"]


def test_a_disabled_client_waits_its_own_time_on_each_server(world: World, eu: MemoryServer, us: MemoryServer) -> None:
    us.down = False
    world.apply(SHOP, TV)
    us.down = True
    assert done(world.apply(TV, today="2026-11-01")) == [("disable", "acme.shop", None)]
    us.down = False
    later = world.plan(TV, today="2026-11-30")
    assert [[(c.action, c.key) for c in server.changes] for server in later.plan.servers] == [
        [("delete", "acme.shop")],
        [("disable", "acme.shop")],
    ]
    sync.apply(later)
    assert files(us)[0] in world.files()


def test_the_guard_counts_what_this_plan_takes_away(world: World, us: MemoryServer) -> None:
    us.down = False
    world.apply(SHOP, TV)
    us.down = True
    world.guard = LAX._replace(max_deletes=0)
    made = world.plan(TV)
    assert [reason.key for reason in made.plan.stopped] == ["max_deletes"]
    assert made.plan.stopped[0].hint.endswith(made.plan.digest)
    assert done(sync.apply(made, override_guard=made.plan.digest)) == [("disable", "acme.shop", None)]


def test_an_older_commit_is_refused_by_those_that_answer(world: World, eu: MemoryServer) -> None:
    eu.saved = Record("connect", "test", "c2")
    world.history = MemoryHistory(("c1", "c2"), "c1")
    with pytest.raises(CannotFinish, match="server eu: has commit c2 already"):
        world.plan(TV)


def test_a_hand_over_names_the_server_that_did_not_answer(world: World, eu: MemoryServer) -> None:
    world.apply(TV)
    text = (world.handover / "acme.tv.yaml").read_text("utf-8")
    assert '  "eu":\n    issuer: "http://localhost:8080"\n' in text
    assert '  "us": {}  # it did not answer when this was made' in text
    assert eu.clients.keys() == {"acme.tv"}


def compared(world: World, *registrations: Registration) -> drift.Compared:
    by_name = {server.name: server for server in world.servers}

    class Nothing:
        def wanted(self, commit: str, files: frozenset[str]) -> None:
            return None

    return drift.compare(
        world.inputs(*registrations),
        world.history,
        Nothing(),
        lambda *_: People(),
        connect=lambda entry, _: by_name[entry.name],
    )


def test_drift_compares_the_others(world: World, eu: MemoryServer, us: MemoryServer) -> None:
    us.down = False
    world.apply(TV)
    eu.touch("acme.tv", client_name="Theirs")
    us.down = True
    found = compared(world, TV).drift
    assert [server.name for server in found.servers] == ["eu"]
    assert ([one.key for one in found.drifted], [one.name for one in found.unread]) == (["acme.tv"], ["us"])
    eu.down = True
    with pytest.raises(CannotFinish, match="server eu does not answer"):
        compared(world, TV)
