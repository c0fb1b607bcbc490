"""The embedded authorization server with the clients of the work tree, for a login in one's own browser.

Plan and apply as everywhere, on a store and a sink of its own: no commit is needed, the guard's limits do not count and
no server of `registry.yaml` is touched. A change of the files is served as soon as it is saved.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from clientreg import intent, lint, servers, sync
from clientreg.errors import CannotFinish, ClientregError, FilesBroken, UsageError
from clientreg.finding import Finding, Severity
from clientreg.gitrepo import Ancestry
from clientreg.model import Client, Registration
from clientreg.planning.plan import Refusal
from clientreg.reading.folder import CLIENTS
from clientreg.registry import Broken, Registry, absent
from clientreg.servers import Outcome
from clientreg.servers.embedded.provider import serve, trial_link
from clientreg.settings import FILE, Environment, Guard, ServerEntry, Settings, SinkEntry

FOLDER = ".clientreg"
PORT = 8080
_HANDOVER = f"{FOLDER}/preview/handover"
_SERVER = "preview"
_LOOK = 0.25
_NO_LIMIT = 1_000_000_000

Load: TypeAlias = Callable[[], Registry]
_Fingerprint: TypeAlias = frozenset[tuple[str, int, int]]


class Served(NamedTuple):
    """One client as it is served. `sealed` is the file with its secret, `link` starts a login for it."""

    source: str
    registration: Registration
    sealed: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class State:
    """What is served now. Of the refused clients, those in `older` are served as they were before."""

    environment: str
    issuer: str
    clients: Mapping[str, Served] = field(default_factory=dict)
    refused: Mapping[str, Refusal] = field(default_factory=dict)
    older: frozenset[str] = frozenset()


class News(NamedTuple):
    """What changed files brought: changes that were made, clients that are refused now, those that no longer are.

    `problem` says why none of it could be followed; what was served before is still served then.
    """

    made: tuple[Outcome, ...] = ()
    refused: tuple[Refusal, ...] = ()
    mended: tuple[str, ...] = ()
    problem: ClientregError | None = None


class _WorkTree:
    """A history for files that nobody has committed: always clean, always newer than what was served before."""

    head = "work-tree"
    dirty = False
    shallow = False

    def ancestry(self, old: str, new: str) -> Ancestry:
        """Whatever was served before may be followed by what the files say now."""
        del old, new
        return Ancestry.ANCESTOR


@dataclass(slots=True)
class Preview:
    """A running preview. `state` is what it serves; only `watch` changes it."""

    root: Path
    state: State
    _registry: str
    _store: str
    _load: Load
    _today: Callable[[], str]
    _scopes: dict[str, str]
    _seen: _Fingerprint = frozenset()

    def watch(self, *, look: float = _LOOK) -> Iterator[News]:
        """Every change of the files that is worth a word, for ever. A file that is being written is waited for."""
        before = self._seen
        while True:
            started = time.perf_counter()
            found = _fingerprint(self.root)
            if found == before and found != self._seen:
                self._seen = found
                yield self.follow()
            before = found
            time.sleep(max(look, 10 * (time.perf_counter() - started)))

    def follow(self) -> News:
        """Serve what the files say now, as far as they can be understood."""
        try:
            made, state = self._applied()
        except ClientregError as error:
            return News(problem=error)
        before, self.state = self.state, state
        return News(
            made=made,
            refused=tuple(one for key, one in state.refused.items() if before.refused.get(key) != one),
            mended=tuple(key for key in before.refused if key in state.clients),
        )

    def begin(self) -> None:
        """Serve what the files say, or raise why that cannot be."""
        self._seen = _fingerprint(self.root)
        _, self.state = self._applied()

    def _applied(self) -> tuple[tuple[Outcome, ...], State]:
        inputs = self._inputs()
        planned = sync.plan(inputs, _WorkTree())
        applied = sync.apply(planned, override_guard=planned.plan.digest)
        if applied.interrupted:
            raise KeyboardInterrupt
        broken = next((server.error for server in applied.servers if server.error is not None), None)
        if broken is not None:
            raise CannotFinish(broken)
        refusals = [*(one for server in planned.plan.servers for one in server.refused), *_failed(applied.outcomes)]
        self._scopes.clear()
        self._scopes.update({name: scope.description for name, scope in inputs.settings.scopes.items()})
        made = tuple(outcome for outcome in applied.outcomes if outcome.error is None)
        return made, self._state(inputs, {one.key: one for one in refusals})

    def _inputs(self) -> sync.Inputs:
        """What the files want, with the embedded server in place of the environment's own."""
        loaded = self._load()
        settings = settings_of(loaded)
        if settings.name != self._registry or self.state.environment not in settings.environments:
            message = f"{FILE}: has another name or no environment {self.state.environment} any more"
            raise CannotFinish(message, "start clientreg preview again")
        environment = self._environment(settings.environments[self.state.environment])
        settings = replace(settings, environments={**settings.environments, environment.name: environment})
        nameless = tuple(one for one in loaded.broken if one.client_id is None)
        judged = replace(loaded, settings=settings, broken=nameless)
        today = self._today()
        report = lint.run(judged, servers=servers.types(), today=today)
        inputs = intent.inputs(judged, report, settings, environment, today=today)
        unread = [one for one in loaded.broken if one.client_id is not None]
        return inputs._replace(refused=(*inputs.refused, *self._unread(unread, report.findings, environment)))

    def _environment(self, real: Environment) -> Environment:
        """The same rules, another server and sink. Who is gone is disabled, and comes back with the same secret."""
        options = {"store": self._store, "issuer": self.state.issuer}
        return real._replace(
            servers=(ServerEntry(_SERVER, "embedded", options),),
            sinks=(SinkEntry("handover", "sealed-file", {"directory": _HANDOVER, "publish": "none"}),),
            guard=Guard(_NO_LIMIT, 100, _NO_LIMIT),
        )

    def _unread(self, broken: list[Broken], findings: tuple[Finding, ...], at: Environment) -> Iterator[Refusal]:
        """A file that cannot be read is not a client that is gone: who came from it stays as it was."""
        if not broken:
            return
        stored = servers.connect(at.servers[0], self.root).read()
        came = {(one.mark.source if one.mark else ""): one.key for one in stored}
        for one in broken:
            named = one.environments is None or at.name in one.environments
            files = (one.file, f"{one.file.rpartition('/')[0]}/organization.yaml")
            about = [f for file in files for f in findings if f.file == file and f.severity is Severity.ERROR]
            if named and about:
                yield intent.refusal(came.get(one.file) or str(one.client_id), one.file, about)

    def _state(self, inputs: sync.Inputs, refused: Mapping[str, Refusal]) -> State:
        name, issuer = inputs.environment.name, self.state.issuer
        stored = {one.key: one for one in servers.connect(inputs.environment.servers[0], self.root).read()}
        sealed = _sealed(self.root / _HANDOVER / name)
        clients = {}
        for wanted in inputs.wanted:
            key = wanted.registration.client_id
            if key in stored and key not in refused:
                mark = stored[key].mark
                file = sealed.get(mark.credential.id) if mark is not None and mark.credential is not None else None
                clients[key] = Served(wanted.source, wanted.registration, file, _link(issuer, wanted.registration))
        return State(name, issuer, clients, refused, frozenset(refused.keys() & stored.keys()))


