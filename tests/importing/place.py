"""A registry to import into, and what becomes of it: in this process, so that many can be tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from clientreg import importing, intent, lint, registry, servers, sync
from clientreg.finding import Severity
from clientreg.importing.found import Found, Source
from clientreg.importing.observed import Connect
from clientreg.jsonvalue import JsonObject
from clientreg.servers.embedded.store import Store
from memory import MemoryHistory

TODAY = "2026-11-23"
SETTINGS = """\
# The operator's file.
version: 1
name: small
environments:
  test:
    class: test
    servers:
      local: {type: embedded, store: .clientreg/test.db, issuer: "http://127.0.0.1:8080"}
    credential_sinks: [{type: sealed-file, directory: handover, publish: none}]
  second:
    class: test
    servers:
      local: {type: embedded, store: .clientreg/second.db, issuer: "http://127.0.0.1:8081"}
    credential_sinks: [{type: sealed-file, directory: handover, publish: none}]
  live:
    class: production
    servers:
      eu: {type: embedded, store: .clientreg/live.db, issuer: "http://127.0.0.1:8082"}
    credential_sinks: [{type: sealed-file, directory: handover, publish: none}]
  bare:  # of no server: what a server type refuses is no matter here
    class: production
    credential_sinks: [{type: sealed-file, directory: handover, publish: none}]
scopes:  # the catalogue
  openid: {description: Sign in}
"""


def nothing(_: list[str]) -> frozenset[str]:
    """Nothing is ignored."""
    return frozenset()


def begin(root: Path) -> Path:
    """An empty registry in a folder."""
    root.mkdir(exist_ok=True)
    (root / "registry.yaml").write_text(SETTINGS, "utf-8")
    return root


def fill(root: Path, payloads: Iterable[Mapping[str, Any]], environment: str = "test") -> None:
    """Clients of nobody's on a server, those that need a secret with one."""
    store = Store(root / f".clientreg/{environment}.db")
    for payload in payloads:
        secret = None if payload["token_endpoint_auth_method"] == "none" else "x$y$z"
        store.insert(payload["client_id"], dict(payload), mark=None, secret_hash=secret)
    store.close()


def load(root: Path) -> registry.Registry:
    """The registry as it lies there."""
    return registry.load(str(root), nothing)


def propose(root: Path, source: Source, environment: str = "test", **wish: Any) -> importing.Imported:
    """What an import would write."""
    present = load(root)
    assert present.settings
    wanted = importing.Wish(environment, **wish)
    return importing.propose(
        present, present.settings, source, wanted, today=TODAY, ignored=nothing, progress=lambda _: None
    )


def take(root: Path, source: Source, environment: str = "test", **wish: Any) -> importing.Imported:
    """An import, written; after it nothing is an error."""
    made = propose(root, source, environment, **wish)
    importing.write(made, str(root))
    assert errors(root) == []
    return made


def errors(root: Path) -> list[tuple[str, str, str]]:
    """File, code and message of every error."""
    report = lint.run(load(root), servers=servers.types(), today=TODAY)
    found = [one for one in report.findings if one.severity is Severity.ERROR and not one.waived]
    return [(one.file, one.code, one.message) for one in found]


def plan(
    root: Path, environment: str = "test", *, adopt: bool = True, connect: Connect = servers.connect
) -> sync.Planned:
    """What an apply would do now."""
    present = load(root)
    assert present.settings
    report = lint.run(present, servers=servers.types(), today=TODAY)
    inputs = intent.inputs(present, report, present.settings, present.settings.environments[environment], today=TODAY)
    return sync.plan(inputs, MemoryHistory(), adopt=adopt, connect=connect)


def apply(root: Path, environment: str = "test", *, connect: Connect = servers.connect) -> None:
    """Take over what the plan says, just as it says."""
    planned = plan(root, environment, connect=connect)
    done = sync.apply(planned, expect=planned.plan.digest, override_guard=planned.plan.digest)
    assert [outcome.error for outcome in done.outcomes if outcome.error] == []


def listed(*clients: JsonObject, name: str = "list.json") -> Source:
    """Clients of one place, in the words of client files."""
    return Source(name, tuple(Found(str(one["client_id"]), one) for one in clients))
