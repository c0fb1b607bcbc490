from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clientreg.secret import Secret
from clientreg.servers.embedded.provider import Running, serve
from clientreg.servers.embedded.store import Store, hash_secret

from provider.web import Browser, Rp, unique

SECRET = "s3cret-of-the-client"
PAYLOAD = {
    "client_name": "Shop", "product": "Shop", "organization_name": "Acme Retail AS", "client_type": "confidential",
    "application_type": "web", "token_endpoint_auth_method": "client_secret_basic", "scopes": ["openid", "profile", "email"],
    "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
    "redirect_uris": ["https://shop.example/cb"], "post_logout_redirect_uris": ["https://shop.example/bye"],
    "require_pkce": True, "require_consent": True, "enabled": True, "single_sign_on": True, "stay_logged_in": False,
    "backchannel_logout_uri": None, "backchannel_logout_session_required": False, "default_max_age": None,
    "require_auth_time": False, "allowed_cors_origins": [], "access_token_lifetime": None, "refresh_token_lifetime": None,
    "client_uri": None, "policy_uri": None, "tos_uri": None,
}  # fmt: skip
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


@pytest.fixture
def register(running: Running, store_file: Path) -> Register:
    """Adds a client to the running server's store, as an apply would."""

    def add(**changed: Any) -> Rp:
        payload = {**PAYLOAD, **changed}
        client_id = unique("shop")
        auth = payload["token_endpoint_auth_method"]
        with Store(store_file) as store:
            hashed = None if auth == "none" else hash_secret(Secret(SECRET))
            store.insert(client_id, {**payload, "client_id": client_id}, mark=None, secret_hash=hashed)
        redirect_uri = next(iter(payload["redirect_uris"]), "")
        return Rp(running.url, client_id, redirect_uri, auth, "" if auth == "none" else SECRET)

    return add


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
