"""Profiles, and what a registry raises: never lower than the profile has it, and told where somebody tries."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from clientreg import rules
from clientreg.finding import Severity
from clientreg.judge import severity_of
from clientreg.rules import Context, Rule
from clientreg.rules.environments import lowered_rule
from clientreg.settings import PROFILES, Settings
from rules.example import REGISTRY, TODAY, findings, load, servers

RULES = rules.load()
WORDS = ("error", "warning", "info")


@pytest.fixture(scope="module")
def context() -> Context:
    read = load("platform: web\n")
    assert read.settings
    return Context(read, read.settings, TODAY, servers())


def rank(severity: Severity | None) -> int:
    return severity.rank if severity else len(WORDS)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_registry_raises_a_rule_in_every_profile_and_never_lowers_it(rule: Rule, context: Context) -> None:
    for profile, word in product(PROFILES, WORDS):
        settings: Settings = replace(context.settings, profile=profile, severity={rule.code: word})
        graded = [rule.severity(profile, production=production) for production in (False, True)]
        raised = [severity_of(rule, settings, production=production) for production in (False, True)]
        assert all(rank(after) <= rank(before) for before, after in zip(graded, raised, strict=True))
        assert rank(Severity(word)) >= min(map(rank, raised))
        told = list(lowered_rule.check(settings, context)) if lowered_rule.check else []
        assert bool(told) == (rank(Severity(word)) > min(map(rank, graded)))


@pytest.mark.parametrize(
    ("profile", "hint"),
    [
        ("oauth2", "did you mean 'oauth2.1'? One of: connect, bcp, oauth2.1, fapi2"),
        ("FAPI2", "did you mean 'fapi2'? One of: connect, bcp, oauth2.1, fapi2"),
        ("strict", "one of: connect, bcp, oauth2.1, fapi2"),
    ],
)
def test_an_unknown_profile_is_told_what_there_is(profile: str, hint: str) -> None:
    text = REGISTRY.replace("SERVER", "example").replace("PROFILE", profile)
    (found,) = findings(f"# file: registry.yaml\n{text}")
    assert (found.code, found.message, found.hint) == ("CR104", f"'{profile}' is not a value of 'profile'", hint)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_can_be_chosen(profile: str) -> None:
    text = REGISTRY.replace("SERVER", "example").replace("PROFILE", profile)
    found = findings(f"platform: cli\nredirect_uris: ['http://localhost/cb']\n# file: registry.yaml\n{text}")
    graded = RULES["CR251"].severity(profile, production=False)
    assert [one.severity for one in found if one.code == "CR251"] == [graded]
