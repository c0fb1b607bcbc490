"""The SQLite file below the store: opened, checked, made; and every failure of it in words that say what to do.

Failures are told apart by SQLite's result codes (https://sqlite.org/rescode.html), never by their text.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clientreg.errors import CannotFinish

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

APPLICATION_ID = 0x436C5267
"""`ClRg` in the file's header: says that a SQLite file is one of ours."""
VERSION = 1
"""Of the tables below, in the header's `user_version`."""
WAIT = 10.0
"""Seconds to wait for another process's lock."""


class WriteFailed(CannotFinish):
    """One write did not land, as on a full disk; the next, smaller one may."""


_WRITABLE = "the file and its folder must be writable for the user who runs clientreg"
_OTHER_FILE = "name another file in the server's `store`"

_TABLES = """
CREATE TABLE client (
    client_id TEXT PRIMARY KEY, payload TEXT NOT NULL, revision INTEGER NOT NULL, mark TEXT, secret_hash TEXT
);
CREATE TABLE record (
    one INTEGER PRIMARY KEY CHECK (one = 1), registry TEXT NOT NULL, environment TEXT NOT NULL, commit_id TEXT NOT NULL
);
CREATE TABLE counter (value INTEGER NOT NULL);
INSERT INTO counter (value) VALUES (0);
"""


def connect(path: Path, *, timeout: float | None = None) -> sqlite3.Connection:
    """A connection to the store at `path`, which is made where it does not exist. Autocommit: callers say BEGIN.

    WAL lets logins read while an apply writes; a commit is on the disk when it returns (`synchronous = FULL`).
    """
    import sqlite3

    timeout = WAIT if timeout is None else timeout
    _make_file(path)
    with sqlite_errors(path):
        db = sqlite3.connect(path, timeout=timeout, isolation_level=None)
        try:
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA synchronous = FULL")
            _prepare(db, path)
            _use_wal(db, time.monotonic() + timeout)
        except BaseException:
            db.close()
            raise
    return db


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Turns what SQLite reports inside into a `CannotFinish` that names the file; misuse of the module stays a bug."""
    import sqlite3

    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            raise
        unknown = (f"SQLite stopped with {error.sqlite_errorname}", "what was being written was rolled back")
        what, hint = _words().get(code & 0xFF, unknown)
        message = f"{path}: {what}"
        lost = WriteFailed if code & 0xFF in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR} else CannotFinish
        raise lost(message, hint) from error


def _make_file(path: Path) -> None:
    """The file holds secret hashes and sessions: for its owner alone. SQLite gives its side files the same mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except IsADirectoryError as error:
        message = f"{path}: is a folder, not a store"
        raise CannotFinish(message, _OTHER_FILE) from error
    except OSError as error:
        message = f"{path}: cannot be opened for writing ({error.strerror})"
        raise CannotFinish(message, _WRITABLE) from error


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables in an empty file; refuse a file of another program or of a newer clientreg."""
    version = _pragma(db, "user_version")
    if version == 0:
        db.execute("BEGIN IMMEDIATE")
        try:
            version = _pragma(db, "user_version")
            if version == 0:
                _refuse_foreign(db, path)
                for statement in _TABLES.strip().split(";\n"):
                    db.execute(statement)
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                db.execute(f"PRAGMA user_version = {VERSION}")
                version = VERSION
            db.execute("COMMIT")
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
    if _pragma(db, "application_id") != APPLICATION_ID:
        raise _foreign(path)
    if version != VERSION:
        message = f"{path}: was written by a newer clientreg (store version {version}, this one knows {VERSION})"
        raise CannotFinish(message, f"upgrade clientreg, or {_OTHER_FILE}")


def _use_wal(db: sqlite3.Connection, deadline: float) -> None:
    """SQLite does not wait for the lock that this switch needs (two processes that make one file meet here): we do."""
    import sqlite3

    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _refuse_foreign(db: sqlite3.Connection, path: Path) -> None:
    names = [name for (name,) in db.execute("SELECT tbl_name FROM sqlite_master")]
    if not all(name.startswith(("login_", "sqlite_")) for name in names):
        raise _foreign(path)


def _foreign(path: Path) -> CannotFinish:
    return CannotFinish(f"{path}: is another program's SQLite file", _OTHER_FILE)


def _pragma(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def _words() -> dict[int, tuple[str, str]]:
    import sqlite3

    damaged = (
        "is damaged, or no SQLite file",
        "restore it from a copy, or move it away: the next apply makes a new store, with new clients and credentials",
    )
    unlocked = "another clientreg (apply, demo, preview) or a SQLite tool has it; end that, then run again"
    return {
        sqlite3.SQLITE_BUSY: ("is locked by another process, for longer than we wait", unlocked),
        sqlite3.SQLITE_LOCKED: ("is locked by another process, for longer than we wait", unlocked),
        sqlite3.SQLITE_READONLY: ("cannot be written", _WRITABLE),
        sqlite3.SQLITE_PERM: ("cannot be written", _WRITABLE),
        sqlite3.SQLITE_CANTOPEN: ("cannot be opened", _WRITABLE),
        sqlite3.SQLITE_NOTADB: damaged,
        sqlite3.SQLITE_CORRUPT: damaged,
        sqlite3.SQLITE_FULL: ("the disk is full", "free some space, then run again: what failed was rolled back"),
        sqlite3.SQLITE_IOERR: ("the disk reports an error", "check the disk; what failed was rolled back"),
    }
