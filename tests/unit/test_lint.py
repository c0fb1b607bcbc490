"""A check of some files says whatever stops them, wherever that is."""

from __future__ import annotations

import pytest

from clientreg import lint
from clientreg.finding import Finding, Severity
from rules.example import TODAY, Example, laid_out, load, servers

SHOP, ZENITH = "clients/acme/shop.yaml", "clients/zenith/shop.yaml"
SAME_NAME = """
    client_name: Shop
    # file: clients/zenith/shop.yaml
    client_name: Shop
"""
ORGANIZATION_BROKEN = """
    client_name: Shop
    # file: clients/acme/organization.yaml
    nmae: Acme
    # file: clients/zenith/shop.yaml
    client_name: Other shop
"""
REGISTRY_BROKEN = """
    client_name: Shop
    # file: registry.yaml
    version: 1
"""
NOTE_ELSEWHERE = """
    client_name: Shop
    # file: clients/acme/organization.yaml
    name: Acme
    contacts: {technical: [dev@acme.test]}
"""


def found(text: str, *places: str) -> list[tuple[str, str]]:
    text = "\n".join(line[4:] for line in text.strip("\n").split("\n"))
    report = lint.run(load(text), servers=servers(), today=TODAY).only(places)
    return [(finding.file, finding.code) for finding in report.findings]


@pytest.mark.parametrize("place", [SHOP, ZENITH, "clients/acme", "clients"])
def test_each_of_two_files_that_may_not_both_be_is_told(place: str) -> None:
    assert found(SAME_NAME, place) == [(ZENITH, "CR501")]


def test_a_file_is_told_that_its_organization_cannot_be_read() -> None:
    assert found(ORGANIZATION_BROKEN, SHOP) == [("clients/acme/organization.yaml", "CR102")]
    assert found(ORGANIZATION_BROKEN, ZENITH) == []


def test_a_file_is_told_that_the_registry_cannot_be_read() -> None:
    assert {file for file, _ in found(REGISTRY_BROKEN, SHOP)} == {"registry.yaml"}


def test_what_stops_nobody_is_told_where_it_stands() -> None:
    organization = "clients/acme/organization.yaml"
    assert [file for file, _ in found(NOTE_ELSEWHERE, SHOP)] == [SHOP]
    assert organization in {file for file, _ in found(NOTE_ELSEWHERE, organization)}


GRAVE_AND_SLIGHT = """\
# server: embedded
platform: web
redirect_uris: [http://www.acme.example/callback, http://localhost/callback]
backchannel_logout_uri: https://shop.acme.example/logout
waivers:
  - {rule: CR245, reason: the machine is on its way, expires: 2026-09-01}
  - {rule: CR802, reason: nobody needs it, expires: 2026-09-01}
environments: {test: {}, production: {}}
# file: clients/acme/tv.yaml
client_name: Acme TV
backchannel_logout_uri: https://tv.acme.example/logout
# file: clients/acme/app.yaml
client_name: Acme Application
"""


def judged(least: Severity) -> list[Finding]:
    with laid_out(Example.of(GRAVE_AND_SLIGHT)) as folder:
        options = {"servers": servers(), "today": TODAY, "whole": True}
        return [*lint.checked(folder, lambda _: frozenset(), least=least, **options)[1].findings]


def test_who_asks_for_errors_is_told_them_and_what_is_waived() -> None:
    everything = judged(Severity.INFO)
    counts = [one for one in everything if one.severity is Severity.ERROR or one.waived]
    slight = [one for one in everything if one not in counts]
    assert {one.code for one in counts} == {"CR246", "CR245", "CR802"}
    assert {one.code for one in slight} >= {"CR802"}
    assert judged(Severity.ERROR) == counts
