"""Keycloak realm exports: small ones of our own, and those of other people where the folder of them is named."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from clientreg.importing import Imported, exports
from clientreg.importing.found import LeftOut
from clientreg.planning.render import payload, template_of
from clientreg.servers.keycloak.representation import settle
from importing.place import SETTINGS, load, take

REFUSED = {"sys-bibbox-backend": "its session may last longer than its realm's: Keycloak does not take it back, either"}
FOLDER = os.environ.get("CLIENTREG_REALM_EXPORTS", "")
FILES = sorted(Path(FOLDER).glob("*.json")) if FOLDER else []
KEYCLOAK = """\
      eu: {type: keycloak, url: "https://login.example.com", realm: connect, client_id: clientreg}
"""
FILLED_IN = {
    *("client_name", "description", "product", "platform", "application_type", "organization", "contacts"),
    "scopes",  # of a client that asks for none at all
}
ONE: dict[str, Any] = {
    "clientId": "shop",
    "name": "Shop",
    "publicClient": True,
    "rootUrl": "https://shop.acme.example",
    "redirectUris": ["/cb", "https://shop.acme.example/*"],
    "webOrigins": ["+"],
    "fullScopeAllowed": False,
    "defaultClientScopes": ["web-origins", "profile"],
    "optionalClientScopes": ["shop.read"],
    "attributes": {"post.logout.redirect.uris": "+", "login_theme": "acme", "access.token.lifespan": "900"},
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty registry with a Keycloak in production."""
    made = tmp_path / "registry"
    made.mkdir()
    start = SETTINGS.index("      eu: {")
    end = SETTINGS.index("\n", start) + 1
    (made / "registry.yaml").write_text(SETTINGS[:start] + KEYCLOAK + SETTINGS[end:])
    return made


def realm(*clients: object, **more: object) -> dict[str, object]:
    scopes = [
        {"name": "web-origins", "attributes": {"include.in.token.scope": "false"}},
        {"name": "profile", "description": "OpenID Connect built-in scope: profile"},
        {"name": "shop.read", "description": "${shopRead}"},
    ]
    return {"realm": "acme", "clients": [*clients], "clientScopes": scopes, **more}


def imported(root: Path, value: object) -> Imported:
    file = root.parent / "realm.json"
    file.write_text(json.dumps(value))
    return take(root, exports.read(str(file)), "live", contact="id@acme.example")


def test_what_keycloak_means_is_written_not_how_it_spells_it(root: Path) -> None:
    made = imported(root, realm(ONE))
    (draft,) = made.drafts
    said = {name: draft.data.get(name) for name in ("redirect_uris", "post_logout_redirect_uris", "scopes")}
    assert said == {
        "redirect_uris": ["https://shop.acme.example/*", "https://shop.acme.example/cb"],
        "post_logout_redirect_uris": ["https://shop.acme.example/*", "https://shop.acme.example/cb"],
        "scopes": ["openid", "profile", "shop.read"],
    }
    assert [draft.data[name] for name in ("access_token_lifetime", "require_pkce", "platform")] == [
        "15m",
        False,
        "javascript",
    ]
    assert [waiver["rule"] for waiver in draft.waivers] == ["CR203", "CR335"]
    assert draft.unmanaged == ("client scopes that nobody asks for (web-origins)", "attributes (login_theme)")
    text = (root / "registry.yaml").read_text()
    assert '  profile: {description: "OpenID Connect built-in scope: profile"}  # guess: from realm.json\n' in text
    assert "  shop.read: {description: Scope shop.read}  # guess: from realm.json\n" in text


def test_what_stays_on_the_server_is_named(root: Path) -> None:
    more = {
        "protocolMappers": [{"name": "groups"}, {"name": "clientreg-pairwise", "config": {}}],
        "authenticationFlowBindingOverrides": {"browser": "x"},
        "authorizationServicesEnabled": True,
        "fullScopeAllowed": True,
        "adminUrl": "https://shop.acme.example/admin",
        "attributes": {
            "display.on.consent.screen": "false",
            "saml.encrypt": "true",
            "client.secret.creation.time": "1",
        },
    }
    made = imported(
        root,
        realm(
            {**ONE, **more},
            roles={"client": {"shop": [{"name": "buyer"}, {"name": "seller"}]}},
            scopeMappings=[{"client": "shop", "roles": ["x"]}],
            users=[{"serviceAccountClientId": "shop"}],
        ),
    )
    assert made.drafts[0].unmanaged == (
        "protocol mappers (groups)",
        "roles (buyer, seller)",
        "role scope mappings",
        "roles of its service account",
        "authorization settings",
        "flow overrides",
        "full scope allowed",
        "client scopes that nobody asks for (web-origins)",
        "settings (adminUrl)",
    )


