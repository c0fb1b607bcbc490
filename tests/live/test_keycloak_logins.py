"""What was applied works: clients of a real Keycloak sign users in through its pages, and out again."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from clientreg.planning import render
from clientreg.planning.plan import Action, Change, Risk
from clientreg.planning.state import Credential, Mark
from clientreg.secret import Secret
from clientreg.servers import Write
from clientreg.servers.keycloak.capabilities import CAPABILITIES
from managed import realm_of, server
from memory import APP, WEB, registration
from servers.keycloak import EC_KEYS, Keycloak

USER, PASSWORD = "kari", "a-password-of-hers"
CALLBACK, BYE = "https://shop.acme.example/cb", "https://shop.acme.example/bye"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
SERVICE = {
    **{name: value for name, value in WEB.items() if name != "redirect_uris"},
    "platform": "service",
    "scopes": ["report.read"],
}


def _keys() -> dict[str, Any]:
    """A key for each algorithm: ID tokens are signed with RS256 unless a file says otherwise."""
    providers = [
        *EC_KEYS["components"]["org.keycloak.keys.KeyProvider"],
        {"name": "rsa", "providerId": "rsa-generated", "config": {"priority": ["100"], "keySize": ["2048"]}},
        *(
            {"name": curve, "providerId": "ecdsa-generated", "config": {"ecdsaEllipticCurveKey": [curve]}}
            for curve in ("P-384", "P-521")
        ),
        {"name": "eddsa", "providerId": "eddsa-generated", "config": {"eddsaEllipticCurveKey": ["Ed25519"]}},
    ]
    return {"components": {"org.keycloak.keys.KeyProvider": providers}, "defaultSignatureAlgorithm": "RS256"}


@dataclass
class Realm:
    """A realm with one user; clients are registered by our server module."""

    keycloak: Keycloak
    name: str
    found: Mapping[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def register(self, name: str, base: Mapping[str, Any], **fields: Any) -> str:
        """A new client, as an apply makes it; its client id."""
        one = registration(name, base, **fields)
        managed = server(self.keycloak, self.name)
        told = managed.settle(render.payload(one, render.template_of("keycloak")))
        credential = Credential("id", 1, Secret.generate()) if one.needs_secret else None
        mark = Mark("connect", "test", f"clients/acme/{name}.yaml", "c0ffee", credential and credential.mark)
        change = Change(Action.CREATE, one.client_id, mark.source, Risk.PLAIN, (), told, mark, None)
        (outcome,) = managed.apply([Write(change, credential)])
        assert outcome.error is None
        if credential is not None:
            self.secrets[one.client_id] = credential.secret.reveal()
        return one.client_id

    def token(self, client_id: str, *, method: str = "basic", **form: str) -> httpx.Response:
        """What the token endpoint answers the client."""
        secret = self.secrets.get(client_id)
        if secret is None:
            return httpx.post(self.found["token_endpoint"], data={"client_id": client_id, **form}, timeout=30)
        if method == "post":
            body = {"client_id": client_id, "client_secret": secret, **form}
            return httpx.post(self.found["token_endpoint"], data=body, timeout=30)
        return httpx.post(self.found["token_endpoint"], data=form, auth=(client_id, secret), timeout=30)


@pytest.fixture(scope="module")
def realm(keycloak: Keycloak) -> Iterator[Realm]:
    name = f"logins-{uuid4().hex[:12]}"
    keycloak.make_realm(name, **{**realm_of(name), **_keys()})
    keycloak.admin("POST", f"/{name}/client-scopes", {"name": "report.read", "protocol": "openid-connect"})
    person = {"email": "kari@acme.example", "emailVerified": True, "firstName": "Kari", "lastName": "Nordmann"}
    password = {"type": "password", "value": PASSWORD, "temporary": False}
    keycloak.admin("POST", f"/{name}/users", {"username": USER, "enabled": True, **person, "credentials": [password]})
    yield Realm(keycloak, name, server(keycloak, name).endpoints())
    keycloak.remove_realm(name)


class Browser:
    """Keeps cookies as browsers do on loopback, fills in forms, follows nothing to another host."""

    def __init__(self) -> None:
        self.client = httpx.Client(timeout=30, event_hooks={"response": [self._kept]})

    def _kept(self, _: httpx.Response) -> None:
        for cookie in self.client.cookies.jar:
            cookie.secure = False

    def open(self, url: str, **params: str) -> httpx.Response:
        return self._followed(self.client.get(url, params=params or None))

    def submit(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """The page's first form, with its hidden fields."""
        action = re.search(r'<form[^>]*action="([^"]+)"', page.text)
        assert action, page.text
        hidden = re.findall(r'<input type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text)
        url = str(page.url.join(html.unescape(action[1])))
        return self._followed(self.client.post(url, data={**dict(hidden), **fields}))

    def sign_in(self, page: httpx.Response) -> httpx.Response:
        return self.submit(page, username=USER, password=PASSWORD, credentialId="")

    def _followed(self, answer: httpx.Response) -> httpx.Response:
        while answer.is_redirect:
            target = answer.url.join(answer.headers["Location"])
            if target.netloc != answer.url.netloc:
                break
            answer = self.client.get(target)
        return answer


@pytest.fixture
def browser() -> Iterator[Browser]:
    made = Browser()
    yield made
    made.client.close()


@dataclass(frozen=True)
class Request:
    """An authorization request with PKCE, as libraries send it."""

    client_id: str
    redirect_uri: str = CALLBACK
    scope: str = "openid"
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def params(self, **more: str) -> dict[str, str]:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        return {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": "s",
            "nonce": "n",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **more,
        }

    def redeem(self, code: str) -> dict[str, str]:
        words = {"grant_type": "authorization_code", "redirect_uri": self.redirect_uri}
        return {**words, "code": code, "code_verifier": self.verifier}


def answered(answer: httpx.Response, uri: str) -> dict[str, str]:
    """The parameters with which the browser is sent back to the client."""
    location = answer.headers.get("Location", "")
    assert location.startswith(uri), (answer.status_code, location, answer.text[:2000])
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def code_for(realm: Realm, browser: Browser, request: Request) -> str:
    """A login with consent, up to the code."""
    page = browser.sign_in(browser.open(realm.found["authorization_endpoint"], **request.params()))
    return answered(browser.submit(page, accept="Yes"), request.redirect_uri)["code"]


def claims(token: str) -> dict[str, Any]:
    """What stands in a token."""
    head = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))


