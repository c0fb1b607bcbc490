"""A client in the words of client files, and as node oidc-provider wants its metadata; each made from the other.

What oidc-provider has no member for stands in one member of our own, `clientreg`, which its configuration reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clientreg.jsonvalue import Json, JsonObject
from clientreg.servers.file.document import ARRAY, SECRET_REF
from clientreg.servers.spelling import settled

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    "jwks": None,
    "jwks_uri": None,
    "require_pkce": True,
    "require_consent": True,
    "require_pushed_authorization_requests": False,
    "dpop_bound_access_tokens": False,
    "subject_type": "public",
    "id_token_signed_response_alg": "RS256",
    "single_sign_on": True,
    "default_max_age": None,
    "default_acr_values": [],
    "require_auth_time": False,
    "initiate_login_uri": None,
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
"""Every member there is, and what oidc-provider does where it is absent (its `CLIENT_ATTRIBUTES.DEFAULTS`)."""

OWN = "clientreg"
"""The member that holds what oidc-provider has none for. Its configuration names it in `extraClientMetadata`."""
_OWN_MEMBERS = (
    "organization", "product", "localized", "description", "platform", "require_pkce", "require_consent",
    "single_sign_on", "allowed_cors_origins", "access_token_lifetime", "refresh_token_lifetime", "software_id",
    "software_version",
)  # fmt: skip
_SAME_MEMBERS = tuple(DEFAULTS.keys() - {*_OWN_MEMBERS, "contacts", "scopes", "client_type", "enabled"})
MEMBERS = frozenset({*_SAME_MEMBERS, "contacts", "scope", OWN, SECRET_REF, ARRAY.secret})
"""The members of a client's metadata that we write; every other one of an adopted client stays as it is."""

ADDRESS = re.compile(r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*")
"""What oidc-provider takes for an e-mail address."""


def settle(payload: JsonObject) -> JsonObject:
    """The payload as `words` gives it back once it was written."""
    return settled({name: payload[name] for name in DEFAULTS if name in payload}, DEFAULTS)


def metadata(payload: JsonObject) -> JsonObject:
    """The metadata that oidc-provider is to hold; what is null is left out, as it wants it. No secret is in it.

    So is an empty list of levels: it takes that for a wish, and lets nobody in who does not ask for `openid`.
    """
    contacts = payload["contacts"]
    technical, others = _contacts(contacts if isinstance(contacts, dict) else {})
    own = {name: payload[name] for name in _OWN_MEMBERS}
    scopes = payload["scopes"]
    made: JsonObject = {
        **{name: payload[name] for name in _SAME_MEMBERS},
        "scope": " ".join(map(str, scopes)) if isinstance(scopes, list) else scopes,
        "contacts": technical,
        "default_acr_values": payload["default_acr_values"] or None,
        OWN: {name: value for name, value in {**own, "contacts": others}.items() if value is not None},
    }
    return {name: value for name, value in made.items() if value is not None}


def words(made: Mapping[str, Json], *, enabled: bool) -> JsonObject:
    """A client's metadata in the words of client files, settled; total, because others write such files too."""
    own = made.get(OWN)
    own = own if isinstance(own, dict) else {}
    method = made.get("token_endpoint_auth_method", DEFAULTS["token_endpoint_auth_method"])
    scope = made.get("scope", "")
    known: JsonObject = {
        **{name: made[name] for name in _SAME_MEMBERS if name in made},
        **{name: own[name] for name in _OWN_MEMBERS if name in own},
        "scopes": [*scope.split()] if isinstance(scope, str) else scope,
        "contacts": _by_role(made.get("contacts"), own.get("contacts")),
        "client_type": "public" if method == "none" else "confidential",
        "enabled": enabled,
    }
    return settle(known)


def _contacts(contacts: JsonObject) -> tuple[Json, JsonObject]:
    """The technical ones as oidc-provider's own contacts, and the others; all where it would refuse a technical one."""
    technical = contacts.get("technical")
    addresses = technical if isinstance(technical, list) else []
    if not addresses or not all(isinstance(one, str) and ADDRESS.fullmatch(one) for one in addresses):
        return None, contacts
    return technical, {role: people for role, people in contacts.items() if role != "technical"}


def _by_role(technical: Json, others: Json) -> Json:
    named: JsonObject = {} if technical is None else {"technical": technical}
    return {**named, **others} if isinstance(others, dict) else named
