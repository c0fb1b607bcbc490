"""The whole folder: every file read, checked against its schema and given its meaning, in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple, cast

from clientreg import parallel
from clientreg.errors import UsageError
from clientreg.finding import Finding
from clientreg.jsonvalue import Path
from clientreg.model import Client, Organization
from clientreg.reading import encoding, folder, schema, schemata, source
from clientreg.reading.folder import CLIENTS, ORGANIZATION_FILE, Layout, Tree, WorkTree
from clientreg.reading.source import Document
from clientreg.settings import FILE, Settings
from clientreg.values import confusable

_PORTION = 100
"""How many files a process reads at a time; fewer in all are read sooner than another process is started."""
_FIRST = 2
"""How many are read before: the operator's file and a client, so that no process loads a library or schema alone."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A file that could not be understood: what it holds must be left as it is. `environments` None: anywhere."""

    file: str
    client_id: str | None
    environments: tuple[str, ...] | None


class NameUse(NamedTuple):
    """A name that end users read, and where in which client's file it stands."""

    client: Client
    path: Path
    name: str


@dataclass(frozen=True, eq=False)
class Registry:
    """Everything that could be read, and `findings` for everything that could not.

    Compared by identity, so that what several rules ask of one can be remembered.
    `unread` holds the bare text of files that are no YAML, so that a finding can quote its line.
    """

    root: str
    settings: Settings | None
    organizations: Mapping[str, Organization]
    clients: tuple[Client, ...]
    documents: Mapping[str, Document]
    broken: tuple[Broken, ...] = ()
    findings: tuple[Finding, ...] = ()
    unread: Mapping[str, Document] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> Mapping[str, Client]:
        """Clients by client id; of two files with one id, the first in path order (the rule book reports both)."""
        found: dict[str, Client] = {}
        for client in self.clients:
            found.setdefault(client.client_id, client)
        return found

    @cached_property
    def by_environment(self) -> Mapping[str, Sequence[Client]]:
        """Clients by each environment that their files name, known or not; in path order."""
        found: dict[str, list[Client]] = {}
        for client in self.clients:
            for name in client.data.get("environments", ()):
                found.setdefault(name, []).append(client)
        return found

    @cached_property
    def names(self) -> Mapping[str, Sequence[NameUse]]:
        """Every name that end users read, localized and per environment too, by what it looks like; in path order."""
        index: dict[str, list[NameUse]] = {}
        for client in self.clients:
            for use in _names(client):
                for key in confusable.keys(use.name):
                    index.setdefault(key, []).append(use)
        return index


def _names(client: Client) -> Iterator[NameUse]:
    """Each name of a client once, where it stands first."""
    seen: set[str] = set()
    environments = client.data.get("environments", {}).items()
    groups: list[tuple[Path, Mapping[str, Any]]] = [((), client.data)]
    groups += [(("environments", name), overrides) for name, overrides in environments if overrides]
    for prefix, fields in groups:
        for key in [key for key in fields if key[:11] == "client_name"]:
            text = fields[key]
            if text is not None and text not in seen:
                seen.add(text)
                yield NameUse(client, (*prefix, key), text)