def assertion(realm: Realm, client_id: str, key: Any, **header: str) -> dict[str, str]:
    """What a client sends in place of its secret."""
    now = int(time.time())
    stated = {"iss": client_id, "sub": client_id, "aud": realm.found["issuer"], "jti": uuid4().hex, "exp": now + 60}
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return {"client_assertion_type": kind, "client_assertion": jwt.encode(dict(header), stated, key)}


def test_a_web_client_signs_a_user_in_with_consent_and_pkce(realm: Realm, browser: Browser) -> None:
    shop = realm.register("web", WEB, scopes=["openid", "email"])
    request = Request(shop, scope="openid email")
    page = browser.sign_in(browser.open(realm.found["authorization_endpoint"], **request.params()))
    assert ("Acme Shop" in page.text, "Email address" in page.text) == (True, True)
    code = answered(browser.submit(page, accept="Yes"), CALLBACK)["code"]
    tokens = realm.token(shop, **request.redeem(code)).json()
    stated = claims(tokens["id_token"])
    assert (stated["iss"], stated["aud"], stated["nonce"]) == (realm.found["issuer"], shop, "n")
    assert (stated["email"], "sub" in stated, "auth_time" in stated) == ("kari@acme.example", True, True)
    assert "resource_access" not in claims(tokens["access_token"])
    again = realm.token(shop, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert again.status_code == 200


def test_who_leaves_pkce_out_or_authenticates_otherwise_is_refused(realm: Realm, browser: Browser) -> None:
    shop = realm.register("strict", WEB)
    params = Request(shop).params()
    bare = {name: text for name, text in params.items() if not name.startswith("code_challenge")}
    sent = answered(browser.open(realm.found["authorization_endpoint"], **bare), CALLBACK)
    assert sent["error"] == "invalid_request"
    request = Request(shop)
    code = code_for(realm, browser, request)
    assert realm.token(shop, method="post", **request.redeem(code)).status_code == 401
    elsewhere = browser.open(realm.found["authorization_endpoint"], **{**params, "redirect_uri": CALLBACK + "/x"})
    assert elsewhere.status_code == 400


def test_scopes_that_are_not_in_the_file_are_refused(realm: Realm, browser: Browser) -> None:
    shop = realm.register("narrow", WEB, scopes=["openid"])
    request = Request(shop, scope="openid email")
    sent = answered(browser.open(realm.found["authorization_endpoint"], **request.params()), CALLBACK)
    assert sent["error"] == "invalid_scope"


@pytest.mark.parametrize("algorithm", CAPABILITIES.fields["id_token_signed_response_alg"].only)
def test_id_tokens_are_signed_as_the_file_says_with_a_key_that_the_realm_had_or_made(
    realm: Realm, browser: Browser, algorithm: str
) -> None:
    shop = realm.register(f"signed-{algorithm.lower()}", WEB, id_token_signed_response_alg=algorithm)
    request = Request(shop)
    tokens = realm.token(shop, **request.redeem(code_for(realm, browser, request))).json()
    assert json.loads(base64.urlsafe_b64decode(tokens["id_token"].split(".")[0] + "=="))["alg"] == algorithm


def test_one_sign_in_serves_two_clients(realm: Realm, browser: Browser) -> None:
    code_for(realm, browser, Request(realm.register("first", WEB)))
    second = Request(realm.register("second", WEB, require_consent=False))
    sent = browser.open(realm.found["authorization_endpoint"], **second.params())
    assert "code" in answered(sent, CALLBACK)


def test_a_native_client_is_called_back_on_any_loopback_port(realm: Realm, browser: Browser) -> None:
    app = realm.register("desktop", APP, platform="cli", redirect_uris=["http://127.0.0.1/cb"])
    request = Request(app, redirect_uri="http://127.0.0.1:51004/cb")
    tokens = realm.token(app, **request.redeem(code_for(realm, browser, request)))
    assert (tokens.status_code, "refresh_token" in tokens.json()) == (200, True)


def test_a_custom_scheme_brings_the_code_to_an_app(realm: Realm, browser: Browser) -> None:
    app = realm.register("phone", APP, redirect_uris=["com.acme.app:/cb"])
    request = Request(app, redirect_uri="com.acme.app:/cb")
    assert realm.token(app, **request.redeem(code_for(realm, browser, request))).status_code == 200


def test_a_service_gets_tokens_for_its_audience_and_nothing_else(realm: Realm) -> None:
    nightly = realm.register("nightly", SERVICE, audience=["https://api.acme.example"], access_token_lifetime="2m")
    tokens = realm.token(nightly, grant_type="client_credentials", scope="report.read").json()
    stated = claims(tokens["access_token"])
    assert (tokens["scope"], 118 <= tokens["expires_in"] <= 120) == ("report.read", True)  # what is left of it
    assert stated["aud"] == "https://api.acme.example"
    assert "refresh_token" not in tokens
    assert realm.token(nightly, grant_type="client_credentials", scope="email").status_code == 400
    assert realm.token(nightly, grant_type="password", username=USER, password=PASSWORD).status_code == 400


def test_a_service_proves_itself_with_its_key(realm: Realm) -> None:
    key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
    method = {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key.as_dict(private=False)]}}
    nightly = realm.register("keyed", SERVICE, **method)
    proof = assertion(realm, nightly, key, alg="ES256", kid="one")
    assert realm.token(nightly, grant_type="client_credentials", **proof).status_code == 200
    assert realm.token(nightly, grant_type="client_credentials").status_code == 400


