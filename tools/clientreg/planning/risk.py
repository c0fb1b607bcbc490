"""A field change to its risk class and the reason in words.

Works on payloads in the words of client files (`redirect_uris`, `scopes`); a field that is not in the table is plain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias
from urllib.parse import SplitResult, urlsplit

from clientreg.jsonvalue import Json, canonical
from clientreg.planning.plan import Risk
from clientreg.values.jwk import public_view

Reason: TypeAlias = "tuple[Risk, str]"

_ORDER = tuple(Risk)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_STRENGTH = {
    "none": 0,
    "client_secret_post": 1,
    "client_secret_basic": 1,
    "client_secret_jwt": 2,
    "private_key_jwt": 3,
    "self_signed_tls_client_auth": 3,
    "tls_client_auth": 3,
}
"""How hard it is to pretend to be the client (RFC 9700 section 2.5 prefers what never sends a secret)."""


class Sight(NamedTuple):
    """What a judgement of one field may look at: both payloads whole, and what the registry says about them."""

    production: bool
    sensitive_scopes: frozenset[str]
    before: Mapping[str, Json]
    after: Mapping[str, Json]

    @property
    def new(self) -> bool:
        """Whether the client does not exist yet: then everything is an addition and nothing can break."""
        return not self.before


def worst(risks: tuple[Risk, ...]) -> Risk:
    """The most dangerous of some classes; plain where there is none."""
    return min(risks, key=_ORDER.index, default=Risk.PLAIN)


def classify(field: str, sight: Sight) -> Reason:
    """The class of a change of one field, and why; the reason is empty for a plain change."""
    judge = _JUDGES.get(field.partition("#")[0])
    reasons = judge(sight.before.get(field), sight.after.get(field), sight) if judge else []
    if not reasons:
        return Risk.PLAIN, ""
    return worst(tuple(risk for risk, _ in reasons)), "; ".join(why for _, why in reasons)


_Judge: TypeAlias = "Callable[[Json, Json, Sight], list[Reason]]"


def _redirects(before: Json, after: Json, sight: Sight) -> list[Reason]:
    reasons = _uris("redirect", before, after, sight)
    if not sight.new and _sectors(before) != _sectors(after) and _sector_is_redirect_host(sight):
        reasons.append(
            (Risk.BREAKING, "every user's sub changes: pairwise without a sector, and the redirect host differs")
        )
    return reasons


def _sector_is_redirect_host(sight: Sight) -> bool:
    """OpenID Connect Core section 8.1: without a sector_identifier_uri, the redirect URI's host is the sector."""
    return sight.after.get("subject_type") == "pairwise" and not sight.after.get("sector_identifier_uri")


def _logout_redirects(before: Json, after: Json, sight: Sight) -> list[Reason]:
    return _uris("post-logout", before, after, sight)


def _uris(kind: str, before: Json, after: Json, sight: Sight) -> list[Reason]:
    reasons: list[Reason] = [(Risk.BREAKING, f"{kind} URI removed: {uri}") for uri in _gone(before, after)]
    known = {_place(uri) for uri in _texts(before)}
    for uri in _gone(after, before):
        scheme, host = place = _place(uri)
        if place not in known:
            reasons.append((Risk.SENSITIVE, f"new {kind} {_novelty(place, known)}"))
            known.add(place)
        if sight.production and host in _LOOPBACK:
            reasons.append((Risk.SENSITIVE, f"loopback in production: {uri}"))
        elif sight.production and scheme == "http":
            reasons.append((Risk.SENSITIVE, f"plain http in production: {uri}"))
    return reasons


def _scopes(before: Json, after: Json, sight: Sight) -> list[Reason]:
    reasons: list[Reason] = []
    if removed := _gone(before, after):
        reasons.append((Risk.BREAKING, "scope removed: " + ", ".join(removed)))
    if added := _gone(after, before):
        named = (f"{scope} (sensitive)" if scope in sight.sensitive_scopes else scope for scope in added)
        reasons.append((Risk.SENSITIVE, ("scopes: " if sight.new else "scope widened: ") + ", ".join(named)))
    return reasons


def _listed(word: str) -> _Judge:
    """A list in which each item is a power: one more is sensitive, one less breaks who uses it."""

    def judge(before: Json, after: Json, _: Sight) -> list[Reason]:
        reasons: list[Reason] = [(Risk.BREAKING, f"{word} removed: {item}") for item in _gone(before, after)]
        return reasons + [(Risk.SENSITIVE, f"{word} added: {item}") for item in _gone(after, before)]

    return judge


