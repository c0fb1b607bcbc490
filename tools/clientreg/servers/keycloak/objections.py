"""What Keycloak refuses, or takes and then fails on, that no table of single fields can tell. Pure; tried on 26.7.

Some of it depends on how the realm is set up, which an account that manages clients may not read: the server's entry in
`registry.yaml` says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from clientreg.capability import Objection
from clientreg.jsonvalue import Json, Path, shown
from clientreg.model import Registration
from clientreg.servers.keycloak.names import LONGEST
from clientreg.values import lifetime

_BUILT_IN = frozenset(
    {"account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console"}
)
_IN_COLUMNS = ("client_id", "client_name", "client_uri", "redirect_uris", "allowed_cors_origins", "scopes")
_MOST_SECONDS = 2**31 - 1
_SESSION_IDLE = "30m"
"""A new realm's "SSO Session Idle"."""
_READABLE = re.compile(
    r"(?:[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?\.)*[A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?\.?"
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\]"
)
"""Hosts as `java.net.URI` reads them: of any other it says that there is none."""
_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/:?#]*)")


def objections(registration: Registration, options: Mapping[str, Json]) -> Iterator[Objection]:
    """Everything that this client would be refused for, or that would make its tokens fail."""
    yield from _reserved(registration, options)
    if _longest(registration) * 2 > LONGEST:
        yield from _too_long(registration)
    if registration.access_token_lifetime or registration.refresh_token_lifetime:
        yield from _too_old(registration)
        yield from _outlives(registration, str(options.get("session_idle") or _SESSION_IDLE))
    if registration.default_acr_values:
        yield from _unknown_levels(registration, str(options.get("acr_values") or "").split())
    if registration.subject_type == "pairwise":
        yield from _sector(registration)


def _reserved(registration: Registration, options: Mapping[str, Json]) -> Iterator[Objection]:
    path: Path = ("client_id",)
    if registration.client_id in _BUILT_IN:
        yield Objection(path, "every realm has a client of that id for itself", "choose another client_id")
    elif registration.client_id == options.get("client_id"):
        yield Objection(path, "that is the client with which clientreg signs in", "choose another client_id")


def _longest(registration: Registration) -> int:
    """The characters of its longest text that is kept in a column; each counts once or twice there."""
    one, many = registration, (*registration.redirect_uris, *registration.allowed_cors_origins, *registration.scopes)
    return max(map(len, (one.client_id, one.client_name, one.client_uri or "", *many)))


def _too_long(registration: Registration) -> Iterator[Objection]:
    """It answers with status 500, and its log says that a value is too long for a column."""
    for name in _IN_COLUMNS:
        value = getattr(registration, name)
        for index, text in enumerate(value if value.__class__ is tuple else (value,)):
            if text is not None and 2 * len(text) > LONGEST and (units := len(_utf16(text)) // 2) > LONGEST:
                path = (name, index) if value.__class__ is tuple else (name,)
                why = f"it keeps {LONGEST} characters, and this has {units} (one beyond U+FFFF counts twice)"
                yield Objection(path, why, "shorten it")


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _too_old(registration: Registration) -> Iterator[Objection]:
    """Kept, and then every token request of the client fails with status 500."""
    for name in ("access_token_lifetime", "refresh_token_lifetime"):
        text = getattr(registration, name)
        if (lifetime.seconds(text or "") or 0) > _MOST_SECONDS:
            yield Objection((name,), "it counts seconds up to 2147483647, which is 68 years", "write 24855d at most")


def _outlives(registration: Registration, longest: str) -> Iterator[Objection]:
    """`Client session idle timeout cannot exceed realm SSO session idle timeout.` Of what is no time, CR714 speaks."""
    stated, idle = lifetime.seconds(registration.refresh_token_lifetime or ""), lifetime.seconds(longest)
    if stated is not None and idle is not None and stated > idle:
        why = f"refresh tokens cannot outlive the realm's 'SSO Session Idle', {longest}"
        hint = "shorten it; or, if it is longer there, say so with session_idle in the server's entry in registry.yaml"
        yield Objection(("refresh_token_lifetime",), why, hint)


def _unknown_levels(registration: Registration, known: list[str]) -> Iterator[Objection]:
    """`Default ACR values need to contain values specified in the ACR-To-Loa mapping or number levels ...`"""
    for index, value in enumerate(registration.default_acr_values):
        if value not in known:
            listed = f"lists {', '.join(map(shown, known))}" if known else "lists none"
            why = f"{shown(value)} is no level of authentication that it knows: its entry in registry.yaml {listed}"
            hint = "write one that it knows; if the realm maps this one to a level, add it to acr_values in that entry"
            yield Objection(("default_acr_values", index), why, hint)


def _sector(registration: Registration) -> Iterator[Objection]:
    """OpenID Connect Core section 8.1: whose users are the same follows from one host, or from the sector's URI."""
    sector, path = registration.sector_identifier_uri, ("redirect_uris",)
    if sector is not None:
        if not sector.isascii():
            why = f"it does not read {shown(sector)} as an address"
            yield Objection(("sector_identifier_uri",), why, "write the host as xn--..., the rest percent-encoded")
        return
    if not registration.redirect_uris:
        why = "pairwise subjects follow from the host of a redirect URI, and there is none"
        yield Objection(("subject_type",), why, "leave subject_type out: no user is redirected")
    hosts = {_host(uri) for uri in registration.redirect_uris}
    if len(hosts) > 1:
        why = "pairwise subjects follow from the host of the redirect URIs, and these are on several"
        hint = "use one host, or write a sector_identifier_uri: an https address where a JSON list names them all"
        yield Objection(path, why, hint)
    elif not all(map(_READABLE.fullmatch, hosts)):
        # Taken, and then every token request of the client fails with status 500.
        uri = shown(registration.redirect_uris[0])
        why = f"pairwise subjects follow from the host of the redirect URIs, and it reads none in {uri}"
        yield Objection(path, why, "write another script's host as xn--..., or a sector_identifier_uri that lists them")


def _host(uri: str) -> str:
    """As it is written: Keycloak tells `A.example` from `a.example`."""
    found = _HOST.match(uri)
    return found[1] if found else ""
