"""The code flow: what a careful client checks, and what must be refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from clientreg.servers.embedded.store import Store
from provider.conftest import PUBLIC, Register
from provider.web import CHALLENGE, VERIFIER, Browser, Rp, call

ADA = "7d4c1f0a-0001"


def verified(rp: Rp, id_token: str) -> jwt.Token:
    keys = KeySet.import_key_set(call("GET", f"{rp.issuer}/jwks.json").json)
    return jwt.decode(id_token, keys, ["RS256"])


def test_a_confidential_web_client_logs_a_user_in(browser: Browser, register: Register) -> None:
    rp = register()
    answer = rp.login(browser, scope="openid profile email")
    assert answer.status == 303
    code = answer.params["code"]
    assert answer.location is not None
    assert answer.location.startswith("https://shop.example/cb?")
    assert answer.params == {"code": code, "state": "st-1", "iss": rp.issuer}
    response = rp.exchange(code)
    assert (response.status, response.headers["Cache-Control"]) == (200, "no-store")
    tokens = response.json
    assert {**tokens, "access_token": "", "refresh_token": "", "id_token": ""} == {
        "token_type": "Bearer", "expires_in": 3600, "scope": "openid profile email",
        "access_token": "", "refresh_token": "", "id_token": "",
    }  # fmt: skip
    assert rp.userinfo(tokens["access_token"]).json == {
        "sub": ADA, "name": "Ada", "locale": "nb-NO", "email": "ada@people.example", "email_verified": True,
    }  # fmt: skip


def test_the_id_token_says_who_when_and_for_whom(browser: Browser, register: Register) -> None:
    rp = register()
    tokens = rp.tokens(browser)
    token = verified(rp, tokens["id_token"])
    (key,) = call("GET", f"{rp.issuer}/jwks.json").json["keys"]
    claims, now = token.claims, time.time()
    assert token.header == {"alg": "RS256", "kid": key["kid"], "typ": "JWT"}
    assert set(key) == {"kty", "n", "e", "use", "alg", "kid"}
    assert now - 5 < claims["auth_time"] <= claims["iat"] <= now < claims["exp"] <= now + 3600
    times = {name: claims[name] for name in ("auth_time", "iat", "exp", "sid", "at_hash")}
    assert claims == {
        "iss": rp.issuer, "sub": ADA, "aud": rp.client_id, "nonce": "n-1", "amr": ["pwd"], "acr": "2", **times,
    }  # fmt: skip


@pytest.mark.parametrize("auth", ["client_secret_basic", "client_secret_post", "none"])
def test_each_way_to_authenticate_works_where_it_is_registered(auth: str, browser: Browser, register: Register) -> None:
    rp = register(token_endpoint_auth_method=auth)
    assert "id_token" in rp.tokens(browser)


@pytest.mark.parametrize(
    ("registered", "used"),
    [("client_secret_basic", "client_secret_post"), ("client_secret_post", "client_secret_basic"),
     ("client_secret_basic", "none"), ("none", "client_secret_basic")],
)  # fmt: skip
def test_another_way_to_authenticate_is_refused(
    registered: str, used: str, browser: Browser, register: Register
) -> None:
    rp = register(token_endpoint_auth_method=registered)
    code = rp.login(browser).params["code"]
    other = Rp(rp.issuer, rp.client_id, rp.redirect_uri, used, "s3cret-of-the-client")
    response = other.exchange(code)
    assert (response.status, response.json["error"]) == (401, "invalid_client")
    assert response.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert rp.exchange(code).status == 200


@pytest.mark.parametrize(
    "header", ["Basic !!!", "Basic /w==", "Basic bm9jb2xvbg==", "Bearer x", "Basic", "Negotiate abc"]
)
def test_malformed_credentials_are_refused_not_answered_with_a_failure(header: str, issuer: str) -> None:
    fields = {"grant_type": "authorization_code", "code": "x"}
    response = call("POST", f"{issuer}/token", fields, {"Authorization": header})
    assert (response.status, response.json["error"]) == (401, "invalid_client")


def test_two_ways_to_authenticate_at_once_are_refused(register: Register) -> None:
    rp = register()
    response = rp.token(grant_type="authorization_code", code="x", client_secret="also-here")
    assert (response.status, response.json["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("pkce", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("kind", [{}, PUBLIC], ids=["confidential", "public"])
def test_a_request_without_s256_is_refused(
    kind: dict[str, str], pkce: dict[str, str | None], error: str, browser: Browser, register: Register
) -> None:
    rp = register(**kind)
    assert rp.ask(browser, **pkce).params["error"] == error


def test_a_client_that_is_excused_may_leave_pkce_out_but_not_weaken_it(browser: Browser, register: Register) -> None:
    rp = register(require_pkce=False)
    assert rp.ask(browser, code_challenge_method="plain").params["error"] == "invalid_request"
    code = rp.login(browser, code_challenge=None, code_challenge_method=None).params["code"]
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": rp.redirect_uri}
    assert rp.token(**fields, code_verifier=VERIFIER).json["error"] == "invalid_request"
    assert rp.token(**fields).status == 200


def test_the_wrong_verifier_gets_nothing(browser: Browser, register: Register) -> None:
    rp = register()
    code = rp.login(browser).params["code"]
    assert rp.exchange(code, code_verifier="w" * 43).json["error"] == "invalid_grant"
    assert rp.exchange(code, code_verifier=CHALLENGE).json["error"] == "invalid_grant"
    assert rp.exchange(code, code_verifier="").json["error"] == "invalid_request"


def test_a_code_works_once_and_its_second_use_revokes_what_came_of_the_first(
    browser: Browser, register: Register
) -> None:
    rp = register()
    code = rp.login(browser).params["code"]
    tokens = rp.exchange(code).json
    assert rp.userinfo(tokens["access_token"]).status == 200
    assert rp.exchange(code).json["error"] == "invalid_grant"
    assert rp.userinfo(tokens["access_token"]).status == 401
    assert rp.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_a_code_is_for_the_client_and_redirect_uri_it_was_issued_to(browser: Browser, register: Register) -> None:
    rp = register(redirect_uris=["https://shop.example/cb", "https://shop.example/other"])
    thief = register()
    code = rp.login(browser).params["code"]
    assert thief.exchange(code).json["error"] == "invalid_grant"
    assert rp.exchange(code, redirect_uri="https://shop.example/other").json["error"] == "invalid_grant"
    assert rp.exchange(code).status == 200


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ("https://shop.example/cb", "https://shop.example/cb/"),
        ("https://shop.example/cb", "https://shop.example:8443/cb"),
        ("https://shop.example/cb", "https://SHOP.example/cb"),
        ("https://shop.example/cb", "https://shop.example/cb?x=1"),
        ("https://shop.example/cb", "https://shop.example/cb#frag"),
        ("https://shop.example/cb", "https://shop.example.evil.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80@evil.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1234@evil.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:99999999/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1234/cb/../x"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1234/other"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1234/cb?x=1"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1234"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1234/cb#frag"),
        ("http://127.0.0.1/cb", "http://localhost:1234/cb"),
        ("http://127.0.0.1/cb", "http://[::1]:1234/cb"),
        ("http://127.0.0.1/cb", "https://127.0.0.1:1234/cb"),
        ("http://localhost/cb", "http://localhost.evil.example/cb"),
        ("https://localhost:8443/cb", "https://localhost:9443/cb"),
        ("com.example.tv:/cb", "com.example.tv://cb"),
        ("https://shop.example/cb", "javascript:alert(1)"),
        ("https://shop.example/cb", "https://shop.example/å\"'<b>"),
    ],
)
@pytest.mark.parametrize("application_type", ["web", "native"])
def test_a_redirect_uri_that_is_not_registered_is_never_redirected_to(
    registered: str, asked: str, application_type: str, browser: Browser, register: Register
) -> None:
    rp = register(redirect_uris=[registered], application_type=application_type)
    answer = rp.ask(browser, redirect_uri=asked)
    assert (answer.status, answer.location) == (400, None)
    assert answer.page.heading == "This redirect URI is not registered"
    assert asked in answer.page.words


@pytest.mark.parametrize(
    ("registered", "asked"),
    [
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"),
        ("http://127.0.0.1:8081/cb", "http://127.0.0.1/cb"),
        ("http://[::1]/cb?a=b", "http://[::1]:51004/cb?a=b"),
        ("http://localhost:8081/connect/oauth2callback", "http://localhost:3000/connect/oauth2callback"),
        ("http://127.0.0.1", "http://127.0.0.1:3000"),
        ("com.example.tv:/oauth2callback", "com.example.tv:/oauth2callback"),
        ("My-App://Connect/oauth2callback", "My-App://Connect/oauth2callback"),
        ("https://shop.example/cb?a=b%20c", "https://shop.example/cb?a=b%20c"),
    ],
)
def test_the_answer_goes_to_exactly_the_registered_text_or_another_loopback_port(
    registered: str, asked: str, browser: Browser, register: Register
) -> None:
    rp = register(**PUBLIC, redirect_uris=[registered])
    answer = rp.login(browser, redirect_uri=asked)
    assert answer.location is not None
    assert answer.location.startswith(asked + ("&code=" if "?" in asked else "?code="))
    assert rp.exchange(answer.params["code"], redirect_uri=asked).status == 200


def test_only_a_native_client_chooses_its_port(browser: Browser, register: Register) -> None:
    web = register(redirect_uris=["http://localhost:8081/cb"])
    assert web.ask(browser, redirect_uri="http://localhost:3000/cb").page.heading == (
        "This redirect URI is not registered"
    )
    assert web.login(browser, redirect_uri="http://localhost:8081/cb").params["state"] == "st-1"


def test_a_client_made_again_under_its_id_inherits_nothing(
    browser: Browser, register: Register, store_file: Path
) -> None:
    rp = register()
    tokens = rp.tokens(browser)
    with Store(store_file) as store:
        known = store.client(rp.client_id)
        assert known is not None
        store.delete(rp.client_id, expected=known.revision)
        store.insert(rp.client_id, known.payload, mark=None, secret_hash=known.secret_hash)
    assert rp.userinfo(tokens["access_token"]).status == 401
    assert rp.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    answer = rp.ask(browser)
    assert [form.action for form in answer.page.forms][-1] in {"/consent", "/sign-in"}
    if answer.page.forms[-1].action == "/sign-in":
        answer = browser.sign_in(answer)
    assert answer.page.form("/consent").offers == ["decision", "decision"]


def test_an_only_redirect_uri_need_not_be_said_but_one_of_two_must(browser: Browser, register: Register) -> None:
    one, two = register(), register(redirect_uris=["https://shop.example/a", "https://shop.example/b"])
    assert one.login(browser, redirect_uri=None).params["state"] == "st-1"
    assert two.ask(browser, redirect_uri=None).page.heading == "redirect_uri is missing"


def test_an_unknown_client_gets_a_page(browser: Browser, register: Register) -> None:
    rp = register()
    for client_id in ("nobody", None, "<script>alert(1)</script>", "ada\x00"):
        answer = rp.ask(browser, client_id=client_id)
        assert (answer.status, answer.location) == (400, None)
        assert answer.page.heading == "We do not know this application"
        assert "script" not in answer.page.tags


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"scope": "openid phone"}, "invalid_scope"),
        ({"scope": "openid <script>"}, "invalid_scope"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": 'x"é'}, "unsupported_response_type"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "dance"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"request": "e30."}, "request_not_supported"),
        ({"request_uri": "https://evil.example/r"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"id_token_hint": "e30.e30.e30"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_what_cannot_be_granted_is_said_to_the_client_with_state_and_issuer(
    changed: dict[str, str | None], error: str, browser: Browser, register: Register
) -> None:
    rp = register()
    params = rp.ask(browser, **changed).params
    params.pop("error_description", None)
    assert params == {"error": error, "state": "st-1", "iss": rp.issuer}


def test_a_client_without_the_code_grant_is_told_so(browser: Browser, register: Register) -> None:
    rp = register(grant_types=["client_credentials"], response_types=[])
    assert rp.ask(browser).params["error"] == "unauthorized_client"


def test_a_parameter_sent_twice_ends_on_a_page(issuer: str, register: Register) -> None:
    rp = register()
    query = "&".join(f"{name}={value}" for name, value in rp.request().items())
    answer = call("GET", f"{issuer}/authorize?{query}&redirect_uri=https://evil.example/")
    assert (answer.status, answer.page.heading) == (400, "This request is ambiguous")


def test_a_request_may_come_as_a_form(browser: Browser, register: Register) -> None:
    rp = register()
    answer = browser.post("/authorize", **rp.request())
    assert answer.page.heading == "Sign in to Shop"


def test_without_a_scope_every_registered_one_is_meant(browser: Browser, register: Register) -> None:
    rp = register(scopes=["openid", "email"])
    assert rp.tokens(browser, scope=None)["scope"] == "email openid"


def test_without_openid_there_is_neither_id_token_nor_userinfo(browser: Browser, register: Register) -> None:
    rp = register()
    tokens = rp.tokens(browser, scope="profile")
    assert "id_token" not in tokens
    response = rp.userinfo(tokens["access_token"])
    assert (response.status, response.json) == (403, {"error": "insufficient_scope"})


def test_state_comes_back_as_it_was_sent(browser: Browser, register: Register) -> None:
    rp = register()
    state = "a&b=<script>\"'é%20 +"
    assert rp.login(browser, state=state).params["state"] == state
    assert "state" not in rp.login(browser, state=None).params


def test_a_disabled_client_is_refused_everywhere_also_its_tokens(
    browser: Browser, register: Register, change: Callable[..., None]
) -> None:
    rp = register()
    tokens = rp.tokens(browser)
    code = rp.login(browser).params["code"]
    change(rp, enabled=False)
    assert rp.ask(browser).page.heading == "We do not know this application"
    assert rp.exchange(code).json["error"] == "invalid_client"
    assert rp.refresh(tokens["refresh_token"]).json["error"] == "invalid_client"
    assert rp.userinfo(tokens["access_token"]).status == 401
    change(rp, enabled=True)
    assert rp.userinfo(tokens["access_token"]).status == 200


def test_a_change_between_sign_in_and_consent_counts(
    browser: Browser, register: Register, change: Callable[..., None]
) -> None:
    rp = register()
    consent = browser.sign_in(rp.ask(browser, scope="openid email"))
    change(rp, scopes=["openid"])
    assert browser.allow(consent).params["error"] == "invalid_scope"


@pytest.mark.parametrize("uri", ["urn:ietf:wg:oauth:2.0:oob", "urn:ietf:wg:oauth:2.0:oob:auto"])
def test_an_out_of_band_answer_is_the_title_of_a_page(uri: str, browser: Browser, register: Register) -> None:
    rp = register(**PUBLIC, redirect_uris=[uri])
    answer = rp.login(browser, state="a&b <i>")
    word, _, rest = answer.page.title.partition(" ")
    code, state = (value for _, value in parse_qsl(rest))
    assert (answer.status, word, state) == (200, "Success", "a&b <i>")
    assert answer.page.title == f"Success code={code}&state=a%26b+%3Ci%3E"
    in_body = uri == "urn:ietf:wg:oauth:2.0:oob"
    assert (code in answer.page.words, "a&b <i>" in answer.page.words) == (in_body, in_body)
    assert ("copy" in answer.page.words) == in_body
    assert rp.exchange(code).status == 200


@pytest.mark.parametrize("uri", ["urn:ietf:wg:oauth:2.0:oob", "urn:ietf:wg:oauth:2.0:oob:auto"])
def test_an_out_of_band_refusal_is_the_title_of_a_page(uri: str, browser: Browser, register: Register) -> None:
    rp = register(**PUBLIC, redirect_uris=[uri])
    answer = rp.ask(browser, scope="nosuch")
    assert answer.page.title == "Denied error=invalid_scope&state=st-1"
