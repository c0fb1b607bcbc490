"""The first day: files for the clients that a server or an export has, proposed, judged, and written all or none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from clientreg.errors import FilesBroken, unknown
from clientreg.importing import emission, guess, insertion, placing, settling, wording
from clientreg.importing.drafts import Draft, differences, merged, new, text
from clientreg.importing.found import Found, LeftOut, Source
from clientreg.importing.homes import Home, Homes, Names, organization
from clientreg.jsonvalue import JsonObject, shown
from clientreg.model import Client
from clientreg.reading import schemata
from clientreg.registry import Ignored, Registry
from clientreg.settings import FILE, Settings


class Wish(NamedTuple):
    """What the caller wants. `pairs` say of clients found which client of the registry each one is."""

    environment: str
    organization: str | None = None
    contact: str | None = None
    pairs: Mapping[str, str] | None = None


class Imported(NamedTuple):
    """What an import writes: a draft per client, the files as they are to be, and everything that has none."""

    environment: str
    source: str
    drafts: tuple[Draft, ...]
    files: Mapping[str, str]
    before: Mapping[str, bytes]
    organizations: Mapping[str, str]
    scopes: tuple[str, ...]
    present: tuple[str, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def refused(self) -> tuple[LeftOut, ...]:
        """The clients that somebody must look at."""
        return tuple(one for one in self.left_out if not one.expected)


def propose(
    present: Registry,
    settings: Settings,
    source: Source,
    wish: Wish,
    *,
    today: str,
    ignored: Ignored,
    progress: Callable[[str], None],
) -> Imported:
    """Decide about every client that was found. Nothing is written; the same input gives the same files.

    Raises FilesBroken where the registry itself cannot be understood, or would not be clean for another reason, and
    UsageError for a pair of a client that was not found.
    """
    if present.findings:
        first = present.findings[0]
        message = f"{first.file}:{first.span.line}:{first.span.column}: {first.message}"
        raise FilesBroken(message, "nothing can be imported into files that are broken: mend that first")
    _check_pairs(source, wish)
    desk = _Desk(present, settings, source, wish)
    for found in sorted(source.clients, key=lambda one: one.client_id):
        desk.take(found)
    surroundings = _Surroundings(present, settings, source, wish.contact, desk.homes, today)
    settled = settling.settle(
        present,
        desk.drafts,
        surroundings.files,
        ignored=ignored,
        today=today,
        origin=source.name,
        progress=progress,
    )
    files = settled.files
    return Imported(
        environment=wish.environment,
        source=source.name,
        drafts=settled.drafts,
        files=files,
        before={file: surroundings.there(file) for file in files if surroundings.is_there(file)},
        organizations={file: desk.homes[file].name for file in files if file in desk.homes},
        scopes=surroundings.scopes(settled.drafts),
        present=tuple(desk.present),
        left_out=tuple(
            sorted((*source.left_out, *desk.left_out, *settled.left_out), key=lambda one: (one.client_id, one.why))
        ),
    )


def _check_pairs(source: Source, wish: Wish) -> None:
    """A pair that meets no client would leave its client without one."""
    there = [*(one.client_id for one in source.clients), *(one.client_id for one in source.left_out)]
    for client_id in sorted((wish.pairs or {}).keys() - set(there)):
        raise unknown("client", client_id, there, f" in {source.name}, which --map pairs with one of this registry")


def write(imported: Imported, root: str) -> None:
    """Put the files in place, all of them or none. Raises CannotFinish."""
    placing.put(Path(root), imported.files, imported.before)


class _Desk:
    """Takes one client after the other: an entry in its file, a file of its own, or a word why it has none."""

    def __init__(self, present: Registry, settings: Settings, source: Source, wish: Wish) -> None:
        self._registry, self._source, self._wish = present, source, wish
        self._scopes = settings.scopes
        self._homes = Homes(present, chosen=wish.organization, fallback=source.home)
        self._names = Names(present.documents)
        self._seen: set[str] = set()
        self.homes: dict[str, Home] = {}
        self.drafts: list[Draft] = []
        self.present: list[str] = []
        self.left_out: list[LeftOut] = []

    def take(self, found: Found) -> None:
        """Decide about a client."""
        twice = found.client_id in self._seen
        broken = "its id stands twice in what was read" if twice else _odd(found, self._scopes)
        self._seen.add(found.client_id)
        there = self._registry.of(self._wish.environment).get(found.client_id)
        if broken:
            self.left_out.append(LeftOut(found.client_id, broken))
        elif there is not None:
            self._compare(found, there)
        else:
            draft = self._drafted(found)
            if draft.there is not None and text(draft, "", "") is None:
                why = f"{draft.file} is written in a way that nothing can be added to; write its entry yourself"
                self.left_out.append(LeftOut(found.client_id, why))
            else:
                self.drafts.append(draft)

    def _drafted(self, found: Found) -> Draft:
        """An entry in the first file of the client's id that can say what was found, else a file beside it."""
        why = ""
        for client in self._registry.files.get(found.client_id, ()):
            document = self._registry.documents[client.file]
            entry = merged(client, document, self._wish.environment, found, self._source.name)
            if isinstance(entry, Draft):
                return entry
            why = why or f"as in another file, since {entry}"
        made = self._new(found)
        return made.commented("client_id", why) if why else made

    def _compare(self, found: Found, client: Client) -> None:
        """A client that has its entry: another server of the environment, or a file that was edited since."""
        other = differences(client, self._wish.environment, found, self._source.name)
        if not other:
            self.present.append(found.client_id)
            return
        what = other if isinstance(other, str) else f"its file says otherwise: {', '.join(other)}"
        self.left_out.append(LeftOut(found.client_id, f"{what} (a plan shows it)", expected=True))

    def _new(self, found: Found) -> Draft:
        """A file of its own, beside that of the same client if there is one."""
        stated = wording.stated(found.values)
        paired = (self._wish.pairs or {}).get(found.client_id, found.client_id)
        other = self._registry.by_id.get(paired)
        if other is not None:
            stated = {**stated, "product": other.registration(None).product}
        guesses = guess.missing(found.client_id, stated, self._source.name)
        name = str({**stated, **guesses.values}["client_name"])
        if other is None:
            home, wanted = self._homes.of(found.client_id, stated, name), found.client_id
        else:
            home = Home(other.organization.id, other.organization.name, "its other file", sure=True)
            wanted = f"{other.name}-{self._wish.environment}"
        if home.id not in self._registry.organizations:
            self.homes.setdefault(f"clients/{home.id}/organization.yaml", home)
        return new(self._names.of(home, wanted), found, self._wish.environment, stated, guesses)


