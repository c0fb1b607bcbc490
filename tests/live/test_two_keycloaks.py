"""Two realms of a real Keycloak as the servers of one environment: the same clients with the same secrets on both.

One is reached over a line that a test can cut: a server that goes down in the middle of an apply.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from pyrage import x25519

from cli.scratch import Scratch
from managed import SECRET, realm_of
from servers.keycloak import Keycloak

REGISTRY = """\
version: 1
name: example
environments:
  test:
    class: test
    servers:
      eu: {{type: keycloak, url: "{eu[0]}", realm: {eu[1]}, client_id: clientreg}}
      us: {{type: keycloak, url: "{us[0]}", realm: {us[1]}, client_id: clientreg}}
    credential_sinks: [{{type: sealed-file, directory: handover, publish: none{recipients}}}]
scopes:
  openid: {{description: Sign in}}
  email: {{description: Address}}
"""
ORGANIZATION = """\
name: Acme
owners: ["@acme/owners"]
domains: [acme.example]
contacts: {technical: [dev@acme.example]}
recipients: [age1j84pqjg3d3jw8ar4z2v4du6ufgmthwcc65fl2wqmxmezta0mty3qymef9v]
"""
SERVICE = """\
product: Nightly
client_name: Acme {name}
description: Fetches the reports of Acme, every night, and nothing else.
platform: service
application_type: web
client_type: confidential
scopes: [email]
environments: {{test: {{}}}}
"""
NAMES = ("feed", "mail", "report")
APPLY, PLAN = ("apply", "--environment", "test"), ("plan", "--environment", "test")


@dataclass
class Line:
    """Carries bytes from a loopback port to a server, until it is cut: by hand, or when it would carry a text."""

    target: tuple[str, int]
    cut_at: bytes | None = None
    port: int = 0
    _down: bool = False
    _open: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            if self._down:
                caller.close()
                continue
            server = socket.create_connection(self.target)
            self._open += [caller, server]
            for pair in ((caller, server, True), (server, caller, False)):
                self._threads.append(threading.Thread(target=self._carry, args=pair, daemon=True))
                self._threads[-1].start()

    def cut(self) -> None:
        """Whoever is connected is not any more, and nobody connects."""
        self._down = True
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """After the last."""
        self.cut()
        for thread in self._threads:
            thread.join(10)
        for one in self._open:
            one.close()

    def mend(self) -> None:
        self._down, self.cut_at = False, None

    def _carry(self, source: socket.socket, target: socket.socket, asks: bool) -> None:
        with suppress(OSError):
            while part := source.recv(65536):
                if asks and self.cut_at is not None and self.cut_at in part:
                    self.cut()
                target.sendall(part)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def line(url: str) -> Iterator[Line]:
    at = urlsplit(url)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Line((str(at.hostname), int(at.port or 0)), port=listener.getsockname()[1])
        serving = threading.Thread(target=made.serve, args=(listener,), daemon=True)
        serving.start()
        yield made
        listener.shutdown(socket.SHUT_RDWR)
        serving.join(10)
        made.close()


@dataclass(frozen=True)
class Two:
    """The registry, both realms, the line to the second, and the operator's key."""

    scratch: Scratch
    keycloak: Keycloak
    realms: tuple[str, str]
    us: Line
    operator: x25519.Identity

    def env(self, *, key: bool = True) -> dict[str, str]:
        secrets = {f"CLIENTREG_TEST_{name}_SECRET": SECRET for name in ("EU", "US")}
        return {**secrets, **({"CLIENTREG_AGE_KEY": str(self.operator)} if key else {})}

    def credentials(self, realm: str) -> dict[str, str]:
        """The id of the credential that each of our clients has there."""
        clients: list[dict[str, Any]] = self.keycloak.admin("GET", f"/{realm}/clients")
        ours = {one["clientId"]: one["attributes"] for one in clients if one["clientId"].startswith("acme.")}
        return {key: attributes["clientreg.credential"] for key, attributes in ours.items()}

    def secret(self, client_id: str, tmp: Path) -> str:
        """As the operator opens it."""
        (file,) = (name for name in self.scratch.handed_over() if name.startswith(f"test/{client_id}."))
        tmp.write_text(str(self.operator), "ascii")
        opened = self.scratch.run("open", f"handover/{file}", "-i", str(tmp))
        found = re.search(r"client_secret: [\"']?([\w-]{20,})", opened.out)
        assert found, opened.said
        return found[1]

    def token(self, realm: str, client_id: str, secret: str) -> int:
        url = f"{self.keycloak.url}/realms/{realm}/protocol/openid-connect/token"
        form = {"grant_type": "client_credentials"}
        return httpx.post(url, data=form, auth=(client_id, secret), timeout=30).status_code

    def converged(self, tmp: Path) -> None:
        """Both hold the same credentials, which are the sealed ones, and their secrets work on both."""
        eu, us = (self.credentials(realm) for realm in self.realms)
        assert eu.keys() == {f"acme.{name}" for name in NAMES}
        assert eu == us
        assert sorted(f"test/{key}.{one}.age" for key, one in eu.items()) == self.scratch.handed_over()
        for key in eu:
            secret = self.secret(key, tmp)
            assert [self.token(realm, key, secret) for realm in self.realms] == [200, 200]
            assert [self.token(realm, key, "another") for realm in self.realms] == [401, 401]
        again = self.scratch.run(*PLAN, "--check", env=self.env())
        assert (again.status, "(3 clients on 2 servers)" in again.out) == (0, True), again.said


