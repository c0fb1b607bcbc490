"""Of a client in whose file nothing is wrong only some fields are kept: rules across files find the same in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clientreg import lint, registry, rules
from clientreg.finding import Finding
from clientreg.model import Client
from clientreg.registry import Kept, Registry, outline
from clientreg.rules import Breach, Context, Rule
from rules.example import TODAY, Example, laid_out, servers
from rules.test_fields import registries

RULES = rules.load()
ACROSS = [rule for rule in RULES.values() if rule.subject == "registry"]
CASES = [
    "\n".join(line for line in case.read_text(encoding="utf-8").split("\n") if not line.startswith("#:"))
    for case in sorted((Path(__file__).parent / "cases").glob("*.yaml"))
]


def told(rule: Rule, one: Registry) -> list[Breach]:
    assert rule.check
    assert one.settings
    return list(rule.check(one, Context(one, one.settings, TODAY, servers())))


def outlined(whole: Registry, kept: Kept) -> Registry:
    clients = (
        Client(one.file, one.organization, one.name, outline(one.data, kept(one.organization))) for one in whole.clients
    )
    return replace(whole, clients=tuple(clients))


def missed(rule: Rule) -> Iterator[str]:
    """What a rule finds in whole clients only, or in outlined ones only, in the examples of all rules."""
    kept = lint.kept([rule], servers().values())
    for code in RULES:
        for one in registries(code):
            if one.settings:
                whole, part = told(rule, one), told(rule, outlined(one, kept))
                yield from (f"{code}: {breach.message}" for breach in (*whole, *part) if whole != part)


@pytest.mark.parametrize("rule", ACROSS, ids=lambda rule: rule.code)
def test_a_rule_across_files_names_the_fields_that_it_looks_at(rule: Rule) -> None:
    assert list(missed(rule)) == []


@pytest.mark.parametrize("code", ["CR270", "CR502"])
def test_a_field_that_is_not_named_is_noticed(code: str) -> None:
    with pytest.raises((KeyError, AssertionError)):
        assert list(missed(RULES[code]._replace(fields=()))) == []


def judged_while_reading(text: str) -> tuple[list[Finding], list[Finding]]:
    """The findings of an example in one pass, and those of its clients read whole first and judged later."""
    with laid_out(Example.of(text)) as folder:
        at_once = lint.checked(folder, lambda _: frozenset(), servers=servers(), today=TODAY)[1]
        later = lint.run(registry.load(folder, lambda _: frozenset()), servers=servers(), today=TODAY)
    return list(at_once.findings), list(later.findings)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_judging_while_reading_finds_the_same_in_the_examples_of(rule: Rule) -> None:
    for text in (rule.bad, rule.good):
        at_once, later = judged_while_reading(text)
        assert at_once == later


@pytest.mark.parametrize("text", CASES)
def test_judging_while_reading_finds_the_same_in_case(text: str) -> None:
    at_once, later = judged_while_reading(text)
    assert at_once == later
