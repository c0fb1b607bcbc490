"""One environment's effective registration: file, environment, organization, defaults, in this order."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientreg.defaults import DEFAULTS, OOB
from clientreg.model import Client, Organization, Registration

ACME = Organization("acme", "clients/acme/organization.yaml", "Acme AS", contacts={"technical": ("dev@acme.example",)})
FILE: dict[str, Any] = {
    "product": "Shop",
    "client_name": "Acme Shop",
    "description": "Sells things to people",
    "platform": "web",
    "application_type": "web",
    "client_type": "confidential",
    "scopes": ["openid", "profile"],
}


def client(environments: dict[str, Any] | None = None, **changed: Any) -> Client:
    return Client("clients/acme/shop.yaml", ACME, "shop", {**FILE, **changed, "environments": environments or {}})


@pytest.mark.parametrize(
    ("platform", "application_type", "expected"),
    [
        ("android", "native", ("acme.shop://connect/oauth2callback",)),
        ("ios", "native", ("acme.shop://connect/oauth2callback",)),
        ("windows-phone", "native", ("acme.shop://connect/oauth2callback",)),
        ("macos-desktop", "native", ("acme.shop://connect/oauth2callback",)),
        ("web", "web", ("http://localhost:8081/connect/oauth2callback",)),
        ("javascript", "web", ("http://localhost:8081/connect/oauth2callback",)),
        ("windows-desktop", "native", OOB),
        ("linux-desktop", "native", ()),
        ("cli", "native", ()),
        ("tv", "web", ()),
        ("service", "web", ()),
    ],
)
def test_default_redirect_uris_are_the_seeds(platform: str, application_type: str, expected: tuple[str, ...]) -> None:
    found = client(platform=platform, application_type=application_type).registration(None)
    assert found.redirect_uris == expected


def test_an_environments_value_replaces_the_value_above_whole() -> None:
    found = client({"production": {"scopes": ["openid"]}}).registration("production")
    assert found.scopes == ("openid",)


def test_null_unsets_a_field() -> None:
    shop = client(
        {"test": {"client_uri": None, "grant_types": None}}, client_uri="https://a.example/", grant_types=["x"]
    )
    found = shop.registration("test")
    assert (found.client_uri, found.grant_types) == (None, ("authorization_code", "refresh_token"))
    assert {"client_uri", "grant_types"} & found.given == set()


def test_a_services_defaults_redirect_nobody() -> None:
    found = client(platform="service").registration(None)
    assert (found.grant_types, found.response_types, found.signs_users_in) == (("client_credentials",), (), False)


def test_origins_of_a_browser_app_are_those_of_its_redirect_uris() -> None:
    uris = ["https://a.example/cb?x=1", "https://a.example/other", "http://localhost:3000", "https://b.example?x=1"]
    found = client(platform="javascript", client_type="public", redirect_uris=uris).registration(None)
    assert found.allowed_cors_origins == ("https://a.example", "http://localhost:3000", "https://b.example")


def test_contacts_and_recipients_default_to_the_organizations() -> None:
    found = client(contacts={"support": ["help@acme.example"]}).registration(None)
    assert found.contacts == {"technical": ("dev@acme.example",), "support": ("help@acme.example",)}


OVERRIDES = st.fixed_dictionaries(
    {},
    optional={
        "client_name": st.sampled_from(["Other"]),
        "client_name#nb": st.sampled_from(["Annen", None]),
        "redirect_uris": st.sampled_from([["https://a.example/cb"], None]),
        "grant_types": st.sampled_from([["client_credentials"], None]),
        "token_endpoint_auth_method": st.sampled_from(["client_secret_post", None]),
        "single_sign_on": st.sampled_from([True, False, None]),
        "access_token_lifetime": st.sampled_from(["5m", None]),
        "audience": st.sampled_from([["https://api.example"], None]),
        "credentials": st.sampled_from([{"generation": 2}, None]),
    },
)


@given(OVERRIDES, OVERRIDES)
def test_an_environment_is_what_a_file_with_its_values_would_be(above: dict[str, Any], below: dict[str, Any]) -> None:
    """Whatever way it is built: an override means the same as writing the value at the top."""
    above = {key: value for key, value in above.items() if value is not None}
    merged = {key: value for key, value in {**above, **below}.items() if value is not None}
    one = client({"test": below}, **above).registration("test")
    two = client({"test": {}}, **merged).registration("test")
    assert {f.name: getattr(one, f.name) for f in fields(Registration)} == {
        f.name: getattr(two, f.name) for f in fields(Registration)
    }


def test_every_default_is_a_field() -> None:
    assert set(DEFAULTS) <= {field.name for field in fields(Registration)}


def test_a_registration_has_every_field_and_no_other() -> None:
    shop = client({"test": {"grant_types": ["implicit"]}, "production": {"client_uri": None}})
    for environment in (None, "test", "production"):
        assert vars(shop.registration(environment)).keys() == {field.name for field in fields(Registration)}
