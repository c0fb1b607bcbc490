"""What an output needs from several rooms, put together: a client as its servers see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from clientreg import servers
from clientreg.errors import UsageError
from clientreg.model import Client, Registration
from clientreg.planning import render
from clientreg.report.show import Rendered, Shown, effective
from clientreg.settings import Environment, Settings


def client_pages(client: Client, settings: Settings, root: str, *, only: str | None = None) -> tuple[Shown, ...]:
    """A client as it is seen in each of its environments, or in `only` one. Raises UsageError where it is not there."""
    names = [name for name in client.environments if name in settings.environments and only in {None, name}]
    if only is not None and not names:
        message = f"{client.client_id} does not exist in {only}"
        raise UsageError(message, f"add `{only}: {{}}` under environments in {client.file}")
    if not names:
        return (effective(client, None, settings.scopes, ()),)
    return tuple(
        effective(
            client, name, settings.scopes, _rendered(client.registration(name), settings.environments[name], root)
        )
        for name in names
    )


def _rendered(registration: Registration, environment: Environment, root: str) -> Iterator[Rendered]:
    for entry in environment.servers:
        if entry.type in servers.types():
            payload = render.payload(registration, render.template_of(entry.type))
            settled = servers.connect(entry, Path(root)).settle(payload)
            yield Rendered(entry.name, entry.type, settled)