def _required(what: str, refused: str) -> _Judge:
    """A safeguard: without it more is possible, with it who does not keep to it is refused."""

    def judge(_: Json, after: Json, sight: Sight) -> list[Reason]:
        if not after:
            return [(Risk.SENSITIVE, f"{what} is not required" if sight.new else f"{what} is no longer required")]
        return [] if sight.new else [(Risk.BREAKING, f"{what} is required from now on: {refused}")]

    return judge


def _asked_for(what: str, refused: str) -> _Judge:
    """The same for a safeguard that is off by default: a new client without it is nothing to report."""
    strict = _required(what, refused)

    def judge(before: Json, after: Json, sight: Sight) -> list[Reason]:
        return [] if sight.new else strict(before, after, sight)

    return judge


def _promised(_: Json, after: Json, sight: Sight) -> list[Reason]:
    """One claim more in ID tokens breaks nobody; one less may, where the client counts on it."""
    gone = not after and not sight.new
    return [(Risk.SENSITIVE, "ID tokens need not say any more when the user signed in")] if gone else []


def _consent(_: Json, after: Json, sight: Sight) -> list[Reason]:
    if not after:
        return [
            (
                Risk.SENSITIVE,
                "users are not asked for consent" if sight.new else "users are no longer asked for consent",
            )
        ]
    return [] if sight.new else [(Risk.VISIBLE, "users are asked for consent")]


def _enabled(_: Json, after: Json, sight: Sight) -> list[Reason]:
    if not after:
        return [] if sight.new else [(Risk.BREAKING, "nobody can sign in with it any more")]
    return [] if sight.new else [(Risk.SENSITIVE, "it can be used again")]


def _subject(before: Json, after: Json, sight: Sight) -> list[Reason]:
    return [] if sight.new else [(Risk.BREAKING, f"every user's sub changes: {before} becomes {after}")]


def _sector(_: Json, __: Json, sight: Sight) -> list[Reason]:
    if sight.new or sight.after.get("subject_type") != "pairwise":
        return []
    return [(Risk.BREAKING, "every user's sub changes: another sector (OpenID Connect Core section 8.1)")]


def _auth_method(before: Json, after: Json, sight: Sight) -> list[Reason]:
    if sight.new:
        return []
    reasons: list[Reason] = [(Risk.BREAKING, f"the client must authenticate otherwise: {after} instead of {before}")]
    if _STRENGTH.get(str(after), 3) < _STRENGTH.get(str(before), 3):
        reasons.append((Risk.SENSITIVE, "authentication weakened"))
    return reasons


def _client_type(_: Json, after: Json, sight: Sight) -> list[Reason]:
    if sight.new:
        return []
    if after == "public":
        return [(Risk.SENSITIVE, "confidential becomes public: anyone can pretend to be the client")]
    return [(Risk.BREAKING, "public becomes confidential: the client must authenticate")]


def _algorithm(before: Json, after: Json, sight: Sight) -> list[Reason]:
    if sight.new:
        return [(Risk.SENSITIVE, "ID tokens are not signed")] if after == "none" else []
    return [(Risk.BREAKING, f"ID tokens are signed otherwise: {after} instead of {before}")]


def _keys(before: Json, after: Json, sight: Sight) -> list[Reason]:
    old, new = _key_names(before), _key_names(after)
    reasons: list[Reason] = []
    if old and not old & new:
        reasons.append((Risk.BREAKING, "keys replaced without overlap"))
    elif old - new:
        reasons.append((Risk.BREAKING, f"{len(old - new)} of {len(old)} keys removed"))
    if new - old:
        reasons.append((Risk.SENSITIVE, f"{len(new - old)} keys added" if len(new - old) > 1 else "a key added"))
    elif old == new and not sight.new:
        reasons.append((Risk.SENSITIVE, "a key's members changed"))
    return reasons


def _key_place(before: Json, after: Json, _: Sight) -> list[Reason]:
    reasons: list[Reason] = [(Risk.BREAKING, f"its keys are no longer taken from {before}")] if before else []
    return [*reasons, (Risk.SENSITIVE, f"its keys come from {after}")] if after else reasons


