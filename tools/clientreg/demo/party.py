"""A relying party as careful as the specifications ask: what it checks stands here, one check a line."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from clientreg.defaults import OOB
from clientreg.demo.agent import Answer, Browser, NotProved, Said, expect
from clientreg.model import Registration
from clientreg.secret import Secret

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

_SKEW = 60
CHECKED = (
    "state and iss of the answer, PKCE with S256; of the ID token its signature by a key of the JWKS, kid, iss, aud, "
    "exp, iat, nonce and at_hash; that userinfo speaks of the same sub"
)
"""What `Party` checks at every login, in words."""
BACKCHANNEL_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True)
class Provider:
    """What discovery says (OpenID Connect Discovery 1.0 section 4), and the keys."""

    issuer: str
    endpoints: Mapping[str, Any]
    keys: KeySet

    @classmethod
    def discover(cls, issuer: str) -> Provider:
        """Read and check discovery: the issuer must be the very one that was asked."""
        from joserfc.jwk import KeySet

        browser = Browser(issuer)
        said = browser.get(f"{issuer}/.well-known/openid-configuration").json
        expect(said["issuer"] == issuer, f"discovery of {issuer} speaks for {said['issuer']}")
        expect("S256" in said["code_challenge_methods_supported"], "discovery does not offer PKCE with S256")
        keys = KeySet.import_key_set(browser.get(said["jwks_uri"]).json)  # type: ignore[arg-type]
        return cls(issuer, said, keys)

    def claims(self, token: str, *, audience: str, kind: str | None = None) -> Said:
        """The claims of a JWT of this provider: signature, `kid`, `typ`, `iss`, `aud`, `exp`, `iat` checked."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            decoded = jwt.decode(token, self.keys, algorithms=["RS256"])
        except (JoseError, ValueError) as error:
            raise NotProved(f"the token is not signed by a key of the JWKS ({type(error).__name__})") from error
        claims, now = Said(decoded.claims), time.time()
        expect(decoded.header.get("kid") in {key.kid for key in self.keys.keys}, "the token's kid is not in the JWKS")
        expect(kind is None or decoded.header.get("typ") == kind, f"the token's typ is not {kind}")
        expect(claims["iss"] == self.issuer, f"iss is {claims['iss']}, not {self.issuer}")
        expect(claims["aud"] in (audience, [audience]), f"aud is {claims['aud']}, not {audience}")
        expect(_number(claims["exp"]) > now - _SKEW, "the token is expired")
        expect(abs(_number(claims["iat"]) - now) < _SKEW, "iat is not about now")
        return claims


@dataclass(frozen=True)
class Asked:
    """One authorization request and the values that only its sender knows (RFC 7636, OpenID Connect Core 3.1.2.1)."""

    redirect_uri: str
    scopes: tuple[str, ...]
    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def parameters(self, client_id: str, **more: str | None) -> dict[str, str]:
        """The request's parameters; one given as None is left out."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        values: dict[str, str | None] = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(self.scopes),
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **more,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class Tokens:
    """What the token endpoint gave, with the ID token's claims where there is one."""

    access: Secret
    refresh: Secret | None
    id_token: str | None
    claims: Mapping[str, Any]


