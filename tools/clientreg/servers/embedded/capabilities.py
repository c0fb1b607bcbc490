"""What the embedded server does with each field of a client file: a table for rules and documents to read."""

from __future__ import annotations

from clientreg.capability import HELD, Capabilities, Capability, Holding, Option

_STORED = Capability(Holding.HELD, "stored and read back; logins do not depend on it")
_NO_KEYS = Capability(Holding.REFUSED, "clients authenticate with a secret or not at all, not with keys")

FIELDS = {
    # who it is
    "client_id": HELD,
    "product": _STORED,
    "client_name": HELD,
    "description": _STORED,
    "contacts": _STORED,
    "platform": _STORED,
    "application_type": HELD,
    "client_type": HELD,
    "enabled": HELD,
    "software_id": _STORED,
    "software_version": _STORED,
    # what it may ask for, and how
    "scopes": HELD,
    "grant_types": Capability(
        Holding.HELD,
        "it knows the code, refresh and client credentials grants",
        only=("authorization_code", "refresh_token", "client_credentials"),
    ),
    "response_types": Capability(Holding.HELD, "it gives codes, never tokens, to the browser", only=("code",)),
    "redirect_uris": HELD,
    "allowed_cors_origins": HELD,
    "require_pkce": HELD,
    "require_consent": HELD,
    "require_pushed_authorization_requests": Capability(
        Holding.HELD, "it takes no pushed authorization requests (RFC 9126)", only=(False,)
    ),
    "audience": Capability(Holding.REFUSED, "access tokens are for the server itself; it knows no other API"),
    # how it proves itself
    "token_endpoint_auth_method": Capability(
        Holding.HELD,
        "clients authenticate with a secret or not at all",
        only=("none", "client_secret_basic", "client_secret_post"),
    ),
    "jwks": _NO_KEYS,
    "jwks_uri": _NO_KEYS,
    "dpop_bound_access_tokens": Capability(Holding.HELD, "its tokens are bearer tokens (RFC 6750)", only=(False,)),
    # tokens
    "access_token_lifetime": HELD,
    "refresh_token_lifetime": HELD,
    "subject_type": Capability(Holding.HELD, "all clients see the same sub for a user", only=("public",)),
    "sector_identifier_uri": Capability(Holding.REFUSED, "all clients see the same sub for a user: it has no sectors"),
    "id_token_signed_response_alg": Capability(Holding.HELD, "its one key is an RSA key", only=("RS256",)),
    # sign-on and logout
    "single_sign_on": HELD,
    "stay_logged_in": HELD,
    "default_max_age": HELD,
    "require_auth_time": HELD,
    "default_acr_values": Capability(
        Holding.HELD, "it has one way to sign in, by password, and reports it as level 2", only=("2",)
    ),
    "initiate_login_uri": Capability(Holding.NOT_HELD, "it never starts a login itself"),
    "post_logout_redirect_uris": HELD,
    "backchannel_logout_uri": Capability(
        Holding.OTHERWISE, "stored; logout tokens are delivered to loopback addresses only, no other host is called"
    ),
    "backchannel_logout_session_required": HELD,
    "frontchannel_logout_uri": Capability(
        Holding.REFUSED, "it has no front-channel logout; use backchannel_logout_uri"
    ),
    "frontchannel_logout_session_required": Capability(Holding.NOT_HELD, "it has no front-channel logout"),
    # what users see
    "client_uri": HELD,
    "logo_uri": Capability(Holding.OTHERWISE, "stored; the consent page loads nothing from elsewhere, so no logo"),
    "policy_uri": HELD,
    "tos_uri": HELD,
}

DOCUMENTATION = frozenset({"browser", "purpose", "credentials", "lifecycle", "waivers", "environments"})
"""Fields of a client file that say something to people and to this tool, and nothing to a server."""

CAPABILITIES = Capabilities(
    type="embedded",
    title="Embedded server, for trying out on one machine",
    options=(
        Option(
            name="store",
            description="The SQLite file that holds its clients; a relative path starts at the registry's folder.",
            example=".clientreg/test.db",
            required=True,
        ),
        Option(
            name="issuer",
            description="Where it listens while it runs: http, a loopback host and a port.",
            example="http://localhost:8080",
            required=True,
            pattern=r"http://(localhost|127\.0\.0\.1|\[::1\]):[1-9][0-9]{0,4}",
        ),
    ),
    fields=FIELDS,
)
