"""A file as plan and apply see it: read whole, and replaced whole for each client that changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clientreg import seal
from clientreg.errors import CannotFinish
from clientreg.jsonvalue import Json, JsonObject, LazyObject, shown
from clientreg.planning.plan import Action
from clientreg.planning.state import Lack, Observed, Record
from clientreg.servers import Access, Conflict, Outcomes, Write, check_options, outcomes
from clientreg.servers.file import metadata
from clientreg.servers.file.admission import SECRET_METHODS, Refused, admit
from clientreg.servers.file.capabilities import CAPABILITIES
from clientreg.servers.file.metadata import MEMBERS, SECRET, SECRET_REF
from clientreg.servers.file.store import Store, Stored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

PATHS: Mapping[str, str] = {
    "authorization_endpoint": "/auth",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/me",
    "jwks_uri": "/jwks",
    "revocation_endpoint": "/token/revocation",
    "end_session_endpoint": "/session/end",
}
"""Where oidc-provider serves what, below its issuer, unless its `routes` say otherwise."""
_OWN_FILES = ("clients", "schema", ".git", ".github")


def connect(name: str, options: Mapping[str, Any], root: Path, _: Access | None = None) -> FileServer:
    """The server of an entry in `registry.yaml`; a relative `path` starts at `root`. Opens nothing yet."""
    check_options(CAPABILITIES, name, options)
    path = root / options["path"]
    _check_place(name, path, root)
    return FileServer(name, path=path, issuer=options["issuer"], recipients=tuple(options["recipients"]))


def _check_place(name: str, path: Path, root: Path) -> None:
    """Never one of the registry's own files, however the path is written."""
    place = path.parent.resolve() / path.name
    if any(place.is_relative_to(root.resolve() / own) for own in _OWN_FILES):
        message = f"server {name!r}: path {shown(str(path))} is among the registry's own files"
        raise CannotFinish(message, "name a file in a folder of its own, or beside the registry")


@dataclass(frozen=True, slots=True)
class FileServer:
    """Implements `Server` on the file `path`, which the real server reads when it starts."""

    name: str
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
        store = Store(self.path)
        return tuple(_observed(store, key, one) for key, one in store.read().clients().items())

    def read_again(self, keys: Collection[str]) -> Sequence[Observed]:
        """Some of them: everything is read in one go."""
        return tuple(one for one in self.read() if one.key in keys)

    def settle(self, payload: JsonObject) -> JsonObject:
        """See `metadata.settle`."""
        return metadata.settle(payload)

    def lacks(self, payload: Mapping[str, Json]) -> Iterable[Lack]:
        """Nothing: a client is all that is needed."""
        return ()

    def apply(self, writes: Iterable[Write]) -> Outcomes:
        """The file is replaced for each write. It is looked at first: no credential is made for one that cannot be."""
        store = Store(self.path)
        with store.locked():
            store.sweep()
        yield from outcomes(writes, partial(self._carry_out, store), Refused)

    def record(self) -> Record | None:
        """The commit that was applied last."""
        return Store(self.path).read().sidecar.record

    def save_record(self, record: Record) -> None:
        """Remember the applied commit."""
        Store(self.path).save_record(record)

    def endpoints(self) -> Mapping[str, str]:
        """What discovery says where oidc-provider keeps to its own routes."""
        return {"issuer": self.issuer, **{name: self.issuer + path for name, path in PATHS.items()}}

    def _carry_out(self, store: Store, write: Write) -> None:
        change = write.change
        with store.locked() as state:
            current = state.client(change.key)
            if (None if current is None else current.revision) != change.revision:
                raise Conflict(change.key)
            if change.payload is None:
                store.delete(state, change.key)
                return
            data = self._data(store, write, change.payload, {} if current is None else current.data)
            store.put(state, change.key, data, enabled=change.payload["enabled"] is True, mark=change.mark)

    def _data(self, store: Store, write: Write, payload: JsonObject, there: JsonObject) -> JsonObject:
        """The client's metadata and its secret; with what an adopted client has that is not ours to write."""
        made = metadata.metadata(payload)
        if made.get("client_id") != write.change.key:
            raise Refused(f"client_id is {write.change.key!r} and never changes")
        if write.change.action is not Action.DISABLE:  # what is to end must not fail for what else is wrong with it
            has_secret = write.credential is not None or store.holds(there)
            admit(made, client_type=payload["client_type"], has_secret=has_secret)
        others = {name: value for name, value in there.items() if name not in MEMBERS}
        return {**others, **made, **self._secret(store, write, made, there)}

    def _secret(self, store: Store, write: Write, made: JsonObject, there: JsonObject) -> JsonObject:
        """The new credential's, else the one that is there; none for a client whose authentication uses none."""
        if made.get("token_endpoint_auth_method") not in SECRET_METHODS:
            return {}
        if write.credential is not None:
            sealed = seal.seal((write.credential.secret,), self.recipients)
            return {SECRET_REF: store.seal(write.credential.id, sealed)}
        return {name: there[name] for name in (SECRET_REF, SECRET) if name in there}


def _observed(store: Store, key: str, client: Stored) -> Observed:
    """A client whose sealed secret is gone holds none: the next plan makes another."""
    has_secret, mark = store.holds(client.data), client.mark
    if mark is not None and mark.credential is not None and not has_secret:
        mark = replace(mark, credential=None)
    return Observed(
        key=key,
        payload=LazyObject(lambda: metadata.words(client.data, enabled=client.enabled)),
        revision=client.revision,
        mark=mark,
        has_secret=has_secret,
    )
