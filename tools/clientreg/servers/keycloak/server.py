"""Keycloak as plan and apply see it: the clients of a realm, read in one listing and written one by one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from clientreg.errors import CannotFinish
from clientreg.jsonvalue import Json, JsonObject, LazyObject
from clientreg.planning.state import Lack, Observed, Record
from clientreg.servers import NO_ACCESS, Access, Outcomes, Write, check_options
from clientreg.servers.keycloak import mark as marks
from clientreg.servers.keycloak.account import Account
from clientreg.servers.keycloak.admin import Realm
from clientreg.servers.keycloak.beyond import beyond
from clientreg.servers.keycloak.capabilities import CAPABILITIES
from clientreg.servers.keycloak.representation import settle
from clientreg.servers.keycloak.scopes import ClientScopes
from clientreg.servers.keycloak.words import words
from clientreg.servers.keycloak.writing import Refused, Writer, has_secret, revision, without_secrets
from clientreg.servers.lanes import side_by_side

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

_PUBLISHED = (
    "issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "revocation_endpoint",
    "end_session_endpoint", "device_authorization_endpoint", "pushed_authorization_request_endpoint",
)  # fmt: skip
_LANES = 4
"""Writes at a time. More gain nothing: Keycloak is busy with these."""
_FEW = 20
"""Requests that cost what the listing of a realm of 1,000 clients does."""


def connect(name: str, options: Mapping[str, Any], root: Path, access: Access = NO_ACCESS) -> KeycloakServer:
    """The server of an entry in `registry.yaml`; a relative `ca_file` starts at `root`. Contacts nothing yet."""
    check_options(CAPABILITIES, name, options)
    ca_file = options.get("ca_file")
    trusted = None if ca_file is None else str(root / ca_file)
    account = Account(name, options["url"], options["realm"], options["client_id"], access)
    return KeycloakServer(name, Realm(account, trusted), creates_scopes=bool(options.get("create_scopes")))


@dataclass(frozen=True)
class KeycloakServer:
    """Implements `Server` on one realm.

    Keycloak has no compare-and-set: a write is preceded by a look at the client, and a change that somebody makes
    between the two is lost.
    """

    name: str
    realm: Realm
    creates_scopes: bool = False

    @property
    def type(self) -> str:
        """The name of this folder."""
        return CAPABILITIES.type

    @property
    def url(self) -> str:
        """The realm's address."""
        return self.realm.account.url + self.realm.account.path

    def read(self) -> Sequence[Observed]:
        """Every client of the realm, its own ones and ours too."""
        bundled = self._scopes.bundled
        return tuple(_observed(client, bundled) for client in self.realm.clients())

    def read_again(self, keys: Collection[str]) -> Sequence[Observed]:
        """A few by one request each, which costs less than a listing. An empty answer means something to who sees."""
        if len(keys) > _FEW:
            return tuple(one for one in self.read() if one.key in keys)
        self.realm.own()
        found = [self.realm.client(key) for key in sorted(keys)]
        return tuple(_observed(client, self._scopes.bundled) for client in found if client is not None)

    def settle(self, payload: JsonObject) -> JsonObject:
        """See `representation.settle`."""
        return settle(payload)

    def lacks(self, payload: Mapping[str, Json]) -> Iterable[Lack]:
        """Scopes that the realm has not, and what of them an apply makes."""
        return self._scopes.lacks(payload)

    def apply(self, writes: Iterable[Write]) -> Outcomes:
        """One look at the realm, then the writes; after an answer that does not come, no other is asked for."""
        self.realm.own()
        writer = Writer(self.realm, self._listed_scopes(), self.realm.default_scopes())
        yield from side_by_side(writes, writer.carry_out, Refused, lanes=_LANES)

    def record(self) -> Record | None:
        """The commit that was applied last, from an attribute of the client with which we sign in."""
        own = self.realm.client(self.realm.account.client_id)
        return None if own is None else marks.record(own)

    def save_record(self, record: Record) -> None:
        """Remember the applied commit."""
        answer = self.realm.update(self.realm.own(), {"attributes": marks.record_attributes(record)})
        if answer.status != 204:  # a sign-in page of a proxy's answers with 200
            message = f"server {self.name}: the applied commit cannot be remembered: {answer.why()}"
            raise CannotFinish(message, f"it is an attribute of the client {self.realm.account.client_id}")

    def endpoints(self) -> Mapping[str, str]:
        """What discovery says."""
        found = self.realm.discovery()
        return {name: str(found[name]) for name in _PUBLISHED if name in found}

    @cached_property
    def _scopes(self) -> ClientScopes:
        """As they are when they are needed first: what is made later is none that nobody asks for."""
        return self._listed_scopes()

    def _listed_scopes(self) -> ClientScopes:
        return ClientScopes.of(self.realm.client_scopes(), creates=self.creates_scopes)


def _observed(client: dict[str, Any], bundled: frozenset[str]) -> Observed:
    shown = without_secrets(client)
    return Observed(
        key=client["clientId"],
        payload=LazyObject(partial(words, shown, bundled)),
        revision=partial(revision, shown),
        mark=marks.mark(client),
        has_secret=has_secret(client),
        beyond=partial(beyond, shown, bundled),
    )
