"""Where a door leads: one origin and a path below it, and whether the runner lets it be contacted."""

from __future__ import annotations

import re
from typing import NamedTuple

from clientreg.errors import CannotFinish, UsageError
from clientreg.jsonvalue import shown
from clientreg.settings import ORIGINS_VARIABLE
from clientreg.values.uri import Flaw, parse

_EXAMPLE = "write it as https://id.example or https://id.example/auth"


class Base(NamedTuple):
    """A server's address, taken apart: `origin` is scheme, host and port, `path` has no slash at its end."""

    origin: str
    path: str
    loopback: bool

    @property
    def url(self) -> str:
        """The whole address."""
        return self.origin + self.path


def base(url: str) -> Base:
    """The address of a server. Raises CannotFinish for one that nothing should be sent to."""
    uri = parse(url)
    if uri.flaw is Flaw.USERINFO or "@" in (uri.host or url.partition("//")[2].partition("/")[0]):
        raise CannotFinish(
            f"the server's URL {bare(url)} holds a user name", "leave it out: credentials never stand in a URL"
        )
    if uri.flaw is not None or not uri.web or uri.query is not None or uri.fragment is not None:
        raise CannotFinish(f"{bare(url)} is not the URL of a server", _EXAMPLE)
    if uri.scheme == "http" and not uri.loopback:
        hint = "write https; plain http is for loopback addresses, such as http://localhost:8080"
        raise CannotFinish(f"{bare(url)} is not encrypted", hint)
    return Base(uri.origin, uri.path.rstrip("/"), uri.loopback)


def origins(text: str) -> frozenset[str]:
    """The origins that `CLIENTREG_ORIGINS` lists, between spaces or commas. Raises UsageError for what is none."""
    found = [word for word in re.split(r"[\s,]+", text) if word]
    return frozenset(map(_origin, found))


def check(origin: str, allowed: frozenset[str] | None) -> None:
    """Raises CannotFinish for an origin that the runner does not list; where it lists none, all may be contacted."""
    if allowed is not None and origin not in allowed:
        listed = ", ".join(sorted(allowed)) or "none"
        hint = f"if it is meant, who keeps the runner adds it to {ORIGINS_VARIABLE}, which lists: {listed}"
        raise CannotFinish(f"{origin} is not among the origins that may be contacted", hint)


def bare(url: str) -> str:
    """An address as messages show it: without user name, password, query and fragment."""
    return shown(re.sub(r"//[^/?#]*@", "//***@", re.split(r"[?#]", url)[0]), 200)


def _origin(word: str) -> str:
    uri = parse(word)
    if (
        uri.flaw is not None
        or not uri.web
        or uri.path not in ("", "/")
        or uri.query is not None
        or uri.fragment is not None
    ):
        raise UsageError(
            f"{ORIGINS_VARIABLE} lists {bare(word)}, which is no origin",
            "list origins as https://id.example, with spaces between",
        )
    return uri.origin
