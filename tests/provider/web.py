"""A small browser and a small client: real sockets, own cookie jar, forms read from the page, redirects caught."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import secrets
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urljoin, urlsplit

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True)
class Answer:
    """One HTTP answer. `location` is where a redirect led that nobody followed."""

    status: int
    headers: http.client.HTTPMessage
    text: str
    url: str

    @property
    def location(self) -> str | None:
        return self.headers["Location"]

    @property
    def params(self) -> dict[str, str]:
        assert self.location is not None, self.text
        return dict(parse_qsl(urlsplit(self.location).query, strict_parsing=True))

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def page(self) -> Page:
        page = Page()
        page.feed(self.text)
        return page


class Page(HTMLParser):
    """Title, heading, visible text, links and forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.heading, self.words = "", "", ""
        self.links: list[dict[str, str | None]] = []
        self.forms: list[Form] = []
        self.tags: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        if tag == "form":
            self.forms.append(Form(given["action"] or ""))
        elif tag == "input" and given.get("type") == "hidden":
            self.forms[-1].fields[given["name"] or ""] = given["value"] or ""
        elif tag in ("input", "button") and "name" in given:
            self.forms[-1].offers.append(given["name"] or "")
        elif tag == "a":
            self.links.append(given)
        if tag not in ("input", "meta", "link", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if "title" in self._open:
            self.title += data
        else:
            self.words += data
        if "h1" in self._open:
            self.heading += data

    def form(self, action: str) -> Form:
        (found,) = [form for form in self.forms if form.action == action]
        return found


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    offers: list[str] = field(default_factory=list)


class Browser:
    """Keeps cookies, follows redirects inside the server and stops at the first that leaves it."""

    def __init__(self, issuer: str, headers: dict[str, str] | None = None) -> None:
        self.issuer = issuer
        self.headers = headers or {}
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []

    def open(self, path: str, **params: str) -> Answer:
        url = urljoin(self.issuer, path)
        return self._go("GET", f"{url}?{urlencode(params)}" if params else url, None)

    def submit(self, form: Form, **fields: str) -> Answer:
        return self._go("POST", urljoin(self.issuer, form.action), {**form.fields, **fields})

    def post(self, path: str, **fields: str) -> Answer:
        return self._go("POST", urljoin(self.issuer, path), fields)

    def sign_in(self, answer: Answer, user: str = "ada", password: str = "try-it-out", **fields: str) -> Answer:
        return self.submit(answer.page.form("/sign-in"), user=user, password=password, **fields)

    def allow(self, answer: Answer) -> Answer:
        return self.submit(answer.page.form("/consent"), decision="allow")

    def _go(self, method: str, url: str, fields: dict[str, str] | None) -> Answer:
        for _ in range(6):
            jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            answer = call(method, url, fields, self.headers | ({"Cookie": jar} if jar else {}))
            for cookie in answer.headers.get_all("Set-Cookie", []):
                self.set_cookies.append(cookie)
                name, _, value = cookie.partition(";")[0].partition("=")
                if value:
                    self.cookies[name] = value
                else:
                    self.cookies.pop(name, None)
            if answer.location is None or not answer.location.startswith(self.issuer + "/"):
                return answer
            method, url, fields = "GET", answer.location, None
        raise AssertionError("redirected in circles")


def call(
    method: str, url: str, fields: dict[str, str] | str | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """One request; no cookie, no redirect."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    body = urlencode(fields) if isinstance(fields, dict) else fields
    sent = dict(headers or {})
    if body is not None:
        sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
    try:
        connection.request(method, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, sent)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read().decode(), url)
    finally:
        connection.close()


@dataclass(frozen=True)
class Rp:
    """A relying party: knows its registration and speaks to the server's endpoints."""

    issuer: str
    client_id: str
    redirect_uri: str
    auth: str
    secret: str = ""

    def request(self, **changed: str | None) -> dict[str, str]:
        """The parameters of a good authorization request; None leaves one out."""
        good = {
            "client_id": self.client_id, "redirect_uri": self.redirect_uri, "response_type": "code", "scope": "openid",
            "state": "st-1", "nonce": "n-1", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        }  # fmt: skip
        return {name: value for name, value in (good | changed).items() if value is not None}

    def ask(self, browser: Browser, **changed: str | None) -> Answer:
        return browser.open("/authorize", **self.request(**changed))

    def login(self, browser: Browser, user: str = "ada", **changed: str | None) -> Answer:
        """Sign in and allow where asked, to the answer that leaves the server."""
        answer = self.ask(browser, **changed)
        for _ in range(3):
            actions = [form.action for form in answer.page.forms] if answer.location is None else []
            if "/sign-in" in actions:
                answer = browser.sign_in(answer, user)
            elif "/consent" in actions:
                answer = browser.allow(answer)
        return answer

    def token(self, **fields: str) -> Answer:
        return self.post("/token", **fields)

    def post(self, path: str, **fields: str) -> Answer:
        headers = {}
        if self.auth == "client_secret_basic":
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        elif self.auth == "client_secret_post":
            fields = {"client_id": self.client_id, "client_secret": self.secret} | fields
        else:
            fields = {"client_id": self.client_id} | fields
        return call("POST", self.issuer + path, fields, headers)

    def exchange(self, code: str, **changed: str) -> Answer:
        good = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
        }
        return self.token(**(good | changed))

    def tokens(self, browser: Browser, user: str = "ada", **changed: str | None) -> dict[str, Any]:
        """A whole login, to the token response."""
        answer = self.login(browser, user, **changed)
        redirect_uri = changed.get("redirect_uri") or self.redirect_uri
        found: dict[str, Any] = self.exchange(answer.params["code"], redirect_uri=redirect_uri).json
        return found

    def refresh(self, refresh_token: str, **fields: str) -> Answer:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token, **fields)

    def userinfo(self, access_token: str) -> Answer:
        return call("GET", self.issuer + "/userinfo", headers={"Authorization": f"Bearer {access_token}"})


def unique(word: str) -> str:
    return f"acme.{word}-{secrets.token_hex(3)}"
