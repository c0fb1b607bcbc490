"""What the server remembers between requests: keys, sessions, interactions, codes, tokens, consents.

The tables stand in the store's file and begin with `login_`. Whatever opens something (cookie, code, token) is kept as
SHA-256 only. Times are seconds since 1970.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clientreg.errors import CannotFinish
from clientreg.servers.embedded.database import connect, sqlite_errors

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS login_key (kid TEXT PRIMARY KEY, jwk TEXT NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS login_session (
    sid TEXT PRIMARY KEY, cookie TEXT NOT NULL, browser TEXT NOT NULL, sub TEXT NOT NULL, auth_time INTEGER NOT NULL,
    shared INTEGER NOT NULL, expires INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS login_interaction (
    id TEXT PRIMARY KEY, browser TEXT NOT NULL, params TEXT NOT NULL, sid TEXT, expires INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS login_family (
    family TEXT PRIMARY KEY, client_id TEXT NOT NULL, sub TEXT, sid TEXT, offline INTEGER NOT NULL,
    created INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS login_family_sid ON login_family (sid);
CREATE TABLE IF NOT EXISTS login_code (
    code TEXT PRIMARY KEY, family TEXT NOT NULL, redirect_uri TEXT, scope TEXT NOT NULL, nonce TEXT, challenge TEXT,
    auth_time INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS login_token (
    token TEXT PRIMARY KEY, kind TEXT NOT NULL, family TEXT NOT NULL, scope TEXT NOT NULL, expires INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS login_consent (
    sub TEXT NOT NULL, client_id TEXT NOT NULL, scope TEXT NOT NULL, granted INTEGER NOT NULL,
    PRIMARY KEY (sub, client_id)
);
"""


@dataclass(frozen=True, slots=True)
class Session:
    """One login of one user in one browser."""

    sid: str
    sub: str
    auth_time: int


@dataclass(frozen=True, slots=True)
class Interaction:
    """An authorization request that waits for its user; `sid` once that user has signed in for it."""

    id: str
    params: Mapping[str, str]
    sid: str | None


@dataclass(frozen=True, slots=True)
class Family:
    """Everything that came from one authorization: the code, its tokens and all that were refreshed from them."""

    id: str
    client_id: str
    sub: str | None
    sid: str | None
    expires: int
    revoked: bool


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code. The `get_` methods are what Authlib asks of one."""

    hashed: str
    family: Family
    redirect_uri: str | None
    scope: str
    nonce: str | None
    code_challenge: str | None
    auth_time: int
    used: bool
    code_challenge_method: str = "S256"

    def get_redirect_uri(self) -> str | None:
        """As the authorization request had it."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """What the user allowed."""
        return self.scope


@dataclass(frozen=True, slots=True)
class Token:
    """An access or refresh token. `used`: rotated away or revoked by itself."""

    hashed: str
    kind: str
    family: Family
    scope: str
    used: bool

    def check_client(self, client: object) -> bool:
        """Whether it was issued to that client."""
        return self.family.client_id == getattr(client, "client_id", None)

    def get_scope(self) -> str:
        """What it is for."""
        return self.scope


def hashed(text: str) -> str:
    """How a cookie, code or token stands in the file: they are random, so a plain hash is enough."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def fresh() -> str:
    """256 random bits for a cookie, code, token or id."""
    return secrets.token_urlsafe(32)


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing, the write lock taken first."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def prepare(path: Path, now: int) -> None:
    """Make the tables, forget what has expired, and keep the file (the signing key is in it) from other users."""
    db = connect(path)
    try:
        with sqlite_errors(path):
            for statement in _TABLES.strip().split(";\n"):
                db.execute(statement)
            with transaction(db):
                for table in ("login_session", "login_interaction", "login_token"):
                    db.execute(f"DELETE FROM {table} WHERE expires < ?", (now,))  # noqa: S608 - names above
                dead = "expires < ? AND family NOT IN (SELECT family FROM login_token)"
                db.execute(f"DELETE FROM login_family WHERE {dead}", (now,))  # noqa: S608 - a constant
                # A used code outlives its minute: seen again, it must still revoke what came from it.
                db.execute("DELETE FROM login_code WHERE family NOT IN (SELECT family FROM login_family)")
    finally:
        db.close()
    try:
        path.chmod(0o600)
    except OSError as error:
        message = f"{path}: belongs to another user, so it cannot be kept from others ({error.strerror})"
        raise CannotFinish(
            message, "run clientreg as its owner, or name another file in the server's `store`"
        ) from error


