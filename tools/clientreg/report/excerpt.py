"""A line of a file with carets under the part that a finding is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from clientreg.finding import Finding, Span
from clientreg.report.layout import columns
from clientreg.report.printable import pieces
from clientreg.report.style import Role, Style

GUTTER = 4
_CUT = "..."
_LEAST = 12
_NEAR = 500
"""Characters looked at on either side of a span: more fit on no screen, and a hostile line may be very long."""
_SECRET_STEPS = frozenset({"jwks", "client_secret"})
# The private members of RFC 7518 section 6, PEM blocks and lines of one: what may be a secret is not repeated anywhere.
_MAY_HOLD_A_SECRET = re.compile(
    r"""(?ix) (?<![\w-]) (?: d|p|q|dp|dq|qi|oth|k|priv ) ["']? \s* : \s
    | PRIVATE\ KEY | AGE-SECRET-KEY | ://[^/\s@"':]*:[^/\s@"']+@
    | (?: secret|password|private_key )[\w-]{0,40} ["']? \s* : | ^\s*[\w+/=-]{40,}$"""
)


def shows_secret(finding: Finding, line: str) -> bool:
    """Whether the source line of a finding stays hidden, because key material or a password may stand in it."""
    return not _SECRET_STEPS.isdisjoint(finding.path) or _may_hold_a_secret(line)


def excerpt(line: str, span: Span, role: Role, style: Style) -> list[str]:
    """The line behind its number, and the carets; of a span over several lines the first one."""
    line = line.rstrip()
    start = min(max(span.column - 1, 0), len(line))
    stop = len(line) if span.end_line > span.line else min(span.end_column - 1, len(line))
    left, right = max(start - _NEAR, 0), start + _NEAR
    shown = pieces(line[left:right])
    start, stop = start - left, min(stop - left, len(shown))
    widths = [columns(piece) for piece in shown]
    first, last = _window(widths, start, max(stop, start + 1), max(style.width - GUTTER - 3, _LEAST))
    before = _CUT if first or left else ""
    after = _CUT if last < len(shown) or right < len(line) else ""
    blank = len(before) + sum(widths[first:start])
    carets = max(sum(widths[start : min(stop, last)]), 1)
    text = before + "".join(shown[first:last]) + after
    return [
        f"{style.paint(f'{span.line:>{GUTTER}} |', 'aside')} {text}".rstrip(),
        f"{style.paint(' ' * GUTTER + ' |', 'aside')} {' ' * blank}{style.paint('^' * carets, role)}",
    ]


@lru_cache(maxsize=1)
def _may_hold_a_secret(line: str) -> bool:
    """Asked again for each of the findings that one line has."""
    return bool(_MAY_HOLD_A_SECRET.search(line))


def _window(widths: Sequence[int], start: int, stop: int, room: int) -> tuple[int, int]:
    """Which characters are shown: all if they fit, else as many around the span as there is room for."""
    if sum(widths) <= room:
        return 0, len(widths)
    room -= len(_CUT)
    first = 0
    if sum(widths[:stop]) > room:
        room -= len(_CUT)
        lead = max((room - sum(widths[start:stop])) // 2, 0)
        first = start
        while first > 0 and lead >= widths[first - 1]:
            first -= 1
            lead -= widths[first]
    last = first
    while last < len(widths) and room >= widths[last]:
        room -= widths[last]
        last += 1
    if last == len(widths):
        room += len(_CUT)
        while first > 0 and room >= widths[first - 1]:
            first -= 1
            room -= widths[first]
    return first, last
