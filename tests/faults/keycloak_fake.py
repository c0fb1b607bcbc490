"""A small Keycloak in memory: what it does with the requests of the server type `keycloak`, and with no others.

Its ways are those of Keycloak 26.7: `test_keycloak_replay.py` sends the same requests to a real one.
"""

from __future__ import annotations

import copy
import json
import re
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from keycloak_wire import Reply, Request

Object = dict[str, Any]
BUILT_IN = ("account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console")
BUNDLED = ("acr", "basic", "roles", "service_account", "web-origins")
DEFAULT = ("acr", "basic", "email", "profile", "roles", "web-origins")
OPTIONAL = ("address", "microprofile-jwt", "offline_access", "organization", "phone")
PUBLISHED = {
    "issuer": "",
    "authorization_endpoint": "/protocol/openid-connect/auth",
    "token_endpoint": "/protocol/openid-connect/token",
    "end_session_endpoint": "/protocol/openid-connect/logout",
    "jwks_uri": "/protocol/openid-connect/certs",
}
ACCESS = {"view": True, "configure": True, "manage": True}
NEW: Mapping[str, Any] = {
    "surrogateAuthRequired": False,
    "enabled": True,
    "alwaysDisplayInConsole": False,
    "clientAuthenticatorType": "client-secret",
    "redirectUris": [],
    "webOrigins": [],
    "notBefore": 0,
    "bearerOnly": False,
    "consentRequired": False,
    "standardFlowEnabled": True,
    "implicitFlowEnabled": False,
    "directAccessGrantsEnabled": False,
    "serviceAccountsEnabled": False,
    "publicClient": False,
    "frontchannelLogout": False,
    "protocol": "openid-connect",
    "authenticationFlowBindingOverrides": {},
    "fullScopeAllowed": True,
    "nodeReRegistrationTimeout": -1,
}
WHERE_NAMED = {"publicClient": True, "directAccessGrantsEnabled": True}
"""Other defaults of a new client, where the protocol is named."""
_LISTED = ("redirectUris", "webOrigins")
_SCOPES = ("defaultClientScopes", "optionalClientScopes")
_NAMED = ("backchannel.logout.session.required", "backchannel.logout.revoke.offline.tokens")
_KNOWN = {
    *NEW, *_SCOPES, "id", "clientId", "name", "description", "rootUrl", "baseUrl", "adminUrl", "secret", "attributes",
    "protocolMappers", "access", "authorizationServicesEnabled",
}  # fmt: skip


class Refusal(Exception):  # noqa: N818 - an answer like any other
    def __init__(self, status: int, **body: str) -> None:
        super().__init__(status)
        self.reply = answered(status, body)


def answered(status: int, body: object = None, **headers: str) -> Reply:
    """As Keycloak does: JSON or nothing."""
    if body is None:
        return Reply(status, headers=headers)
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})