def test_subjects_are_pairwise(realm: Realm, browser: Browser) -> None:
    seen = []
    for name, host in (("one", "one"), ("two", "two")):
        uri = f"https://{host}.acme.example/cb"
        one = realm.register(name, WEB, subject_type="pairwise", redirect_uris=[uri])
        request = Request(one, redirect_uri=uri)
        page = browser.open(realm.found["authorization_endpoint"], **request.params())
        page = browser.sign_in(page) if "kc-form-login" in page.text else page
        code = answered(browser.submit(page, accept="Yes"), uri)["code"]
        seen.append(claims(realm.token(one, **request.redeem(code)).json()["id_token"])["sub"])
    assert len(set(seen)) == 2


def test_a_user_is_signed_out_and_sent_to_a_registered_address(realm: Realm, browser: Browser) -> None:
    shop = realm.register("leaving", WEB, post_logout_redirect_uris=[BYE])
    request = Request(shop)
    tokens = realm.token(shop, **request.redeem(code_for(realm, browser, request))).json()
    words = {"id_token_hint": tokens["id_token"], "state": "t"}
    wrong = browser.open(realm.found["end_session_endpoint"], post_logout_redirect_uri=CALLBACK, **words)
    assert wrong.status_code == 400
    gone = browser.open(realm.found["end_session_endpoint"], post_logout_redirect_uri=BYE, **words)
    assert answered(gone, BYE)["state"] == "t"
    refused = realm.token(shop, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refused.status_code == 400


@contextmanager
def listening(body: str = "") -> Iterator[tuple[str, list[str]]]:
    """An address that takes what is posted to it, and gives this to who asks."""
    got: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_port}/logout", got
        finally:
            http.shutdown()
            thread.join()


