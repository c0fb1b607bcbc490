"""A realm of a real Keycloak, looked at as an administrator with nothing but urllib and json."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from clientreg.capability import Capabilities
from clientreg.servers import Server
from clientreg.servers.keycloak.capabilities import CAPABILITIES
from managed import OWN, realm_of, server
from servers.keycloak import Keycloak

SCOPES = ("a", "b", "report.read")
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass
class KeycloakHarness:
    """One realm. `furniture` are the clients that it has from the start, and our own."""

    keycloak: Keycloak
    realm: str
    capabilities: Capabilities = CAPABILITIES
    atomic = False
    lanes = 4
    _token: tuple[float, str] = (0.0, "")
    furniture: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        for scope in SCOPES:
            self.admin("POST", "/client-scopes", {"name": scope, "protocol": "openid-connect"})
        self.furniture = frozenset(client["clientId"] for client in self.clients())

    def server(self) -> Server:
        return server(self.keycloak, self.realm)

    def raw(self) -> Mapping[str, Mapping[str, Any]]:
        return {one["clientId"]: as_words(one) for one in self.clients() if one["clientId"] not in self.furniture}

    def knows_secret(self, client_id: str, text: str) -> bool:
        """Only who authenticates may ask about a token."""
        url = f"{self.keycloak.url}/realms/{self.realm}/protocol/openid-connect/token/introspect"
        basic = base64.b64encode(f"{urllib.parse.quote(client_id)}:{urllib.parse.quote(text)}".encode()).decode()
        request = urllib.request.Request(url, b"token=x", {"Authorization": f"Basic {basic}"})
        try:
            with urllib.request.urlopen(request, timeout=30):
                return True
        except urllib.error.HTTPError:
            return False

    def everything(self) -> bytes:
        """All but the member in which Keycloak itself keeps secrets in clear."""
        return json.dumps([{k: v for k, v in one.items() if k != "secret"} for one in self.clients()]).encode()

    def plant_foreign(self, client_id: str, mark: Mapping[str, Any] | None) -> None:
        attributes = {f"clientreg.{name}": value for name, value in (mark or {}).items() if value is not None}
        planted = {
            "clientId": client_id,
            "rootUrl": "https://theirs.example",
            "baseUrl": "/",
            "redirectUris": ["/b", "/a", "https://theirs.example/a"],
            "webOrigins": ["+"],
            "attributes": {**attributes, "planted": "yes", "odd name": "x"},
        }
        self.admin("POST", "/clients", planted)

    def touch(self, client_id: str) -> None:
        (one,) = self.clients(clientId=client_id)
        changed = {"webOrigins": one["webOrigins"], "attributes": {"touched": "by hand"}}
        self.admin("PUT", f"/clients/{one['id']}", changed)

    def foreign_bytes(self) -> object:
        planted = [one for one in self.clients() if one["attributes"].get("planted") == "yes"]
        return [{k: sorted(v) if isinstance(v, list) else v for k, v in one.items()} for one in planted]

    def tidy(self) -> None:
        """As it was at first: the next test finds no client, and no record."""
        for one in self.clients():
            if one["clientId"] == OWN:
                gone = dict.fromkeys(name for name in one["attributes"] if name.startswith("clientreg."))
                self.admin("PUT", f"/clients/{one['id']}", {"attributes": gone})
            elif one["clientId"] not in self.furniture:
                self.admin("DELETE", f"/clients/{one['id']}")

    def clients(self, **query: str) -> list[dict[str, Any]]:
        found = self.admin("GET", f"/clients?{urllib.parse.urlencode(query)}")
        assert isinstance(found, list)
        return found

    def admin(self, method: str, path: str, body: object = None) -> Any:
        """As the administrator of the whole server, with a token that is kept for a while."""
        if time.monotonic() - self._token[0] > 30:
            self._token = (time.monotonic(), self.keycloak.token())
        return self.keycloak.admin(method, f"/{self.realm}{path}", body, token=self._token[1])


@contextmanager
def harnessed(keycloak: Keycloak) -> Iterator[KeycloakHarness]:
    """A realm for many tests, each of which tidies it up; gone with the last."""
    name = f"test-{uuid4().hex[:12]}"
    keycloak.make_realm(name, **realm_of(name))
    try:
        yield KeycloakHarness(keycloak, name)
    finally:
        keycloak.remove_realm(name)


def as_words(one: Mapping[str, Any]) -> dict[str, Any]:
    """A representation in the words of client files, as a reader of Keycloak's documentation would say them."""
    attributes = dict(one["attributes"])
    own = {name.removeprefix("clientreg."): text for name, text in attributes.items() if name.startswith("clientreg.")}
    get, on = attributes.get, {name: True for name, text in attributes.items() if text == "true"}.get
    grants = [
        *(["authorization_code"] if one["standardFlowEnabled"] else []),
        *(["client_credentials"] if one["serviceAccountsEnabled"] else []),
        *(["password"] if one["directAccessGrantsEnabled"] else []),
        *(["refresh_token"] if on("use.refresh.tokens") else []),
        *([DEVICE] if on("oauth2.device.authorization.grant.enabled") else []),
    ]
    scopes = {*one["defaultClientScopes"], *one["optionalClientScopes"]}
    asked = scopes - {"basic", "acr", "roles", "web-origins", "service_account"}
    openid = own.get("openid", "true" if one["standardFlowEnabled"] else "false") == "true"
    logouts = (get("post.logout.redirect.uris") or "").split("##")
    public, mappers = one["publicClient"], one.get("protocolMappers", [])
    pairwise = [m for m in mappers if m["protocolMapper"] == "oidc-sha256-pairwise-sub-mapper"]
    methods = {"client-secret": get("client.secret.authentication.allowed.method"), "client-jwt": "private_key_jwt"}
    methods["client-secret-jwt"] = "client_secret_jwt"
    return {
        "client_id": one["clientId"],
        "client_name": one.get("name"),
        "description": own.get("description", one.get("description")),
        "client_type": "public" if public else "confidential",
        "enabled": one["enabled"],
        "scopes": sorted({*asked, "openid"} if openid else asked),
        "grant_types": sorted(grants),
        "response_types": ["code"] if one["standardFlowEnabled"] else [],
        "redirect_uris": sorted(one["redirectUris"]),
        "allowed_cors_origins": sorted(one["webOrigins"]),
        "token_endpoint_auth_method": "none" if public else methods[one["clientAuthenticatorType"]],
        "require_pkce": get("pkce.code.challenge.method") == "S256"
        if one["standardFlowEnabled"]
        else own.get("require_pkce", "true") == "true",
        "require_consent": one["consentRequired"],
        "require_pushed_authorization_requests": on("require.pushed.authorization.requests", False),
        "dpop_bound_access_tokens": on("dpop.bound.access.tokens", False),
        "id_token_signed_response_alg": get("id.token.signed.response.alg"),
        "subject_type": "pairwise" if pairwise else "public",
        "sector_identifier_uri": own.get("sector_identifier_uri"),
        "audience": sorted(m["config"]["included.custom.audience"] for m in mappers if m not in pairwise),
        "default_acr_values": sorted((get("default.acr.values") or "").split("##"))
        if get("default.acr.values")
        else [],
        "post_logout_redirect_uris": [] if logouts == ["-"] else sorted(logouts),
        "backchannel_logout_uri": None if one["frontchannelLogout"] else get("backchannel.logout.url"),
        "backchannel_logout_session_required": bool(get("backchannel.logout.url"))
        and on("backchannel.logout.session.required", False),
        "frontchannel_logout_uri": get("frontchannel.logout.url") if one["frontchannelLogout"] else None,
        "frontchannel_logout_session_required": one["frontchannelLogout"]
        and on("frontchannel.logout.session.required", False),
        "jwks": json.loads(get("jwks.string", "null")) if on("use.jwks.string") else None,
        "jwks_uri": get("jwks.url") if on("use.jwks.url") else None,
        "access_token_lifetime": seconds(get("access.token.lifespan")),
        "refresh_token_lifetime": seconds(get("client.session.idle.timeout")),
        "client_uri": one.get("baseUrl") or None,
        "logo_uri": get("logoUri"),
        "policy_uri": get("policyUri"),
        "tos_uri": get("tosUri"),
        **{name: own.get(name) for name in ("organization", "product", "platform", "application_type")},
        **{name: own.get(name) for name in ("software_id", "software_version")},
        **{name: own.get(name) == "true" for name in ("single_sign_on", "stay_logged_in", "require_auth_time")},
        "contacts": json.loads(own.get("contacts", "{}")),
        **json.loads(own.get("localized", "{}")),
    }


def seconds(text: str | None) -> int | None:
    return None if text is None else int(text)
