"""A check of some files says whatever stops them, wherever that is."""

from __future__ import annotations

import pytest

from clientreg import lint
from rules.example import TODAY, load, servers

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
