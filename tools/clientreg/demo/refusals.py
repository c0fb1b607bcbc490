"""What must fail, shown to fail: each refusal by the server itself, after the same request was shown to work."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import replace

from clientreg.demo.agent import Answer, Browser, Said, decoded, expect
from clientreg.demo.journeys import consent, sign_in
from clientreg.demo.party import Asked, Party
from clientreg.secret import Secret


def all_of(party: Party) -> Iterator[tuple[str, Callable[[], tuple[str, ...]]]]:
    """What is tried and how the server must refuse it, for a confidential client that signs users in."""
    yield "a redirect URI that is not registered", lambda: (_redirect_uri(party),)
    yield "a scope that is not registered", lambda: (_scope(party),)
    yield "no PKCE", lambda: (_no_pkce(party),)
    yield "a wrong PKCE verifier", lambda: (_wrong_verifier(party),)
    yield "a wrong secret", lambda: (_wrong_secret(party),)
    yield "a code used twice", lambda: (_code_twice(party),)


def _redirect_uri(party: Party) -> str:
    asked = Asked(party.registration.redirect_uris[0] + "x", party.registration.scopes)
    answer = party.ask(Browser(party.provider.issuer), asked)
    expect(answer.status == 400 and answer.location is None, "the browser was sent to an address nobody registered")
    return "a page says so; nobody is redirected"


def _scope(party: Party) -> str:
    asked = Asked(party.registration.redirect_uris[0], (*party.registration.scopes, "not.registered"))
    return _error(party, asked, "invalid_scope")


def _no_pkce(party: Party) -> str:
    asked = Asked(party.registration.redirect_uris[0], party.registration.scopes)
    return _error(party, asked, "invalid_request", code_challenge=None, code_challenge_method=None)


def _error(party: Party, asked: Asked, error: str, **more: str | None) -> str:
    answer = party.ask(Browser(party.provider.issuer), asked, **more)
    said = _parameters(answer)
    expect(said.get("error") == error, f"the server answered {said.get('error') or answer.status}, not {error}")
    expect(said.get("state") == asked.state, "the refusal came back without its state")
    expect("code" not in said, "there is a code in the refusal")
    return error


def _wrong_verifier(party: Party) -> str:
    """Somebody who caught the code has no verifier that fits: that is what PKCE is for (RFC 7636 section 1)."""
    asked, code = _code(party)
    thief = Asked(asked.redirect_uri, asked.scopes)
    answer = party.present(thief, code)
    expect(answer.json.get("error") == "invalid_grant", f"the token endpoint answered {answer.status}")
    return "invalid_grant"


def _wrong_secret(party: Party) -> str:
    asked, code = _code(party)
    answer = replace(party, secret=Secret.generate()).present(asked, code)
    expect(answer.status == 401, f"the token endpoint answered {answer.status}")
    expect(answer.json["error"] == "invalid_client", f"the token endpoint answered {answer.json['error']}")
    return "401 invalid_client"


def _code_twice(party: Party) -> str:
    """The second use must also void what the first one gave (RFC 6749 section 4.1.2)."""
    asked, code = _code(party)
    tokens = party.redeem(asked, code)
    party.userinfo(tokens)
    again = party.present(asked, code)
    expect(again.json.get("error") == "invalid_grant", "the code was good a second time")
    expect(party.ask_userinfo(tokens).status == 401, "what the first use gave still works")
    return "invalid_grant, and the first tokens are void"


def _code(party: Party) -> tuple[Asked, str]:
    browser = Browser(party.provider.issuer)
    asked = Asked(party.registration.redirect_uris[0], party.registration.scopes)
    answer = sign_in(browser, party.ask(browser, asked), "a new visit")
    if answer.page.form("/consent") is not None:
        answer = consent(party, browser, answer)
    return asked, party.response(asked, _parameters(answer))


def _parameters(answer: Answer) -> Said:
    return decoded(urllib.parse.urlsplit(answer.location or "").query)
