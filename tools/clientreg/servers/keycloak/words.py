"""A `ClientRepresentation` of Keycloak in the words of client files: its meaning, whatever its spelling. Pure.

What it says is what Keycloak does: `+` and absent lists are expanded as Keycloak expands them, relative addresses start
at the client's `rootUrl`, what is switched off elsewhere is left out. It answers for any client of the protocol
`openid-connect`, ours or not, from the Admin API or from a realm export; members that no client file has a word for
(protocol mappers of others, roles, flow overrides, `fullScopeAllowed`) are not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from clientreg.jsonvalue import Json, JsonObject
from clientreg.servers.keycloak import names

Representation = Mapping[str, Any]


def bundles(client_scopes: Iterable[Representation]) -> frozenset[str]:
    """The names of the realm's client scopes that bring claims along and are no OAuth scopes, such as `basic`."""
    return frozenset(
        str(scope.get("name"))
        for scope in client_scopes
        if (scope.get("attributes") or {}).get(names.ASKED_FOR) == "false"
    )


def words(client: Representation, bundled: frozenset[str]) -> JsonObject:
    """The payload of a client; `bundled` are the realm's client scopes that nobody asks for (see `bundles`).

    Every word of the type's template is there. An absent text is None, lists are sorted sets, lifetimes are seconds.
    """
    attributes: Mapping[str, Any] = client.get("attributes") or {}
    grants = _grants(client, attributes)
    redirects = _addresses(client, client.get("redirectUris") or ())
    return {
        "client_id": client.get("clientId"),
        "client_name": client.get("name") or None,
        "description": _description(client, attributes),
        "client_type": "public" if client.get("publicClient") else "confidential",
        "enabled": client.get("enabled", True) is not False,
        "scopes": _scopes(client, attributes, grants, bundled),
        "grant_types": grants,
        "response_types": response_types(grants),
        "redirect_uris": redirects,
        "allowed_cors_origins": _origins(client.get("webOrigins"), redirects),
        "require_pkce": _pkce(attributes, grants),
        "require_consent": bool(client.get("consentRequired")),
        "audience": _audience(_mappers(client)),
        "token_endpoint_auth_method": method(client),
        "id_token_signed_response_alg": attributes.get(names.ALGORITHM) or names.USUAL_ALGORITHM,
        "default_acr_values": [*sorted(map(str, _parts(attributes.get(names.ACR))))],
        "post_logout_redirect_uris": _logouts(client, attributes, redirects),
        "client_uri": _address(client, client.get("baseUrl")),
        **_keys(attributes),
        **_subject(_mappers(client), attributes),
        **_channels(client, attributes),
        **{word: attributes.get(name) or None for word, name in names.TEXTS.items()},
        **{word: attributes.get(name) == "true" for word, name in names.SWITCHES.items()},
        **{word: _number(attributes.get(name)) for word, name in names.SECONDS.items()},
        **_own(attributes),
    }


def response_types(grants: Iterable[Json]) -> list[Json]:
    """What may come back to the browser: Keycloak gives all that the grants allow."""
    found = set(grants)
    types: list[Json] = ["code"] if "authorization_code" in found else []
    if "implicit" in found:
        types += ["id_token", "id_token token", "token"]
    if {"authorization_code", "implicit"} <= found:
        types += ["code id_token", "code id_token token", "code token"]
    return [*sorted(map(str, types))]


def _grants(client: Representation, attributes: Mapping[str, Any]) -> list[Json]:
    found = [grant for grant, (member, default) in names.FLOWS.items() if client.get(member, default)]
    found += [grant for grant, name in names.SWITCHED.items() if attributes.get(name) == "true"]
    if attributes.get(names.REFRESH) != "false" and not names.SIGN_IN.isdisjoint(found):
        found.append("refresh_token")
    return [*sorted(found)]


def _pkce(attributes: Mapping[str, Any], grants: list[Json]) -> bool:
    """Of a client that gets no codes it says nothing, so it is as files have it unless they say otherwise."""
    if "authorization_code" in grants:
        return bool(attributes.get(names.PKCE) == "S256")
    return bool(attributes.get(names.UNUSED_PKCE) != "false")


def _scopes(
    client: Representation, attributes: Mapping[str, Any], grants: list[Json], bundled: frozenset[str]
) -> list[Json]:
    """Default or optional makes no difference to who may ask; `openid` is no client scope of Keycloak's."""
    found = {*(client.get("defaultClientScopes") or ()), *(client.get("optionalClientScopes") or ())} - bundled
    stated = attributes.get(names.OPENID)
    if stated == "true" or (stated is None and not names.SIGN_IN.isdisjoint(map(str, grants))):
        found.add("openid")
    return [*sorted(map(str, found))]


def method(client: Representation) -> str:
    """How a client authenticates.

    Where the attribute that tells basic from post is absent, Keycloak takes both: that is read as the usual one.
    """
    if client.get("publicClient"):
        return "none"
    authenticator = client.get("clientAuthenticatorType") or names.SECRET
    if authenticator == names.SECRET:
        return str((client.get("attributes") or {}).get(names.ALLOWED_METHOD) or "client_secret_basic")
    return next((word for word, name in names.METHODS.items() if name == authenticator), str(authenticator))


