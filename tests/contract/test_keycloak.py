"""What only Keycloak owes: its table of fields, its options, the least privilege, and nothing else touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from keycloak_harness import KeycloakHarness
from walk import changes, payload, sync, writes
from worlds import APP, SERVICE, app, client, shop

from clientreg import servers
from clientreg.capability import SECURITY_FIELDS, Capabilities, Holding
from clientreg.errors import CannotFinish
from clientreg.planning.plan import Action
from clientreg.planning.state import Record
from clientreg.servers import Access
from clientreg.servers.keycloak.capabilities import CAPABILITIES, DOCUMENTATION
from clientreg.servers.keycloak.server import connect
from managed import OWN, SECRET, realm_of, server
from servers.keycloak import Keycloak

SCHEMA = Path(__file__).parents[2] / "schema" / "client.schema.json"
OPTIONS = {"url": "https://login.example.com", "realm": "connect", "client_id": OWN}
HELD = {name for name, how in CAPABILITIES.fields.items() if how.holding in {Holding.HELD, Holding.OTHERWISE}}
OFFLINE = connect("eu", OPTIONS, Path())


def test_every_field_of_a_client_file_is_declared() -> None:
    declared = CAPABILITIES.fields.keys() | DOCUMENTATION
    assert declared == json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"].keys()


def test_what_is_declared_held_is_rendered_and_nothing_else() -> None:
    assert payload(OFFLINE, shop()).keys() == HELD | {"organization", "localized"}


def test_a_security_field_is_held_or_refused() -> None:
    lost = [name for name in SECURITY_FIELDS if CAPABILITIES.fields[name].holding is Holding.NOT_HELD]
    assert lost == []


def test_every_gap_says_why() -> None:
    gaps = [name for name, how in CAPABILITIES.fields.items() if how.holding is not Holding.HELD or how.only]
    assert [name for name in gaps if not CAPABILITIES.fields[name].why] == []


def test_it_is_found_by_its_name() -> None:
    found: Capabilities = servers.types()["keycloak"]
    assert found is CAPABILITIES


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "server 'eu' has no url"),
        ({**OPTIONS, "realm": "a/b"}, "server 'eu': realm is 'a/b'"),
        ({**OPTIONS, "url": "https://login.example.com/"}, "server 'eu': url is 'https://login.example.com/'"),
        ({**OPTIONS, "url": "login.example.com"}, "server 'eu': url is 'login.example.com'"),
        ({**OPTIONS, "client_id": 7}, "server 'eu': client_id is 7"),
    ],
)
def test_an_entry_that_cannot_be_used_is_told_why(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CannotFinish) as caught:
        connect("eu", options, Path())
    assert caught.value.message == message
    assert "For example: " in caught.value.hint


def test_a_path_before_the_realms_is_part_of_the_url() -> None:
    one = connect("eu", {**OPTIONS, "url": "https://login.example.com/auth", "realm": "my realm"[:2]}, Path())
    assert one.url == "https://login.example.com/auth/realms/my"


def test_without_its_secret_it_settles_and_says_what_is_missing() -> None:
    with pytest.raises(CannotFinish, match="server eu needs the secret of its client clientreg") as caught:
        connect("eu", OPTIONS, Path(), Access(None, "CLIENTREG_TEST_EU_SECRET")).read()
    assert caught.value.hint == "set it in the variable CLIENTREG_TEST_EU_SECRET"


OBJECTIONS = {
    "plain": ({}, []),
    "own": ({"client_id": OWN}, [("client_id",)]),
    "built in": ({"client_id": "realm-management"}, [("client_id",)]),
    "name at the limit": ({"client_name": "😀" * 127}, []),
    "name beyond it": ({"client_name": "😀" * 128}, [("client_name",)]),
    "one address": ({"redirect_uris": ["com.app:/", "https://a.example/" + "p" * 240]}, [("redirect_uris", 1)]),
    "home page": ({"client_uri": "https://a.example/" + "p" * 240}, [("client_uri",)]),
    "a session's life": ({"refresh_token_lifetime": "1d"}, []),
    "more than a session's": ({"refresh_token_lifetime": "25h"}, [("refresh_token_lifetime",)]),
    "levels": ({"default_acr_values": ["1", "silver"]}, []),
    "an unknown level": ({"default_acr_values": ["1", "gold"]}, [("default_acr_values", 1)]),
    "long life": ({"access_token_lifetime": "24855d"}, []),
    "longer life": ({"access_token_lifetime": "24856d"}, [("access_token_lifetime",)]),
    "one host": (
        {"subject_type": "pairwise", "redirect_uris": ["https://a.example/b", "https://a.example:8443/c"]},
        [],
    ),
    "two hosts": (
        {"subject_type": "pairwise", "redirect_uris": ["https://a.example/b", "com.app:/c"]},
        [("redirect_uris",)],
    ),
    "a sector": (
        {
            "subject_type": "pairwise",
            "redirect_uris": ["https://a.example/b", "https://b.example/"],
            "sector_identifier_uri": "https://a.example/sector",
        },
        [],
    ),
    "no host": ({"subject_type": "pairwise", "redirect_uris": [], "platform": "cli"}, [("subject_type",)]),
}


def test_a_realm_of_which_the_entry_says_nothing_is_a_new_one() -> None:
    assert CAPABILITIES.objections is not None
    stated = shop(refresh_token_lifetime="31m", default_acr_values=["1"])
    assert [one.path[0] for one in CAPABILITIES.objections(stated, OPTIONS)] == [
        "refresh_token_lifetime",
        "default_acr_values",
    ]


@pytest.mark.parametrize(("fields", "places"), OBJECTIONS.values(), ids=OBJECTIONS)
def test_what_it_refuses_is_known_before_the_merge(fields: dict[str, Any], places: list[tuple[str, ...]]) -> None:
    options = {**OPTIONS, "session_idle": "1d", "acr_values": "1 silver"}
    assert CAPABILITIES.objections is not None
    assert [one.path for one in CAPABILITIES.objections(shop(**fields), options)] == places


@pytest.fixture
def harness(realm_harness: KeycloakHarness) -> Iterator[KeycloakHarness]:
    yield realm_harness
    realm_harness.tidy()


def problem(keycloak: Keycloak, realm: str, secret: str = SECRET, **options: str) -> str:
    """What a reading fails with."""
    with pytest.raises(CannotFinish) as caught:
        server(keycloak, realm, secret=secret, **options).read()
    return caught.value.message


def test_what_does_not_let_us_in_is_told(harness: KeycloakHarness) -> None:
    keycloak, realm = harness.keycloak, harness.realm
    assert problem(keycloak, "nowhere") == f"server eu: there is no realm 'nowhere' at {keycloak.url}"
    refused = problem(keycloak, realm, "wrong-secret")
    assert refused.startswith("server eu: clientreg cannot sign in: unauthorized_client")
    assert "wrong-secret" not in refused
    unknown = problem(keycloak, realm, client_id="nobody")
    assert unknown.startswith("server eu: nobody cannot sign in: invalid_client")


@pytest.mark.parametrize("role", ["query-clients", "create-client"])
def test_a_realm_whose_clients_we_do_not_see_is_not_taken_for_an_empty_one(keycloak: Keycloak, role: str) -> None:
    name = f"weak-{uuid4().hex[:12]}"
    keycloak.make_realm(name, **realm_of(name, roles={"realm-management": [role]}))
    assert problem(keycloak, name) == "server eu: clientreg does not see the realm's clients"
    with pytest.raises(CannotFinish, match="does not see the realm's clients"):
        server(keycloak, name).read_again({"acme.app"})
    keycloak.remove_realm(name)


def test_who_may_only_look_plans_and_is_stopped_before_a_secret_is_made(keycloak: Keycloak) -> None:
    name = f"weak-{uuid4().hex[:12]}"
    keycloak.make_realm(name, **realm_of(name, roles={"realm-management": ["view-clients"]}))
    planned = changes(server(keycloak, name), (shop(),))
    made: list[str] = []
    with pytest.raises(CannotFinish, match="may look at clients, and not change them"):
        list(server(keycloak, name).apply(writes(planned, lambda key, _: made.append(key))))
    assert ([change.action for change in planned], made) == ([Action.CREATE], [])
    keycloak.remove_realm(name)


def test_a_realm_of_more_than_a_page_is_read_whole(harness: KeycloakHarness) -> None:
    world = tuple(client(f"client-{number:03}", APP) for number in range(120))
    assert [outcome.error for outcome in sync(harness.server(), world) if outcome.error] == []
    assert len(harness.server().read()) == 120 + len(harness.furniture)
    assert changes(harness.server(), world) == ()


@pytest.mark.parametrize("scope", ["nowhere", "roles"])
def test_a_scope_that_nobody_could_ask_for_is_refused_by_name(harness: KeycloakHarness, scope: str) -> None:
    """Keycloak itself would answer 201 and leave it out."""
    (outcome,) = sync(harness.server(), (app(scopes=["openid", scope]),))
    assert f"client scope '{scope}'" in str(outcome.error)
    assert harness.raw() == {}


def test_a_new_client_has_no_more_than_its_file_says(harness: KeycloakHarness) -> None:
    sync(harness.server(), (app(scopes=["openid", "email"]), client("nightly", SERVICE)))
    found = {one["clientId"]: one for one in harness.clients()}
    one = found["acme.app"]
    assert one["fullScopeAllowed"] is False
    assert sorted(one["defaultClientScopes"]) == ["acr", "basic", "roles", "web-origins"]
    assert one["optionalClientScopes"] == ["email"]
    assert one["attributes"]["post.logout.redirect.uris"] == "-"
    assert (one["webOrigins"], one["directAccessGrantsEnabled"]) == ([], False)
    service = found["acme.nightly"]
    assert (service["standardFlowEnabled"], service["serviceAccountsEnabled"]) == (False, True)
    assert service["attributes"]["client.secret.authentication.allowed.method"] == "client_secret_basic"


THEIRS = {
    "clientId": "acme.app",
    "name": "Acme App",
    "publicClient": True,
    "fullScopeAllowed": True,
    "directAccessGrantsEnabled": False,
    "redirectUris": ["com.acme.app:/cb"],
    "webOrigins": [],
    "consentRequired": True,
    "frontchannelLogout": True,
    "attributes": {"pkce.code.challenge.method": "S256", "post.logout.redirect.uris": "-", "theirs": "x"},
    "defaultClientScopes": ["basic", "profile"],
    "optionalClientScopes": [],
    "protocolMappers": [
        {
            "name": "theirs",
            "protocol": "openid-connect",
            "protocolMapper": "oidc-hardcoded-claim-mapper",
            "config": {"claim.name": "x", "claim.value": "y", "jsonType.label": "String"},
        }
    ],
}


def test_adopting_a_client_that_means_the_same_writes_attributes_of_ours_alone(harness: KeycloakHarness) -> None:
    harness.admin("POST", "/clients", THEIRS)
    (before,) = harness.clients(clientId="acme.app")
    planned = changes(harness.server(), (app(description="A description of the app, which it had not."),), adopt=True)
    assert [outcome.error for outcome in harness.server().apply(writes(planned))] == [None]
    (after,) = harness.clients(clientId="acme.app")
    ours = {name for name in after["attributes"] if name.startswith("clientreg.")}
    assert ours >= {"clientreg.registry", "clientreg.commit", "clientreg.platform"}
    after["attributes"] = {name: text for name, text in after["attributes"].items() if name not in ours}
    assert after.pop("description") == "A description of the app, which it had not."
    assert after == before


def test_what_we_do_not_manage_stays_when_its_client_changes(harness: KeycloakHarness) -> None:
    harness.admin("POST", "/clients", THEIRS)
    for name in ("Acme One", "Acme Two"):
        planned = changes(harness.server(), (app(client_name=name, scopes=["openid", "email"]),), adopt=True)
        assert [outcome.error for outcome in harness.server().apply(writes(planned))] == [None]
    (one,) = harness.clients(clientId="acme.app")
    assert (one["name"], one["fullScopeAllowed"], one["attributes"]["theirs"]) == ("Acme Two", True, "x")
    assert [mapper["name"] for mapper in one["protocolMappers"]] == ["theirs"]
    assert (one["defaultClientScopes"], one["optionalClientScopes"]) == (["basic"], ["email"])


def test_the_record_changes_nothing_else_of_our_own_client(harness: KeycloakHarness) -> None:
    (before,) = harness.clients(clientId=OWN)
    harness.server().save_record(Record("connect", "test", "c0ffee"))
    (after,) = harness.clients(clientId=OWN)
    after["attributes"] = {n: text for n, text in after["attributes"].items() if not n.startswith("clientreg.")}
    assert after == before


def test_a_create_that_was_sent_twice_is_found_to_be_ours(harness: KeycloakHarness) -> None:
    """The first answer is lost: the door sends the request again, and Keycloak says that the client exists."""
    planned = changes(harness.server(), (app(),))
    for _ in range(2):
        assert [outcome.error for outcome in harness.server().apply(writes(planned))] == [None]
    (one,) = harness.clients(clientId="acme.app")
    harness.admin("PUT", f"/clients/{one['id']}", {"attributes": {"clientreg.commit": "another"}})
    assert [bool(outcome.error) for outcome in harness.server().apply(writes(planned))] == [True]
