"""The demo's registry: a temporary copy of the example, with a key made in memory and ports that are free."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from clientreg import gitrepo, intent, lint, registry, seal, servers, sync
from clientreg.demo.agent import NotProved
from clientreg.reading.folder import CLIENTS, ORGANIZATION_FILE
from clientreg.reading.source import read
from clientreg.registry import Registry
from clientreg.secret import Secret
from clientreg.settings import FILE, Environment, Settings
from clientreg.sync import handover

ENVIRONMENT = "test"
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


def example() -> Path:
    """Where the example registry is: in the installed package, or in the checkout that is installed in place."""
    packaged = Path(__file__).parent.parent / "example"
    return packaged if packaged.is_dir() else Path(__file__).parents[3]


@dataclass(frozen=True)
class Stage:
    """A registry that can be planned and applied, and the key that opens its credentials."""

    root: Path
    issuer: str
    key: Secret
    today: str

    def load(self) -> Registry:
        """The registry as it stands."""
        return registry.load(str(self.root), lambda _: frozenset())

    def judge(self, loaded: Registry) -> lint.Report:
        """Every finding."""
        return lint.run(loaded, servers=servers.types(), today=self.today)

    def plan(self, loaded: Registry, report: lint.Report) -> sync.Planned:
        """What an apply would change in the test environment."""
        inputs = intent.inputs(loaded, report, settings(loaded), environment(loaded), today=self.today)
        return sync.plan(inputs, gitrepo.open_repository(self.root))

    def store(self, loaded: Registry) -> Path:
        """The embedded server's store."""
        return self.root / str(environment(loaded).servers[0].options["store"])

    def secret(self, handed: sync.HandedOver) -> Secret:
        """The secret in a sealed file, opened as its developer would."""
        sealed = Path(self.root, handed.place).read_text("ascii")
        opened = seal.unseal(sealed, seal.identities(self.key, name="the demo's key"), name=handed.place)
        secret = handover.secret_of(opened)
        if secret is None:
            raise NotProved(f"{handed.place} holds no secret")
        return secret


def settings(loaded: Registry) -> Settings:
    """The copy's settings. Raises NotProved where they cannot be read."""
    if loaded.settings is None:
        raise NotProved(f"{FILE} of the example registry cannot be read")
    return loaded.settings


def environment(loaded: Registry) -> Environment:
    """The environment that the demo plays in."""
    return settings(loaded).environments[ENVIRONMENT]


def build(folder: Path, *, listening: int, today: str) -> Stage:
    """Copy the example registry there and make it the demo's own, committed to a new Git repository.

    `listening` is the port on which the demo's clients take back-channel logout calls.
    """
    shutil.copytree(example() / CLIENTS, folder / CLIENTS)
    shutil.copyfile(example() / FILE, folder / FILE)
    (folder / ".gitignore").write_text("/.clientreg/\n/handover/\n", "utf-8")
    key, recipient = seal.generate()
    issuer = f"http://127.0.0.1:{_free_port()}"
    _change(folder / FILE, lambda data: _set_issuer(data, issuer))
    for path in sorted(folder.glob(f"{CLIENTS}/*/*.yaml")):
        if path.name == ORGANIZATION_FILE:
            _change(path, lambda data: data.setdefault("recipients", []).append(recipient))
        else:
            _change(path, lambda data: _adapt(data, recipient, listening, today))
    gitrepo.start(folder, "The example registry")
    return Stage(folder, issuer, key, today)


def _set_issuer(data: dict[str, Any], issuer: str) -> None:
    server = next(iter(data["environments"][ENVIRONMENT]["servers"].values()))
    server["issuer"] = issuer


def _adapt(data: dict[str, Any], recipient: str, listening: int, today: str) -> None:
    for waiver in data.get("waivers", ()):
        waiver["expires"] = max(waiver["expires"], str(date.fromisoformat(today) + timedelta(days=90)))
    for place in (data, data.get("environments", {}).get(ENVIRONMENT) or {}):
        if "recipients" in place.get("credentials", {}):
            place["credentials"]["recipients"].append(recipient)
        uri = place.get("backchannel_logout_uri")
        if uri and urlsplit(uri).hostname in _LOOPBACK:
            place["backchannel_logout_uri"] = urlsplit(uri)._replace(netloc=f"127.0.0.1:{listening}").geturl()


def _change(path: Path, change: Any) -> None:
    """Rewrite a file as JSON, which is the YAML that the registry reads."""
    document, findings = read(path.name, path.read_bytes())
    if document is None:
        raise NotProved(f"{path.name} of the example registry cannot be read: {findings[0].message}")
    data = cast("dict[str, Any]", document.data)
    change(data)
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def sealed(applied: sync.Applied) -> Mapping[str, sync.HandedOver]:
    """The sealed files of an apply by client id."""
    return {handed.key: handed for handed in applied.handed_over if handed.sealed}