def test_a_client_is_told_of_logouts_on_the_back_channel(realm: Realm, browser: Browser) -> None:
    with listening() as (address, got):
        told = {"backchannel_logout_uri": address, "backchannel_logout_session_required": True}
        shop = realm.register("told", WEB, post_logout_redirect_uris=[BYE], **told)
        request = Request(shop)
        tokens = realm.token(shop, **request.redeem(code_for(realm, browser, request))).json()
        words = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BYE}
        answered(browser.open(realm.found["end_session_endpoint"], **words), BYE)
    (form,) = got
    stated = claims(parse_qs(form)["logout_token"][0])
    assert (stated["aud"], stated["sid"]) == (shop, claims(tokens["id_token"])["sid"])


def test_a_device_gets_tokens_when_its_user_has_agreed(realm: Realm, browser: Browser) -> None:
    """Without PKCE, which no device sends (RFC 8628) and Keycloak would require of it where it does of codes."""
    tv = realm.register("tv", APP, platform="tv", grant_types=[DEVICE, "refresh_token"], redirect_uris=None)
    form = {"client_id": tv, "scope": "openid"}
    device = httpx.post(realm.found["device_authorization_endpoint"], data=form).json()
    page = browser.sign_in(browser.open(device["verification_uri_complete"]))
    browser.submit(page, accept="Yes")
    words = {"grant_type": DEVICE, "device_code": device["device_code"]}
    assert "id_token" in realm.token(tv, **words).json()


def test_a_client_that_is_off_is_refused(realm: Realm, browser: Browser) -> None:
    off = realm.register("off", WEB, enabled=False)
    assert browser.open(realm.found["authorization_endpoint"], **Request(off).params()).status_code == 400


def test_a_client_that_must_push_its_request_is_held_to_it(realm: Realm, browser: Browser) -> None:
    shop = realm.register("pushing", WEB, require_pushed_authorization_requests=True)
    params = Request(shop).params()
    sent = answered(browser.open(realm.found["authorization_endpoint"], **params), CALLBACK)
    assert sent["error"] == "invalid_request"
    endpoint = realm.found["pushed_authorization_request_endpoint"]
    pushed = httpx.post(endpoint, data=params, auth=(shop, realm.secrets[shop])).json()
    words = {"client_id": shop, "request_uri": pushed["request_uri"]}
    assert "kc-form-login" in browser.open(realm.found["authorization_endpoint"], **words).text


def test_a_page_of_a_browser_app_may_call_the_token_endpoint_from_its_origin(realm: Realm) -> None:
    spa = realm.register("spa", APP, platform="javascript", application_type="web", redirect_uris=[CALLBACK])
    for origin, allowed in (("https://shop.acme.example", True), ("https://other.example", False)):
        form = {"grant_type": "authorization_code", "code": "x", "client_id": spa}
        answer = httpx.post(realm.found["token_endpoint"], data=form, headers={"Origin": origin})
        assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is allowed


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("name", CAPABILITIES.of("id_token_signed_response_alg").only)
def test_id_tokens_are_signed_as_the_file_says(realm: Realm, browser: Browser, name: str) -> None:
    shop = realm.register(f"alg-{name.lower()}", WEB, id_token_signed_response_alg=name)
    request = Request(shop)
    token = realm.token(shop, **request.redeem(code_for(realm, browser, request))).json()["id_token"]
    keys = KeySet.import_key_set(httpx.get(realm.found["jwks_uri"]).json())
    assert jwt.decode(token, keys, algorithms=[name]).header["alg"] == name


