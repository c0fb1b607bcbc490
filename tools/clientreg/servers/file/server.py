"""A file as plan and apply see it, in any of its formats: read whole, replaced whole for each client that changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clientreg import seal
from clientreg.errors import CannotFinish
from clientreg.jsonvalue import Json, JsonObject, LazyObject, shown
from clientreg.planning.plan import Action
from clientreg.planning.state import Lack, Observed, Record
from clientreg.servers import Access, Conflict, Outcomes, Write, check_options, outcomes
from clientreg.servers.file import keycloak_realm, oidc_provider
from clientreg.servers.file.capabilities import CAPABILITIES
from clientreg.servers.file.document import SECRET_REF, Frame
from clientreg.servers.file.format import SECRET_METHODS, Format, Place, Refused
from clientreg.servers.file.store import State, Store, Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

FORMATS: Mapping[str, Callable[[str], Format]] = {
    "oidc-provider": lambda _: oidc_provider.FORMAT,
    "keycloak-realm": keycloak_realm.of_issuer,
}
"""Each format, for the server of an issuer."""
_OWN_FILES = ("clients", "schema", ".git", ".github")


def connect(name: str, options: Mapping[str, Any], root: Path, _: Access | None = None) -> FileServer:
    """The server of an entry in `registry.yaml`; a relative `path` starts at `root`. Opens nothing yet."""
    check_options(CAPABILITIES.chosen(options), name, options)
    path = root / options["path"]
    _check_place(name, path, root)
    made = FORMATS[options["format"]](options["issuer"])
    return FileServer(name, made, path=path, issuer=options["issuer"], recipients=tuple(options["recipients"]))


def _check_place(name: str, path: Path, root: Path) -> None:
    """Never one of the registry's own files, however the path is written."""
    place = path.parent.resolve() / path.name
    if any(place.is_relative_to(root.resolve() / own) for own in _OWN_FILES):
        message = f"server {name!r}: path {shown(str(path))} is among the registry's own files"
        raise CannotFinish(message, "name a file in a folder of its own, or beside the registry")


@dataclass(frozen=True)
class FileServer:
    """Implements `Server` on the file `path`, which the real server reads when it starts."""

    name: str
    format: Format
    path: Path
    issuer: str
    recipients: tuple[str, ...]

    @property
    def type(self) -> str:
        """The name of this folder."""
        return CAPABILITIES.type

    @property
    def url(self) -> str:
        """The issuer. The file's place differs from machine to machine and stays out of digests."""
        return self.issuer

    def read(self) -> Sequence[Observed]:
        """Every client of the file, and those of ours that are left out of it."""
        store, state = self._opened()
        return tuple(self._observed(store, state, key, one) for key, one in state.clients().items())

    def read_again(self, keys: Collection[str]) -> Sequence[Observed]:
        """Some of them: everything is read in one go."""
        return tuple(one for one in self.read() if one.key in keys)

    def settle(self, payload: JsonObject) -> JsonObject:
        """As the format says it."""
        return self.format.settle(payload)

    def lacks(self, payload: Mapping[str, Json]) -> Iterable[Lack]:
        """What the format says that the file has not."""
        return () if self.format.lacks is None else self.format.lacks(payload, self._frame)

    def apply(self, writes: Iterable[Write]) -> Outcomes:
        """The file is replaced for each write. It is looked at first: no credential is made for one that cannot be."""
        store, _ = self._opened()
        with store.locked():
            store.sweep()
        yield from outcomes(writes, partial(self._carry_out, store), Refused)

    def record(self) -> Record | None:
        """The commit that was applied last."""
        return self._opened()[1].sidecar.record

    def save_record(self, record: Record) -> None:
        """Remember the applied commit."""
        self._opened()[0].save_record(record)

    def endpoints(self) -> Mapping[str, str]:
        """What discovery says where the server keeps to its own routes."""
        return {"issuer": self.issuer, **{name: self.issuer + path for name, path in self.format.paths.items()}}

    @cached_property
    def _frame(self) -> Frame:
        """As it is when it is needed first."""
        return self._opened()[1].frame

    def _opened(self) -> tuple[Store, State]:
        """The file as it is, once it is known to be this server's."""
        store = Store(self.path, self.format.shape)
        state = store.read()
        self.format.check(state.frame)
        return store, state

    def _carry_out(self, store: Store, write: Write) -> None:
        change = write.change
        with store.locked() as state:
            current = state.client(change.key)
            if (None if current is None else current.revision) != change.revision:
                raise Conflict(change.key)
            if change.payload is None:
                store.delete(state, change.key)
                return
            place = Place({} if current is None else current.data, change.mark, state.frame)
            data = self._data(store, write, change.payload, place)
            enabled = not self.format.leaves_out or change.payload["enabled"] is True
            store.put(state, change.key, data, enabled=enabled, mark=change.mark)

    def _data(self, store: Store, write: Write, payload: JsonObject, place: Place) -> JsonObject:
        """The client and its secret, as the file has them."""
        if payload.get("client_id") != write.change.key:
            raise Refused(f"client_id is {write.change.key!r} and never changes")
        made = self.format.made(payload, place)
        if write.change.action is not Action.DISABLE:  # what is to end must not fail for what else is wrong with it
            has_secret = write.credential is not None or store.holds(place.there)
            self.format.admit(made, payload, place, has_secret)
        return {**made, **self._secret(store, write, payload, place.there)}

    def _secret(self, store: Store, write: Write, payload: JsonObject, there: JsonObject) -> JsonObject:
        """The new credential's, else the one that is there; none for a client whose authentication uses none."""
        if payload.get("token_endpoint_auth_method") not in SECRET_METHODS:
            return {}
        if write.credential is not None:
            sealed = seal.seal((write.credential.secret,), self.recipients)
            return {SECRET_REF: store.seal(write.credential.id, sealed)}
        return {name: there[name] for name in (SECRET_REF, self.format.shape.secret) if name in there}

    def _observed(self, store: Store, state: State, key: str, client: Stored) -> Observed:
        """A client whose sealed secret is gone holds none: the next plan makes another."""
        has_secret, mark = store.holds(client.data), client.mark
        if mark is not None and mark.credential is not None and not has_secret:
            mark = replace(mark, credential=None)
        return Observed(
            key=key,
            payload=LazyObject(partial(self.format.words, client.data, client.enabled, state.frame)),
            revision=partial(str, client.revision),
            mark=mark,
            has_secret=has_secret,
            beyond=partial(self.format.beyond, client.data, state.frame),
        )
