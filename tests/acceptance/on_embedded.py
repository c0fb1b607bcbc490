"""The embedded server as a judge of odd clients."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from acceptance import bulk
from acceptance.bulk import Trial
from clientreg.servers.embedded.provider import PASSWORD, USERS, serve
from servers.process import free_port

NAME = "embedded"
STORE = ".clientreg/test.db"
TEXTS = sorted({*bulk.TEXTS} - {"jwks_uri"})  # there is no such word in its store
running = nullcontext


def missing() -> None:
    """It is in the package."""


@contextmanager
def trial(_: object, root: Path, count: int, seed: int) -> Iterator[Trial]:
    """The clients in a store, and the server on it."""
    issuer = f"http://127.0.0.1:{free_port()}"
    server = {"type": "embedded", "store": STORE, "issuer": issuer}
    applied = bulk.apply(root, server=server, environment={}, count=count, seed=seed)
    user = {"user": USERS[0].name, "password": PASSWORD, "decision": "allow"}
    with serve(root / STORE, issuer=issuer):
        yield Trial(
            applied,
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
            },
            held=partial(_held, root / STORE),
            stated=partial(bulk.stated, texts=TEXTS, lists=bulk.LISTS),
            user=user,
            pages={},
        )


def _held(store: Path) -> dict[str, Any]:
    with closing(sqlite3.connect(store)) as database:
        rows = {key: json.loads(text) for key, text in database.execute("SELECT client_id, payload FROM client")}
    return {
        key: {**{name: row[name] for name in TEXTS}, **{name: set(row[name]) for name in bulk.LISTS}}
        for key, row in rows.items()
    }
