"""What each client must be able to do, done for real; each journey returns what it proved, in words."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping

from clientreg.defaults import OOB
from clientreg.demo.agent import Answer, Browser, decoded, expect
from clientreg.demo.listener import Listener
from clientreg.demo.party import BACKCHANNEL_EVENT, Asked, Party, Tokens
from clientreg.servers.embedded.provider.users import PASSWORD, USERS

USER = USERS[0]
_LOOPBACK = {"127.0.0.1": "127.0.0.1", "localhost": "localhost", "::1": "[::1]"}
_OOB, _OOB_AUTO = OOB


def of(party: Party, listener: Listener) -> tuple[str, ...]:
    """Everything that this client's registration promises."""
    if not party.registration.signs_users_in:
        return _machine(party)
    proved: list[str] = []
    for redirect_uri in _each_kind(party.registration.redirect_uris):
        browser = Browser(party.provider.issuer)
        reachable = _reachable(redirect_uri, listener) if party.registration.native else redirect_uri
        asked = Asked(reachable, party.registration.scopes)
        answer = sign_in(browser, party.ask(browser, asked), "a first visit")
        answer, asking = _permission(party, browser, answer, first=not proved)
        proved += ["login", *([asking] if asking else []), *_signed_in(party, browser, asked, listener, answer)]
    return tuple(dict.fromkeys(proved))


def _machine(party: Party) -> tuple[str, ...]:
    """Client credentials: a token for the client itself, with the registered scopes and no refresh token."""
    answer = party.token(grant_type="client_credentials", scope=" ".join(party.registration.scopes))
    tokens, said = party.tokens(answer), answer.json
    expect(set(said["scope"].split()) == set(party.registration.scopes), f"the token is for {said['scope']}")
    expect(tokens.refresh is None, "there is a refresh token (RFC 6749 section 4.4.3 says there should be none)")
    return (f"token ({party.registration.token_endpoint_auth_method})",)


def _signed_in(party: Party, browser: Browser, asked: Asked, listener: Listener, answer: Answer) -> list[str]:
    """From the answer to a login to the logout."""
    proved = []
    code, how = arrival(party, browser, asked, answer, listener)
    proved.append(how)
    tokens = party.redeem(asked, code)
    party.userinfo(tokens)
    proved.append("ID token, userinfo")
    if tokens.refresh is not None:
        tokens = party.refresh(tokens)
        proved.append("refresh rotates")
    return [*proved, *_sign_out(party, browser, tokens, listener)]


def _permission(party: Party, browser: Browser, answer: Answer, *, first: bool) -> tuple[Answer, str | None]:
    """The consent page where there must be one: at the first login of a user, unless the client needs none."""
    if party.registration.require_consent and first:
        return consent(party, browser, answer), "consent"
    expect(answer.page.form("/consent") is None, "a consent page, although nothing is to be asked")
    return answer, None if party.registration.require_consent else "no consent page"


def sign_in(browser: Browser, answer: Answer, when: str) -> Answer:
    """The login form, filled in. Raises NotProved where there is none."""
    form = answer.page.form("/sign-in")
    expect(form is not None, f"no login form on {when}")
    assert form is not None
    return browser.follow(browser.submit(form, user=USER.name, password=PASSWORD))


def consent(party: Party, browser: Browser, answer: Answer) -> Answer:
    """The consent page, which must show the client's name, allowed."""
    form = answer.page.form("/consent")
    expect(form is not None, "no consent page")
    names = {party.registration.client_name, *party.registration.localized.values()}
    expect(
        any(name in answer.page.words for name in names),
        f"the consent page does not say {party.registration.client_name!r}",
    )
    assert form is not None
    return browser.follow(browser.submit(form, decision="allow"))


def arrival(party: Party, browser: Browser, asked: Asked, answer: Answer, listener: Listener) -> tuple[str, str]:
    """The authorization response as it reaches the client: the code, and how it came."""
    if asked.redirect_uri in OOB:
        return _out_of_band(party, asked, answer)
    where = answer.location
    expect(where is not None and where.startswith(asked.redirect_uri + "?"), f"no redirect to {asked.redirect_uri}")
    assert where is not None
    parts = urllib.parse.urlsplit(where)
    if parts.port == listener.port and parts.hostname != "::1":  # not every machine has IPv6 to listen on
        browser.get(where)
        received = listener.take("the redirect to loopback")
        return party.response(asked, received.parameters), "loopback, any port"
    query = decoded(parts.query)
    kind = "loopback [::1], any port" if party.registration.native else "loopback, its port"
    how = {"https": "https redirect", "http": kind}.get(parts.scheme, "app scheme")
    return party.response(asked, query), how


def _out_of_band(party: Party, asked: Asked, answer: Answer) -> tuple[str, str]:
    """The seed, "Choosing a redirect URI": code and state in the title; for `oob` in the body too."""
    title = answer.page.title
    expect(title.startswith("Success "), f"the title is {title!r}, not Success code=...&state=...")
    parameters = decoded(title.removeprefix("Success "))
    expect(title == f"Success code={parameters.get('code')}&state={parameters.get('state')}", f"the title is {title!r}")
    shown = {parameters[name] in answer.page.words for name in ("code", "state")}
    expect(shown == {asked.redirect_uri == _OOB}, "code and state belong in the body of oob, and only there")
    how = "oob: title and body" if asked.redirect_uri == _OOB else "oob:auto: title"
    return party.response(asked, parameters), how