@contextmanager
def start(
    loaded: Registry,
    environment: str,
    *,
    port: int | None,
    load: Load,
    today: Callable[[], str],
    log: Callable[[str], None] = lambda _: None,
) -> Iterator[Preview]:
    """A preview of an environment, until the block ends. `port` 0 is any free one, None the environment's own.

    `load` reads the same registry again. `log` gets what the server has to say of itself, not each request. Raises
    CannotFinish where the port is taken or the disk refuses, FilesBroken where the files cannot be understood at all.
    """
    settings, root = settings_of(loaded), Path(loaded.root)
    port = _own_port(settings.environments[environment]) if port is None else port
    _make_folder(root)
    store = f"{FOLDER}/preview/{settings.name}.{environment}.db"
    scopes: dict[str, str] = {}
    try:
        running = serve(root / store, port=port, scopes=scopes, log=lambda line: _worth_saying(line, log))
    except CannotFinish as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE:
            message = f"port {port} of this machine is taken by another program"
            raise CannotFinish(message, "end that program, or take any free port: clientreg preview --port 0") from None
        raise
    with running:
        state = State(environment, running.url)
        preview = Preview(root, state, settings.name, store, load, today, scopes)
        preview.begin()
        yield preview


def choose(settings: Settings, name: str | None) -> str:
    """The environment that was named, else the first of class test. Raises UsageError where there is none."""
    if name is not None:
        return name
    found = next((one.name for one in settings.environments.values() if not one.production), None)
    if found is None:
        raise UsageError("registry.yaml has no environment of class test", "name one: clientreg preview -e ENVIRONMENT")
    return found


