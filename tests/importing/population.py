"""Clients as the realms of other people have them, seeded: the same seed gives the same clients.

The shapes and about how often each comes are those of some 140 clients of public realm exports: patterns instead of
redirect URIs, the password grant left on, public clients without PKCE, service accounts, mappers, `+`, addresses
below a root, and hardly ever a description.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Chance = random.Random
Client = dict[str, Any]

SCOPES = ("orders.read", "orders.write", "stock.read", "invoices", "reports.read")
"""Client scopes that applications of such a realm ask for, beside Keycloak's own."""
_OWNERS = ("lantern", "harbour", "birch", "kestrel", "juniper", "northlight", "quarry", "saffron")
_THINGS = (
    "portal", "checkout", "grafana", "wiki", "billing", "reports", "intranet", "booking", "helpdesk", "inventory",
    "catalogue", "dashboard", "signup", "mailer", "archive", "search", "media", "payroll", "fleet", "maps",
)  # fmt: skip
_IDS = (
    "{owner}-{thing}-{number}", "{thing}-{number}", "{owner}.{thing}{number}", "{Thing}App{number}",
    "https://{thing}{number}.{owner}.example/", "{owner}_{thing}_{number}",
)  # fmt: skip
_DESCRIPTIONS = ("", "", "", "", "", "", "test", "The application of the sales department, used in all shops.")


def clients(count: int, seed: int) -> Iterator[Client]:
    """As many clients, as the Admin API takes and an export has them; every id once."""
    chance = random.Random(seed)
    shapes, weights = zip(*SHAPES.items(), strict=True)
    for number in range(count):
        owner, thing = chance.choice(_OWNERS), chance.choice(_THINGS)
        made = {**_anybody(chance, owner, thing), **chance.choices(shapes, weights)[0](chance, owner, thing)}
        attributes = {**_settings(chance), **made.pop("attributes", {})}
        yield {**made, "clientId": _id(chance, owner, thing, number), "attributes": attributes}


def realm(name: str, count: int, seed: int) -> dict[str, Any]:
    """An export of a realm with nothing but these clients and the scopes that they name."""
    scopes = [{"name": scope, "protocol": "openid-connect"} for scope in SCOPES]
    return {"realm": name, "clientScopes": scopes, "clients": [*clients(count, seed)]}


def _id(chance: Chance, owner: str, thing: str, number: int) -> str:
    form = chance.choice(_IDS)
    return form.format(owner=owner, thing=thing, Thing=thing.title(), number=number)


def _anybody(chance: Chance, owner: str, thing: str) -> Client:
    """What the console gives a client that nobody has thought about."""
    return {
        "protocol": "openid-connect",
        "enabled": chance.random() < 0.97,
        "name": chance.choice(("", "", f"{owner.title()} {thing}", f"{thing.title()} ({owner})")),
        "description": chance.choice(_DESCRIPTIONS),
        "publicClient": False,
        "standardFlowEnabled": True,
        "implicitFlowEnabled": chance.random() < 0.1,
        "directAccessGrantsEnabled": chance.random() < 0.6,
        "serviceAccountsEnabled": False,
        "fullScopeAllowed": chance.random() < 0.9,
        "frontchannelLogout": chance.random() < 0.3,
        "defaultClientScopes": ["web-origins", "acr", "profile", "roles", "basic", "email"],
        "optionalClientScopes": [
            "address", "phone", "offline_access", *chance.sample(SCOPES, chance.choice((0, 0, 1, 2)))
        ],
    }  # fmt: skip


def _settings(chance: Chance) -> dict[str, str]:
    noise = {"display.on.consent.screen": "false", "backchannel.logout.session.required": "true",
             "oauth2.device.authorization.grant.enabled": "false", "oidc.ciba.grant.enabled": "false"}  # fmt: skip
    lifetime = {"access.token.lifespan": chance.choice(("60", "300", "900", "3600"))} if chance.random() < 0.18 else {}
    theme = {"login_theme": "keycloak"} if chance.random() < 0.1 else {}
    logouts = {"post.logout.redirect.uris": "+"} if chance.random() < 0.4 else {}
    return {**noise, **lifetime, **theme, **logouts}


def _pattern(chance: Chance, owner: str, thing: str) -> Client:
    host = f"https://{thing}.{owner}.example"
    uris = chance.choice(
        ([f"{host}/*"], [f"{host}/*", "http://localhost:3000/*"], ["*"], [f"https://*.{owner}.example/*"])
    )
    return {"redirectUris": uris, "webOrigins": chance.choice((["+"], ["*"], [host], []))}


