"""What an output needs from several rooms: clients as servers and users see them, environments, owners, waivers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from clientreg import rules, servers, sync
from clientreg.errors import FilesBroken
from clientreg.gitrepo import Repository, blame
from clientreg.lint import within
from clientreg.model import Client, Registration
from clientreg.planning import render
from clientreg.planning.plan import Change, Risk
from clientreg.reading import schemata
from clientreg.reading.folder import ORGANIZATION_FILE
from clientreg.reading.source import Document
from clientreg.registry import Registry, absent
from clientreg.report import codeowners
from clientreg.report.environments import Listed
from clientreg.report.reference import pages
from clientreg.report.show import Rendered, Shown, effective
from clientreg.report.waivers import Excepted, Waivers
from clientreg.settings import FILE, Environment, Scope, Settings
from clientreg.values.owner import is_owner

_MOST_QUESTIONS = 100
"""Files that Git is asked about, at some hundredths of a second each."""


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
    client = registry.of(environment).get(change.key)
    if client is None or not _read_by_users(change):
        return ()
    return effective(client, environment, scopes, ()).consent


def _read_by_users(change: Change) -> bool:
    return any(
        field.risk is Risk.VISIBLE or field.path[0] in {"scopes", "purpose", "require_consent"}
        for field in change.fields
    )


def environments(registry: Registry, settings: Settings) -> tuple[Listed, ...]:
    """Every environment of the registry, and whether a CI runner can sync it."""
    return tuple(
        Listed(
            environment,
            len(registry.of(environment.name)),
            _forgotten(environment, registry, settings),
        )
        for environment in settings.environments.values()
    )


def _forgotten(environment: Environment, registry: Registry, settings: Settings) -> tuple[str, ...]:
    if not environment.servers:
        return ("it has no server",)
    return sync.forgotten(environment, Path(registry.root), registry=settings.name)


def reference() -> Mapping[str, str]:
    """The reference pages, by the names of their files: what this version judges by, whatever the registry."""
    return pages(schemata.properties("client"), tuple(rules.load().values()), servers.kinds())


def owners_file(registry: Registry, settings: Settings, *, folder: str = "") -> str:
    """CODEOWNERS of a registry that lies in this folder of its repository.

    Raises FilesBroken where the registry itself has no owner or a file cannot be trusted with one: a file that leaves
    somebody out would let others approve in their place.
    """
    if not settings.owners:
        hint = (
            f'write, for example, `owners: ["@your-organization/registry"]` in {FILE}: your code host\'s name for you'
        )
        raise FilesBroken(f"{FILE} names no owners, so nobody would have to approve changes to the registry", hint)
    unread = [file for file in (*registry.documents, *registry.unread) if _is_lost(file, registry)]
    if unread:
        raise FilesBroken(f"{unread[0]} cannot be understood, so its owners are not known", "'clientreg lint' says why")
    named = [(FILE, settings.owners), *((one.file, one.owners) for one in registry.organizations.values())]
    for file, owner in ((file, owner) for file, owners in named for owner in owners):
        if not is_owner(owner):
            hint = "write '@user', '@organization/team' or the e-mail address of an account"
            raise FilesBroken(f"{file}: {owner!r} is nobody whom a code host could ask", hint)
    return codeowners.text(settings.owners, registry.organizations.values(), folder=folder)


def waivers(registry: Registry, *, today: str, wanted: Sequence[str], repository: Repository | None) -> Waivers:
    """Every waiver in some files or folders (all where none is named), the one that ends first at the top.

    Git is asked since when, unless that is many questions.
    """
    clients = [client for client in registry.clients if client.waivers and within(client.file, wanted)]
    asked = repository if len(clients) <= _MOST_QUESTIONS else None
    found = [one for client in clients for one in _excepted(client, registry.documents[client.file], today, asked)]
    unread = tuple(one.file for one in registry.broken if within(one.file, wanted))
    return Waivers(tuple(sorted(found, key=lambda one: (one.waiver.expires, one.file, one.line))), unread)


def _excepted(client: Client, document: Document, today: str, repository: Repository | None) -> Iterator[Excepted]:
    lines = [document.at(("waivers", index)).line for index in range(len(client.waivers))]
    since = blame.written(repository, client.file, lines) if repository else {}
    contacts = client.registration(None).contacts.get("technical", ())
    for waiver, line in zip(client.waivers, lines, strict=True):
        rule, born = rules.load().get(waiver.rule), since.get(line)
        born = born if born and born <= today else None
        yield Excepted(
            client_id=client.client_id,
            file=client.file,
            line=line,
            waiver=waiver,
            title=rule.title if rule else "",
            owners=client.organization.owners,
            contacts=tuple(contacts),
            since=born,
            age=_days(born, today) if born else None,
            left=_days(today, waiver.expires),
        )


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _is_lost(file: str, registry: Registry) -> bool:
    """Whether it is an organization's file that gave no organization."""
    above, _, name = file.rpartition("/")
    return name == ORGANIZATION_FILE and above.rpartition("/")[2] not in registry.organizations


def _rendered(registration: Registration, environment: Environment, root: str) -> Iterator[Rendered]:
    for entry in environment.servers:
        if entry.type in servers.types():
            payload = render.payload(registration, render.template_of(entry.type))
            settled = servers.connect(entry, Path(root)).settle(payload)
            yield Rendered(entry.name, entry.type, settled)
