"""What lints clean is accepted, kept and working: odd clients on a real Keycloak."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from acceptance import bulk
from clientreg.defaults import OOB
from servers.keycloak import Keycloak

REALM = "edges"
SETTINGS = {
    "ssoSessionIdleTimeout": 400 * 86400,
    "ssoSessionMaxLifespan": 400 * 86400,
    "attributes": {"acr.loa.map": '{"1": 1, "2": 2}'},
}
FETCHED = {"sector_identifier_uri"}
"""Keycloak fetches it when a client is made, and nobody answers at addresses of an example."""
VARIABLE = "CLIENTREG_TEST_REAL_SECRET"


@pytest.fixture(scope="module")
def applied(keycloak: Keycloak, tmp_path_factory: pytest.TempPathFactory) -> Iterator[bulk.Applied]:
    """A realm with the clients on it, made by an account that may manage clients and nothing else."""
    keycloak.make_realm(REALM, **SETTINGS)
    secret = keycloak.service_account(REALM, "manage-clients")
    place = {"type": "keycloak", "url": keycloak.url, "realm": REALM, "client_id": "clientreg"}
    server = {**place, "session_idle": "400d", "acr_values": "1 2"}
    root = tmp_path_factory.mktemp("edges")
    yield bulk.apply(root, server=server, environment={VARIABLE: secret}, count=bulk.COUNT, seed=2, without=FETCHED)
    keycloak.remove_realm(REALM)


def test_the_second_plan_is_empty(applied: bulk.Applied) -> None:
    assert applied.second_plan() == ""


def test_every_member_is_kept_as_a_raw_look_shows(applied: bulk.Applied, keycloak: Keycloak) -> None:
    raw: list[dict[str, Any]] = keycloak.admin("GET", f"/{REALM}/clients?max=100000")
    found = {client["clientId"]: client for client in raw}
    for one in applied.clean.registrations:
        client = found[one.client_id]
        attributes = client["attributes"]
        kept = {
            "name": client["name"],
            "description": attributes.get("clientreg.description", client["description"]),
            "redirect_uris": set(client["redirectUris"]),
            "scopes": {*client["defaultClientScopes"], *client["optionalClientScopes"]} & {*one.scopes},
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
        assert kept == {
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


def test_each_redirect_uri_is_accepted_as_a_stranger_sees_it(applied: bulk.Applied, keycloak: Keycloak) -> None:
    realm = f"{keycloak.url}/realms/{REALM}/protocol/openid-connect"
    endpoint, pages = f"{realm}/auth", {OOB[0]: f"{realm}/oauth/oob"}
    asked = [(one, uri) for one in applied.users for uri in one.redirect_uris]
    assert {
        (one.client_id, uri) for one, uri in asked if not bulk.admitted(endpoint, one, uri, page=pages.get(uri, ""))
    } == set()
    assert {one.client_id for one in applied.users if bulk.admitted(endpoint, one, one.redirect_uris[0] + "x")} == set()
    assert len(asked) > bulk.COUNT / 2
