"""What lints clean is accepted, kept and working: odd clients on the embedded server."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from acceptance import bulk
from clientreg.servers.embedded.provider import serve
from servers.process import free_port

STORE = ".clientreg/test.db"
NOT_THERE = {"jwks_uri"}


@pytest.fixture(scope="module")
def issuer() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory, issuer: str) -> bulk.Applied:
    server = {"type": "embedded", "store": STORE, "issuer": issuer}
    return bulk.apply(tmp_path_factory.mktemp("edges"), server=server, environment={}, count=bulk.COUNT, seed=1)


def test_the_second_plan_is_empty(applied: bulk.Applied) -> None:
    assert applied.second_plan() == ""


def test_every_field_is_kept_as_a_raw_look_shows(applied: bulk.Applied) -> None:
    texts = set(bulk.TEXTS) - NOT_THERE
    with closing(sqlite3.connect(applied.scratch.root / STORE)) as database:
        rows = {key: json.loads(text) for key, text in database.execute("SELECT client_id, payload FROM client")}
    kept = {
        key: {**{name: row[name] for name in texts}, **{name: set(row[name]) for name in bulk.LISTS}}
        for key, row in rows.items()
    }
    said = {one.client_id: bulk.stated(one, texts=texts, lists=bulk.LISTS) for one in applied.clean.registrations}
    assert kept == said


def test_each_redirect_uri_is_accepted_as_a_stranger_sees_it(applied: bulk.Applied, issuer: str) -> None:
    endpoint = f"{issuer}/authorize"
    asked = [(one, uri) for one in applied.users for uri in one.redirect_uris]
    with serve(applied.scratch.root / STORE, issuer=issuer):
        assert {(one.client_id, uri) for one, uri in asked if not bulk.admitted(endpoint, one, uri)} == set()
        near = {one.client_id for one in applied.users if bulk.admitted(endpoint, one, one.redirect_uris[0] + "x")}
    assert near == set()
    assert len(asked) > bulk.COUNT / 2
