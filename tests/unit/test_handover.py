"""The hand-over reads like a letter and parses like a file, whatever a client is called."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from clientreg.model import Registration
from clientreg.planning.state import Credential
from clientreg.secret import Secret
from clientreg.sync.handover import pack, secret_of
from memory import APP, RECIPIENT, registration

ENDPOINTS = {"issuer": "http://localhost:8080", "token_endpoint": "http://localhost:8080/token"}
SHOP = registration("shop")


def text(made: Registration, credential: Credential | None = None, **fields: Any) -> str:
    servers = fields.pop("servers", {"local": ENDPOINTS})
    parts = pack(made, "test", servers, credential, source="clients/acme/shop.yaml").parts
    return "".join(part.reveal() if isinstance(part, Secret) else part for part in parts)


def test_a_confidential_client() -> None:
    credential = Credential("abc123", 1, Secret("s3cret-text"))
    made = pack(SHOP, "test", {"local": ENDPOINTS}, credential, source="clients/acme/shop.yaml")
    assert (made.client_id, made.credential_id, made.recipients) == ("acme.shop", "abc123", (RECIPIENT,))
    assert yaml.safe_load(text(SHOP, credential)) == {
        "environment": "test",
        "client_id": "acme.shop",
        "client_secret": "s3cret-text",
        "token_endpoint_auth_method": "client_secret_basic",
        "issuer": "http://localhost:8080",
        "endpoints": {"token_endpoint": "http://localhost:8080/token"},
        "scopes": ["openid", "profile"],
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": ["https://shop.acme.example/cb"],
    }


def test_the_secret_is_in_no_other_part() -> None:
    made = pack(SHOP, "test", {}, Credential("abc123", 1, Secret("s3cret-text")), source="f")
    assert [part for part in made.parts if isinstance(part, Secret)] == [Secret("s3cret-text")]
    assert "s3cret-text" not in repr(made)


def test_a_public_client_has_no_secret_and_no_recipients() -> None:
    made = pack(registration("tv", APP), "test", {"local": ENDPOINTS}, None, source="f")
    assert (made.credential_id, made.recipients, all(isinstance(part, str) for part in made.parts)) == (None, (), True)
    assert "client_secret" not in yaml.safe_load("".join(str(part) for part in made.parts))


def test_several_servers_stand_by_name() -> None:
    servers = {"eu": ENDPOINTS, "us": {"issuer": "http://localhost:8081"}}
    data = yaml.safe_load(text(SHOP, servers=servers))
    assert data["servers"] == {
        "eu": {"issuer": ENDPOINTS["issuer"], "endpoints": {"token_endpoint": ENDPOINTS["token_endpoint"]}},
        "us": {"issuer": "http://localhost:8081"},
    }


def test_the_secret_is_found_again() -> None:
    credential = Credential("abc123", 1, Secret.generate())
    assert secret_of(Secret(text(SHOP, credential))) == credential.secret
    assert secret_of(Secret(text(SHOP))) is None


@pytest.mark.parametrize(
    "odd",
    [
        'a"\nclient_secret: "x"\n',
        "\u2028client_secret: x",
        "a\x7f\x00b",
        "\U0001f600 é",
        "# --- &a *b !!python/x",
        "\u202e",
    ],
)
def test_no_value_can_forge_a_line(odd: str) -> None:
    made = replace(SHOP, client_name=odd, client_id=odd, redirect_uris=(odd,))
    whole = text(made, servers={odd: {"issuer": odd}})
    data = yaml.safe_load(whole)
    assert (data["client_id"], data["redirect_uris"], data["issuer"]) == (odd, [odd], odd)
    assert "client_secret" not in data
    assert all(char.isprintable() or char == "\n" for char in whole)


def test_the_how_to_fits_its_client() -> None:
    service = replace(SHOP, grant_types=("client_credentials",), redirect_uris=())
    credential = Credential("abc123", 1, Secret("x"))
    assert "# - No user signs in: ask the token endpoint with" in text(service, credential)
    assert "Raise" not in text(registration("tv", APP))
    assert "credentials.generation by one in" in text(SHOP, credential)
    assert "revoke the tokens" in text(registration("tv", APP))
    assert all(len(line) <= 80 for line in text(SHOP, credential).splitlines())


def test_a_path_is_not_broken_at_its_hyphens() -> None:
    source = "clients/some-organization/" + "-".join(["name"] * 9) + ".yaml"
    parts = pack(SHOP, "test", {}, Credential("abc123", 1, Secret("x")), source=source).parts
    assert source in "".join(part for part in parts if isinstance(part, str))
