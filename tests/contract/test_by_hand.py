"""What somebody changes on a server is told, of every server type, and a file can be written that means just that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from harness import Harness
from walk import COMMIT, ENVIRONMENT, REGISTRY, TODAY, mark, payload, sync
from worlds import ACME, WEB, World, app, shop

from clientreg import drift
from clientreg.drift import remedy
from clientreg.drift.found import Drift, Kind, People
from clientreg.jsonvalue import Json, plain
from clientreg.model import Client, Registration
from clientreg.planning.plan import Action, Change, Risk
from clientreg.planning.state import Record
from clientreg.reading.source import read
from clientreg.servers import Server, Write
from clientreg.settings import Environment, ServerEntry, Settings
from clientreg.sync import Inputs, Wanted
from memory import MemoryHistory

FILE = "clients/acme/shop.yaml"
TEXT = """\
product: Shop
client_name: Acme Shop
description: The shop of Acme, in which users buy and return things.
platform: web
application_type: web
client_type: confidential
scopes: [openid, profile]
redirect_uris:
  - https://shop.acme.example/cb  # where it all began
environments:
  test: {}  # only here
"""
BY_HAND: Mapping[str, Json] = {
    "description": "Typed by hand, on a console.",
    "redirect_uris": ["https://shop.acme.example/cb", "https://shop.acme.example/cb2"],
    "enabled": False,
    "access_token_lifetime": 7200,
}


class NoCommits:
    """Nothing older is asked for."""

    def wanted(self, commit: str, files: frozenset[str]) -> Mapping[str, Wanted] | None:
        raise AssertionError(commit)


def by_hand(server: Server, key: str, changed: Mapping[str, Json] | None) -> None:
    """Somebody changes a client (None: deletes it) and leaves its mark as it is."""
    (found,) = [one for one in server.read() if one.key == key]
    assert found.mark is not None
    new = None if changed is None else {**plain(found.payload), **changed}
    action = Action.DELETE if changed is None else Action.UPDATE
    change = Change(action, key, found.mark.source, Risk.PLAIN, (), new, found.mark, found.revision())
    assert [outcome.error for outcome in server.apply([Write(change)])] == [None]


def compared(server: Server, world: World, root: Path) -> drift.Compared:
    environment = Environment(ENVIRONMENT, False, (ServerEntry("local", server.type, {}),))
    wanted = tuple(Wanted(mark(one).source, one.client_id, partial(_same, one)) for one in world)
    inputs = Inputs(Settings(REGISTRY, {ENVIRONMENT: environment}, {}), environment, root, wanted, len(world), TODAY)
    history = MemoryHistory((COMMIT,), COMMIT)
    return drift.compare(inputs, history, NoCommits(), lambda *_: People(), connect=lambda *_: server)


def _same(one: Registration) -> Registration:
    return one


def applied(server: Server, world: World) -> None:
    assert [outcome.error for outcome in sync(server, world) if outcome.error] == []
    server.save_record(Record(REGISTRY, ENVIRONMENT, COMMIT))


def told(found: Drift) -> dict[str, dict[str, Json]]:
    return {one.key: {str(field.path[0]): field.after for field in one.fields} for one in found.drifted}


def test_each_field_that_was_changed_and_no_other(harness: Harness, tmp_path: Path) -> None:
    world = (shop(), app())
    applied(harness.server(), world)
    assert told(compared(harness.server(), world, tmp_path).drift) == {}
    by_hand(harness.server(), "acme.shop", BY_HAND)
    assert told(compared(harness.server(), world, tmp_path).drift) == {"acme.shop": BY_HAND}


def test_a_client_that_is_gone(harness: Harness, tmp_path: Path) -> None:
    world = (shop(), app())
    applied(harness.server(), world)
    by_hand(harness.server(), "acme.app", None)
    (one,) = compared(harness.server(), world, tmp_path).drift.drifted
    assert (one.key, one.kind) == ("acme.app", Kind.GONE)


def test_a_file_that_says_what_the_server_holds(harness: Harness, tmp_path: Path) -> None:
    document, _ = read(FILE, TEXT.encode())
    assert document is not None
    client = Client(FILE, replace(ACME), "shop", WEB)
    world = (client.registration(ENVIRONMENT),)
    applied(harness.server(), world)
    by_hand(harness.server(), "acme.shop", BY_HAND)
    found = compared(harness.server(), world, tmp_path)
    seen = remedy.Seen(found.drift.drifted, found.live, {"acme.shop": client}, {FILE: document}, ENVIRONMENT)
    made = remedy.propose(seen, {})
    assert made.unwritten == ()
    (edited,) = made.edits
    assert "cb  # where it all began\n  - https://shop.acme.example/cb2\n" in edited.after
    after, _ = read(FILE, edited.after.encode())
    assert after is not None
    assert isinstance(after.data, dict)
    new = Client(FILE, replace(ACME), "shop", after.data).registration(ENVIRONMENT)
    assert told(compared(harness.server(), (new,), tmp_path).drift) == {}
    assert payload(harness.server(), new)["redirect_uris"] == BY_HAND["redirect_uris"]
