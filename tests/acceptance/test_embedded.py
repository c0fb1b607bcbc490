"""What lints clean is accepted, kept and working: odd clients, applied in bulk to the embedded server."""

from __future__ import annotations

import json
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing
from urllib.parse import unquote, urlencode

import pytest

from acceptance import edges
from cli.scratch import Scratch
from clientreg.model import Registration
from clientreg.servers.embedded.provider import serve
from servers.process import free_port

COUNT = 200
STORE = ".clientreg/test.db"
"""Whoever changes what is judged here tries some thousands, with other seeds."""


class _Still(urllib.request.HTTPRedirectHandler):
    """Follows nothing: where a client's users are sent is looked at, not called."""

    def redirect_request(self, *_: object) -> None:
        return None


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scratch, edges.Clean, str]:
    """A registry of clients near the edges, applied by the command; and where its server will listen."""
    scratch, issuer = Scratch(tmp_path_factory.mktemp("edges")), f"http://127.0.0.1:{free_port()}"
    clean = edges.write(scratch.root, COUNT, seed=1, server={"type": "embedded", "store": STORE, "issuer": issuer})
    scratch.write(".gitignore", ".clientreg/\nhandover/\n")
    scratch.git("init", "--quiet", "--initial-branch", "main")
    scratch.commit()
    done = scratch.run("apply", "--environment", "test", "--format", "json")
    outcomes = json.loads(done.out)["outcomes"]
    assert [outcome for outcome in outcomes if outcome["error"]] == []
    assert (done.status, len(outcomes)) == (0, COUNT)
    return scratch, clean, issuer


def test_the_second_plan_is_empty(applied: tuple[Scratch, edges.Clean, str]) -> None:
    done = applied[0].run("plan", "--environment", "test", "--check")
    assert (done.status, "no changes" in done.out) == (0, True)


def test_every_held_field_is_kept_as_a_raw_look_shows(applied: tuple[Scratch, edges.Clean, str]) -> None:
    scratch, clean, _ = applied
    with closing(sqlite3.connect(scratch.root / STORE)) as database:
        stored = {key: json.loads(text) for key, text in database.execute("SELECT client_id, payload FROM client")}
    texts = ("client_name", "description", "product", "backchannel_logout_uri", "logo_uri", "tos_uri", "software_id")
    lists = ("redirect_uris", "post_logout_redirect_uris", "scopes", "grant_types", "allowed_cors_origins")
    for one in clean.registrations:
        kept = stored.pop(one.client_id)
        assert {name: kept[name] for name in texts} == {name: getattr(one, name) for name in texts}
        assert {name: set(kept[name]) for name in lists} == {name: set(getattr(one, name)) for name in lists}
    assert stored == {}


def test_each_redirect_uri_is_accepted_as_a_stranger_sees_it(applied: tuple[Scratch, edges.Clean, str]) -> None:
    scratch, clean, issuer = applied
    users = [one for one in clean.registrations if one.enabled and one.redirect_uris]
    asked = [(one, uri) for one in users for uri in one.redirect_uris]
    with serve(scratch.root / STORE, issuer=issuer):
        assert {(one.client_id, uri) for one, uri in asked if not accepted(issuer, one, uri)} == set()
        assert {one.client_id for one in users if accepted(issuer, one, one.redirect_uris[0] + "x")} == set()
    assert len(asked) > COUNT / 2


def accepted(issuer: str, one: Registration, uri: str) -> bool:
    """Whether the server shows a login form or sends the browser there, whatever else it says.

    A header is ASCII: of a host in another script it has the percent-encoded octets, which browsers read as that host.
    """
    form = {"client_id": one.client_id, "redirect_uri": uri, "response_type": "code", "scope": "openid", "state": "s"}
    opener = urllib.request.build_opener(_Still)
    try:
        with opener.open(f"{issuer}/authorize?{urlencode(form)}", timeout=10) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        location = error.headers["Location"] or ""
        return error.code in {302, 303} and unquote(location).startswith(unquote(uri))
