"""E-mail addresses: what is wrong with the text of one, and which can never receive mail.

An ASCII expression decides what is common; only what it cannot decide loads `email_validator`.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PLAIN = re.compile(
    r"(?=.{6,254}\Z)(?=[^@]{1,64}@)[A-Za-z0-9_+&'-]+(?:\.[A-Za-z0-9_+&'-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?P<top>[A-Za-z]{2,63})"
)
_NEVER_MAILED = frozenset({"test", "local", "invalid", "localhost"})
_DECIDED_BY_LIBRARY = frozenset({"arpa", "onion", "alt"})


@lru_cache(maxsize=4096)
def plain(addresses: tuple[str, ...]) -> bool:
    """Whether all are addresses that receive mail, so that no rule needs to look at one of them."""
    return not any(unreachable(address) or mistake(address) for address in addresses)


def unreachable(address: str) -> bool:
    """Whether it is at a name that is never in the public DNS (RFC 6761 section 6, RFC 6762 section 3)."""
    return top(address) in _NEVER_MAILED


@lru_cache(maxsize=4096)
def top(address: str) -> str:
    """The last label of the address's domain."""
    return address.rpartition("@")[2].rstrip(".").rpartition(".")[2].lower()


@lru_cache(maxsize=4096)
def mistake(address: str) -> str | None:
    """Why an address is none; the library is asked only about what is not plainly one."""
    common = _PLAIN.fullmatch(address)
    if common and common["top"].lower() not in _DECIDED_BY_LIBRARY:
        return None
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError as error:
        return str(error).rstrip(".")
    return None
