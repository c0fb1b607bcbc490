"""What holds for every answer: Host, headers, limits, origins, errors, the log, discovery, the socket."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from clientreg.errors import CannotFinish, UsageError
from clientreg.servers.embedded.provider import USERS, Running, serve
from clientreg.servers.embedded.store import Store
from provider.conftest import Register, insert
from provider.web import Browser, call

ORIGIN = "https://spa.example"
SCRIPT = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost:{port}", "127.0.0.1", "127.0.0.1:1", "", "127.0.0.1:{port}.evil.example"]
)
def test_another_host_is_not_answered(host: str, running: Running) -> None:
    headers = {"Host": host.format(port=running.port)}
    answer = call("GET", f"{running.url}/.well-known/openid-configuration", headers=headers)
    assert (answer.status, answer.text) == (421, f"This server answers as {running.url} only.\n")


def test_every_page_is_hardened(browser: Browser, register: Register) -> None:
    rp = register()
    policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    leaving, staying = policy, policy + "; form-action 'self'"
    sign_in = rp.ask(browser)
    consent = browser.sign_in(sign_in)
    pages = {
        "sign-in": (sign_in, leaving), "consent": (consent, leaving), "account": (browser.open("/account"), staying),
        "home": (browser.open("/"), staying), "logout": (browser.open("/logout"), leaving),
        "error": (rp.ask(browser, client_id="nobody"), leaving), "404": (browser.open("/nowhere"), leaving),
        "discovery": (browser.open("/.well-known/openid-configuration"), leaving),
    }  # fmt: skip
    names = ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control")
    found = {page: tuple(answer.headers[name] for name in names) for page, (answer, _) in pages.items()}
    assert found == {
        page: (policy, "DENY", "nosniff", "no-referrer", "no-store") for page, (_, policy) in pages.items()
    }
    assert {answer.headers["Server"] for answer, _ in pages.values()} == {"clientreg"}


def test_nothing_from_outside_becomes_markup(browser: Browser, register: Register) -> None:
    rp = register(
        client_name=SCRIPT, organization=SCRIPT, scopes=["openid", SCRIPT], redirect_uris=["urn:ietf:wg:oauth:2.0:oob"],
        policy_uri="javascript:alert(1)", tos_uri='https://x.example/"><script>', localized={"client_name#nb": SCRIPT},
    )  # fmt: skip
    sign_in = rp.ask(browser, scope=f"openid {SCRIPT}", state=SCRIPT, login_hint=SCRIPT)
    consent = browser.sign_in(sign_in)
    oob = browser.allow(consent)
    seen = [
        sign_in, consent, oob, browser.open("/account"), browser.open("/logout", client_id=rp.client_id, state=SCRIPT),
        rp.ask(browser, redirect_uri=f"https://x.example/{SCRIPT}"), rp.ask(browser, client_id=SCRIPT),
        rp.ask(browser, scope=SCRIPT + "x"), browser.open(f"/{SCRIPT}"),
    ]  # fmt: skip
    assert [answer.page.tags.count("script") for answer in seen] == [0] * len(seen)
    assert SCRIPT in consent.page.heading
    assert [link["href"] for link in consent.page.links if (link["href"] or "").startswith("http")] == [
        'https://x.example/"><script>'
    ]


@pytest.mark.parametrize("path", ["/token", "/revoke", "/userinfo", "/sign-in", "/authorize"])
def test_a_large_body_is_refused(path: str, issuer: str) -> None:
    answer = call("POST", issuer + path, "a=" + "x" * 70_000)
    assert answer.status == 413


def test_what_is_not_here_is_said_in_a_page_or_json(browser: Browser) -> None:
    nowhere, wrong = browser.open("/nowhere"), browser.post("/account")
    assert (nowhere.status, nowhere.page.heading) == (404, "Nothing is here")
    assert (wrong.status, wrong.page.heading, wrong.headers["Allow"]) == (405, "Not this way", "GET, HEAD")
    token = browser.open("/token")
    assert (token.status, token.json, token.headers["Allow"]) == (405, {"error": "invalid_request"}, "POST")


def test_a_failure_shows_no_traceback_and_logs_no_value(tmp_path: Path) -> None:
    lines: list[str] = []
    file = tmp_path / "store.db"
    with serve(file, log=lines.append) as running:
        file.write_bytes(b"not a database" * 100)
        (tmp_path / "store.db-wal").unlink(missing_ok=True)
        answer = call("GET", f"{running.url}/authorize?client_id=secret-value")
    assert (answer.status, answer.page.heading) == (500, "Something broke")
    assert "Traceback" not in answer.text
    assert [line for line in lines if "secret-value" in line] == []
    assert lines[0].startswith(f"error: {file}: is damaged, or no SQLite file")


def test_the_log_has_no_code_token_or_parameter(browser: Browser, register: Register, log: list[str]) -> None:
    rp = register()
    start = len(log)
    code = rp.login(browser, state="state-value").params["code"]
    tokens = rp.exchange(code).json
    browser.open("/logout", id_token_hint=tokens["id_token"])
    browser.open("/nowhere/secret-path")
    written = "\n".join(log[start:])
    values = [code, tokens["access_token"], tokens["refresh_token"], tokens["id_token"], "state-value", "secret-path"]
    assert [value for value in values if value in written] == []
    assert log[start] == "GET /authorize 303"


@pytest.mark.parametrize("path", ["/token", "/revoke"])
def test_a_page_of_another_origin_may_not_call_for_a_client(path: str, browser: Browser, register: Register) -> None:
    rp = register(token_endpoint_auth_method="none", allowed_cors_origins=[ORIGIN])
    code = rp.login(browser).params["code"]
    fields = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": rp.redirect_uri, "code_verifier": "v" * 43,
        "client_id": rp.client_id, "token": "x",
    }  # fmt: skip
    for origin in ("https://evil.example", "null", f"{ORIGIN}.evil.example", "https://SPA.example"):
        refused = call("POST", rp.issuer + path, fields, {"Origin": origin})
        assert (refused.status, refused.headers["Access-Control-Allow-Origin"]) == (403, None)
    good = call("POST", rp.issuer + path, fields, {"Origin": ORIGIN})
    assert (good.status, good.headers["Access-Control-Allow-Origin"], good.headers["Vary"]) == (200, ORIGIN, "Origin")
    assert good.headers["Access-Control-Allow-Credentials"] is None


def test_userinfo_is_read_only_from_the_clients_own_origins(browser: Browser, register: Register) -> None:
    rp = register(allowed_cors_origins=[ORIGIN])
    token = rp.tokens(browser)["access_token"]
    url, headers = f"{rp.issuer}/userinfo", {"Authorization": f"Bearer {token}"}
    good = call("GET", url, headers={**headers, "Origin": ORIGIN})
    bad = call("GET", url, headers={**headers, "Origin": "https://evil.example"})
    assert (good.status, good.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    assert (bad.status, bad.headers["Access-Control-Allow-Origin"]) == (403, None)


def test_a_preflight_is_answered_for_registered_origins_only(register: Register) -> None:
    rp = register(allowed_cors_origins=["https://preflight.example"])

    def ask(path: str, origin: str) -> tuple[int, str | None, str | None]:
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = call("OPTIONS", rp.issuer + path, headers=headers)
        return (
            answer.status,
            answer.headers["Access-Control-Allow-Origin"],
            answer.headers["Access-Control-Allow-Headers"],
        )

    assert ask("/token", "https://preflight.example") == (
        204, "https://preflight.example", "Authorization, Content-Type",
    )  # fmt: skip
    assert ask("/token", "https://evil.example") == (204, None, None)
    assert ask("/jwks.json", "https://evil.example") == (204, "*", "Authorization, Content-Type")
    assert ask("/authorize", "https://preflight.example")[0] == 405


def test_discovery_says_what_is_there(browser: Browser) -> None:
    answer = browser.open("/.well-known/openid-configuration")
    found = answer.json
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert browser.open("/.well-known/oauth-authorization-server").json == found
    assert found["issuer"] == browser.issuer
    assert found["scopes_supported"] == ["openid", "profile", "email", "phone", "offline_access"]
    listed = {name: found[name] for name in found if name.endswith("_supported") and isinstance(found[name], list)}
    del listed["scopes_supported"], listed["claims_supported"]
    assert listed == {
        "response_types_supported": ["code"], "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
        "acr_values_supported": ["2"], "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
    }  # fmt: skip
    endpoints = [name for name in found if name.endswith(("_endpoint", "_uri"))]
    statuses = {name: call("GET", found[name]).status for name in endpoints}
    assert statuses == {
        "authorization_endpoint": 400, "token_endpoint": 405, "userinfo_endpoint": 401, "revocation_endpoint": 405,
        "end_session_endpoint": 200, "jwks_uri": 200,
    }  # fmt: skip


def test_the_key_outlives_the_server(tmp_path: Path) -> None:
    keys = []
    for _ in range(2):
        with serve(tmp_path / "store.db") as running:
            keys.append(call("GET", f"{running.url}/jwks.json").json)
    assert keys[0] == keys[1]
    assert [set(key) & {"d", "p", "q", "dp", "dq", "qi"} for key in keys[0]["keys"]] == [set()]


def test_a_login_outlives_the_server(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with serve(file, port=port) as running:
        rp = insert(file, running.url)
        browser = Browser(running.url)
        tokens = rp.tokens(browser)
    with serve(file, port=port):
        assert "code" in rp.ask(browser, prompt="none").params
        assert rp.refresh(tokens["refresh_token"]).status == 200


def test_a_taken_port_is_said_with_what_to_do(tmp_path: Path, running: Running) -> None:
    with pytest.raises(CannotFinish) as refused:
        serve(tmp_path / "store.db", port=running.port)
    assert refused.value.message == f"cannot listen on 127.0.0.1:{running.port} (Address already in use)"
    assert refused.value.hint == "end the program that has this port, or choose another (0: any free one)"


@pytest.mark.parametrize(
    "where",
    [{"host": "0.0.0.0"}, {"host": "10.0.0.1"}, {"host": "example.com"}, {"issuer": "http://login.example.com:8080"},
     {"issuer": "https://localhost:8080"}, {"issuer": "http://localhost:8080/path"},
     {"issuer": "http://localhost:1", "port": 2}, {"issuer": "http://127.0.0.1.evil.example:8080"}],
)  # fmt: skip
def test_only_this_machines_own_address_is_served(where: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        serve(tmp_path / "store.db", **where)  # type: ignore[arg-type]


def test_an_issuer_brings_host_and_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with serve(tmp_path / "store.db", issuer=f"http://localhost:{port}/") as running:
        assert (running.url, running.port) == (f"http://localhost:{port}", port)
        assert call("GET", f"{running.url}/.well-known/openid-configuration").json["issuer"] == running.url


def test_a_closed_server_is_gone_and_may_be_closed_again(tmp_path: Path) -> None:
    running = serve(tmp_path / "store.db")
    running.close()
    running.close()
    with pytest.raises(ConnectionRefusedError):
        call("GET", running.url)


def test_the_store_is_made_where_it_does_not_exist_and_stays_usable(tmp_path: Path) -> None:
    file = tmp_path / "new" / "store.db"
    with serve(file), Store(file) as store:
        assert store.clients() == []


def test_half_a_request_holds_up_nobody(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.port)) as half:
        half.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert call("GET", running.url).status == 200


def test_importing_the_package_loads_no_web_framework_and_no_environment_is_changed() -> None:
    code = (
        "import os, sys; before = dict(os.environ); import clientreg.servers.embedded.provider as p;"
        "heavy = {'flask', 'authlib', 'joserfc', 'werkzeug', 'sqlite3'} & set(sys.modules);"
        "print(sorted(heavy), before == dict(os.environ))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[] True\n"
    assert "AUTHLIB_INSECURE_TRANSPORT" not in os.environ


def test_demo_users_have_names_of_their_own() -> None:
    assert [(user.name, user.display) for user in USERS] == [("ada", "Ada"), ("grace", "Grace"), ("linus", "Linus")]
    assert len({user.sub for user in USERS}) == len(USERS)


def test_head_is_answered_without_a_body(running: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=5)
    try:
        connection.request("HEAD", "/")
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"")
    finally:
        connection.close()
