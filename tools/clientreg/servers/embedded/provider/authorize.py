"""The authorization endpoint and the pages behind it: sign in, consent, and the answer to the client.

A request that needs its user waits in the state under an id that only this browser can use; the pages carry that id and
nothing else. Before a code is issued the request is judged again, by the clients as they are then.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidRequestError, OAuth2Error
from authlib.oidc.core.errors import ConsentRequiredError, LoginRequiredError
from flask import Response, current_app, request

from clientreg.servers.embedded.provider import browser, grants, logout, pages, users, wish
from clientreg.servers.embedded.provider.context import here, provider
from clientreg.servers.embedded.provider.pages import Redirect, Refused

if TYPE_CHECKING:
    from clientreg.servers.embedded.provider.clients import Client
    from clientreg.servers.embedded.provider.state import Interaction, Session

WAIT_SECONDS = 15 * 60
ACCOUNT = {"page": "account"}


def authorize() -> Response:
    """`/authorize`. A form post is read as the query it stands for, so that the browser sends its cookies with it."""
    if request.method == "POST":
        return Redirect(f"{provider().issuer}/authorize?{urlencode(once(request.form.to_dict(flat=False)))}")
    params = once(request.args.to_dict(flat=False))
    client, redirect_uri = _target(params)
    try:
        return _begin(client, params)
    except OAuth2Error as error:
        return _denied(client, redirect_uri, params, error)


def sign_in() -> Response:
    """`GET /sign-in`: who are you?"""
    interaction = _waiting(request.args.get("interaction", ""))
    return _sign_in_page(interaction)


def signed_in() -> Response:
    """`POST /sign-in`: open a session for whoever knows the password."""
    interaction = _posted()
    typed = request.form.get("user", "")
    user = users.by_name(typed)
    password = request.form.get("password", "").encode(errors="replace")
    if user is None or not hmac.compare_digest(password, user.password.encode()):
        return _sign_in_page(interaction, typed=typed, failed=True)
    _take(interaction)
    if interaction.params == ACCOUNT:
        _open(user, shared=True, persistent=False)
        return Redirect(f"{provider().issuer}/account")
    client, redirect_uri = _target(interaction.params)
    persistent = client.stay_logged_in and request.form.get("stay") == "yes"
    session = _open(user, shared=client.single_sign_on, persistent=persistent)
    try:
        return _next(client, interaction.params, session, wish.read(interaction.params, client))
    except OAuth2Error as error:
        return _denied(client, redirect_uri, interaction.params, error)


def consent() -> Response:
    """`GET /consent`: may this client have these?"""
    interaction = _waiting(request.args.get("interaction", ""))
    client, _ = _target(interaction.params)
    session = _session_of(interaction)
    user = users.by_sub(session.sub)
    scopes = _scope(interaction.params).split()
    return pages.page(
        "consent.html", client=client, locales=pages.locales(interaction.params), user=user,
        scopes=pages.descriptions(scopes), interaction=interaction.id,
        known=here().issued.consented(session.sub, client.client_id),
    )  # fmt: skip


def consented() -> Response:
    """`POST /consent`: the user's decision."""
    interaction = _posted()
    client, redirect_uri = _target(interaction.params)
    session = _session_of(interaction)
    _take(interaction)
    try:
        if request.form.get("decision") != "allow":
            raise AccessDeniedError
        scope = _scope(interaction.params)
        here().issued.consent(session.sub, client.client_id, scope.split())
        return _finish(client, interaction.params, session)
    except OAuth2Error as error:
        return _denied(client, redirect_uri, interaction.params, error)


def wait_for_account() -> Response:
    """Sign in first, then the account page."""
    name = here().sessions.wait(browser=browser.token(), params=ACCOUNT, sid=None, seconds=WAIT_SECONDS)
    return Redirect(f"{provider().issuer}/sign-in?interaction={name}")


def once(values: Mapping[str, list[str]]) -> dict[str, str]:
    """The parameters; one sent twice makes the request ambiguous (RFC 6749 section 3.1), an empty one is none."""
    repeated = sorted(name for name, found in values.items() if len(found) > 1)
    if repeated:
        raise Refused("This request is ambiguous", "These parameters are sent more than once:", items=repeated)
    return {name: found[0] for name, found in values.items() if found[0]}


def _target(params: Mapping[str, str]) -> tuple[Client, str]:
    """The client and where its answer may go. Until both are sure nothing is redirected (RFC 6749 section 4.1.2.1)."""
    client_id = params.get("client_id", "")
    client = here().client(client_id)
    if client is None:
        what = (
            f"No client “{client_id}” is registered here, or it is disabled." if client_id else "client_id is missing."
        )
        raise Refused(
            "We do not know this application", what, hint="Plan and apply the registry, or check the client id."
        )
    redirect_uri = params.get("redirect_uri") or client.get_default_redirect_uri()
    registered = client.texts("redirect_uris")
    if redirect_uri is None:
        raise Refused("redirect_uri is missing", "The client must say which of these it means:", items=registered)
    if not client.check_redirect_uri(redirect_uri):
        what = f"“{redirect_uri}” is not registered for {client.name()}. Registered, letter by letter:"
        hint = "Send one of these, or add yours to redirect_uris in the client's file."
        raise Refused("This redirect URI is not registered", what, hint=hint, items=registered)
    return client, redirect_uri


