"""What is done with each field of a client file by a node oidc-provider that is configured as `oidc-provider.md` says,
and by a Keycloak that imports a realm file.
"""

from __future__ import annotations

from dataclasses import replace

from clientreg.capability import HELD, Capabilities, Capability, Holding, Option
from clientreg.servers.file.objections import objections
from clientreg.servers.file.placeholders import realm_objections
from clientreg.servers.keycloak.capabilities import CAPABILITIES as keycloak  # noqa: N811 - data of another type

_STORED = Capability(Holding.HELD, "stored and read back; logins do not depend on it")
_BY_CONFIGURATION = Capability(Holding.HELD, "its configuration reads it from the file, as oidc-provider.md shows")

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
    "enabled": Capability(Holding.HELD, "a client that is not enabled is left out of the file"),
    "software_id": _STORED,
    "software_version": _STORED,
    # what it may ask for, and how
    "scopes": HELD,
    "grant_types": Capability(
        Holding.HELD,
        "it knows the code, refresh, client credentials and device grants",
        only=(
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code",
        ),
    ),
    "response_types": Capability(Holding.HELD, "it gives codes, never tokens, to the browser", only=("code",)),
    "redirect_uris": HELD,
    "allowed_cors_origins": _BY_CONFIGURATION,
    "require_pkce": _BY_CONFIGURATION,
    "require_consent": _BY_CONFIGURATION,
    "require_pushed_authorization_requests": HELD,
    "audience": Capability(Holding.REFUSED, "which APIs there are is the configuration's, not the client's"),
    # how it proves itself
    "token_endpoint_auth_method": Capability(
        Holding.HELD,
        "it takes basic and post from a client of either, and knows no client certificates",
        only=("none", "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"),
    ),
    "jwks": HELD,
    "jwks_uri": HELD,
    "dpop_bound_access_tokens": HELD,
    # tokens
    "access_token_lifetime": _BY_CONFIGURATION,
    "refresh_token_lifetime": _BY_CONFIGURATION,
    "subject_type": Capability(
        Holding.HELD, "pairwise subjects need a function of its operator's own", only=("public",)
    ),
    "sector_identifier_uri": Capability(Holding.REFUSED, "all clients see the same sub for a user: it has no sectors"),
    "id_token_signed_response_alg": Capability(
        Holding.HELD, "the algorithm that every one of them has", only=("RS256",)
    ),
    # sign-on and logout
    "single_sign_on": _BY_CONFIGURATION,
    "stay_logged_in": Capability(Holding.REFUSED, "how long a session lasts is its login page's to decide"),
    "default_max_age": HELD,
    "require_auth_time": HELD,
    "default_acr_values": Capability(
        Holding.OTHERWISE, "stored, and asked of the login page; which levels there are is the login page's to decide"
    ),
    "initiate_login_uri": _STORED,
    "post_logout_redirect_uris": HELD,
    "backchannel_logout_uri": HELD,
    "backchannel_logout_session_required": HELD,
    "frontchannel_logout_uri": Capability(
        Holding.REFUSED, "it has no front-channel logout; use backchannel_logout_uri"
    ),
    "frontchannel_logout_session_required": Capability(Holding.NOT_HELD, "it has no front-channel logout"),
    # what users see
    "client_uri": HELD,
    "logo_uri": HELD,
    "policy_uri": HELD,
    "tos_uri": HELD,
}

INSISTS = {
    "CR201": "it takes no address with characters that no address has",
    "CR204": "it sends nobody to an address without a scheme",
    "CR207": "it takes no address without a host",
    "CR209": "it adds parameters to the address, which a fragment would swallow",
    "CR220": "it takes web addresses only",
    "CR221": "it takes https only",
    "CR240": "a grant that redirects needs a redirect URI there",
    "CR244": "it sends nobody to an address without a scheme",
    "CR247": "it sends a web client's users to web addresses only",
    "CR248": "it sends a native client's users to http on loopback only",
    "CR250": "it sends no native client's users to https on loopback",
    "CR322": "it knows no response type without its grant",
    "CR323": "it knows no grant without its response type",
    "CR330": "a public client has nothing to prove itself with",
    "CR331": "a service's users cannot be sent anywhere without a redirect URI",
    "CR603": "a public client is there one that does not authenticate",
    "CR604": "a confidential client is there one that authenticates",
    "CR605": "a public client has nothing to prove itself with",
    "CR606": "it knows no such authentication without keys",
    "CR607": "it takes keys or an address of keys, not both",
    "CR612": "it takes no key that lacks a member",
}
"""Rules that oidc-provider enforces itself, so that a waiver would only move the refusal to the first login."""

DOCUMENTATION = frozenset({"browser", "purpose", "credentials", "lifecycle", "waivers", "environments"})
"""Fields of a client file that say something to people and to this tool, and nothing to a server."""

_OWN = r"(?:clients|schema|\.git|\.github|registry\.yaml)(?:/|\Z)"

_ISSUER = Option(
    name="issuer",
    description="What the server calls itself, for the hand-over.",
    example="https://login.example.com",
    required=True,
    pattern=r"https?://[^\s?#]*[^\s?#/]",
)
_OPTIONS = (
    Option(
        name="format",
        description="The form of the file: oidc-provider is the client metadata of node oidc-provider, keycloak-realm "
        "a realm file that Keycloak imports at its first start.",
        example="oidc-provider",
        required=True,
        pattern="oidc-provider|keycloak-realm",
    ),
    Option(
        name="path",
        description="The file: its name ends in .json, and it is not one of the registry's own. What belongs to "
        "it lies beside it. A relative path starts at the registry's folder.",
        example="../deployment/clients.json",
        required=True,
        pattern=rf"(?!(?:\./+)*{_OWN}|~|.*[^/.][^/]*/\.\./)[^\x00-\x1f]*[^\x00-\x1f/](?<!\.clientreg)\.json",
    ),
    _ISSUER,
    Option(
        name="recipients",
        description="age or SSH public keys that open the client secrets beside the file: the server's own.",
        example="[age1...]",
        required=True,
        many=True,
    ),
)
_OF_A_REALM = _ISSUER._replace(
    description="What the realm calls itself, for the hand-over; its last part is the realm's name.",
    example="https://login.example.com/realms/connect",
    pattern=r"https?://[^\s?#]+/realms/[A-Za-z0-9._~-]+",
)
_PROVIDER = Capabilities(
    type="file",
    format="oidc-provider",
    title="One file with all clients, for node oidc-provider, which reads it at its start",
    options=_OPTIONS,
    fields=FIELDS,
    insists=INSISTS,
    objections=objections,
    tried="node oidc-provider 9.13.3",
)
_REALM = Capabilities(
    type="file",
    format="keycloak-realm",
    title="A realm file with all clients, from which Keycloak makes a realm that it does not have yet",
    options=(
        *(_OF_A_REALM if option is _ISSUER else option for option in _OPTIONS),
        *(option for option in keycloak.options if option.name in {"session_idle", "acr_values"}),
    ),
    fields=keycloak.fields,
    insists=keycloak.insists,
    objections=realm_objections,
    tried=keycloak.tried,
    notice="Keycloak makes the realm from this file once. A realm that it has already is skipped, with every change "
    "below, or replaced whole, with its users and keys; a server of type keycloak changes one that runs.",
)
CAPABILITIES = replace(_PROVIDER, format="", tried="", formats={one.format: one for one in (_PROVIDER, _REALM)})
