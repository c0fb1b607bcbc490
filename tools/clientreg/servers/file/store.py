"""The clients of one file, their marks and the record: read together, written one by one, whole or not at all.

The sidecar is written before the file, with what it had before: so a write has happened exactly when the file says so,
and whoever reads after a kill sees the client as it was, or as it was to be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import quote

from clientreg.errors import CannotFinish
from clientreg.jsonvalue import JsonObject
from clientreg.servers.file import disk, document, sidecar
from clientreg.servers.file.document import ARRAY, SECRET_REF, Damaged, Document, Entry, Frame, Shape
from clientreg.servers.file.sidecar import Owned, Sidecar, UnderWay

if TYPE_CHECKING:
    from clientreg.planning.state import Mark, Record

T = TypeVar("T")

_REPAIR = "restore it from a copy, beside the others of the same time; nothing was changed"
_SEALED = re.compile(r"[A-Za-z0-9._%-]+\.age")


class Stored(NamedTuple):
    """One client, in the file or left out of it. `revision` is another one after every change, also one by hand."""

    data: JsonObject
    enabled: bool
    revision: str
    mark: Mark | None


@dataclass(frozen=True)
class State:
    """What the file and its sidecar say together."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    sidecar: Sidecar = field(default_factory=Sidecar)
    frame: Frame = field(default_factory=Frame)

    def client(self, key: str) -> Stored | None:
        """One client, ours or not. One of ours that somebody took out of the file is gone."""
        entry, owned = self.entries.get(key), self.sidecar.clients.get(key)
        if entry is not None:
            revision = entry.digest if owned is None else f"{owned.revision}.{entry.digest}"
            return Stored(entry.data, enabled=True, revision=revision, mark=None if owned is None else owned.mark)
        if owned is None or owned.left_out is None:
            return None
        return Stored(owned.left_out, enabled=False, revision=f"{owned.revision}", mark=owned.mark)

    def clients(self) -> Mapping[str, Stored]:
        """Every client by id, sorted."""
        found = {key: self.client(key) for key in sorted({*self.entries, *self.sidecar.clients})}
        return {key: one for key, one in found.items() if one is not None}


