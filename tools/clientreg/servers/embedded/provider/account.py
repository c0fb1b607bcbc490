"""`/account`: what the user has let in, by the name that the consent page showed, and how to take it back."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Response, request

from clientreg.servers.embedded.provider import authorize, browser, pages, users
from clientreg.servers.embedded.provider.context import here, provider
from clientreg.servers.embedded.provider.pages import Redirect, Refused


def account() -> Response:
    """The list of permissions; sign in first."""
    session = browser.session()
    if session is None:
        return authorize.wait_for_account()
    permissions = []
    for held in here().issued.permissions(session.sub):
        client = here().client(held.client_id)
        permissions.append(
            {
                "client_id": held.client_id,
                "client": client,
                "scopes": pages.descriptions(held.scope.split()),
                "since": datetime.fromtimestamp(held.granted, UTC).strftime("%-d %B %Y"),
            }
        )
    pages.stay()
    user = users.by_sub(session.sub)
    return pages.page("account.html", user=user, permissions=permissions, locales=pages.locales())


def take_back() -> Response:
    """`POST /account/revoke`: one client loses its permission and every token it holds for this user."""
    session = browser.session()
    if session is None or not browser.form_is_ours():
        what = "It did not come from a page of this server in this browser."
        raise Refused("This form is not ours", what, hint="Open your account again.", status=403)
    here().issued.forget(session.sub, request.form.get("client_id", ""))
    return Redirect(f"{provider().issuer}/account")
