"""What the servers of an environment cannot hold, from what each server type declares: found before the merge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from clientreg.capability import SECURITY_FIELDS, Capabilities, Capability, Holding, Objection
from clientreg.defaults import DEFAULTS
from clientreg.jsonvalue import Path, shown
from clientreg.model import Client, Registration
from clientreg.registry import Registry
from clientreg.rules import ERROR, INFO, Breach, Context, rule
from clientreg.settings import FILE, Environment, ServerEntry, Settings

_REFS = ("clientreg: what a server type declares, in its capabilities",)
_EVERY_FIELD = tuple(field.name for field in fields(Registration))
_ON_BY_DEFAULT = frozenset(name for name, value in DEFAULTS.items() if value is True)


@rule(
    "CR801",
    ERROR,
    waivable=False,
    title="server refuses the value, or would not enforce it",
    also=("environment", *sorted(SECURITY_FIELDS)),
    bad="""
        # server: embedded
        id_token_signed_response_alg: ES256  # <-
        audience: [https://api.acme.example]  # <-
    """,
    good="""
        # server: embedded
        id_token_signed_response_alg: RS256
    """,
    refs=_REFS,
)
def refused(registration: Registration, context: Context) -> Iterator[Breach]:
    """
    What lints clean is accepted by the server. A client that is weaker on the server than in its file would be worse
    than one that is refused.
    """
    for kind in context.server_types:
        judged = _judged_per_client(kind)
        values = judged.values(registration)
        if registration.jwks is None and _holds(kind, values):
            continue
        for name, value in zip(judged.names, values, strict=False):
            only = judged.only[name]
            if not only:
                if _is_set(value):
                    yield _has_none(kind, name)
            elif value.__class__ is tuple:
                yield from _refused_items(registration, kind, name, value)
            elif value not in only and value is not None:
                yield _refused(registration, kind, (name,), value)


@rule(
    "CR802",
    INFO,
    subject="registry",
    title="field works differently on the server, or has no effect",
    hint="nothing to do, if the client works without it there",
    bad="""
        # server: embedded
        logo_uri: https://shop.acme.example/logo.png  # <-
        # file: clients/acme/tv.yaml
        client_name: Acme TV
    """,
    good="""
        # server: embedded
        client_uri: https://shop.acme.example/
    """,
    refs=_REFS,
)
def not_held(registry: Registry, context: Context) -> Iterator[Breach]:
    """The server works without the value or in another way, so the file promises more than users will see."""
    for note in _notes(context):
        for client in () if note.everywhere else note.clients:
            message = f"'{note.field}' {_works(note.capability)} on a server of type '{note.kind.type}'"
            above: Path = () if note.field in client.data else ("environments", note.environment.name)
            yield Breach((*above, note.field), f"{message}: {note.capability.why}", file=client.file)


@rule(
    "CR803",
    INFO,
    subject="registry",
    waivable=False,
    title="field of all clients works differently on the server, or has no effect",
    hint="nothing to do, if the clients work without it there",
    bad="""
        # server: embedded
        environments: {production: {}}
        redirect_uris: [https://shop.acme.example/callback]
        logo_uri: https://shop.acme.example/logo.png
        # file: clients/acme/tv.yaml
        environments: {production: {}}
        redirect_uris: [https://tv.acme.example/callback]
        logo_uri: https://tv.acme.example/logo.png
        # file: registry.yaml
        version: 1
        name: example
        environments:
          production:
            class: production
            servers:
              main:  # <-
                type: embedded
                store: .clientreg/production.db
                issuer: http://localhost:8080
            credential_sinks: [{type: sealed-file, directory: handover}]
        scopes: {openid: {description: Sign in}}
    """,
    good="""
        # server: embedded
        client_name: Acme Shop
        # file: clients/acme/tv.yaml
        client_name: Acme TV
    """,
    refs=_REFS,
)
def not_held_for_anybody(registry: Registry, context: Context) -> Iterator[Breach]:
    """It is the server's gap rather than any client's, so it is said once, where the server stands."""
    for note in _notes(context):
        if note.everywhere:
            message = f"'{note.field}' of all {len(note.clients)} clients {_works(note.capability)} on this server"
            for server in note.environment.servers:
                if context.kind(server) is note.kind:
                    path = ("environments", note.environment.name, "servers", server.name)
                    yield Breach(path, f"{message}: {note.capability.why}", file=FILE)


@rule(
    "CR804",
    ERROR,
    waivable=False,
    subject="settings",
    title="server does not enforce what every client relies on",
    hint="use a server of another type here; in a registry for trying out, clients can state 'false' themselves",
    bad="""
        # file: registry.yaml
        version: 1
        name: example
        environments:
          test:
            class: test
            servers:
              main: {type: lenient}  # <-
            credential_sinks: [{type: sealed-file, directory: handover}]
        scopes: {openid: {description: Sign in}}
    """,
    good="""
        # server: embedded
        require_consent: true
    """,
    refs=_REFS,
)
def default_is_not_enforced(settings: Settings, context: Context) -> Iterator[Breach]:
    """PKCE, consent and the like are on unless a file says otherwise: a server without them weakens every client."""
    for environment in settings.environments.values():
        for server in environment.servers:
            kind = context.kind(server)
            for name in sorted(_ON_BY_DEFAULT & kind.fields.keys()) if kind else ():
                capability = kind.of(name) if kind else None
                if capability and _is_lost(name, capability):
                    path = ("environments", environment.name, "servers", server.name)
                    yield Breach(path, f"a server of type '{server.type}' does not enforce '{name}': {capability.why}")


@rule(
    "CR805",
    ERROR,
    waivable=False,
    title="server refuses the client as it stands",
    also=("environment", *_EVERY_FIELD),
    bad="""
        # server: narrow
        client_name: A name that is longer than the column  # <-
    """,
    good="""
        # server: narrow
        client_name: A short name
    """,
    refs=_REFS,
)
def objected(registration: Registration, context: Context) -> Iterator[Breach]:
    """
    Some of what a server refuses follows from several fields together, from a length, or from how the server is set
    up. It would come out at the apply, after the merge.
    """
    for server, objection in _objections(registration, context):
        message = f"server '{server.name}', of type '{server.type}', refuses it: {objection.why}"
        yield Breach(objection.path, message, objection.hint)


def is_objected(registration: Registration, context: Context, path: Path) -> bool:
    """Whether a server refuses the client for what stands there: then a rule that can be waived need not say it."""
    return any(objection.path == path for _, objection in _objections(registration, context))


def _objections(registration: Registration, context: Context) -> Iterator[tuple[ServerEntry, Objection]]:
    for server in context.environment.servers if context.environment else ():
        kind = context.kind(server)
        if kind is not None and kind.objections is not None:
            for objection in kind.objections(registration, server.options):
                yield server, objection


class _Judged(NamedTuple):
    """The fields of a server type to judge per client; `only` is empty for one that must not be set at all.

    `values` gives them in the order of `names`, and two more (of which there are few) so that it is always a tuple.
    """

    names: tuple[str, ...]
    values: Callable[[Registration], tuple[Any, ...]]
    only: Mapping[str, frozenset[Any]]


class _Note(NamedTuple):
    """A field that a server type does not hold as stated, and the clients of an environment that state it."""

    environment: Environment
    kind: Capabilities
    field: str
    capability: Capability
    clients: tuple[Client, ...]
    everywhere: bool


def _is_lost(name: str, capability: Capability) -> bool:
    """Whether a server without the field would make a client weaker than its file."""
    return capability.holding is Holding.REFUSED or (capability.holding is Holding.NOT_HELD and name in SECURITY_FIELDS)


@cache
def _judged_per_client(kind: Capabilities) -> _Judged:
    gaps = (
        (name, c) for name, c in kind.fields.items() if c.only or (_is_lost(name, c) and name not in _ON_BY_DEFAULT)
    )
    only = {name: frozenset(capability.only) for name, capability in gaps if name in _EVERY_FIELD}
    return _Judged(tuple(only), attrgetter(*only, "platform", "client_type"), only)


@lru_cache(maxsize=4096)
def _holds(kind: Capabilities, values: tuple[Any, ...]) -> bool:
    """Whether the server type holds them all: most clients of a registry state the same."""
    for allowed, value in zip(_judged_per_client(kind).only.values(), values, strict=False):
        items = value if value.__class__ is tuple else (value,)
        if not all(item in allowed for item in items if item is not None) if allowed else _is_set(value):
            return False
    return True


def _is_set(value: Any) -> bool:
    """Whether a client relies on the field: no time at all (`default_max_age: 0`) is a time."""
    return bool(value) or value.__class__ is int


@cache
def _noted(kind: Capabilities) -> Mapping[str, Capability]:
    other = (Holding.OTHERWISE, Holding.NOT_HELD)
    return {name: c for name, c in kind.fields.items() if c.holding in other and not _is_lost(name, c)}


def _has_none(kind: Capabilities, name: str) -> Breach:
    hint = f"leave '{name}' out, or leave out the environments with such a server"
    return Breach((name,), f"a server of type '{kind.type}' has no '{name}': {kind.of(name).why}", hint)


def _refused_items(
    registration: Registration, kind: Capabilities, name: str, items: tuple[Any, ...]
) -> Iterator[Breach]:
    for index, item in enumerate(items):
        if item not in kind.of(name).only:
            yield _refused(registration, kind, (name, index), item)


def _refused(registration: Registration, kind: Capabilities, path: tuple[str, *tuple[int, ...]], value: Any) -> Breach:
    name, capability = path[0], kind.of(path[0])
    message = f"a server of type '{kind.type}' refuses {shown(value)} as '{name}': {capability.why}"
    hint = f"it takes {', '.join(map(shown, capability.only))}; or leave out the environments with such a server"
    return Breach(path, message, hint)


@lru_cache(maxsize=1)
def _notes(context: Context) -> tuple[_Note, ...]:
    """Every note of every environment: worked out once for the two rules that tell them."""
    environments = context.settings.environments.values()
    return tuple(
        note
        for environment in environments
        for kind in replace(context, environment=environment).server_types
        for note in _notes_on(kind, environment, context.registry.of(environment.name))
    )


def _notes_on(kind: Capabilities, environment: Environment, there: Mapping[str, Client]) -> Iterator[_Note]:
    """Linear in the clients: only the fields that a file states are looked at."""
    noted = _noted(kind)
    found: dict[str, list[Client]] = {}
    for client in there.values() if noted else ():
        stated, overrides = client.data, client.overrides(environment.name)
        for name in noted.keys() & (stated.keys() | overrides.keys() if overrides else stated.keys()):
            if overrides.get(name, stated.get(name)):
                found.setdefault(name, []).append(client)
    for name, clients in sorted(found.items()):
        yield _Note(environment, kind, name, noted[name], tuple(clients), len(clients) == len(there) > 1)


def _works(capability: Capability) -> str:
    return "works differently" if capability.holding is Holding.OTHERWISE else "has no effect"
