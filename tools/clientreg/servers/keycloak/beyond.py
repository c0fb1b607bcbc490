"""What Keycloak says of a client and no client file can: whether anybody registered it, what stays as it is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from clientreg.jsonvalue import shown
from clientreg.planning.state import Beyond
from clientreg.servers.keycloak import names

_BUILT_IN = frozenset(
    {"account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console"}
)
_SAID = frozenset(
    {
        *(names.REFRESH, names.ALLOWED_METHOD, names.PKCE, names.ACR, names.LOGOUTS, names.ALGORITHM),
        *(names.BACK, names.BACK_SESSION, names.FRONT, names.FRONT_SESSION),
        *(names.KEYS, names.USE_KEYS, names.KEYS_URL, names.USE_KEYS_URL),
        *(*names.SWITCHED.values(), *names.SWITCHES.values(), *names.SECONDS.values(), *names.TEXTS.values()),
    }
)
"""Attributes that a client file has a word for."""
_NOISE = ("saml", "client.secret.", "realm_client", names.PREFIX)
"""Beginnings of attributes that say nothing about a client of OpenID Connect, are records, or are this tool's own."""
_SETTINGS = ("adminUrl", "alwaysDisplayInConsole", "surrogateAuthRequired", "notBefore", "registeredNodes")


def beyond(client: Mapping[str, Any], bundled: frozenset[str], more: Iterable[str] = ()) -> Beyond:
    """Of a `ClientRepresentation`; `more` is what a realm says about the client elsewhere."""
    why = foreign(client)
    return Beyond(why) if why else Beyond(None, tuple(_unmanaged(client, bundled, more)), frozenset(_unsaid(client)))


def foreign(client: Mapping[str, Any]) -> str | None:
    """Why a client is none that anybody registered for an application, None where it is one."""
    client_id, protocol = str(client.get("clientId")), client.get("protocol")
    if client_id in _BUILT_IN or str(client.get("name")).startswith("${client_"):
        return "Keycloak's own client"
    if client.get("bearerOnly") and client_id.endswith("-realm"):
        return "Keycloak's own client for the administration of a realm"
    if protocol and protocol != "openid-connect":
        return f"its protocol is {shown(protocol)}, not OpenID Connect"
    return "bearer-only: it takes tokens and never asks for one" if client.get("bearerOnly") else None


def named(what: str, found: Iterable[str]) -> Iterator[str]:
    """`roles (a, b)`; nothing where there is none."""
    listed = ", ".join(found)
    if listed:
        yield f"{what} ({listed})"


def _unsaid(client: Mapping[str, Any]) -> Iterator[str]:
    """What Keycloak has no place for, and nobody has noted in an attribute of ours."""
    noted = client.get("attributes") or {}
    own = (*names.OWN_TEXTS, *names.OWN_SWITCHES, *names.OWN_OBJECTS)
    return (word for word in own if names.PREFIX + word not in noted)


def _unmanaged(client: Mapping[str, Any], bundled: frozenset[str], more: Iterable[str]) -> Iterator[str]:
    """The part that decides most first."""
    mappers = sorted(str(mapper.get("name")) for mapper in client.get("protocolMappers") or ())
    yield from named("protocol mappers", (name for name in mappers if not name.startswith(names.PREFIX[:-1])))
    yield from more
    if client.get("authorizationServicesEnabled") or client.get("authorizationSettings"):
        yield "authorization settings"
    if client.get("authenticationFlowBindingOverrides"):
        yield "flow overrides"
    if client.get("fullScopeAllowed", True):
        yield "full scope allowed"
    scopes = {*(client.get("defaultClientScopes") or ()), *(client.get("optionalClientScopes") or ())}
    yield from named("client scopes that nobody asks for", sorted(scopes & bundled))
    yield from named("settings", (name for name in _SETTINGS if client.get(name)))
    said = (name for name, value in (client.get("attributes") or {}).items() if value not in {None, "", "false"})
    yield from named("attributes", (name for name in sorted({*said} - _SAID) if not name.startswith(_NOISE)))
