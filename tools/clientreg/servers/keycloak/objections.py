"""What Keycloak refuses that no table of fields can tell: seen on 26.7.3, a 400, or a 500 for what is too long.

Some depends on how the realm is set up, which the account that manages clients may not read: the server's entry in
`registry.yaml` says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from clientreg.capability import Objection
from clientreg.jsonvalue import Json, shown
from clientreg.model import Registration

LONGEST = 255
"""Of the columns behind names and addresses, in UTF-16 code units; longer is answered with status 500."""
SESSION_IDLE = "30m"
"""A new realm's SSO Session Idle."""
_SHORT = ("client_id", "client_name", "client_uri")
_SHORT_LISTS = ("redirect_uris", "allowed_cors_origins")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def objections(registration: Registration, options: Mapping[str, Json]) -> Iterator[Objection]:
    """Everything that the realm would refuse about a client."""
    yield from _too_long(registration)
    yield from _unknown_levels(registration, str(options.get("acr_values") or "").split())
    yield from _outlives(registration, str(options.get("session_idle") or SESSION_IDLE))
    if registration.subject_type == "pairwise" and not registration.sector_identifier_uri:
        yield from _sectors(registration)


def _too_long(registration: Registration) -> Iterator[Objection]:
    hint = f"keep it within {LONGEST} characters"
    for name in _SHORT:
        if _length(getattr(registration, name)) > LONGEST:
            yield Objection((name,), f"'{name}' is too long for its column", hint)
    for name in _SHORT_LISTS:
        for index, value in enumerate(getattr(registration, name)):
            if _length(value) > LONGEST:
                yield Objection((name, index), f"{shown(value, 60)} is too long for its column", hint)


def _length(text: str | None) -> int:
    return len((text or "").encode("utf-16-le", "surrogatepass")) // 2


def _unknown_levels(registration: Registration, known: list[str]) -> Iterator[Objection]:
    """`Default ACR values need to contain values specified in the ACR-To-Loa mapping or number levels ...`."""
    for index, value in enumerate(registration.default_acr_values):
        if value not in known:
            levels = ", ".join(known) or "none"
            hint = "if the realm maps it to a level, name it in the server's `acr_values` in registry.yaml"
            why = f"the realm knows no level {shown(value)}; its entry lists: {levels}"
            yield Objection(("default_acr_values", index), why, hint)


def _outlives(registration: Registration, longest: str) -> Iterator[Objection]:
    """`Client session idle timeout cannot exceed realm SSO session idle timeout.`"""
    stated = registration.refresh_token_lifetime
    if stated is not None and _seconds(stated) > _seconds(longest):
        why = f"refresh tokens cannot outlive the realm's SSO Session Idle, {longest}"
        hint = "if it is longer there, say so with `session_idle` in the server's entry in registry.yaml"
        yield Objection(("refresh_token_lifetime",), why, hint)


def _seconds(lifetime: str) -> int:
    return int(lifetime[:-1]) * _SECONDS[lifetime[-1]]


def _sectors(registration: Registration) -> Iterator[Objection]:
    """`... client redirect URIs must not contain multiple host components.` and `... must contain a valid host ...`."""
    hosts = {_host(uri) for uri in registration.redirect_uris}
    if len(hosts) == 1 and None not in hosts:
        return
    why = "pairwise subjects need one host in all redirect URIs, or a sector"
    yield Objection(("subject_type",), why, "name a sector_identifier_uri that the server can fetch, or use public")


def _host(uri: str) -> str | None:
    try:
        return urlsplit(uri).hostname
    except ValueError:
        return None
