"""An authorization server of the tests' own: it admits what a test says, over real HTTP on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from clientreg import verify
from clientreg.model import Registration
from clientreg.planning.plan import Refusal
from clientreg.settings import Environment, ServerEntry, Settings
from clientreg.sync import Inputs
from clientreg.verify.result import Verified
from door.listening import Listening, Reply, Seen, listening
from memory import wanted

DISCOVERY, AUTHORIZE, LOGOUT = "/.well-known/openid-configuration", "/authorize", "/logout"


@dataclass
class Stub:
    """What it holds and how it answers; `members` replace those of its discovery document, None takes one away."""

    redirect_uris: dict[str, list[str]] = field(default_factory=dict)
    post_logout: dict[str, list[str]] = field(default_factory=dict)
    members: dict[str, Any] = field(default_factory=dict)
    answer: Callable[[Seen, Mapping[str, str]], Reply | None] = lambda *_: None
    listening: Listening = field(default_factory=lambda: Listening(""))

    @property
    def url(self) -> str:
        """Its issuer."""
        return self.listening.url

    @property
    def questions(self) -> list[tuple[str, dict[str, str]]]:
        """What was asked, discovery aside: the path and the parameters."""
        parts = [urlsplit(seen.path) for seen in self.listening.seen]
        return [(one.path, dict(parse_qsl(one.query))) for one in parts if one.path != DISCOVERY]

    def act(self, seen: Seen) -> Reply:
        """One answer."""
        parts = urlsplit(seen.path)
        params = dict(parse_qsl(parts.query))
        special = self.answer(seen, params)
        if special is not None:
            return special
        if parts.path == DISCOVERY:
            return 200, {"Content-Type": "application/json"}, json.dumps(self.document()).encode()
        held, name = {
            AUTHORIZE: (self.redirect_uris, "redirect_uri"),
            LOGOUT: (self.post_logout, "post_logout_redirect_uri"),
        }[parts.path]
        if params[name] not in held.get(params["client_id"], []):
            return 400, {}, b"<h1>This redirect URI is not registered</h1>"
        return sent(params[name]) if name == "redirect_uri" else sent(params[name], "")

    def document(self) -> dict[str, Any]:
        """Its discovery document."""
        made = {
            "issuer": self.url,
            "authorization_endpoint": self.url + AUTHORIZE,
            "end_session_endpoint": self.url + LOGOUT,
            "scopes_supported": ["openid", "profile"],
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            **self.members,
        }
        return {name: value for name, value in made.items() if value is not None}


def sent(uri: str, error: str = "invalid_request") -> Reply:
    """The browser is sent there, with an error or without."""
    query = urlencode({"error": error}) if error else ""
    return 302, {"Location": f"{uri}{'&' if '?' in uri else '?'}{query}" if query else uri}, b""


@contextmanager
def running(stub: Stub) -> Iterator[Stub]:
    """The server, on a free port."""
    with listening(stub.act) as started:
        stub.listening = started
        yield stub


def ask(
    *stubs: Stub | str,
    clients: tuple[Registration, ...],
    refused: tuple[Refusal, ...] = (),
    part: frozenset[str] | None = None,
    sleep: Callable[[float], None] = lambda _: None,
    **more: Any,
) -> Verified:
    """Verify an environment of these servers (or issuers) and clients, without a pause."""
    issuers = {f"s{number}": stub if isinstance(stub, str) else stub.url for number, stub in enumerate(stubs, 1)}
    environment = Environment("test", False, tuple(ServerEntry(name, "memory", {}) for name in issuers))
    inputs = Inputs(Settings("x", {}, {}), environment, Path("/x"), wanted(*clients), 1, "2026-11-25", refused)
    connect = lambda entry, _: SimpleNamespace(endpoints=lambda: {"issuer": issuers[entry.name]})  # noqa: E731
    return verify.run(inputs, clients=part, connect=connect, sleep=sleep, **more)
