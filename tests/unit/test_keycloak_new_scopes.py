"""Which of a client's scopes a realm could not give it, and what a client scope looks like that is made for it."""

from __future__ import annotations

from typing import Any

import pytest

from clientreg.planning.plan import NewScope
from clientreg.servers.keycloak.scopes import ClientScopes, representation

LISTED: list[dict[str, Any]] = [
    {"id": "1", "name": "roles", "protocol": "openid-connect", "attributes": {"include.in.token.scope": "false"}},
    {"id": "2", "name": "loans", "protocol": "openid-connect", "attributes": {"include.in.token.scope": "true"}},
    {"id": "3", "name": "plain", "protocol": "openid-connect"},
    {"id": "4", "name": "role_list", "protocol": "saml", "attributes": {}},
]


def lacks(scope: str, *, creates: bool = False) -> list[tuple[str, str | None]]:
    found = ClientScopes.of(LISTED, creates=creates).lacks({"scopes": [scope]})
    return [(lack.why, lack.scope) for lack in found]


@pytest.mark.parametrize("scope", ["openid", "loans", "plain"])
def test_what_the_realm_has_is_not_missing(scope: str) -> None:
    assert lacks(scope) == []


MISSING = {
    "fines": "the realm has no client scope 'fines'",
    "Loans": "the realm has no client scope 'Loans'",
    "email": "the realm has no client scope 'email'",
    "roles": "nobody asks for the realm's client scope 'roles': 'Include in token scope' is off",
    "role_list": "the realm's client scope 'role_list' is of another protocol than OpenID Connect",
}


@pytest.mark.parametrize("scope", MISSING)
def test_what_a_client_could_not_ask_for_is_told(scope: str) -> None:
    assert lacks(scope) == [(MISSING[scope], None)]


@pytest.mark.parametrize("scope", MISSING)
def test_only_what_is_missing_and_needs_no_mapper_can_be_made(scope: str) -> None:
    assert lacks(scope, creates=True) == [(MISSING[scope], scope if scope in {"fines", "Loans"} else None)]


def test_a_payload_without_scopes_lacks_none() -> None:
    assert list(ClientScopes.of(LISTED, creates=False).lacks({"scopes": None})) == []


def test_a_new_client_scope_says_what_the_catalogue_says_and_stands_in_tokens() -> None:
    long = "Borrow books " * 30
    made = representation(NewScope("loans", long))
    assert (made["name"], made["protocol"], len(made["description"])) == ("loans", "openid-connect", 255)
    assert made["attributes"] == {
        "include.in.token.scope": "true",
        "display.on.consent.screen": "true",
        "consent.screen.text": long,
    }
