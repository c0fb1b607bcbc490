"""Laws of planning and rendering, for any clients with any names."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from clientreg.model import Registration
from clientreg.planning.plan import Action, Plan
from clientreg.planning.render import payload, template_of
from clientreg.planning.state import Mark
from memory import APP, WEB, World, registration

WORDS = st.sampled_from(
    ['"}, {"admin": true', "{{ 7*7 }}", "\n", "\u2028", "é", "\\", "'", "%}", "</script>", "#", "a"]
)
NAMES = st.lists(WORDS, min_size=1, max_size=4).map("".join) | st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20
)
IDS = ("shop", "tv", "zoo")


@st.composite
def clients(draw: Any, name: str) -> Registration:
    """One client, which may be public or confidential, on or off, of any generation."""
    fields: dict[str, Any] = {
        "client_name": draw(NAMES),
        "scopes": draw(st.lists(st.sampled_from(["openid", "email", "x.read"]), min_size=1, unique=True)),
        "enabled": draw(st.booleans()),
        "require_pkce": draw(st.booleans()),
        "credentials": {"generation": draw(st.integers(1, 3))},
    }
    if draw(st.booleans()):
        return registration(name, APP, **fields, redirect_uris=draw(uris("com.acme.app:/{}")))
    return registration(name, WEB, **fields, redirect_uris=draw(uris("https://{}.acme.example/cb")))


def uris(form: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(["a", "b", "c"]).map(form.format), min_size=1, unique=True)


@st.composite
def trees(draw: Any) -> tuple[Registration, ...]:
    return tuple(draw(clients(name)) for name in draw(st.lists(st.sampled_from(IDS), unique=True)))


def forward(old: tuple[Registration, ...], new: tuple[Registration, ...]) -> tuple[Registration, ...]:
    """The second tree, with no generation below the first's: a lower one is refused, which is another law."""
    least = {one.client_id: one.generation for one in old}
    return tuple(replace(one, generation=max(one.generation, least.get(one.client_id, 1))) for one in new)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(trees(), trees())
def test_apply_then_plan_is_empty(first: tuple[Registration, ...], second: tuple[Registration, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        foreign = Mark("other", "test", "x", "y")
        world.servers[0].put("theirs", {"client_name": "Theirs"}, foreign)
        theirs = world.servers[0].clients["theirs"]
        for tree in (first, forward(first, second), first[:0], forward(second, forward(first, first))):
            made = world.plan(*tree)
            assert one_change_each(made.plan)
            applied = world.apply(*tree)
            assert [outcome.error for outcome in applied.outcomes if outcome.error] == []
            assert world.plan(*tree).plan.changes == ()
            assert every_secret_is_held(world)
        assert world.servers[0].clients["theirs"] == theirs


def one_change_each(plan: Plan) -> bool:
    """Never a deletion and a creation for what is one client."""
    keys = [change.key for change in plan.changes]
    return len(keys) == len(set(keys)) and Action.DELETE not in {change.action for change in plan.changes}


def every_secret_is_held(world: World) -> bool:
    """Each credential that a server knows is in a sealed file, and each file is one that a server knows."""
    marks = [one.mark for one in world.servers[0].clients.values() if one.mark is not None]
    known = {f"{mark.credential.id}" for mark in marks if mark.credential is not None}
    return known == {name.split(".")[-2] for name in world.files() if name.endswith(".age")}


@settings(max_examples=40, deadline=None)
@given(trees())
def test_the_same_input_gives_the_same_digest(tree: tuple[Registration, ...]) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        digests = {
            World(Path(folder)).plan(*order).plan.digest for folder in (one, two) for order in (tree, tree[::-1])
        }
        assert len(digests) == 1


@settings(max_examples=100, deadline=None)
@given(NAMES, NAMES, st.dictionaries(NAMES, st.lists(NAMES), max_size=3))
def test_rendering_never_breaks_json(name: str, scope: str, contacts: dict[str, list[str]]) -> None:
    made = replace(registration("shop", client_name=name), scopes=(scope,), contacts=contacts)
    rendered = payload(made, template_of("embedded"))
    assert (rendered["client_name"], rendered["scopes"], rendered["contacts"]) == (name, [scope], contacts)
    assert json.loads(json.dumps(rendered)) == rendered
