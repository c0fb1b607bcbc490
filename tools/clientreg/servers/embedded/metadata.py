"""The members of a client as the embedded server stores them: what is absent means, and one spelling for each value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clientreg.servers.spelling import settled

if TYPE_CHECKING:
    from clientreg.jsonvalue import JsonObject

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


def settle(payload: JsonObject) -> JsonObject:
    """The payload as the server reports it after storing it. What is not of the expected form `admission` judges."""
    return settled(payload, DEFAULTS)