def _exact(chance: Chance, owner: str, thing: str) -> Client:
    host = f"https://{thing}.{owner}.example"
    logout = {"backchannel.logout.url": f"{host}/logged-out"} if chance.random() < 0.4 else {}
    return {"redirectUris": [f"{host}/oauth2/callback", f"{host}/silent"], "webOrigins": [], "attributes": logout}


def _below_root(chance: Chance, owner: str, thing: str) -> Client:
    root = f"https://{thing}.{owner}.example"
    return {"rootUrl": root, "baseUrl": "/", "adminUrl": root, "redirectUris": ["/*", "/login/oauth2/code/main"],
            "webOrigins": ["+"]}  # fmt: skip


def _browser(chance: Chance, owner: str, thing: str) -> Client:
    pkce = {"pkce.code.challenge.method": "S256"} if chance.random() < 0.4 else {}
    shape = chance.choice((_pattern, _exact))(chance, owner, thing)
    return {**shape, "publicClient": True, "webOrigins": ["+"], "attributes": pkce}


def _phone(chance: Chance, owner: str, thing: str) -> Client:
    uri = chance.choice((f"com.example.{owner}:/oauth2redirect", f"example.{owner}.{thing}://callback"))
    return {"publicClient": True, "redirectUris": [uri], "attributes": {"pkce.code.challenge.method": "S256"}}


def _command(chance: Chance, owner: str, thing: str) -> Client:
    return {"publicClient": True, "redirectUris": ["http://localhost/*", "http://127.0.0.1/callback"]}


def _service(chance: Chance, owner: str, thing: str) -> Client:
    note = "oidc-usersessionmodel-note-mapper"
    mappers = [_mapper(name, note) for name in ("Client ID", "Client Host", "Client IP Address")]
    return {"standardFlowEnabled": chance.random() < 0.3, "serviceAccountsEnabled": True, "redirectUris": [],
            "protocolMappers": mappers if chance.random() < 0.6 else []}  # fmt: skip


def _mapped(chance: Chance, owner: str, thing: str) -> Client:
    mappers = [_mapper("groups", "oidc-group-membership-mapper"), _mapper("audience", "oidc-audience-mapper")]
    return {**_exact(chance, owner, thing), "protocolMappers": mappers}


def _device(chance: Chance, owner: str, thing: str) -> Client:
    return {"publicClient": True, "standardFlowEnabled": False,
            "attributes": {"oauth2.device.authorization.grant.enabled": "true"}}  # fmt: skip


def _bearer(chance: Chance, owner: str, thing: str) -> Client:
    return {"bearerOnly": True, "standardFlowEnabled": False, "directAccessGrantsEnabled": False}


def _saml(chance: Chance, owner: str, thing: str) -> Client:
    """One that signs nothing: for others Keycloak makes RSA keys, which takes seconds."""
    return {"protocol": "saml", "redirectUris": [f"https://{thing}.{owner}.example/saml/acs"],
            "defaultClientScopes": [], "optionalClientScopes": [],
            "attributes": {"saml.client.signature": "false"}}  # fmt: skip


def _mapper(name: str, kind: str) -> dict[str, Any]:
    config = {"claim.name": name.replace(" ", "_").lower(), "access.token.claim": "true", "user.session.note": name}
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": config}


SHAPES: dict[Callable[[Chance, str, str], Client], int] = {
    _pattern: 24, _exact: 12, _below_root: 8, _browser: 18, _phone: 4, _command: 3, _service: 24, _mapped: 8,
    _device: 1, _bearer: 2, _saml: 1,
}  # fmt: skip
"""How a client can be, and how often out of about a hundred."""


def elsewhere(made: Iterable[Client], seed: int) -> Iterator[Client]:
    """The same applications as another realm has them: most of them, on hosts of their own, now and then otherwise."""
    chance = random.Random(seed)
    for client in made:
        if chance.random() < 0.6:
            odd = {"enabled": True, "directAccessGrantsEnabled": True} if chance.random() < 0.2 else {}
            yield {**_moved(client), **odd}


def _moved(client: Client) -> Client:
    hosts = {name: client[name] for name in ("rootUrl", "adminUrl", "redirectUris", "webOrigins") if name in client}
    text = json.dumps([hosts, client["attributes"]])
    moved, attributes = json.loads(re.sub(r"https://(\*\.)?(?=[a-z])", r"https://\1staging.", text))
    return {**client, **moved, "attributes": attributes}
