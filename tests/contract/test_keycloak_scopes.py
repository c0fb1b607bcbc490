"""Scopes of the catalogue that a real realm has not: refused in the plan, or made by the apply, as the entry says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from keycloak_registry import APPLY, CLIENT, ENV, LONG, PLAN, written

from cli.scratch import Scratch
from managed import realm_of
from servers.keycloak import Keycloak


@pytest.fixture
def realm(keycloak: Keycloak) -> Iterator[str]:
    name = f"scopes-{uuid4().hex[:12]}"
    keycloak.make_realm(name, **realm_of(name))
    yield name
    keycloak.remove_realm(name)


def registry(root: Path, keycloak: Keycloak, realm: str, *, more: str = "", **clients: str) -> Scratch:
    files = {name: CLIENT.format(name=name, scopes=scopes) for name, scopes in clients.items()}
    return written(root, keycloak, realm, files, more=more)


def planned(scratch: Scratch) -> dict[str, Any]:
    done = scratch.run(*PLAN, "--format", "json", env=ENV)
    assert done.out, done.said
    return dict(json.loads(done.out))


def scopes(keycloak: Keycloak, realm: str) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in keycloak.admin("GET", f"/{realm}/client-scopes")}


def test_a_client_whose_scope_the_realm_has_not_is_refused_in_the_plan(
    tmp_path: Path, keycloak: Keycloak, realm: str
) -> None:
    keycloak.admin("POST", f"/{realm}/client-scopes", {"name": "fines", "protocol": "saml"})
    scratch = registry(
        tmp_path, keycloak, realm, lends="openid, loans", pays="openid, fines", rules="openid, roles", reads="openid"
    )
    before = scopes(keycloak, realm)
    (server,) = planned(scratch)["servers"]
    assert [change["client_id"] for change in server["changes"]] == ["acme.reads"]
    assert [(one["client_id"], one["why"]) for one in server["refused"]] == [
        ("acme.lends", "the realm has no client scope 'loans'"),
        ("acme.pays", "the realm's client scope 'fines' is of another protocol than OpenID Connect"),
        ("acme.rules", "nobody asks for the realm's client scope 'roles': 'Include in token scope' is off"),
    ]
    assert "create_scopes: true" in server["refused"][0]["hint"]
    applied = scratch.run(*APPLY, env=ENV)
    assert (applied.status, "1 done, 0 failed" in applied.out) == (3, True), applied.said
    assert scopes(keycloak, realm) == before
    assert {one["clientId"] for one in keycloak.admin("GET", f"/{realm}/clients")} >= {"acme.reads", "clientreg"}


def test_it_is_made_with_the_words_of_the_catalogue_and_everything_else_stays(
    tmp_path: Path, keycloak: Keycloak, realm: str
) -> None:
    scratch = registry(
        tmp_path,
        keycloak,
        realm,
        more=", create_scopes: true",
        both="openid, loans, fines",
        lends="openid, loans, email",
        pays="fines, openid",
    )
    before = scopes(keycloak, realm)
    plan = planned(scratch)
    new = [one["new_scopes"] for one in plan["servers"][0]["changes"]]
    assert [[scope["name"] for scope in one] for one in new] == [["fines", "loans"], ["loans"], ["fines"]]
    text = scratch.run(*PLAN, env=ENV).out
    assert text.splitlines()[-2] == "3 to create, 0 to change, 0 to delete, 2 scopes to create"
    assert 'loans "Borrow, renew and return books", made first:' in " ".join(text.split())

    applied = scratch.run(*APPLY, "--expect", plan["digest"], env=ENV)
    assert (applied.status, "3 done, 0 failed" in applied.out) == (0, True), applied.said
    assert scratch.run(*PLAN, "--check", env=ENV).status == 0
    after = scopes(keycloak, realm)
    loans, fines = after.pop("loans"), after.pop("fines")
    assert after == before
    assert (loans["description"], loans["attributes"]) == (
        "Borrow, renew and return books",
        {
            "include.in.token.scope": "true",
            "display.on.consent.screen": "true",
            "consent.screen.text": "Borrow, renew and return books",
        },
    )
    assert (len(fines["description"]), fines["attributes"]["consent.screen.text"]) == (255, LONG)
    (one,) = keycloak.admin("GET", f"/{realm}/clients?clientId=acme.lends")
    assert sorted(one["optionalClientScopes"]) == ["email", "loans"]


def test_a_plan_of_other_scopes_has_another_digest(tmp_path: Path, keycloak: Keycloak, realm: str) -> None:
    scratch = registry(tmp_path, keycloak, realm, more=", create_scopes: true", lends="openid, loans")
    digest = planned(scratch)["digest"]
    scratch.edit("registry.yaml", "Borrow, renew", "Steal")
    scratch.commit()
    assert planned(scratch)["digest"] != digest
    keycloak.admin("POST", f"/{realm}/client-scopes", {"name": "loans", "protocol": "openid-connect"})
    before = scopes(keycloak, realm)
    assert scratch.run(*APPLY, "--expect", digest, env=ENV).status == 3
    assert scratch.run(*APPLY, env=ENV).status == 0
    assert scopes(keycloak, realm) == before


def test_an_existing_client_gets_a_scope_that_is_made(tmp_path: Path, keycloak: Keycloak, realm: str) -> None:
    scratch = registry(tmp_path, keycloak, realm, more=", create_scopes: true", lends="openid")
    assert scratch.run(*APPLY, env=ENV).status == 0
    scratch.edit("clients/acme/lends.yaml", "[openid]", "[openid, loans]")
    scratch.commit()
    applied = scratch.run(*APPLY, env=ENV)
    assert applied.status == 0, applied.said
    (one,) = keycloak.admin("GET", f"/{realm}/clients?clientId=acme.lends")
    assert one["optionalClientScopes"] == ["loans"]
    assert scratch.run(*PLAN, "--check", env=ENV).status == 0


def test_a_scope_that_works_by_mappers_is_not_made_without_them(tmp_path: Path, keycloak: Keycloak, realm: str) -> None:
    email = scopes(keycloak, realm)["email"]["id"]
    keycloak.admin("DELETE", f"/{realm}/client-scopes/{email}")
    scratch = registry(tmp_path, keycloak, realm, more=", create_scopes: true", lends="openid, email")
    (server,) = planned(scratch)["servers"]
    assert [one["why"] for one in server["refused"]] == ["the realm has no client scope 'email'"]


def test_the_option_is_true_or_false(tmp_path: Path, keycloak: Keycloak, realm: str) -> None:
    scratch = registry(tmp_path, keycloak, realm, more=', create_scopes: "yes"', lends="openid, loans")
    done = scratch.run("lint")
    assert (done.status, "'yes' cannot be 'create_scopes'" in done.out) == (1, True), done.said
