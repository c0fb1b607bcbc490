"""The whole folder: every file read, checked against its schema and given its meaning, in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from typing import Any, NamedTuple, TypeAlias, cast

from clientreg import parallel
from clientreg.errors import UsageError
from clientreg.finding import Finding
from clientreg.jsonvalue import Path
from clientreg.model import Client, Organization, Part
from clientreg.reading import folder, schemata
from clientreg.reading.documents import Documents, Read, Reader
from clientreg.reading.folder import CLIENTS, ORGANIZATION_FILE, Layout, Tree, WorkTree
from clientreg.reading.source import Document
from clientreg.settings import FILE, Settings
from clientreg.timing import Watch
from clientreg.values import confusable

_PORTION = 100
"""How many files a process reads at a time; fewer in all are read sooner than another process is started."""


class Broken(NamedTuple):
    """A file that could not be understood: what it holds must be left as it is. `environments` None: anywhere.

    `part` is what can be judged of it.
    """

    file: str
    client_id: str | None
    environments: tuple[str, ...] | None
    part: Part | None = None


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

    def source(self, file: str) -> Document | None:
        """The text of a file, for a finding to quote; None for what was not read."""
        return self.unread.get(file) or self.documents.get(file)

    @cached_property
    def by_id(self) -> Mapping[str, Client]:
        """Clients by client id; of several files with one id, the first in path order."""
        return {client_id: those[0] for client_id, those in self.files.items()}

    @cached_property
    def files(self) -> Mapping[str, Sequence[Client]]:
        """Every file of each client id, in path order."""
        found: dict[str, list[Client]] = {}
        for client in self.clients:
            found.setdefault(client.client_id, []).append(client)
        return found

    def of(self, environment: str) -> Mapping[str, Client]:
        """The clients whose files name an environment, known or not, by client id; in path order.

        Of two files with one id in one environment it is the first (the rule book reports both).
        """
        return self._by_environment.get(environment, {})

    @cached_property
    def _by_environment(self) -> Mapping[str, Mapping[str, Client]]:
        found: dict[str, dict[str, Client]] = {}
        for client in self.clients:
            for name in client.data.get("environments", ()):
                found.setdefault(name, {}).setdefault(client.client_id, client)
        return found

    @cached_property
    def names(self) -> Mapping[str, Sequence[NameUse]]:
        """Every name that end users read, localized and per environment too, by what it looks like; in path order."""
        index: dict[str, tuple[NameUse] | list[NameUse]] = {}
        for client in self.clients:
            for use in _names(client):
                alone = (use,)  # as nearly every name is: no list of its own for each look
                for key in confusable.keys(use.name):
                    others = index.setdefault(key, alone)
                    if isinstance(others, list):
                        others.append(use)
                    elif others is not alone:
                        index[key] = [*others, use]
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


Ignored: TypeAlias = Callable[[list[str]], frozenset[str]]
"""Tells which of some paths Git ignores and does not track; asked only about files that do not belong here."""
Own: TypeAlias = Callable[[Document, Client | Part | None], tuple[Finding, ...]]
"""What is wrong in a file by itself, and with the client in it as far as that can be understood."""
Kept: TypeAlias = Callable[[Organization], frozenset[str] | None]


class Judging(NamedTuple):
    """Judges each client's file in the process that reads it, so that few documents have to be kept.

    `begin` makes the judge once all but the clients is read. Of a client in whose file nothing is wrong only the fields
    are kept that `kept` says of its organization (None: all). With a `watch` one process does it all, by the watch.
    """

    begin: Callable[[Registry], Own]
    kept: Kept
    watch: Watch | None = None


def load(root: str, ignored: Ignored, *, tree: Tree | None = None) -> Registry:
    """Read the registry in `root`: the files that lie there or, where it is given, those of a `tree`.

    Raises CannotFinish when the folder itself cannot be read.
    """
    return _gathered(root, ignored, tree or WorkTree(root), None)[0]


def load_judged(
    root: str, ignored: Ignored, judging: Judging, *, tree: Tree | None = None
) -> tuple[Registry, Mapping[str, tuple[Finding, ...]]]:
    """The same, and what is wrong in each file by itself; nothing where no settings are."""
    return _gathered(root, ignored, tree or WorkTree(root), judging)


def _gathered(
    root: str, ignored: Ignored, tree: Tree, judging: Judging | None
) -> tuple[Registry, Mapping[str, tuple[Finding, ...]]]:
    layout = folder.scan(tree)
    skipped = ignored([finding.file for finding in layout.strangers]) if layout.strangers else frozenset()
    watch, reader = judging and judging.watch, Reader(tree.content)
    reader = reader.timed(watch) if watch else reader
    base = _without_clients(root, tree, reader, layout, skipped)
    own = judging.begin(base) if judging and base.settings else None
    take = partial(_take, _Intake(reader, base.organizations, own, judging.kept if judging else lambda _: None))
    wanted = [
        f"{CLIENTS}/{home}/{name}"
        for home, names in layout.organizations.items()
        for name in names
        if name != ORGANIZATION_FILE
    ]
    taken = dict(zip(wanted, parallel.spread(take, wanted, portion=_PORTION, alone=watch is not None), strict=True))
    found = {file: one.own for file, one in taken.items() if one.own}
    if own:
        found |= {file: its for file, document in base.documents.items() if (its := own(document, None))}
    return _with_clients(base, tree, taken), found


def _without_clients(root: str, tree: Tree, reader: Reader, layout: Layout, skipped: frozenset[str]) -> Registry:
    """Everything that clients are understood by: the operator's and the organizations' files, and what lies about."""
    heads = {file: reader.read(kind, file) for kind, file in _heads(tree, layout)}
    operator = heads.get(FILE)
    homes = ((home, heads.get(f"{CLIENTS}/{home}/{ORGANIZATION_FILE}")) for home in layout.organizations)
    return Registry(
        root=root,
        settings=Settings.from_document(operator.document) if operator and operator.document else None,
        organizations={
            home: Organization.from_document(home, one.document) for home, one in homes if one and one.document
        },
        clients=(),
        documents={file: one.source for file, one in heads.items() if not one.unread},
        broken=tuple(Broken(place, None, None) for place in layout.misnamed if place not in skipped),
        findings=(
            *(() if operator else (_no_settings(root),)),
            *(finding for one in heads.values() for finding in one.findings),
            *_homeless(layout),
            *(finding for finding in layout.strangers if finding.file not in skipped),
        ),
        unread={file: one.source for file, one in heads.items() if one.unread},
    )


def _heads(tree: Tree, layout: Layout) -> Iterator[tuple[schemata.Kind, str]]:
    if tree.is_file(FILE):
        yield "registry", FILE
    for home, names in layout.organizations.items():
        if ORGANIZATION_FILE in names:
            yield "organization", f"{CLIENTS}/{home}/{ORGANIZATION_FILE}"


class _Intake(NamedTuple):
    """What is needed to take in a client's file; with `own`, it is judged, and of a clean one `kept` is kept."""

    reader: Reader
    organizations: Mapping[str, Organization]
    own: Own | None
    kept: Kept


