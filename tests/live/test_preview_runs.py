"""`clientreg preview` as a developer runs it: a process, a login over HTTP, a saved change, Ctrl-C."""

from __future__ import annotations

import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from provider.web import Browser, Rp

CLIENT = "fjordvale-media.newsroom"
FILE = "clients/fjordvale-media/newsroom.yaml"
PATIENCE = 30
END = "(the command has ended)"


class Terminal:
    """A running command and what it says, line by line."""

    def __init__(self, root: Path) -> None:
        # A shell without job control starts background jobs deaf to Ctrl-C: this one hears it.
        hears = "import signal, runpy; signal.signal(signal.SIGINT, signal.default_int_handler)"
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"{hears}; runpy.run_module('clientreg')", "preview", CLIENT, "--port", "0"],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for line in said:
                self._lines.put(line.rstrip("\n"))
        self._lines.put(END)

    def close(self) -> None:
        """End it whatever it does."""
        self.process.kill()
        self.process.wait()
        self._reader.join()

    def until(self, pattern: str) -> re.Match[str]:
        """Wait for a line; the lines before it are dropped."""
        seen = []
        while True:
            try:
                seen.append(self._lines.get(timeout=PATIENCE))
            except queue.Empty:
                raise AssertionError(f"no line like {pattern!r} in {seen}") from None
            assert seen[-1] != END, f"no line like {pattern!r} in {seen}"
            found = re.search(pattern, seen[-1])
            if found is not None:
                return found


@pytest.fixture
def terminal(tmp_path: Path, repository: Path) -> Iterator[Terminal]:
    shutil.copytree(repository / "clients", tmp_path / "clients")
    shutil.copyfile(repository / "registry.yaml", tmp_path / "registry.yaml")
    started = Terminal(tmp_path)
    yield started
    started.close()


def test_a_developer_logs_in_changes_the_file_logs_in_again_and_stops_it(terminal: Terminal, tmp_path: Path) -> None:
    issuer = terminal.until(r"issuer +(http://127\.0\.0\.1:\d+)$")[1]
    terminal.until(r"Ctrl-C ends it\.$")
    redirect_uri = f"{CLIENT}://connect/oauth2callback"
    rp = Rp(issuer, CLIENT, redirect_uri, "none")
    tokens = rp.tokens(Browser(issuer))
    assert rp.userinfo(tokens["access_token"]).json["sub"] == "7d4c1f0a-0001"

    text = (tmp_path / FILE).read_text("utf-8")
    (tmp_path / FILE).write_text(f"{text}redirect_uris: [com.example.newsroom:/cb]\n", "utf-8")
    assert terminal.until("newsroom: ").string == f"~ {CLIENT}: redirect_uris"
    assert rp.ask(Browser(issuer)).page.heading == "This redirect URI is not registered"
    changed = Rp(issuer, CLIENT, "com.example.newsroom:/cb", "none")
    assert set(changed.tokens(Browser(issuer))) >= {"access_token", "id_token"}

    terminal.process.send_signal(signal.SIGINT)
    assert (terminal.until("ended").string, terminal.process.wait(PATIENCE)) == ("the preview has ended", 0)
    with socket.create_server(("127.0.0.1", int(issuer.rpartition(":")[2]))):
        pass
