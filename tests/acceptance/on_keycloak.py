"""A real Keycloak as a judge of odd clients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from acceptance import bulk
from acceptance.bulk import Trial
from clientreg.defaults import OOB
from clientreg.model import Registration
from servers import keycloak
from servers.keycloak import EC_KEYS, Keycloak

NAME = "Keycloak"
LIMITS = {
    "ssoSessionIdleTimeout": 400 * 86400,
    "ssoSessionMaxLifespan": 400 * 86400,
    "attributes": {"acr.loa.map": '{"1": 1, "2": 2}'},
}
FETCHED = {"sector_identifier_uri"}
"""Keycloak fetches it when a client is made, and nobody answers at addresses of an example."""
BUNDLES = {"acr", "basic", "roles", "service_account", "web-origins"}
"""Client scopes that nobody asks for: they bring claims that belong to every client."""
VARIABLE = "CLIENTREG_TEST_REAL_SECRET"
USER = {"username": "kari", "password": "a-password-of-hers", "accept": "Yes"}
running = keycloak.running
missing = keycloak.missing


@contextmanager
def trial(server: Keycloak, root: Path, count: int, seed: int) -> Iterator[Trial]:
    """A realm with the clients on it, made by an account that may manage clients and nothing else."""
    realm = f"edges-{uuid4().hex[:12]}"
    server.make_realm(realm, **LIMITS, **_keys())
    server.admin("POST", f"/{realm}/users", _person())
    secret = server.service_account(realm, "manage-clients")
    place = {"type": "keycloak", "url": server.url, "realm": realm, "client_id": "clientreg"}
    entry = {**place, "session_idle": "400d", "acr_values": "1 2"}
    applied = bulk.apply(root, server=entry, environment={VARIABLE: secret}, count=count, seed=seed, without=FETCHED)
    found = server.found(realm)
    pages = {OOB[0]: f"{found['issuer']}/protocol/openid-connect/oauth/oob"}
    yield Trial(applied, found, held=partial(_held, server, realm), stated=stated, user=USER, pages=pages)
    server.remove_realm(realm)


def _keys() -> dict[str, Any]:
    """Keys for every algorithm that ID tokens are signed with, beside those that are made fast."""
    kind = "org.keycloak.keys.KeyProvider"
    made = [
        {"name": name, "providerId": "rsa-generated", "config": {"priority": ["90"], "algorithm": [name]}}
        for name in ("RS256", "PS256", "RS512")
    ]
    edwards = {"name": "EdDSA", "providerId": "eddsa-generated", "config": {"priority": ["90"]}}
    return {"components": {kind: [*EC_KEYS["components"][kind], *made, edwards]}, "defaultSignatureAlgorithm": "ES256"}


def _person() -> dict[str, Any]:
    password = {"type": "password", "value": USER["password"], "temporary": False}
    known = {"email": "kari@edge.example", "emailVerified": True, "firstName": "Kari", "lastName": "Nordmann"}
    return {"username": USER["username"], "enabled": True, **known, "credentials": [password]}


def _held(server: Keycloak, realm: str) -> dict[str, Any]:
    token, found, first = server.token(), list[dict[str, Any]](), 0
    while page := server.admin("GET", f"/{realm}/clients?first={first}&max=50", token=token):
        found, first = [*found, *page], first + 50
    return {one["clientId"]: as_stated(one) for one in found if one["clientId"].startswith("edge.")}


def as_stated(client: Mapping[str, Any]) -> dict[str, Any]:
    """What Keycloak says of a client, its spelling put aside."""
    attributes = client["attributes"]
    return {
        "name": client["name"],
        "description": attributes.get("clientreg.description", client["description"]),
        "redirect_uris": set(client["redirectUris"]),
        "scopes": {*client["defaultClientScopes"], *client["optionalClientScopes"]} - BUNDLES,
        "public": client["publicClient"],
        "enabled": client["enabled"],
        "consent": client["consentRequired"],
        "full": client["fullScopeAllowed"],
        "pkce": attributes.get("pkce.code.challenge.method"),
        "logouts": set(attributes["post.logout.redirect.uris"].split("##")) - {"-"},
        "backchannel": attributes.get("backchannel.logout.url"),
        "logo": attributes.get("logoUri"),
        "origins": set(client["webOrigins"]),
    }


def stated(one: Registration) -> dict[str, Any]:
    """The same of a client file."""
    return {
        "name": one.client_name,
        "description": one.description,
        "redirect_uris": set(one.redirect_uris),
        "scopes": {*one.scopes} - {"openid"},
        "public": one.public,
        "enabled": one.enabled,
        "consent": one.require_consent,
        "full": False,
        "pkce": "S256" if one.require_pkce and "authorization_code" in one.grant_types else None,
        "logouts": set(one.post_logout_redirect_uris),
        "backchannel": one.backchannel_logout_uri,
        "logo": one.logo_uri,
        "origins": set(one.allowed_cors_origins),
    }