def _odd(found: Found, known: Collection[str]) -> str | None:
    """Why no file could say what was found, whatever else is changed."""
    if not found.client_id:
        return "its client id is empty"
    if not found.client_id.isprintable():
        return f"its client id {shown(found.client_id)} has characters that cannot be seen"
    return _odd_scope(found, known)


def _odd_scope(found: Found, known: Collection[str]) -> str | None:
    """Why the catalogue cannot have a scope: what it cannot name would be wrong for every client."""
    form = schemata.names_in("registry", "scopes")
    odd = (scope for scope in _listed(found.values.get("scopes")) if scope not in known and not form.search(scope))
    return next((f"scopes: {shown(scope)} is no name that a scope can have" for scope in odd), None)


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """The files around clients: those of new organizations, and `registry.yaml` where scopes are missing."""

    registry: Registry
    settings: Settings
    source: Source
    contact: str | None
    homes: Mapping[str, Home]
    today: str

    def files(self, drafts: Sequence[Draft]) -> dict[str, str]:
        """Every file that these drafts need, in the order in which they are to be written."""
        needed = {f"{draft.file.rpartition('/')[0]}/organization.yaml" for draft in drafts}
        own = {draft.file: made for draft in drafts if (made := text(draft, self.source.name, self.today))}
        return {
            **self._operator(drafts),
            **{file: self._organization(home) for file, home in self.homes.items() if file in needed},
            **own,
        }

    def scopes(self, drafts: Sequence[Draft]) -> tuple[str, ...]:
        """The scopes that the catalogue lacks."""
        asked = (scope for draft in drafts for scope in _listed(draft.data.get("scopes")))
        return tuple(sorted({scope for scope in asked if scope not in self.settings.scopes}))

    def is_there(self, file: str) -> bool:
        """Whether a file is one of the registry's already."""
        return file in self.registry.documents

    def there(self, file: str) -> bytes:
        """What such a file holds."""
        return (Path(self.registry.root) / file).read_bytes()

    def _organization(self, home: Home) -> str:
        data, comments = organization(home, self.contact)
        head = "# yaml-language-server: $schema=../../schema/organization.schema.json\n"
        asked = "# domains: []  # the hosts that are its own: its clients' addresses are then held to them\n"
        return head + emission.text(data, comments) + asked

    def _operator(self, drafts: Sequence[Draft]) -> dict[str, str]:
        document = self.registry.documents[FILE]
        missing = self.scopes(drafts)
        for scope in missing:
            entry: JsonObject = {"description": self.source.scopes.get(scope) or f"Scope {scope}"}
            made = insertion.with_entry(document, "scopes", scope, entry, f"guess: from {self.source.name}")
            if made is None:
                raise FilesBroken(
                    f"{FILE} is written in a way that no scope can be added to", f"add: {', '.join(missing)}"
                )
            document = made
        return {FILE: document.text} if missing else {}


def _listed(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
