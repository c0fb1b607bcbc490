"""How long something lives, as files say it: a number and a unit, such as `5m` or `14d`."""

from __future__ import annotations

from functools import lru_cache

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_LONGEST = 15
"""Characters of a time: what has more is none, so that no number is too long to be read."""


@lru_cache(maxsize=256)
def seconds(text: str) -> int | None:
    """The seconds that a text says; None where it says no time."""
    number, unit = text[:-1], _UNITS.get(text[-1:])
    if unit is None or not (number.isascii() and number.isdigit()) or len(text) > _LONGEST:
        return None
    return int(number) * unit


def worded(seconds: int) -> str:
    """Seconds in the largest unit that leaves nothing over."""
    unit, size = next((unit, size) for unit, size in _UNITS.items() if seconds % size == 0)
    return f"{seconds // size}{unit}"