def _sign_out(party: Party, browser: Browser, tokens: Tokens, listener: Listener) -> list[str]:
    """Logout as the client would do it: through the browser, or by access token for a native one."""
    registration, proved = party.registration, []
    endpoint = str(party.provider.endpoints["end_session_endpoint"])
    if registration.post_logout_redirect_uris and tokens.id_token:
        back = registration.post_logout_redirect_uris[0]
        query = {"id_token_hint": tokens.id_token, "post_logout_redirect_uri": back, "state": "bye"}
        answer = browser.follow(browser.get(f"{endpoint}?{urllib.parse.urlencode(query)}"))
        expected = back + ("&" if "?" in back else "?") + "state=bye"
        expect(answer.location == expected, f"logout led to {answer.location}, not {expected}")
        proved.append("logout leads back")
    elif registration.native:
        answer = Browser(party.provider.issuer).post(endpoint, {}, authorization=f"Bearer {tokens.access.reveal()}")
        expect(answer.status in {200, 204}, f"logout by access token answered {answer.status}")
        if "offline_access" not in registration.scopes:
            expect(party.ask_userinfo(tokens).status == 401, "the access token still works after logout")
        proved.append("logout by token")
    if proved:
        expect(not party.signed_in(browser), "the browser is still signed in after logout")
    if proved and _is_ours(registration.backchannel_logout_uri, listener):
        _logout_token(party, tokens, listener)
        proved.append("back-channel logout received")
    return proved


def _logout_token(party: Party, tokens: Tokens, listener: Listener) -> None:
    """OpenID Connect Back-Channel Logout 1.0 section 2.6, check by check."""
    received = listener.take("the back-channel logout call")
    expect(received.method == "POST", "the logout token was not posted")
    expected = urllib.parse.urlsplit(party.registration.backchannel_logout_uri or "").path
    expect(received.path == expected, f"the logout token went to {received.path}")
    claims = party.provider.claims(received.parameters["logout_token"], audience=party.client_id, kind="logout+jwt")
    expect(claims["events"] == {BACKCHANNEL_EVENT: {}}, "the logout token has another event")
    expect(claims.get("jti"), "the logout token has no jti")
    expect("nonce" not in claims, "the logout token has a nonce, so that it could pass for an ID token")
    expect(claims.get("sub") == tokens.claims["sub"], "the logout token is about another user")
    if party.registration.backchannel_logout_session_required:
        expect(claims.get("sid") == tokens.claims["sid"], "the logout token does not name the session")


def single_sign_on(parties: Mapping[str, Party]) -> tuple[str, ...]:
    """Two clients that share the login, and one that does not, in one browser."""
    sharing = [p for p in parties.values() if p.registration.single_sign_on and not p.registration.native]
    alone = [p for p in parties.values() if p.registration.platform == "web" and not p.registration.single_sign_on]
    first, second = _two_organizations(sharing)
    browser = Browser(first.provider.issuer)
    for party, shared in ((first, False), (second, True), (alone[0], False)):
        asked = Asked(party.registration.redirect_uris[0], party.registration.scopes)
        answer = party.ask(browser, asked)
        shown = answer.page.form("/sign-in") is not None
        expect(shown != shared, f"{party.client_id}: {'a second login' if shared else 'no login form'}")
        if not shared:
            answer = sign_in(browser, answer, "a visit of its own")
        if answer.page.form("/consent") is not None:
            consent(party, browser, answer)
    return (f"login at {first.client_id}", f"none at {second.client_id}", f"again at {alone[0].client_id}")


def _two_organizations(parties: list[Party]) -> tuple[Party, Party]:
    first = parties[0]
    other = [p for p in parties if p.registration.organization != first.registration.organization]
    expect(other, "the registry has no two web clients with single sign-on of two organizations")
    return first, other[0]


def _each_kind(redirect_uris: tuple[str, ...]) -> tuple[str, ...]:
    """One redirect URI of each kind: the same journey twice would prove nothing more."""
    kinds: dict[str, str] = {}
    for uri in redirect_uris:
        parts = urllib.parse.urlsplit(uri)
        kinds.setdefault(
            uri if uri in OOB else f"{parts.scheme}:{parts.hostname if parts.scheme == 'http' else ''}", uri
        )
    return tuple(kinds.values())


def _reachable(redirect_uri: str, listener: Listener) -> str:
    """An http loopback redirect URI on the port that we listen on, which its file does not name (RFC 8252 7.3)."""
    parts = urllib.parse.urlsplit(redirect_uri)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
        return redirect_uri
    return parts._replace(netloc=f"{_LOOPBACK[parts.hostname]}:{listener.port}").geturl()


def _is_ours(uri: str | None, listener: Listener) -> bool:
    return uri is not None and urllib.parse.urlsplit(uri).netloc == f"127.0.0.1:{listener.port}"