@dataclass
class FakeKeycloak:
    """Of one realm. `clients` and `scopes` are by id; `state` and `restore` are a memory of all that changes."""

    realm: str
    own: tuple[str, str]
    clients: dict[str, Object] = field(default_factory=dict)
    scopes: dict[str, Object] = field(default_factory=dict)
    _tokens: set[str] = field(default_factory=set)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        for name in (*DEFAULT, *OPTIONAL, "service_account"):
            asked = "false" if name in BUNDLED else "true"
            self._scope({"name": name, "protocol": "openid-connect", "attributes": {"include.in.token.scope": asked}})
        self._scope({"name": "role_list", "protocol": "saml"})
        for name in BUILT_IN:
            built_in = self._made({"clientId": name, "name": f"${{client_{name}}}"})
            built_in["access"] = ACCESS | dict.fromkeys(("manage", "configure"), name != "realm-management")
        name, secret = self.own
        flows = {"standardFlowEnabled": False, "serviceAccountsEnabled": True, "fullScopeAllowed": False}
        self._made({"clientId": name, "secret": secret, **flows})

    def state(self) -> object:
        return copy.deepcopy((self.clients, self.scopes))

    def restore(self, state: Any) -> None:
        self.clients, self.scopes = copy.deepcopy(state)

    def admin(self, method: str, path: str, body: object = None) -> Any:
        """As an administrator, past every wire; raises for a refusal."""
        content = b"" if body is None else json.dumps(body).encode()
        reply = self._answer(Request(method, f"/admin/realms/{self.realm}{path}", {}, content), trusted=True)
        assert reply.status < 300, reply
        return reply.json()

    def tokens(self) -> set[str]:
        return self._tokens

    def __call__(self, request: Request) -> Reply:
        return self._answer(request, trusted=False)

    def _answer(self, request: Request, *, trusted: bool) -> Reply:
        with self._lock:
            try:
                return self._routed(request, trusted=trusted)
            except Refusal as refusal:
                return refusal.reply

    def _routed(self, request: Request, *, trusted: bool) -> Reply:
        below = request.place.removeprefix("/admin").removeprefix(f"/realms/{self.realm}")
        if below == request.place.removeprefix("/admin"):
            words = "Realm not found." if request.place.startswith("/admin") else "Realm does not exist"
            raise Refusal(404, error=words)
        if not request.place.startswith("/admin"):
            return self._public(request, below)
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not trusted and shown not in self._tokens:
            raise Refusal(401, error="HTTP 401 Unauthorized")
        for method, pattern, act in self._routes():
            found = re.fullmatch(pattern, below)
            if found and method == request.method:
                return act(request, *found.groups())
        raise Refusal(404, error="HTTP 404 Not Found")

    def _public(self, request: Request, below: str) -> Reply:
        if below == "/.well-known/openid-configuration":
            issuer = f"http://{request.headers.get('Host')}/realms/{self.realm}"
            return answered(200, {name: issuer + path for name, path in PUBLISHED.items()})
        assert below == "/protocol/openid-connect/token", below
        form = Request("GET", f"?{request.body.decode()}").query
        client = self._by_client_id(form.get("client_id", ""))
        if client is None:
            raise Refusal(401, error="invalid_client", error_description="Invalid client or Invalid client credentials")
        if form.get("client_secret") != client.get("secret"):
            words = "Invalid client or Invalid client credentials"
            raise Refusal(401, error="unauthorized_client", error_description=words)
        token = secrets.token_urlsafe(20)
        self._tokens.add(token)
        return answered(200, {"access_token": token, "expires_in": 300, "token_type": "Bearer"})

    def _routes(self) -> Iterator[tuple[str, str, Callable[..., Reply]]]:
        one, mappers = "/clients/([^/]+)", "/clients/([^/]+)/protocol-mappers/models"
        yield "GET", "/clients", self._list
        yield "POST", "/clients", self._create
        yield "GET", one, lambda _, key: answered(200, self._client(key))
        yield "PUT", one, self._update
        yield "DELETE", one, self._delete
        yield "PUT", f"{one}/(default|optional)-client-scopes/([^/]+)", self._add_scope
        yield "DELETE", f"{one}/(default|optional)-client-scopes/([^/]+)", self._remove_scope
        yield "POST", mappers, self._add_mapper
        yield "PUT", f"{mappers}/([^/]+)", self._change_mapper
        yield "DELETE", f"{mappers}/([^/]+)", self._remove_mapper
        yield "GET", "/client-scopes", lambda _: answered(200, list(self.scopes.values()))
        yield "POST", "/client-scopes", self._create_scope
        yield "GET", "/default-default-client-scopes", lambda _: answered(200, self._named(DEFAULT))

    def _list(self, request: Request) -> Reply:
        query, found = request.query, sorted(self.clients.values(), key=lambda one: one["clientId"])
        if query.get("clientId"):
            found = [one for one in found if one["clientId"] == query["clientId"]]
        first, most = int(query.get("first", 0)), int(query.get("max", -1))
        return answered(200, found[first : None if most < 0 else first + most])

    def _create(self, request: Request) -> Reply:
        body = _parsed(request)
        if self._by_client_id(body["clientId"]):
            raise Refusal(409, errorMessage=f"Client {body['clientId']} already exists")
        _check(body)
        made = self._made(body)
        host = request.headers.get("Host", "")
        return answered(201, Location=f"http://{host}{request.place}/{made['id']}")

    def _made(self, body: Object) -> Object:
        client = {"id": str(uuid.uuid4()), **NEW, "attributes": {"realm_client": "false"}, "access": dict(ACCESS)}
        self.clients[client["id"]] = client
        neither = not any(name in body for name in _SCOPES)
        default, optional = (DEFAULT, OPTIONAL) if neither else (body.get(name) or () for name in _SCOPES)
        known = {scope["name"] for scope in self.scopes.values() if scope["protocol"] == "openid-connect"}
        client["defaultClientScopes"] = [name for name in default if name in known]
        client["optionalClientScopes"] = [name for name in optional if name in known and name not in default]
        mappers = body.get("protocolMappers") or ()
        if mappers:
            client["protocolMappers"] = [_mapper(mapper, fresh=True) for mapper in mappers]
        named = body.get("protocol") == "openid-connect"
        self._merge(client, {**(WHERE_NAMED if named else {}), **body, "protocolMappers": None})
        if named:  # whatever was sent
            client["attributes"] |= {name: "true" if "session" in name else "false" for name in _NAMED}
        return client

    def _update(self, request: Request, key: str) -> Reply:
        client, body = self._client(key), _parsed(request)
        other = self._by_client_id(body.get("clientId") or "")
        if other is not None and other is not client:
            raise Refusal(409, error="conflict", error_description="Duplicate resource error")
        _check({**client, **body})
        self._merge(client, body)
        return answered(204)

    def _merge(self, client: Object, body: Object) -> None:
        """Per member: what is absent or null stays, lists are replaced, attributes are merged by their name."""
        was_public = client["publicClient"]
        for name, value in body.items():
            if value is None or name in {"id", "access", "attributes", "authorizationServicesEnabled", *_SCOPES}:
                continue
            if name == "protocolMappers":
                client[name] = [_mapper(mapper) for mapper in value]
            else:
                client[name] = list(dict.fromkeys(item for item in value if item)) if name in _LISTED else value
        if body.get("webOrigins") is None and not client["webOrigins"]:
            client["webOrigins"] = _origins(client["redirectUris"])
        if not client.get("protocolMappers", True):
            del client["protocolMappers"]
        for name, value in (body.get("attributes") or {}).items():
            client["attributes"].pop(name, None)
            if value is not None and str(value).strip():
                client["attributes"][name] = str(value)
        if client["serviceAccountsEnabled"] and "service_account" not in client["defaultClientScopes"]:
            client["defaultClientScopes"].append("service_account")
        self._keep_secret(client, was_public=was_public, given=body.get("secret"))

    @staticmethod
    def _keep_secret(client: Object, *, was_public: bool, given: str | None) -> None:
        if client["publicClient"]:
            client.pop("secret", None)
        elif given is None and (was_public or "secret" not in client):
            client["secret"] = secrets.token_urlsafe(64)
            client["attributes"]["client.secret.creation.time"] = str(int(time.time()))

    def _delete(self, _: Request, key: str) -> Reply:
        if self._client(key)["clientId"] in BUILT_IN:
            raise Refusal(400, error="invalid_request", error_description="Could not delete client")
        del self.clients[key]
        return answered(204)

    def _add_scope(self, _: Request, key: str, kind: str, scope: str) -> Reply:
        client, name = self._client(key), self._scope_name(scope)
        if not any(name in client[each] for each in _SCOPES):
            client[f"{kind}ClientScopes"].append(name)
        return answered(204)

    def _remove_scope(self, _: Request, key: str, kind: str, scope: str) -> Reply:
        """From the client, whichever of the two lists is named."""
        client, name = self._client(key), self._scope_name(scope)
        for each in _SCOPES:
            client[each] = [other for other in client[each] if other != name]
        return answered(204)

    def _add_mapper(self, request: Request, key: str) -> Reply:
        client, mapper = self._client(key), _mapper(request.json())
        if any(other["name"] == mapper["name"] for other in client.get("protocolMappers", ())):
            raise Refusal(409, errorMessage="Protocol mapper exists with same name")
        client.setdefault("protocolMappers", []).append(mapper)
        return answered(201, Location=f"http://{request.headers.get('Host', '')}{request.place}/{mapper['id']}")

    def _change_mapper(self, request: Request, key: str, mapper_id: str) -> Reply:
        mapper = self._found_mapper(key, mapper_id)
        mapper.update(request.json() | {"id": mapper_id})
        return answered(204)

    def _remove_mapper(self, _: Request, key: str, mapper_id: str) -> Reply:
        client, mapper = self._client(key), self._found_mapper(key, mapper_id)
        client["protocolMappers"].remove(mapper)
        if not client["protocolMappers"]:
            del client["protocolMappers"]
        return answered(204)

    def _found_mapper(self, key: str, mapper_id: str) -> Object:
        for mapper in self._client(key).get("protocolMappers", ()):
            if mapper["id"] == mapper_id:
                return mapper  # type: ignore[no-any-return]
        raise Refusal(404, error="Model not found")

    def _create_scope(self, request: Request) -> Reply:
        body = request.json()
        if any(scope["name"] == body["name"] for scope in self.scopes.values()):
            raise Refusal(409, errorMessage=f"Client Scope {body['name']} already exists")
        made = self._scope(body)
        return answered(201, Location=f"http://{request.headers.get('Host', '')}{request.place}/{made['id']}")

    def _scope(self, body: Object) -> Object:
        made = {"id": str(uuid.uuid4()), "attributes": {}, **body}
        self.scopes[made["id"]] = made
        return made

    def _scope_name(self, scope: str) -> str:
        if scope not in self.scopes:
            raise Refusal(404, error="Client scope not found")
        return str(self.scopes[scope]["name"])

    def _named(self, names: tuple[str, ...]) -> list[Object]:
        found = (scope for scope in self.scopes.values() if scope["name"] in (*names, "role_list"))
        return [{name: scope[name] for name in ("id", "name", "protocol")} for scope in found]

    def _client(self, key: str) -> Object:
        if key not in self.clients:
            raise Refusal(404, error="Could not find client")
        return self.clients[key]

    def _by_client_id(self, client_id: str) -> Object | None:
        return next((one for one in self.clients.values() if one["clientId"] == client_id), None)


def _parsed(request: Request) -> Object:
    try:
        body = request.json()
    except ValueError:
        raise Refusal(400, error="invalid_request", error_description="Cannot parse the JSON") from None
    for name in body.keys() - _KNOWN:
        raise Refusal(400, error=f'Invalid json representation for ClientRepresentation. Unrecognized field "{name}"')
    return dict(body)


def _check(body: Object) -> None:
    """What it says about addresses, as far as a test needs a refusal."""
    if any(re.match("(?i)javascript:|data:", uri) for uri in body.get("redirectUris") or ()):
        raise Refusal(400, error="invalid_input", error_description="A redirect URI uses an illegal scheme")


def _mapper(body: Object, *, fresh: bool = False) -> Object:
    """`fresh` is one that comes with a new client."""
    mapper = {"id": str(uuid.uuid4()), "consentRequired": False, "config": {}, **body}
    if fresh and "id.token.claim" in mapper["config"]:
        mapper["config"] = {"userinfo.token.claim": mapper["config"]["id.token.claim"], **mapper["config"]}
    return mapper


def _origins(uris: list[str]) -> list[str]:
    found = (re.match("https?://[^/]+", uri) for uri in uris)
    return list(dict.fromkeys(one[0] for one in found if one))
