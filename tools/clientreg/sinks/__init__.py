"""The places that credentials are delivered to. One file each; found by name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol, cast

from clientreg.errors import CannotFinish
from clientreg.secret import Secret
from clientreg.settings import SinkEntry


class Pack(NamedTuple):
    """What a developer receives about one client in one environment.

    `parts` joined are the text; a `Secret` among them means that it leaves this process sealed or not at all.
    `credential_id` names the credential, None for a client that has no secret. `recipients` may open it.
    """

    environment: str
    client_id: str
    credential_id: str | None
    parts: tuple[str | Secret, ...]
    recipients: tuple[str, ...] = ()


class Kept(NamedTuple):
    """A hand-over as it is kept: where and whether sealed, its text, and a command that shows that where no file is."""

    place: str
    sealed: bool
    text: str
    command: str = ""


class Sink(Protocol):
    """One place. Every method raises `CannotFinish` with the place and the next step when the world refuses."""

    @property
    def name(self) -> str:
        """The `name` of its entry in `registry.yaml`, else its type."""

    @property
    def operators(self) -> tuple[str, ...]:
        """Recipients of the entry itself, who may open every credential that is delivered here."""

    def check(self, *, ci: bool) -> None:
        """Refuse what could not be delivered to from here; `ci` says that the disk is forgotten after the run."""

    def deliver(self, pack: Pack) -> str:
        """Keep the pack, whole or not at all; where it is, in words. Delivering the same pack again changes nothing."""

    def recorded(self, environment: str) -> frozenset[str]:
        """The ids of all credentials that are kept for an environment."""

    def of_clients(self, environment: str, client_ids: Collection[str]) -> Mapping[str, frozenset[str]]:
        """The ids of the credentials that are kept for some clients, for each of them that has any."""

    def stored(self, environment: str, credential_id: str) -> str | None:
        """The sealed text of a credential, None where it is not kept here."""

    def restore(self, environment: str, client_id: str, credential_id: str, sealed: str) -> None:
        """Keep the sealed text of a credential once more, as `stored` gave it before it was retired."""

    def retire(self, environment: str, credential_ids: Collection[str]) -> None:
        """Remove credentials that no server holds any more; what is gone already is no error."""

    def forget(self, environment: str, client_ids: Collection[str]) -> None:
        """Remove the unsealed hand-overs of clients that have none any more; what is gone already is no error."""

    def latest(self, environment: str, client_id: str) -> Kept | None:
        """The newest hand-over of a client, None where there is none."""


@cache
def types() -> tuple[str, ...]:
    """The sink types there are, found by looking at the files here: `sealed_file.py` is `sealed-file`."""
    return tuple(sorted(info.name.replace("_", "-") for info in pkgutil.iter_modules(__path__)))


def load(entry: SinkEntry, root: Path, *, registry: str) -> Sink:
    """The sink of an entry in `registry.yaml`, for the registry of that name. Opens nothing yet.

    `root` is the registry's folder, from which relative paths start.
    """
    if entry.type not in types():
        known = ", ".join(types())
        raise CannotFinish(f"registry.yaml: there is no sink type {entry.type!r}", f"the sink types are: {known}")
    module = importlib.import_module(f"{__name__}.{entry.type.replace('-', '_')}")
    return cast("Sink", module.load(entry, root, registry=registry))
