"""A realm of a real Keycloak that clientreg manages with the least privilege."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clientreg.secret import Secret
from clientreg.servers import Access
from clientreg.servers.keycloak.server import KeycloakServer, connect
from servers.keycloak import Keycloak

OWN, SECRET = "clientreg", "the-registry's-own-secret"
ROLES = {"realm-management": ["manage-clients"]}


def realm_of(name: str, *, roles: Mapping[str, Any] = ROLES) -> dict[str, Any]:
    """A realm whose service account `clientreg` has these roles, as a realm file says it."""
    account = {"username": f"service-account-{OWN}", "enabled": True, "serviceAccountClientId": OWN}
    own = {"clientId": OWN, "secret": SECRET, "publicClient": False, "serviceAccountsEnabled": True}
    flows = {"standardFlowEnabled": False, "directAccessGrantsEnabled": False, "fullScopeAllowed": False}
    return {
        "ssoSessionIdleTimeout": 30 * 86400,
        "ssoSessionMaxLifespan": 60 * 86400,
        "attributes": {"acr.loa.map": json.dumps({"2": 2, "3": 3})},
        "clients": [{**own, **flows}],
        "users": [{**account, "clientRoles": roles}],
        "clientScopeMappings": {name: [{"client": OWN, "roles": given}] for name, given in roles.items()},
    }


def server(keycloak: Keycloak, realm: str, *, secret: str = SECRET, **options: str) -> KeycloakServer:
    """The realm as one run of clientreg has it."""
    entry = {"url": keycloak.url, "realm": realm, "client_id": OWN, **options}
    return connect("eu", entry, Path(), Access(Secret(secret), "CLIENTREG_TEST_EU_SECRET"))