def test_tokens_that_are_bound_to_a_key_are_not_given_without_it(realm: Realm, browser: Browser) -> None:
    shop = realm.register("bound", WEB, dpop_bound_access_tokens=True)
    request = Request(shop)
    bare = realm.token(shop, **request.redeem(code_for(realm, browser, request)))
    assert (bare.status_code, bare.json()["error"]) == (400, "invalid_request")
    key, request = ECKey.generate_key("P-256"), Request(shop)
    page = browser.open(realm.found["authorization_endpoint"], **request.params())
    code = answered(browser.submit(page, accept="Yes") if "accept" in page.text else page, CALLBACK)["code"]
    place = realm.found["token_endpoint"]
    stated = {"htm": "POST", "htu": place, "iat": int(time.time()), "jti": uuid4().hex}
    proof = jwt.encode({"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}, stated, key)
    auth = (shop, realm.secrets[shop])
    given = httpx.post(place, data=request.redeem(code), auth=auth, headers={"DPoP": proof}).json()
    assert (given["token_type"], claims(given["access_token"])["cnf"]["jkt"]) == ("DPoP", key.thumbprint())


def test_a_service_signs_with_its_secret(realm: Realm) -> None:
    nightly = realm.register("signing", SERVICE, token_endpoint_auth_method="client_secret_jwt")
    proof = assertion(realm, nightly, OctKey.import_key(realm.secrets[nightly]), alg="HS256")
    place, form = realm.found["token_endpoint"], {"grant_type": "client_credentials"}
    assert httpx.post(place, data={**form, **proof}).status_code == 200
    assert httpx.post(place, data=form, auth=(nightly, realm.secrets[nightly])).status_code == 400


def test_keys_are_fetched_from_where_the_file_says(realm: Realm) -> None:
    key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
    body = json.dumps({"keys": [key.as_dict(private=False)]})
    with listening(body) as (address, _):
        nightly = realm.register("fetched", SERVICE, token_endpoint_auth_method="private_key_jwt", jwks_uri=address)
        proof = assertion(realm, nightly, key, alg="ES256", kid="one")
        assert realm.token(nightly, grant_type="client_credentials", **proof).status_code == 200


def test_refresh_tokens_last_as_long_as_the_file_says(realm: Realm, browser: Browser) -> None:
    shop = realm.register("lasting", WEB, refresh_token_lifetime="10m")
    request = Request(shop)
    given = realm.token(shop, **request.redeem(code_for(realm, browser, request))).json()
    assert 590 <= given["refresh_expires_in"] <= 600


def test_users_see_the_pages_that_the_file_names(realm: Realm, browser: Browser) -> None:
    pages = {"policy_uri": "https://shop.acme.example/privacy", "tos_uri": "https://shop.acme.example/terms"}
    pages |= {"logo_uri": "https://shop.acme.example/logo.png", "client_uri": "https://shop.acme.example/home"}
    shop = realm.register("shown", WEB, **pages)
    page = browser.sign_in(browser.open(realm.found["authorization_endpoint"], **Request(shop).params()))
    (account,) = realm.keycloak.admin("GET", f"/{realm.name}/clients?clientId={shop}")
    assert [name for name in ("policy_uri", "tos_uri", "logo_uri") if pages[name] not in page.text] == []
    assert account["baseUrl"] == pages["client_uri"]


def test_a_client_is_told_of_logouts_on_the_front_channel(realm: Realm, browser: Browser) -> None:
    told = {"frontchannel_logout_uri": "https://shop.acme.example/out", "frontchannel_logout_session_required": True}
    shop = realm.register("framed", WEB, **told)
    request = Request(shop)
    tokens = realm.token(shop, **request.redeem(code_for(realm, browser, request))).json()
    page = browser.open(realm.found["end_session_endpoint"], id_token_hint=tokens["id_token"])
    frame = re.search(r'<iframe src="(https://shop\.acme\.example/out[^"]*)"', page.text)
    assert frame
    sent = parse_qs(urlsplit(html.unescape(frame[1])).query)
    assert sent == {"iss": [realm.found["issuer"]], "sid": [claims(tokens["id_token"])["sid"]]}
