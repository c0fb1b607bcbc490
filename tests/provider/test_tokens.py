"""Tokens after the login: lifetimes, refresh, revocation, services, and what the file keeps of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from provider.conftest import PUBLIC, Register
from provider.web import Browser, Rp, call

SERVICE = {"grant_types": ["client_credentials"], "response_types": [], "redirect_uris": [], "single_sign_on": False}


def sql(file: Path, statement: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        return db.execute(statement, values).fetchall()


def test_a_refresh_token_works_once_and_brings_the_next(browser: Browser, register: Register) -> None:
    rp = register(**PUBLIC)
    first = rp.tokens(browser, scope="openid email")
    second = rp.refresh(first["refresh_token"]).json
    third = rp.refresh(second["refresh_token"]).json
    assert [token["scope"] for token in (first, second, third)] == ["openid email"] * 3
    assert len({token["access_token"] for token in (first, second, third)}) == 3
    assert rp.userinfo(third["access_token"]).json["email"] == "ada@people.example"


def test_reuse_of_a_rotated_refresh_token_revokes_the_whole_family(browser: Browser, register: Register) -> None:
    rp = register()
    first = rp.tokens(browser)
    second = rp.refresh(first["refresh_token"]).json
    assert rp.refresh(first["refresh_token"]).json["error"] == "invalid_grant"
    assert rp.refresh(second["refresh_token"]).json["error"] == "invalid_grant"
    assert rp.userinfo(second["access_token"]).status == 401


@pytest.mark.parametrize("what", ["code", "refresh_token"])
def test_of_two_requests_at_once_at_most_one_wins_and_nothing_survives(
    what: str, browser: Browser, register: Register
) -> None:
    rp = register()
    code = rp.login(browser).params["code"]
    if what == "code":
        requests = [lambda: rp.exchange(code)] * 4
    else:
        token = rp.exchange(code).json["refresh_token"]
        requests = [lambda: rp.refresh(token)] * 4
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda request: request(), requests))
    won = [answer.json for answer in answers if answer.status == 200]
    assert len(won) <= 1
    assert [answer.json["error"] for answer in answers if answer.status != 200] == ["invalid_grant"] * (4 - len(won))
    assert [rp.userinfo(tokens["access_token"]).status for tokens in won] == [401] * len(won)


def test_a_refresh_may_ask_for_less_but_not_for_more(browser: Browser, register: Register) -> None:
    rp = register()
    tokens = rp.tokens(browser, scope="openid email")
    less = rp.refresh(tokens["refresh_token"], scope="email").json
    assert less["scope"] == "email"
    assert rp.refresh(less["refresh_token"], scope="openid profile").json["error"] == "invalid_scope"


def test_a_scope_that_the_client_lost_is_gone_at_the_next_refresh(
    browser: Browser, register: Register, change: Callable[..., None]
) -> None:
    rp = register()
    tokens = rp.tokens(browser, scope="openid email")
    change(rp, scopes=["openid"])
    assert rp.userinfo(tokens["access_token"]).json == {"sub": "7d4c1f0a-0001"}
    assert rp.refresh(tokens["refresh_token"]).json["scope"] == "openid"


def test_a_refresh_token_is_no_use_to_another_client(browser: Browser, register: Register) -> None:
    rp, thief = register(), register()
    tokens = rp.tokens(browser)
    assert thief.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert rp.refresh(tokens["refresh_token"]).status == 200


def test_no_refresh_token_without_its_grant(browser: Browser, register: Register) -> None:
    rp = register(grant_types=["authorization_code"])
    assert "refresh_token" not in rp.tokens(browser)
    assert rp.refresh("x").json["error"] == "unauthorized_client"


def test_lifetimes_are_the_clients_and_rotation_does_not_extend_them(
    browser: Browser, register: Register, store_file: Path
) -> None:
    rp = register(access_token_lifetime=120, refresh_token_lifetime=7200)
    first = rp.tokens(browser)
    family = "family = (SELECT family FROM login_family WHERE client_id = ?)"
    earlier = "created = created - 1000, expires = expires - 1000"  # the login was a while ago
    sql(store_file, f"UPDATE login_family SET {earlier} WHERE {family}", rp.client_id)
    sql(
        store_file, f"UPDATE login_token SET expires = expires - 1000 WHERE kind = 'refresh' AND {family}", rp.client_id
    )
    second = rp.refresh(first["refresh_token"]).json
    assert (first["expires_in"], second["expires_in"]) == (120, 120)
    rows = sql(
        store_file,
        f"SELECT t.kind, t.expires - f.created FROM login_token t JOIN login_family f USING (family) WHERE {family}",
        rp.client_id,
    )
    refresh = sorted(seconds for kind, seconds in rows if kind == "refresh")
    assert refresh == [7200, 7200]
    sql(store_file, f"UPDATE login_token SET expires = 1 WHERE {family}", rp.client_id)
    assert rp.userinfo(second["access_token"]).status == 401
    assert rp.refresh(second["refresh_token"]).json["error"] == "invalid_grant"


def test_a_code_lives_a_minute(browser: Browser, register: Register, store_file: Path) -> None:
    rp = register()
    code = rp.login(browser).params["code"]
    mine = "family = (SELECT family FROM login_family WHERE client_id = ?)"
    ((seconds,),) = sql(store_file, f"SELECT expires - auth_time FROM login_code WHERE {mine}", rp.client_id)
    assert 60 <= int(str(seconds)) <= 62
    sql(store_file, f"UPDATE login_code SET expires = 1 WHERE {mine}", rp.client_id)
    assert rp.exchange(code).json["error"] == "invalid_grant"


def test_the_file_keeps_no_code_token_or_cookie_and_is_its_owners_alone(
    browser: Browser, register: Register, store_file: Path
) -> None:
    rp = register()
    code = rp.login(browser).params["code"]
    tokens = rp.exchange(code).json
    sql(store_file, "PRAGMA wal_checkpoint(TRUNCATE)")
    content = store_file.read_bytes()
    kept = [code, tokens["access_token"], tokens["refresh_token"], tokens["id_token"], *browser.cookies.values()]
    assert [text for text in kept if text.encode() in content] == []
    assert store_file.stat().st_mode & 0o777 == 0o600


def test_a_service_gets_a_token_for_itself(register: Register) -> None:
    rp = register(**SERVICE, scopes=["openid", "orders.read", "orders.write"])
    everything = rp.token(grant_type="client_credentials").json
    assert {**everything, "access_token": ""} == {
        "token_type": "Bearer", "expires_in": 3600, "scope": "orders.read orders.write", "access_token": "",
    }  # fmt: skip
    assert rp.token(grant_type="client_credentials", scope="orders.read").json["scope"] == "orders.read"
    assert rp.userinfo(everything["access_token"]).status == 403


@pytest.mark.parametrize("scope", ["openid", "orders.read openid", "orders.delete", "offline_access", "<script>"])
def test_a_service_gets_no_scope_of_users_and_none_that_is_not_registered(scope: str, register: Register) -> None:
    rp = register(**SERVICE, scopes=["openid", "orders.read"])
    assert rp.token(grant_type="client_credentials", scope=scope).json["error"] == "invalid_scope"


def test_a_service_with_the_wrong_secret_or_another_grant_gets_nothing(register: Register) -> None:
    rp, web = register(**SERVICE), register()
    wrong = Rp(rp.issuer, rp.client_id, "", rp.auth, "wrong").token(grant_type="client_credentials")
    assert (wrong.status, wrong.json["error"]) == (401, "invalid_client")
    assert web.token(grant_type="client_credentials").json["error"] == "unauthorized_client"
    assert rp.token(grant_type="password", username="ada").json["error"] == "unsupported_grant_type"
    assert rp.token().json["error"] == "invalid_request"


def test_revoking_a_refresh_token_takes_its_family_along(browser: Browser, register: Register) -> None:
    rp = register()
    tokens = rp.tokens(browser)
    assert rp.post("/revoke", token=tokens["refresh_token"]).status == 200
    assert rp.userinfo(tokens["access_token"]).status == 401
    assert rp.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_revoking_an_access_token_leaves_the_refresh_token(browser: Browser, register: Register) -> None:
    rp = register()
    tokens = rp.tokens(browser)
    assert rp.post("/revoke", token=tokens["access_token"], token_type_hint="access_token").status == 200
    assert rp.userinfo(tokens["access_token"]).status == 401
    assert rp.refresh(tokens["refresh_token"]).status == 200


def test_revoking_needs_the_client_and_takes_unknown_tokens_as_done(browser: Browser, register: Register) -> None:
    rp, thief = register(), register()
    tokens = rp.tokens(browser)
    assert rp.post("/revoke", token="unknown").status == 200
    assert thief.post("/revoke", token=tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert call("POST", f"{rp.issuer}/revoke", {"token": tokens["refresh_token"]}).status == 401
    assert rp.refresh(tokens["refresh_token"]).status == 200


def test_userinfo_takes_the_token_in_the_header_or_the_form_and_asks_for_it_otherwise(
    browser: Browser, register: Register
) -> None:
    rp = register()
    token = rp.tokens(browser)["access_token"]
    url = f"{rp.issuer}/userinfo"
    assert call("POST", url, {"access_token": token}).json == {"sub": "7d4c1f0a-0001"}
    assert call("GET", f"{url}?access_token={token}").status == 401
    missing, wrong = call("GET", url), rp.userinfo("wrong")
    assert (missing.status, missing.headers["WWW-Authenticate"]) == (401, 'Bearer realm="clientreg"')
    assert (wrong.status, wrong.headers["WWW-Authenticate"]) == (
        401, 'Bearer realm="clientreg", error="invalid_token"',
    )  # fmt: skip


def test_secrets_do_not_travel_in_the_query(register: Register) -> None:
    rp = register(token_endpoint_auth_method="client_secret_post")
    query = f"grant_type=client_credentials&client_id={rp.client_id}&client_secret={rp.secret}"
    response = call("POST", f"{rp.issuer}/token?{query}", {})
    assert (response.status, response.json["error"]) == (400, "invalid_request")
    whole = {"grant_type": "client_credentials", "client_id": rp.client_id, "client_secret": rp.secret}
    response = call("POST", f"{rp.issuer}/token?scope=openid", whole)
    assert response.json["error_description"] == "Parameters belong in the body, each once"


def test_the_phone_scope_releases_the_phone_number(browser: Browser, register: Register) -> None:
    rp = register(scopes=["openid", "phone"])
    token = rp.tokens(browser, user="grace", scope="openid phone")["access_token"]
    assert rp.userinfo(token).json == {
        "sub": "7d4c1f0a-0002", "phone_number": "+47 22 00 00 02", "phone_number_verified": True,
    }  # fmt: skip
