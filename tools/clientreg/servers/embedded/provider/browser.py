"""The browser at the other end: its two cookies, its form token, its session.

One cookie only says that it is the same browser, and guards forms; the other opens the shared session and is new at
every sign-in, so that one planted before opens nothing.
"""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

from flask import Response, g, request

from clientreg.servers.embedded.provider.context import here, provider
from clientreg.servers.embedded.provider.state import fresh

if TYPE_CHECKING:
    from clientreg.servers.embedded.provider.state import Session

SESSION_SECONDS = 10 * 3600
PERSISTENT_SECONDS = 30 * 24 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def token() -> str:
    """What tells this browser from others; made at its first visit."""
    if "browser" not in g:
        sent = request.cookies.get(_name("browser"), "")
        g.browser = sent if _TOKEN.fullmatch(sent) else fresh()
        g.browser_is_new = g.browser != sent
    return str(g.browser)


def form_token() -> str:
    """What each form of this browser must send back: only we can derive it from the cookie, which no page reads."""
    return hmac.new(token().encode(), b"form", "sha256").hexdigest()


def form_is_ours() -> bool:
    """Whether the posted form came from one of our pages in this browser."""
    return hmac.compare_digest(form_token().encode(), request.form.get("form_token", "").encode("utf-8", "replace"))


def session() -> Session | None:
    """The shared session of this browser."""
    sent = request.cookies.get(_name("session"))
    return here().sessions.by_cookie(sent) if sent else None


def open_session(cookie: str, *, persistent: bool) -> None:
    """Hand the browser the cookie of its session; `persistent` outlives the browser's window."""
    g.session_cookie = (cookie, PERSISTENT_SECONDS if persistent else None)


def close_session() -> None:
    """Take the session's cookie away."""
    g.session_cookie = ("", 0)


def save(response: Response) -> None:
    """Write the cookies that changed. No `Secure`: the server speaks http, on loopback only."""
    if g.get("browser_is_new"):
        response.set_cookie(_name("browser"), token(), httponly=True, samesite="Lax")
    if "session_cookie" in g:
        text, seconds = g.session_cookie
        response.set_cookie(_name("session"), text, max_age=seconds, httponly=True, samesite="Lax")


def _name(what: str) -> str:
    return f"clientreg_{what}_{provider().port}"