@dataclass(frozen=True)
class Party:
    """One client of the registry, as its developer would have configured it from the hand-over."""

    provider: Provider
    registration: Registration
    secret: Secret | None

    @property
    def client_id(self) -> str:
        """Its client id."""
        return self.registration.client_id

    def ask(self, browser: Browser, asked: Asked, **more: str | None) -> Answer:
        """Send the browser to the authorization endpoint; the answer may be a page or lead away."""
        query = urllib.parse.urlencode(asked.parameters(self.client_id, **more))
        return browser.follow(browser.get(f"{self.provider.endpoints['authorization_endpoint']}?{query}"))

    def response(self, asked: Asked, parameters: Mapping[str, str]) -> str:
        """The code of an authorization response: `state` and `iss` are checked first (RFC 6749 10.12, RFC 9207)."""
        expect("error" not in parameters, f"the server answered {parameters.get('error')}")
        expect(parameters.get("state") == asked.state, "state came back changed")
        if asked.redirect_uri not in OOB:  # a title has no room for it
            expect(parameters.get("iss") == self.provider.issuer, "iss is missing or another server's")
        expect(parameters.get("code"), "there is no code")
        return parameters["code"]

    def redeem(self, asked: Asked, code: str) -> Tokens:
        """Code to tokens; the ID token is validated as OpenID Connect Core section 3.1.3.7 asks."""
        tokens = self.tokens(self.present(asked, code))
        expect(tokens.id_token, "there is no ID token")
        expect(tokens.claims["nonce"] == asked.nonce, "nonce came back changed")
        half = base64.urlsafe_b64encode(hashlib.sha256(tokens.access.reveal().encode()).digest()[:16])
        expect(tokens.claims["at_hash"] == half.rstrip(b"=").decode(), "at_hash is not of this access token")
        if self.registration.require_auth_time or self.registration.default_max_age is not None:
            expect(abs(_number(tokens.claims["auth_time"]) - time.time()) < _SKEW, "auth_time is not about now")
        return tokens

    def present(self, asked: Asked, code: str) -> Answer:
        """The bare answer to a code, which may be a refusal."""
        return self.token(
            grant_type="authorization_code", code=code, redirect_uri=asked.redirect_uri, code_verifier=asked.verifier
        )

    def refresh(self, tokens: Tokens) -> Tokens:
        """New tokens for the refresh token, which must be another one afterwards (RFC 9700 section 4.14.2)."""
        assert tokens.refresh
        fresh = self.tokens(self.token(grant_type="refresh_token", refresh_token=tokens.refresh.reveal()))
        expect(fresh.refresh not in (None, tokens.refresh), "the refresh token was not rotated")
        if fresh.id_token is not None:
            expect(fresh.claims["sub"] == tokens.claims["sub"], "the new ID token is about another user")
        return replace(fresh, id_token=tokens.id_token, claims=tokens.claims)

    def token(self, **fields: str) -> Answer:
        """One request to the token endpoint, authenticated as registered (RFC 6749 section 2.3.1)."""
        authorization = None
        method = self.registration.token_endpoint_auth_method
        if method.endswith("_basic"):
            assert self.secret
            pair = ":".join(urllib.parse.quote_plus(part) for part in (self.client_id, self.secret.reveal()))
            authorization = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            fields["client_id"] = self.client_id
        if method.endswith("_post"):
            assert self.secret
            fields["client_secret"] = self.secret.reveal()
        endpoint = str(self.provider.endpoints["token_endpoint"])
        return Browser(self.provider.issuer).post(endpoint, fields, authorization=authorization)

    def userinfo(self, tokens: Tokens) -> Said:
        """The user's claims; `sub` must be the ID token's (OpenID Connect Core section 5.3.2)."""
        answer = self.ask_userinfo(tokens)
        expect(answer.status == 200, f"userinfo answered {answer.status}")
        expect(answer.json["sub"] == tokens.claims["sub"], "userinfo speaks of another user")
        return answer.json

    def signed_in(self, browser: Browser) -> bool:
        """Whether this browser still has a login that the client could use without asking anybody."""
        asked = Asked(self.registration.redirect_uris[0], self.registration.scopes)
        answer = self.ask(browser, asked, prompt="none")
        where = answer.location or ""
        words = where.partition("?")[2] or answer.page.title
        return "login_required" not in words

    def ask_userinfo(self, tokens: Tokens) -> Answer:
        """The bare answer of userinfo, which may be a refusal."""
        endpoint = str(self.provider.endpoints["userinfo_endpoint"])
        return Browser(self.provider.issuer).get(endpoint, bearer=tokens.access.reveal())

    def tokens(self, answer: Answer) -> Tokens:
        """What the token endpoint gave, as RFC 6749 section 5.1 has it; an ID token is validated."""
        said = answer.json
        expect(answer.status == 200, f"the token endpoint answered {answer.status} {said.get('error')}")
        expect(str(said["token_type"]).lower() == "bearer", "the token is no bearer token")
        expect(_number(said["expires_in"]) > 0, "the access token is expired already")
        expect("no-store" in (answer.headers["Cache-Control"] or ""), "the tokens may be cached")
        id_token = said.get("id_token")
        claims = self.provider.claims(id_token, audience=self.client_id) if id_token else Said()
        refresh = said.get("refresh_token")
        return Tokens(Secret(said["access_token"]), Secret(refresh) if refresh else None, id_token, claims)


def _number(value: object) -> float:
    """A time, as JSON has it. Raises NotProved for anything else."""
    expect(type(value) in (int, float), f"{value!r} is not a time")
    return float(value)  # type: ignore[arg-type]
