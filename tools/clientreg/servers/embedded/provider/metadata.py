"""What the server says of itself: discovery (OpenID Connect Discovery 1.0, RFC 8414), exactly what it does."""

from __future__ import annotations

from typing import Any

from clientreg.servers.embedded.provider import wish
from clientreg.servers.embedded.provider.grants import AUTH_METHODS
from clientreg.servers.embedded.provider.keys import ALGORITHM
from clientreg.servers.embedded.server import PATHS

_STANDARD_SCOPES = ("openid", "profile", "email", "phone", "offline_access")
_CLAIMS = (
    "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid", "amr", "acr", "name", "locale", "email",
    "email_verified", "phone_number", "phone_number_verified",
)  # fmt: skip


def document(issuer: str, scopes: tuple[str, ...]) -> dict[str, Any]:
    """The discovery document."""
    return {
        "issuer": issuer,
        **{name: issuer + path for name, path in PATHS.items()},
        "scopes_supported": list(dict.fromkeys((*_STANDARD_SCOPES, *scopes))),
        "claims_supported": list(_CLAIMS),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "acr_values_supported": ["2"],
        "prompt_values_supported": list(wish.PROMPTS),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "require_request_uri_registration": False,
    }
