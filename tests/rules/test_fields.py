"""A check is repeated for an environment only where that overrides what its rule says it reads: so it must say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from clientreg import rules
from clientreg.model import Client
from clientreg.registry import Registry
from clientreg.rules import Breach, Context, Rule
from rules.example import TODAY, load, servers

RULES = rules.load()
JUDGED = [rule for rule in RULES.values() if rule.subject == "registration"]
FIXED = {"client_id", "product", "platform", "application_type", "client_type", "lifecycle", "waivers", "environments"}
"""What no environment may override."""


@cache
def registries(rule_code: str) -> tuple[Registry, ...]:
    rule = RULES[rule_code]
    return tuple(load(text) for text in (rule.bad, rule.good))


@cache
def values() -> dict[str, list[Any]]:
    """Up to eight values for each field that an environment may override, as the examples have them."""
    pool: dict[str, list[Any]] = {}
    for code in RULES:
        for registry in registries(code):
            for client in registry.clients:
                for stated in (client.data, *client.data.get("environments", {}).values()):
                    for field, value in stated.items():
                        known = pool.setdefault(field, [])
                        if field not in FIXED and value is not None and value not in known and len(known) < 8:
                            known.append(value)
    return pool


def answer(rule: Rule, client: Client, registry: Registry, environment: str) -> list[Breach]:
    assert rule.check
    assert registry.settings
    context = Context(registry, registry.settings, TODAY, servers(), registry.settings.environments[environment])
    return list(rule.check(client.registration(environment), context))


def overridden(client: Client, field: str, value: object) -> Client:
    """The client, existing in test alone, where that overrides a field."""
    return Client(
        client.file, client.organization, client.name, {**client.data, "environments": {"test": {field: value}}}
    )


def undeclared(rule: Rule) -> Iterator[str]:
    """Fields that change what a check finds although its rule does not say that it reads them."""
    for registry in registries(rule.code):
        for client in registry.clients:
            if rule.fields and client.registration(None).given.isdisjoint(rule.fields):
                continue
            plain = replace(client, data={**client.data, "environments": {"test": {}, "production": {}}})
            before = answer(rule, plain, registry, "test")
            if "environment" not in rule.also and answer(rule, plain, registry, "production") != before:
                yield "environment"
            for field, others in values().items():
                if field.partition("#")[0] not in {*rule.fields, *rule.also} and any(
                    answer(rule, overridden(client, field, other), registry, "test") != before for other in others
                ):
                    yield field


@pytest.mark.parametrize("rule", JUDGED, ids=lambda rule: rule.code)
def test_only_declared_fields_change_what_a_check_finds(rule: Rule) -> None:
    assert sorted(set(undeclared(rule))) == []


def test_an_undeclared_field_is_noticed() -> None:
    rule = RULES["CR401"]._replace(also=("grant_types",))
    assert set(undeclared(rule)) == {"post_logout_redirect_uris"}
