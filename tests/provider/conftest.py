from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from clientreg.secret import Secret
from clientreg.servers.embedded.metadata import settle
from clientreg.servers.embedded.provider import Running, serve
from clientreg.servers.embedded.store import Store, hash_secret
from provider.web import Browser, Rp, unique

SECRET = "s3cret-of-the-client"
PAYLOAD = {
    "client_name": "Shop",
    "product": "Shop",
    "organization": "Acme Retail AS",
    "scopes": ["openid", "profile", "email"],
    "grant_types": ["authorization_code", "refresh_token"],
    "redirect_uris": ["https://shop.example/cb"],
    "post_logout_redirect_uris": ["https://shop.example/bye"],
    "single_sign_on": True,
}
PUBLIC = {"client_type": "public", "token_endpoint_auth_method": "none", "application_type": "native"}

Register = Callable[..., Rp]


@pytest.fixture(scope="session")
def store_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("provider") / "store.db"


@pytest.fixture(scope="session")
def log() -> list[str]:
    return []


@pytest.fixture(scope="session")
def running(store_file: Path, log: list[str]) -> Iterator[Running]:
    scopes = {"profile": "See your name and language", "email": "See your e-mail address"}
    with serve(store_file, scopes=scopes, log=log.append) as server:
        yield server


@pytest.fixture
def issuer(running: Running) -> str:
    return running.url


@pytest.fixture
def browser(issuer: str) -> Browser:
    return Browser(issuer)


def insert(file: Path, issuer: str, **changed: Any) -> Rp:
    """Adds a client to a store, as an apply would."""
    registered = {**PAYLOAD, **changed}
    payload = settle(registered)
    client_id, auth = unique("shop"), str(payload["token_endpoint_auth_method"])
    hashed = None if auth == "none" else hash_secret(Secret(SECRET))
    with Store(file) as store:
        store.insert(client_id, {**payload, "client_id": client_id}, mark=None, secret_hash=hashed)
    redirect_uri = next(iter(registered["redirect_uris"]), "")
    return Rp(issuer, client_id, redirect_uri, auth, "" if auth == "none" else SECRET)


@pytest.fixture
def register(running: Running, store_file: Path) -> Register:
    """Adds a client to the running server."""
    return partial(insert, store_file, running.url)


@pytest.fixture
def running_key(running: Running, store_file: Path) -> RSAKey:
    """The server's signing key."""
    with closing(sqlite3.connect(store_file)) as db:
        ((text,),) = db.execute("SELECT jwk FROM login_key").fetchall()
    return RSAKey.import_key(json.loads(text))


@pytest.fixture
def change(store_file: Path) -> Callable[..., None]:
    """Changes a client while the server runs."""

    def apply(rp: Rp, **changed: Any) -> None:
        with Store(store_file) as store:
            stored = store.client(rp.client_id)
            assert stored is not None
            payload = {**stored.payload, **changed}
            store.replace(rp.client_id, payload, expected=stored.revision, mark=None, secret_hash=stored.secret_hash)

    return apply
