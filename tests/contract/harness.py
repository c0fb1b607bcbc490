"""What a contract test needs to know about one server type: how to reach it, and how to look at it past our own code.

To put another server type under contract, add a class like `EmbeddedHarness` to `HARNESSES`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from file_harness import FileHarness
from realm_file_harness import RealmFileHarness

from clientreg.capability import Capabilities
from clientreg.planning.state import Record
from clientreg.servers import Server
from clientreg.servers.embedded.capabilities import CAPABILITIES
from clientreg.servers.embedded.server import connect

Words = Mapping[str, Any]
"""One client in the words of client files, as the server's own storage shows it: sets sorted, lifetimes in seconds."""


class Harness(Protocol):
    """One server, empty at first, and an independent view of it."""

    capabilities: Capabilities
    furniture: frozenset[str]
    """Clients that the server has from the start."""
    atomic: bool
    """Whether the server itself refuses a write on an older revision."""
    lanes: int
    """How many writes may be under way at a time."""

    def server(self) -> Server:
        """A new connection to the same server, as another run would make it."""

    def raw(self) -> Mapping[str, Words]:
        """Every client by id, read without our server module."""

    def knows_secret(self, client_id: str, text: str) -> bool:
        """Whether the client could authenticate with that secret now."""

    def everything(self) -> bytes:
        """All that the server has stored, to search it for what must not be there."""

    def plant_foreign(self, client_id: str, mark: Words | None) -> None:
        """A client that somebody else made, spelled as we never would, with somebody else's mark or none."""

    def touch(self, client_id: str) -> None:
        """Change a client as somebody in an admin console would."""

    def foreign_bytes(self) -> object:
        """Everything about the planted clients, byte for byte."""


@dataclass
class EmbeddedHarness:
    """The embedded server: its SQLite file, read with nothing but sqlite3 and json."""

    folder: Path
    capabilities: Capabilities = CAPABILITIES
    furniture: frozenset[str] = frozenset()
    atomic: bool = True
    lanes: int = 1

    @property
    def file(self) -> Path:
        return self.folder / "state" / "test.db"

    def server(self) -> Server:
        return connect("local", {"store": "state/test.db", "issuer": "http://localhost:8080"}, self.folder)

    def raw(self) -> Mapping[str, Words]:
        return {
            row[0]: {**without_localized(json.loads(row[1])), **json.loads(row[1]).get("localized", {})}
            for row in self._rows("SELECT client_id, payload FROM client")
        }

    def knows_secret(self, client_id: str, text: str) -> bool:
        import hashlib
        import hmac

        ((stored,),) = self._rows("SELECT secret_hash FROM client WHERE client_id = ?", client_id)
        if stored is None:
            return False
        scheme, salt, digest = stored.split("$")
        assert scheme == "hmac-sha256"
        return hmac.new(bytes.fromhex(salt), text.encode(), hashlib.sha256).hexdigest() == digest

    def everything(self) -> bytes:
        return b"".join(file.read_bytes() for file in sorted(self.file.parent.iterdir()))

    def plant_foreign(self, client_id: str, mark: Words | None) -> None:
        self.server().save_record(Record("nobody", "nowhere", "0"))  # makes the file
        payload = f'{{ "zeta": 1,  "client_id": "{client_id}", "scopes": ["b", "a"] }}'
        self._rows(
            "INSERT INTO client (client_id, payload, revision, mark) VALUES (?, ?, -1, ?)",
            client_id,
            payload,
            None if mark is None else json.dumps(mark),
        )

    def touch(self, client_id: str) -> None:
        self._rows("UPDATE client SET revision = revision + 1000 WHERE client_id = ?", client_id)

    def foreign_bytes(self) -> object:
        return self._rows("SELECT * FROM client WHERE revision = -1 ORDER BY client_id")

    def _rows(self, query: str, *values: object) -> list[Any]:
        if not self.file.exists():
            return []
        db = sqlite3.connect(self.file, isolation_level=None)
        try:
            return db.execute(query, values).fetchall()
        finally:
            db.close()


def without_localized(payload: Words) -> Words:
    return {name: value for name, value in payload.items() if name != "localized"}


HARNESSES: Mapping[str, Callable[[Path], Harness]] = {
    "embedded": EmbeddedHarness,
    "file": FileHarness,
    "realm file": RealmFileHarness,
}
