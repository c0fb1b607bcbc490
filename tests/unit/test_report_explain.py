"""Rules and fields explained, from the same data that judges."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clientreg import defaults, rules
from clientreg.capability import Capabilities, Capability, Holding
from clientreg.finding import Severity
from clientreg.reading import schemata
from clientreg.report import explain, meaning, structured
from clientreg.report.layout import columns
from clientreg.report.style import PLAIN
from clientreg.rules import Grade, Rule
from golden import same

PROPERTIES = schemata.properties("client")
SERVERS = (
    Capabilities(
        "embedded",
        "Embedded",
        (),
        {
            "grant_types": Capability(Holding.HELD, "no others", only=("authorization_code",)),
            "redirect_uris": Capability(Holding.OTHERWISE, "without their ports"),
        },
        insists={"CR299": "it compares addresses character by character"},
        tried="Example 1.2.3",
    ),
)
RULE = Rule(
    code="CR299",
    title="redirect URI is sent in the clear",
    doc="The code travels in this address.\nAnyone on the path can read it.\n\nTLS hides it.",
    subject="registration",
    grades={"connect": Grade(Severity.WARNING, Severity.ERROR), "fapi2": Grade(Severity.ERROR, Severity.ERROR)},
    failing="redirect_uris:\n  - http://shop.example/cb  # <-",
    passing="redirect_uris: [https://shop.example/cb]",
    refs=("RFC 9700 section 2.6", "RFC 8252 section 7.3"),
    hint="use https",
    fields=("redirect_uris",),
    also=("platform",),
)


def field(name: str) -> meaning.Field:
    return meaning.field(name, PROPERTIES, [RULE], SERVERS)


def test_a_rule_reads_as_it_was_read() -> None:
    same("report/rule.txt", explain.rule_text(RULE, SERVERS, PLAIN))


def test_a_field_reads_as_it_was_read() -> None:
    same("report/field.txt", explain.field_text(field("redirect_uris"), PLAIN))


def test_the_list_has_every_field_and_rule_in_its_family(valid: Any) -> None:
    book = list(rules.load().values())
    lines = explain.overview_text(PROPERTIES, book, PLAIN).splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == [*PROPERTIES, *rules.load()]
    assert [line for line in lines if columns(line) > 80] == []
    assert [line[6:11] for line in lines if line.startswith("rules ")] == [f"CR{digit}xx" for digit in range(10)]
    listed = structured.overview(PROPERTIES, book)
    assert (valid("explain-output", listed), list(PROPERTIES)) == (
        [],
        [one["name"] for one in json.loads(listed)["fields"]],
    )


def test_a_field_says_what_each_server_does_with_it() -> None:
    shown = explain.field_text(field("grant_types"), PLAIN)
    assert shown.endswith(
        "what servers do with it\n  embedded  held; only authorization_code; no others\n  tried on Example 1.2.3\n"
    )
    assert explain.field_text(field("browser"), PLAIN).endswith(
        "what servers do with it\n  nothing: no server is told\n"
    )


def test_a_field_names_those_inside_it() -> None:
    shown = explain.field_text(field("credentials"), PLAIN)
    assert "\nfields inside it\n  credentials.recipients  Recipients\n" in shown
    assert field("credentials.recipients").members == {}


def test_a_rule_that_is_alike_in_every_profile_says_so() -> None:
    alike = RULE._replace(grades={"connect": Grade(Severity.ERROR, Severity.ERROR)})
    assert "severity\n  error, in every profile\n" in explain.rule_text(alike, (), PLAIN)


@pytest.mark.parametrize("code", rules.load())
def test_every_rule_is_explained(code: str, valid: Any) -> None:
    rule = rules.load()[code]
    assert explain.rule_text(rule, (), PLAIN).startswith(f"{code} {rule.title}\n")
    assert valid("explain-output", structured.rule(rule)) == []


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_field_is_explained(name: str, valid: Any) -> None:
    lines = explain.field_text(field(name), PLAIN).splitlines()
    assert lines[0] == f"{name}: {PROPERTIES[name]['title']}"
    assert [line for line in lines if columns(line) > 80 and max(map(columns, line.split())) < 50] == []
    assert valid("explain-output", structured.field(field(name))) == []


def test_the_mandatory_fields_are_those_of_the_schema() -> None:
    assert set(meaning.MANDATORY) == set(json.loads(schemata.schema_text("client"))["required"])


@pytest.mark.parametrize("name", [name for name, default in defaults.DEFAULTS.items() if callable(default)])
def test_every_default_that_depends_on_something_has_words(name: str) -> None:
    assert field(name).default


@pytest.mark.parametrize(
    ("name", "default", "who", "per_environment"),
    [
        ("product", "none: it must be written", "every client", False),
        ("require_pkce", "true", "clients with the authorization_code grant", True),
        ("browser", "none", "native clients", True),
        ("client_id", "<organization>.<name>, from the file's path", "every client", False),
        ("contacts.security", "that of organization.yaml", "every client", True),
        ("waivers.reason", "none: it must be written", "every client", False),
        ("waivers.ticket", "none", "every client", False),
        ("lifecycle", "none", "every client", False),
    ],
)
def test_a_field_says_its_default_and_who_may_use_it(name: str, default: str, who: str, per_environment: bool) -> None:
    found = field(name)
    assert (found.default, found.who, found.per_environment) == (default, who, per_environment)


def test_an_unknown_field_is_no_field() -> None:
    with pytest.raises(KeyError):
        field("redirect_url")