class _Taken(NamedTuple):
    """What is kept of a client's file: `data` if it can be understood, `read` unless it was judged and is clean."""

    data: Mapping[str, Any] | None
    read: Read | None
    own: tuple[Finding, ...]
    part: Part | None = None


def _take(intake: _Intake, files: Sequence[str]) -> list[_Taken]:
    """Client files read, checked against their schema and then, a tenth faster, judged."""
    return [_taken(intake, read) for read in [intake.reader.read("client", file) for file in files]]


def _taken(intake: _Intake, read: Read) -> _Taken:
    organization = intake.organizations.get(_home(read.file))
    data = cast("Mapping[str, Any]", read.source.data) if organization and read.document else None
    client = _client(read.file, organization, data) if organization and data is not None else None
    part = _part_of(read, organization) if organization and client is None else None
    if intake.own is None or read.unread:
        return _Taken(data, read, (), part)
    own = intake.own(read.source, client or part)
    if client is None or own:
        return _Taken(data, read, own, part)
    return _Taken(outline(client.data, intake.kept(client.organization)), None, ())


def _part_of(read: Read, organization: Organization) -> Part | None:
    """What can be judged of a client whose file does not fit its schema."""
    from clientreg.reading import remainder  # only for a file that is wrong

    left = remainder.of(read.source, read.findings)
    return Part(_client(read.file, organization, left.data), left.unsure) if left else None


def _home(file: str) -> str:
    """The folder of an organization's client, which is the organization's id."""
    return file.split("/", 2)[1]


def _client(file: str, organization: Organization, data: Mapping[str, Any]) -> Client:
    return Client(file, organization, file.rpartition("/")[2].removesuffix(".yaml"), data)


def outline(data: Mapping[str, Any], kept: frozenset[str] | None) -> Mapping[str, Any]:
    """A client's data with only some fields (None: all), in every language and environment that they are stated in."""
    if kept is None:
        return data
    part = _part(data, kept)
    if environments := data.get("environments"):
        parts = {name: _part(overrides, kept) for name, overrides in environments.items()}
        part["environments"] = parts if any(parts.values()) else _bare(tuple(parts))
    return part


@cache
def _bare(environments: tuple[str, ...]) -> Mapping[str, Mapping[str, Any]]:
    """Environments that override nothing: one object for all clients that are in them."""
    return {name: {} for name in environments}


def _part(fields: Mapping[str, Any], kept: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name in kept or name.partition("#")[0] in kept}


def _with_clients(base: Registry, tree: Tree, taken: Mapping[str, _Taken]) -> Registry:
    reads = [one.read for one in taken.values() if one.read]
    unread = {read.file: read.source for read in reads if read.unread}
    at_hand = [*base.documents.values(), *(read.source for read in reads if not read.unread)]
    return replace(
        base,
        clients=tuple(
            _client(file, base.organizations[_home(file)], one.data)
            for file, one in taken.items()
            if one.data is not None
        ),
        documents=Documents(tree, [*base.documents, *(file for file in taken if file not in unread)], at_hand),
        broken=(*base.broken, *(_broken(file, one) for file, one in taken.items() if one.data is None)),
        findings=(*base.findings, *(finding for read in reads for finding in read.findings)),
        unread={**base.unread, **unread},
    )


def _broken(file: str, taken: _Taken) -> Broken:
    """As much of a broken file as can be trusted: its id, and the environments it names."""
    client_id = file.removeprefix(f"{CLIENTS}/").removesuffix(".yaml").replace("/", ".")
    data = taken.read.source.data if taken.read else None
    if not isinstance(data, dict):
        return Broken(file, client_id, None)
    given, environments = data.get("client_id"), data.get("environments")
    return Broken(
        file,
        given if isinstance(given, str) else client_id,
        tuple(environments) if isinstance(environments, dict) else None,
        taken.part,
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
