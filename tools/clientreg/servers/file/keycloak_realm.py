"""The format `keycloak-realm`: a realm file from which Keycloak makes a realm that it does not have yet.

Clients stand in it as the Admin API would be told of them, marks included: a server of type `keycloak` can go on with
them. Whatever else the realm file says is its operator's, and stays as it is spelled.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from clientreg.errors import CannotFinish
from clientreg.jsonvalue import Json, JsonObject, shown
from clientreg.planning.state import Beyond, Lack
from clientreg.servers.file.document import SECRET_REF, Frame, Shape
from clientreg.servers.file.format import SECRET_METHODS, Format, Place, Refused
from clientreg.servers.file.placeholders import PLACEHOLDER, texts
from clientreg.servers.keycloak import mark as marks
from clientreg.servers.keycloak import names
from clientreg.servers.keycloak.beyond import beyond
from clientreg.servers.keycloak.representation import representation, settle
from clientreg.servers.keycloak.scopes import ClientScopes
from clientreg.servers.keycloak.update import creation
from clientreg.servers.keycloak.words import pairwise, words

_BUNDLED = frozenset({"acr", "basic", "roles", "service_account", "web-origins"})
_DEFAULT = (*sorted(_BUNDLED - {"service_account"}), "email", "profile")
_OPTIONAL = ("address", "microprofile-jwt", "offline_access", "organization", "phone")
"""The client scopes of a realm whose file names none: those that bring claims along, and those of each new client."""
_HINT = "write all client scopes of the realm into `clientScopes` of the file, as `kc.sh export` does, or take it out"
_FORBIDDEN = ("javascript:", "vbscript:", "data:")
_ADDRESSES = ("redirect_uris", "post_logout_redirect_uris", "client_uri", "logo_uri", "policy_uri", "tos_uri")


def of_issuer(issuer: str) -> Format:
    """The format for the realm that has this issuer: its name is the last step of it."""
    realm = issuer.rpartition("/")[2]
    before = f'{{\n  "realm": {json.dumps(realm)},\n  "enabled": true,\n  "clients": '
    return Format(
        paths={
            "authorization_endpoint": "/protocol/openid-connect/auth",
            "token_endpoint": "/protocol/openid-connect/token",
            "userinfo_endpoint": "/protocol/openid-connect/userinfo",
            "jwks_uri": "/protocol/openid-connect/certs",
            "revocation_endpoint": "/protocol/openid-connect/revoke",
            "end_session_endpoint": "/protocol/openid-connect/logout",
        },
        settle=settle,
        words=_words,
        made=_made,
        admit=_admit,
        shape=Shape("clientId", "secret", "clients", Frame(before, "\n}\n", {"realm": realm})),
        beyond=_beyond,
        lacks=_lacks,
        check=partial(_check, realm),
    )


def _words(client: Mapping[str, Json], _: bool, frame: Frame) -> JsonObject:
    return words(_explicit(client, frame), _bundled(frame))


def _beyond(client: Mapping[str, Json], frame: Frame) -> Beyond:
    return beyond(_explicit(client, frame), _bundled(frame))


def _made(payload: JsonObject, place: Place) -> JsonObject:
    """As the Admin API would be told of a new client; of an adopted one, what no client file says stays."""
    there: Mapping[str, Any] = place.there
    made = creation(payload, default_scopes=_bundled_defaults(place.frame), salt=_salt(there))
    marked = {name: text for name, text in marks.attributes(place.mark).items() if text is not None}
    made["attributes"] = {**_other_attributes(payload, there), **made["attributes"], **marked}
    made["protocolMappers"] = [*_other_mappers(there), *made["protocolMappers"]]
    if there:
        made |= _as_found(made, _explicit(there, place.frame), _bundled(place.frame))
        made["fullScopeAllowed"] = there.get("fullScopeAllowed", True)
    unset = representation(payload).keys() - made.keys()
    others = {name: value for name, value in there.items() if name not in unset | {"secret", SECRET_REF}}
    return {**others, **made}


def _admit(made: JsonObject, payload: JsonObject, place: Place, has_secret: bool) -> None:
    """One client that Keycloak refuses stops the import of all."""
    if made.get("protocol", "openid-connect") != "openid-connect" or made.get("bearerOnly"):
        raise Refused("it is no client of OpenID Connect that signs in: Keycloak calls it SAML or bearer-only")
    method = payload["token_endpoint_auth_method"]
    if payload["client_type"] != "public" and method == "none":
        raise Refused("a confidential client cannot have the authentication method none")
    if method in SECRET_METHODS and not has_secret:
        raise Refused("it authenticates with a secret, and there is none")
    for name in _ADDRESSES:
        for _, uri in texts(payload[name]):
            if uri.lower().startswith(_FORBIDDEN) or (name == "redirect_uris" and "#" in uri):
                raise Refused(f"{name}: Keycloak takes no {shown(uri)}")
    for lack in _lacks(payload, place.frame):
        raise Refused(f"{lack.why}: {lack.hint}")
    for _, text in texts(made):
        if PLACEHOLDER in text:
            raise Refused(f"{shown(text)}: Keycloak would put a variable of its own environment into it")


def _check(realm: str, frame: Frame) -> None:
    found = frame.members.get("realm")
    if found != realm:
        message = f"the file is of realm {shown(found)}, and the issuer says {realm!r}"
        raise CannotFinish(message, "write the issuer of that realm, or name another file as `path`")


def _lacks(payload: Mapping[str, Json], frame: Frame) -> Iterator[Lack]:
    """Keycloak imports a client without what the realm does not have."""
    yield from (Lack(lack.why, _HINT) for lack in _scopes(frame).lacks(payload))


def _scopes(frame: Frame) -> ClientScopes:
    listed = _client_scopes(frame)
    if listed is None:
        return ClientScopes(dict.fromkeys((*_DEFAULT, *_OPTIONAL), ""), _BUNDLED, frozenset())
    plain: JsonObject = {"name": "", "id": "", "protocol": "openid-connect"}
    return ClientScopes.of([{**plain, **one} for one in listed], creates=False)


def _client_scopes(frame: Frame) -> list[Mapping[str, Any]] | None:
    """None where the file names none: then Keycloak makes its own."""
    listed = frame.members.get("clientScopes")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else None


def _bundled(frame: Frame) -> frozenset[str]:
    return _scopes(frame).bundled


def _of_new_clients(frame: Frame) -> tuple[list[str], list[str]]:
    """The default and the optional client scopes of a client that names none."""
    if _client_scopes(frame) is None:
        return [*_DEFAULT], [*_OPTIONAL]
    given = (frame.members.get(name) for name in ("defaultDefaultClientScopes", "defaultOptionalClientScopes"))
    default, optional = ([str(name) for name in one] if isinstance(one, list) else [] for one in given)
    return default, optional


def _bundled_defaults(frame: Frame) -> list[str]:
    return sorted({*_of_new_clients(frame)[0]} & _bundled(frame))


def _explicit(client: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
    default, optional = _of_new_clients(frame)
    return {"defaultClientScopes": default, "optionalClientScopes": optional, **client}


def _as_found(made: Mapping[str, Any], there: Mapping[str, Any], bundled: frozenset[str]) -> dict[str, list[str]]:
    """A scope stays default or optional as it was found, and so do those that nobody asks for."""
    wanted = {*made["optionalClientScopes"]}
    default = {*there["defaultClientScopes"]} & (wanted | bundled)
    optional = (wanted - default) | ({*there["optionalClientScopes"]} & bundled)
    return {"defaultClientScopes": sorted(default), "optionalClientScopes": sorted(optional)}


def _other_attributes(payload: JsonObject, there: Mapping[str, Any]) -> dict[str, Any]:
    decided = representation(payload)["attributes"]
    attributes = there.get("attributes") or {}
    return {n: text for n, text in attributes.items() if n not in decided and not n.startswith(names.PREFIX)}


def _other_mappers(there: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    mappers = there.get("protocolMappers") or []
    ours = pairwise(mappers)
    return [one for one in mappers if one is not ours and not str(one.get("name")).startswith(names.AUDIENCE)]


def _salt(there: Mapping[str, Any]) -> str:
    """The one that is there: with another, every user would be another user."""
    mapper = pairwise(there.get("protocolMappers") or []) or {}
    return str((mapper.get("config") or {}).get(names.SALT) or secrets.token_hex(16))