class Store:
    """One file with its sidecar, lock and folder of sealed secrets. Every failure is a `CannotFinish`."""

    def __init__(self, path: Path, shape: Shape = ARRAY, *, wait: float | None = None) -> None:
        self.path = path
        self._shape = shape
        self.secrets = path.with_name(f"{path.name}.secrets")
        self._sidecar = path.with_name(f"{path.name}.clientreg.json")
        self._lock = path.with_name(f"{path.name}.clientreg.lock")
        self._wait = disk.WAIT if wait is None else wait
        self._seen: tuple[object, State] = ((), State())

    def read(self) -> State:
        """Both of one moment, without waiting for a run that writes. A file that was never written stays unwritten."""
        return disk.steady(self._read, self._sidecar, self._wait)

    @contextmanager
    def locked(self) -> Iterator[State]:
        """What is there, while nobody else writes."""
        disk.make_folder(self.path.parent)
        with disk.locked(self._lock, self._wait):
            yield self._read()

    def put(self, state: State, key: str, data: JsonObject, *, enabled: bool, mark: Mark) -> State:
        """Write one client inside `locked`: into the file, or out of it where it is not enabled."""
        entry = document.entry(data, self._shape)
        owned = Owned(
            revision=state.sidecar.revision + 1,
            mark=mark,
            digest=entry.digest if enabled else None,
            left_out=None if enabled else data,
        )
        return self._commit(state, key, owned, entry if enabled else None)

    def delete(self, state: State, key: str) -> State:
        """Remove one client inside `locked`."""
        return self._commit(state, key, None, None)

    def seal(self, credential_id: str, text: str) -> str:
        """Keep a sealed secret beside the file; how the client's metadata refers to it."""
        name = f"{quote(credential_id, safe='')}.age"
        disk.make_folder(self.secrets)
        disk.write(self.secrets / name, text)
        return f"{self.secrets.name}/{name}"

    def holds(self, data: Mapping[str, object]) -> bool:
        """Whether the client's secret is there: in its metadata, or in the sealed file that this names."""
        name = self._file_of(data)
        return self._shape.secret in data or (name != "" and disk.identity(self.secrets / name) is not None)

    def sweep(self) -> None:
        """Remove, inside `locked`, sealed secrets that no client has any more: of an earlier run, or a killed one."""
        state = self._read()
        used = {self._file_of(one.data) for one in state.clients().values()}
        for name in disk.names(self.secrets):
            if name not in used and _SEALED.fullmatch(name):
                disk.remove(self.secrets / name)
        for folder in (self.secrets, self.path.parent):
            disk.remove_unfinished(folder)

    def save_record(self, record: Record) -> None:
        """Remember the applied commit. An environment without clients has a file, too."""
        with self.locked() as state:
            if disk.identity(self.path) is None:
                self._write(state.entries, state.frame)
            self._write_sidecar(replace(state.sidecar, record=record))

    def _commit(self, state: State, key: str, owned: Owned | None, entry: Entry | None) -> State:
        """The sidecar first, with what it had before; the moment in which the file is replaced decides."""
        before = state.sidecar.clients.get(key)
        clients = {**state.sidecar.clients, key: owned} if owned else _without(state.sidecar.clients, key)
        written = replace(state.sidecar, revision=state.sidecar.revision + 1, clients=clients)
        was = state.entries.get(key)
        same = (was and was.digest) == (entry and entry.digest)
        began = None if same else UnderWay(key, before)
        self._write_sidecar(replace(written, under_way=began))
        entries = state.entries
        if not same:
            entries = {**entries, key: entry} if entry else _without(entries, key)
            self._write(entries, state.frame)
        made = State(entries, written, state.frame)
        self._seen = (self._identity(), made)
        return made

    def _write(self, entries: Mapping[str, Entry], frame: Frame) -> None:
        disk.write(self.path, document.text_of(Document(entries, frame), self._shape))

    def _write_sidecar(self, made: Sidecar) -> None:
        """Who may not read the file may not read what was left out of it."""
        disk.write(self._sidecar, sidecar.text_of(made), like=self.path)

    def _read(self) -> State:
        """The state as it was read or written last, where nothing has changed since."""
        now = self._identity()
        if now != self._seen[0]:
            self._seen = (now, self._parsed())
        return self._seen[1]

    def _parsed(self) -> State:
        beside = disk.read(self._sidecar)
        whole = disk.read(self.path)
        parse = partial(document.parse, shape=self._shape)
        there = Document({}, self._shape.new) if whole is None else _parsed(self.path, whole, parse)
        entries = there.entries
        known = Sidecar() if beside is None else _parsed(self._sidecar, beside, sidecar.parse)
        known = known.settled({key: one.digest for key, one in entries.items()})
        if whole is None and any(one.digest is not None for one in known.clients.values()):
            message = f"{self.path}: is gone, and {self._sidecar.name} beside it tells of its clients"
            raise CannotFinish(message, f"{_REPAIR}. To begin anew, with new secrets for all, remove that one too")
        lost = [key for key, one in known.clients.items() if one.digest is not None and key not in entries]
        return State(entries, replace(known, clients=_without(known.clients, *lost)), there.frame)

    def _identity(self) -> tuple[object, ...]:
        return disk.identity(self._sidecar), disk.identity(self.path)

    def _file_of(self, data: Mapping[str, object]) -> str:
        """The name of the client's sealed secret; empty for one that is not in our folder."""
        folder, _, name = str(data.get(SECRET_REF, "")).rpartition("/")
        return name if folder == self.secrets.name else ""


def _without(known: Mapping[str, T], *keys: str) -> dict[str, T]:
    return {name: value for name, value in known.items() if name not in keys}


def _parsed(path: Path, raw: bytes, parse: Callable[[str], T]) -> T:
    try:
        return parse(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise CannotFinish(f"{path}: is damaged: it is not UTF-8", _REPAIR) from None
    except Damaged as error:
        raise CannotFinish(f"{path}: is damaged: {error}", _REPAIR) from error
