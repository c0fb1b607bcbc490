"""What Keycloak refuses that stands in no table, as lint foresees it."""

from __future__ import annotations

from typing import Any

import pytest

from clientreg.model import Client, Organization
from clientreg.servers.keycloak.objections import objections

ACME = Organization("acme", "clients/acme/organization.yaml", "Acme Ltd")
WEB: dict[str, Any] = {
    "product": "Shop",
    "client_name": "Shop",
    "description": "The shop, in which users buy and return things.",
    "platform": "web",
    "application_type": "web",
    "client_type": "confidential",
    "scopes": ["openid"],
    "redirect_uris": ["https://shop.example/cb"],
    "environments": {"test": {}},
}
PAIRWISE = {"subject_type": "pairwise"}
LONG = "https://shop.example/" + "p" * (255 - 21)
NOWHERE: dict[str, Any] = {}

CASES: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[Any, ...]]]] = {
    "nothing": ({}, NOWHERE, []),
    "an address of 255": ({"redirect_uris": [LONG]}, NOWHERE, []),
    "an address of 256": ({"redirect_uris": ["https://a.example/", LONG + "p"]}, NOWHERE, [("redirect_uris", 1)]),
    "a name of 127 wide letters": ({"client_name": "😀" * 127}, NOWHERE, []),
    "a name of 128 wide letters": ({"client_name": "😀" * 128}, NOWHERE, [("client_name",)]),
    "a long page": ({"client_uri": LONG + "p"}, NOWHERE, [("client_uri",)]),
    "a logo is an attribute": ({"logo_uri": LONG + "p"}, NOWHERE, []),
    "a level": ({"default_acr_values": ["2"]}, NOWHERE, [("default_acr_values", 0)]),
    "a known level": ({"default_acr_values": ["2", "3"]}, {"acr_values": "1 2"}, [("default_acr_values", 1)]),
    "a session's life": ({"refresh_token_lifetime": "30m"}, NOWHERE, []),
    "more than a session's life": ({"refresh_token_lifetime": "31m"}, NOWHERE, [("refresh_token_lifetime",)]),
    "more where sessions live longer": ({"refresh_token_lifetime": "14d"}, {"session_idle": "14d"}, []),
    "an entry that says no time": ({"refresh_token_lifetime": "31m"}, {"session_idle": "soon"}, []),
    "an entry that says a number": ({"refresh_token_lifetime": "31m"}, {"session_idle": 5}, []),
    "pairwise on one host": ({**PAIRWISE, "redirect_uris": ["https://a.example/", "https://a.example/b"]}, NOWHERE, []),
    "pairwise on two": (
        {**PAIRWISE, "redirect_uris": ["https://a.example/", "https://b.example/"]},
        NOWHERE,
        [("redirect_uris",)],
    ),
    **{
        f"pairwise at {uri}": ({**PAIRWISE, "redirect_uris": [uri]}, NOWHERE, [])
        for uri in ("com.acme.shop://cb", "http://127.0.0.1/cb", "http://[::1]/cb", "https://9.example:8443/cb")
    },
    **{
        f"pairwise at no host it reads, {uri}": ({**PAIRWISE, "redirect_uris": [uri]}, NOWHERE, [("redirect_uris",)])
        for uri in ("com.acme.shop:/cb", "com.acme.shop:///cb", "https://blåbær.example/", "https://a_b.example/")
    },
    "pairwise without a redirect": ({**PAIRWISE, "redirect_uris": []}, NOWHERE, [("subject_type",)]),
    "pairwise with a sector": (
        {**PAIRWISE, "redirect_uris": ["com.example.shop:/cb"], "sector_identifier_uri": "https://a.example/s"},
        NOWHERE,
        [],
    ),
}


@pytest.mark.parametrize(("said", "options", "places"), CASES.values(), ids=CASES)
def test_each_refusal_is_foreseen_at_its_place(
    said: dict[str, Any], options: dict[str, Any], places: list[tuple[Any, ...]]
) -> None:
    registration = Client("clients/acme/shop.yaml", ACME, "shop", {**WEB, **said}).registration("test")
    assert [one.path for one in objections(registration, options)] == places