def load(
    root: str,
    ignored: Callable[[list[str]], frozenset[str]],
    *,
    tree: Tree | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> Registry:
    """Read the registry in `root`: the files that lie there or, where it is given, those of a `tree`.

    `ignored` tells which of some paths Git ignores and does not track; it is asked only about files that do not belong
    here. `meanwhile` is done while other processes begin to read. Raises CannotFinish when the folder itself cannot be
    read.
    """
    tree = tree or WorkTree(root)
    layout = folder.scan(tree)
    wanted, reader = _wanted(tree, layout), partial(_read, tree)
    first = reader(wanted[:_FIRST])
    answers = parallel.spread(reader, wanted[_FIRST:], portion=_PORTION, meanwhile=meanwhile)
    read = {one.file: one for one in (*first, *answers)}
    skipped = ignored([finding.file for finding in layout.strangers]) if layout.strangers else frozenset()
    organizations = dict(_organizations(layout, read))
    clients, broken = _clients(layout, read, organizations)
    operator = read.get(FILE)
    return Registry(
        root=root,
        settings=Settings.from_document(operator.document) if operator and operator.document else None,
        organizations=organizations,
        clients=clients,
        documents={one.file: one.source for one in read.values() if not one.unread},
        broken=(*(Broken(place, None, None) for place in layout.misnamed if place not in skipped), *broken),
        findings=(
            *(() if operator else (_no_settings(root),)),
            *(finding for one in read.values() for finding in one.findings),
            *_homeless(layout),
            *(finding for finding in layout.strangers if finding.file not in skipped),
        ),
        unread={one.file: one.source for one in read.values() if one.unread},
    )


class _Read(NamedTuple):
    """One file: its source (bare text where it is no YAML) and what is wrong with it."""

    file: str
    source: Document
    findings: tuple[Finding, ...]
    unread: bool

    @property
    def document(self) -> Document | None:
        """The document if it fits its schema."""
        return None if self.findings else self.source


def _wanted(tree: Tree, layout: Layout) -> list[tuple[schemata.Kind, str]]:
    """Every file to read with its kind, in path order."""
    wanted: list[tuple[schemata.Kind, str]] = []
    if tree.is_file(FILE):
        wanted.append(("registry", FILE))
    for organization, names in layout.organizations.items():
        for name in names:
            kind: schemata.Kind = "organization" if name == ORGANIZATION_FILE else "client"
            wanted.append((kind, f"{CLIENTS}/{organization}/{name}"))
    return wanted


def _read(tree: Tree, wanted: Sequence[tuple[schemata.Kind, str]]) -> list[_Read]:
    """The files read and checked against their schemas."""
    found = []
    for kind, file in wanted:
        raw = tree.content(file)
        document, findings = source.read(file, raw)
        if document is not None:
            found.append(_Read(file, document, schema.check(kind, document), unread=False))
        else:
            text = encoding.decode(file, raw)
            found.append(
                _Read(file, Document(file, text if isinstance(text, str) else "", None), findings, unread=True)
            )
    return found


def _organizations(layout: Layout, read: Mapping[str, _Read]) -> Iterator[tuple[str, Organization]]:
    for name in layout.organizations:
        one = read.get(f"{CLIENTS}/{name}/{ORGANIZATION_FILE}")
        if one and one.document:
            yield name, Organization.from_document(name, one.document)


def _clients(
    layout: Layout, read: Mapping[str, _Read], organizations: Mapping[str, Organization]
) -> tuple[tuple[Client, ...], list[Broken]]:
    clients, broken = [], []
    for home, names in layout.organizations.items():
        organization = organizations.get(home)
        for name in names:
            if name == ORGANIZATION_FILE:
                continue
            one = read[f"{CLIENTS}/{home}/{name}"]
            if one.document and organization:
                data = cast("Mapping[str, Any]", one.document.data)
                clients.append(Client(one.file, organization, name[:-5], data))
            else:
                broken.append(_broken(one, f"{home}.{name[:-5]}"))
    return tuple(clients), broken


def _broken(one: _Read, client_id: str) -> Broken:
    """As much of a broken file as can be trusted: its id, and the environments it names."""
    data = one.source.data
    if not isinstance(data, dict):
        return Broken(one.file, client_id, None)
    given, environments = data.get("client_id"), data.get("environments")
    return Broken(
        one.file,
        given if isinstance(given, str) else client_id,
        tuple(environments) if isinstance(environments, dict) else None,
    )


def absent(client: Client, environment: str) -> UsageError:
    """That a client is not in an environment, and where it is or how it gets there."""
    more = f"add `{environment}: {{}}` under environments in {client.file}"
    hint = (
        f"it exists in {', '.join(client.environments)}: name that with -e, or {more}" if client.environments else more
    )
    return UsageError(f"{client.client_id} does not exist in {environment}", hint)


def _no_settings(root: str) -> Finding:
    return folder.misplaced(
        FILE, "CR017", f"there is no {FILE} in {root!r}", "run clientreg inside a registry, or name its folder with -C"
    )


def _homeless(layout: Layout) -> Iterator[Finding]:
    for home, names in layout.organizations.items():
        if names and ORGANIZATION_FILE not in names:
            file = f"{CLIENTS}/{home}/{ORGANIZATION_FILE}"
            hint = f"create {file} with at least 'name: ' and the organization's name"
            message = f"the folder {home!r} has no {ORGANIZATION_FILE}"
            yield folder.misplaced(f"{CLIENTS}/{home}/{names[0]}", "CR015", message, hint)
