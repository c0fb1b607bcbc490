"""Keycloak as published, made ready to start in seconds: built for its file database, with an administrator in it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers import CACHE, process

NAME, VERSION = "Keycloak", "26.7.3"
ADMIN = ("admin", "admin")
_ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:tar.gz"
_SHA256 = "77657f30b7e90d70f727712ce1c967f430fd6a5e9f458d32d8c6df0635345f47"
_HOME = CACHE / f"keycloak-{VERSION}"
_TEMPLATE = _HOME / "template"
TOOLS = _HOME / "bin"
"""Where the commands are that come with it, such as kcadm.sh."""
_JAVA_OPTS = (
    "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xms64m -Xmx768m -Dfile.encoding=UTF-8"
    " -Djava.security.egd=file:/dev/urandom"
)
EC_KEYS: Mapping[str, Any] = {
    "defaultSignatureAlgorithm": "ES256",
    "components": {
        "org.keycloak.keys.KeyProvider": [
            {"name": "hmac", "providerId": "hmac-generated", "config": {"priority": ["100"], "algorithm": ["HS512"]}},
            {"name": "aes", "providerId": "aes-generated", "config": {"priority": ["100"]}},
            {
                "name": "ec",
                "providerId": "ecdsa-generated",
                "config": {"priority": ["100"], "ecdsaEllipticCurveKey": ["P-256"]},
            },
        ]
    },
}
"""A realm with these is made in 0.2 s; with the RSA keys of a usual one it may take seconds."""


def missing() -> str | None:
    """What to install, None where it can be started."""
    if shutil.which("java") is None:
        return "install Java 17 or newer and Maven, then run `make servers`"
    return None if (_TEMPLATE / "keycloakdb.mv.db").is_file() else "run `make servers` (it needs Maven)"


def install(say: Callable[[str], None]) -> None:
    """Download it through Maven, check it, build it and start it once for its database; a failure leaves nothing."""
    if missing() is None or shutil.which("mvn") is None or shutil.which("java") is None:
        return
    shutil.rmtree(_HOME, ignore_errors=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        say(f"{NAME} {VERSION}: downloading (176 MB)")
        _unpack(_downloaded(Path(name)), Path(name))
        (Path(name) / f"keycloak-{VERSION}").rename(_HOME)
    try:
        say(f"{NAME} {VERSION}: building, about half a minute")
        subprocess.run(
            [_HOME / "bin/kc.sh", "build", "--db=dev-file", "--cache=local"],
            env=_environment(), check=True, capture_output=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        say(f"{NAME} {VERSION}: starting once, for its database")
        with tempfile.TemporaryDirectory(dir=CACHE) as name:
            with _started(
                Path(name), {"KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN[0], "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN[1]}
            ):
                pass
            shutil.copytree(Path(name) / "database", _TEMPLATE)
    except BaseException:
        shutil.rmtree(_HOME, ignore_errors=True)
        raise


def _downloaded(folder: Path) -> Path:
    words = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={_ARTIFACT}", f"-DoutputDirectory={folder}"]
    subprocess.run(words, check=True, cwd=folder, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    archive = folder / f"keycloak-quarkus-dist-{VERSION}.tar.gz"
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != _SHA256:
        raise OSError(f"{archive.name} has the SHA-256 {found}, and not the one that is pinned")
    return archive


def _unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")


@dataclass(frozen=True)
class Keycloak:
    """One that runs. `url` is its base, `admin` speaks to its Admin API as an administrator, past our own code."""

    url: str
    log: Path

    def admin(
        self, method: str, path: str, body: object = None, *, token: str | None = None, seconds: float = 30
    ) -> Any:
        """The answer's JSON (None where there is none) of a request below `/admin/realms`; raises for a refusal."""
        headers = {"Authorization": f"Bearer {token or self.token()}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/admin/realms{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def make_realm(self, name: str, **members: Any) -> None:
        """A new realm with keys that are made fast."""
        self.admin("POST", "", {"realm": name, "enabled": True, **EC_KEYS, **members})

    def service_account(self, realm: str, *roles: str, client_id: str = "clientreg") -> str:
        """A new client that may do what these roles of `realm-management` allow, and nothing else; its secret."""
        flows = {"standardFlowEnabled": False, "serviceAccountsEnabled": True, "fullScopeAllowed": False}
        self.admin("POST", f"/{realm}/clients", {"clientId": client_id, "publicClient": False, **flows})
        (own,) = self.admin("GET", f"/{realm}/clients?clientId={client_id}")
        (management,) = self.admin("GET", f"/{realm}/clients?clientId=realm-management")
        user = self.admin("GET", f"/{realm}/clients/{own['id']}/service-account-user")
        offered = self.admin("GET", f"/{realm}/clients/{management['id']}/roles")
        given = [role for role in offered if role["name"] in roles]
        for place in (f"users/{user['id']}/role-mappings", f"clients/{own['id']}/scope-mappings"):
            self.admin("POST", f"/{realm}/{place}/clients/{management['id']}", given)
        return str(self.admin("GET", f"/{realm}/clients/{own['id']}/client-secret")["value"])

    def found(self, realm: str) -> dict[str, Any]:
        """The discovery document of a realm."""
        with urllib.request.urlopen(
            f"{self.url}/realms/{realm}/.well-known/openid-configuration", timeout=30
        ) as answer:
            return dict(json.load(answer))

    def remove_realm(self, name: str) -> None:
        """The realm and all that is in it: with thousands of clients it takes its time."""
        self.admin("DELETE", f"/{name}", seconds=600)

    def token(self) -> str:
        """An access token of the administrator, for a minute."""
        form = {"grant_type": "password", "client_id": "admin-cli", "username": ADMIN[0], "password": ADMIN[1]}
        url = f"{self.url}/realms/master/protocol/openid-connect/token"
        with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode(), timeout=30) as answer:
            return str(json.load(answer)["access_token"])


