"""What servers hold, brought into client files so that it is legal: which edits, and why not where there are none.

A value that one environment alone has goes under that environment; one that would hold anyway is taken out. An edited
file means exactly what it shall, in every environment and in the words of every server, or it is left alone.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias, cast

from clientreg import editing
from clientreg.defaults import DEFAULTS
from clientreg.drift.found import Drifted, Kind
from clientreg.drift.wording import members, stated_lines
from clientreg.jsonvalue import Json, JsonObject, canonical
from clientreg.model import Client
from clientreg.planning import render
from clientreg.planning.plan import FieldChange
from clientreg.planning.state import Observed
from clientreg.reading import schema, schemata
from clientreg.reading.source import Document
from clientreg.servers import Server
from clientreg.sync.run import Live
from clientreg.values.jwk import public_view

_MARK = frozenset({"owner", "source", "disabled_since", "credentials"})
_NAMES = tuple(schemata.properties("client"))


class Edited(NamedTuple):
    """A client file, its text before and after."""

    file: str
    key: str
    before: str
    after: str
    fields: tuple[str, ...]


class Unwritten(NamedTuple):
    """What is not written, and why; `lines` are what somebody could write by hand."""

    file: str
    key: str
    field: str
    why: str
    lines: tuple[str, ...] = ()


class Remedy(NamedTuple):
    """Edits that make drift legal, and what has none."""

    edits: tuple[Edited, ...]
    unwritten: tuple[Unwritten, ...]


Refused: TypeAlias = "Mapping[tuple[str, str], str]"
"""Fields of clients that may not be written, and why."""


class Seen(NamedTuple):
    """What drifted in an environment, what its servers hold, and its clients by id and their files as they are."""

    drifted: Sequence[Drifted]
    live: Sequence[Live]
    clients: Mapping[str, Client]
    documents: Mapping[str, Document]
    environment: str


def propose(seen: Seen, refused: Refused) -> Remedy:
    """The edits of all clients that drifted, but for what is refused."""
    by_key: dict[str, list[Drifted]] = {}
    for one in seen.drifted:
        by_key.setdefault(one.key, []).append(one)
    made = [_Attempt(seen, key, found, refused).made() for key, found in by_key.items()]
    return Remedy(
        tuple(edited for edited, _ in made if edited is not None), tuple(one for _, left in made for one in left)
    )


@dataclass(frozen=True)
class _Attempt:
    """One client: every field that drifted somewhere, edited one after the other."""

    seen: Seen
    key: str
    found: Sequence[Drifted]
    refused: Refused

    @property
    def live(self) -> Sequence[Live]:
        """The servers of the environment."""
        return self.seen.live

    @property
    def environment(self) -> str:
        """Its name."""
        return self.seen.environment

    @property
    def client(self) -> Client | None:
        """The client, if its file is there."""
        return self.seen.clients.get(self.key)

    def made(self) -> tuple[Edited | None, list[Unwritten]]:
        """The edited file if there is anything to edit, and what is left."""
        left = [self._not(why, "") for why in dict.fromkeys(self._whole())]
        client = self.client
        if left or client is None:
            gone = f"it has no entry under environments.{self.environment} any more: an apply takes it out of use again"
            return None, left or [self._not(gone, "")]
        wanted, left = self._wanted(client)
        document = self.seen.documents[client.file]
        changed, text, done = client, document.text, dict[str, Json]()
        for name, value in wanted.items():
            tried, new = self._edit(changed, text, name, value)
            if new is None:
                left.append(self._not("the file cannot be edited there without touching more than it", name, value))
            elif schema.check("client", Document(client.file, new, cast("Json", tried.data))):
                left.append(self._not("no client file may say what the server holds", name))
            else:
                changed, text, done[name] = tried, new, value
        if not self._sound(client, changed, done):
            return None, [*left, *(self._not("other values would change with it", *each) for each in done.items())]
        return Edited(client.file, self.key, document.text, text, tuple(done)) if done else None, left

    def _whole(self) -> Iterator[str]:
        """Why nothing of this client can be written."""
        for unread in (one.server.name for one in self.live if one.observed is None):
            yield f"server {unread} could not be read, and what it holds of this client is not known"
        for one in self.found:
            if one.kind is Kind.GONE:
                yield (
                    f"if it shall be gone, take its entry out of environments.{self.environment}; else apply makes it"
                )
            elif one.kind is Kind.MARK:
                yield "a mark stands in no file: plan with --adopt shows how it is taken back"

    def _wanted(self, client: Client) -> tuple[dict[str, Json], list[Unwritten]]:
        """The payload's fields that are to be written, and those that cannot be."""
        wanted: dict[str, Json] = {}
        left = []
        for field in {field.path: field for one in self.found for field in one.fields}.values():
            name = str(field.path[0])
            if why := self._in_no_file(client, name) or self._not_one_value(client, field):
                left.append(self._not(why, name))
            elif why := self.refused.get((self.key, name), ""):
                left.append(self._not(why, name, field.after))
            else:
                wanted[name] = field.after
        return wanted, left

    @staticmethod
    def _in_no_file(client: Client, name: str) -> str:
        """Why a field is none that a file could say of one environment; empty where it could."""
        if name in _MARK:
            return "it stands in the server's mark: the next apply puts it right"
        if name in schemata.SAME_EVERYWHERE and len(client.environments) > 1:
            return "its file says it for all its environments at once"
        return "" if name in _NAMES or name == "localized" else "no field of a client file says it"

    def _not_one_value(self, client: Client, field: FieldChange) -> str:
        """Why there is no one value to write: servers hold several, or the file has another one by now."""
        name = str(field.path[0])
        held = {
            server: self._shown(name, entry.payload.get(name) if entry else None)
            for server, entry in self._entries.items()
        }
        if len({canonical(value) for value in held.values()}) > 1:
            told = ", ".join(f"{server}: {canonical(value)}" for server, value in held.items())
            return f"the servers do not agree ({told})"
        if not self._holds(client, name, field.before):
            return "the file says something else by now than what was applied"
        return ""

    @cached_property
    def _entries(self) -> Mapping[str, Observed | None]:
        """The client on each server of the environment."""
        return {one.server.name: _one_of(one.observed or (), self.key) for one in self.live}

    @staticmethod
    def _shown(name: str, value: Json) -> Json:
        return public_view(value) if name == "jwks" else value

    def _payload(self, client: Client, server: Server) -> JsonObject:
        registration = client.registration(self.environment)
        return server.settle(render.payload(registration, render.template_of(server.type)))

    def _edit(self, client: Client, text: str, name: str, value: Json) -> tuple[Client, str | None]:
        """One field of the payload: the client as its file then says, and the file."""
        edited: str | None = text
        for field, worded in members(client, self.environment, name, value).items():
            path, put = self._place(client, field, worded, name, value)
            if edited is not None and put:
                edited = editing.put(edited, path, worded, order=_NAMES)
            elif edited is not None:
                edited = editing.drop(edited, path)
            client = _with(client, path, worded, put=put)
        return client, edited

    def _place(self, client: Client, field: str, worded: Json, name: str, value: Json) -> tuple[tuple[str, ...], bool]:
        """Where a field belongs, and whether it is put there; else it is taken out, since it holds without."""
        alone = len(client.environments) == 1 and field not in client.overrides(self.environment)
        path = (field,) if alone else ("environments", self.environment, field)
        there = field in (client.data if alone else client.overrides(self.environment))
        mandatory = "#" not in field and field not in {*DEFAULTS, "contacts"} and (alone or field not in client.data)
        if there and not mandatory and self._holds(_with(client, path, None, put=False), name, value):
            return path, False
        return path, not (alone and worded is None)

    def _holds(self, client: Client, name: str, value: Json) -> bool:
        """Whether every server would hold a value by what the file says."""
        payloads = (self._payload(client, one.server).get(name) for one in self.live)
        return all(canonical(self._shown(name, held)) == canonical(value) for held in payloads)

    def _sound(self, client: Client, changed: Client, wanted: Mapping[str, Json]) -> bool:
        """Whether the changed file says what the servers hold, and otherwise what it said, everywhere."""
        for one in self.live:
            before, after = (self._payload(each, one.server) for each in (client, changed))
            expected = {**before, **wanted}
            if any(canonical(self._shown(each, after[each])) != canonical(expected[each]) for each in after):
                return False
        others = (name for name in client.environments if name != self.environment)
        return all(_same(client, changed, name) for name in others)

    def _not(self, why: str, field: str, value: Json = None) -> Unwritten:
        client = self.client
        file = self.found[0].source if client is None else client.file
        lines = stated_lines(client, self.environment, field, value) if client is not None and field else ()
        return Unwritten(file, self.key, field, why, lines if value is not None else ())


def _one_of(observed: Sequence[Observed], key: str) -> Observed | None:
    """The client of this id among some."""
    return next((entry for entry in observed if entry.key == key), None)


def _same(client: Client, changed: Client, environment: str) -> bool:
    one, other = (each.registration(environment).__dict__ for each in (client, changed))
    return one == other


def _with(client: Client, path: Sequence[str], value: Json, *, put: bool) -> Client:
    """The client as its file would say it."""
    data: dict[str, Any] = copy.deepcopy(dict(client.data))
    holder = data
    for name in path[:-1]:
        holder = holder[name]
    if put:
        holder[path[-1]] = value
    else:
        holder.pop(path[-1], None)
    return replace(client, data=data)
