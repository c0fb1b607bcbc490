"""A client is found by what people have at hand, and where it is not they are told where it is."""

from __future__ import annotations

import json

import pytest

from cli.bad_input import FILE
from cli.scratch import Scratch

MISSED = {
    "a slip": (("acme.shpo",), "there is no client 'acme.shpo'", "did you mean 'acme.shop'?"),
    "the name of a file that has another id": (
        ("acme.shop",),
        "there is no client 'acme.shop'",
        "its file says client_id: old-shop",
    ),
    "another environment": (
        ("acme.feed", "-e", "live"),
        "acme.feed does not exist in live",
        "it exists in test: name that with -e, or add `live: {}` under environments in clients/acme/feed.yaml",
    ),
}


@pytest.mark.parametrize(("words", "message", "hint"), MISSED.values(), ids=MISSED)
def test_who_asks_for_a_client_that_is_not_there_is_told_which_is(
    scratch: Scratch, words: tuple[str, ...], message: str, hint: str
) -> None:
    if "client_id" in hint:
        scratch.edit(FILE, "product: Shop", "client_id: old-shop\nproduct: Shop")
    done = scratch.run("show", *words)
    assert (done.status, done.out, done.err) == (2, "", f"clientreg: {message}\n  hint: {hint}\n")


def test_of_a_client_in_two_files_the_environment_says_which(scratch: Scratch) -> None:
    text = scratch.read(FILE)
    beside = FILE.replace(".yaml", "-live.yaml")
    scratch.write(FILE, text[: text.index("environments:")] + "environments: {test: {}}\n")
    live = text[: text.index("environments:")].replace("product: Shop", "client_id: acme.shop\nproduct: Shop")
    scratch.write(beside, live + "environments: {live: {}}\n")
    scratch.commit()
    assert scratch.run("lint").status == 0
    asked = scratch.run("show", "acme.shop")
    said = f"clientreg: 'acme.shop' stands in 2 files: {beside}, {FILE}\n  hint: name one of them\n"
    assert (asked.status, asked.err) == (2, said)
    for environment, file in (("test", FILE), ("live", beside)):
        assert f", in {file}\n" in scratch.run("show", "acme.shop", "-e", environment).out
        done = scratch.run("plan", "-e", environment, "--format", "json")
        assert done.status == 0, done.err
        planned = json.loads(done.out)
        changes = [one for server in planned["servers"] for one in server["changes"]]
        assert [one["source"] for one in changes if one["client_id"] == "acme.shop"] == [file]


def test_users_read_what_a_scope_is_and_not_what_reviewers_were_told_of_it(scratch: Scratch) -> None:
    scratch.edit(FILE, "scopes: [openid]", "scopes: [openid]\npurpose: {openid: To greet by name.}")
    shown = scratch.run("show", FILE, "-e", "test").out
    assert "purpose.openid" in shown
    assert shown.partition("what its users are asked")[2].splitlines()[2] == "    - Sign in"
