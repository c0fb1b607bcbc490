"""What the file itself has no place for, in `PATH.clientreg.json`: marks, revisions, clients left out, the record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from clientreg.jsonvalue import JsonObject
from clientreg.planning.state import CredentialMark, Mark, Record
from clientreg.servers.file.document import Damaged

VERSION = 1


@dataclass(frozen=True)
class Owned:
    """One client that a registry put there.

    `digest` is that of its entry in the file; None for a client that is left out of it, whose metadata is `left_out`.
    `revision` is used once.
    """

    revision: int
    mark: Mark
    digest: str | None = None
    left_out: JsonObject | None = None

    @cached_property
    def text(self) -> str:
        """The client's line in the sidecar."""
        return json.dumps(_plain(self), sort_keys=True, ensure_ascii=True)


class UnderWay(NamedTuple):
    """A write that had begun: the sidecar has it already, and the file may not. `before` is what the sidecar had."""

    client_id: str
    before: Owned | None


@dataclass(frozen=True, slots=True)
class Sidecar:
    """All of it. `revision` is the last one that was used."""

    revision: int = 0
    record: Record | None = None
    clients: Mapping[str, Owned] = field(default_factory=dict)
    under_way: UnderWay | None = None

    def settled(self, digests: Mapping[str, str]) -> Sidecar:
        """The sidecar that the file, whose clients have these digests, is of: with or without the write under way."""
        clients = dict(self.clients)
        if self.under_way is not None:
            key, before = self.under_way.client_id, self.under_way.before
            there = digests.get(key)
            if there == _digest(before) and there != _digest(clients.get(key)):
                clients = {**clients, key: before} if before else {k: v for k, v in clients.items() if k != key}
        return replace(self, clients=clients, under_way=None)


def text_of(sidecar: Sidecar) -> str:
    """One line per client, sorted, so that a change is a change of few lines."""
    before = sidecar.under_way
    head: dict[str, Any] = {
        "version": VERSION,
        "revision": sidecar.revision,
        "record": None if sidecar.record is None else asdict(sidecar.record),
        "under_way": None
        if before is None
        else {"client_id": before.client_id, "before": None if before.before is None else _plain(before.before)},
    }
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    clients = [f"    {json.dumps(key)}: {sidecar.clients[key].text}" for key in sorted(sidecar.clients)]
    return "{\n" + ",\n".join(lines) + ',\n  "clients": {\n' + ",\n".join(clients) + "\n  }\n}\n"


def parse(text: str) -> Sidecar:
    """Raises Damaged for anything that `text_of` would not have written."""
    try:
        data = json.loads(text)
        if data["version"] != VERSION:
            raise Damaged(f"a newer clientreg wrote it (version {data['version']}, this one knows {VERSION})")
        began = data["under_way"]
        return Sidecar(
            revision=int(data["revision"]),
            record=None if data["record"] is None else Record(**data["record"]),
            clients={key: _owned(value) for key, value in data["clients"].items()},
            under_way=None if began is None else UnderWay(str(began["client_id"]), _optional(began["before"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        where = f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else "another form"
        raise Damaged(f"not as clientreg writes it ({where})") from error


def _digest(owned: Owned | None) -> str | None:
    return None if owned is None else owned.digest


def _plain(owned: Owned) -> dict[str, Any]:
    members = {"revision": owned.revision, "mark": asdict(owned.mark), "digest": owned.digest}
    return members if owned.left_out is None else {**members, "left_out": owned.left_out}


def _optional(value: dict[str, Any] | None) -> Owned | None:
    return None if value is None else _owned(value)


def _owned(value: dict[str, Any]) -> Owned:
    held = value["mark"].pop("credential")
    credential = None if held is None else CredentialMark(id=str(held["id"]), generation=int(held["generation"]))
    left_out = value.get("left_out")
    if not isinstance(left_out, dict | None):
        raise TypeError
    return Owned(int(value["revision"]), Mark(**value["mark"], credential=credential), value["digest"], left_out)
