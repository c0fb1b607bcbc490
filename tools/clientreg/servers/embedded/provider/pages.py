"""Pages for people: one way to render them, the headers that they all carry, redirects, the out-of-band page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from flask import Response, g, render_template, request

from clientreg.servers.embedded.provider import browser, users
from clientreg.servers.embedded.provider.clients import OOB, OOB_AUTO
from clientreg.servers.embedded.provider.context import provider

if TYPE_CHECKING:
    from clientreg.servers.embedded.provider.clients import Client

_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_VISIBLE_ASCII = "".join(chr(code) for code in range(0x21, 0x7F))


class Refused(Exception):  # noqa: N818 - an answer, not a failure of ours
    """This request ends on an error page and is never redirected: `status`, a title, what is wrong, what to do."""

    def __init__(
        self, title: str, detail: str, *, hint: str = "", items: Sequence[str] = (), status: int = 400
    ) -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail
        self.hint = hint
        self.items = tuple(items)
        self.status = status


class Redirect(Response):
    """A 303 (never repeats the form, RFC 9700 section 4.12) to exactly the text that was registered."""

    def __init__(self, target: str) -> None:
        super().__init__(status=303)
        self.target = quote(target, safe=_VISIBLE_ASCII)

    def get_wsgi_headers(self, environ: Any) -> Any:
        """Werkzeug would lower the case of a private-use scheme's host; a client may compare letter by letter."""
        headers = super().get_wsgi_headers(environ)
        headers["Location"] = self.target
        return headers


def page(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page. Jinja2 escapes every value: the templates end in `.html` and none marks anything safe."""
    text = render_template(
        template, issuer=provider().issuer, form_token=browser.form_token(), users=users.USERS,
        password=users.PASSWORD, **context,
    )  # fmt: skip
    return Response(text, status=status, content_type="text/html; charset=utf-8")


def refused(refusal: Refused) -> Response:
    """The error page."""
    return page("error.html", status=refusal.status, refusal=refusal)


def stay() -> None:
    """The page's forms lead to pages of ours only, so the browser is told to hold them to that."""
    g.forms_stay = True


def harden(response: Response) -> None:
    """Headers of every answer.

    `form-action` stands only on pages whose forms end here. Chromium applies it to the redirects that follow a form
    post, also to those of the application behind the redirect URI, which nobody can list: on the sign-in, consent and
    logout pages a user would press the button and nothing would happen.
    """
    policy = _POLICY + ("; form-action 'self'" if g.get("forms_stay") else "")
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"


def locales(params: Any = None) -> tuple[str, ...]:
    """The languages to show a client's name in: what the client asks for, then what the browser prefers."""
    asked = str((params or {}).get("ui_locales") or "").split()
    return (*asked, *request.accept_languages.values())


def descriptions(scopes: Sequence[str]) -> list[tuple[str, str]]:
    """Each scope with what it means to a user; who they are comes first."""
    known = {"openid": "Know who you are", "offline_access": "Keep access while you are away", **provider().scopes}
    return [(scope, known.get(scope, "")) for scope in sorted(scopes, key=lambda scope: scope != "openid")]


def answer(client: Client, redirect_uri: str, pairs: Sequence[tuple[str, str]]) -> Response:
    """An authorization response, good or bad, with the issuer (RFC 9207) wherever the redirect URI leads."""
    if redirect_uri in (OOB, OOB_AUTO):
        return _out_of_band(client, pairs, copy=redirect_uri == OOB)
    query = urlencode([*pairs, ("iss", provider().issuer)])
    return Redirect(f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}")


def _out_of_band(client: Client, pairs: Sequence[tuple[str, str]], *, copy: bool) -> Response:
    """The answer in the page's title, for a program that reads window titles; with `copy` in the page as well."""
    shown = dict(pairs)
    word = "Success" if "code" in shown else "Denied"
    title = urlencode([(name, shown[name]) for name in ("code", "error", "state") if name in shown])
    stay()
    return page("oob.html", title=f"{word} {title}", answer=shown, copy=copy, client=client, locales=locales())