def test_clients_that_nobody_registered_are_left_out_and_said(root: Path) -> None:
    clients = [
        {"clientId": "account", "name": "${client_account}"},
        {"clientId": "acme-realm", "bearerOnly": True},
        {"clientId": "sp", "protocol": "saml"},
        {"clientId": "api", "bearerOnly": True},
        {"clientId": "console-2", "name": "${client_security-admin-console}"},
    ]
    made = imported(root, realm(*clients))
    assert made.files == {}
    assert {one.client_id: (one.why, one.expected) for one in made.left_out} == {
        "account": ("Keycloak's own client", True),
        "acme-realm": ("Keycloak's own client for the administration of a realm", True),
        "api": ("bearer-only: it takes tokens and never asks for one", True),
        "console-2": ("Keycloak's own client", True),
        "sp": ("its protocol is 'saml', not OpenID Connect", True),
    }


@pytest.mark.parametrize(
    ("client", "left_out"),
    [
        ({"clientId": 5, "name": "N"}, LeftOut("N", "its clientId is 5, which is no text")),
        ({"name": None}, LeftOut("a client without an id", "it has no clientId")),
        ("x", LeftOut("'x'", "it is no object with the members of a client")),
    ],
)
def test_an_entry_that_is_no_client(root: Path, client: object, left_out: LeftOut) -> None:
    assert imported(root, realm(ONE, client)).refused == (left_out,)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        *(({"redirectUris": value}, "its redirectUris is not a list") for value in ("x", {})),
        ({"redirectUris": ["https://shop.acme.example/cb", 5]}, "its redirectUris[1] is not text"),
        *(({"attributes": value}, "its attributes is not an object") for value in ([], "x")),
        ({"attributes": {"a.b": ["topsecret"]}}, "its attributes['a.b'] is not text"),
        ({"protocolMappers": {}}, "its protocolMappers is not a list"),
        ({"protocolMappers": ["x"]}, "its protocolMappers[0] is not an object"),
        ({"protocolMappers": [{"config": []}]}, "its protocolMappers[0].config is not an object"),
        *(({name: "x"}, f"its {name} is not true or false") for name in ("publicClient", "standardFlowEnabled")),
        *(({name: 5}, f"its {name} is not text") for name in ("name", "description", "rootUrl", "protocol")),
    ],
)
def test_a_member_of_another_kind_leaves_its_client_out(root: Path, more: dict[str, Any], why: str) -> None:
    made = imported(root, realm({**ONE, **more}, {**ONE, "clientId": "other", "name": "Other"}))
    assert [draft.client_id for draft in made.drafts] == ["other"]
    assert [one.why for one in made.refused] == [why]


def test_placeholders_are_refused(root: Path) -> None:
    made = imported(root, realm({**ONE, "rootUrl": "${env.SHOP_URL}"}))
    assert made.drafts == ()
    assert [one.why[:22] for one in made.refused] == ["redirect_uris: CR201 '"]


@pytest.mark.skipif(not FILES, reason="CLIENTREG_REALM_EXPORTS names no folder with realm exports (*.json)")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_realm_of_somebodys_becomes_files_that_say_the_same(root: Path, file: Path) -> None:
    """Every client of an application has a file, nothing is an error, and Keycloak would be told what it says."""
    source = exports.read(str(file))
    made = take(root, source, "live", contact="id@acme.example")
    refused = {one.client_id for one in made.refused}
    assert refused <= REFUSED.keys()
    taken = [found for found in source.clients if found.client_id not in refused]
    assert {draft.client_id for draft in made.drafts} == {found.client_id for found in taken}
    clients = load(root).by_id
    for found in taken:
        told = settle(payload(clients[found.client_id].registration("live"), template_of("keycloak")))
        changed = {name for name, value in found.values.items() if told[name] != value}
        assert changed <= FILLED_IN
        assert {name for name in changed - {"description"} if found.values[name]} == set()
