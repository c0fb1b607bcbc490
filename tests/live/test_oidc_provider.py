"""A real node oidc-provider, started with our file and the code on its page, keeps to what client files say."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from pyrage import x25519

from clientreg.planning import render
from clientreg.planning.plan import Action, Change, CredentialStep, Risk
from clientreg.planning.state import Credential, Mark
from clientreg.secret import Secret
from clientreg.servers import Write
from clientreg.servers.file.server import FileServer, connect
from memory import APP, WEB, Registration, registration
from real import needs
from servers import oidc_provider
from servers.oidc_provider import Provider

needs(
    f"{oidc_provider.NAME} {oidc_provider.VERSION}",
    here=oidc_provider.missing() is None,
    hint=str(oidc_provider.missing()),
)

CALLBACK = "https://shop.acme.example/cb"
VERIFIER = "a-verifier-of-forty-three-characters-at-least-1"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
SERVICE = {**WEB, "platform": "service", "redirect_uris": None, "scopes": ["report.read"]}

CLIENTS = (
    registration("shop", access_token_lifetime="5m", refresh_token_lifetime="1h"),
    registration("post", token_endpoint_auth_method="client_secret_post", grant_types=["authorization_code"]),
    registration("shared", single_sign_on=True),
    registration("portal", single_sign_on=True),
    registration("trusted", require_consent=False),
    registration("lax", require_pkce=False),
    registration("nightly", SERVICE, access_token_lifetime="90s"),
    registration("spa", platform="javascript", client_type="public"),
    registration("app", APP),
    registration("off", enabled=False),
)


@dataclass
class Stage:
    """A file for a provider, in a folder of its own."""

    folder: Path
    key: x25519.Identity = field(default_factory=x25519.Identity.generate)

    @property
    def server(self) -> FileServer:
        recipients = [str(self.key.to_public())]
        options = {"format": "oidc-provider", "path": "clients.json", "issuer": "https://a.example"}
        return connect("main", {**options, "recipients": recipients}, self.folder)

    @property
    def key_file(self) -> Path:
        (self.folder / "age.key").write_text(str(self.key))
        return self.folder / "age.key"

    def write(self, *registrations: Registration, generation: int = 1) -> None:
        """Each client, with a secret that is its id and the generation."""
        there = {one.key: one.revision() for one in self.server.read()}
        outcomes = self.server.apply([self._write(one, there.get(one.client_id), generation) for one in registrations])
        assert [(outcome.change.key, outcome.error) for outcome in outcomes if outcome.error] == []

    def _write(self, one: Registration, revision: str | None, generation: int) -> Write:
        secret = Secret(f"the secret of {one.client_id}, number {generation}")
        credential = Credential(f"{one.client_id}-{generation}", generation, secret) if one.needs_secret else None
        mark = Mark("connect", "test", "a file", "c1", None if credential is None else credential.mark)
        payload = self.server.settle(render.payload(one, render.template_of("file")))
        action, how = Action.CREATE if revision is None else Action.ROTATE, CredentialStep.NEW
        change = Change(action, one.client_id, "a file", Risk.PLAIN, (), payload, mark, revision, how)
        return Write(change, credential)


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    stage = Stage(tmp_path_factory.mktemp("provider"))
    stage.write(*CLIENTS)
    with oidc_provider.running(stage.folder / "clients.json", stage.key_file) as one:
        yield one


class _Still(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@dataclass
class Browser:
    """One user's browser at a provider: cookies, redirects and the two forms. `seen` are the forms, in order."""

    url: str
    seen: list[str] = field(default_factory=list)
    cookies: CookieJar = field(default_factory=CookieJar)

    def authorize(self, client_id: str, redirect_uri: str = CALLBACK, **more: str) -> dict[str, str]:
        """What the client gets back, or the status of the page that is shown instead."""
        asked = {"client_id": client_id, "redirect_uri": redirect_uri, "response_type": "code", "scope": "openid"}
        place = f"{self.url}/auth?{urllib.parse.urlencode({**asked, **more})}"
        for _ in range(9):
            status, location, text = self._get(place)
            if location.startswith(redirect_uri):
                return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))
            if location:
                place = urllib.parse.urljoin(place, location)
                continue
            if status != 200:
                return {"status": str(status), "text": text}
            place = self._submit(place, text)
        raise AssertionError("it goes round in circles")

    def _submit(self, place: str, page: str) -> str:
        found = re.search(r'name="prompt" value="(\w+)"', page)
        assert found, page
        self.seen.append(found[1])
        form = {"prompt": found[1], **({"login": "alice", "password": "x"} if found[1] == "login" else {})}
        _, location, _ = self._get(place, urllib.parse.urlencode(form).encode())
        return urllib.parse.urljoin(place, location)

    def _get(self, place: str, form: bytes | None = None) -> tuple[int, str, str]:
        opener = urllib.request.build_opener(_Still, urllib.request.HTTPCookieProcessor(self.cookies))
        try:
            with opener.open(place, form, timeout=30) as answer:
                return answer.status, "", answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Location"] or "", error.read().decode()