def check_present(client: Client, environment: str) -> None:
    """Raises UsageError for a client that is not in the environment."""
    if environment not in client.environments:
        raise absent(client, environment)


def settings_of(loaded: Registry) -> Settings:
    """The operator's file. Raises FilesBroken, with its first finding, where it cannot be read."""
    if loaded.settings is None:
        said = intent.refusal("", FILE, [one for one in loaded.findings if one.file == FILE])
        raise FilesBroken(said.why, said.hint)
    return loaded.settings


def _failed(outcomes: tuple[Outcome, ...]) -> Iterator[Refusal]:
    """What the server or the sink did not take, although the files are in order."""
    for outcome in outcomes:
        if outcome.error is not None:
            yield Refusal(outcome.change.key, outcome.change.source, outcome.error)


def _link(issuer: str, registration: Registration) -> str | None:
    """What starts a login for a client; None where nobody signs in."""
    if "code" not in registration.response_types or not registration.redirect_uris or not registration.enabled:
        return None
    return trial_link(issuer, registration.client_id)


def _own_port(environment: Environment) -> int:
    """The port that the environment's own embedded server would have."""
    issuers = (entry.options.get("issuer") for entry in environment.servers if entry.type == "embedded")
    return next((urlsplit(issuer).port or PORT for issuer in issuers if isinstance(issuer, str)), PORT)


def _make_folder(root: Path) -> None:
    """The folder that Git does not see, whether or not the repository's own `.gitignore` names it."""
    folder = root / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        if not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text("*\n", "ascii")
    except OSError as error:
        message = f"{folder}: cannot be written ({error.strerror})"
        raise CannotFinish(message, "the registry's folder must be writable for the user who runs clientreg") from error


def _worth_saying(line: str, log: Callable[[str], None]) -> None:
    """Failures and back-channel calls; a request and its status is what the browser shows already."""
    if line.startswith(("error:", "back-channel logout:")):
        log(line)


def _sealed(folder: Path) -> dict[str, str]:
    """Every sealed file of an environment by its credential's id."""
    return {path.name.rsplit(".", 2)[1]: str(path) for path in folder.glob("*.*.age")}


def _fingerprint(root: Path) -> _Fingerprint:
    """Name, time and size of every file that a registry is read from; one that goes meanwhile is skipped."""
    found = set()
    folder = os.path.join(root, CLIENTS)
    for place in (*_entries(folder), os.path.join(root, FILE)):
        try:
            status = os.lstat(place)
        except OSError:
            continue
        found.add((place, status.st_mtime_ns, status.st_size))
    return frozenset(found)


def _entries(folder: str) -> Iterator[str]:
    """What lies in `clients/` and in the folders of its organizations, as deep as a registry goes."""
    try:
        with os.scandir(folder) as organizations:
            for organization in organizations:
                yield organization.path
                if organization.is_dir(follow_symlinks=False):
                    with os.scandir(organization.path) as files:
                        yield from (file.path for file in files)
    except OSError:
        return
