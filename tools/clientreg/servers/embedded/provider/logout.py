"""Logout: asked by a client through the browser, by a native client with its access token, or by the user.

OpenID Connect RP-Initiated Logout 1.0; the token way is for native clients, which have no browser to send.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Response, jsonify, request

from clientreg.servers.embedded.provider import backchannel, browser, pages, users
from clientreg.servers.embedded.provider.context import here, provider
from clientreg.servers.embedded.provider.pages import Redirect, Refused

if TYPE_CHECKING:
    from clientreg.servers.embedded.provider.clients import Client
    from clientreg.servers.embedded.provider.state import Session

_NAMES = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales", "logout_hint")


def logout() -> Response:
    """`/logout`. A form post is read as the query it stands for, so that the browser sends its cookies with it."""
    if request.method == "POST" and "Authorization" in request.headers:
        return _by_token()
    if request.method == "POST":
        return Redirect(f"{provider().issuer}/logout?{urlencode(_params(request.values))}")
    params = _params(request.args)
    client, claims = _asked(params)
    target = _session(claims)
    ours = [*_shared(), *here().sessions.of_browser(browser.token())]
    if target is None and ours:
        return _confirm(params, client)
    if target is not None:
        end([target])
    return _leave(client, params)


def confirmed() -> Response:
    """`POST /logout/confirm`: the user says yes, or stays."""
    _check_form()
    params = _params(request.form)
    client, _ = _asked(params)
    if request.form.get("decision") != "sign-out":
        return pages.page("signed_out.html", client=client, locales=pages.locales(params), stayed=True)
    end([*_shared(), *here().sessions.of_browser(browser.token())])
    return _leave(client, params)


def everywhere_here() -> Response:
    """`POST /account/sign-out`: the user ends every session of this browser."""
    _check_form()
    end([*_shared(), *here().sessions.of_browser(browser.token())])
    return pages.page("signed_out.html", client=None, locales=(), stayed=False)


def end(sessions: Sequence[Session]) -> None:
    """End sessions: void what their clients hold, forget the cookie, tell the clients that asked to be told."""
    current = browser.session()
    for session in sessions:
        here().sessions.end(session.sid)
        for client_id in here().issued.revoke_session(session.sid):
            _tell(client_id, session)
        if current is not None and current.sid == session.sid:
            browser.close_session()


def _tell(client_id: str, session: Session) -> None:
    client, running = here().client(client_id), provider()
    if client is None:
        return
    call = backchannel.notice(client, session, issuer=running.issuer, key=running.key, now=here().now)
    if call is not None:
        running.notifier.send(call)


def _by_token() -> Response:
    """The seed's logout for native clients: the bearer of an access token ends every session of its user."""
    bearer = request.authorization
    token = here().issued.access(bearer.token or "") if bearer is not None and bearer.type == "bearer" else None
    sub = token.family.sub if token is not None and here().client(token.family.client_id) is not None else None
    if sub is None:
        answer = jsonify(error="invalid_token", error_description="The access token is not good (any more)")
        answer.status_code = 401
        answer.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        return answer
    sessions = here().sessions.of_user(sub)
    end(sessions)
    return jsonify(signed_out=True, sessions=len(sessions))


def _asked(params: Mapping[str, str]) -> tuple[Client | None, dict[str, Any] | None]:
    """The client that asks and what its hint says; anything wrong ends on a page, never in a redirect (section 4)."""
    claims = None
    if hint := params.get("id_token_hint"):
        claims = provider().key.own_claims(hint, provider().issuer)
        if claims is None:
            raise _refused("id_token_hint is not an ID token of this server.")
    client_id = params.get("client_id") or (str(claims["aud"]) if claims else None)
    if claims and client_id != claims["aud"]:
        raise _refused("client_id is not the client that id_token_hint was issued to.")
    client = here().client(client_id)
    if client_id and client is None:
        raise _refused("The client is not registered here, or it is disabled.")
    uri = params.get("post_logout_redirect_uri")
    if uri and client is None:
        raise _refused("post_logout_redirect_uri needs id_token_hint or client_id beside it.")
    if uri and client is not None and not client.check_post_logout_redirect_uri(uri):
        what = f"“{uri}” is not registered as post_logout_redirect_uri of {client.name()}. Registered:"
        raise Refused("You are still signed in", what, items=client.texts("post_logout_redirect_uris"))
    return client, claims


def _session(claims: Mapping[str, Any] | None) -> Session | None:
    """The session that a hint means: by its id, else the same user's session in this browser."""
    if claims is None:
        return None
    found = here().sessions.by_sid(str(claims.get("sid", "")))
    if found is not None:
        return found
    return next((session for session in _shared() if session.sub == claims["sub"]), None)


def _shared() -> list[Session]:
    current = browser.session()
    return [] if current is None else [current]


def _confirm(params: Mapping[str, str], client: Client | None) -> Response:
    """Without a hint that fits, any page could send the browser here: ask (section 6)."""
    current = browser.session()
    user = users.by_sub(current.sub) if current else None
    return pages.page("sign_out.html", client=client, locales=pages.locales(params), user=user, params=params)


def _leave(client: Client | None, params: Mapping[str, str]) -> Response:
    """To the registered URI, else a page that says it is done."""
    uri = params.get("post_logout_redirect_uri")
    if client is None or not uri:
        return pages.page("signed_out.html", client=client, locales=pages.locales(params), stayed=False)
    if "state" not in params:
        return Redirect(uri)
    return Redirect(f"{uri}{'&' if '?' in uri else '?'}{urlencode({'state': params['state']})}")


def _params(values: Mapping[str, str]) -> dict[str, str]:
    return {name: values[name] for name in _NAMES if values.get(name)}


def _check_form() -> None:
    if not browser.form_is_ours():
        what = "It did not come from a page of this server in this browser."
        raise Refused("This form is not ours", what, hint="Open the page again.", status=403)


def _refused(detail: str) -> Refused:
    return Refused(
        "You are still signed in", detail, hint="The application sent a logout request that we cannot follow."
    )