def token(url: str, client_id: str, secret: str | None, headers: Mapping[str, str] = {}, **form: str) -> dict[str, Any]:
    """The token endpoint's answer, with its status and what it lets a browser application read."""
    more = dict(headers)
    if secret is None:
        form = {"client_id": client_id, **form}
    else:
        pair = f"{urllib.parse.quote_plus(client_id)}:{urllib.parse.quote_plus(secret)}"
        more["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    request = urllib.request.Request(f"{url}/token", urllib.parse.urlencode(form).encode(), more)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return {"status": 200, "cors": answer.headers["Access-Control-Allow-Origin"], **json.load(answer)}
    except urllib.error.HTTPError as error:
        return {"status": error.code, **json.load(error)}


def secret_of(client_id: str, generation: int = 1) -> str:
    return f"the secret of {client_id}, number {generation}"


def redeem(url: str, client_id: str, secret: str | None, answer: Mapping[str, str], **more: Any) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": answer["code"], "code_verifier": VERIFIER}
    return token(url, client_id, secret, redirect_uri=CALLBACK, **form, **more)


def test_a_user_logs_in_with_the_secret_that_was_sealed(provider: Provider) -> None:
    browser = Browser(provider.url)
    given = redeem(provider.url, "acme.shop", secret_of("acme.shop"), browser.authorize("acme.shop", **PKCE))
    assert browser.seen == ["login", "consent"]
    assert (given["status"], given["expires_in"], given["scope"]) == (200, 300, "openid")
    claims = json.loads(base64.urlsafe_b64decode(given["id_token"].split(".")[1] + "=="))
    assert (claims["sub"], claims["aud"], claims["iss"]) == ("alice", "acme.shop", provider.url)
    again = token(
        provider.url,
        "acme.shop",
        secret_of("acme.shop"),
        grant_type="refresh_token",
        refresh_token=given["refresh_token"],
    )
    assert (again["status"], again["expires_in"]) == (200, 300)


def test_another_secret_opens_nothing(provider: Provider) -> None:
    answer = Browser(provider.url).authorize("acme.shop", **PKCE)
    refused = redeem(provider.url, "acme.shop", secret_of("acme.post"), answer)
    assert (refused["status"], refused["error"]) == (401, "invalid_client")


def test_a_secret_may_be_sent_in_the_body(provider: Provider) -> None:
    answer = Browser(provider.url).authorize("acme.post", **PKCE)
    given = redeem(provider.url, "acme.post", None, answer, client_secret=secret_of("acme.post"))
    assert (given["status"], "refresh_token" in given) == (200, False)


def test_a_service_gets_a_token_for_its_scopes_and_no_other(provider: Provider) -> None:
    ask = {"grant_type": "client_credentials"}
    given = token(provider.url, "acme.nightly", secret_of("acme.nightly"), scope="report.read", **ask)
    assert (given["status"], given["expires_in"], given["scope"]) == (200, 90, "report.read")
    refused = token(provider.url, "acme.nightly", secret_of("acme.nightly"), scope="openid", **ask)
    assert (refused["status"], refused["error"]) == (400, "invalid_scope")
    other = token(provider.url, "acme.shop", secret_of("acme.shop"), scope="openid", **ask)
    assert (other["status"], other["error_description"]) == (400, "requested grant type is not allowed for this client")


@pytest.mark.parametrize("uri", [f"{CALLBACK}/", f"{CALLBACK}?x=1", CALLBACK.upper(), "https://evil.example/cb"])
def test_no_other_address_gets_an_answer(provider: Provider, uri: str) -> None:
    assert Browser(provider.url).authorize("acme.shop", uri, **PKCE)["status"] == "400"


def test_a_scope_that_the_file_does_not_name_is_refused(provider: Provider) -> None:
    answer = Browser(provider.url).authorize("acme.shop", **PKCE, scope="openid report.read")
    assert answer["error"] == "invalid_scope"


def test_only_who_shares_sign_on_does_not_ask_again(provider: Provider) -> None:
    browser = Browser(provider.url)
    for client_id in ("acme.shared", "acme.portal", "acme.shared", "acme.shop", "acme.shop"):
        assert "code" in browser.authorize(client_id, **PKCE)
    assert browser.seen == ["login", "consent", "consent", "login", "consent", "login"]


def test_consent_is_asked_unless_the_file_says_otherwise(provider: Provider) -> None:
    browser = Browser(provider.url)
    answer = browser.authorize("acme.trusted", **PKCE)
    assert browser.seen == ["login"]
    assert redeem(provider.url, "acme.trusted", secret_of("acme.trusted"), answer)["status"] == 200


def test_pkce_is_required_unless_the_file_says_otherwise(provider: Provider) -> None:
    assert Browser(provider.url).authorize("acme.shop")["error"] == "invalid_request"
    assert "code" in Browser(provider.url).authorize("acme.lax")


def test_a_browser_application_reads_answers_from_its_own_origin_only(provider: Provider) -> None:
    for origin, allowed in (("https://shop.acme.example", True), ("https://evil.example", False)):
        answer = Browser(provider.url).authorize("acme.spa", **PKCE)
        given = redeem(provider.url, "acme.spa", None, answer, headers={"Origin": origin})
        assert (given["status"], given.get("cors")) == ((200, origin) if allowed else (400, None))


def test_an_app_is_sent_to_its_own_scheme(provider: Provider) -> None:
    assert "code" in Browser(provider.url).authorize("acme.app", "com.acme.app:/cb", **PKCE)


def test_a_client_that_is_left_out_is_unknown(provider: Provider) -> None:
    answer = Browser(provider.url).authorize("acme.off", **PKCE)
    assert (answer["status"], "invalid_client" in answer["text"]) == ("400", True)


def test_of_two_secrets_the_provider_knows_the_newer_one(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for generation in (1, 2):
        stage.write(registration("nightly", SERVICE), generation=generation)
    with oidc_provider.running(stage.folder / "clients.json", stage.key_file) as provider:
        statuses = [
            token(provider.url, "acme.nightly", secret_of("acme.nightly", number), grant_type="client_credentials")[
                "status"
            ]
            for number in (1, 2)
        ]
    assert statuses == [401, 200]


def test_another_key_starts_no_provider(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.write(registration("nightly", SERVICE))
    stage.key = x25519.Identity.generate()
    starting = oidc_provider.running(stage.folder / "clients.json", stage.key_file)
    with pytest.raises(RuntimeError, match="no identity matched any of the recipients"), starting:
        pass
