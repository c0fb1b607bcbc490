"""Real programs that some tests use: one that is missing is one skipped test that names it, and a failure in CI."""

from __future__ import annotations

import os

import pytest


def needs(what: str, *, here: bool, hint: str) -> None:
    """Skip the test or, before any, the whole module, with what is missing and how to get it; fail in CI."""
    if here:
        return
    words = f"{what} is not here: {hint}"
    if os.environ.get("CLIENTREG_REQUIRE_REAL") == "1":
        pytest.fail(words, pytrace=False)
    pytest.skip(words, allow_module_level=True)
