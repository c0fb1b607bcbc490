"""`clientreg verify` as an operator runs it, against the embedded server really running."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli.scratch import STORE, Scratch, copy
from clientreg.jsonvalue import plain
from clientreg.servers.embedded.provider import serve
from clientreg.servers.embedded.store import Store
from servers.process import free_port

VERIFY = ("verify", "--environment", "test")


@pytest.fixture(scope="module")
def served(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    """The small registry, applied to a server that runs."""
    scratch = copy(small, tmp_path_factory.mktemp("served") / "registry")
    url = f"http://127.0.0.1:{free_port()}"
    scratch.edit("registry.yaml", "http://127.0.0.1:8080", url)
    scratch.commit()
    done = scratch.run("apply", "--environment", "test")
    assert done.status == 0, done.said
    with serve(scratch.root / STORE, issuer=url, scopes={"orders": "Orders"}):
        yield scratch


@pytest.fixture
def by_hand(served: Scratch) -> Iterator[Callable[..., None]]:
    """Changes the shop on the server, as somebody in a console would; taken back afterwards."""
    with Store(served.root / STORE) as store:
        before = store.client("acme.shop")
    assert before is not None

    def change(**members: Any) -> None:
        with Store(served.root / STORE) as store:
            now = store.client("acme.shop")
            assert now is not None
            payload = {**plain(now.payload), **members}
            store.replace("acme.shop", payload, expected=now.revision, mark=now.mark, secret_hash=now.secret_hash)

    yield change
    change(**plain(before.payload))


def test_what_was_applied_is_what_strangers_see(served: Scratch) -> None:
    before = left_behind(served)
    done = served.run(*VERIFY)
    assert (done.status, done.err, left_behind(served)) == (0, "", before)
    assert done.out.splitlines()[1:] == [
        "  discovery offers all 10 values that its clients need",
        "",
        "client     URIs         accepted  near-miss refused",
        "acme.feed  none",
        "acme.shop  redirect     1 of 1    1 of 1",
        "           post-logout  1 of 1    1 of 1",
        "",
        "test: asked about 2 clients on 1 server, 2 URIs, each beside a near-miss",
        "no findings: the servers answer as the files say",
    ]


def left_behind(served: Scratch) -> dict[str, int]:
    """How many rows each table of the server has."""
    with closing(sqlite3.connect(served.root / STORE)) as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


def test_a_client_that_somebody_broke_is_found(
    served: Scratch, by_hand: Callable[..., None], valid: Callable[[str, str], list[str]]
) -> None:
    by_hand(redirect_uris=["https://shop.example.com/other"])
    done = served.run(*VERIFY)
    assert done.status == 1
    assert done.out[done.out.index("\nx ") :].splitlines()[1:] == [
        "x acme.shop clients/acme/shop.yaml",
        "    redirect_uris: 'https://shop.example.com/cb' is refused (400)",
        "    = hint: the server holds another list than the file, or has the client",
        "            disabled",
        "",
        "test: asked about 2 clients on 1 server, 2 URIs, each beside a near-miss",
        "1 finding",
        "clientreg plan --environment test --client acme.shop",
    ]
    as_json = served.run(*VERIFY, "--format", "json")
    found = json.loads(as_json.out)
    assert (as_json.status, valid("verify-output", as_json.out)) == (1, [])
    assert found["summary"] == {"clients": 2, "uris": 2, "findings": 1, "unclear": 0, "unfinished": 0}
    planned = served.run("plan", "--environment", "test", "--client", "acme.shop")
    assert "https://shop.example.com/other" in planned.out


def test_a_uri_that_somebody_added_is_found_where_it_is_near(served: Scratch, by_hand: Callable[..., None]) -> None:
    by_hand(redirect_uris=["https://shop.example.com/cb", "https://shop.example.com/cb/near-miss"])
    done = served.run(*VERIFY)
    assert done.status == 1
    assert "    redirect_uris: 'https://shop.example.com/cb/near-miss' is accepted, and no\n" in done.out


def test_a_client_that_somebody_disabled_is_found(served: Scratch, by_hand: Callable[..., None]) -> None:
    by_hand(enabled=False)
    done = served.run(*VERIFY)
    assert (done.status, "none of its URIs is accepted (400)" in done.out) == (1, True)


def test_one_client_may_be_named(served: Scratch) -> None:
    done = served.run(*VERIFY, "--client", "acme.feed")
    assert (done.status, "acme.shop" in done.out, "3 values" in done.out) == (0, False, True)


def test_a_person_sees_what_is_being_asked(served: Scratch) -> None:
    done = served.terminal(*VERIFY)
    assert (done.status, "asking local about acme.shop (2 of 2) ..." in done.out) == (0, True)


def test_the_runner_decides_which_origins_are_asked(served: Scratch) -> None:
    done = served.run(*VERIFY, env={"CLIENTREG_ORIGINS": "https://id.example"})
    assert (done.status, done.err) == (3, "")
    assert "is not among the origins that may be contacted" in done.out


def test_a_server_that_does_not_run_is_said_to_be_down(served: Scratch) -> None:
    done = served.run("verify", "--environment", "live")
    assert (done.status, done.err) == (3, "")
    assert "http://127.0.0.1:8081 cannot be reached (Connection refused)" in done.out
