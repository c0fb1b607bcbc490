"""Servers that do one thing wrong, each by one patch of the embedded one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from authlib.oidc.core.grants import code as authlib_code
from joserfc.jwk import RSAKey

from clientreg.servers.embedded.provider import (
    authorize,
    backchannel,
    browser,
    clients,
    grants,
    issued,
    keys,
    logout,
    pages,
    state,
    users,
)

Break: TypeAlias = "Callable[[pytest.MonkeyPatch], None]"


def instead(owner: Any, name: str, value: Any) -> Break:
    """It has something else there."""
    return lambda patch: patch.setattr(owner, name, value)


def answers(owner: Any, name: str, change: Callable[[Any], Any]) -> Break:
    """A function of it answers otherwise."""
    real = getattr(owner, name)
    return instead(owner, name, lambda *given, **named: change(real(*given, **named)))


def redirected(pattern: str, replacement: str) -> Break:
    """The authorization response says something else."""

    def change(response: Any) -> Any:
        response.target = re.sub(pattern, replacement, response.target)
        return response

    return answers(pages, "answer", change)


def claims(**wrong: Any) -> Break:
    """The ID token says something else; None takes a claim out."""
    return answers(grants.IdToken, "get_client_claims", lambda said: _changed(said, wrong))


def login_claims(**wrong: Any) -> Break:
    """The ID token says something else about the login."""
    return answers(grants.IdToken, "get_authorization_code_claims", lambda said: _changed(said, wrong))


def logout_token(*, typ: str | None = None, **wrong: Any) -> Break:
    """The logout token says something else."""
    real = keys.SigningKey.sign

    def sign(self: keys.SigningKey, said: dict[str, Any], **header: str) -> str:
        return real(self, _changed(said, wrong), typ=typ or header["typ"])

    return instead(keys.SigningKey, "sign", sign)


def tokens(*, only: str | None = None, **wrong: Any) -> Break:
    """A token response says something else, for one grant or for all."""
    real = grants.bearer

    def bearer(*, grant_type: str, **named: Any) -> dict[str, Any]:
        said = real(grant_type=grant_type, **named)
        return _changed(said, wrong) if only in (None, grant_type) else said

    return instead(grants, "bearer", bearer)


def out_of_band(**wrong: Any) -> Break:
    """The out-of-band page is made with something else."""
    real = pages.page

    def page(template: str, **context: Any) -> Any:
        return real(template, **{**context, **(wrong if template == "oob.html" else {})})

    return instead(pages, "page", page)


def another_key(self: keys.SigningKey) -> dict[str, Any]:
    """A key set that signed nothing, under the right id."""
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": self.kid})
    return {"keys": [key.as_dict(private=False)]}


def reused(*, voids: bool) -> Break:
    """A code is good for ever; or once, and what it gave outlives a second try."""

    def breaking(patch: pytest.MonkeyPatch) -> None:
        if not voids:
            patch.setattr(issued.Issued, "revoke", lambda *_: None)
            return
        found = lambda _, code, __: grants.here().issued.code(code)  # noqa: E731
        patch.setattr(grants.AuthorizationCode, "query_authorization_code", found)
        patch.setattr(issued.Issued, "use_code", lambda *_: True)

    return breaking


def _changed(said: dict[str, Any], wrong: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**said, **wrong}.items() if value is not None}


WEB, NATIVE, DESKTOP = "ostavind-power.my-power", "fjordvale-media.newsroom", "lindhavn-library.lending-desk"
WINDOWS, SERVICE, TRUSTED = (
    "ostavind-power.control-room",
    "teapot-comet.match-server",
    "platform-team.support-console",
)
NO_REFRESH, BASIC = "ostavind-power.meter-app", "platform-team.health-probe"

JOURNEYS: dict[str, tuple[str, Break, str]] = {
    "state is another": (WEB, instead(authorize, "_state", lambda _: [("state", "x")]), "state came back changed"),
    "state is gone": (WEB, instead(authorize, "_state", lambda _: []), "state came back changed"),
    "iss is gone": (WEB, redirected(r"&iss=[^&]*", ""), "iss is missing or another server's"),
    "iss is another": (WEB, redirected(r"iss=[^&]*", "iss=http://x.example"), "iss is missing or another server's"),
    "the code is gone": (WEB, redirected(r"code=[^&]*&", ""), "there is no code"),
    "the redirect leads elsewhere": (WEB, redirected(r"https://[^/]*", "https://x.example"), "no redirect to https://"),
    "nonce is another": (WEB, login_claims(nonce="x"), "nonce came back changed"),
    "nonce is gone": (WEB, login_claims(nonce=None), "the server's answer has no nonce"),
    "aud is another": (WEB, claims(aud="x"), f"aud is x, not {WEB}"),
    "aud is more": (WEB, claims(aud=[WEB, "x"]), f"aud is ['{WEB}', 'x'], not {WEB}"),
    "iss of the ID token is another": (WEB, claims(iss="http://x.example"), "iss is http://x.example, not http://"),
    "exp is a duration": (WEB, claims(exp=3600), "the token is expired"),
    "exp is a text": (WEB, claims(exp="soon"), "'soon' is not a time"),
    "iat is old": (WEB, claims(iat=1_000_000_000), "iat is not about now"),
    "at_hash is another": (
        WEB, instead(authlib_code, "create_half_hash", lambda *_: b"x"), "at_hash is not of this access token"
    ),
    "the key is another": (
        WEB, instead(keys.SigningKey, "public", another_key),
        "the token is not signed by a key of the JWKS (BadSignatureError)",
    ),
    "kid is gone": (
        WEB, instead(keys.SigningKey, "header", property(lambda _: {"alg": "RS256"})),
        "the token's kid is not in the JWKS",
    ),
    "userinfo is of another user": (
        WEB, answers(users, "claims", lambda said: said | {"sub": "x"}), "userinfo speaks of another user"
    ),
    "tokens may be cached": (
        WEB, instead(pages, "harden", lambda response: response.headers.set("Cache-Control", "public")),
        "the tokens may be cached",
    ),
    "consent names another": (
        WEB, instead(clients.Client, "name", lambda *_: "An application"), "the consent page does not say"
    ),
    "consent is never asked": (
        WEB, instead(clients.Client, "require_consent", False), "no consent page"
    ),
    "consent is asked of a trusted client": (
        TRUSTED, instead(clients.Client, "require_consent", True),
        "a consent page, although nothing is to be asked",
    ),
    "loopback ports are compared": (
        DESKTOP, instead(clients, "same_uri", lambda one, other: one == other), "no login form on a first visit"
    ),
    "refresh tokens stay": (WEB, tokens(only="refresh_token", refresh_token=None), "the refresh token was not rotated"),
    "the title is another": (WINDOWS, out_of_band(title="Success!"), "the title is 'Success!', not Success code="),
    "the title has no state": (
        WINDOWS, out_of_band(title="Success code=x"), "the title is 'Success code=x'"
    ),
    "oob has an empty body": (
        WINDOWS, out_of_band(copy=False), "code and state belong in the body of oob, and only there"
    ),
    "oob:auto has a body": (
        WINDOWS, out_of_band(copy=True), "code and state belong in the body of oob, and only there"
    ),
    "a service gets fewer scopes": (
        SERVICE, answers(clients.Client, "get_allowed_scope", lambda said: said.partition(" ")[0]),
        "the token is for ",
    ),
    "a service gets a refresh token": (
        SERVICE, tokens(refresh_token="x"),
        "there is a refresh token (RFC 6749 section 4.4.3 says there should be none)",
    ),
    "a service gets another token type": (
        BASIC, tokens(token_type="mac"), "the token is no bearer token"
    ),
    "logout leads elsewhere": (
        WEB, instead(logout, "_leave", lambda *_: pages.Redirect("https://x.example/")),
        "logout led to https://x.example/, not https://",
    ),
    "logout ends no session": (NATIVE, instead(logout, "end", lambda _: None), "the access token still works after"),
    "logout leaves the session": (
        DESKTOP, instead(state.Sessions, "end", lambda *_: None), "the browser is still signed in after logout"
    ),
    "logout leaves the tokens": (
        NATIVE, instead(issued.Issued, "revoke_session", lambda *_: []), "the access token still works after logout"
    ),
    "no logout token comes": (
        WEB, instead(backchannel.Notifier, "send", lambda *_: None), "the back-channel logout call did not arrive"
    ),
    "the logout token is of another type": (WEB, logout_token(typ="JWT"), "the token's typ is not logout+jwt"),
    "the logout token is another client's": (WEB, logout_token(aud="x"), f"aud is x, not {WEB}"),
    "the logout token is old": (WEB, logout_token(exp=1_000_000_000), "the token is expired"),
    "the logout token has no event": (WEB, logout_token(events=None), "the server's answer has no events"),
    "the logout token has another event": (WEB, logout_token(events={}), "the logout token has another event"),
    "the logout token has a nonce": (WEB, logout_token(nonce="x"), "the logout token has a nonce, so that it could"),
    "the logout token has no jti": (WEB, logout_token(jti=None), "the logout token has no jti"),
    "the logout token is about another": (WEB, logout_token(sub="x"), "the logout token is about another user"),
    "the logout token names no session": (WEB, logout_token(sid=None), "the logout token does not name the session"),
}  # fmt: skip
"""What is wrong, whose login it is, and what the demo must say of it."""

_NO_SESSION = instead(browser, "session", lambda: None)
TOGETHER: dict[str, tuple[Break, str]] = {
    "nobody shares a login": (_NO_SESSION, "lindhavn-library.catalogue: a second login"),
    "everybody shares a login": (
        instead(clients.Client, "single_sign_on", True), "lindhavn-library.reading-room: no login form"
    ),
}  # fmt: skip
"""What is wrong with single sign-on."""

_DONE_TWICE, _VOID = "a code used twice", "what the first use gave still works"
REFUSALS: dict[str, tuple[str, Break, str]] = {
    "any redirect URI": (
        "a redirect URI that is not registered", instead(clients.Client, "check_redirect_uri", lambda *_: True),
        "the browser was sent to an address nobody registered",
    ),
    "any scope": (
        "a scope that is not registered", instead(clients.Client, "get_allowed_scope", lambda _, scope: scope),
        "the server answered 200, not invalid_scope",
    ),
    "no challenge": (
        "no PKCE", instead(clients.Client, "require_pkce", False), "the server answered 200, not invalid_request"
    ),
    "any verifier": (
        "a wrong PKCE verifier", instead(grants.S256, "validate_code_verifier", lambda *_: None),
        "the token endpoint answered 200",
    ),
    "any secret": (
        "a wrong secret", instead(clients.Client, "check_client_secret", lambda *_: True),
        "the token endpoint answered 200",
    ),
    "a code for ever": (_DONE_TWICE, reused(voids=True), "the code was good a second time"),
    "tokens that stay": (_DONE_TWICE, reused(voids=False), _VOID),
}  # fmt: skip
"""What the server lets pass, in which try that must show, and what the demo must say of it."""
