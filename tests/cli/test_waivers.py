"""`lint --waivers`, as the operator of a registry calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from cli.scratch import Scratch

SHOP = "clients/acme/shop.yaml"


@pytest.fixture
def waiving(scratch: Scratch) -> Scratch:
    """A registry with a waiver, committed."""
    last = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    scratch.write(SHOP, scratch.read(SHOP) + f"waivers:\n  - {{rule: CR246, reason: On its way, expires: {last}}}\n")
    scratch.commit()
    return scratch


def test_every_waiver_is_listed_with_its_age(waiving: Scratch, valid: Callable[[str, str], list[str]]) -> None:
    text, done = waiving.run("lint", "--waivers"), waiving.run("lint", "--waivers", "--format", "json")
    assert (text.status, text.err, text.out.splitlines()[-1]) == (0, "", "1 waiver")
    assert (done.status, valid("waivers-output", done.out)) == (0, [])
    (only,) = json.loads(done.out)["waivers"]
    assert (only["client_id"], only["file"], only["rule"]) == ("acme.shop", SHOP, "CR246")
    assert (only["age"] in {0, 1}, only["days_left"] in {59, 60}) == (True, True)
    assert f"since {only['since']}" in text.out


def test_a_file_gets_the_list_too(waiving: Scratch) -> None:
    done = waiving.run("lint", "--waivers", "--format", "json", "--out", "waivers.json")
    assert done == waiving.run("lint", "--waivers")
    assert waiving.read("waivers.json") == waiving.run("lint", "--waivers", "--format", "json").out


def test_what_could_not_be_read_is_told_and_fails(waiving: Scratch) -> None:
    waiving.edit(SHOP, "platform: web", "platform: wob")
    done = waiving.run("lint", "--waivers")
    assert (done.status, done.out) == (1, f"no waivers\nnot read: {SHOP} ('clientreg lint' says why)\n")
    assert waiving.run("lint", "--waivers", "clients/acme/feed.yaml").out == "no waivers\n"
