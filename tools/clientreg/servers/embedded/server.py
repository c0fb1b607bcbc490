"""The embedded server as plan and apply see it: its store read whole, and written one transaction per client."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from clientreg.errors import CannotFinish
from clientreg.jsonvalue import Json, JsonObject, LazyObject, plain
from clientreg.planning.plan import Action
from clientreg.planning.state import Lack, Observed, Record
from clientreg.servers import Access, Conflict, Outcomes, Write, check_options, outcomes
from clientreg.servers.embedded import metadata
from clientreg.servers.embedded.admission import Refused, admit
from clientreg.servers.embedded.capabilities import CAPABILITIES
from clientreg.servers.embedded.database import WriteFailed
from clientreg.servers.embedded.forms import SECRET_METHODS
from clientreg.servers.embedded.store import Store, StoredClient, hash_secret

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

PATHS: Mapping[str, str] = {
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "jwks_uri": "/jwks.json",
    "revocation_endpoint": "/revoke",
    "end_session_endpoint": "/logout",
}
"""Where the HTTP side serves what, below the issuer, by the names of OpenID Connect Discovery section 3."""


def connect(name: str, options: Mapping[str, Any], root: Path, _: Access | None = None) -> EmbeddedServer:
    """The server of an entry in `registry.yaml`; a relative `store` starts at `root`. Opens nothing yet."""
    check_options(CAPABILITIES, name, options)
    return EmbeddedServer(name, store=root / options["store"], issuer=options["issuer"])


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """Implements `Server` on the SQLite file `store`, which the running server reads at each request."""

    name: str
    store: Path
    issuer: str

    @property
    def type(self) -> str:
        """The name of this folder."""
        return CAPABILITIES.type

    @property
    def url(self) -> str:
        """The issuer. The file's place differs from machine to machine and stays out of digests."""
        return self.issuer

    def read(self) -> Sequence[Observed]:
        """Every client in the store. A store that was never written is empty, and stays unwritten."""
        if not self._exists():
            return ()
        with closing(Store(self.store)) as store:
            return tuple(_observed(client) for client in store.clients())

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
        """One transaction per write. The store is opened first: no credential is made for one that cannot be."""
        with closing(Store(self.store)) as store:
            yield from outcomes(writes, partial(_carry_out, store), Refused, WriteFailed)

    def record(self) -> Record | None:
        """The commit that was applied last."""
        if not self._exists():
            return None
        with closing(Store(self.store)) as store:
            return store.record()

    def save_record(self, record: Record) -> None:
        """Remember the applied commit."""
        with closing(Store(self.store)) as store:
            store.save_record(record)

    def endpoints(self) -> Mapping[str, str]:
        """What discovery says where the server runs."""
        return {"issuer": self.issuer, **{name: self.issuer + path for name, path in PATHS.items()}}

    def _exists(self) -> bool:
        try:
            return self.store.stat().st_size > 0
        except FileNotFoundError:
            return False
        except OSError as error:
            message = f"{self.store}: cannot be read ({error.strerror})"
            raise CannotFinish(message, "check the server's `store` and who may read it") from error


def _carry_out(store: Store, write: Write) -> None:
    change = write.change
    current = store.client(change.key)
    if (None if current is None else str(current.revision)) != change.revision:
        raise Conflict(change.key)
    if change.payload is None:
        if current is not None:
            store.delete(change.key, expected=current.revision)
        return
    secret_hash = _secret_hash(write, change.payload, current)
    if change.payload.get("client_id") != change.key:
        raise Refused("invalid_client_metadata", f"client_id is {change.key!r} and never changes")
    if change.action is not Action.DISABLE:  # taking a client out of use must not fail for what else is wrong with it
        admit(change.payload, has_secret=secret_hash is not None)
    if current is None:
        store.insert(change.key, change.payload, mark=change.mark, secret_hash=secret_hash)
    else:
        store.replace(change.key, change.payload, expected=current.revision, mark=change.mark, secret_hash=secret_hash)


def _secret_hash(write: Write, payload: JsonObject, current: StoredClient | None) -> str | None:
    """The new credential's, else the one that is there; none for a client whose authentication uses none."""
    if payload.get("token_endpoint_auth_method") not in SECRET_METHODS:
        return None
    if write.credential is not None:
        return hash_secret(write.credential.secret)
    return None if current is None else current.secret_hash


def _observed(client: StoredClient) -> Observed:
    return Observed(
        key=client.client_id,
        payload=LazyObject(lambda: metadata.settle(plain(client.payload))),
        revision=partial(str, client.revision),
        mark=client.mark,
        has_secret=client.secret_hash is not None,
    )