def _description(client: Representation, attributes: Mapping[str, Any]) -> str | None:
    """The whole of it, unless somebody has changed the beginning, which is what Keycloak shows."""
    shown = client.get("description") or None
    whole = attributes.get(names.DESCRIPTION)
    return whole if isinstance(whole, str) and shown == beginning(whole) else shown


def beginning(text: str) -> str:
    """As much of a text as fits into a column of Keycloak's."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * names.LONGEST:
        return text
    return units[: 2 * (names.LONGEST - 1)].decode("utf-16-le", "ignore") + "…"


def _address(client: Representation, uri: Any) -> str | None:
    if not uri:
        return None
    root = client.get("rootUrl")
    return f"{root}{uri}" if root and str(uri).startswith("/") else str(uri)


def _addresses(client: Representation, uris: Iterable[Any]) -> list[Json]:
    return [*sorted({str(_address(client, uri)) for uri in uris if uri})]


def _origins(given: Any, redirects: list[Json]) -> list[Json]:
    """An absent list is that of the redirect URIs' origins, and `+` means the same."""
    listed = ["+"] if given is None else [str(origin) for origin in given if origin]
    found = {origin for origin in listed if origin != "+"}
    if "+" in listed:
        found |= {origin for uri in redirects if (origin := _origin(str(uri)))}
    return [*sorted(found)]


def _origin(uri: str) -> str | None:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} and parts.netloc else None


def _logouts(client: Representation, attributes: Mapping[str, Any], redirects: list[Json]) -> list[Json]:
    """Nothing and `+` mean the redirect URIs, a `-` in front none at all."""
    parts = _parts(attributes.get(names.LOGOUTS)) or ["+"]
    if parts[0] == "-":
        return []
    found = set(_addresses(client, (part for part in parts if part != "+")))
    return [*sorted(found.union(redirects if "+" in parts else ()), key=str)]


def _parts(text: Any) -> list[Json]:
    return [part.strip() for part in str(text or "").split(names.SEPARATOR) if part.strip()]


def _channels(client: Representation, attributes: Mapping[str, Any]) -> JsonObject:
    """Of both logout channels Keycloak uses one: the front channel where its switch is on, else the back channel."""
    front, back = attributes.get(names.FRONT) or None, attributes.get(names.BACK) or None
    if client.get("frontchannelLogout"):
        back = None
    elif not back:
        front = None
    return {
        "backchannel_logout_uri": back,
        "backchannel_logout_session_required": bool(back) and attributes.get(names.BACK_SESSION) == "true",
        "frontchannel_logout_uri": front,
        "frontchannel_logout_session_required": bool(front) and attributes.get(names.FRONT_SESSION) != "false",
    }


def _keys(attributes: Mapping[str, Any]) -> JsonObject:
    text = attributes.get(names.KEYS) if attributes.get(names.USE_KEYS) == "true" else None
    url = attributes.get(names.KEYS_URL) if attributes.get(names.USE_KEYS_URL) == "true" else None
    return {"jwks": _object(text) or None, "jwks_uri": url or None}


def _mappers(client: Representation) -> list[Mapping[str, Any]]:
    return [mapper for mapper in client.get("protocolMappers") or () if isinstance(mapper, Mapping)]


def _audience(mappers: Iterable[Mapping[str, Any]]) -> list[Json]:
    """Of our own mappers; those of others are left alone."""
    ours = (mapper for mapper in mappers if str(mapper.get("name")).startswith(names.AUDIENCE))
    found = {(mapper.get("config") or {}).get(names.CUSTOM_AUDIENCE) for mapper in ours}
    return [*sorted(str(audience) for audience in found if audience)]


def pairwise(mappers: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The mapper that makes a client's subjects pairwise, whoever added it."""
    kinds = ((mapper, str(mapper.get("protocolMapper"))) for mapper in mappers)
    return next((mapper for mapper, kind in kinds if kind.endswith("-pairwise-sub-mapper")), None)


def _subject(mappers: Iterable[Mapping[str, Any]], attributes: Mapping[str, Any]) -> JsonObject:
    mapper = pairwise(mappers)
    if mapper is None:
        return {"subject_type": "public", "sector_identifier_uri": attributes.get(names.UNUSED_SECTOR) or None}
    sector = (mapper.get("config") or {}).get(names.SECTOR)
    return {"subject_type": "pairwise", "sector_identifier_uri": sector or None}


def _own(attributes: Mapping[str, Any]) -> JsonObject:
    """What only attributes of ours say. Application type and the like of a client without them are not known."""
    return {
        **{word: attributes.get(names.PREFIX + word) or None for word in names.OWN_TEXTS},
        **{word: attributes.get(names.PREFIX + word) == "true" for word in names.OWN_SWITCHES},
        **{word: _sorted(_object(attributes.get(names.PREFIX + word))) for word in names.OWN_OBJECTS},
    }


def _sorted(value: Mapping[str, Json]) -> dict[str, Json]:
    return {key: [*sorted(map(str, item))] if isinstance(item, list) else item for key, item in value.items()}


def _object(text: Any) -> dict[str, Json]:
    """A JSON object in an attribute; one that somebody has broken is as if it were not there."""
    try:
        value = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _number(text: Any) -> int | None:
    digits = str(text or "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 and int(digits) > 0 else None
