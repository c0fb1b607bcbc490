"""What Keycloak does with each field of a client file: a table for rules and documents to read."""

from __future__ import annotations

from clientreg.capability import HELD, Capabilities, Capability, Holding, Option
from clientreg.servers.keycloak.objections import objections

_KEPT = Capability(Holding.HELD, "kept in an attribute of the client; logins do not depend on it")

FIELDS = {
    # who it is
    "client_id": HELD,
    "product": _KEPT,
    "client_name": HELD,
    "description": Capability(
        Holding.HELD, "of one that is longer than 255 characters, its own field holds the beginning, an attribute all"
    ),
    "contacts": _KEPT,
    "platform": _KEPT,
    "application_type": _KEPT,
    "client_type": HELD,
    "enabled": HELD,
    "software_id": _KEPT,
    "software_version": _KEPT,
    # what it may ask for, and how
    "scopes": Capability(
        Holding.HELD, "as client scopes, which the realm must have (or create_scopes makes); openid it knows by itself"
    ),
    "grant_types": Capability(
        Holding.HELD,
        "jwt-bearer needs names of identity providers, for which a client file has no field; it knows no others",
        only=(
            "authorization_code",
            "implicit",
            "refresh_token",
            "password",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "urn:openid:params:grant-type:ciba",
        ),
    ),
    "response_types": Capability(Holding.OTHERWISE, "all that the grants allow; it does not tell them apart"),
    "redirect_uris": HELD,
    "allowed_cors_origins": HELD,
    "require_pkce": HELD,
    "require_consent": HELD,
    "require_pushed_authorization_requests": HELD,
    "audience": Capability(Holding.HELD, "as protocol mappers; every access token of the client names them"),
    # how it proves itself
    "token_endpoint_auth_method": Capability(
        Holding.HELD,
        "for certificates it needs the subject, for which a client file has no field",
        only=("none", "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"),
    ),
    "jwks": HELD,
    "jwks_uri": HELD,
    "dpop_bound_access_tokens": HELD,
    # tokens
    "access_token_lifetime": HELD,
    "refresh_token_lifetime": Capability(
        Holding.OTHERWISE, "as 'Client Session Idle', which may be no longer than the realm's 'SSO Session Idle'"
    ),
    "subject_type": Capability(Holding.HELD, "pairwise as a protocol mapper", only=("public", "pairwise")),
    "sector_identifier_uri": Capability(
        Holding.OTHERWISE, "used for pairwise subjects; Keycloak itself must be able to fetch it then"
    ),
    "id_token_signed_response_alg": Capability(
        Holding.HELD,
        "with a key of the realm for the algorithm, which Keycloak makes by itself where there is none",
        only=("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"),
    ),
    # sign-on and logout
    "single_sign_on": Capability(
        Holding.OTHERWISE, "kept in an attribute; a realm signs its users in once for all its clients, whatever it says"
    ),
    "stay_logged_in": Capability(Holding.OTHERWISE, "kept in an attribute; 'Remember me' is a setting of the realm"),
    "default_max_age": Capability(Holding.REFUSED, "it knows no default; send max_age with the authorization request"),
    "require_auth_time": Capability(Holding.OTHERWISE, "kept in an attribute; ID tokens have auth_time in any case"),
    "default_acr_values": Capability(Holding.HELD, "they must be levels that the realm or its browser flow knows"),
    "initiate_login_uri": Capability(Holding.NOT_HELD, "it never starts a login itself"),
    "post_logout_redirect_uris": HELD,
    "backchannel_logout_uri": HELD,
    "backchannel_logout_session_required": Capability(Holding.HELD, "with backchannel_logout_uri; else it is off"),
    "frontchannel_logout_uri": Capability(
        Holding.OTHERWISE, "kept; it is not called for a client that has a backchannel_logout_uri, too"
    ),
    "frontchannel_logout_session_required": Capability(Holding.HELD, "with frontchannel_logout_uri; else it is off"),
    # what users see
    "client_uri": HELD,
    "logo_uri": HELD,
    "policy_uri": HELD,
    "tos_uri": HELD,
}

INSISTS = {
    "CR201": "it refuses addresses with characters that no address has",
    "CR205": "it refuses addresses with characters that no address has",
    "CR209": "it refuses redirect URIs with a fragment",
    "CR330": "a public client has nothing to prove itself with",
    "CR204": "it would start a relative address at the client's root URL",
    "CR212": "it takes the item for one address, or tells its parts in another way",
    "CR603": "a public client has no secret there",
    "CR604": "a confidential client authenticates there",
    "CR605": "a public client has nothing to prove itself with",
    "CR607": "it takes keys from one place only",
}
"""Rules that Keycloak enforces itself: a waiver would only move the refusal from the pull request to the apply."""

DOCUMENTATION = frozenset({"browser", "purpose", "credentials", "lifecycle", "waivers", "environments"})
"""Fields of a client file that say something to people and to this tool, and nothing to a server."""

CAPABILITIES = Capabilities(
    type="keycloak",
    title="Keycloak, by its Admin REST API",
    options=(
        Option(
            name="url",
            description="Where Keycloak is reached, with its path if it has one; no slash at the end.",
            example="https://login.example.com",
            required=True,
            pattern=r"https?://[^\s/?#@]+(/[^\s?#]*[^\s?#/])?",
        ),
        Option(
            name="realm",
            description="The realm that holds the clients.",
            example="connect",
            required=True,
            pattern=r"[^\x00-\x20/\\%?#;]+",
        ),
        Option(
            name="client_id",
            description="The client of the realm with which clientreg signs in, by its service account.",
            example="clientreg",
            required=True,
        ),
        Option(
            name="ca_file",
            description="A PEM file with the authority of its certificate, if it is not a public one; a relative path "
            "starts at the registry's folder.",
            example="ca.pem",
        ),
        Option(
            name="session_idle",
            description="The realm's 'SSO Session Idle', which no refresh token outlives; if left out, the 30m of a "
            "new realm.",
            example="14d",
            pattern=r"[1-9][0-9]{0,5}[smhd]",
        ),
        Option(
            name="acr_values",
            description="The values that the realm maps to levels of authentication, with spaces between them.",
            example="1 2",
        ),
        Option(
            name="create_scopes",
            description="Whether scopes of the catalogue that the realm has not are made there as client scopes; if "
            "left out, clients that need one are refused.",
            example="true",
            switch=True,
        ),
    ),
    fields=FIELDS,
    insists=INSISTS,
    objections=objections,
    tried="Keycloak 26.7.3",
)
