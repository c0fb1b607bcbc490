"""What the embedded server does with each field of a client file: a table for rules and documents to read."""

from __future__ import annotations

from clientreg.capability import HELD, Capabilities, Capability, Holding, Option

_STORED = Capability(Holding.HELD, "stored and read back; logins do not depend on it")
_NO_KEYS = Capability(Holding.REFUSED, "clients authenticate with a secret or not at all, not with keys")

_PORT = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"

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

INSISTS = {
    "CR201": "it refuses addresses with characters that no address has",
    "CR203": "it compares addresses character by character, so a pattern would never match",
    "CR204": "it sends nobody to an address without a scheme",
    "CR205": "it refuses addresses with characters that browsers rewrite",
    "CR206": "it refuses addresses with a user name",
    "CR207": "it refuses addresses without a host",
    "CR209": "it adds parameters to the address, which a fragment would swallow",
    "CR212": "it compares addresses character by character, so none of them would match",
    "CR220": "it links to, and calls, web addresses only",
    "CR225": "it compares origins character by character",
    "CR240": "a grant that redirects needs a redirect URI there",
    "CR244": "it sends nobody to an address without a scheme",
    "CR247": "it sends a web client's users to web addresses only",
    "CR248": "it sends a native client's users to http on loopback only",
    "CR265": "it has a page for the two out-of-band URNs and for no other",
    "CR322": "it admits no response type without its grant",
    "CR323": "it admits no grant without its response type",
    "CR330": "a public client has nothing to prove itself with",
    "CR331": "a service's users cannot be sent anywhere without a redirect URI",
    "CR601": "which redirects it admits follows from the application type",
    "CR603": "a public client holds no secret there",
    "CR604": "a confidential client authenticates there",
    "CR605": "a public client has nothing to prove itself with",
}
"""Rules that admission enforces, so that a waiver would only move the refusal from the pull request to the apply."""

DOCUMENTATION = frozenset({"browser", "purpose", "credentials", "lifecycle", "waivers", "environments"})
"""Fields of a client file that say something to people and to this tool, and nothing to a server."""

CAPABILITIES = Capabilities(
    type="embedded",
    title="Embedded server, for trying out on one machine",
    options=(
        Option(
            name="store",
            description="The SQLite file that holds its clients, not among the registry's own files; a relative path "
            "starts at the registry's folder.",
            example=".clientreg/test.db",
            required=True,
            pattern=r"(?!(?:\./*)*(?:\Z|(?:clients|schema|\.git)(?:/|\Z))|~)[^\x00-\x1f]+",
        ),
        Option(
            name="issuer",
            description="Where it listens while it runs: http, a loopback host and a port.",
            example="http://localhost:8080",
            required=True,
            pattern=rf"http://(localhost|127\.0\.0\.1|\[::1\]):{_PORT}",
        ),
    ),
    fields=FIELDS,
    insists=INSISTS,
)
