"""A bare repository as the remote, runners' clones of it, and everything that a remote can do to them."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from clientreg.gitrepo.branch import Branch, Edit


def git(folder: Path, *words: str | Path, stdin: bytes | None = None) -> str:
    """What Git answers."""
    done = subprocess.run(["git", *words], cwd=folder, input=stdin, capture_output=True, check=True)
    return os.fsdecode(done.stdout).rstrip("\n")


@dataclass(frozen=True)
class Remote:
    """The bare repository in `root`, with one commit on `main`."""

    root: Path

    @classmethod
    def made(cls, folder: Path) -> Remote:
        """A new one, and all that a careful host forbids."""
        one = cls(folder / "remote.git")
        git(folder, "init", "--quiet", "--bare", "--initial-branch", "main", one.root)
        for option in ("receive.denyNonFastForwards", "receive.denyDeletes", "receive.fsckObjects"):
            git(one.root, "config", option, "true")
        tree = git(one.root, "mktree", stdin=b"")
        git(one.root, "update-ref", "refs/heads/main", git(one.root, "commit-tree", "-m", "one", tree))
        return one

    def clone(self, name: str = "runner") -> Path:
        """A runner's checkout."""
        place = self.root.with_name(name)
        git(self.root, "clone", "--quiet", self.root, place)
        return place

    def hook(self, name: str, script: str) -> None:
        """What the remote runs during a push."""
        path = self.root / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def has(self) -> bool:
        return git(self.root, "for-each-ref", "refs/heads/handover") != ""

    def files(self) -> list[str]:
        """The paths on the branch, in order."""
        if not self.has():
            return []
        return git(self.root, "ls-tree", "-r", "-z", "--name-only", "handover").rstrip("\0").split("\0")

    def commits(self) -> list[str]:
        """The subjects of the branch's commits, newest first."""
        return git(self.root, "log", "--format=%s", "handover").splitlines() if self.has() else []

    def put(self, tree: str, *, onto: bool = True) -> str:
        """A commit of somebody else with this tree, in `git mktree` lines; the branch as it was is replaced or not."""
        made = git(self.root, "mktree", "--missing", "-z", stdin=os.fsencode(tree))
        parents = ("-p", "handover") if onto and self.has() else ()
        commit = git(self.root, "commit-tree", "-m", "somebody else", *parents, made)
        git(self.root, "update-ref", "refs/heads/handover", commit)
        return made

    def blob(self, text: str) -> str:
        """A file of somebody else."""
        return git(self.root, "hash-object", "-w", "--stdin", stdin=text.encode())


def branch(clone: Path, name: str = "handover", remote: str = "origin") -> Branch:
    """The branch as one run has it."""
    return Branch(clone, remote, name)


def edit(name: str = "a", content: str | None = "text") -> Edit:
    """One file in `test/`."""
    return Edit(f"put {name}", {("test", name): None if content is None else content.encode()})


@contextmanager
def silent() -> Iterator[str]:
    """The address of a server that accepts every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"git://127.0.0.1:{server.getsockname()[1]}/remote.git"


@contextmanager
def closed() -> Iterator[tuple[str, list[str]]]:
    """The address of a web server that asks everybody who they are, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="here"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"127.0.0.1:{server.server_port}/remote.git", asked
    server.shutdown()
    thread.join()
    server.server_close()
