"""The servers of an environment: of known types, with options that these understand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import urlsplit

from clientreg.capability import Capabilities, Option
from clientreg.jsonvalue import Path, dotted, shown
from clientreg.reading.fieldnames import guess, nearest
from clientreg.rules import ERROR, Breach, Context, Place, rule
from clientreg.settings import FILE, ServerEntry, Settings, secret_variable

_ADDRESSES = ("url", "issuer")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_OF_EVERY_SERVER = frozenset({"recipients"})
_SECRETS = frozenset({"client_secret", "secret", "password", "token"})
_SAYS_NOT_WHICH = frozenset({"recipients", "issuer", "client_id"})
_REFS = ("registry.yaml: environments.servers",)
_SCOPES = "scopes: {openid: {description: Sign in}}"


def _example(servers: str, *, sinks: str = "", environment: str = "test", kind: str = "test") -> str:
    """A registry with one environment and these servers and sinks, each a line of flow YAML."""
    lines = ["# file: registry.yaml", "version: 1", "name: example", "environments:", f"  {environment}:"]
    lines += [f"    class: {kind}", "    servers:", *(f"      {line}" for line in servers.strip().split("\n"))]
    if sinks:
        lines += ["    credential_sinks:", *(f"      - {line}" for line in sinks.strip().split("\n"))]
    return "\n".join([*lines, _SCOPES])


_EMBEDDED = "main: {type: embedded, store: .clientreg/test.db, issuer: 'http://localhost:8080'}"
_SINK = "{type: sealed-file, directory: handover}"
_KEY = "age1a2wnpw7q782e67mv8e3lsjttlyz9z93lnaqaftter2ry9ldur9tqq97qmz"
_OPEN = f"{{type: sealed-file, directory: handover, recipients: [{_KEY}]}}"


class _Server(NamedTuple):
    path: Path
    entry: ServerEntry
    type: Capabilities


@rule(
    "CR711",
    ERROR,
    subject="settings",
    title="server type is not known",
    bad=_example("main: {type: keyclaok}  # <-"),
    good=_example(_EMBEDDED),
    refs=_REFS,
)
def unknown_server_type(settings: Settings, context: Context) -> Iterator[Breach]:
    """Nothing knows how to talk to such a server, so nothing can be planned for its environment."""
    choice = f"the server types are: {', '.join(sorted(context.servers))}"
    for environment in settings.environments.values():
        for entry in environment.servers:
            if entry.type not in context.servers:
                path = ("environments", environment.name, "servers", entry.name, "type")
                hint = guess(nearest(entry.type, context.servers), choice)
                yield Breach(path, f"there is no server type {shown(entry.type)}", hint)


@rule(
    "CR712",
    ERROR,
    subject="settings",
    title="option is not one of the server type",
    bad=_example(_EMBEDDED.replace("}", ", realm: connect}  # <-")),
    good=_example(_EMBEDDED),
    refs=_REFS,
)
def unknown_option(settings: Settings, context: Context) -> Iterator[Breach]:
    """It would be ignored, and the server set up in another way than the file says."""
    for path, entry, kind in _servers(settings, context):
        known = [option.name for option in kind.options]
        for name in _unknown(entry, kind):
            choice = f"its options are: {', '.join(known)}" if known else "delete it: the type has no options"
            hint = guess(_meant(name, entry, kind), choice)
            if name in _SECRETS:
                variable = secret_variable(str(path[1]), entry.name)
                hint = f"delete the line: no secret stands in a file; one that the server needs goes into {variable}"
            yield Breach((*path, name), f"a server of type '{kind.type}' has no option {shown(name)}", hint)


@rule(
    "CR713",
    ERROR,
    subject="settings",
    title="option of a server is missing",
    bad=_example("main: {type: embedded, store: .clientreg/test.db}  # <-"),
    good=_example(_EMBEDDED),
    refs=_REFS,
)
def missing_option(settings: Settings, context: Context) -> Iterator[Breach]:
    """Without it the server cannot be reached or set up."""
    for path, entry, kind in _servers(settings, context):
        misspelt = {_meant(name, entry, kind) for name in _unknown(entry, kind)}
        for option in kind.options:
            if option.required and option.name not in entry.options and option.name not in misspelt:
                message = f"the server '{entry.name}' needs '{option.name}'"
                yield Breach(path, message, _as_in(option))


@rule(
    "CR714",
    ERROR,
    subject="settings",
    title="option of a server has not the form that it needs",
    bad=_example(_EMBEDDED.replace("localhost:8080'}", "login.example:8080'}  # <-")),
    good=_example(_EMBEDDED),
    refs=_REFS,
)
def malformed_option(settings: Settings, context: Context) -> Iterator[Breach]:
    """The server type says which values it can work with; any other would fail when a plan is made."""
    for path, entry, kind in _servers(settings, context):
        for option in kind.options:
            value = entry.options.get(option.name)
            if value is not None and not option.fits(value):
                yield Breach((*path, option.name), f"{shown(value)} cannot be '{option.name}'", _as_in(option))


@rule(
    "CR716",
    ERROR,
    subject="settings",
    title="server of production is not reached over https",
    hint="write an https address; http is only for a server on this machine",
    bad=_example(
        "main: {type: example, url: 'http://login.example'}  # <-", environment="production", kind="production"
    ),
    good=_example(_EMBEDDED, environment="production", kind="production"),
    refs=("RFC 6749 section 3.2", "RFC 9700 section 2.6"),
)
def server_without_tls(settings: Settings, context: Context) -> Iterator[Breach]:
    """The registry's own credentials and every client's secret travel to this address."""
    for environment in settings.environments.values():
        for entry in environment.servers if environment.production else ():
            for name in _ADDRESSES:
                value = entry.options.get(name)
                if isinstance(value, str) and not _is_protected(value):
                    path = ("environments", environment.name, "servers", entry.name, name)
                    yield Breach(path, f"{shown(value)} is neither https nor on this machine")


@rule(
    "CR717",
    ERROR,
    subject="settings",
    title="two entries have the same secret variable",
    hint="rename one of the two: the variable is made of the environment's and the entry's name",
    bad=_example(
        "sealed-file: {type: embedded, store: .clientreg/test.db, issuer: 'http://localhost:8080'}",
        sinks=f"{_SINK}  # <-",
    ),
    good=_example(_EMBEDDED, sinks=_SINK),
    refs=("clientreg: CLIENTREG_<ENVIRONMENT>_<NAME>_SECRET",),
)
def same_variable(settings: Settings, context: Context) -> Iterator[Breach]:
    """One of the two would be sent the other's secret."""
    known: dict[str, Path] = {}
    for variable, path in _variables(settings):
        first = known.setdefault(variable, path)
        if first is not path:
            message = f"the secret of this entry would stand in {variable}, as that of {dotted(first)}"
            yield Breach(path, message, related=(Place(FILE, first, "the other entry"),))