def _called(what: str) -> _Judge:
    """An address that the server or the browser calls: another host is another holder of what is sent there."""

    def judge(before: Json, after: Json, sight: Sight) -> list[Reason]:
        if not after:
            return []
        place = _place(str(after))
        reasons: list[Reason] = []
        if not before or place != _place(str(before)):
            reasons.append((Risk.SENSITIVE, f"{what} go to a new host: {place[1] or place[0]}"))
        if sight.production and (place[0] == "http" or place[1] in _LOOPBACK):
            reasons.append((Risk.SENSITIVE, f"http or loopback in production: {after}"))
        return reasons

    return judge


def _contacts(before: Json, after: Json, sight: Sight) -> list[Reason]:
    old, new = (value.get("technical") if isinstance(value, dict) else None for value in (before, after))
    return [] if sight.new or old == new else [(Risk.SENSITIVE, "another technical contact")]


def _lifetime(before: Json, after: Json, sight: Sight) -> list[Reason]:
    if sight.new or not isinstance(before, int) or not isinstance(after, int):
        return []
    return [(Risk.SENSITIVE, "tokens live longer")] if after > before else []


def _says(risk: Risk, why: str) -> _Judge:
    def judge(_: Json, __: Json, sight: Sight) -> list[Reason]:
        return [] if sight.new else [(risk, why)]

    return judge


def _seen(_: Json, after: Json, __: Sight) -> list[Reason]:
    return [(Risk.VISIBLE, "end users read it")] if after else [(Risk.VISIBLE, "end users no longer see it")]


_OPERATOR = _says(Risk.BREAKING, "an operator's setting: it decides about every client")

_JUDGES: Mapping[str, _Judge] = {
    "redirect_uris": _redirects,
    "post_logout_redirect_uris": _logout_redirects,
    "scopes": _scopes,
    "grant_types": _listed("grant"),
    "response_types": _listed("response type"),
    "audience": _listed("audience"),
    "allowed_cors_origins": _listed("CORS origin"),
    "subject_type": _subject,
    "sector_identifier_uri": _sector,
    "token_endpoint_auth_method": _auth_method,
    "client_type": _client_type,
    "id_token_signed_response_alg": _algorithm,
    "jwks": _keys,
    "jwks_uri": _key_place,
    "require_pkce": _required("PKCE", "who sends no code_challenge is refused"),
    "require_consent": _consent,
    "dpop_bound_access_tokens": _asked_for("DPoP", "who sends no proof is refused"),
    "require_pushed_authorization_requests": _asked_for("a pushed request", "who does not push is refused"),
    "require_auth_time": _promised,
    "enabled": _enabled,
    "backchannel_logout_uri": _called("logout tokens"),
    "frontchannel_logout_uri": _called("logout calls"),
    "initiate_login_uri": _called("login starts"),
    "access_token_lifetime": _lifetime,
    "refresh_token_lifetime": _lifetime,
    "contacts": _contacts,
    "recipients": _says(Risk.SENSITIVE, "others may open its credentials"),
    "waivers": _says(Risk.SENSITIVE, "an exception from a rule"),
    "client_name": _seen,
    "localized": _seen,
    "logo_uri": _seen,
    "policy_uri": _seen,
    "tos_uri": _seen,
    "servers": _OPERATOR,
    "credential_sinks": _OPERATOR,
    "guard": _OPERATOR,
    "class": _OPERATOR,
}


def _key_names(jwks: Json) -> set[str]:
    shown = public_view(jwks)
    keys = shown if isinstance(shown, list) else []
    return {str(key.get("thumbprint") or canonical(key)) for key in keys if isinstance(key, dict)}


def _gone(before: Json, after: Json) -> list[str]:
    kept = set(_texts(after))
    return [text for text in _texts(before) if text not in kept]


def _texts(value: Json) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _place(uri: str) -> tuple[str, str]:
    parts = _split(uri)
    return parts.scheme, (parts.hostname or "") if parts.scheme in {"http", "https"} else ""


def _novelty(place: tuple[str, str], known: set[tuple[str, str]]) -> str:
    scheme, host = place
    if not host:
        return f"scheme {scheme}"
    return f"scheme {scheme} for {host}" if any(host == other for _, other in known) else f"host {host}"


def _sectors(value: Json) -> set[str]:
    return {_place(uri)[1] for uri in _texts(value)}


def _split(uri: str) -> SplitResult:
    try:
        return urlsplit(uri)
    except ValueError:
        return SplitResult("", "", uri, "", "")
