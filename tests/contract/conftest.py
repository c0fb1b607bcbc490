"""Every test of this folder runs once per server type."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import HARNESSES, Harness


@pytest.fixture(params=HARNESSES)
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> Harness:
    return HARNESSES[request.param](tmp_path)
