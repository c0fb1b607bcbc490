"""The embedded server's store: clients, their marks, secret hashes, the record of the last apply, in one SQLite file.

A write lands whole or not at all: payload, mark and secret hash in one transaction, on the revision the caller saw.
The HTTP side keeps its sessions, codes, tokens and consents in the same file, in tables named `login_...`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from clientreg.errors import CannotFinish
from clientreg.jsonvalue import Json, JsonObject, LazyObject, canonical, plain
from clientreg.planning.state import CredentialMark, Mark, Record
from clientreg.servers import Conflict
from clientreg.servers.embedded.database import connect, sqlite_errors

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from clientreg.secret import Secret

_SCHEME = "hmac-sha256"
_COLUMNS = "client_id, payload, revision, mark, secret_hash"
_SOUND = "CASE WHEN json_valid(payload) THEN json_type(payload) = 'object' ELSE 0 END"
"""Looked at here, so that a payload need not be read before somebody asks what stands in it."""


class StoredClient(NamedTuple):
    """One client as it is in the file. `revision` is never used twice, not even by a client deleted and made again."""

    client_id: str
    payload: Mapping[str, Json]
    revision: int
    mark: Mark | None
    secret_hash: str | None


class Store:
    """One connection to the file; for one thread. Every failure of SQLite or the disk is a `CannotFinish`."""

    def __init__(self, path: Path, *, timeout: float | None = None) -> None:
        """Open the file; make it, and its folder, where it does not exist. `timeout`: seconds to wait for a lock."""
        self._path = path
        self._db: sqlite3.Connection = connect(path, timeout=timeout)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back."""
        with sqlite_errors(self._path):
            self._db.close()

    def clients(self) -> list[StoredClient]:
        """Every client, ours or not, by client id. Their payloads are read when they are looked at."""
        with sqlite_errors(self._path):
            rows = self._db.execute(f"SELECT {_COLUMNS}, {_SOUND} FROM client ORDER BY client_id").fetchall()  # noqa: S608 - a constant
        return [self._stored(row) for row in rows]

    def client(self, client_id: str) -> StoredClient | None:
        """One client, or None where there is none."""
        with sqlite_errors(self._path):
            query = f"SELECT {_COLUMNS}, {_SOUND} FROM client WHERE client_id = ?"  # noqa: S608 - a constant
            row = self._db.execute(query, (client_id,)).fetchone()
        if row is None:
            return None
        stored = self._stored(row)
        return stored._replace(payload=plain(stored.payload))

    def insert(self, client_id: str, payload: JsonObject, *, mark: Mark | None, secret_hash: str | None = None) -> int:
        """Add a client that must not exist yet (else `Conflict`); its revision."""
        with self._transaction():
            if self._revision(client_id) is not None:
                raise Conflict(client_id)
            revision = self._next_revision()
            self._db.execute(
                f"INSERT INTO client ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)",  # noqa: S608 - a constant
                (client_id, canonical(payload), revision, _mark_text(mark), secret_hash),
            )
        return revision

    def replace(
        self, client_id: str, payload: JsonObject, *, expected: int, mark: Mark | None, secret_hash: str | None
    ) -> int:
        """Write the client anew if it is still on the revision `expected` (else `Conflict`); the new revision.

        `secret_hash` is written as given: to keep the secret, pass the hash that was read with the revision.
        """
        with self._transaction():
            self._expect(client_id, expected)
            revision = self._next_revision()
            self._db.execute(
                "UPDATE client SET payload = ?, revision = ?, mark = ?, secret_hash = ? WHERE client_id = ?",
                (canonical(payload), revision, _mark_text(mark), secret_hash, client_id),
            )
        return revision

    def delete(self, client_id: str, *, expected: int) -> None:
        """Remove the client if it is still on the revision `expected` (else `Conflict`).

        With it goes what users allowed it and what it was given: a later client of the same id inherits nothing.
        """
        with self._transaction():
            self._expect(client_id, expected)
            self._db.execute("DELETE FROM client WHERE client_id = ?", (client_id,))
            for statement in self._forgetting():
                self._db.execute(statement, (client_id,))

    def _forgetting(self) -> Iterator[str]:
        """What removes a client's traces from the tables that logins leave, where there was ever a login."""
        there = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "login_consent" in there:
            yield "DELETE FROM login_consent WHERE client_id = ?"
        if "login_family" in there:
            yield "DELETE FROM login_family WHERE client_id = ?"

    def record(self) -> Record | None:
        """The commit that was applied last, None where nothing was."""
        with sqlite_errors(self._path):
            row = self._db.execute("SELECT registry, environment, commit_id FROM record").fetchone()
        return None if row is None else Record(*row)

    def save_record(self, record: Record) -> None:
        """Remember the applied commit."""
        with self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO record (one, registry, environment, commit_id) VALUES (1, ?, ?, ?)",
                (record.registry, record.environment, record.commit),
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Take the write lock first, so that what is read inside is still true when it is written."""
        with sqlite_errors(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def _revision(self, client_id: str) -> int | None:
        row = self._db.execute("SELECT revision FROM client WHERE client_id = ?", (client_id,)).fetchone()
        return None if row is None else int(row[0])

    def _expect(self, client_id: str, expected: int) -> None:
        if self._revision(client_id) != expected:
            raise Conflict(client_id)

    def _next_revision(self) -> int:
        self._db.execute("UPDATE counter SET value = value + 1")
        return int(self._db.execute("SELECT value FROM counter").fetchone()[0])

    def _stored(self, row: tuple[str, str, int, str | None, str | None, bool]) -> StoredClient:
        client_id, payload, revision, mark, secret_hash, sound = row
        try:
            if sound:
                return StoredClient(
                    client_id, LazyObject(partial(json.loads, payload)), revision, _mark(mark), secret_hash
                )
        except (ValueError, KeyError, TypeError) as error:
            raise self._broken(client_id) from error
        raise self._broken(client_id)

    def _broken(self, client_id: str) -> CannotFinish:
        message = f"{self._path}: the row of client {client_id!r} is not as clientreg writes it"
        return CannotFinish(message, "repair or delete that row; the other clients are as they were")


def hash_secret(secret: Secret) -> str:
    """`<scheme>$<salt>$<digest>`.

    One keyed hash and no slow derivation: the secrets are 256 random bits, and what makes PBKDF2, scrypt or Argon2
    necessary is guessing, which fails against so many (NIST SP 800-63B section 5.1.2.2 asks for a plain approved hash
    from 112 random bits on). The salt hides whether two clients hold the same secret.
    """
    salt = secrets.token_bytes(16)
    return f"{_SCHEME}${salt.hex()}${_digest(salt, secret.reveal())}"


def secret_matches(stored_hash: str, text: str) -> bool:
    """Whether `text` is the secret behind `stored_hash`, in constant time. False for a scheme that is not known."""
    scheme, _, rest = stored_hash.partition("$")
    salt, _, digest = rest.partition("$")
    try:
        expected = _digest(bytes.fromhex(salt), text)
    except ValueError:
        return False
    return scheme == _SCHEME and hmac.compare_digest(expected.encode(), digest.encode())


def _digest(salt: bytes, text: str) -> str:
    return hmac.new(salt, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _mark_text(mark: Mark | None) -> str | None:
    return None if mark is None else canonical(asdict(mark))


def _mark(text: str | None) -> Mark | None:
    if text is None:
        return None
    value = json.loads(text)
    held = value.pop("credential")
    credential = None if held is None else CredentialMark(id=held["id"], generation=held["generation"])
    return Mark(**value, credential=credential)
