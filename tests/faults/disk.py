"""A small environment on real embedded servers, in which an apply can be killed at each of its steps."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from pyrage import x25519

from clientreg import seal, sync
from clientreg.secret import Secret
from clientreg.servers.embedded.store import Store, secret_matches
from clientreg.settings import Environment, ServerEntry, Settings, SinkEntry
from clientreg.sync import handover
from memory import LAX, MemoryHistory, Registration, wanted

AT_ONCE = replace(LAX, grace_days=0)


@dataclass
class Disk:
    """One environment below a folder; `key` opens everything that is sealed there."""

    root: Path
    names: tuple[str, ...] = ("local",)
    history: MemoryHistory = field(default_factory=MemoryHistory)
    key: x25519.Identity = field(default_factory=x25519.Identity.generate)

    @property
    def handover(self) -> Path:
        return self.root / "handover" / "test"

    def store(self, name: str) -> Path:
        return self.root / f"{name}.db"

    def plan(self, *registrations: Registration) -> sync.Planned:
        options = {"directory": "handover", "recipients": (str(self.key.to_public()),)}
        environment = Environment(
            "test", False, self._entries(), (SinkEntry("files", "sealed-file", options),), AT_ONCE
        )
        inputs = sync.Inputs(
            settings=Settings("connect", {"test": environment}, {}),
            environment=environment,
            root=self.root,
            wanted=wanted(*registrations),
            client_files=9,
            today="2026-11-23",
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
        """Sealed files of credentials that no server has, and unfinished files."""
        marks = [one.mark for name in self.names for one in self._clients(name) if one.mark is not None]
        ids = {mark.credential.id for mark in marks if mark.credential is not None}
        names = (path.name for path in self.handover.iterdir() if path.suffix == ".age")
        return sorted(name for name in names if name.split(".")[-2] not in ids)

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
        for path in self.handover.glob("*.age"):
            if mark is not None and path.name.split(".")[-2] == mark.id:
                secret = handover.secret_of(seal.unseal(path.read_text(encoding="ascii"), [self.key]))
                return "" if secret is None else secret.reveal()
        return ""


STEPS = (
    (os, "replace"),
    (os, "fsync"),
    (Path, "unlink"),
    (Path, "mkdir"),
    (Store, "insert"),
    (Store, "replace"),
    (Store, "delete"),
    (Store, "save_record"),
)
"""Where an apply touches the world: it can be killed before and after each."""


@contextmanager
def counted(at: Callable[[int], None]) -> Iterator[list[int]]:
    """Call `at` with a running number before and after each step; the list holds how many there were."""
    seen = [0]

    def step() -> None:
        at(seen[0])
        seen[0] += 1

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in STEPS:
            patch.setattr(owner, name, _around(getattr(owner, name), step))
        yield seen


def _around(call: Callable[..., Any], step: Callable[[], None]) -> Callable[..., Any]:
    @wraps(call)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        step()
        result = call(*arguments, **named)
        step()
        return result

    return wrapped


def killed_at(number: int) -> Callable[[int], None]:
    """Ends the process with SIGKILL at that step: nothing is flushed, closed or rolled back."""

    def at(step: int) -> None:
        if step == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return at
