"""The decisions of verify, one by one: what a near-miss is, what an answer says, what a client needs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientreg.http import Answer
from clientreg.verify import heard, near
from clientreg.verify.offer import offers
from clientreg.verify.result import Heard, Offer, Probe, Reply
from memory import APP, registration

CB = "https://shop.example/cb"
OOB = "urn:ietf:wg:oauth:2.0:oob"

MISSES = {
    CB: f"{CB}/near-miss",
    f"{CB}/": f"{CB}/near-miss",
    "https://shop.example": "https://shop.example/near-miss",
    f"{CB}?tenant=1": f"{CB}/near-miss?tenant=1",
    "http://localhost:8081/cb": "http://localhost:8081/cb/near-miss",
    "com.example.tv:/oauth2callback": "com.example.tv:/oauth2callback/near-miss",
    "acme.app://connect/oauth2callback": "acme.app://connect/oauth2callback/near-miss",
    "acme.app://": "acme.app://near-miss",
    "acme.app:cb": "acme.app:cb/near-miss",
    OOB: f"{OOB}:near-miss",
    f"{OOB}:auto": f"{OOB}:auto:near-miss",
    "https://blåbær.example/cb": "https://blåbær.example/cb/near-miss",
}


@pytest.mark.parametrize(("uri", "wrong"), MISSES.items(), ids=MISSES)
def test_a_near_miss_has_one_more_step(uri: str, wrong: str) -> None:
    assert near.miss(uri, [uri]) == wrong


TAKEN = {
    "registered itself": [CB, f"{CB}/near-miss"],
    "registered in another spelling": [CB, "HTTPS://SHOP.example:443/cb/near-miss"],
    "registered by a pattern": [CB, f"{CB}/near-miss*"],
}


@pytest.mark.parametrize("registered", TAKEN.values(), ids=TAKEN)
def test_a_near_miss_is_never_registered(registered: list[str]) -> None:
    assert near.miss(CB, registered) in {f"{CB}/near-miss-1", None}


def test_a_near_miss_is_never_a_registered_loopback_uri_with_another_port() -> None:
    uris = ["http://127.0.0.1:8081/cb", "http://127.0.0.1/cb/near-miss", "http://127.0.0.1/cb/near-miss-1"]
    assert near.miss(uris[0], uris) == "http://127.0.0.1:8081/cb/near-miss-2"


def test_a_pattern_may_admit_all_of_them() -> None:
    assert near.miss(CB, [CB, "https://shop.example/*"]) is None


URIS = st.sampled_from([*MISSES, *MISSES.values()])


@given(st.lists(URIS, min_size=1, max_size=6))
def test_no_near_miss_is_admitted(registered: list[str]) -> None:
    for uri in registered:
        wrong = near.miss(uri, registered)
        assert wrong is not None
        assert [one for one in registered if near.admits(one, wrong)] == []


# ---------------------------------------------------------------- what an answer says


def answer(status: int, location: str | None = None) -> Answer:
    return Answer("GET https://id.example/authorize", status, {} if location is None else {"Location": location}, b"")


SAID: dict[str, tuple[str, int, str | None, Heard, str | None]] = {
    "sent with an error": (CB, 302, f"{CB}?error=invalid_request&state=x", Heard.ACCEPTED, "invalid_request"),
    "sent with a code": (CB, 303, f"{CB}?code=x", Heard.ACCEPTED, None),
    "sent in the fragment": (CB, 302, f"{CB}#error=access_denied", Heard.ACCEPTED, "access_denied"),
    "sent as it is": (CB, 302, CB, Heard.ACCEPTED, None),
    "sent beside its own query": (f"{CB}?a=1", 302, f"{CB}?a=1&error=x", Heard.ACCEPTED, "x"),
    "sent with a slash": ("https://a.example", 302, "https://a.example/?error=x", Heard.ACCEPTED, "x"),
    "sent in small letters": ("https://A.example/cb", 302, "https://a.example/cb?error=x", Heard.ACCEPTED, "x"),
    "sent in ASCII": (
        "https://blåbær.example/cb",
        302,
        "https://xn--blbr-roah.example/cb?error=x",
        Heard.ACCEPTED,
        "x",
    ),
    "sent to an app": ("com.example.tv:/cb", 302, "com.example.tv:/cb?error=x", Heard.ACCEPTED, "x"),
    "sent further down": (CB, 302, f"{CB}/deeper?error=x", Heard.REFUSED, "x"),
    "sent to a longer name": (CB, 302, f"{CB}x", Heard.PAGE, None),
    "an error page elsewhere": (CB, 302, "/error?error=invalid_request", Heard.REFUSED, "invalid_request"),
    "a login page elsewhere": (CB, 302, "/login?next=x", Heard.PAGE, None),
    "an address that is none": (CB, 302, "http://[", Heard.PAGE, None),
    "nowhere": (CB, 302, None, Heard.PAGE, None),
    "a page": (CB, 200, None, Heard.PAGE, None),
    "a refusal": (CB, 400, None, Heard.REFUSED, None),
    "a refusal with a place": (CB, 400, f"{CB}?error=x", Heard.REFUSED, None),
    "no such place": (CB, 404, None, Heard.UNCLEAR, None),
    "a fault": (CB, 500, None, Heard.UNCLEAR, None),
    "out of band, on a page": (OOB, 200, None, Heard.ACCEPTED, None),
    "out of band, elsewhere": (OOB, 302, "https://id.example/oob?error=x", Heard.ACCEPTED, "x"),
    "out of band, refused": (OOB, 400, None, Heard.REFUSED, None),
    "nearly out of band, on a page": (f"{OOB}:near-miss", 200, None, Heard.PAGE, None),
}


@pytest.mark.parametrize(("uri", "status", "location", "said", "error"), SAID.values(), ids=SAID)
def test_what_an_answer_says(uri: str, status: int, location: str | None, said: Heard, error: str | None) -> None:
    assert heard.reply(answer(status, location), uri) == Reply(said, status, error)


PAIRS = [
    (Heard.ACCEPTED, Heard.REFUSED, True, True),
    (Heard.ACCEPTED, Heard.ACCEPTED, True, False),
    (Heard.REFUSED, Heard.REFUSED, False, True),
    (Heard.PAGE, Heard.REFUSED, True, True),
    (Heard.PAGE, Heard.PAGE, None, None),
    (Heard.UNCLEAR, Heard.REFUSED, None, True),
    (Heard.ACCEPTED, Heard.PAGE, True, None),
    (Heard.ACCEPTED, None, True, None),
    (Heard.PAGE, None, None, None),
]


@pytest.mark.parametrize(("registered", "wrong", "accepted", "refused"), PAIRS)
def test_two_answers_are_read_together(
    registered: Heard, wrong: Heard | None, accepted: bool | None, refused: bool | None
) -> None:
    probe = Probe("redirect_uris", CB, Reply(registered, 302), "x" if wrong else None, wrong and Reply(wrong, 400))
    assert (probe.accepted, probe.refused) == (accepted, refused)


# ---------------------------------------------------------------- what clients need


SHOP = registration("shop")
JOB = registration(
    "job", platform="service", scopes=["orders"], redirect_uris=None, token_endpoint_auth_method="client_secret_post"
)
TV = registration("tv", APP)


def missing(document: dict[str, Any], *clients: Any) -> list[tuple[str, str]]:
    return [(offer.member, offer.value) for offer in offers(document, clients or (SHOP, JOB, TV)) if not offer.offered]


def test_each_need_stands_once_with_who_has_it() -> None:
    made = offers({"scopes_supported": ["openid"], "authorization_endpoint": "https://id.example/a"}, (SHOP, TV))
    assert made[:2] == (
        Offer("authorization_endpoint", "", True, ("acme.shop", "acme.tv")),
        Offer("code_challenge_methods_supported", "S256", False, ("acme.shop", "acme.tv")),
    )
    assert [offer for offer in made if offer.member == "scopes_supported"] == [
        Offer("scopes_supported", "openid", True, ("acme.shop", "acme.tv")),
        Offer("scopes_supported", "profile", False, ("acme.shop", "acme.tv")),
    ]


def test_what_a_document_leaves_out_means_what_its_specification_says() -> None:
    assert missing({}) == [
        ("authorization_endpoint", ""),
        ("code_challenge_methods_supported", "S256"),
        ("grant_types_supported", "client_credentials"),
        ("grant_types_supported", "refresh_token"),
        ("token_endpoint_auth_methods_supported", "client_secret_post"),
    ]


def test_a_client_without_users_needs_no_page() -> None:
    document = {
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    }
    assert missing(document, JOB) == []


def test_a_public_client_needs_no_method_and_one_without_pkce_no_challenge() -> None:
    document = {"authorization_endpoint": "x", "grant_types_supported": ["authorization_code", "refresh_token"]}
    assert missing(document, registration("tv", APP, require_pkce=False)) == []


@pytest.mark.parametrize("said", ["code", 5, None, {}, [5, None, ["code"]]])
def test_a_document_of_odd_types_offers_nothing(said: Any) -> None:
    document = dict.fromkeys(
        ("scopes_supported", "grant_types_supported", "response_types_supported", "authorization_endpoint"), said
    )
    assert ("grant_types_supported", "refresh_token") in missing(document, SHOP)


def test_the_words_of_a_response_type_have_no_order() -> None:
    hybrid = registration("shop", response_types=["code id_token"], grant_types=["authorization_code", "implicit"])
    assert ("response_types_supported", "code id_token") not in missing(
        {"response_types_supported": ["id_token code"]}, hybrid
    )
