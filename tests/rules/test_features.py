"""Rules are chosen by the features of a registration: that finds what calling every rule would find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientreg import rules
from clientreg.judge import Judge
from clientreg.model import Client
from clientreg.registry import Registry
from clientreg.rules import Context, Rule, features
from clientreg.rules.features import Feature
from rules.example import TODAY, load, servers
from rules.test_fields import JUDGED, overridden, registries, values

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
KINDS = st.fixed_dictionaries(
    {
        "platform": st.sampled_from(["web", "javascript", "service", "android", "windows-desktop", "cli", "tv"]),
        "application_type": st.sampled_from(["web", "native"]),
        "client_type": st.sampled_from(["public", "confidential"]),
    }
)
ODD_VALUES: dict[str, list[Any]] = {
    "redirect_uris": [
        ["https://evil.example/cb", "http://127.0.0.1/cb"],
        ["urn:ietf:wg:oauth:2.0:oob:manual", "app:/cb"],
        ["https://Shop.acme.example:443/cb#x", "https://shop.acme.example"],
        ["https://localhost/cb", "javascript:x", "/cb"],
    ],
    "contacts": [{"technical": []}, {"technical": ["dev@acme.test"]}, {"support": ["nobody"]}],
    "scopes": [[], ["openid", "nowhere"], ["profile", "offline_access"], ["id.user.write"]],
    "client_name": ["Sh\u200bop", "Sh\u043ep", "Shop"],
    "client_name#n_b": ["Butikk", "Bu\u200btikk"],
    "policy_uri#nb": ["http://www.acme.example/#a", "app:/policy"],
}


def context(registry: Registry, environment: str | None) -> Context:
    assert registry.settings
    found = registry.settings.environments.get(environment or "")
    return Context(registry, registry.settings, TODAY, servers(), found)


def missed(among: Iterable[Rule], client: Client, environment: str | None, inputs: Context) -> Iterator[str]:
    """What a rule finds on a client although a feature that it needs is not there."""
    registration = client.registration(environment)
    stated = frozenset(name.partition("#")[0] for name in registration.given)
    traits = features.of(registration, inputs)
    for rule in among:
        if rule.applies(stated) and not rule.applies(stated, traits):
            assert rule.check
            yield from (f"{rule.code} {breach.message}" for breach in rule.check(registration, inputs))


def missed_anywhere(among: Iterable[Rule], registry: Registry) -> list[str]:
    if registry.settings is None:
        return []
    return [
        found
        for client in registry.clients
        for name in (None, *client.environments)
        for found in missed(among, client, name, context(registry, name))
    ]


@pytest.mark.parametrize("rule", rules.load().values(), ids=lambda rule: rule.code)
def test_choosing_misses_nothing_in_the_examples_of(rule: Rule) -> None:
    assert [missed_anywhere(JUDGED, registry) for registry in registries(rule.code)] == [[], []]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_choosing_misses_nothing_in_case(case: Path) -> None:
    lines = case.read_text(encoding="utf-8").split("\n")
    assert missed_anywhere(JUDGED, load("\n".join(line for line in lines if not line.startswith("#:")))) == []


@st.composite
def made(draw: st.DrawFn) -> tuple[Client, Registry]:
    """A client of any kind with some fields as examples have them, or as nobody should."""
    registry = registries("CR101")[1]
    pool = {name: [*known, *ODD_VALUES.get(name, [])] for name, known in values().items() if known}
    pool |= {name: known for name, known in ODD_VALUES.items() if name not in pool}
    names = draw(st.lists(st.sampled_from(sorted(pool)), unique=True, max_size=8))
    stated = {name: draw(st.sampled_from(pool[name])) for name in names}
    one = registry.clients[0]
    return replace(one, data={**one.data, **draw(KINDS), **stated, "environments": {"test": {}}}), registry


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(made())
def test_choosing_misses_nothing_in_any_client(drawn: tuple[Client, Registry]) -> None:
    client, registry = drawn
    for name in (None, "test", "production"):
        assert list(missed(JUDGED, client, name, context(registry, name))) == []


def test_a_feature_that_a_rule_does_not_need_is_noticed() -> None:
    rule = rules.load()["CR246"]._replace(needs=(Feature.NATIVE, Feature.HTTP))
    assert set(missed_anywhere([rule], registries("CR246")[0])) == {
        "CR246 'http://www.acme.example/callback' is sent in the clear"
    }


DIFFERING = [rule for rule in rules.load().values() if rule.differing]


@pytest.mark.parametrize("rule", DIFFERING, ids=lambda rule: rule.code)
def test_where_no_environment_differs_nothing_is_missed_by(rule: Rule) -> None:
    assert rule.check
    for code in rules.load():
        for registry in registries(code):
            for client in registry.clients if registry.settings else ():
                overriding = (client.overrides(name) for name in client.environments)
                if all(one.keys().isdisjoint(rule.differing) for one in overriding):
                    assert list(rule.check(client, context(registry, None))) == []


@pytest.mark.parametrize(
    ("overrides", "called"), [({}, 0), ({"scopes": ["openid"]}, 1), ({"dpop_bound_access_tokens": True}, 0)]
)
def test_a_rule_on_what_differs_is_called_where_it_does(overrides: dict[str, Any], called: int) -> None:
    calls = []
    rule = rules.load()["CR733"]._replace(check=lambda client, _: iter(calls.append(client) or ()))
    registry = registries("CR733")[1]
    one = registry.clients[0]
    client = replace(one, data={**one.data, "environments": {"test": overrides}})
    book = {**dict.fromkeys(rules.by_subject(), ()), "client": (rule,)}
    assert list(Judge(context(registry, None), book).file(registry.documents[one.file], client)) == []
    assert len(calls) == called


@pytest.mark.parametrize("field", sorted({name.partition("#")[0] for name in values()} - features.FIELDS))
def test_features_do_not_depend_on(field: str) -> None:
    """So that an environment which overrides only such fields has those of the file."""
    for code in ("CR201", "CR240", "CR301", "CR602", "CR623"):
        for registry in registries(code):
            for client in registry.clients:
                before = features.of(client.registration(None), context(registry, None))
                for value in values()[field]:
                    after = features.of(overridden(client, field, value).registration("test"), context(registry, None))
                    assert after == before
