"""A Keycloak realm export: its clients in the words of client files, its own ones left out, the rest of it named."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, cast

from clientreg.importing.found import Found, LeftOut, Source, found
from clientreg.jsonvalue import Json, JsonObject, shown
from clientreg.servers.keycloak import names
from clientreg.servers.keycloak.beyond import beyond, named
from clientreg.servers.keycloak.words import bundles, words
from clientreg.values import uri

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_TEXTS = ("name", "description", "rootUrl", "baseUrl", "adminUrl", "protocol", "clientAuthenticatorType")
_LISTS = ("redirectUris", "webOrigins", "defaultClientScopes", "optionalClientScopes")
_SWITCHES = (
    *("enabled", "publicClient", "bearerOnly", "consentRequired", "frontchannelLogout"),
    *(member for member, _ in names.FLOWS.values()),
)
_TEXT: JsonObject = {"type": ["string", "null"]}
_CLIENT: JsonObject = {
    "properties": {
        **dict.fromkeys(_TEXTS, _TEXT),
        **{name: {"type": ["array", "null"], "items": {"type": ["string"]}} for name in _LISTS},
        **{name: {"type": ["boolean", "null"]} for name in _SWITCHES},
        "attributes": {"type": ["object", "null"], "additionalProperties": _TEXT},
        "protocolMappers": {
            "type": ["array", "null"],
            "items": {"type": ["object"], "properties": {"config": {"type": ["object"]}}},
        },
    },
}
"""The form of a client (JSON Schema 2020-12) as Keycloak 26.7.3 writes it, as far as it is read; types alone."""
_KINDS = {"string": "text", "array": "a list", "boolean": "true or false", "object": "an object"}

_DEFAULTS = {
    "defaultClientScopes": "defaultDefaultClientScopes",
    "optionalClientScopes": "defaultOptionalClientScopes",
}
"""What a client without a list of scopes gets from its realm."""


def read(name: str, realm: JsonObject) -> Source:
    """The clients of one realm. Members that are of another kind than Keycloak writes leave their client out."""
    listed = realm.get("clients")
    made = [_found(client, realm) for client in (listed if isinstance(listed, list) else [])]
    return Source(
        name=name,
        clients=tuple(one for one in made if isinstance(one, Found)),
        left_out=tuple(one for one in made if isinstance(one, LeftOut)),
        home=_home(realm.get("realm")),
        scopes=dict(_described(realm)),
    )


def _home(realm: Json) -> str:
    """A realm is often somebody's; the one of the administrators is nobody's."""
    usable = isinstance(realm, str) and realm.strip() and realm != "master" and not uri.template(realm)
    return str(realm) if usable else "imported"


def _found(client: Json, realm: JsonObject) -> Found | LeftOut:
    if not isinstance(client, dict):
        return LeftOut(shown(client), "it is no object with the members of a client")
    client_id = client.get("clientId")
    if not isinstance(client_id, str):
        why = "it has no clientId" if client_id is None else f"its clientId is {shown(client_id)}, which is no text"
        return LeftOut(str(client.get("name") or "a client without an id"), why)
    if broken := next(_form().iter_errors(client), None):
        expected, *_ = cast("list[str]", broken.validator_value)
        why = f"its {broken.json_path.removeprefix('$.')} is not {_KINDS[expected]}"
        return LeftOut(client_id, why, "export the realm again: Keycloak itself does not write this")
    whole = {**{name: realm[default] for name, default in _DEFAULTS.items() if default in realm}, **client}
    bundled = bundles(_objects(realm.get("clientScopes")))
    aside = beyond(whole, bundled, _roles(client_id, realm))
    if aside.foreign:
        return LeftOut(client_id, aside.foreign, expected=True)
    return found(client_id, words(whole, bundled), aside)


@cache
def _form() -> Validator:
    from jsonschema import Draft202012Validator  # 50 ms

    return Draft202012Validator(_CLIENT)


def _roles(client_id: str, realm: JsonObject) -> Iterator[str]:
    """What a realm says about a client elsewhere."""
    own = _member(_member(realm.get("roles"), "client"), client_id)
    yield from named("roles", (str(role.get("name")) for role in _objects(own)))
    mapped = any(one.get("client") == client_id for one in _objects(realm.get("scopeMappings")))
    if mapped or _member(realm.get("clientScopeMappings"), client_id):
        yield "role scope mappings"
    if any(user.get("serviceAccountClientId") == client_id for user in _objects(realm.get("users"))):
        yield "roles of its service account"


def _described(realm: JsonObject) -> Iterator[tuple[str, str]]:
    for scope in _objects(realm.get("clientScopes")):
        text = scope.get("description")
        if isinstance(text, str) and text.strip() and text.isprintable() and not uri.template(text):
            yield str(scope.get("name")), text


def _objects(value: Json) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _member(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, dict) else None
