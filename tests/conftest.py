"""What every test starts from: no trace of the machine it runs on."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from real import needs
from servers import keycloak as kind
from servers.keycloak import Keycloak

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True, scope="session")
def _neutral_machine() -> Iterator[None]:
    """A runner's `CI`, a person's Git configuration and colour wishes change nothing here.

    For the whole run, because worlds that several tests share are made before the first test's own fixtures.
    """
    kept = {"CLIENTREG_GOLDEN", "CLIENTREG_REQUIRE_REAL", "CLIENTREG_REALM_EXPORTS"}
    with pytest.MonkeyPatch.context() as neutral:
        for name in list(os.environ):
            foreign = name in {"CI", "NO_COLOR", "FORCE_COLOR"} or name.startswith(("CLIENTREG_", "GIT_"))
            if foreign and name not in kept:
                neutral.delenv(name)
        for who in ("AUTHOR", "COMMITTER"):
            neutral.setenv(f"GIT_{who}_NAME", "Tester")
            neutral.setenv(f"GIT_{who}_EMAIL", "tester@example.com")
        neutral.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        neutral.setenv("GIT_CONFIG_SYSTEM", os.devnull)
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this repository."""
    return ROOT


@pytest.fixture
def valid() -> Callable[[str, str], list[str]]:
    """What is wrong with an output, judged by its published schema; nothing if it keeps its promise."""
    from jsonschema import Draft202012Validator

    from clientreg.reading import schemata

    def check(kind: str, text: str) -> list[str]:
        published = json.loads(schemata.schema_text(kind))
        Draft202012Validator.check_schema(published)
        return [error.message for error in Draft202012Validator(published).iter_errors(json.loads(text))]

    return check


@pytest.fixture(scope="session")
def keycloak() -> Iterator[Keycloak]:
    """A real Keycloak, one for all tests of a run; skipped, loudly, where it is not installed."""
    needs(f"{kind.NAME} {kind.VERSION}", here=kind.missing() is None, hint=str(kind.missing()))
    with kind.running() as server:
        yield server


@pytest.fixture
def realm(keycloak: Keycloak) -> Iterator[str]:
    """A realm of that Keycloak for one test; gone with it."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    keycloak.make_realm(name)
    yield name
    keycloak.remove_realm(name)
