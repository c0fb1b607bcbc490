"""A realm file for Keycloak, looked at with nothing but json, as a reader of Keycloak's documentation would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from file_harness import FileHarness
from keycloak_harness import as_words

from clientreg.capability import Capabilities
from clientreg.servers.file.capabilities import CAPABILITIES

BUNDLED = ("acr", "basic", "roles", "web-origins")
SCOPES = ("a", "b", "email", "profile", "report.read")
BASE = {
    "realm": "connect",
    "enabled": True,
    "ssoSessionIdleTimeout": 86400,
    "clientScopes": [
        *({"name": name, "attributes": {"include.in.token.scope": "false"}} for name in BUNDLED),
        *({"name": name, "protocol": "openid-connect"} for name in SCOPES),
    ],
    "defaultDefaultClientScopes": [*BUNDLED, "profile"],
}
"""What an operator has prepared."""


@dataclass
class RealmFileHarness(FileHarness):
    """The same folder, with clients inside a realm."""

    capabilities: Capabilities = CAPABILITIES.formats["keycloak-realm"]

    def __post_init__(self) -> None:
        self.file.parent.mkdir()
        self.file.write_text(json.dumps(BASE, indent=1))

    def options(self) -> dict[str, Any]:
        issuer = "https://login.example.com/realms/connect"
        return {**super().options(), "format": "keycloak-realm", "issuer": issuer}

    def raw(self) -> Mapping[str, Mapping[str, Any]]:
        return {one["clientId"]: as_words({**LISTS, "attributes": {}, **one}) for one in self.entries()}

    def knows_secret(self, client_id: str, text: str) -> bool:
        (one,) = [one for one in self.entries() if one["clientId"] == client_id]
        return self.secret({"client_secret": one.get("secret"), **one}) == text

    def plant(self, client_id: str) -> None:
        realm = self.realm()
        planted = {"clientId": client_id, "zeta": 1.5, "redirectUris": ["/b"], "rootUrl": "https://theirs.example"}
        self.file.write_text(json.dumps({**realm, "clients": [*self.entries(), planted]}))

    def touch(self, client_id: str) -> None:
        found = [{**one, "consentRequired": False} if one["clientId"] == client_id else one for one in self.entries()]
        self.file.write_text(json.dumps({**self.realm(), "clients": found}))

    def theirs(self) -> list[Any]:
        """In their own spelling."""
        text = self.file.read_text()
        planted = (json.dumps(one) for one in self.entries() if "zeta" in one)
        return sorted(one for one in planted if one in text)

    def entries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.realm().get("clients", [])
        return found

    def realm(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text())
        return found


LISTS: Mapping[str, Any] = {
    **dict.fromkeys(("defaultClientScopes", "optionalClientScopes", "redirectUris", "webOrigins"), ()),
    "standardFlowEnabled": True,
    "serviceAccountsEnabled": False,
    "directAccessGrantsEnabled": False,
    "publicClient": False,
    "enabled": True,
    "consentRequired": False,
    "frontchannelLogout": False,
    "clientAuthenticatorType": "client-secret",
}
"""What is so where the file does not say it."""
