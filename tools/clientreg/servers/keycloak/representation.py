"""The words of client files as a `ClientRepresentation` that says all of them, in one spelling. Pure.

`words.words` reads it back as it was, so that both together are `settle`. It holds no secret, no mark and no member
that no client file has a word for.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from clientreg.jsonvalue import Json, JsonObject, canonical
from clientreg.servers.keycloak import names
from clientreg.servers.keycloak.words import beginning, words
from clientreg.values import lifetime


def settle(payload: Mapping[str, Json]) -> JsonObject:
    """The payload as Keycloak will be read to say it."""
    return words(representation(payload), frozenset())


def representation(payload: Mapping[str, Json]) -> dict[str, Any]:
    """Every member and attribute that the words decide; an attribute that shall not be there is None.

    All scopes are optional client scopes: a client gets what it asks for. A text that shall be empty is "".
    """
    public = payload.get("client_type") == "public"
    grants = _listed(payload, "grant_types")
    front, back = payload.get("frontchannel_logout_uri"), payload.get("backchannel_logout_uri")
    return {
        "clientId": payload.get("client_id"),
        "protocol": "openid-connect",
        "name": payload.get("client_name") or "",
        "description": beginning(str(payload.get("description") or "")),
        "enabled": payload.get("enabled") is not False,
        "publicClient": public,
        "clientAuthenticatorType": _authenticator(payload, public=public),
        "consentRequired": bool(payload.get("require_consent")),
        "redirectUris": sorted(set(_listed(payload, "redirect_uris"))),
        "webOrigins": sorted(set(_listed(payload, "allowed_cors_origins"))),
        "baseUrl": payload.get("client_uri") or "",
        "frontchannelLogout": bool(front) and not back,
        **{member: grant in grants for grant, (member, _) in names.FLOWS.items()},
        "defaultClientScopes": [],
        "optionalClientScopes": sorted({*_listed(payload, "scopes")} - {"openid"}),
        "protocolMappers": [*_audience_mappers(payload), *_pairwise_mapper(payload)],
        "attributes": _attributes(payload, grants, public=public),
    }


def _attributes(payload: Mapping[str, Json], grants: list[str], *, public: bool) -> dict[str, str | None]:
    logouts = sorted(set(_listed(payload, "post_logout_redirect_uris"))) or ["-"]
    signing = payload.get("id_token_signed_response_alg") or names.USUAL_ALGORITHM
    return {
        **{name: _switch(grant in grants) for grant, name in names.SWITCHED.items()},
        names.REFRESH: _switch("refresh_token" in grants and not names.SIGN_IN.isdisjoint(grants)),
        names.ALLOWED_METHOD: _allowed_method(payload, public=public),
        names.PKCE: "S256" if payload.get("require_pkce") and "authorization_code" in grants else None,
        names.ALGORITHM: str(signing),
        names.ACR: names.SEPARATOR.join(sorted(set(_listed(payload, "default_acr_values")))) or None,
        names.LOGOUTS: names.SEPARATOR.join(logouts),
        **_channels(payload),
        **_keys(payload),
        **{name: _text(payload.get(word)) for word, name in names.TEXTS.items()},
        **{name: _switch(payload.get(word)) for word, name in names.SWITCHES.items()},
        **{name: _seconds(payload.get(word)) for word, name in names.SECONDS.items()},
        **_own(payload),
    }


def _channels(payload: Mapping[str, Json]) -> dict[str, str | None]:
    return {
        names.BACK: _text(payload.get("backchannel_logout_uri")),
        names.BACK_SESSION: _switch(payload.get("backchannel_logout_session_required")),
        names.FRONT: _text(payload.get("frontchannel_logout_uri")),
        names.FRONT_SESSION: _switch(payload.get("frontchannel_logout_session_required")),
    }


def _keys(payload: Mapping[str, Json]) -> dict[str, str | None]:
    keys, url = payload.get("jwks"), payload.get("jwks_uri")
    return {
        names.KEYS: canonical(keys) if keys else None,
        names.USE_KEYS: _switch(keys),
        names.KEYS_URL: _text(url),
        names.USE_KEYS_URL: _switch(url),
    }


def _own(payload: Mapping[str, Json]) -> dict[str, str | None]:
    """Fields that Keycloak has no place for. A switch that is off is absent, as on a client that is not ours."""
    grants, description = _listed(payload, "grant_types"), str(payload.get("description") or "")
    openid = "openid" in _listed(payload, "scopes")
    sector = None if payload.get("subject_type") == "pairwise" else payload.get("sector_identifier_uri")
    return {
        names.UNUSED_SECTOR: _text(sector),
        names.UNUSED_PKCE: None if payload.get("require_pkce") or "authorization_code" in grants else "false",
        names.OPENID: None if openid is not names.SIGN_IN.isdisjoint(grants) else _switch(openid),
        names.DESCRIPTION: None if beginning(description) == description else description,
        **{names.PREFIX + word: _text(payload.get(word)) for word in names.OWN_TEXTS},
        **{names.PREFIX + word: "true" if payload.get(word) else None for word in names.OWN_SWITCHES},
        **{names.PREFIX + word: _object(payload.get(word)) for word in names.OWN_OBJECTS},
    }


def _authenticator(payload: Mapping[str, Json], *, public: bool) -> str:
    """A public client has the usual one, and no use for it. Keycloak takes any name: what it is for, `blocked` says."""
    method = str(payload.get("token_endpoint_auth_method"))
    if public or method in {"none", "client_secret_basic", "client_secret_post"}:
        return names.SECRET
    return names.METHODS.get(method, method)


def _allowed_method(payload: Mapping[str, Json], *, public: bool) -> str | None:
    method = payload.get("token_endpoint_auth_method")
    return str(method) if not public and method in {"none", "client_secret_basic", "client_secret_post"} else None


def _audience_mappers(payload: Mapping[str, Json]) -> list[dict[str, Any]]:
    return [
        {
            "name": names.AUDIENCE + sha256(audience.encode()).hexdigest()[:16],
            "protocol": "openid-connect",
            "protocolMapper": names.AUDIENCE_MAPPER,
            "config": {
                names.CUSTOM_AUDIENCE: audience,
                "access.token.claim": "true",
                "id.token.claim": "false",
                "introspection.token.claim": "true",
            },
        }
        for audience in sorted(set(_listed(payload, "audience")))
    ]


def _pairwise_mapper(payload: Mapping[str, Json]) -> list[dict[str, Any]]:
    """Without its salt: Keycloak must be sent one, and it must never change (see `update`)."""
    if payload.get("subject_type") != "pairwise":
        return []
    sector = payload.get("sector_identifier_uri")
    config = {names.SECTOR: str(sector)} if sector else {}
    mapper = {"name": names.PAIRWISE, "protocolMapper": names.PAIRWISE_MAPPER, "config": config}
    return [{"protocol": "openid-connect", **mapper}]


def _listed(payload: Mapping[str, Json], word: str) -> list[str]:
    value = payload.get(word)
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


def _text(value: Json) -> str | None:
    return str(value) if value else None


def _switch(value: object) -> str:
    return "true" if value else "false"


def _seconds(value: Json) -> str | None:
    """Client files say `5m`, settled payloads 300."""
    text = str(value or "")
    found = lifetime.seconds(text)
    return text or None if found is None else str(found)


def _object(value: Json) -> str | None:
    if not isinstance(value, dict):
        return None
    settled = {key: sorted(map(str, item)) if isinstance(item, list) else item for key, item in value.items()}
    return canonical(settled) if settled else None
