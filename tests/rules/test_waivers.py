"""What no waiver lifts, and what is said of a waiver that is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from clientreg import rules
from rules.example import REGISTRY, findings

OTHERS: Mapping[str, str] = {
    "CR226": "sends codes and tokens to a host that is somebody else's",
    "CR270": "lets two organizations receive each other's codes",
    "CR302": "asks for what belongs to other organizations",
    "CR501": "looks like another organization's client to users",
    "CR505": "looks like another organization to users",
    "CR511": "is another client to every server",
    "CR517": "takes the registry's own place on its servers",
    "CR521": "takes another organization's hosts",
    "CR522": "takes a host of another organization",
    "CR523": "takes hosts that anybody may have",
    "CR527": "looks like another organization's host to reviewers",
    "CR608": "shows everybody a key that opens something",
}
"""Rules whose breach harms others than the client: an organization's owners cannot decide that alone."""


@pytest.mark.parametrize("code", OTHERS)
def test_what_harms_others_cannot_be_waived(code: str) -> None:
    assert not rules.load()[code].waivable


def said(waiver: str) -> list[str]:
    """What is found in the waivers of a client."""
    found = findings(f"client_id: acme/shop\nwaivers:\n  - {{{waiver}}}\n")
    return [f"{one.code} {one.message}; {one.hint}" for one in found if one.path[:1] == ("waivers",)]


REASON = "reason: the id was given before"


@pytest.mark.parametrize(
    ("waiver", "words"),
    [
        (
            f"rule: CR521, {REASON}, expires: 2026-08-31",
            "CR906 CR521 cannot be waived: domain is claimed by two organizations; "
            "change what breaks the rule, and delete the waiver",
        ),
        (
            f"rule: CR952x, {REASON}, expires: 2026-08-31",
            "CR105 'CR952x' does not fit 'rule'; expected: the code of a rule: CR and three digits, such as CR246",
        ),
        ("rule: CR512, expires: 2026-08-31", "CR101 'reason' is missing; for example reason: The partner's "),
        (
            "rule: CR512, reason: '', expires: 2026-08-31",
            "CR106 'reason' is empty; write why the rule cannot be kept now, and what is done about it: at least 10 ",
        ),
        (
            "rule: CR512, reason: x, expires: 2026-08-31",
            "CR106 'reason' has 1 character, at least 10 are needed; write why the rule cannot be kept now, and what ",
        ),
        (f"rule: CR512, {REASON}", "CR101 'expires' is missing; for example expires: "),
        (
            f"rule: CR512, {REASON}, expires: soon",
            "CR105 'soon' does not fit 'expires'; expected: a day written as YYYY-MM-DD, such as 2027-06-30",
        ),
        (f"rule: CR512, {REASON}, expires: 2026-02-30", "CR105 '2026-02-30' is no day of the calendar; for example "),
        (
            f"rule: CR512, {REASON}, expires: 2027-08-31",
            "CR901 2027-08-31 is more than 180 days away; write 2026-11-28 or a day before it, and renew it if need be",
        ),
        (
            f"rule: CR512, {REASON}, expires: 2026-05-31",
            "CR902 the exception from CR512 ended on 2026-05-31; delete it if the exception is no longer needed; else "
            "give a new reason and a new last day",
        ),
        (
            f"rule: CR512, {REASON}, expires: 2026-06-30",
            "CR904 the exception from CR512 ends on 2026-06-30; remove the cause before that day, or renew the waiver ",
        ),
    ],
)
def test_a_wrong_waiver_is_told_in_one_finding_what_to_write(waiver: str, words: str) -> None:
    (only,) = said(waiver)
    assert only.startswith(words)


@pytest.mark.parametrize("where", ["waiver", "registry"])
def test_a_rule_that_nobody_knows_is_guessed_in_its_family(where: str) -> None:
    registry = REGISTRY.replace("SERVER", "example").replace(
        "{profile: PROFILE, severity: {}}", "{severity: {CR552: error}}"
    )
    waiver = f"client_id: acme/shop\nwaivers:\n  - {{rule: CR552, {REASON}, expires: 2026-08-31}}\n"
    found = findings(waiver if where == "waiver" else f"# file: registry.yaml\n{registry}")
    (hint,) = [one.hint for one in found if one.message == "there is no rule CR552"]
    named = re.fullmatch(
        r"did you mean (CR5..) \((.*)\) or (CR5..) \((.*)\)\? 'clientreg explain' lists every rule", hint
    )
    assert named
    assert [rules.load()[named[at]].title for at in (1, 3)] == [named[2], named[4]]
