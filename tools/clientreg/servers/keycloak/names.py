"""The names in which Keycloak keeps what a client file says, for both ways of translation."""

from __future__ import annotations

from collections.abc import Mapping

PREFIX = "clientreg."
"""All attributes under it are ours; Keycloak keeps them and does nothing with them."""

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
CIBA = "urn:openid:params:grant-type:ciba"
FLOWS: Mapping[str, tuple[str, bool]] = {
    "authorization_code": ("standardFlowEnabled", True),
    "client_credentials": ("serviceAccountsEnabled", False),
    "implicit": ("implicitFlowEnabled", False),
    "password": ("directAccessGrantsEnabled", False),
}
"""Grants that are members of a client, and whether they are on where the member is absent."""
SWITCHED: Mapping[str, str] = {
    DEVICE: "oauth2.device.authorization.grant.enabled",
    "urn:ietf:params:oauth:grant-type:token-exchange": "standard.token.exchange.enabled",
    CIBA: "oidc.ciba.grant.enabled",
}
"""Grants that are attributes."""
SIGN_IN = frozenset({"authorization_code", "implicit", "password", DEVICE, CIBA})
"""Grants by which a user signs in: only they give refresh tokens, and only they have a use for `openid`."""
REFRESH = "use.refresh.tokens"

METHODS: Mapping[str, str] = {
    "client_secret_jwt": "client-secret-jwt",
    "private_key_jwt": "client-jwt",
    "tls_client_auth": "client-x509",
}
"""Authentication methods by the name of Keycloak's authenticator; both with a plain secret are `SECRET`."""
SECRET = "client-secret"  # noqa: S105 - the name of an authenticator
ALLOWED_METHOD = "client.secret.authentication.allowed.method"

SWITCHES: Mapping[str, str] = {
    "require_pushed_authorization_requests": "require.pushed.authorization.requests",
    "dpop_bound_access_tokens": "dpop.bound.access.tokens",
}
SECONDS: Mapping[str, str] = {
    "access_token_lifetime": "access.token.lifespan",
    "refresh_token_lifetime": "client.session.idle.timeout",
}
TEXTS: Mapping[str, str] = {"logo_uri": "logoUri", "policy_uri": "policyUri", "tos_uri": "tosUri"}

OWN_TEXTS = ("organization", "product", "platform", "application_type", "software_id", "software_version")
OWN_SWITCHES = ("single_sign_on", "stay_logged_in", "require_auth_time")
OWN_OBJECTS = ("contacts", "localized")
"""Fields that Keycloak has no place for: attributes of the same name under `PREFIX`."""
OPENID = f"{PREFIX}openid"
DESCRIPTION = f"{PREFIX}description"
UNUSED_PKCE = f"{PREFIX}require_pkce"
"""That of a client that gets no codes: Keycloak would require PKCE of its device flow, which has none."""
UNUSED_SECTOR = f"{PREFIX}sector_identifier_uri"
"""The sector of a client whose subjects are public."""

ALGORITHM = "id.token.signed.response.alg"
USUAL_ALGORITHM = "RS256"
PKCE = "pkce.code.challenge.method"
ACR = "default.acr.values"
LOGOUTS = "post.logout.redirect.uris"
BACK, BACK_SESSION = "backchannel.logout.url", "backchannel.logout.session.required"
FRONT, FRONT_SESSION = "frontchannel.logout.url", "frontchannel.logout.session.required"
KEYS, USE_KEYS = "jwks.string", "use.jwks.string"
KEYS_URL, USE_KEYS_URL = "jwks.url", "use.jwks.url"
SEPARATOR = "##"

AUDIENCE, PAIRWISE = f"{PREFIX[:-1]}-audience-", f"{PREFIX[:-1]}-pairwise"
"""The names of our protocol mappers."""
AUDIENCE_MAPPER, PAIRWISE_MAPPER = "oidc-audience-mapper", "oidc-sha256-pairwise-sub-mapper"
CUSTOM_AUDIENCE, SECTOR, SALT = "included.custom.audience", "sectorIdentifierUri", "pairwiseSubAlgorithmSalt"

ASKED_FOR = "include.in.token.scope"
"""Of a client scope. Where it is false, the scope brings claims along, and nobody asks for it."""
LONGEST = 255
"""Of the column behind most members, in UTF-16 code units; a longer value is answered with status 500."""