class Sessions:
    """Sessions and interactions of browsers."""

    def __init__(self, db: sqlite3.Connection, now: int) -> None:
        self._db = db
        self._now = now

    def start(self, *, browser: str, sub: str, shared: bool, seconds: int) -> tuple[Session, str]:
        """A new session and the text of its cookie. `shared`: clients with single sign-on may use it."""
        cookie = fresh()
        session = Session(secrets.token_urlsafe(16), sub, self._now)
        self._db.execute(
            "INSERT INTO login_session (sid, cookie, browser, sub, auth_time, shared, expires) VALUES (?,?,?,?,?,?,?)",
            (session.sid, hashed(cookie), hashed(browser), sub, self._now, shared, self._now + seconds),
        )
        return session, cookie

    def renew(self, sid: str, seconds: int) -> str:
        """The same user signed in again: the same session, a new cookie (so that an old one opens nothing)."""
        cookie = fresh()
        self._db.execute(
            "UPDATE login_session SET cookie = ?, auth_time = ?, expires = ? WHERE sid = ?",
            (hashed(cookie), self._now, self._now + seconds, sid),
        )
        return cookie

    def by_cookie(self, cookie: str) -> Session | None:
        """The shared session that this cookie opens."""
        return self._one("cookie = ? AND shared = 1", hashed(cookie))

    def by_sid(self, sid: str) -> Session | None:
        """A live session by the id that ID tokens carry."""
        return self._one("sid = ?", sid)

    def of_browser(self, browser: str) -> list[Session]:
        """Sessions that single clients have for themselves in this browser."""
        return self._all("browser = ? AND shared = 0", hashed(browser))

    def of_user(self, sub: str) -> list[Session]:
        """Every session of a user, in every browser."""
        return self._all("sub = ?", sub)

    def end(self, sid: str) -> None:
        """Forget a session, and what waits for it."""
        self._db.execute("DELETE FROM login_session WHERE sid = ?", (sid,))
        self._db.execute("DELETE FROM login_interaction WHERE sid = ?", (sid,))

    def wait(self, *, browser: str, params: Mapping[str, str], sid: str | None, seconds: int) -> str:
        """Keep a request until its user has answered; the id under which this browser finds it again."""
        name = fresh()
        self._db.execute("DELETE FROM login_interaction WHERE expires < ?", (self._now,))
        self._db.execute(
            "INSERT INTO login_interaction (id, browser, params, sid, expires) VALUES (?, ?, ?, ?, ?)",
            (hashed(name), hashed(browser), json.dumps(dict(params)), sid, self._now + seconds),
        )
        return name

    def waiting(self, name: str, browser: str) -> Interaction | None:
        """The request that waits under that id in this very browser."""
        row = self._db.execute(
            "SELECT params, sid FROM login_interaction WHERE id = ? AND browser = ? AND expires > ?",
            (hashed(name), hashed(browser), self._now),
        ).fetchone()
        return None if row is None else Interaction(name, json.loads(row[0]), row[1])

    def take(self, name: str) -> bool:
        """End the waiting. False where somebody else did already: one request, one answer."""
        return self._db.execute("DELETE FROM login_interaction WHERE id = ?", (hashed(name),)).rowcount == 1

    def _one(self, condition: str, value: str) -> Session | None:
        return next(iter(self._all(condition, value)), None)

    def _all(self, condition: str, value: str) -> list[Session]:
        rows = self._db.execute(
            f"SELECT sid, sub, auth_time FROM login_session WHERE {condition} AND expires > ?",  # noqa: S608
            (value, self._now),
        ).fetchall()
        return [Session(*row) for row in rows]
