"""The members of a client as the embedded server stores them: what is absent means, and one spelling for each value."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clientreg.jsonvalue import Json, JsonObject

DEFAULTS: JsonObject = {
    "client_id": None,
    "organization": None,
    "product": None,
    "client_name": None,
    "localized": {},
    "description": None,
    "contacts": {},
    "platform": None,
    "application_type": "web",
    "client_type": "confidential",
    "enabled": True,
    "scopes": [],
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
    "redirect_uris": [],
    "token_endpoint_auth_method": "client_secret_basic",
    "require_pkce": True,
    "require_consent": True,
    "require_pushed_authorization_requests": False,
    "dpop_bound_access_tokens": False,
    "subject_type": "public",
    "id_token_signed_response_alg": "RS256",
    "single_sign_on": False,
    "stay_logged_in": False,
    "default_max_age": None,
    "default_acr_values": [],
    "require_auth_time": False,
    "post_logout_redirect_uris": [],
    "backchannel_logout_uri": None,
    "backchannel_logout_session_required": False,
    "allowed_cors_origins": [],
    "access_token_lifetime": None,
    "refresh_token_lifetime": None,
    "client_uri": None,
    "logo_uri": None,
    "policy_uri": None,
    "tos_uri": None,
    "software_id": None,
    "software_version": None,
}
"""Every member there is, and what its absence means (OpenID Connect Registration section 2, where that says it)."""

_LIFETIMES = ("access_token_lifetime", "refresh_token_lifetime")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def settle(payload: JsonObject) -> JsonObject:
    """The payload as the server reports it after storing it: every member present, sets sorted, lifetimes in seconds.

    Total and idempotent: what is not of the expected form stays as it is, for `admission` to judge.
    """
    settled = {**DEFAULTS, **payload}
    for name, value in payload.items():
        if value.__class__ is list:
            settled[name] = _sorted(value)
        elif value.__class__ is dict:
            settled[name] = {key: _sorted(item) for key, item in value.items()}
    for name in _LIFETIMES:
        settled[name] = _seconds(settled[name])
    return settled


def _sorted(value: Json) -> Json:
    """No list of a client has an order that means something to this server, nor a use for a second copy."""
    if not isinstance(value, list) or len(value) < 2:
        return value
    texts = [item for item in value if isinstance(item, str)]
    return [*sorted(set(texts))] if len(texts) == len(value) else value


def _seconds(value: Json) -> Json:
    if not isinstance(value, str) or not value[:-1].isascii() or not value[:-1].isdigit() or len(value) > 15:
        return value
    unit = _SECONDS.get(value[-1])
    return value if unit is None else int(value[:-1]) * unit
