"""A preview for people: where the server is, how to sign in, each client with a link that starts a login, and news."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from clientreg.planning.plan import Action, CredentialStep, Refusal
from clientreg.preview import News, Served, State
from clientreg.report.change_text import SYMBOLS
from clientreg.report.layout import counted, listed, wrapped
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Role, Style
from clientreg.servers import Outcome
from clientreg.servers.embedded.provider import PASSWORD, USERS

_MANY = 30
"""Clients up to which each is shown with its addresses: more would push what one looks for off the screen."""
_SOME = 8
"""Lines of news about one change of the files; a change of branch has more."""
_NAMES = 10
_SAID = {
    Action.DISABLE: "its file or entry is gone, so nobody can use it",
    Action.ENABLE: "back again",
}


class View(NamedTuple):
    """How the state is looked at: one client in detail or all of them, file names as seen from the folder `here`."""

    here: str
    style: Style
    client: str | None = None


def opening(state: State, view: View) -> str:
    """What a person needs to know to try the clients out."""
    style = view.style
    lines = list(_clients(state, view))
    refused = [one for key, one in state.refused.items() if view.client in {None, key}]
    for one in refused[:_MANY]:
        lines += [*_refusal(one, state, style), ""]
    if len(refused) > _MANY:
        lines += [f"{len(refused) - _MANY:,} more are refused: clientreg lint names them all", ""]
    known = counted(len(state.clients), "client")
    lines += [
        f"{style.paint(f'preview of {printable(state.environment)}', 'name')}: {known}, for this machine only",
        *_row("issuer", state.issuer, style),
        *_row("discovery", f"{state.issuer}/.well-known/openid-configuration", style),
        *_row("sign in as", f"{_or([user.name for user in USERS])}, password {PASSWORD}", style),
        "",
        "Changes of the files are served as they are saved. Ctrl-C ends it.",
    ]
    return unforged("\n".join(lines) + "\n")


def news(news: News, state: State, view: View) -> str:
    """What changed files brought, in as few lines as it takes."""
    style = view.style
    if news.problem is not None:
        text = f"{news.problem.message}; what was served before is still served"
        lines = _marked("x", "error", printable(text), style)
        lines += _hint(news.problem.hint, style)
        return unforged("\n".join(lines) + "\n")
    told = [list(_change(outcome, state, view)) for outcome in news.made]
    told += [list(_refusal(one, state, style)) for one in news.refused]
    changed = {outcome.change.key for outcome in news.made}
    told += [
        [f"{style.paint('=', 'good')} {printable(key)}: in order again"] for key in news.mended if key not in changed
    ]
    if not told:
        still = f", {counted(len(state.refused), 'client')} still refused" if state.refused else ""
        told = [[style.paint(f"read again: nothing changes for {printable(state.environment)}{still}", "aside")]]
    if len(told) > _SOME:
        told = [*told[:_SOME], [f"  and {counted(len(told) - _SOME, 'client')} more"]]
    return unforged("\n".join(line for lines in told for line in lines) + "\n")


def said(line: str) -> str:
    """One line that the server has to say of itself."""
    return unforged(printable(line)) + "\n"


def _clients(state: State, view: View) -> Iterator[str]:
    if view.client is not None:
        if view.client in state.clients:
            yield from (*_detail(view.client, state.clients[view.client], view), "")
    elif len(state.clients) > _MANY:
        yield "One of them, with its addresses, its secret and a link that starts a login:"
        yield from ("  clientreg preview CLIENT", "")
    else:
        for key, served in state.clients.items():
            yield from (*_brief(key, served, view), "")
        yield from _footing(state, view)


def _brief(key: str, served: Served, view: View) -> Iterator[str]:
    style, registration = view.style, served.registration
    yield f"{style.paint(printable(key), 'name')}  {printable(registration.client_name)}"
    yield from _way_in(served, style)
    for uri in registration.redirect_uris:
        yield from _row("redirect", uri, style)


def _detail(key: str, served: Served, view: View) -> Iterator[str]:
    style, registration = view.style, served.registration
    yield f"{style.paint(printable(registration.client_name), 'name')} {style.paint(printable(served.source), 'aside')}"
    yield from _row("client_id", key, style)
    for uri in registration.redirect_uris:
        yield from _row("redirect", uri, style)
    yield from _row("scopes", " ".join(registration.scopes), style)
    if registration.response_types:
        yield from _row("PKCE", "S256, in every request" if registration.require_pkce else "not demanded", style)
    yield from _row("token auth", registration.token_endpoint_auth_method, style)
    yield from _way_in(served, style)
    yield from _secret(served, view)
    if served.link is not None:
        yield from ("", *_about_links(style))


def _way_in(served: Served, style: Style) -> list[str]:
    registration = served.registration
    if not registration.enabled:
        return _row("disabled", "its file says `enabled: false`: the server knows nobody of this id", style)
    if served.link is not None:
        return _row("log in", served.link, style)
    return _row("no login", f"asks the token endpoint with grant_type={registration.grant_types[0]}", style)


def _secret(served: Served, view: View) -> list[str]:
    if served.sealed is None:
        return _row("secret", "none: it is a public client", view.style) if served.registration.public else []
    sealed = _row("secret", "sealed to its recipients; whoever is one opens it:", view.style)
    return [*sealed, f"  clientreg open {printable(_seen_from(view.here, served.sealed))}"]


def _footing(state: State, view: View) -> Iterator[str]:
    """What holds for all of a list."""
    style, sealed = view.style, next((one.sealed for one in state.clients.values() if one.sealed), None)
    if any(served.link for served in state.clients.values()):
        yield from (*_about_links(style), "")
    if sealed is not None:
        place = _seen_from(view.here, os.path.dirname(sealed))
        yield from wrapped(
            "Secrets are sealed to the recipients that the files name; whoever is one opens them:", style.width
        )
        yield from (f"  clientreg open {printable(place)}/CLIENT.*.age", "")


def _about_links(style: Style) -> list[str]:
    text = (
        "A link starts a login as the application would, to see the pages as users will: open it in a browser. The "
        "answer goes to the redirect URI. The application sends state, nonce and PKCE challenge of its own; nobody can "
        "redeem the code that comes of a link."
    )
    return wrapped(text, style.width)


def _change(outcome: Outcome, state: State, view: View) -> Iterator[str]:
    change, style = outcome.change, view.style
    symbol, role = SYMBOLS[change.action]
    replaced = change.credential is CredentialStep.NEW and change.action is not Action.CREATE
    named = dict.fromkeys(str(one.path[0]) for one in change.fields if one.path[0] != "credentials")
    words = _SAID.get(change.action) or ("new" if change.action is Action.CREATE else ", ".join(named))
    text = f"{printable(change.key)}: {printable(listed([words, 'a new secret' if replaced else '']))}"
    yield from _marked(symbol, role, text, style)
    served = state.clients.get(change.key)
    if change.action is Action.CREATE and served is not None:
        yield from (*_way_in(served, style), *_secret(served, view))
    elif replaced and served is not None:
        yield from _secret(served, view)


def _refusal(refused: Refusal, state: State, style: Style) -> Iterator[str]:
    how = "refused, and served as it was before" if refused.key in state.older else "refused"
    yield f"{style.paint('x', 'error')} {style.paint(printable(refused.key), 'name')}: {how}"
    yield from wrapped(printable(refused.why), style.width, first="    ", rest="    ")
    yield from _hint(refused.hint, style)


def _marked(symbol: str, role: Role, text: str, style: Style) -> list[str]:
    """Text behind a symbol, which is painted when the lines are broken: colour takes no room."""
    first, *rest = wrapped(text, style.width, first=f"{symbol} ", rest="    ")
    return [first.replace(symbol, style.paint(symbol, role), 1), *rest]


def _hint(hint: str, style: Style) -> Iterable[str]:
    return wrapped(f"hint: {printable(hint)}", style.width, first="    ", rest="    ") if hint else ()


def _row(name: str, value: str, style: Style) -> list[str]:
    return wrapped(printable(value), style.width, first=f"  {name:<{_NAMES}}  ", rest=" " * (_NAMES + 4))


def _seen_from(here: str, file: str) -> str:
    """The shorter of both ways to write a file's name."""
    return min(os.path.relpath(file, here), file, key=len)


def _or(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
