"""Logout by browser and by token, and what clients are told of it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from clientreg.servers.embedded.provider.backchannel import loopback
from provider.conftest import PUBLIC, Register
from provider.listener import listening
from provider.web import Browser, Rp, call

BYE = "https://shop.example/bye"
STILL = "You are still signed in"


def signed_in(browser: Browser, rp: Rp) -> bool:
    return "code" in (rp.ask(browser, prompt="none").params)


def test_a_client_with_a_hint_signs_its_user_out_without_a_question(browser: Browser, register: Register) -> None:
    rp, other = register(), register()
    tokens, others = rp.tokens(browser), other.tokens(browser)
    answer = browser.open("/logout", id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE, state="s&1")
    assert (answer.status, answer.location) == (303, f"{BYE}?state=s%261")
    assert not signed_in(browser, rp)
    assert not signed_in(browser, other)
    assert rp.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert other.refresh(others["refresh_token"]).json["error"] == "invalid_grant"
    assert [name for name in browser.cookies if "session" in name] == []


def test_the_request_may_be_a_form(browser: Browser, register: Register) -> None:
    rp = register()
    tokens = rp.tokens(browser)
    answer = browser.post("/logout", id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE)
    assert answer.location == BYE
    assert not signed_in(browser, rp)


def test_an_expired_hint_is_still_one(browser: Browser, register: Register, running_key: RSAKey) -> None:
    rp = register()
    claims = jwt.decode(rp.tokens(browser)["id_token"], running_key).claims
    old = jwt.encode({"alg": "RS256"}, {**claims, "exp": 1, "iat": 1}, running_key)
    assert browser.open("/logout", id_token_hint=old).page.heading == "You are signed out"
    assert not signed_in(browser, rp)


def test_offline_access_outlives_the_logout(browser: Browser, register: Register) -> None:
    rp = register(scopes=["openid", "offline_access"])
    tokens = rp.tokens(browser, scope="openid offline_access")
    browser.open("/logout", id_token_hint=tokens["id_token"])
    assert rp.refresh(tokens["refresh_token"]).status == 200


def test_without_a_hint_the_user_is_asked(browser: Browser, register: Register) -> None:
    rp = register()
    rp.login(browser)
    ask = browser.open("/logout", client_id=rp.client_id, post_logout_redirect_uri=BYE, state="s1")
    assert (ask.status, ask.page.heading) == (200, "Sign out?")
    assert "Shop asks to sign you out. You are signed in as Ada." in ask.page.words
    stayed = browser.submit(ask.page.form("/logout/confirm"), decision="stay")
    assert stayed.page.heading == STILL
    assert signed_in(browser, rp)
    left = browser.submit(ask.page.form("/logout/confirm"), decision="sign-out")
    assert left.location == f"{BYE}?state=s1"
    assert not signed_in(browser, rp)


def test_whoever_is_not_signed_in_is_not_asked(browser: Browser, register: Register) -> None:
    rp = register()
    assert browser.open("/logout").page.heading == "You are signed out"
    assert browser.open("/logout", client_id=rp.client_id, post_logout_redirect_uri=BYE).location == BYE


def test_another_users_hint_is_a_reason_to_ask(browser: Browser, register: Register) -> None:
    rp = register()
    stranger = Browser(browser.issuer)
    hint = rp.tokens(stranger, user="grace")["id_token"]
    stranger.open("/logout", id_token_hint=hint)
    rp.login(browser, user="ada")
    assert browser.open("/logout", id_token_hint=hint).page.heading == "Sign out?"
    assert signed_in(browser, rp)


def test_a_client_for_itself_ends_its_own_session_only(browser: Browser, register: Register) -> None:
    alone, shared = register(single_sign_on=False), register()
    shared.login(browser)
    tokens = alone.tokens(browser)
    browser.open("/logout", id_token_hint=tokens["id_token"])
    assert alone.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert signed_in(browser, shared)


@pytest.mark.parametrize(
    "uri",
    ["https://evil.example/", "https://shop.example/bye/", "https://shop.example/bye?x=1", "https://shop.example.evil.example/bye",
     "//evil.example", "javascript:alert(1)", "http://localhost:1234/bye"],
)  # fmt: skip
def test_nobody_is_sent_to_a_uri_that_is_not_registered(uri: str, browser: Browser, register: Register) -> None:
    rp = register(post_logout_redirect_uris=[BYE, "http://localhost:8081/bye"])
    tokens = rp.tokens(browser)
    for params in ({"id_token_hint": tokens["id_token"]}, {"client_id": rp.client_id}):
        answer = browser.open("/logout", post_logout_redirect_uri=uri, **params)
        assert (answer.status, answer.location, answer.page.heading) == (400, None, STILL)
    assert signed_in(browser, rp)


def test_a_native_client_chooses_its_loopback_port_also_here(browser: Browser, register: Register) -> None:
    rp = register(**PUBLIC, post_logout_redirect_uris=["http://127.0.0.1/bye"])
    hint = rp.tokens(browser)["id_token"]
    uri = "http://127.0.0.1:50123/bye"
    assert browser.open("/logout", id_token_hint=hint, post_logout_redirect_uri=uri).location == uri


def test_a_logout_token_is_no_hint(browser: Browser, register: Register, running_key: RSAKey) -> None:
    rp = register()
    claims = jwt.decode(rp.tokens(browser)["id_token"], running_key).claims
    token = jwt.encode({"alg": "RS256", "typ": "logout+jwt"}, claims, running_key)
    assert browser.open("/logout", id_token_hint=token).page.heading == STILL
    assert signed_in(browser, rp)


def test_what_cannot_be_followed_ends_on_a_page(browser: Browser, register: Register) -> None:
    rp, other = register(), register()
    hint = rp.tokens(browser)["id_token"]
    for params in (
        {"id_token_hint": hint[:-4] + "AAAA"},
        {"id_token_hint": "x"},
        {"id_token_hint": hint, "client_id": other.client_id},
        {"client_id": "nobody"},
        {"post_logout_redirect_uri": BYE},
    ):
        answer = browser.open("/logout", **params)
        assert (answer.status, answer.location, answer.page.heading) == (400, None, STILL)
    assert signed_in(browser, rp)


def test_a_native_client_signs_its_user_out_with_its_access_token(browser: Browser, register: Register) -> None:
    rp = register(**PUBLIC)
    tokens = rp.tokens(browser, user="linus")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = call("POST", f"{rp.issuer}/logout", headers=headers)
    assert (answer.status, answer.json["signed_out"]) == (200, True)
    assert not signed_in(browser, rp)
    assert rp.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    again = call("POST", f"{rp.issuer}/logout", headers=headers)
    assert (again.status, again.json["error"], again.headers["WWW-Authenticate"]) == (
        401, "invalid_token", 'Bearer error="invalid_token"',
    )  # fmt: skip


def test_the_token_of_a_disabled_client_signs_nobody_out(
    browser: Browser, register: Register, change: Callable[..., None]
) -> None:
    rp, other = register(**PUBLIC), register()
    other.login(browser)
    headers = {"Authorization": f"Bearer {rp.tokens(browser)['access_token']}"}
    change(rp, enabled=False)
    assert call("POST", f"{rp.issuer}/logout", headers=headers).status == 401
    assert signed_in(browser, other)


def test_a_services_token_signs_nobody_out(register: Register) -> None:
    rp = register(grant_types=["client_credentials"], response_types=[], redirect_uris=[], scopes=["orders.read"])
    token = rp.token(grant_type="client_credentials").json["access_token"]
    assert call("POST", f"{rp.issuer}/logout", headers={"Authorization": f"Bearer {token}"}).status == 401


@pytest.mark.parametrize("by_token", [False, True])
def test_every_client_of_the_session_that_asked_is_told(by_token: bool, browser: Browser, register: Register) -> None:
    with listening() as heard:
        with_sid = register(backchannel_logout_uri=f"{heard.url}/sid", backchannel_logout_session_required=True)
        without = register(backchannel_logout_uri=f"{heard.url}/sub?a=b")
        silent, elsewhere = register(), register(backchannel_logout_uri=f"{heard.url}/not-of-this-session")
        tokens = with_sid.tokens(browser, user="grace")
        without.login(browser)
        silent.login(browser)
        elsewhere.login(Browser(browser.issuer), user="ada")
        if by_token:
            call("POST", f"{browser.issuer}/logout", headers={"Authorization": f"Bearer {tokens['access_token']}"})
        else:
            browser.open("/logout", id_token_hint=tokens["id_token"])
        calls = dict([heard.next(), heard.next()])
        assert sorted(calls) == ["/sid", "/sub?a=b"]
        assert heard.calls.empty()
    keys = KeySet.import_key_set(call("GET", f"{browser.issuer}/jwks.json").json)
    sid = jwt.decode(tokens["id_token"], keys).claims["sid"]
    for path, rp, session in (("/sid", with_sid, {"sid": sid}), ("/sub?a=b", without, {})):
        (token,) = calls[path].values()
        read = jwt.decode(token, keys, ["RS256"])
        claims, now = read.claims, time.time()
        assert read.header == {"alg": "RS256", "typ": "logout+jwt", "kid": keys.keys[0].kid}
        assert now - 5 < claims["iat"] <= now < claims["exp"] <= now + 120
        assert len(claims["jti"]) == 43
        assert claims == {
            "iss": rp.issuer, "aud": rp.client_id, "sub": "7d4c1f0a-0002", **session,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            "iat": claims["iat"], "exp": claims["exp"], "jti": claims["jti"],
        }  # fmt: skip


def test_a_call_goes_nowhere_but_to_this_machine_and_follows_nobody(
    browser: Browser, register: Register, log: list[str]
) -> None:
    with listening() as target, listening(302, f"{target.url}/redirected") as heard:
        port = heard.url.rpartition(":")[2]
        outside = register(backchannel_logout_uri=f"http://127.0.0.1.evil.example:{port}/x")
        moved = register(backchannel_logout_uri=f"{heard.url}/moved")
        dead = register(backchannel_logout_uri="http://127.0.0.1:9/x")
        tokens = outside.tokens(browser)
        moved.login(browser)
        dead.login(browser)
        browser.open("/logout", id_token_hint=tokens["id_token"])
        assert heard.next()[0] == "/moved"
        wanted = {
            f"back-channel logout: {outside.client_id} not told, its URI is not on a loopback host",
            f"back-channel logout: {moved.client_id} refused it (302)",
            f"back-channel logout: {dead.client_id} not told (ConnectionRefusedError)",
        }
        deadline = time.monotonic() + 5
        while not wanted <= set(log) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert {line for line in log if line in wanted} == wanted
        assert heard.calls.empty()
        assert target.calls.empty()


@pytest.mark.parametrize(
    "uri",
    ["http://127.0.0.1.evil.example/", "http://evil.example/", "http://10.0.0.5/", "http://0.0.0.0/", "http://127.1/",
     "http://2130706433/", "http://0x7f.0.0.1/", "http://[::]/", "http://user@127.0.0.1/", "http://127.0.0.1@evil.example/",
     "http://localhost.evil.example/", "http://localhost./", "http://169.254.169.254/", "ftp://127.0.0.1/", "file:///etc/passwd",
     "http://127.0.0.1:99999/", "http://[::1", "http:///x", "http://ⓛocalhost/", ""],
)  # fmt: skip
def test_what_is_not_plainly_this_machine_is_not_called(uri: str) -> None:
    assert loopback(uri) is None


def test_a_localhost_that_is_also_elsewhere_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loopback("http://localhost/x") is not None
    places = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("127.0.0.1", "203.0.113.5")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: places)
    assert loopback("http://localhost/x") is None


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("http://127.0.0.1:8081/a?b=c", ("http", ("127.0.0.1",), 8081, "127.0.0.1:8081", "/a?b=c")),
        ("https://127.8.9.1", ("https", ("127.8.9.1",), 443, "127.8.9.1", "/")),
        ("http://[::1]/x", ("http", ("::1",), 80, "[::1]", "/x")),
    ],
)
def test_this_machine_is_called(uri: str, place: tuple[str, tuple[str, ...], int, str, str]) -> None:
    found = loopback(uri)
    assert found is not None
    assert (found.scheme, found.addresses, found.port, found.host, found.path) == place
