"""The link that starts a login for a client whose application is not there."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from clientreg.servers.embedded.provider import Running, trial_link
from provider.conftest import PUBLIC, Register
from provider.web import Browser, call


def test_the_link_shows_login_and_consent_and_answers_to_the_redirect_uri(
    running: Running, browser: Browser, register: Register
) -> None:
    rp = register()
    for _ in range(2):  # the second time, too, although the user is signed in and has allowed it
        answer = browser.allow(browser.sign_in(browser.open(trial_link(running.url, rp.client_id))))
        assert answer.location is not None
        assert answer.location.startswith("https://shop.example/cb?")
        assert {"code", "state", "iss"} == set(answer.params)


def test_the_request_is_a_whole_one_of_this_moment(running: Running, register: Register) -> None:
    rp = register()
    asked = [
        dict(parse_qsl(urlsplit(str(call("GET", trial_link(running.url, rp.client_id)).location)).query)) for _ in "ab"
    ]
    fixed = {name: asked[0][name] for name in asked[0] if name not in {"state", "nonce", "code_challenge"}}
    assert fixed == {
        "response_type": "code",
        "client_id": rp.client_id,
        "redirect_uri": "https://shop.example/cb",
        "scope": "email openid profile",
        "code_challenge_method": "S256",
        "prompt": "login consent",
    }
    assert all(asked[0][name] != asked[1][name] for name in ("state", "nonce", "code_challenge"))


def test_a_client_that_needs_no_consent_is_asked_for_none(
    running: Running, browser: Browser, register: Register
) -> None:
    rp = register(require_consent=False, **PUBLIC)
    answer = browser.sign_in(browser.open(trial_link(running.url, rp.client_id)))
    assert (answer.location or "").startswith("https://shop.example/cb?code=")


def test_a_client_that_signs_nobody_in_says_so(running: Running, browser: Browser, register: Register) -> None:
    rp = register(grant_types=["client_credentials"], response_types=[], redirect_uris=[], post_logout_redirect_uris=[])
    answer = browser.open(trial_link(running.url, rp.client_id))
    assert (answer.status, answer.page.heading) == (400, "No user signs in to this application")


@pytest.mark.parametrize("client_id", ["nobody", "https://a.example/b?c#d", "../account", "%2e", "ø"])
def test_an_unknown_client_is_named_whatever_its_id(client_id: str, running: Running, browser: Browser) -> None:
    answer = browser.open(trial_link(running.url, client_id))
    assert (answer.status, answer.page.heading) == (400, "We do not know this application")
    assert f"“{client_id}”" in answer.page.words