@rule(
    "CR720",
    ERROR,
    subject="settings",
    title="two entries are the same server",
    hint="give each entry a server of its own: another store, address or realm",
    bad=_example(
        f"{_EMBEDDED}\n{_EMBEDDED.replace('main', 'twin').replace('.client', './.client')}  # <-", sinks=_OPEN
    ),
    good=_example(f"{_EMBEDDED}\n{_EMBEDDED.replace('main', 'twin').replace('test.db', 'b.db')}", sinks=_OPEN),
    refs=_REFS,
)
def same_server(settings: Settings, context: Context) -> Iterator[Breach]:
    """A server belongs to one environment of one registry: the second entry would be refused when it is applied."""
    known: dict[frozenset[tuple[str, str]], Path] = {}
    for path, entry, kind in _servers(settings, context):
        stated = {name: str(value) for name, value in entry.options.items() if name not in _SAYS_NOT_WHICH}
        if stated and kind.options:
            which = frozenset({"type": kind.type, **_plain(stated)}.items())
            first = known.setdefault(which, path)
            if first is not path:
                message = f"the server '{entry.name}' is that of {dotted(first)}"
                yield Breach(path, message, related=(Place(FILE, first, "the other entry"),))


def _plain(options: Mapping[str, str]) -> Mapping[str, str]:
    """Paths and addresses in one spelling."""
    return {name: value.rstrip("/") if "://" in value else str(PurePosixPath(value)) for name, value in options.items()}


def _servers(settings: Settings, context: Context) -> Iterator[_Server]:
    """Every server whose type is known."""
    for environment in settings.environments.values():
        for entry in environment.servers:
            kind = context.kind(entry)
            if kind:
                yield _Server(("environments", environment.name, "servers", entry.name), entry, kind)


def _unknown(entry: ServerEntry, kind: Capabilities) -> list[str]:
    """The options that the type does not have."""
    known = {option.name for option in kind.options} | _OF_EVERY_SERVER
    return [name for name in entry.options if name not in known]


def _meant(name: str, entry: ServerEntry, kind: Capabilities) -> str | None:
    """The option that was probably meant by a name which is none: one that is not stated."""
    return nearest(name, (option.name for option in kind.options if option.name not in entry.options))


def _as_in(option: Option) -> str:
    return f"as in '{option.name}: {option.example}'. {option.description}"


def _is_protected(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    except ValueError:
        return False


def _variables(settings: Settings) -> Iterator[tuple[str, Path]]:
    for environment in settings.environments.values():
        above: Path = ("environments", environment.name)
        for server in environment.servers:
            yield secret_variable(environment.name, server.name), (*above, "servers", server.name)
        for index, sink in enumerate(environment.sinks):
            yield secret_variable(environment.name, sink.name), (*above, "credential_sinks", index)
