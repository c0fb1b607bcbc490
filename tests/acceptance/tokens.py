"""A token for a client, as its file says that it gets one: alone, or with a user who signs in through the pages."""

from __future__ import annotations

import base64
import hashlib
import html
import random
import re
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, quote_plus, unquote_plus, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from acceptance import edges
from clientreg.defaults import OOB
from clientreg.model import Registration

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
User = Mapping[str, str]
"""What somebody types into the forms of a server, by the names of their fields."""


def sample(clients: Sequence[Registration], size: int, seed: int) -> list[Registration]:
    """As many clients that can get a token here; first one of each kind."""
    chance = random.Random(seed)
    able = [one for one in clients if one.enabled and _way(one) and _signs(one)]
    chance.shuffle(able)
    kinds = {_kind(one): one for one in reversed(able)}
    rest = [one for one in able if kinds[_kind(one)] is not one]
    return [*kinds.values(), *rest][:size]


def _way(one: Registration) -> str | None:
    """Device grants need a second screen, and the page of an out-of-band URN is nobody's callback."""
    if "authorization_code" in one.grant_types and _callback(one):
        return "user"
    return "alone" if "client_credentials" in one.grant_types else None


def _callback(one: Registration) -> str:
    return next((uri for uri in one.redirect_uris if uri not in OOB), "")


def _signs(one: Registration) -> bool:
    """Whether its private key is known here: of the EC key alone it is."""
    if one.token_endpoint_auth_method != "private_key_jwt":
        return True
    return bool(one.jwks) and edges.EC_KEY["kid"] in {key.get("kid") for key in one.jwks["keys"]}


def _kind(one: Registration) -> tuple[Any, ...]:
    return (
        _way(one), one.token_endpoint_auth_method, one.require_pushed_authorization_requests,
        one.dpop_bound_access_tokens, one.require_consent, one.id_token_signed_response_alg,
    )  # fmt: skip


def refusal(one: Registration, secret: str, endpoints: Mapping[str, str], user: User) -> str:
    """Why the client gets no token with all the scopes of its file; nothing where it gets one."""
    asks = _Asks(one, secret, endpoints)
    try:
        if _way(one) == "alone":
            form = {"grant_type": "client_credentials"}
        else:
            form = {"grant_type": "authorization_code", "redirect_uri": _callback(one), "code_verifier": VERIFIER}
            form["code"] = asks.code(user)
        answer = asks.post("token_endpoint", form if "code" in form else {**form, "scope": " ".join(one.scopes)})
        answer.raise_for_status()
        return "" if answer.json().get("access_token") else f"no access token in {answer.text[:300]}"
    except httpx.HTTPStatusError as error:
        return f"{error.response.status_code}: {error.response.text[:500]}"
    except LookupError as error:
        return str(error.args[0])


