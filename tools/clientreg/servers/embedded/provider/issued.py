"""Codes, tokens and consents in the store's file: issued, looked up, used once, revoked together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clientreg.servers.embedded.provider.state import Code, Family, Token, fresh, hashed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

CODE_SECONDS = 60
_FAMILY = "f.family, f.client_id, f.sub, f.sid, f.expires, f.revoked"


@dataclass(frozen=True, slots=True)
class Permission:
    """One client that a user has let in: the scopes allowed and when."""

    client_id: str
    scope: str
    granted: int


class Issued:
    """Codes and tokens. Reuse of a code or of a rotated refresh token is the caller's to punish: `revoke`."""

    def __init__(self, db: sqlite3.Connection, now: int) -> None:
        self._db = db
        self._now = now

    def start_family(self, *, client_id: str, sub: str | None, sid: str | None, offline: bool, seconds: int) -> str:
        """A new family; `seconds` is the longest that anything of it lives, however often it is refreshed."""
        family = fresh()
        self._db.execute(
            "INSERT INTO login_family (family, client_id, sub, sid, offline, created, expires) VALUES (?,?,?,?,?,?,?)",
            (family, client_id, sub, sid, offline, self._now, self._now + seconds),
        )
        return family

    def add_code(
        self, code: str, family: str, *, redirect_uri: str | None, scope: str, nonce: str | None,
        challenge: str | None, auth_time: int,
    ) -> None:  # fmt: skip
        """Remember a code for a minute."""
        self._db.execute(
            "INSERT INTO login_code (code, family, redirect_uri, scope, nonce, challenge, auth_time, expires)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (hashed(code), family, redirect_uri, scope, nonce, challenge, auth_time, self._now + CODE_SECONDS),
        )

    def code(self, code: str) -> Code | None:
        """The code, used or not; None for one that is unknown or expired unused."""
        row = self._db.execute(
            f"SELECT c.code, c.redirect_uri, c.scope, c.nonce, c.challenge, c.auth_time, c.used, {_FAMILY}"  # noqa: S608
            " FROM login_code c JOIN login_family f USING (family) WHERE c.code = ? AND (c.used = 1 OR c.expires > ?)",
            (hashed(code), self._now),
        ).fetchone()
        if row is None:
            return None
        text, redirect_uri, scope, nonce, challenge, auth_time, used, *family = row
        return Code(text, _family(family), redirect_uri, scope, nonce, challenge, auth_time, bool(used))

    def use_code(self, code: Code) -> bool:
        """Mark it used. False where it was already, also by a request at the same moment."""
        return self._use("login_code", "code", code.hashed)

    def add_token(self, token: str, kind: str, family: str, *, scope: str, seconds: int) -> None:
        """Remember an access or refresh token."""
        self._db.execute(
            "INSERT INTO login_token (token, kind, family, scope, expires) VALUES (?, ?, ?, ?, ?)",
            (hashed(token), kind, family, scope, self._now + seconds),
        )

    def token(self, token: str, kind: str) -> Token | None:
        """The token if it has not expired, used or not; see `good`."""
        row = self._db.execute(
            f"SELECT t.token, t.kind, t.scope, t.used, {_FAMILY} FROM login_token t JOIN login_family f USING (family)"  # noqa: S608
            " WHERE t.token = ? AND t.kind = ? AND t.expires > ?",
            (hashed(token), kind, self._now),
        ).fetchone()
        if row is None:
            return None
        text, kind, scope, used, *family = row
        return Token(text, kind, _family(family), scope, bool(used))

    def access(self, token: str) -> Token | None:
        """A good access token."""
        found = self.token(token, "access")
        return found if found is not None and good(found) else None

    def use_token(self, token: Token) -> bool:
        """Mark it used. False where it was already, also by a request at the same moment."""
        return self._use("login_token", "token", token.hashed)

    def revoke(self, family: str) -> None:
        """Everything that came from one authorization is void."""
        self._db.execute("UPDATE login_family SET revoked = 1 WHERE family = ?", (family,))

    def revoke_session(self, sid: str) -> list[str]:
        """Void what the session's clients hold, but for offline access; the client ids that took part.

        OpenID Connect Back-Channel Logout 1.0 section 2.7.
        """
        rows = self._db.execute(
            "SELECT DISTINCT client_id FROM login_family WHERE sid = ? ORDER BY 1", (sid,)
        ).fetchall()
        self._db.execute("UPDATE login_family SET revoked = 1 WHERE sid = ? AND offline = 0", (sid,))
        return [client_id for (client_id,) in rows]

    def consented(self, sub: str, client_id: str) -> frozenset[str]:
        """The scopes that a user has allowed a client on the consent page."""
        query = "SELECT scope FROM login_consent WHERE sub = ? AND client_id = ?"
        row = self._db.execute(query, (sub, client_id)).fetchone()
        return frozenset(row[0].split()) if row else frozenset()

    def consent(self, sub: str, client_id: str, scopes: Iterable[str]) -> None:
        """Remember what was allowed, beside what was before."""
        allowed = " ".join(sorted({*scopes, *self.consented(sub, client_id)}))
        self._db.execute(
            "INSERT OR REPLACE INTO login_consent VALUES (?, ?, ?, ?)", (sub, client_id, allowed, self._now)
        )

    def permissions(self, sub: str) -> list[Permission]:
        """Every client that a user has allowed, or that holds living tokens without having had to ask."""
        rows = self._db.execute(
            "SELECT client_id, scope, granted FROM login_consent WHERE sub = :sub UNION ALL"
            " SELECT f.client_id, t.scope, max(f.created) FROM login_family f JOIN login_token t USING (family)"
            " WHERE f.sub = :sub AND f.revoked = 0 AND t.used = 0 AND t.expires > :now AND NOT EXISTS"
            " (SELECT 1 FROM login_consent c WHERE c.sub = :sub AND c.client_id = f.client_id) GROUP BY f.client_id",
            {"sub": sub, "now": self._now},
        ).fetchall()
        return [Permission(*row) for row in rows]

    def forget(self, sub: str, client_id: str) -> None:
        """Take a client's permission back: its consent, and every token it holds for the user."""
        self._db.execute("DELETE FROM login_consent WHERE sub = ? AND client_id = ?", (sub, client_id))
        self._db.execute("UPDATE login_family SET revoked = 1 WHERE sub = ? AND client_id = ?", (sub, client_id))

    def _use(self, table: str, column: str, value: str) -> bool:
        query = f"UPDATE {table} SET used = 1 WHERE {column} = ? AND used = 0"  # noqa: S608 - names from above
        return self._db.execute(query, (value,)).rowcount == 1


def good(token: Token) -> bool:
    """Whether it still opens anything."""
    return not (token.used or token.family.revoked)


def _family(row: list[str | int | None]) -> Family:
    family, client_id, sub, sid, expires, revoked = row
    return Family(
        str(family), str(client_id), None if sub is None else str(sub), None if sid is None else str(sid),
        int(expires or 0), bool(revoked),
    )  # fmt: skip