@contextmanager
def running(imports: Path | None = None) -> Iterator[Keycloak]:
    """A Keycloak with nothing but its administrator, on a free port; gone with the block, data and all.

    With a folder of realm files, it imports them at its start.
    """
    with tempfile.TemporaryDirectory(prefix="clientreg-keycloak-") as name:
        shutil.copytree(_TEMPLATE, Path(name) / "database")
        home = _HOME if imports is None else _home(Path(name) / "home", imports)
        with _started(Path(name), {}, home, *(["--import-realm"] if imports else [])) as keycloak:
            yield keycloak


def _home(folder: Path, imports: Path) -> Path:
    """The same installation with a data folder of its own. Its scripts go by where they really are."""
    shutil.copytree(_HOME / "bin", folder / "bin")
    for one in _HOME.iterdir():
        if one.name not in {"bin", "data"}:
            (folder / one.name).symlink_to(one)
    shutil.copytree(imports, folder / "data/import")
    return folder


@contextmanager
def _started(folder: Path, more: Mapping[str, str], home: Path = _HOME, *options: str) -> Iterator[Keycloak]:
    port = process.free_port()
    url = f"http://127.0.0.1:{port}"
    words = [
        str(home / "bin/kc.sh"), "start", "--optimized", *options, "--http-enabled=true", "--http-host=127.0.0.1",
        f"--http-port={port}", "--hostname-strict=false",
        f"--db-url=jdbc:h2:file:{folder}/database/keycloakdb;NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=FALSE",
    ]  # fmt: skip
    log = folder / "keycloak.log"
    with process.running(
        words,
        environment={**_environment(), **more},
        log=log,
        ready=lambda: process.answers(f"{url}/realms/master"),
        seconds=180,
    ):
        yield Keycloak(url, log)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "JAVA_HOME", "TMPDIR"}}
    return {**kept, "JAVA_OPTS": _JAVA_OPTS}
