"""The listening socket: loopback only, one thread per request, closed cleanly."""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from clientreg.errors import CannotFinish, UsageError
from clientreg.servers.embedded.provider import app, keys, state
from clientreg.servers.embedded.provider.backchannel import Notifier
from clientreg.servers.embedded.provider.context import Provider

if TYPE_CHECKING:
    from pathlib import Path


class Handler(WSGIRequestHandler):
    """Werkzeug's, but silent (it would log query strings, which carry codes) and without its version in `Server`."""

    server_version = "clientreg"
    sys_version = ""
    timeout = 30

    def version_string(self) -> str:
        """What `Server` says."""
        return self.server_version

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - Werkzeug's name for it
        """The application logs, without parameters."""


def start(
    store: Path, *, host: str, port: int, issuer: str | None, scopes: Mapping[str, str], log: Callable[[str], None]
) -> tuple[str, int, Callable[[], None]]:
    """Start in a thread: the issuer, the port, and what closes it."""
    _check_loopback(host, f"http://{host}")
    if issuer is not None:
        issuer = issuer.rstrip("/").lower()
        host, port = _issuer_address(issuer, port)
    now = int(time.time())
    state.prepare(store, now)
    key = keys.load(store, now)
    notifier = Notifier(log)
    listening = _listen(host, port)
    url = issuer or f"http://{_literal(host)}:{listening.port}"
    running = Provider(url, store, key, scopes, log, notifier)
    listening.app = app.make(running)
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,), name="clientreg-provider", daemon=True)
    thread.start()

    def close() -> None:
        listening.shutdown()
        thread.join()
        listening.server_close()
        notifier.close()

    return url, listening.port, close


def _listen(host: str, port: int) -> BaseWSGIServer:
    """Bound here and not by Werkzeug, which ends the process when a port is taken."""

    def nothing(environ: object, start_response: object) -> list[bytes]:
        raise AssertionError

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family)
    except OSError as error:
        message = f"cannot listen on {_literal(host)}:{port} ({os.strerror(error.errno or 0)})"
        raise CannotFinish(
            message, "end the program that has this port, or choose another (0: any free one)"
        ) from error
    with bound:
        return make_server(host, port, nothing, threaded=True, request_handler=Handler, fd=bound.fileno())


def _issuer_address(issuer: str, port: int) -> tuple[str, int]:
    """The host and port that an issuer names; it must be our own address: we answer to no other Host."""
    parts = urlsplit(issuer)
    _check_loopback(parts.hostname or "", issuer)
    if parts.scheme != "http" or parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise UsageError(f"issuer {issuer} is not of the form http://localhost:8080", "the embedded server speaks http")
    named = parts.port or 80
    if port not in (0, named):
        raise UsageError(
            f"issuer {issuer} does not have port {port}", "leave the port out, or write it into the issuer"
        )
    return parts.hostname or "localhost", named


def _check_loopback(host: str, shown: str) -> None:
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        hint = "the embedded server is for trying out on one machine; use localhost, 127.0.0.1 or [::1]"
        raise UsageError(f"{shown} is not on this machine's loopback interface", hint)


def _literal(host: str) -> str:
    return f"[{host}]" if ":" in host else host
