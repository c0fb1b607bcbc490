"""One change carried out on a realm, request by request: what is refused before, and what the server refused."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from clientreg.http import Answer
from clientreg.jsonvalue import Json, digest
from clientreg.planning.plan import Action, Change, NewScope
from clientreg.servers import Conflict, Write
from clientreg.servers.keycloak import mark as marks
from clientreg.servers.keycloak.admin import Realm
from clientreg.servers.keycloak.scopes import ClientScopes, representation
from clientreg.servers.keycloak.update import Update, creation, update
from clientreg.servers.keycloak.words import method

_LISTS = ("redirectUris", "webOrigins", "defaultClientScopes", "optionalClientScopes")
_SECRET = "client_secret_"  # noqa: S105 - how the methods begin that need one
_NOT_COMPARED = frozenset({"access"})
_SECRET_ATTRIBUTE = "client.secret.rotated"  # noqa: S105 - its name


class Refused(Exception):  # noqa: N818 - the server, or what is known of it, says no to one change
    """Why one change was not made, or not wholly; the others go on."""


def without_secrets(client: Mapping[str, Any]) -> dict[str, Any]:
    """A client as a listing shows it, but for the secrets that every listing shows."""
    attributes = {name: text for name, text in (client.get("attributes") or {}).items() if name != _SECRET_ATTRIBUTE}
    return {name: value for name, value in client.items() if name != "secret"} | {"attributes": attributes}


def revision(client: Mapping[str, Any]) -> str:
    """Names a client as it is now: Keycloak has no version of it. A secret has no part in it, its date has."""
    compared = {name: value for name, value in without_secrets(client).items() if name not in _NOT_COMPARED}
    compared |= {name: sorted(client.get(name) or ()) for name in _LISTS}
    mappers = client.get("protocolMappers") or ()
    return digest({**compared, "protocolMappers": sorted(mappers, key=lambda mapper: str(mapper.get("id")))})


def has_secret(client: Mapping[str, Any]) -> bool:
    """Whether a client authenticates with a secret and has one."""
    return method(client).startswith(_SECRET) and bool(client.get("secret"))


@dataclass
class Writer:
    """Carries out the changes of one apply, in any number of threads.

    `scopes` are as the realm has them; those that a change brings are made before its client. `default_scopes` are the
    names of those that every new client has.
    """

    realm: Realm
    scopes: ClientScopes
    default_scopes: Sequence[str]
    _making: Lock = field(default_factory=Lock)

    def carry_out(self, write: Write) -> None:
        """Raises Refused or Conflict where it was not made, CannotFinish where the server does not answer any more."""
        change = write.change
        actual = self.realm.client(change.key) if change.revision is not None else None
        if change.revision is not None and (actual is None or revision(actual) != change.revision):
            raise Conflict
        if change.payload is None:
            if actual is not None:
                _done(self.realm.delete(actual["id"]), gone=True)
        elif actual is None:
            self._create(write, change.payload)
        elif change.action is Action.DISABLE:  # nothing else that may be wrong with it must be in the way
            members = {"enabled": False, "attributes": marks.attributes(change.mark)}
            _done(self.realm.update(actual, members))
        else:
            self._update(write, change.payload, actual)

    def _create(self, write: Write, payload: Mapping[str, Json]) -> None:
        self._check(write, payload, holds_secret=False)
        given = [name for name in self.default_scopes if name in self.scopes.bundled]
        body = creation(payload, default_scopes=given, salt=secrets.token_hex(16))
        attributes = {name: text for name, text in marks.attributes(write.change.mark).items() if text is not None}
        body["attributes"] |= attributes
        answer = self.realm.create({**body, **_secret(write, payload)})
        if answer.status == 409 and self._is_made(write.change):
            return
        _done(answer)

    def _is_made(self, change: Change) -> bool:
        """Whether it is our own that is there: the answer to an earlier attempt was lost."""
        there = self.realm.client(change.key)
        return there is not None and marks.mark(there) == change.mark

    def _update(self, write: Write, payload: Mapping[str, Json], actual: Mapping[str, Any]) -> None:
        """The client first, which Keycloak judges; what it then refuses of the rest, the next plan shows again."""
        if actual.get("protocol", "openid-connect") != "openid-connect" or actual.get("bearerOnly"):
            raise Refused("it is no client of OpenID Connect that signs in: Keycloak calls it SAML or bearer-only")
        self._check(write, payload, holds_secret=has_secret(actual))
        todo = update(actual, payload, self.scopes.bundled, salt=secrets.token_hex(16))
        had = actual.get("attributes") or {}
        marked = {name: text for name, text in marks.attributes(write.change.mark).items() if had.get(name) != text}
        attributes = {**todo.members.get("attributes", {}), **marked}
        members = {**todo.members, **({"attributes": attributes} if attributes else {}), **_secret(write, payload)}
        if members:
            _done(self.realm.update(actual, members))
        self._scopes(actual, todo)
        self._mappers(actual["id"], todo)

    def _scopes(self, actual: Mapping[str, Any], todo: Update) -> None:
        for name in todo.scopes_removed:
            default = name in (actual.get("defaultClientScopes") or ())
            _done(self.realm.remove_scope(actual["id"], self.scopes.ids[name], default=default), gone=True)
        for name in todo.scopes_added:
            _done(self.realm.add_scope(actual["id"], self.scopes.ids[name]))

    def _mappers(self, remote_id: str, todo: Update) -> None:
        for mapper_id in todo.mappers_removed:
            _done(self.realm.remove_mapper(remote_id, mapper_id), gone=True)
        for mapper in todo.mappers_changed:
            _done(self.realm.change_mapper(remote_id, mapper))
        for mapper in todo.mappers_added:
            _done(self.realm.add_mapper(remote_id, mapper))

    def _check(self, write: Write, payload: Mapping[str, Json], *, holds_secret: bool) -> None:
        """What Keycloak would take and not keep, or take and make useless."""
        if payload.get("client_id") != write.change.key:
            raise Refused(f"client_id is {write.change.key!r} and never changes")
        if payload.get("client_type") != "public" and payload.get("token_endpoint_auth_method") == "none":
            raise Refused("a confidential client cannot have the authentication method none")
        if _needs_secret(payload) and write.credential is None and not holds_secret:
            raise Refused("it authenticates with a secret, and there is none")
        self._supply({scope.name: scope for scope in write.change.new_scopes}, payload)

    def _supply(self, planned: Mapping[str, NewScope], payload: Mapping[str, Json]) -> None:
        """Makes the scopes that the plan says: Keycloak would leave out what it does not know."""
        with self._making:
            for lack in self.scopes.lacks(payload):
                if lack.scope is None or lack.scope not in planned:
                    raise Refused(f"{lack.why}: {lack.hint}")
                self._make(planned[lack.scope])
        for lack in self.scopes.lacks(payload):
            raise Refused(f"{lack.why}: {lack.hint}")

    def _make(self, scope: NewScope) -> None:
        """One that somebody has made meanwhile is looked at like any other, and left as it is."""
        answer = self.realm.create_scope(representation(scope))
        if answer.status != 409:
            _done(answer)
        self.scopes = ClientScopes.of(self.realm.client_scopes(), creates=self.scopes.creates)


def _needs_secret(payload: Mapping[str, Json]) -> bool:
    return str(payload.get("token_endpoint_auth_method")).startswith(_SECRET)


def _secret(write: Write, payload: Mapping[str, Json]) -> dict[str, object]:
    """In the request that brings its id: what is not named stays as it is."""
    fresh = write.credential is not None and _needs_secret(payload)
    return {"secret": write.credential.secret} if fresh and write.credential is not None else {}


def _done(answer: Answer, *, gone: bool = False) -> None:
    """Raises Refused with the server's own words; `gone` says that what is not there is as it shall be."""
    if answer.status in {201, 204} or (gone and answer.status == 404):
        return
    if answer.ok:
        raise Refused(f"something else answered in Keycloak's place, with status {answer.status}")
    if answer.status >= 500:
        raise Refused(f"the server answered with status {answer.status}; its log says why")
    raise Refused(answer.why())
