"""A small environment on real embedded servers, with its sealed files in a folder or on a branch."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pyrage import x25519

from clientreg import seal, sync
from clientreg.secret import Secret
from clientreg.servers.embedded.store import Store, secret_matches
from clientreg.settings import Environment, ServerEntry, Settings, SinkEntry
from clientreg.sync import handover
from memory import LAX, MemoryHistory, Registration, wanted
from remotes import Remote, git


@dataclass
class Disk:
    """One environment below a folder; `key` opens everything that is sealed there.

    With `branch` the folder is a clone whose remote lies in it too, so that a copy of the folder is a world of its own.
    """

    root: Path
    names: tuple[str, ...] = ("local",)
    branch: bool = False
    history: MemoryHistory = field(default_factory=MemoryHistory)
    key: x25519.Identity = field(default_factory=x25519.Identity.generate)
    today: str = "2026-11-23"
    grace_days: int = 0

    def made(self) -> Disk:
        """The folder, and on it what a branch needs."""
        self.root.mkdir()
        if self.branch:
            Remote.made(self.root)
            git(self.root, "init", "--quiet", "--initial-branch", "main")
            git(self.root, "remote", "add", "origin", "remote.git")
        return self

    def copied(self, name: str) -> Disk:
        """The same world once more, beside this one."""
        shutil.copytree(self.root, self.root.with_name(name), symlinks=True)
        return replace(self, root=self.root.with_name(name))

    @property
    def remote(self) -> Remote:
        return Remote(self.root / "remote.git")

    @property
    def handover(self) -> Path:
        return self.root / "handover" / "test"

    def store(self, name: str) -> Path:
        return self.root / f"{name}.db"

    @contextmanager
    def damaged(self, name: str) -> Iterator[None]:
        """As long as it lasts, a server cannot be read."""
        store, aside = self.store(name), self.root / "aside"
        if store.exists():
            store.rename(aside)
        store.write_text("damaged " * 100)
        yield
        store.unlink()
        if aside.exists():
            aside.rename(store)

    def plan(self, *registrations: Registration) -> sync.Planned:
        place = {"publish": "git-branch"} if self.branch else {"directory": "handover"}
        sink = SinkEntry("files", "sealed-file", {**place, "recipients": (str(self.key.to_public()),)})
        guard = LAX._replace(grace_days=self.grace_days)
        environment = Environment("test", False, self._entries(), (sink,), guard)
        inputs = sync.Inputs(
            settings=Settings("connect", {"test": environment}, {}),
            environment=environment,
            root=self.root,
            wanted=wanted(*registrations),
            client_files=9,
            today=self.today,
            operator_key=Secret(str(self.key)),
        )
        return sync.plan(inputs, self.history)

    def apply(self, *registrations: Registration) -> sync.Applied:
        return sync.apply(self.plan(*registrations))

    def forked(self, act: Callable[[], object]) -> int:
        """Run something in a process of its own; how that ended, as a shell says it."""
        child = os.fork()
        if child == 0:
            try:
                act()
            except BaseException:  # noqa: BLE001 - a forked test must not go on as the parent
                os._exit(70)
            os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def unheld(self) -> list[str]:
        """Clients whose secret on a server is not the one in a sealed file of theirs. There must never be one."""
        return [
            f"{name}: {one.client_id}"
            for name in self.names
            for one in self._clients(name)
            if one.secret_hash is not None and not secret_matches(one.secret_hash, self._sealed(one))
        ]

    def unused(self) -> list[str]:
        """Sealed files of credentials that no server has, and hand-overs of clients that have none."""
        stored = [one for name in self.names for one in self._clients(name)]
        marks = {one.client_id: one.mark and one.mark.credential for one in stored}
        used = {f".{credential.id}.age" for credential in marks.values() if credential is not None}
        clear = {f"{key}.yaml" for key, credential in marks.items() if credential is None}
        return sorted(name for name in self.kept() if name not in clear and not any(name.endswith(one) for one in used))

    def kept(self) -> Mapping[str, Callable[[], str]]:
        """Every file that was handed over, by its name, to be read past our own code."""
        if self.branch:
            names = [path.removeprefix("test/") for path in self.remote.files() if path != "README.md"]
            return {name: lambda name=name: git(self.remote.root, "show", f"handover:test/{name}") for name in names}
        found = self.handover.iterdir() if self.handover.exists() else ()
        return {path.name: path.read_text for path in found if not path.name.startswith(".")}

    def clients(self) -> dict[str, list[str]]:
        return {name: [one.client_id for one in self._clients(name)] for name in self.names}

    def locked(self, name: str) -> sqlite3.Connection:
        """Another program that is writing to a store and does not end."""
        db = sqlite3.connect(self.store(name), isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        return db

    def _entries(self) -> tuple[ServerEntry, ...]:
        return tuple(
            ServerEntry(name, "embedded", {"store": f"{name}.db", "issuer": f"http://localhost:{8080 + port}"})
            for port, name in enumerate(self.names)
        )

    def _clients(self, name: str) -> list[Any]:
        if not self.store(name).exists():
            return []
        with Store(self.store(name)) as store:
            return store.clients()

    def _sealed(self, one: Any) -> str:
        """The secret in the file that the mark names; no text where there is none."""
        mark = one.mark.credential
        for name, read in self.kept().items():
            if mark is not None and name.endswith(f".{mark.id}.age"):
                secret = handover.secret_of(seal.unseal(read(), [self.key]))
                return "" if secret is None else secret.reveal()
        return ""
