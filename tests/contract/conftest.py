"""Every test of this folder runs once per server type; the real ones, where they are installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import HARNESSES, Harness
from keycloak_harness import KeycloakHarness, harnessed

from servers.keycloak import Keycloak


@pytest.fixture(scope="session")
def realm_harness(keycloak: Keycloak) -> Iterator[KeycloakHarness]:
    """One realm of a real Keycloak for all tests here."""
    with harnessed(keycloak) as harness:
        yield harness


@pytest.fixture(params=[*HARNESSES, "keycloak"])
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Harness]:
    if request.param in HARNESSES:
        yield HARNESSES[request.param](tmp_path)
    else:
        found: KeycloakHarness = request.getfixturevalue("realm_harness")
        yield found
        found.tidy()
