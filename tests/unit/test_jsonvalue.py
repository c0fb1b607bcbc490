"""A JSON object that is made by whoever looks at it."""

from __future__ import annotations

import pickle

import pytest

from clientreg.jsonvalue import JsonObject, LazyObject, plain

MADE: list[str] = []


def make() -> JsonObject:
    MADE.append("made")
    return {"name": "shop", "scopes": ["openid"]}


@pytest.fixture
def lazy() -> LazyObject:
    MADE.clear()
    return LazyObject(make)


def test_nothing_is_made_before_somebody_looks(lazy: LazyObject) -> None:
    assert MADE == []
    assert (lazy["name"], lazy.get("none"), list(lazy)) == ("shop", None, ["name", "scopes"])
    assert MADE == ["made"]


def test_it_equals_the_object_that_it_becomes(lazy: LazyObject) -> None:
    assert lazy == make()
    assert make() == lazy


def test_a_plain_one_is_the_callers_own(lazy: LazyObject) -> None:
    first = plain(lazy)
    first["name"] = "changed"
    assert plain(lazy) == plain(make()) == make()


def test_sent_to_another_process_it_is_plain(lazy: LazyObject) -> None:
    sent = pickle.loads(pickle.dumps(lazy))
    assert (type(sent), sent) == (dict, make())
