"""What an output needs from several rooms, put together: a client as its servers see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from clientreg import servers
from clientreg.model import Client, Registration
from clientreg.planning import render
from clientreg.planning.plan import Change, Risk
from clientreg.registry import Registry, absent
from clientreg.report.show import Rendered, Shown, effective
from clientreg.settings import Environment, Scope, Settings


def client_pages(client: Client, settings: Settings, root: str, *, only: str | None = None) -> tuple[Shown, ...]:
    """A client as it is seen in each of its environments, or in `only` one. Raises UsageError where it is not there."""
    names = [name for name in client.environments if name in settings.environments and only in {None, name}]
    if only is not None and not names:
        raise absent(client, only)
    if not names:
        return (effective(client, None, settings.scopes, ()),)
    return tuple(
        effective(
            client, name, settings.scopes, _rendered(client.registration(name), settings.environments[name], root)
        )
        for name in names
    )


def consent(registry: Registry, scopes: Mapping[str, Scope], environment: str, change: Change) -> Sequence[str]:
    """The consent page in words, where a change changes what users read there; else nothing."""
    client = registry.by_id.get(change.key)
    if client is None or environment not in client.environments or not _read_by_users(change):
        return ()
    return effective(client, environment, scopes, ()).consent


def _read_by_users(change: Change) -> bool:
    return any(
        field.risk is Risk.VISIBLE or field.path[0] in {"scopes", "purpose", "require_consent"}
        for field in change.fields
    )


def _rendered(registration: Registration, environment: Environment, root: str) -> Iterator[Rendered]:
    for entry in environment.servers:
        if entry.type in servers.types():
            payload = render.payload(registration, render.template_of(entry.type))
            settled = servers.connect(entry, Path(root)).settle(payload)
            yield Rendered(entry.name, entry.type, settled)