def _begin(client: Client, params: Mapping[str, str]) -> Response:
    asked = wish.read(params, client)
    _scope(params)
    hinted = _hinted_sub(params)
    session = browser.session() if client.single_sign_on else None
    if session is not None and asked.met_by(session, here().now) and hinted in (None, session.sub):
        return _next(client, params, session, asked)
    if asked.silent:
        raise LoginRequiredError
    return _wait("sign-in", params, None)


def _next(client: Client, params: Mapping[str, str], session: Session, asked: wish.Wish) -> Response:
    """The user is known: ask for consent, or answer. Somebody else than the client expects is nobody to it."""
    if _hinted_sub(params) not in (None, session.sub):
        raise LoginRequiredError
    scopes = set(_scope(params).split())
    missing = client.require_consent and not scopes <= here().issued.consented(session.sub, client.client_id)
    if not missing and "consent" not in asked.prompts:
        return _finish(client, params, session)
    if asked.silent:
        raise ConsentRequiredError
    return _wait("consent", params, session.sid)


def _finish(client: Client, params: Mapping[str, str], session: Session) -> Response:
    """Issue a code, by the rules of this moment."""
    grant = _judged(params)
    scope, issued = grant.request.scope, here().issued
    family = issued.start_family(
        client_id=client.client_id, sub=session.sub, sid=session.sid, offline="offline_access" in scope.split(),
        seconds=client.refresh_seconds,
    )  # fmt: skip
    code = grant.generate_authorization_code()
    issued.add_code(
        code, family, redirect_uri=params.get("redirect_uri"), scope=scope, nonce=params.get("nonce"),
        challenge=params.get("code_challenge"), auth_time=session.auth_time,
    )  # fmt: skip
    redirect_uri = params.get("redirect_uri") or client.get_default_redirect_uri() or ""
    return pages.answer(client, redirect_uri, [("code", code), *_state(params)])


def _judged(params: Mapping[str, str]) -> grants.AuthorizationCode:
    """Authlib's verdict on the request: grant, scopes, PKCE. Raises what the client is told."""
    server = current_app.extensions["clientreg-grants"]
    grant = server.get_authorization_grant(grants.authorization_request(params))
    assert isinstance(grant, grants.AuthorizationCode)
    grant.validate_authorization_request()
    return grant


def _scope(params: Mapping[str, str]) -> str:
    return str(_judged(params).request.scope)


def _denied(client: Client, redirect_uri: str, params: Mapping[str, str], error: OAuth2Error) -> Response:
    description = [("error_description", str(error.description))] if error.description else []
    return pages.answer(client, redirect_uri, [("error", str(error.error)), *description, *_state(params)])


def _state(params: Mapping[str, str]) -> list[tuple[str, str]]:
    return [("state", params["state"])] if "state" in params else []


def _hinted_sub(params: Mapping[str, str]) -> str | None:
    """Whom the client expects, by an ID token of ours."""
    hint = params.get("id_token_hint")
    if hint is None:
        return None
    claims = provider().key.own_claims(hint, provider().issuer)
    if claims is None:
        raise InvalidRequestError("id_token_hint is not an ID token of this server")
    return str(claims["sub"])


def _open(user: users.User, *, shared: bool, persistent: bool) -> Session:
    """A session for that user. Another user's shared session in this browser ends; the same user's is renewed."""
    sessions, seconds = here().sessions, browser.PERSISTENT_SECONDS if persistent else browser.SESSION_SECONDS
    current = browser.session() if shared else None
    if current is not None and current.sub == user.sub:
        cookie = sessions.renew(current.sid, seconds)
        session = sessions.by_sid(current.sid) or current
    else:
        if current is not None:
            logout.end([current])
        session, cookie = sessions.start(browser=browser.token(), sub=user.sub, shared=shared, seconds=seconds)
    if shared:
        browser.open_session(cookie, persistent=persistent)
    return session


def _wait(where: str, params: Mapping[str, str], sid: str | None) -> Response:
    name = here().sessions.wait(browser=browser.token(), params=params, sid=sid, seconds=WAIT_SECONDS)
    return Redirect(f"{provider().issuer}/{where}?interaction={name}")


def _waiting(name: str) -> Interaction:
    found = here().sessions.waiting(name, browser.token())
    if found is None:
        raise _gone()
    return found


def _posted() -> Interaction:
    if not browser.form_is_ours():
        raise Refused(
            "This form is not ours", "It did not come from a page of this server in this browser.",
            hint="Cookies must be allowed. Go back to the application and start again.", status=403,
        )  # fmt: skip
    return _waiting(request.form.get("interaction", ""))


def _take(interaction: Interaction) -> None:
    """One request, one answer: a form that is sent twice ends here."""
    if not here().sessions.take(interaction.id):
        raise _gone()


def _session_of(interaction: Interaction) -> Session:
    found = here().sessions.by_sid(interaction.sid) if interaction.sid else None
    if found is None:
        raise _gone()
    return found


def _gone() -> Refused:
    return Refused(
        "Nothing waits here any more", "This sign-in was completed, has expired, or began in another browser.",
        hint="Go back to the application and start again.",
    )  # fmt: skip


def _sign_in_page(interaction: Interaction, *, typed: str = "", failed: bool = False) -> Response:
    client = None if interaction.params == ACCOUNT else _target(interaction.params)[0]
    hint = interaction.params.get("login_hint", "")[:100]
    alone = client is not None and not client.single_sign_on and browser.session() is not None
    return pages.page(
        "sign_in.html", status=403 if failed else 200, client=client, locales=pages.locales(interaction.params),
        interaction=interaction.id, typed=typed[:100] or hint, failed=failed, alone=alone,
    )  # fmt: skip
