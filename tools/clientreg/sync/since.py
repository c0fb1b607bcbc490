"""What a change would do to an environment, from the files of two commits: no server is asked, nothing is written.

The same settling, comparing and judging as in a plan against servers, with the older commit in their place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import partial
from typing import NamedTuple

from clientreg import servers, sinks
from clientreg.jsonvalue import Json, JsonObject
from clientreg.model import Client, Registration
from clientreg.planning import diff, guard, render
from clientreg.planning.plan import FileChange, Plan, ServerPlan
from clientreg.planning.state import CredentialMark, Desired, Mark, Observed
from clientreg.servers import Server
from clientreg.settings import Guard
from clientreg.sync import Inputs, check_names, context, openers, undeliverable

_HELD = "held"
"""Stands for the credential that a client of the older commit has: which one it is only servers know."""
_NOT_A_FIELD = frozenset({"given", "organization", "organization_name", "client_id", "generation"})


class Stated(NamedTuple):
    """One client as a commit states it for one environment.

    `documented` has every field by its name in the file, also those that no server is told.
    """

    source: str
    registration: Registration
    documented: JsonObject


class Change(NamedTuple):
    """Two commits' clients in one environment: those that may differ, and how many are the same in both.

    `files` are the changes of files that are no client; `limits` the guard that the older commit sets.
    """

    base: str
    head: str
    before: Sequence[Stated]
    after: Sequence[Stated]
    same: int
    files: tuple[FileChange, ...]
    limits: Guard


def stated(client: Client, environment: str) -> Stated:
    """A client of a registry in an environment that it is in."""
    registration = client.registration(environment)
    values = {field.name: getattr(registration, field.name) for field in fields(registration)}
    known = {name: _json(value) for name, value in values.items() if name not in _NOT_A_FIELD}
    whole = {name: _json(client.data[name]) for name in ("lifecycle", "waivers") if name in client.data}
    return Stated(client.file, registration, {**known, **whole})


def plan(
    inputs: Inputs,
    change: Change,
    *,
    clients: frozenset[str] | None = None,
    only_servers: frozenset[str] | None = None,
) -> Plan:
    """What applying the newer commit to servers that hold the older one would do.

    Raises UsageError for a client or server that does not exist. The plan carries `since`, and no apply takes it.
    """
    if inputs.environment.servers:
        check_names(inputs, clients, only_servers)
    environment = inputs.environment
    places = tuple(sinks.load(entry, inputs.root, registry=inputs.settings.name) for entry in environment.sinks)
    seen = context(inputs, change.head)._replace(
        recorded=frozenset({_HELD}),
        undeliverable=undeliverable(environment, places),
        partial=clients is not None or only_servers is not None,
        clients=clients,
        recipients={one.registration.client_id: one.registration.recipients for one in change.after},
    )
    chosen = [entry for entry in environment.servers if only_servers is None or entry.name in only_servers]
    told = [_Told.by(servers.connect(entry, inputs.root)) for entry in chosen] or [_Told("no server yet", "none", "")]
    made = tuple(_server_plan(one, inputs, change, seen) for one in told)
    whole = Plan(
        environment=environment.name,
        production=environment.production,
        commit=change.head,
        servers=made,
        recipients=openers(seen, places, made),
        waivers=inputs.waivers,
        partial=seen.partial,
        since=change.base,
        files=change.files,
    )
    return whole._replace(stopped=guard.reasons(whole, change.limits, client_files=inputs.client_files))


class _Told(NamedTuple):
    """A server that is not asked, only told of; without `server` an environment that has none yet."""

    name: str
    type: str
    url: str
    server: Server | None = None

    @classmethod
    def by(cls, server: Server) -> _Told:
        return cls(server.name, server.type, server.url, server)

    def payload(self, one: Stated) -> JsonObject:
        """Every field, and in this server's own words those that it is told."""
        if self.server is None:
            return dict(one.documented)
        told = self.server.settle(render.payload(one.registration, render.template_of(self.type)))
        return {**one.documented, **told}


def _server_plan(server: _Told, inputs: Inputs, change: Change, seen: diff.Context) -> ServerPlan:
    refused = {one.key for one in inputs.refused}
    known = {one.registration.client_id for one in change.before}
    made = diff.build(
        seen,
        server,
        desired={
            one.registration.client_id: partial(_desired, one, server, known)
            for one in change.after
            if one.registration.client_id not in refused
        },
        observed=[_observed(one, server, seen) for one in change.before],
        refused=inputs.refused,
    )
    notice = servers.notice(inputs.environment.servers, made.name)
    return made._replace(owned=made.owned + change.same, unchanged=made.unchanged + change.same, notice=notice)


def _desired(one: Stated, server: _Told, known: set[str]) -> Desired:
    registration = one.registration
    payload = server.payload(one)
    if registration.client_id not in known:
        payload.pop("recipients", None)  # the new secret's line tells who may open it
    return Desired(
        key=registration.client_id,
        source=one.source,
        payload=payload,
        needs_secret=registration.needs_secret,
        generation=registration.generation,
    )


def _observed(one: Stated, server: _Told, seen: diff.Context) -> Observed:
    """An older client as a server would report it once that commit was applied."""
    registration = one.registration
    held = CredentialMark(_HELD, registration.generation) if registration.needs_secret else None
    mark = Mark(seen.registry, seen.environment, one.source, seen.commit, held)
    return Observed(registration.client_id, server.payload(one), str, mark, registration.needs_secret)


def _json(value: object) -> Json:
    if isinstance(value, Mapping):
        return {str(key): _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return value  # type: ignore[return-value]
