"""What tests with real programs share: whether one that is missing is skipped or failed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
Needs = Callable[[str, bool, str], None]


def missing(what: str, hint: str, *, required: bool) -> None:
    """Skips with what is missing and how to get it; fails where everything must be there, as in CI."""
    words = f"{what} is not here: {hint}"
    if required:
        pytest.fail(words, pytrace=False)
    pytest.skip(words)


@pytest.fixture(scope="session")
def needs() -> Needs:
    """Call with a program's name, whether it is here, and how to get it."""

    def check(what: str, here: bool, hint: str) -> None:
        if not here:
            missing(what, hint, required=os.environ.get("CLIENTREG_REQUIRE_REAL") == "1")

    return check


@pytest.fixture(scope="session")
def node(needs: Needs) -> str:
    """The Node.js that runs openid-client."""
    found = shutil.which("node")
    needs("node", found is not None, "install Node.js 20 or newer")
    library = HERE / "openid_client" / "node_modules" / "openid-client"
    needs(
        "the npm package openid-client", library.is_dir(), "npm ci --ignore-scripts --prefix tests/live/openid_client"
    )
    assert found is not None
    return found