@pytest.fixture
def two(tmp_path: Path, keycloak: Keycloak) -> Iterator[Two]:
    realms = (f"eu-{uuid4().hex[:12]}", f"us-{uuid4().hex[:12]}")
    for realm in realms:
        keycloak.make_realm(realm, **realm_of(realm))
    operator = x25519.Identity.generate()
    scratch = Scratch(tmp_path / "registry")
    with line(keycloak.url) as us:
        places = {"eu": (keycloak.url, realms[0]), "us": (f"http://127.0.0.1:{us.port}", realms[1])}
        opens = f", recipients: [{operator.to_public()}]"
        scratch.write("registry.yaml", REGISTRY.format(**places, recipients=opens))
        scratch.write("clients/acme/organization.yaml", ORGANIZATION)
        for name in NAMES:
            scratch.write(f"clients/acme/{name}.yaml", SERVICE.format(name=name.title()))
        scratch.write(".gitignore", "handover/\n")
        scratch.git("init", "--quiet", "--initial-branch", "main")
        scratch.commit()
        yield Two(scratch, keycloak, realms, us, operator)
    for realm in realms:
        keycloak.remove_realm(realm)


def test_both_get_the_same_secrets(two: Two, tmp_path: Path) -> None:
    applied = two.scratch.run(*APPLY, env=two.env())
    assert (applied.status, "6 done, 0 failed" in applied.out) == (0, True), applied.said
    two.converged(tmp_path / "key")


def test_a_rotation_reaches_both(two: Two, tmp_path: Path) -> None:
    assert two.scratch.run(*APPLY, env=two.env()).status == 0
    old = two.secret("acme.feed", tmp_path / "key")
    two.scratch.write("clients/acme/feed.yaml", SERVICE.format(name="Feed") + "credentials: {generation: 2}\n")
    two.scratch.commit()
    applied = two.scratch.run(*APPLY, env=two.env())
    assert applied.status == 0, applied.said
    assert [two.token(realm, "acme.feed", old) for realm in two.realms] == [401, 401]
    two.converged(tmp_path / "key")


def test_what_goes_down_in_mid_apply_is_finished_by_the_next_with_the_same_secrets(two: Two, tmp_path: Path) -> None:
    two.us.cut_at = f"POST /admin/realms/{two.realms[1]}/clients ".encode()
    broken = two.scratch.run(*APPLY, env=two.env())
    assert (broken.status, "eu: 3 of 3 changes done" in broken.out) == (3, True), broken.said
    assert (f"127.0.0.1:{two.us.port}" in broken.out, SECRET in broken.said) == (True, False), broken.said
    before = two.credentials(two.realms[0])
    secrets = {key: two.secret(key, tmp_path / "key") for key in before}
    assert [two.token(two.realms[0], key, text) for key, text in secrets.items()] == [200, 200, 200]

    down = two.scratch.run(*PLAN, env=two.env())
    assert (down.status, f"127.0.0.1:{two.us.port}" in down.out) == (3, True), down.said
    two.us.mend()
    keyless = two.scratch.run(*APPLY, env=two.env(key=False))
    assert (keyless.status, "CLIENTREG_AGE_KEY" in keyless.out) == (3, True), keyless.said
    assert [two.credentials(realm) for realm in two.realms] == [before, {}]

    finished = two.scratch.run(*APPLY, env=two.env())
    assert (finished.status, "3 done, 0 failed" in finished.out) == (0, True), finished.said
    assert [two.credentials(realm) for realm in two.realms] == [before, before]
    assert {key: two.secret(key, tmp_path / "key") for key in before} == secrets
    two.converged(tmp_path / "key")


