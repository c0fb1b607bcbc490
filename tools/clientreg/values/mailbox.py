"""E-mail addresses: what is wrong with the text of one, and which can never receive mail.

An ASCII expression decides what is common; only what that cannot decide loads `email_validator`.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PLAIN = re.compile(
    r"(?=.{6,254}\Z)(?=[^@]{1,64}@)[A-Za-z0-9_+&'-]+(?:\.[A-Za-z0-9_+&'-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?P<top>[A-Za-z]{2,63})"
)
_PERSON = re.compile(r"([A-Za-z]+)[._]([A-Za-z]{2,})[0-9]{0,2}@.*")
_ROLES = frozenset({
    "admin", "api", "app", "apps", "client", "clients", "cloud", "customer", "data", "desk", "dev", "developer",
    "developers", "devs", "digital", "drift", "engineering", "group", "help", "helpdesk", "iam", "identity", "info",
    "integration", "integrations", "it", "kunde", "kundeservice", "mobile", "mottak", "noc", "office", "oncall",
    "operations", "ops", "platform", "post", "privacy", "product", "products", "project", "registry", "sales",
    "security", "service", "services", "shop", "sre", "sso", "store", "support", "system", "systems", "team", "tech",
    "technical", "test", "tv", "utvikling", "vakt", "web", "www",
})  # fmt: skip
_FREE = re.compile(
    r".*@(?:(?:gmail|googlemail|icloud|me|mac|aol|proton|protonmail|hushmail|fastmail|zoho|mail|naver|qq|163|126)\.com"
    r"|(?:outlook|hotmail|live|msn|yahoo|ymail)\.[a-z.]{2,6}|gmx\.[a-z]{2,3}|(?:web|t-online|freenet)\.de|(?:pm|proton)\.me"
    r"|(?:mail|yandex|inbox|list|bk)\.ru|(?:ya|yandex)\.[a-z]{2,3}|(?:orange|laposte|free)\.fr|(?:libero|virgilio)\.it"
    r"|(?:wp|o2|interia)\.pl|(?:seznam|email)\.cz|tutanota\.(?:com|de)|tuta\.(?:com|io)|online\.no|rediffmail\.com)",
    re.IGNORECASE,
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
def of_persons(addresses: tuple[str, ...]) -> bool:
    """Whether all are the addresses of single people: a given name and a surname, neither of which is a role."""
    return bool(addresses) and all(map(_is_of_a_person, addresses))


def _is_of_a_person(address: str) -> bool:
    names = _PERSON.fullmatch(address)
    return names is not None and _ROLES.isdisjoint(map(str.lower, names.groups()))


def free(address: str) -> bool:
    """Whether it is at a provider where anybody gets an address: the largest, by name."""
    return _FREE.fullmatch(address) is not None


@lru_cache(maxsize=4096)
def top(address: str) -> str:
    """The last label of the address's domain."""
    return address.rpartition("@")[2].rstrip(".").rpartition(".")[2].lower()


@lru_cache(maxsize=4096)
def mistake(address: str) -> str | None:
    """Why an address is none; the library, 30 ms to load, is asked only where neither that nor the answer is plain."""
    signs = address.count("@")
    if signs != 1 and '"' not in address:
        return f"An email address must have {'one' if signs else 'an'} @-sign"
    common = _PLAIN.fullmatch(address)
    if common and common["top"].lower() not in _DECIDED_BY_LIBRARY:
        return None
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError as error:
        return str(error).rstrip(".")
    return None
