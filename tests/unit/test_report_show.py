"""A client as servers will see it."""

from __future__ import annotations

from typing import Any

import pytest

from clientreg.model import Client, Organization
from clientreg.report import show, structured
from clientreg.report.show import Rendered, Row
from clientreg.report.style import PLAIN
from clientreg.settings import Scope
from golden import same

ORGANIZATION = Organization(
    "acme",
    "clients/acme/organization.yaml",
    "Acme AS",
    contacts={"technical": ("dev@acme.example",), "security": ("soc@acme.example",)},
    recipients=("age1acme",),
)
KEYS = {"keys": [{"kty": "oct", "kid": "1", "k": "c2VjcmV0"}]}
DATA = {
    "product": "Shop",
    "client_name": "Acme Shop",
    "client_name#nb": "Acme Butikk",
    "description": "The shop of Acme, where registered customers buy and return goods.",
    "contacts": {"technical": ["shop@acme.example"]},
    "platform": "web",
    "application_type": "web",
    "client_type": "confidential",
    "scopes": ["openid", "profile", "acme.unknown"],
    "purpose": {"profile": "To greet by name."},
    "redirect_uris": ["https://shop.acme.example/cb"],
    "access_token_lifetime": "5m",
    "jwks": KEYS,
    "environments": {"test": {"redirect_uris": ["http://localhost:8081/cb"], "access_token_lifetime": None}},
}
SCOPES = {"openid": Scope("openid", "Sign in"), "profile": Scope("profile", "Name and locale")}
PAYLOAD = Rendered("local", "embedded", {"client_id": "acme.shop", "jwks": KEYS, "enabled": True})


def shown(environment: str | None, **data: Any) -> show.Shown:
    client = Client("clients/acme/shop.yaml", ORGANIZATION, "shop", {**DATA, **data})
    return show.effective(client, environment, SCOPES, [PAYLOAD])


def origins(page: show.Shown) -> dict[str, str]:
    return {row.name: row.origin for row in page.rows}


def test_a_client_reads_as_it_was_read() -> None:
    same("report/show.txt", show.text([shown("test")], PLAIN))


def test_json_is_what_its_schema_promises(valid: Any) -> None:
    assert valid("show-output", structured.shown([shown("test"), shown(None)])) == []


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("redirect_uris", "environment"),
        ("access_token_lifetime", "default"),
        ("client_name", "file"),
        ("client_name#nb", "file"),
        ("contacts.technical", "file"),
        ("contacts.security", "organization"),
        ("credentials.recipients", "organization"),
        ("credentials.generation", "default"),
        ("organization", "organization"),
        ("client_id", "default"),
        ("require_pkce", "default"),
    ],
)
def test_each_value_says_where_it_comes_from(name: str, origin: str) -> None:
    assert origins(shown("test"))[name] == origin


def test_recipients_of_the_file_are_of_the_file() -> None:
    assert origins(shown("test", credentials={"recipients": ["age1own"]}))["credentials.recipients"] == "file"


def test_no_key_material_is_shown() -> None:
    page = shown("test")
    assert "c2VjcmV0" not in show.text([page], PLAIN) + structured.shown([page])
    assert Row("jwks", [{"kty": "oct", "kid": "1"}], "file") in page.rows


@pytest.mark.parametrize(
    ("data", "first"),
    [
        ({}, '"Acme Shop" of Acme AS asks to:'),
        ({"require_consent": False}, "nothing: require_consent is false, so users never see this list"),
        (
            {"grant_types": ["client_credentials"]},
            "nothing: no user signs in; it acts on its own with openid, profile, acme.unknown",
        ),
    ],
)
def test_the_consent_page_stands_in_words(data: dict[str, Any], first: str) -> None:
    assert shown("test", **data).consent[0] == first


def test_a_client_without_environments_exists_nowhere() -> None:
    assert show.text([shown(None)], PLAIN).startswith("acme.shop in no environment: it exists nowhere\n")
