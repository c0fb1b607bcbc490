"""A server and a Git history in memory, and a small environment around them, for the tests of plan and apply."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from clientreg import sync
from clientreg.errors import CannotFinish
from clientreg.gitrepo import Ancestry
from clientreg.jsonvalue import Json, JsonObject
from clientreg.model import Client, Organization, Registration
from clientreg.planning.plan import Action
from clientreg.planning.state import Lack, Mark, Observed, Record
from clientreg.secret import Secret
from clientreg.servers import Outcome, Outcomes, Write
from clientreg.servers.embedded.metadata import settle
from clientreg.settings import Environment, Guard, Scope, ServerEntry, Settings, SinkEntry

RECIPIENT = "age1j84pqjg3d3jw8ar4z2v4du6ufgmthwcc65fl2wqmxmezta0mty3qymef9v"
ACME = Organization(id="acme", file="clients/acme/organization.yaml", name="Acme Ltd", recipients=(RECIPIENT,))
WEB: Mapping[str, Any] = {
    "product": "Shop",
    "client_name": "Acme Shop",
    "description": "The shop of Acme, in which users buy and return things.",
    "contacts": {"technical": ["dev@acme.example"]},
    "platform": "web",
    "application_type": "web",
    "client_type": "confidential",
    "scopes": ["openid", "profile"],
    "redirect_uris": ["https://shop.acme.example/cb"],
    "environments": {"test": {}, "production": {}},
}
APP: Mapping[str, Any] = {
    **WEB,
    "client_name": "Acme App",
    "platform": "android",
    "application_type": "native",
    "client_type": "public",
    "redirect_uris": ["com.acme.app:/cb"],
}


def registration(name: str, base: Mapping[str, Any] = WEB, **fields: Any) -> Registration:
    """One client of Acme in the environment `test`; a field that is None is left out of the file."""
    data = {key: value for key, value in {**base, **fields}.items() if value is not None}
    return Client(f"clients/acme/{name}.yaml", ACME, name, data).registration("test")


def wanted(*registrations: Registration, sources: Mapping[str, str] | None = None) -> tuple[sync.Wanted, ...]:
    """Registrations with their files: where their ids say, unless `sources` says otherwise."""
    moved = sources or {}
    files = {one.client_id: f"clients/{one.client_id.replace('.', '/')}.yaml" for one in registrations}
    return tuple(
        sync.Wanted(moved.get(one.client_id, files[one.client_id]), one.client_id, partial(_same, one))
        for one in registrations
    )


def _same(one: Registration) -> Registration:
    return one


@dataclass
class MemoryServer:
    """Keeps the promises of `Server` in a dict. `before` is called with each write and may raise or refuse it."""

    name: str = "local"
    clients: dict[str, Observed] = field(default_factory=dict)
    secrets: dict[str, Secret] = field(default_factory=dict)
    saved: Record | None = None
    before: Callable[[Write], str | None] = lambda _: None
    down: bool = False
    ignores: frozenset[str] = frozenset()
    missing: Callable[[Mapping[str, Json]], Iterable[Lack]] = lambda _: ()
    writes: list[tuple[Action, str]] = field(default_factory=list)
    _revision: int = 0

    type = "embedded"
    url = "http://localhost:8080"

    def read(self) -> tuple[Observed, ...]:
        if self.down:
            raise CannotFinish(f"server {self.name} does not answer", "start it")
        return tuple(self.clients.values())

    def read_again(self, keys: Collection[str]) -> tuple[Observed, ...]:
        return tuple(one for one in self.read() if one.key in keys)

    def settle(self, payload: JsonObject) -> JsonObject:
        return settle(payload)

    def lacks(self, payload: Mapping[str, Json]) -> Iterable[Lack]:
        return self.missing(payload)

    def apply(self, writes: Iterable[Write]) -> Outcomes:
        for write in writes:
            if self.down:
                raise CannotFinish(f"server {self.name} does not answer", "start it")
            yield Outcome(write.change, self.before(write) or self._write(write))

    def record(self) -> Record | None:
        if self.down:
            raise CannotFinish(f"server {self.name} does not answer", "start it")
        return self.saved

    def save_record(self, record: Record) -> None:
        self.saved = record

    def endpoints(self) -> Mapping[str, str]:
        return {"issuer": self.url, "token_endpoint": f"{self.url}/token"}

    def put(self, key: str, payload: JsonObject, mark: Mark | None, *, has_secret: bool = False) -> None:
        """A client as somebody else, or an earlier apply, left it."""
        self._revision += 1
        self.clients[key] = Observed(key, settle(payload), partial(str, self._revision), mark, has_secret)

    def touch(self, key: str, **fields: Any) -> None:
        """Change a client as somebody in an admin console would."""
        one = self.clients[key]
        self.put(key, {**one.payload, **fields}, one.mark, has_secret=one.has_secret)

    def _write(self, write: Write) -> str | None:
        change = write.change
        self.writes.append((change.action, change.key))
        current = self.clients.get(change.key)
        if (None if current is None else current.revision()) != change.revision:
            return "changed by someone else since the plan was made; plan again"
        if change.payload is None:
            self.clients.pop(change.key, None)
            self.secrets.pop(change.key, None)
            return None
        if write.credential is not None:
            self.secrets[change.key] = write.credential.secret
        elif not str(change.payload["token_endpoint_auth_method"]).startswith("client_secret_"):
            self.secrets.pop(change.key, None)
        kept = {name: value for name, value in change.payload.items() if name not in self.ignores or current is None}
        payload = kept if current is None else {**current.payload, **kept}
        held = current is not None and current.has_secret and change.key not in self.secrets
        self.put(change.key, payload, change.mark, has_secret=held or change.key in self.secrets)
        return None


@dataclass
class MemoryHistory:
    """Commits in a row, oldest first; `head` is one of them."""

    commits: tuple[str, ...] = ("c1",)
    head: str = "c1"
    dirty: bool = False
    shallow: bool = False

    def ancestry(self, old: str, new: str) -> Ancestry:
        if old not in self.commits:
            return Ancestry.UNRELATED if old == "elsewhere" else Ancestry.UNKNOWN
        return Ancestry.ANCESTOR if self.commits.index(old) <= self.commits.index(new) else Ancestry.DESCENDANT


LAX = Guard(max_deletes=100, max_delete_percent=100, max_breaking=100)


@dataclass
class World:
    """One environment on some servers, with a sealed-file sink below `root`."""

    root: Path
    servers: tuple[MemoryServer, ...] = field(default_factory=lambda: (MemoryServer(),))
    history: MemoryHistory = field(default_factory=MemoryHistory)
    guard: Guard = LAX
    production: bool = False
    sink: bool = True
    operators: tuple[str, ...] = ()
    operator_key: Secret | None = None
    ci: bool = False

    @property
    def handover(self) -> Path:
        return self.root / "handover" / "test"

    def files(self) -> list[str]:
        """The names of everything that was handed over."""
        return sorted(path.name for path in self.handover.iterdir()) if self.handover.is_dir() else []

    def environment(self) -> Environment:
        options = {"directory": "handover", "recipients": self.operators}
        return Environment(
            "test",
            self.production,
            tuple(ServerEntry(server.name, "embedded", {"store": "test.db"}) for server in self.servers),
            (SinkEntry("sealed-file", "sealed-file", options),) if self.sink else (),
            self.guard,
        )

    def inputs(self, *registrations: Registration, today: str = "2026-11-23", **fields: Any) -> sync.Inputs:
        environment = self.environment()
        scopes = {"id.user.write": Scope("id.user.write", "Change data", sensitive=True)}
        given = {"client_files": 3, "operator_key": self.operator_key, "ci": self.ci, **fields}
        return sync.Inputs(
            settings=Settings("connect", {"test": environment}, scopes),
            environment=environment,
            root=self.root,
            wanted=given.pop("wanted", None) or wanted(*registrations),
            today=today,
            **given,
        )

    def plan(
        self, *registrations: Registration, options: Mapping[str, Any] | None = None, **fields: Any
    ) -> sync.Planned:
        """Plan for these registrations; `options` are those of `sync.plan`."""
        by_name = {server.name: server for server in self.servers}
        inputs = self.inputs(*registrations, **fields)
        return sync.plan(inputs, self.history, connect=lambda entry, _: by_name[entry.name], **(options or {}))

    def apply(self, *registrations: Registration, **fields: Any) -> sync.Applied:
        """Plan and apply, whatever the guard says."""
        planned = self.plan(*registrations, **fields)
        return sync.apply(planned, override_guard=planned.plan.digest, expect=planned.plan.digest)

    def restarted(self) -> World:
        """The same disk, with servers that hold the same."""
        return replace(self)


def done(applied: sync.Applied) -> list[tuple[str, str, str | None]]:
    """Action, client and error of every outcome."""
    return [(str(one.change.action), one.change.key, one.error) for one in applied.outcomes]


def planned(made: sync.Planned) -> list[tuple[str, str]]:
    """Action and client of every change."""
    return [(str(change.action), change.key) for change in made.plan.changes]