class _Asks:
    """A client's application: it authenticates as its file says."""

    def __init__(self, one: Registration, secret: str, endpoints: Mapping[str, str]) -> None:
        self._one, self._secret, self._endpoints = one, secret, endpoints
        self._proof = ECKey.generate_key("P-256")

    def code(self, user: User) -> str:
        """The code that comes back once a user has signed in and allowed what is asked for."""
        form = {
            "response_type": "code", "redirect_uri": _callback(self._one), "scope": " ".join(self._one.scopes),
            "state": "s", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        }  # fmt: skip
        form |= {"nonce": "n"} if "openid" in self._one.scopes else {}
        if self._one.require_pushed_authorization_requests:
            answer = self.post("pushed_authorization_request_endpoint", {**form, "client_id": self._one.client_id})
            answer.raise_for_status()
            form = {"request_uri": answer.json()["request_uri"]}
        asked = httpx.URL(self._endpoints["authorization_endpoint"], params={"client_id": self._one.client_id, **form})
        given = signed_in(asked, _callback(self._one), user)
        if "code" not in given:
            raise LookupError(f"sent back with {given}")
        return given["code"]

    def post(self, endpoint: str, form: Mapping[str, str]) -> httpx.Response:
        """A request of the client itself."""
        url = self._endpoints[endpoint]
        pair = f"{quote_plus(self._one.client_id)}:{quote_plus(self._secret)}"
        basic = self._one.token_endpoint_auth_method == "client_secret_basic"
        headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"} if basic else {}
        if self._one.dpop_bound_access_tokens:
            headers["DPoP"] = self._dpop(url)
        return httpx.post(url, data={**form, **({} if basic else self._known())}, headers=headers, timeout=60)

    def _known(self) -> dict[str, str]:
        one = {"client_id": self._one.client_id}
        if self._one.token_endpoint_auth_method == "client_secret_post":
            return {**one, "client_secret": self._secret}
        if self._one.token_endpoint_auth_method.endswith("_jwt"):
            return {**one, "client_assertion_type": ASSERTION, "client_assertion": self._assertion()}
        return one

    def _assertion(self) -> str:
        own = self._one.token_endpoint_auth_method == "private_key_jwt"
        now = int(time.time())
        claims = {
            "iss": self._one.client_id, "sub": self._one.client_id, "aud": self._endpoints["issuer"],
            "jti": secrets.token_hex(16), "iat": now, "exp": now + 60,
        }  # fmt: skip
        if own:
            key = ECKey.import_key({**edges.EC_KEY, "d": edges.EC_PRIVATE})
            return jwt.encode({"alg": "ES256", "kid": edges.EC_KEY["kid"]}, claims, key, algorithms=["ES256"])
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self._secret), algorithms=["HS256"])

    def _dpop(self, url: str) -> str:
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self._proof.as_dict(private=False)}
        claims = {"htm": "POST", "htu": url, "iat": int(time.time()), "jti": secrets.token_hex(16)}
        return jwt.encode(head, claims, self._proof, algorithms=["ES256"])


def leads(location: str, uri: str) -> bool:
    """Whether a browser is sent there: in a header, which is ASCII, an address may be spelt another way."""
    return _plain(location).startswith(_plain(uri))


def _plain(uri: str) -> str:
    scheme, colon, rest = unquote_plus(uri).partition(":")
    return scheme.lower() + colon + re.sub(r"xn--[a-z0-9-]+", lambda found: found[0].encode().decode("idna"), rest)


def signed_in(start: httpx.URL, uri: str, user: User) -> dict[str, str]:
    """What the client gets once all forms are filled in. Raises LookupError for a page without one."""
    with httpx.Client(timeout=60) as browser:
        browser.event_hooks = {"response": [lambda _: _kept(browser)]}
        answer = browser.get(start)
        for _ in range(12):
            location = answer.headers.get("Location", "")
            if location and leads(location, uri):
                return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
            answer = (
                browser.get(_inside(start, answer.url.join(location)))
                if location
                else _submitted(browser, answer, user)
            )
    raise LookupError("it goes round in circles")


def _inside(start: httpx.URL, url: httpx.URL) -> httpx.URL:
    if url.netloc != start.netloc:
        raise LookupError(f"sent to {url}")
    return url


def _kept(browser: httpx.Client) -> None:
    """A browser sends a cookie that is for secure connections to loopback, too."""
    for cookie in browser.cookies.jar:
        cookie.secure = False


def _submitted(browser: httpx.Client, page: httpx.Response, user: User) -> httpx.Response:
    form = re.search(r'<form[^>]*action="([^"]*)"', page.text)
    if form is None:
        words = " ".join(re.sub(r"(?s)<(style|script).*?</\1>|<[^>]*>", " ", page.text).split())
        raise LookupError(f"{page.status_code}: a page without a form: {words[:300]}")
    hidden = {_attribute(tag, "name"): _attribute(tag, "value") for tag in _hidden(page.text)}
    return browser.post(page.url.join(html.unescape(form[1])), data={**user, **hidden})


def _hidden(text: str) -> Iterable[str]:
    return re.findall(r'<input[^>]*type="hidden"[^>]*>', text)


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""
