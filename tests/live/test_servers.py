"""The real servers of `tests/servers/`: each starts, answers, and leaves nothing behind."""

from __future__ import annotations

import os
import socket
import sys
import urllib.parse
from pathlib import Path

import pytest

from clientreg import servers
from real import needs
from servers import keycloak, kinds, process


def test_keycloak_starts_and_makes_realms_and_leaves_nothing() -> None:
    missing = keycloak.missing()
    needs(f"{keycloak.NAME} {keycloak.VERSION}", here=missing is None, hint=str(missing))
    with keycloak.running() as server:
        server.make_realm("one")
        ids = {client["clientId"] for client in server.admin("GET", "/one/clients")}
        server.remove_realm("one")
        address = urllib.parse.urlsplit(server.url)
        folder = server.log.parent
    assert "realm-management" in ids
    assert not folder.exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", address.port or 0)) != 0


def test_a_process_ends_with_what_it_started(tmp_path: Path) -> None:
    child = "import time; print('begun', flush=True); time.sleep(600)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    words = [sys.executable, "-c", parent]
    log = tmp_path / "log"
    with process.running(
        words, environment=dict(os.environ), log=log, ready=lambda: "begun" in log.read_text(), seconds=20
    ) as group:
        pass
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)


def test_what_ends_too_early_is_said_with_its_last_words(tmp_path: Path) -> None:
    words = [sys.executable, "-c", "print('the port is taken'); raise SystemExit(3)"]
    starting = process.running(
        words, environment=dict(os.environ), log=tmp_path / "log", ready=lambda: False, seconds=20
    )
    with pytest.raises(RuntimeError, match=r"ended with 3:\nthe port is taken"), starting:
        pass


def test_what_server_types_declare_was_tried_on_the_versions_that_run_here() -> None:
    ours = {f"{kind.NAME} {kind.VERSION}" for kind in kinds().values()}
    declared = {kind.tried.removeprefix("node ") for kind in servers.kinds() if kind.tried}
    assert declared == ours
