"""One of an environment's two servers cannot be read: what plan, apply and drift say, and how they end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.scratch import STORE, Scratch
from cli.test_drift import by_hand

US = ".clientreg/us.db"
ENVIRONMENT = ("--environment", "test")


@dataclass(frozen=True)
class Pair:
    """The registry, and the operator's private key."""

    scratch: Scratch
    key: str

    @property
    def env(self) -> dict[str, str]:
        return {"CLIENTREG_AGE_KEY": self.key}


@pytest.fixture
def pair(scratch: Scratch, key: tuple[Path, str]) -> Pair:
    """The small registry with a second server, whose store is damaged."""
    local = f'      local: {{type: embedded, store: {STORE}, issuer: "http://127.0.0.1:8080"}}\n'
    us = local.replace("local", "us", 1).replace(STORE, US).replace("8080", "8082")
    scratch.edit("registry.yaml", local, local + us)
    place = "{type: sealed-file, directory: handover, publish: none"
    text = scratch.read("registry.yaml").replace(place, f"{place}, recipients: [{key[1]}]", 1)
    scratch.write("registry.yaml", text)
    scratch.commit()
    scratch.write(US, "damaged " * 100)
    return Pair(scratch, key[0].read_text("ascii"))


def mended(pair: Pair) -> None:
    (pair.scratch.root / US).unlink()


@pytest.mark.parametrize("more", [(), ("--check",), ("--format", "markdown"), ("--format", "json")])
def test_a_plan_shows_the_rest_and_ends_with_3(pair: Pair, more: tuple[str, ...]) -> None:
    done = pair.scratch.run("plan", *ENVIRONMENT, *more)
    assert (done.status, "acme.shop" in done.out, US in done.out) == (3, True, True), done.said
    alone = pair.scratch.run("plan", *ENVIRONMENT, *more, "--server", "local")
    assert (alone.status, US in alone.said) == (int("--check" in more), False), alone.said


def test_it_does_so_where_nothing_else_is_left_to_do(pair: Pair) -> None:
    assert pair.scratch.run("apply", *ENVIRONMENT, env=pair.env).status == 3
    for more in ((), ("--check",)):
        done = pair.scratch.run("plan", *ENVIRONMENT, *more)
        assert (done.status, done.out.splitlines()[-1]) == (3, "no changes, 1 server not read")


def test_an_apply_does_the_rest_and_the_next_one_finishes(pair: Pair) -> None:
    first = pair.scratch.run("apply", *ENVIRONMENT, "--format", "json", env=pair.env)
    told = json.loads(first.out)
    assert (first.status, [one["server"] for one in told["server_errors"]]) == (3, ["us"]), first.said
    assert {(one["server"], one["error"]) for one in told["outcomes"]} == {("local", None)}
    kept = pair.scratch.handed_over()
    mended(pair)
    second = pair.scratch.run("apply", *ENVIRONMENT, env=pair.env)
    assert (second.status, pair.scratch.handed_over()) == (0, kept), second.said
    marks = [
        {key: json.loads(one[1])["credential"] for key, one in pair.scratch.stored(at).items()} for at in (STORE, US)
    ]
    assert marks[0] == marks[1]


def test_drift_is_told_of_the_rest_and_nothing_is_written(pair: Pair) -> None:
    pair.scratch.run("apply", *ENVIRONMENT, env=pair.env)
    by_hand(pair.scratch, "acme.shop", client_name="Acme Store")
    before = pair.scratch.files()
    done = pair.scratch.run("drift", *ENVIRONMENT, "--write")
    words = " ".join(done.out.split())
    assert (done.status, pair.scratch.files() == before) == (3, True), done.said
    assert ("1 client drifted, 1 server not read" in words, "Acme Store" in words) == (True, True)
    assert "server us could not be read, and what it holds of this client is not known" in words
    alone = pair.scratch.run("drift", *ENVIRONMENT, "--server", "local")
    assert (alone.status, "not read" in alone.out) == (1, False), alone.said
