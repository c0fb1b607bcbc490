"""A URI that looks like a registered one and is none: what a server must refuse."""

from __future__ import annotations

import re
from collections.abc import Collection

from clientreg.defaults import OOB
from clientreg.values.uri import parse, resolved

_WORD = "near-miss"
_TRIES = 5


def miss(uri: str, registered: Collection[str]) -> str | None:
    """`uri` with one more step in its path; None where a registered pattern admits whatever is made of it."""
    for number in range(_TRIES):
        found = _longer(uri, f"{_WORD}-{number}" if number else _WORD)
        if not any(admits(one, found) for one in registered):
            return found
    return None


def pattern(uri: str) -> bool:
    """Whether a registered text stands for more than itself."""
    return "*" in uri


def admits(registered: str, asked: str) -> bool:
    """Whether a server may take `asked` for the registered URI, also a generous one.

    The same text or address, a pattern, or a loopback URI with whatever port (RFC 8252 section 7.3).
    """
    if pattern(registered):
        return re.fullmatch(re.escape(registered).replace(r"\*", ".*"), asked) is not None
    return registered == asked or resolved(registered) == resolved(asked) or _same_but_port(registered, asked)


def _same_but_port(registered: str, asked: str) -> bool:
    one, other = parse(registered), parse(asked)
    alike = (one.scheme, one.path or "/", one.query) == (other.scheme, other.path or "/", other.query)
    return one.loopback and other.loopback and alike


def _longer(uri: str, word: str) -> str:
    if uri in OOB:
        return f"{uri}:{word}"
    head, tail = re.fullmatch(r"(?s)([^?#]*)(.*)", uri).groups()  # type: ignore[union-attr]  # any text matches
    return f"{head}{'' if head.endswith('/') else '/'}{word}{tail}"
