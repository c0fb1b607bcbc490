"""What only the embedded server owes: its table of fields, its options, and a file that may be broken."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import urllib.request
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from walk import changes, payload, writes
from worlds import APP, NIGHTLY, app, client, shop

from clientreg.capability import SECURITY_FIELDS, Holding
from clientreg.errors import CannotFinish
from clientreg.model import Registration
from clientreg.planning.plan import Change
from clientreg.servers.embedded.capabilities import CAPABILITIES, DOCUMENTATION
from clientreg.servers.embedded.metadata import DEFAULTS
from clientreg.servers.embedded.server import EmbeddedServer, connect
from clientreg.servers.embedded.store import Store

SCHEMA = Path(__file__).parents[2] / "schema" / "client.schema.json"
DISCOVERY = "/.well-known/openid-configuration"
OPTIONS = {"store": "test.db", "issuer": "http://localhost:8080"}


@pytest.fixture
def server(tmp_path: Path) -> EmbeddedServer:
    return connect("local", OPTIONS, tmp_path)


def test_every_field_of_a_client_file_is_declared() -> None:
    declared = CAPABILITIES.fields.keys() | DOCUMENTATION
    assert declared == json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"].keys()


def test_what_is_declared_held_is_rendered_and_nothing_else(server: EmbeddedServer) -> None:
    held = {name for name, how in CAPABILITIES.fields.items() if how.holding in {Holding.HELD, Holding.OTHERWISE}}
    assert payload(server, shop()).keys() == held | {"organization", "localized"} == DEFAULTS.keys()


def test_a_security_field_is_held_or_refused() -> None:
    lost = [name for name in SECURITY_FIELDS if CAPABILITIES.fields[name].holding is Holding.NOT_HELD]
    assert lost == []


def test_every_gap_says_why() -> None:
    gaps = [name for name, how in CAPABILITIES.fields.items() if how.holding is not Holding.HELD or how.only]
    assert [name for name in gaps if not CAPABILITIES.fields[name].why] == []


def test_the_plainest_client_is_within_what_is_held() -> None:
    plain = app()
    values = {field.name: getattr(plain, field.name) for field in fields(Registration)}
    outside = [
        name
        for name, how in CAPABILITIES.fields.items()
        if how.only and not {*(values[name] if isinstance(values[name], tuple) else (values[name],))} <= {*how.only}
    ]
    assert outside == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"issuer": "http://localhost:8080"}, "server 'local' has no store"),
        ({"store": "test.db"}, "server 'local' has no issuer"),
        ({**OPTIONS, "issuer": "http://localhost"}, "server 'local': issuer is 'http://localhost'"),
        ({**OPTIONS, "issuer": "https://a.example:1"}, "server 'local': issuer is 'https://a.example:1'"),
        ({**OPTIONS, "issuer": "http://localhost:8080/"}, "server 'local': issuer is 'http://localhost:8080/'"),
        ({**OPTIONS, "store": 7}, "server 'local': store is 7"),
    ],
)
def test_an_entry_that_cannot_be_used_is_told_why(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(CannotFinish) as caught:
        connect("local", options, tmp_path)
    assert caught.value.message == message
    assert "For example: " in caught.value.hint


@pytest.mark.parametrize("issuer", ["http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:65535"])
def test_an_issuer_is_on_loopback(tmp_path: Path, issuer: str) -> None:
    assert connect("local", {**OPTIONS, "issuer": issuer}, tmp_path).endpoints()["token_endpoint"] == f"{issuer}/token"


def test_the_running_server_says_the_same_endpoints_of_itself(server: EmbeddedServer) -> None:
    pytest.importorskip("flask", reason="the extra clientreg[embedded] is not installed")
    from clientreg.servers.embedded.provider import serve

    with serve(server.store) as running, urllib.request.urlopen(running.url + DISCOVERY) as answer:
        discovered = json.load(answer)
    expected = connect("local", {**OPTIONS, "issuer": running.url}, server.store.parent).endpoints()
    assert {name: discovered[name] for name in discovered if name in expected} == expected
    assert [name for name in discovered if name.endswith("_endpoint") and name not in expected] == []


def test_an_absolute_store_stays_where_it_is(tmp_path: Path) -> None:
    there = tmp_path / "there.db"
    assert connect("local", {**OPTIONS, "store": str(there)}, tmp_path / "here").store == there


def test_an_empty_file_is_an_empty_server(server: EmbeddedServer) -> None:
    server.store.write_bytes(b"")
    assert (server.read(), server.record(), server.store.read_bytes()) == ((), None, b"")


def test_a_broken_file_ends_the_apply_before_a_credential_is_made(server: EmbeddedServer) -> None:
    planned = changes(server, (shop(),))
    server.store.write_bytes(b"no database " * 100)
    made: list[str] = []
    with pytest.raises(CannotFinish):
        list(server.apply(writes(planned, lambda key, _: made.append(key))))
    assert made == []


@pytest.mark.parametrize("act", ["read", "record"])
def test_a_path_through_a_file_is_told(tmp_path: Path, act: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotFinish, match=r"file/test\.db: cannot be read \(Not a directory\)"):
        getattr(connect("local", {**OPTIONS, "store": "file/test.db"}, tmp_path), act)()


def test_a_locked_file_fails_the_write_in_hand_and_ends_the_apply(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clientreg.servers.embedded.database.WAIT", 0.05)
    planned = changes(server, (app(), NIGHTLY, shop()))
    run = server.apply(writes(planned))
    assert next(run).error is None
    holder = sqlite3.connect(server.store, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    outcome = next(run)
    assert (outcome.change.key, outcome.error) == (
        "acme.nightly",
        f"{server.store}: is locked by another process, for longer than we wait",
    )
    with pytest.raises(CannotFinish):
        next(run)
    holder.close()
    assert [change.key for change in changes(server, (app(), NIGHTLY, shop()))] == ["acme.nightly", "acme.shop"]


def test_a_full_disk_fails_what_does_not_fit(server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    big = app(description="x" * 2000, **{f"client_name#x-{number}": "y" * 200 for number in range(60)})
    planned: tuple[Change, ...] = changes(server, (big, client("small", APP)))
    opened = Store.__init__

    def with_small_disk(store: Store, path: Path) -> None:
        opened(store, path)
        store._db.execute("PRAGMA max_page_count = 1")

    monkeypatch.setattr(Store, "__init__", with_small_disk)
    outcomes = [(outcome.change.key, outcome.error) for outcome in server.apply(writes(planned))]
    assert outcomes == [("acme.app", f"{server.store}: the disk is full"), ("acme.small", None)]


APPLY_MANY = """
import sys
from pathlib import Path
from walk import changes, writes
from worlds import APP, client
from clientreg.servers.embedded.server import connect
server = connect("local", {"store": "test.db", "issuer": "http://localhost:8080"}, Path(sys.argv[1]))
world = tuple(client(f"client-{number:03}", APP) for number in range(400))
for outcome in server.apply(writes(changes(server, world))):
    print(outcome.change.key, outcome.error, flush=True)
"""


def test_a_killed_apply_keeps_what_it_said_was_done_and_the_next_one_converges(server: EmbeddedServer) -> None:
    command = [sys.executable, "-c", APPLY_MANY, str(server.store.parent)]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout
        said = [process.stdout.readline() for _ in range(20)]
        process.kill()
        said += process.stdout.readlines()
    done = {line.split()[0] for line in said if line.endswith("None\n")}
    stored = {one.key for one in server.read()}
    assert (len(done) >= 20, done <= stored, len(stored - done) <= 1) == (True, True, True)
    world = tuple(client(f"client-{number:03}", APP) for number in range(400))
    assert [outcome.error for outcome in server.apply(writes(changes(server, world))) if outcome.error] == []
    assert changes(server, world) == ()
