"""How long to wait for a server, and when to ask it again: limits as data, decisions without a clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

BUSY = frozenset({429, 502, 503, 504})
"""Answers that may soon be another one: too many requests, or no server behind the proxy at the moment."""


class Limits(NamedTuple):
    """Seconds, except `attempts`, `answer` (bytes) and `hops` (redirects).

    `whole` bounds all attempts of one request together, `longest` one wait between two of them.
    """

    connect: float = 10
    read: float = 30
    whole: float = 120
    attempts: int = 4
    pause: float = 0.5
    longest: float = 30
    answer: int = 64 << 20
    hops: int = 5


def wait(limits: Limits, attempt: int, headers: Mapping[str, str]) -> float | None:
    """Seconds until the attempt after this one (from 0), None where there is to be none.

    What the server asks for in `Retry-After` counts; one that asks for more than `longest` is not waited for.
    """
    if attempt + 1 >= limits.attempts:
        return None
    asked = _retry_after(headers)
    seconds = limits.pause * 2**attempt if asked is None else asked
    return seconds if asked is None or seconds <= limits.longest else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """RFC 9110 section 10.2.3: seconds, or a date, which is read by the clock of the server that names it."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    then, now = _date(text), _date(headers.get("Date", ""))
    return max(0.0, then - now) if then is not None and now is not None else None


def _date(text: str) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
