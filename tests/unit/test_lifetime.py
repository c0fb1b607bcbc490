"""Times with their units, read and worded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientreg.values import lifetime


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1), ("5m", 300), ("24h", 86_400), ("14d", 1_209_600), ("0s", 0), ("999999d", 86_399_913_600)],
)
def test_a_time_is_so_many_seconds(text: str, seconds: int) -> None:
    assert lifetime.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "5w", "-5m", " 5m", "5m ", "1.5h", "٥m", "²s", "1" * 15 + "s", "soon"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert lifetime.seconds(text) is None


@given(st.integers(0, 10**12))
def test_what_is_worded_reads_back(seconds: int) -> None:
    assert lifetime.seconds(lifetime.worded(seconds)) == seconds
