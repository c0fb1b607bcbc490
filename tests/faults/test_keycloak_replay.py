"""The fake Keycloak is held to the real one: both get the same requests, and answer the same in all that is read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from keycloak_fake import BUILT_IN, PUBLISHED, FakeKeycloak
from keycloak_wire import Handle, Reply, Request, forwarding, wired
from keycloak_world import REALM, SECRET, World, settled

from managed import OWN, realm_of
from servers.keycloak import Keycloak

Said = list[tuple[Request, Reply]]
ONE: Mapping[str, Any] = {"clientId": "probe", "redirectUris": ["https://a.example/cb"]}
MAPPER = {
    "name": "theirs",
    "protocol": "openid-connect",
    "protocolMapper": "oidc-hardcoded-claim-mapper",
    "config": {"claim.name": "x", "claim.value": "y", "jsonType.label": "String"},
}
NAMED = {
    "clientId": "named",
    "protocol": "openid-connect",
    "secret": "chosen at first",
    "attributes": {"backchannel.logout.session.required": "false"},
    "protocolMappers": [{**MAPPER, "protocolMapper": "oidc-audience-mapper", "config": {"id.token.claim": "true"}}],
}
PUTS: tuple[Mapping[str, Any], ...] = (
    {},
    {"redirectUris": ["https://b.example/cb", "https://b.example/cb", ""]},
    {"webOrigins": []},
    {"name": "A name", "webOrigins": ["+"], "attributes": {"kept": "yes", "gone": "x", "number": 1, "empty": ""}},
    {"attributes": {"gone": None, "kept": " ", "more": "x"}},
    {"attributes": {}, "name": None, "redirectUris": None},
    {"defaultClientScopes": [], "optionalClientScopes": ["phone"]},
    {"protocolMappers": [MAPPER]},
    {"enabled": False, "serviceAccountsEnabled": True},
    {"secret": "a chosen secret"},
    {"secret": "**********"},
    {"publicClient": True},
    {"publicClient": False},
    {"publicClient": True},
    {"publicClient": False, "secret": "chosen once more", "webOrigins": []},
    {"protocolMappers": []},
    {"clientId": "acme.shop"},
    {"redirectUris": ["javascript:x"]},
    {"unknown": None},
    {"clientId": "renamed"},
)
"""What a client that exists is told, one after the other."""


@dataclass
class Recording:
    """A realm, with every request that it got and what it answered; `token` is the newest one it gave."""

    handle: Handle
    said: Said = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        reply = self.handle(request)
        self.said.append((request, reply))
        return reply


@dataclass
class Asking:
    """As somebody who may manage the clients of a realm."""

    handle: Handle
    name: str
    token: str = ""

    def sign_in(self) -> None:
        form = f"grant_type=client_credentials&client_id={OWN}&client_secret=" + SECRET.replace("+", "%2B")
        headers = {"Host": "localhost", "Content-Type": "application/x-www-form-urlencoded"}
        path = f"/realms/{self.name}/protocol/openid-connect/token"
        self.token = self.handle(Request("POST", path, headers, form.encode())).json()["access_token"]

    def admin(self, method: str, path: str, body: object = None) -> Any:
        reply = self.ask(method, path, body)
        assert reply.status < 300, (method, path, reply)
        return reply.json()

    def ask(self, method: str, path: str, body: object = None) -> Reply:
        headers = {"Host": "localhost", "Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        return self.handle(Request(method, f"/admin/realms/{self.name}{path}", headers, content))


def applies(tmp_path: Path) -> Said:
    """What whole applies ask: creates, changes, scopes, mappers, a rotation, adopting, disabling, deleting."""
    recording = Recording(FakeKeycloak(REALM, (OWN, SECRET)))
    realm = Asking(recording, REALM)
    realm.sign_in()
    with wired(recording) as wire:
        world = World(tmp_path / "world", wire, realm, foreign=45).made()
        assert world.apply().status == 0
        assert world.run("plan", "--check").status == 0
    assert {(request.method, reply.status) for request, reply in recording.said} >= {("DELETE", 204), ("POST", 201)}
    return recording.said


def probes() -> Said:
    """What no apply asks and still may happen: repeated, refused, unknown, in the wrong order."""
    recording = Recording(FakeKeycloak(REALM, (OWN, SECRET)))
    realm = Asking(recording, REALM)
    realm.sign_in()
    scopes = {scope["name"]: scope["id"] for scope in realm.admin("GET", "/client-scopes")}
    for body in (ONE, ONE, {**ONE, "clientId": "bad", "redirectUris": ["javascript:x"]}, {**ONE, "unknown": 1}):
        realm.ask("POST", "/clients", body)
    realm.ask("POST", "/clients", {"clientId": "some", "defaultClientScopes": ["basic", "nowhere"], "webOrigins": []})
    realm.ask("POST", "/clients", NAMED)
    realm.ask("POST", "/clients", {**NAMED, "clientId": "confidential", "publicClient": False})
    realm.ask("GET", "/clients?first=0&max=50")
    realm.ask("POST", "/clients", {"clientId": "acme.shop", "optionalClientScopes": ["email"], "publicClient": True})
    (one,) = realm.admin("GET", "/clients?clientId=probe")
    place = f"/clients/{one['id']}"
    for body in PUTS:
        realm.ask("PUT", place, body)
        realm.ask("GET", place)
    for method, kind, name in (
        *(("PUT", "optional", "phone"), ("PUT", "optional", "email"), ("DELETE", "optional", "email")),
        *(("PUT", "optional", "email"), ("PUT", "default", "email"), ("DELETE", "default", "email")),
        *(("DELETE", "default", "profile"), ("DELETE", "default", "profile"), ("PUT", "default", "microprofile-jwt")),
    ):
        realm.ask(method, f"{place}/{kind}-client-scopes/{scopes[name]}")
        realm.ask("GET", place)
    realm.ask("PUT", f"{place}/optional-client-scopes/{uuid4()}")
    _mappers(realm, place)
    for path in ("/clients?clientId=nobody", "/clients?first=500&max=50", f"/clients/{uuid4()}"):
        realm.ask("GET", path)
    realm.ask("PUT", f"/clients/{uuid4()}", {})
    for scope in ("new", "new"):
        realm.ask("POST", "/client-scopes", {"name": scope, "protocol": "openid-connect"})
    (account,) = realm.admin("GET", "/clients?clientId=account")
    for path in (place, place, f"/clients/{account['id']}"):
        realm.ask("DELETE", path)
    realm.token = "nonsense"
    realm.ask("GET", "/clients")
    return recording.said


def _mappers(realm: Asking, place: str) -> None:
    models = f"{place}/protocol-mappers/models"
    for _ in range(2):
        realm.ask("POST", models, MAPPER)
    (mapper,) = realm.ask("GET", place).json()["protocolMappers"]
    changed = {**mapper, "config": {**MAPPER["config"], "claim.value": "z"}}  # type: ignore[dict-item]
    realm.ask("PUT", f"{models}/{mapper['id']}", changed)
    realm.ask("GET", place)
    for _ in range(2):
        realm.ask("DELETE", f"{models}/{mapper['id']}")
    realm.ask("PUT", f"{models}/{mapper['id']}", changed)
    realm.ask("GET", place)


@pytest.fixture
def live(keycloak: Keycloak) -> Iterator[tuple[Handle, str]]:
    """A realm of the real one, in which our own client has the same secret."""
    name = f"faults-{uuid4().hex[:12]}"
    made = realm_of(name)
    made["clients"][0]["secret"] = SECRET
    keycloak.make_realm(name, **made)
    yield forwarding(keycloak.url), name
    keycloak.remove_realm(name)


def test_it_answers_what_the_real_one_answers_to_whole_applies(tmp_path: Path, live: tuple[Handle, str]) -> None:
    said = applies(tmp_path)
    wrong = replayed(said, *live)
    assert not wrong, "\n".join(wrong[:60])
    print(f"{len(said)} requests of whole applies answered alike")


def test_it_answers_what_the_real_one_answers_to_odd_requests(live: tuple[Handle, str]) -> None:
    said = probes()
    wrong = replayed(said, *live)
    assert not wrong, "\n".join(wrong[:60])
    print(f"{len(said)} odd requests answered alike")


def replayed(said: Said, handle: Handle, realm: str) -> list[str]:
    """In what the other realm answers otherwise."""
    known = {f"/realms/{REALM}": f"/realms/{realm}"}
    sent = b"".join(request.body for request, _ in said).decode()
    wrong = []
    for number, (request, reply) in enumerate(said):
        there = handle(_translated(request, known))
        known |= dict(_pairs(request, reply, there))
        ours, theirs = (_read(one, sent) for one in (reply, there))
        if (reply.status, ours) != (there.status, theirs):
            where = f"{number} {request.method} {request.path}"
            wrong += [f"{where}: {reply.status} {there.status}", *_differ(ours, theirs)]
    return wrong


def _translated(request: Request, known: Mapping[str, str]) -> Request:
    """With the ids, the names and the token of the other realm."""
    path, body = request.path, request.body.decode()
    headers = {**request.headers, "Host": "localhost"}
    for ours, theirs in known.items():
        path, body = path.replace(ours, theirs), body.replace(ours, theirs)
        headers["Authorization"] = headers.get("Authorization", "").replace(ours, theirs)
    return replace(request, path=path, body=body.encode(), headers={k: v for k, v in headers.items() if v})


def _pairs(request: Request, ours: Reply, theirs: Reply) -> Iterator[tuple[str, str]]:
    """What has another name there: ids and tokens."""
    if ours.status == theirs.status == 201:
        yield tuple(one.headers["Location"].rpartition("/")[2] for one in (ours, theirs))  # type: ignore[misc]
    if ours.body[:1] + theirs.body[:1] == b"{{" and "access_token" in ours.json():
        yield ours.json()["access_token"], theirs.json().get("access_token", "")
    for one, other in _aligned(_listed(ours), _listed(theirs)):
        yield one.get("id", ""), other.get("id", "")
        yield from (
            (mapper["id"], there["id"])
            for mapper, there in _aligned(one.get("protocolMappers", ()), other.get("protocolMappers", ()))
        )


def _listed(reply: Reply) -> list[dict[str, Any]]:
    if reply.body[:1] not in {b"[", b"{"}:
        return []
    found = reply.json()
    return found if isinstance(found, list) else [found] if "id" in found else []


def _aligned(ours: Any, theirs: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    there = {other.get("clientId") or other.get("name"): other for other in theirs}
    for one in ours:
        name = one.get("clientId") or one.get("name")
        if name in there:
            yield one, there[name]


def _read(reply: Reply, sent: str) -> Any:
    """What of an answer is read, without what is made by chance; clients that every realm has are theirs to spell.

    A secret is not: what was `sent` is what is there.
    """
    if reply.body[:1] not in {b"[", b"{"}:
        return reply.body.decode()
    found = reply.json()
    if isinstance(found, dict) and "id" not in found:
        names = {"access_token", "expires_in", *PUBLISHED}
        return sorted(names & found.keys()) if names & found.keys() else _without_place(found)
    return {one.get("clientId") or one.get("name"): _object(one, sent) for one in _listed(reply) if _is_read(one)}


def _without_place(error: dict[str, str]) -> dict[str, str]:
    """Of an error in the JSON it says the line and column, too."""
    return {name: text.partition(" at line ")[0] for name, text in error.items()}


def _is_read(one: Mapping[str, Any]) -> bool:
    return one.get("protocol") != "saml"


def _object(one: Mapping[str, Any], sent: str) -> Any:
    if one.get("clientId") in (*BUILT_IN, OWN):
        return one["access"]
    if "clientId" in one:
        chosen = one.get("secret", "") if json.dumps(one.get("secret", "")) in sent else "by chance"
        return {**settled(one), "secret": chosen if "secret" in one else None}
    scopes = (one.get("attributes") or {}).get("include.in.token.scope")
    return one["protocol"], scopes == "false"


def _differ(ours: Any, theirs: Any) -> list[str]:
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        return [f"    {ours!r} {theirs!r}"]
    found = []
    for name in ours.keys() | theirs.keys():
        one, other = ours.get(name), theirs.get(name)
        if one != other:
            deeper = isinstance(one, dict) and isinstance(other, dict)
            found += [f"    {name}", *_differ(one, other)] if deeper else [f"    {name}: {one!r} {other!r}"]
    return found
