"""Back-channel logout (OpenID Connect Back-Channel Logout 1.0): who is told, with which token, and the call itself.

The calls go to loopback hosts only and follow no redirect: whatever a client file says, this server cannot be made to
call an address elsewhere. They are the only connections it ever opens.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from clientreg.servers.embedded.provider.state import fresh

if TYPE_CHECKING:
    from clientreg.servers.embedded.provider.clients import Client
    from clientreg.servers.embedded.provider.keys import SigningKey
    from clientreg.servers.embedded.provider.state import Session

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TIMEOUT_SECONDS = 3.0
TOKEN_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Notice:
    """One call to make."""

    client_id: str
    uri: str
    token: str


def notice(client: Client, session: Session, *, issuer: str, key: SigningKey, now: int) -> Notice | None:
    """What to tell a client of a session that ended; None if it did not ask to be told."""
    uri = client.text("backchannel_logout_uri")
    if uri is None:
        return None
    claims: dict[str, Any] = {
        "iss": issuer, "aud": client.client_id, "iat": now, "exp": now + TOKEN_SECONDS, "jti": fresh(),
        "sub": session.sub, "events": {EVENT: {}},
    }  # fmt: skip
    if client.flag("backchannel_logout_session_required", default=False):
        claims["sid"] = session.sid
    return Notice(client.client_id, uri, key.sign(claims, typ="logout+jwt"))


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call goes: `addresses` are tried in turn."""

    scheme: str
    addresses: tuple[str, ...]
    port: int
    host: str
    path: str


def loopback(uri: str) -> Target | None:
    """The place on this machine that a URI names; None for every other place.

    `localhost` must mean what it says; any other host must be an address, so that no name server has a say.
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or parts.username is not None or not uri.isascii():
        return None
    found = _local_addresses() if host == "localhost" else (host,)
    if not found or not all(_is_loopback(address) for address in found):
        return None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, found, port or (443 if parts.scheme == "https" else 80), parts.netloc, path)


class Notifier:
    """Makes the calls in the background: a user's logout waits for no client."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="backchannel")

    def send(self, call: Notice) -> None:
        """Queue one call. Best effort: a client that misses it notices when it refreshes."""
        self._pool.submit(self._deliver, call)

    def close(self) -> None:
        """Wait for the calls under way (each ends within the time-out); what has not begun is dropped."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _deliver(self, call: Notice) -> None:
        target = loopback(call.uri)
        if target is None:
            self._log(f"back-channel logout: {call.client_id} not told, its URI is not on a loopback host")
            return
        try:
            status = _post(target, call.token)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._log(f"back-channel logout: {call.client_id} not told ({type(error).__name__})")
            return
        words = "told" if status in (200, 204) else "refused it"
        self._log(f"back-channel logout: {call.client_id} {words} ({status})")


def _post(target: Target, token: str) -> int:
    for address in target.addresses[:-1]:
        try:
            return _post_to(address, target, token)
        except ConnectionRefusedError:
            continue
    return _post_to(target.addresses[-1], target, token)


def _post_to(address: str, target: Target, token: str) -> int:
    if target.scheme == "https":
        context = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            address, target.port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        connection = http.client.HTTPConnection(address, target.port, timeout=TIMEOUT_SECONDS)
    headers = {"Host": target.host, "Content-Type": "application/x-www-form-urlencoded", "Connection": "close"}
    try:
        connection.request("POST", target.path, urlencode({"logout_token": token}), headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _local_addresses() -> tuple[str, ...]:
    """What `localhost` is here, IPv4 first; Node's development servers often listen on IPv6 alone."""
    try:
        found = socket.getaddrinfo("localhost", None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(sorted({str(entry[4][0]) for entry in found}, key=lambda address: ":" in address))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
