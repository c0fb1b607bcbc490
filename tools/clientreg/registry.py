"""The whole folder: every file read, checked against its schema and given its meaning, in one pass.

Nothing that lies under `clients/` is passed over in silence: a file that is not read is a client that is lost.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from clientreg import confusable, encoding, schema, source
from clientreg.errors import CannotFinish
from clientreg.finding import START, Finding, Related, Severity
from clientreg.jsonvalue import Path
from clientreg.model import Client, Organization
from clientreg.settings import FILE, Settings
from clientreg.source import Document

CLIENTS = "clients"
ORGANIZATION_FILE = "organization.yaml"
_ORGANIZATION = re.compile(r"(?=.{1,40}\Z)[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NAME = re.compile(r"(?=.{1,59}\Z)[a-z0-9]+(-[a-z0-9]+)*")
_SKIPPED = frozenset({"README.md", ".gitkeep"})
_CHUNK = 1 << 15


@dataclass(frozen=True, slots=True)
class Broken:
    """A file that could not be understood: what it holds must be left as it is. `environments` None: anywhere."""

    file: str
    client_id: str | None
    environments: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class NameUse:
    """A name that end users read, and where in which client's file it stands."""

    client: Client
    path: Path
    name: str


@dataclass(frozen=True)
class Registry:
    """Everything that could be read, and `findings` for everything that could not.

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
    groups = ((), client.data), *((("environments", name), overrides) for name, overrides in environments)
    for prefix, fields in groups:
        for key, text in fields.items():
            if key.startswith("client_name") and text is not None and text not in seen:
                seen.add(text)
                yield NameUse(client, (*prefix, key), text)


@dataclass(slots=True)
class _Load:
    """What one pass over the folder collects."""

    root: str
    ignored: Callable[[list[str]], frozenset[str]]
    documents: dict[str, Document] = field(default_factory=dict)
    unread: dict[str, Document] = field(default_factory=dict)
    organizations: dict[str, Organization] = field(default_factory=dict)
    clients: list[Client] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    strangers: list[Finding] = field(default_factory=list)


def load(root: str, ignored: Callable[[list[str]], frozenset[str]]) -> Registry:
    """Read the registry in `root`.

    `ignored` tells which of some paths Git ignores and does not track; it is asked only about files that do not belong
    here. Raises CannotFinish when the folder itself cannot be read.
    """
    work = _Load(root, ignored)
    settings = _settings(work)
    for folder in _folders(work):
        _organization(work, folder)
    if work.strangers:
        skip = ignored([finding.file for finding in work.strangers])
        work.findings += [finding for finding in work.strangers if finding.file not in skip]
    return Registry(
        root=root,
        settings=settings,
        organizations=work.organizations,
        clients=tuple(work.clients),
        documents=work.documents,
        broken=tuple(work.broken),
        findings=tuple(work.findings),
        unread=work.unread,
    )


def _settings(work: _Load) -> Settings | None:
    path = os.path.join(work.root, FILE)
    if not os.path.isfile(path):
        work.findings.append(
            _misplaced(FILE, "CR017", f"there is no {FILE} in {work.root!r}", "run clientreg in the root of a registry")
        )
        return None
    document = _document(work, "registry", FILE)
    return Settings.from_document(document) if document else None


def _folders(work: _Load) -> Iterator[str]:
    """The organization folders in order; anything else directly under `clients/` is a stranger."""
    for entry in _scan(os.path.join(work.root, CLIENTS)):
        place = f"{CLIENTS}/{entry.name}"
        if entry.is_symlink():
            work.strangers.append(_link(place))
        elif not entry.is_dir():
            if entry.name not in _SKIPPED:
                work.strangers.append(_stranger(place))
        elif _ORGANIZATION.fullmatch(entry.name):
            yield entry.name
        else:
            work.strangers.append(
                _bad_name(place, "an organization's folder", "a-z, 0-9 and single hyphens, at most 40")
            )
            work.broken.append(Broken(place, None, None))


def _organization(work: _Load, folder: str) -> None:
    files: list[str] = []
    seen: dict[str, str] = {}
    for entry in _scan(os.path.join(work.root, CLIENTS, folder)):
        place = f"{CLIENTS}/{folder}/{entry.name}"
        twin = seen.setdefault(unicodedata.normalize("NFKC", entry.name).casefold(), entry.name)
        if twin != entry.name:
            work.strangers.append(_twin(place, twin))
        if entry.is_symlink():
            work.strangers.append(_link(place))
        elif entry.name in _SKIPPED:
            continue
        elif entry.is_dir() or not entry.name.endswith(".yaml"):
            if twin == entry.name:
                work.strangers.append(_stranger(place))
        elif entry.name != ORGANIZATION_FILE and not _NAME.fullmatch(entry.name[:-5]):
            work.strangers.append(_bad_name(place, "a client's file", "a-z, 0-9 and single hyphens, at most 59"))
            work.broken.append(Broken(place, None, None))
        else:
            files.append(entry.name)
    if ORGANIZATION_FILE in files:
        files.remove(ORGANIZATION_FILE)
        document = _document(work, "organization", f"{CLIENTS}/{folder}/{ORGANIZATION_FILE}")
        if document:
            work.organizations[folder] = Organization.from_document(folder, document)
    elif files:
        work.findings.append(_homeless(folder, files[0]))
    for name in files:
        _client(work, folder, name[:-5])


def _client(work: _Load, folder: str, name: str) -> None:
    file = f"{CLIENTS}/{folder}/{name}.yaml"
    document = _document(work, "client", file)
    organization = work.organizations.get(folder)
    if document and organization:
        work.clients.append(Client(file, organization, name, document.data))  # type: ignore[arg-type]
        return
    work.broken.append(_broken(file, f"{folder}.{name}", work.documents.get(file)))


def _broken(file: str, client_id: str, document: Document | None) -> Broken:
    """As much of a broken file as can be trusted: its id, and the environments it names."""
    data = document.data if document else None
    if not isinstance(data, dict):
        return Broken(file, client_id, None)
    given, environments = data.get("client_id"), data.get("environments")
    return Broken(
        file,
        given if isinstance(given, str) else client_id,
        tuple(environments) if isinstance(environments, dict) else None,
    )


def _document(work: _Load, kind: schema.Kind, file: str) -> Document | None:
    """The document if it can be read and fits its schema; otherwise findings, and the document for its lines."""
    raw = _bytes(os.path.join(work.root, file))
    document, findings = source.read(file, raw)
    if document:
        work.documents[file] = document
        findings = schema.check(kind, document)
    else:
        text = encoding.decode(file, raw)
        work.unread[file] = Document(file, text if isinstance(text, str) else "", None)
    work.findings += findings
    return None if findings else document


def _bytes(path: str) -> bytes:
    """At most one byte more than the reader accepts, so that a huge file costs nothing."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        try:
            chunks = [os.read(descriptor, _CHUNK)]
            while len(chunks[-1]) == _CHUNK and sum(map(len, chunks)) <= encoding.MAX_SIZE:
                chunks.append(os.read(descriptor, _CHUNK))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise CannotFinish(f"{path} cannot be read: {error.strerror}", "make the file readable and try again") from None
    return b"".join(chunks) if len(chunks) > 1 else chunks[0]


