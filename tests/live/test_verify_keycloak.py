"""Verify against a real Keycloak: what its answers mean, for every kind of URI, and that nothing is left behind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.registries import IGNORED, ORGANIZATION, SETTINGS
from cli.registries import SHOP as SHOP_FILE
from cli.scratch import Scratch
from clientreg.verify.result import Answers
from memory import APP, RECIPIENT, registration
from servers.keycloak import Keycloak
from verifying.stub import ask

CB, BYE = "https://shop.acme.example/cb", "https://shop.acme.example/bye"
SHOP = registration("shop", scopes=["openid", "profile"], post_logout_redirect_uris=[BYE, f"{BYE}?x=1"])
URIS = [
    "com.acme.app:/cb",
    "acme.app://connect/oauth2callback",
    "http://127.0.0.1/cb",
    "http://localhost:8081/cb?x=1",
    "http://[::1]/cb",
    "urn:ietf:wg:oauth:2.0:oob",
    "https://claimed.acme.example",
]
TV = registration(
    "tv", APP, platform="windows-desktop", redirect_uris=URIS, post_logout_redirect_uris=["com.acme.app:/x"]
)


def put(keycloak: Keycloak, realm: str, one: Any, **members: Any) -> None:
    """The client on the server, as an administrator makes it."""
    attributes = {"post.logout.redirect.uris": "##".join(one.post_logout_redirect_uris) or "-"}
    keycloak.admin(
        "POST",
        f"/{realm}/clients",
        {
            "clientId": one.client_id,
            "publicClient": one.public,
            "redirectUris": list(one.redirect_uris),
            "attributes": {**attributes, **members.pop("attributes", {})},
            **members,
        },
    )


def verified(keycloak: Keycloak, realm: str, *clients: Any) -> Answers:
    return ask(f"{keycloak.url}/realms/{realm}", clients=clients).servers[0]


def judged(answers: Answers) -> Mapping[str, tuple[bool | None, bool | None]]:
    return {probe.uri: (probe.accepted, probe.refused) for probe in answers.probes}


def test_every_kind_of_uri_is_told_from_its_near_miss(keycloak: Keycloak, realm: str) -> None:
    put(keycloak, realm, SHOP)
    put(keycloak, realm, TV)
    answers = verified(keycloak, realm, SHOP, TV)
    assert judged(answers) == dict.fromkeys([CB, BYE, f"{BYE}?x=1", *URIS, "com.acme.app:/x"], (True, True))
    assert (answers.found, answers.trouble, answers.untold) == ((), None, 0)
    assert [offer.value for offer in answers.offers if not offer.offered] == []
    assert keycloak.admin("GET", f"/{realm}/client-session-stats") == []


@pytest.mark.parametrize(
    "members",
    [
        {"attributes": {"pkce.code.challenge.method": "S256"}},
        {"attributes": {"require.pushed.authorization.requests": "true"}},
        {"standardFlowEnabled": False},
        {"consentRequired": True},
    ],
    ids=["PKCE", "pushed requests", "no code flow", "consent"],
)
def test_what_else_a_client_demands_hides_no_answer(keycloak: Keycloak, realm: str, members: dict[str, Any]) -> None:
    put(keycloak, realm, SHOP, **members)
    assert set(judged(verified(keycloak, realm, SHOP)).values()) == {(True, True)}


BROKEN: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a wildcard": (
        {"redirectUris": [CB, "https://shop.acme.example/*"]},
        [f"redirect_uris: '{CB}/near-miss' is accepted, and no file registers it"],
    ),
    "another list": ({"redirectUris": [f"{CB}/"]}, [f"redirect_uris: '{CB}' is refused (400)"]),
    "disabled, which counts for logins alone": ({"enabled": False}, [f"redirect_uris: '{CB}' is refused (400)"]),
    "after logout, as after login": (
        {"attributes": {"post.logout.redirect.uris": "+"}},
        [f"post_logout_redirect_uris: '{uri}' is refused (400)" for uri in (BYE, f"{BYE}?x=1")],
    ),
}


@pytest.mark.parametrize(("members", "messages"), BROKEN.values(), ids=BROKEN)
def test_what_somebody_broke_in_the_console_is_found(
    keycloak: Keycloak, realm: str, members: dict[str, Any], messages: list[str]
) -> None:
    put(keycloak, realm, SHOP, **members)
    assert [one.message for one in verified(keycloak, realm, SHOP).found] == messages


def test_a_client_that_was_never_applied_and_a_realm_that_is_not_there(keycloak: Keycloak, realm: str) -> None:
    assert [one.message for one in verified(keycloak, realm, SHOP).found] == ["none of its URIs is accepted (400)"]
    answers = verified(keycloak, "nowhere", SHOP)
    assert answers.trouble is not None
    assert answers.trouble.message.endswith("/.well-known/openid-configuration answered Realm does not exist")


def test_a_scope_that_the_realm_lacks_is_found(keycloak: Keycloak, realm: str) -> None:
    shop = registration("shop", scopes=["openid", "acme.orders"])
    put(keycloak, realm, shop)
    (found,) = verified(keycloak, realm, shop).found
    assert found.message == "its discovery document does not offer scope 'acme.orders', needed by 1 client: acme.shop"


def test_the_command_asks_the_realm_that_was_applied_to(keycloak: Keycloak, realm: str, tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    entry = f'{{type: keycloak, url: "{keycloak.url}", realm: {realm}, client_id: clientreg}}'
    embedded = '{type: embedded, store: .clientreg/test.db, issuer: "http://127.0.0.1:8080"}'
    scratch.write(
        "registry.yaml",
        SETTINGS.replace(embedded, entry).replace("openid: {", "profile: {description: Name}\n  openid: {"),
    )
    scratch.write(".gitignore", IGNORED)
    scratch.write("clients/acme/organization.yaml", ORGANIZATION.format(recipient=RECIPIENT))
    scratch.write("clients/acme/shop.yaml", SHOP_FILE.replace("[openid]", "[openid, profile]"))
    scratch.git("init", "--quiet", "--initial-branch", "main")
    scratch.commit()
    secret = {"CLIENTREG_TEST_LOCAL_SECRET": keycloak.service_account(realm, "manage-clients")}
    done = scratch.run("apply", "--environment", "test", env=secret)
    assert done.status == 0, done.said

    done = scratch.run("verify", "--environment", "test")
    assert (done.status, done.err) == (0, "")
    assert "acme.shop  redirect     1 of 1    1 of 1\n           post-logout  1 of 1    1 of 1\n" in done.out

    (client,) = keycloak.admin("GET", f"/{realm}/clients?clientId=acme.shop")
    keycloak.admin("PUT", f"/{realm}/clients/{client['id']}", {"redirectUris": ["https://shop.example.com/*"]})
    done = scratch.run("verify", "--environment", "test")
    assert (done.status, "is accepted, and no file registers it" in " ".join(done.out.split())) == (1, True)
