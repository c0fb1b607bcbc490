"""`registry.yaml` as frozen `Settings`: environments with their servers, the scope catalogue, the rules' profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

from clientreg.reading.source import Document

FILE = "registry.yaml"
PROFILES = ("connect", "bcp", "oauth2.1", "fapi2")
BRANCH, REMOTE = "handover", "origin"
"""Where sealed files are published, unless their sink says otherwise."""
SINK_TYPES = ("sealed-file",)
"""The sink types as rules may know them: a test holds this to the files in `sinks/`."""


class ServerEntry(NamedTuple):
    """One server of an environment. `options` is what its type understands, judged against its declared options."""

    name: str
    type: str
    options: Mapping[str, Any]


class SinkEntry(NamedTuple):
    """One place that an environment's credentials are delivered to."""

    name: str
    type: str
    options: Mapping[str, Any]


class Guard(NamedTuple):
    """How much one apply may take away before a person has to say so."""

    max_deletes: int = 10
    max_delete_percent: int = 10
    max_breaking: int = 20
    grace_days: int = 14


class Environment(NamedTuple):
    """One environment: its class decides the rules, its servers all get the same clients."""

    name: str
    production: bool
    servers: tuple[ServerEntry, ...]
    sinks: tuple[SinkEntry, ...] = ()
    guard: Guard = Guard()


class Scope(NamedTuple):
    """One entry of the scope catalogue. Empty `organizations` and `client_types` mean everybody."""

    name: str
    description: str
    client_types: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """The operator's file, read and checked."""

    name: str
    environments: Mapping[str, Environment]
    scopes: Mapping[str, Scope]
    profile: str = "connect"
    severity: Mapping[str, str] = field(default_factory=dict)
    owners: tuple[str, ...] = ()

    @classmethod
    def from_document(cls, document: Document) -> Settings:
        """Settings of a document that fits `schema/registry.schema.json`."""
        data = cast("dict[str, Any]", document.data)
        rules = data.get("rules", {})
        return cls(
            name=data["name"],
            environments={name: _environment(name, entry) for name, entry in data["environments"].items()},
            scopes={name: _scope(name, entry) for name, entry in data.get("scopes", {}).items()},
            profile=rules.get("profile", "connect"),
            severity=rules.get("severity", {}),
            owners=tuple(data.get("owners", ())),
        )


ORIGINS_VARIABLE = "CLIENTREG_ORIGINS"
"""The variable in which a runner lists the only origins that are contacted."""


def secret_variable(environment: str, entry: str) -> str:
    """The variable that holds the secret of a server or sink: derived, so that no file can choose what is sent."""
    return f"CLIENTREG_{environment}_{entry}_SECRET".upper().replace("-", "_")


def _environment(name: str, entry: dict[str, Any]) -> Environment:
    return Environment(
        name=name,
        production=entry["class"] == "production",
        servers=tuple(ServerEntry(key, *_typed(options)) for key, options in entry.get("servers", {}).items()),
        sinks=tuple(_sink(options) for options in entry.get("credential_sinks", ())),
        guard=Guard(**entry.get("guard", {})),
    )


def _sink(entry: dict[str, Any]) -> SinkEntry:
    kind, options = _typed(entry)
    return SinkEntry(str(options.pop("name", kind)), kind, options)


def _typed(entry: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return entry["type"], {key: value for key, value in entry.items() if key != "type"}


def _scope(name: str, entry: dict[str, Any]) -> Scope:
    return Scope(
        name=name,
        description=entry["description"],
        client_types=tuple(entry.get("client_types", ())),
        organizations=tuple(entry.get("organizations", ())),
        sensitive=entry.get("sensitive", False),
    )