def _scan(path: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CannotFinish(
            f"{path} cannot be read: {error.strerror}", "make the folder readable and try again"
        ) from None


def _misplaced(file: str, code: str, message: str, hint: str, related: tuple[Related, ...] = ()) -> Finding:
    return Finding(file, START, (), code, Severity.ERROR, message, hint, related=related)


def _stranger(file: str) -> Finding:
    hint = f"clients live in {CLIENTS}/<organization>/<name>.yaml; move the file there or out of {CLIENTS}/"
    return _misplaced(file, "CR011", f"{file!r} is no file that is read here, so its content would be lost", hint)


def _link(file: str) -> Finding:
    return _misplaced(file, "CR012", f"{file!r} is a symbolic link", "commit the file itself: links are not followed")


def _twin(file: str, twin: str) -> Finding:
    message = f"{file!r} differs from {twin!r} only by case or Unicode form"
    return _misplaced(file, "CR013", message, "rename one: on some machines the two are one file")


def _bad_name(file: str, what: str, form: str) -> Finding:
    return _misplaced(
        file, "CR014", f"{file!r} cannot be {what}: its name becomes the client id", f"use {form} characters"
    )


def _homeless(folder: str, first: str) -> Finding:
    file = f"{CLIENTS}/{folder}/{ORGANIZATION_FILE}"
    hint = f"create {file} with at least 'name: ' and the organization's name"
    return _misplaced(f"{CLIENTS}/{folder}/{first}", "CR015", f"the folder {folder!r} has no {ORGANIZATION_FILE}", hint)
