"""A world that refuses: disks that are full or read-only, stores that are locked or gone, two applies at once."""

from __future__ import annotations

import errno
import os
import re
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from disk import Disk

from clientreg import seal, sync
from clientreg.errors import CannotFinish
from clientreg.planning.state import CredentialMark
from clientreg.report import apply_text, plan_text, structured
from clientreg.report.style import Style
from clientreg.secret import Secret
from clientreg.servers import Write
from clientreg.sinks import Pack
from memory import APP, MemoryServer, World, done, registration

SHOP, TV = registration("shop"), registration("tv", APP)
PLANTED = "planted-PLANTED-planted-PLANTED-planted-000"


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_no_secret_leaves_the_server_untold(
    disk: Disk, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    made = disk.plan(SHOP)
    real = os.replace

    def refuse(*arguments: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", refuse)
    applied = sync.apply(made)
    (error,) = (outcome.error for outcome in applied.outcomes)
    assert error is not None
    assert error.startswith(f"{disk.handover}/acme.shop.")
    assert f"cannot be written ({os.strerror(number)})" in error
    assert (disk.clients(), list(disk.handover.iterdir())) == ({"local": []}, [])
    monkeypatch.setattr(os, "replace", real)
    assert not disk.apply(SHOP).failed
    assert (disk.unheld(), disk.unused()) == ([], [])


def test_one_sink_that_fails_fails_that_client_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path)
    made = world.plan(SHOP, TV)
    (good,) = made.sinks
    bad = Broken(good)
    applied = sync.apply(sync.Planned(made.plan, made.inputs, made.history, made.live, (good, bad), made.recorded))
    assert done(applied) == [
        ("create", "acme.shop", "vault is sealed; unseal it"), ("create", "acme.tv", "vault is sealed; unseal it")
    ]  # fmt: skip
    assert [name for name in world.files() if name.endswith(".age")] == []
    assert world.servers[0].clients == {}


class Broken:
    """A sink that refuses everything it is given."""

    name = "vault"
    operators = ()

    def __init__(self, like: Any) -> None:
        self._like = like

    def __getattr__(self, name: str) -> Any:
        return getattr(self._like, name)

    def deliver(self, _: Any) -> str:
        raise CannotFinish("vault is sealed", "unseal it")


def test_a_locked_store_is_one_message_and_nothing_is_lost(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not disk.apply(TV).failed
    made = disk.plan(SHOP, TV)
    import clientreg.servers.embedded.database as database

    monkeypatch.setattr(database, "WAIT", 0.05)
    other = disk.locked("local")
    applied = sync.apply(made)
    other.execute("ROLLBACK")
    other.close()
    (server,) = applied.servers
    assert server.error is not None
    assert "is locked by another process" in server.error
    assert applied.failed
    assert not disk.apply(SHOP, TV).failed
    assert (disk.unheld(), disk.unused(), disk.plan(SHOP, TV).plan.changes) == ([], [], ())


def test_a_store_that_is_no_store_is_one_message(disk: Disk) -> None:
    disk.store("local").write_bytes(b"this is not SQLite" * 100)
    with pytest.raises(CannotFinish, match=r"local\.db"):
        disk.plan(SHOP)


def test_of_two_applies_one_wins_and_the_other_takes_its_secret_back(tmp_path: Path) -> None:
    world = World(tmp_path)
    slow, quick = world.plan(SHOP), world.plan(SHOP)

    def overtaken(_: Write) -> None:
        world.servers[0].before = lambda _: None
        assert not sync.apply(quick).failed

    world.servers[0].before = overtaken
    applied = sync.apply(slow)
    assert done(applied) == [("create", "acme.shop", "changed by someone else since the plan was made; plan again")]
    mark = world.servers[0].clients["acme.shop"].mark
    assert mark is not None
    assert mark.credential is not None
    assert world.files() == [f"acme.shop.{mark.credential.id}.age"]
    assert world.plan(SHOP).plan.changes == ()


def test_a_secret_that_the_other_apply_swept_away_is_delivered_again(tmp_path: Path) -> None:
    world = World(tmp_path)

    def swept(_: Write) -> None:
        for path in world.handover.iterdir():
            path.unlink()

    world.servers[0].before = swept
    assert not world.apply(SHOP).failed
    assert len(world.files()) == 1
    assert world.plan(SHOP).plan.changes == ()


def in_flight(world: World, key: str = "acme.shop") -> tuple[Pack, Callable[[], None]]:
    """A credential that another run has delivered, and its write."""
    pack = Pack("test", key, "b2b2", ("x: ", Secret("y"), "\n"), SHOP.recipients)
    world.plan(SHOP).sinks[0].deliver(pack)
    server = world.servers[0]

    def write() -> None:
        one = server.clients[key]
        assert one.mark is not None
        server.put(key, one.payload, replace(one.mark, credential=CredentialMark("b2b2", 2)), has_secret=True)

    return pack, write


def test_what_a_killed_run_left_is_taken_away(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.apply(SHOP)
    in_flight(world)
    assert len(world.files()) == 2
    assert not world.apply(SHOP).failed
    assert len(world.files()) == 1
    assert "b2b2" not in world.files()[0]


def test_what_a_run_beside_this_one_writes_meanwhile_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    world.apply(SHOP)
    _, write = in_flight(world)
    before = {name: (world.handover / name).read_bytes() for name in world.files()}
    made, server, real = world.plan(SHOP), world.servers[0], MemoryServer.read

    def late(self: MemoryServer) -> Any:
        assert "acme.shop.b2b2.age" not in world.files()
        write()
        return real(self)

    monkeypatch.setattr(MemoryServer, "read", late)
    assert not sync.apply(made).failed
    monkeypatch.undo()
    assert {name: (world.handover / name).read_bytes() for name in world.files()} == before
    assert server.clients["acme.shop"].mark is not None
    assert world.plan(registration("shop", credentials={"generation": 2})).plan.changes == ()


def test_a_run_whose_credential_another_one_took_away_delivers_it_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.apply(SHOP)
    newer = registration("shop", credentials={"generation": 2})
    made = world.plan(newer)

    def beside(_: Write) -> None:
        world.servers[0].before = lambda _: None
        assert len(world.files()) == 2
        assert not world.apply(SHOP).failed
        assert len(world.files()) == 1

    world.servers[0].before = beside
    assert not sync.apply(made).failed
    assert (len(world.files()), world.plan(newer).plan.changes) == (1, ())


def test_what_a_run_beside_this_one_wrote_is_not_taken_for_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    newer, real = registration("shop", credentials={"generation": 2}), MemoryServer.read
    world.apply(SHOP)

    def while_we_plan(self: MemoryServer) -> Any:
        monkeypatch.setattr(MemoryServer, "read", real)
        assert not world.apply(newer).failed
        return real(self)

    monkeypatch.setattr(MemoryServer, "read", while_we_plan)
    assert world.plan(newer).plan.changes == ()


def test_a_sink_that_cannot_be_tidied_is_said_and_tidied_the_next_time(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not disk.apply(SHOP).failed
    newer = registration("shop", credentials={"generation": 2})
    made = disk.plan(newer)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
        (server,) = sync.apply(made).servers
    assert [outcome.error for outcome in server.outcomes] == [None]
    assert server.error is not None
    assert server.error.startswith("all was written, but a sink could not be tidied: ")
    assert (len(disk.unused()), disk.plan(newer).plan.changes) == (1, ())
    assert not disk.apply(newer).failed
    assert (disk.unused(), disk.unheld()) == ([], [])


def test_no_secret_goes_while_nobody_knows_which_one_the_server_has(tmp_path: Path) -> None:
    world = World(tmp_path)
    (server,) = world.servers
    world.apply(SHOP)
    newer = registration("shop", credentials={"generation": 2})
    applied = sync.apply(world.plan(newer), on_outcome=lambda *_: setattr(server, "down", True))
    (result,) = applied.servers
    assert result.error == "what was written could not be read back: server local does not answer; start it"
    assert len(world.files()) == 2
    server.down = False
    assert not world.apply(newer).failed
    mark = server.clients["acme.shop"].mark
    assert mark is not None
    assert mark.credential is not None
    assert world.files() == [f"acme.shop.{mark.credential.id}.age"]


def test_a_part_of_an_apply_sweeps_up_after_itself_alone(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.apply(SHOP, TV)
    stray = world.handover / "acme.other.0123456789.age"  # as another apply delivers it, before its server is told
    stray.write_text("sealed")
    newer = registration("shop", credentials={"generation": 2})
    assert not sync.apply(world.plan(newer, TV, options={"clients": frozenset({"acme.shop"})})).failed
    assert [name.split(".")[1] for name in world.files()] == ["other", "shop", "tv"]
    assert not world.apply(newer, TV).failed
    assert [name.split(".")[1] for name in world.files()] == ["shop", "tv"]


def test_a_newer_commit_that_came_meanwhile_stays_remembered(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.history.commits = ("c1", "c2")
    slow = world.plan(TV)

    def overtaken(_: Write) -> None:
        world.servers[0].saved = sync_record("c2")

    world.servers[0].before = overtaken
    (server,) = sync.apply(slow).servers
    assert server.error == "another apply brought commit c2 meanwhile, which is newer"
    assert world.servers[0].saved == sync_record("c2")


def sync_record(commit: str) -> Any:
    from clientreg.planning.state import Record

    return Record("connect", "test", commit)


def test_a_server_that_missed_a_rotation_gets_it_later(tmp_path: Path) -> None:
    disk = Disk(tmp_path, ("eu", "us"))
    assert not disk.apply(SHOP).failed
    newer = registration("shop", credentials={"generation": 2})
    made = disk.plan(newer)
    disk.store("us").rename(tmp_path / "away")
    disk.store("us").mkdir()
    assert sync.apply(made).failed
    disk.store("us").rmdir()
    (tmp_path / "away").rename(disk.store("us"))
    assert disk.unheld() == []
    changes = disk.plan(newer).plan.changes
    assert [(str(change.action), str(change.credential)) for change in changes] == [("rotate", "shared")]
    assert not disk.apply(newer).failed
    assert (disk.unheld(), disk.unused(), disk.plan(newer).plan.changes) == ([], [], ())


_WHOSE = "CLIENTREG_AGE_KEY must be the private half of one of the sink's own `recipients`"
_ANEW = "raise credentials.generation in clients/acme/shop.yaml"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (
            None,
            f"its secret is on another server of test, and no operator key opens it; set CLIENTREG_AGE_KEY, or {_ANEW}",
        ),
        (seal.generate()[0], f"credential #: the key does not open it; {_WHOSE}; or {_ANEW}"),
        (Secret("AGE-SECRET-KEY-1WRONG"), f"CLIENTREG_AGE_KEY: holds a damaged age key; {_WHOSE}; or {_ANEW}"),
    ],
    ids=["no key", "another key", "a damaged key"],
)
def test_a_late_server_without_the_operators_whosesays_what_to_set(
    tmp_path: Path, key: Secret | None, words: str
) -> None:
    eu, us = MemoryServer("eu"), MemoryServer("us")
    world = World(tmp_path, servers=(eu, us), operators=(SHOP.recipients[0],), operator_key=key)
    us.before = lambda _: "out of order"
    world.apply(SHOP)
    us.before = lambda _: None
    ((action, whose, error),) = done(world.apply(SHOP))
    said = re.sub(r"credential [0-9a-f]+", "credential #", error or "")
    assert (action, whose) == ("create", "acme.shop")
    assert said == words


@pytest.mark.parametrize("failing", ["nothing", "server", "sink", "bug"])
def test_a_planted_secret_is_in_no_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failing: str
) -> None:
    monkeypatch.setattr(Secret, "generate", classmethod(lambda cls: cls(PLANTED)))
    world = World(tmp_path)

    def before(write: Write) -> str | None:
        if failing == "bug":
            raise RuntimeError(repr(write))
        return f"refused {write!r}" if failing == "server" else None

    world.servers[0].before = before
    made = world.plan(SHOP, TV)
    if failing == "sink":
        monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space")))
    said = [repr(made), str(made), structured.plan(made.plan), plan_text.plan(made.plan, Style(colour=False, width=80))]
    try:
        applied = sync.apply(made)
    except RuntimeError as error:
        said.append("".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()))
    else:
        assert applied.failed == (failing != "nothing")
        said += [repr(applied), structured.applied(applied), apply_text.applied(applied, Style(colour=False, width=80))]
    said += [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()]
    said += [*capsys.readouterr()]
    assert [text for text in said if PLANTED in text] == []
    assert (world.servers[0].secrets.get("acme.shop") == Secret(PLANTED)) == (failing == "nothing")
