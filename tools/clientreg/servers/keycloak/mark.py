"""Whose a client is, and the record of the last apply, as attributes of clients of the realm. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clientreg.planning.state import CredentialMark, Mark, Record
from clientreg.servers.keycloak.names import PREFIX

_RECORD = f"{PREFIX}record."


def attributes(mark: Mark) -> dict[str, str | None]:
    """What a client is marked with; None is what must not be there."""
    credential = mark.credential
    members = {
        "registry": mark.registry,
        "environment": mark.environment,
        "source": mark.source,
        "commit": mark.commit,
        "credential": None if credential is None else credential.id,
        "credential.generation": None if credential is None else str(credential.generation),
        "disabled_since": mark.disabled_since,
    }
    return {PREFIX + name: value for name, value in members.items()}


def mark(client: Mapping[str, Any]) -> Mark | None:
    """The mark of a client; None for one that has none, or not a whole one: then it is nobody's of ours."""
    held = _held(client, PREFIX)
    if not all(name in held for name in ("registry", "environment", "source", "commit")):
        return None
    generation = held.get("credential.generation", "")
    known = "credential" in held and generation.isdecimal()
    return Mark(
        registry=held["registry"],
        environment=held["environment"],
        source=held["source"],
        commit=held["commit"],
        credential=CredentialMark(held["credential"], int(generation)) if known else None,
        disabled_since=held.get("disabled_since"),
    )


def record_attributes(record: Record) -> dict[str, str]:
    """The record, on the client with which we sign in."""
    members = {"registry": record.registry, "environment": record.environment, "commit": record.commit}
    return {_RECORD + name: value for name, value in members.items()}


def record(client: Mapping[str, Any]) -> Record | None:
    """The record that our own client carries."""
    held = _held(client, _RECORD)
    whole = all(name in held for name in ("registry", "environment", "commit"))
    return Record(held["registry"], held["environment"], held["commit"]) if whole else None


def _held(client: Mapping[str, Any], prefix: str) -> dict[str, str]:
    attributes = client.get("attributes") or {}
    return {name.removeprefix(prefix): str(value) for name, value in attributes.items() if name.startswith(prefix)}