def test_the_first_of_them_down_keeps_the_second_from_nothing(two: Two, tmp_path: Path) -> None:
    """Servers are told in their order; here the one that goes down is told first."""
    text = two.scratch.read("registry.yaml")
    lines = text.splitlines(keepends=True)
    at = next(number for number, one in enumerate(lines) if one.startswith("      eu:"))
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    two.scratch.write("registry.yaml", "".join(lines))
    two.scratch.commit()
    two.us.cut_at = f"POST /admin/realms/{two.realms[1]}/clients ".encode()
    broken = two.scratch.run(*APPLY, env=two.env())
    assert (broken.status, "eu: 3 of 3 changes done" in broken.out) == (3, True), broken.said
    before = two.credentials(two.realms[0])
    assert len(before) == 3
    two.us.mend()
    assert two.scratch.run(*APPLY, env=two.env()).status == 0
    assert two.credentials(two.realms[1]) == before
    two.converged(tmp_path / "key")


def test_what_is_down_when_the_plan_is_made_is_brought_the_same_secrets_later(two: Two, tmp_path: Path) -> None:
    two.us.cut()
    port = f"127.0.0.1:{two.us.port}"
    planned = two.scratch.run(*PLAN, "--check", "--out", "plan.json", env=two.env())
    assert (planned.status, "x not read" in planned.out, port in planned.out) == (3, True, True), planned.said
    assert "3 to create, 0 to change, 0 to delete, 1 server not read" in planned.out
    digest = str(json.loads(two.scratch.read("plan.json"))["digest"])
    (two.scratch.root / "plan.json").unlink()
    first = two.scratch.run(*APPLY, "--expect", digest, env=two.env())
    assert (first.status, "3 done, 0 failed, 1 server not read" in first.out) == (3, True), first.said
    assert "when it answers, apply again" in " ".join(first.out.split())
    before = two.credentials(two.realms[0])
    secrets = {key: two.secret(key, tmp_path / "key") for key in before}
    assert [two.token(two.realms[0], key, text) for key, text in secrets.items()] == [200, 200, 200]
    assert two.credentials(two.realms[1]) == {}
    still = two.scratch.run(*APPLY, env=two.env())
    assert (still.status, two.credentials(two.realms[0])) == (3, before), still.said

    two.us.mend()
    finished = two.scratch.run(*APPLY, env=two.env())
    assert (finished.status, "3 done, 0 failed" in finished.out) == (0, True), finished.said
    assert [two.credentials(realm) for realm in two.realms] == [before, before]
    two.converged(tmp_path / "key")


def test_a_rotation_while_one_is_down_leaves_it_its_secret_until_it_gets_the_new_one(two: Two, tmp_path: Path) -> None:
    assert two.scratch.run(*APPLY, env=two.env()).status == 0
    old, kept = two.secret("acme.feed", tmp_path / "key"), two.scratch.handed_over()
    two.scratch.write("clients/acme/feed.yaml", SERVICE.format(name="Feed") + "credentials: {generation: 2}\n")
    two.scratch.commit()
    reviewed = json.loads(two.scratch.run(*PLAN, "--format", "json", env=two.env()).out)["digest"]
    two.us.cut()
    other = two.scratch.run(*APPLY, "--expect", reviewed, env=two.env())
    assert (other.status, "can be read now (us:" in other.said, "--server eu" in other.said) == (3, True, True)
    rotated = two.scratch.run(*APPLY, env=two.env())
    assert (rotated.status, "1 done, 0 failed, 1 server not read" in rotated.out) == (3, True), rotated.said
    assert [two.token(realm, "acme.feed", old) for realm in two.realms] == [401, 200]
    assert set(kept) < set(two.scratch.handed_over())

    two.us.mend()
    assert two.scratch.run(*APPLY, env=two.env()).status == 0
    assert two.token(two.realms[1], "acme.feed", old) == 401
    two.converged(tmp_path / "key")
