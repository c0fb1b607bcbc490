"""What a field means when nothing states it: the defaults of the seed ("Choosing a redirect URI") and ours, one table.

And the words of the seed that they follow from: platforms, grants that redirect, the out-of-band addresses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

REDIRECT_GRANTS = frozenset({"authorization_code", "implicit"})
OOB = ("urn:ietf:wg:oauth:2.0:oob", "urn:ietf:wg:oauth:2.0:oob:auto")
SCHEME_PLATFORMS = frozenset({"android", "ios", "windows-phone", "macos-desktop"})
"""Where an app listens on a scheme of its own unless its file says otherwise (seed, "Choosing a redirect URI")."""
WEB_DEFAULT_REDIRECT_URI = "http://localhost:8081/connect/oauth2callback"

_ORIGIN = re.compile(r"https?://[^/?#]+")
_NATIVE_PLATFORMS = frozenset({*SCHEME_PLATFORMS, "windows-desktop", "linux-desktop", "cli"})


def application_type_of(platform: str) -> str | None:
    """The application type that a platform means (seed, "Mandatory"); None for `tv`, which may be either."""
    if platform == "tv":
        return None
    return "native" if platform in _NATIVE_PLATFORMS else "web"


def signs_users_in(grant_types: tuple[str, ...]) -> bool:
    """Whether a grant sends the user's browser to the server and back, so that a redirect URI is needed."""
    return not REDIRECT_GRANTS.isdisjoint(grant_types)


def _grant_types(given: Mapping[str, Any]) -> tuple[str, ...]:
    return ("client_credentials",) if given["platform"] == "service" else ("authorization_code", "refresh_token")


def _response_types(given: Mapping[str, Any]) -> tuple[str, ...]:
    return ("code",) if signs_users_in(given["grant_types"]) else ()


def _redirect_uris(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The seed's default redirect URIs; every other platform must choose."""
    platform = given["platform"]
    if not signs_users_in(given["grant_types"]):
        return ()
    if platform in SCHEME_PLATFORMS and given["application_type"] == "native":
        return (f"{given['client_id']}://connect/oauth2callback",)
    if platform in {"web", "javascript"} and given["application_type"] == "web":
        return (WEB_DEFAULT_REDIRECT_URI,)
    return OOB if platform == "windows-desktop" else ()


def _auth_method(given: Mapping[str, Any]) -> str:
    return "none" if given["client_type"] == "public" else "client_secret_basic"


def _cors_origins(given: Mapping[str, Any]) -> tuple[str, ...]:
    """A browser app calls the token endpoint from its own origin (Fetch standard, "CORS protocol")."""
    if given["platform"] != "javascript":
        return ()
    found = (_ORIGIN.match(uri) for uri in given["redirect_uris"])
    return tuple(dict.fromkeys(origin[0] for origin in found if origin))


DEFAULTS: Mapping[str, Any] = {
    # in this order: a later default may look at an earlier one
    "grant_types": _grant_types,
    "response_types": _response_types,
    "redirect_uris": _redirect_uris,
    "token_endpoint_auth_method": _auth_method,
    "allowed_cors_origins": _cors_origins,
    "single_sign_on": False,
    "stay_logged_in": False,
    "require_pkce": True,
    "require_consent": True,
    "enabled": True,
    "post_logout_redirect_uris": (),
    "backchannel_logout_uri": None,
    "backchannel_logout_session_required": False,
    "frontchannel_logout_uri": None,
    "frontchannel_logout_session_required": False,
    "browser": None,
    "jwks": None,
    "jwks_uri": None,
    "client_uri": None,
    "logo_uri": None,
    "policy_uri": None,
    "tos_uri": None,
    "initiate_login_uri": None,
    "default_max_age": None,
    "require_auth_time": False,
    "default_acr_values": (),
    "subject_type": "public",
    "sector_identifier_uri": None,
    "id_token_signed_response_alg": "RS256",
    "require_pushed_authorization_requests": False,
    "dpop_bound_access_tokens": False,
    "software_id": None,
    "software_version": None,
    "audience": (),
    "access_token_lifetime": None,
    "refresh_token_lifetime": None,
}
"""What a field means when neither the file nor the environment says it: a value, or a function of what is known."""

COMPUTED: tuple[tuple[str, Callable[[Mapping[str, Any]], Any]], ...] = tuple(
    (name, value) for name, value in DEFAULTS.items() if callable(value)
)
PLAIN = {name: value for name, value in DEFAULTS.items() if not callable(value)}
