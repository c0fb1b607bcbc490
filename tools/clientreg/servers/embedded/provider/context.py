"""What every request needs: the issuer, the clients as they are now, the state, the key. One `Request` per request."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import current_app, g

from clientreg.servers.embedded.database import connect
from clientreg.servers.embedded.provider import clients
from clientreg.servers.embedded.provider.issued import Issued
from clientreg.servers.embedded.provider.state import Sessions
from clientreg.servers.embedded.store import Store

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from clientreg.servers.embedded.provider.backchannel import Notifier
    from clientreg.servers.embedded.provider.keys import SigningKey

_EXTENSION = "clientreg"


@dataclass(frozen=True, slots=True)
class Provider:
    """One running server: what does not change while it runs."""

    issuer: str
    store: Path
    key: SigningKey
    scopes: Mapping[str, str]
    log: Callable[[str], None]
    notifier: Notifier

    @property
    def port(self) -> int:
        """Part of the cookies' names: browsers share cookies between the ports of a host (RFC 6265 section 8.5)."""
        return urlsplit(self.issuer).port or 80


class Request:
    """What one request reads and writes. Connections open when first used and close with the request."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.now = int(time.time())

    @cached_property
    def store(self) -> Store:
        """The clients, as the last apply left them."""
        return Store(self.provider.store)

    @cached_property
    def db(self) -> sqlite3.Connection:
        """The same file, for the tables of the login."""
        return connect(self.provider.store)

    @property
    def sessions(self) -> Sessions:
        """Sessions and interactions."""
        return Sessions(self.db, self.now)

    @property
    def issued(self) -> Issued:
        """Codes, tokens and consents."""
        return Issued(self.db, self.now)

    def client(self, client_id: str | None) -> clients.Client | None:
        """The enabled client of that id."""
        return clients.find(self.store, client_id) if client_id else None

    def close(self) -> None:
        """Close what was opened."""
        for name in ("store", "db"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()


def provider() -> Provider:
    """The server that this request came to."""
    found = current_app.extensions[_EXTENSION]
    assert isinstance(found, Provider)
    return found


def here() -> Request:
    """This request's context."""
    if "clientreg" not in g:
        g.clientreg = Request(provider())
    found = g.clientreg
    assert isinstance(found, Request)
    return found


def close() -> None:
    """Close what this request opened."""
    if "clientreg" in g:
        g.pop("clientreg").close()
