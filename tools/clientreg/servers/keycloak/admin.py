"""The Admin API of one realm: the requests, and what the refusal of each means. Knows no plan and no client file."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NoReturn
from urllib.parse import quote

from clientreg.errors import CannotFinish
from clientreg.http import Answer, Door, Token
from clientreg.jsonvalue import Json
from clientreg.servers.keycloak.account import Account

_PAGE = 50
"""What Keycloak does for a page of clients that are not in its cache grows with the square of the page's size."""
_READINGS = 5
_LISTS = "give it the client role manage-clients of realm-management, as the README says; to plan, view-clients will do"


@dataclass(frozen=True)
class Realm:
    """One realm, as its service account may manage it. Nothing is contacted before it is asked something."""

    account: Account
    ca_file: str | None = None

    @property
    def name(self) -> str:
        """The server's name in registry.yaml."""
        return self.account.name

    def clients(self) -> list[dict[str, Any]]:
        """Every client, page by page. Raises CannotFinish where the service account does not see them."""
        found = next((whole for _ in range(_READINGS) if (whole := self._listed()) is not None), None)
        if found is None:
            message = f"server {self.name}: clients came and went while they were read, {_READINGS} times"
            raise CannotFinish(message, "run it again when nobody else changes many of them")
        if not any(client["clientId"] == self.account.client_id for client in found):
            self._unseen()
        return found

    def _listed(self) -> list[dict[str, Any]] | None:
        """All pages; each begins with the last client of the one before. Where it does not, one may be missing: None.

        Pages are counted off: when a client is deleted, all behind it move up, and one moves to a page that was read.
        """
        found: list[dict[str, Any]] = []
        while True:
            first = max(len(found) - 1, 0)
            page = self._objects("/clients", {"first": str(first), "max": str(_PAGE)}, ("id", "clientId"))
            if found and (not page or page[0]["id"] != found[-1]["id"]):
                return None
            found += page[1:] if found else page
            if len(page) < _PAGE:
                return found

    def client(self, client_id: str) -> dict[str, Any] | None:
        """One client by its client id."""
        found = self._objects("/clients", {"clientId": client_id}, ("id", "clientId"))
        return next((client for client in found if client["clientId"] == client_id), None)

    def own(self) -> dict[str, Any]:
        """The client with which we sign in. Raises CannotFinish where it may not change clients."""
        own = self.client(self.account.client_id)
        if own is None:
            self._unseen()
        if not (own.get("access") or {}).get("manage"):
            message = f"server {self.name}: {self.account.client_id} may look at clients, and not change them"
            raise CannotFinish(
                message, "give it the client role manage-clients of realm-management, as the README says"
            )
        return own

    def client_scopes(self) -> list[dict[str, Any]]:
        """The realm's client scopes of any protocol, each with its attributes."""
        return self._objects("/client-scopes", {}, ("id", "name"))

    def default_scopes(self) -> list[str]:
        """The names of the client scopes that a new client has of its realm, of any protocol."""
        return [str(scope["name"]) for scope in self._objects("/default-default-client-scopes", {}, ("name",))]

    def create(self, client: Mapping[str, object]) -> Answer:
        """Make a client. Repeated after a fault: of one that is there already, the answer says 409."""
        return self._admin.request("POST", self._place("/clients"), json=client, repeatable=True)

    def create_scope(self, scope: Mapping[str, object]) -> Answer:
        """Make a client scope. Repeated after a fault: of one that is there already, the answer says 409."""
        return self._admin.request("POST", self._place("/client-scopes"), json=scope, repeatable=True)

    def update(self, actual: Mapping[str, Any], members: Mapping[str, object]) -> Answer:
        """Change the members that are named; within `attributes` those that are named there.

        Web origins are always named: Keycloak takes an empty list that is left out for one to be made up. So is that a
        client has authorization services: left out, Keycloak switches them off and deletes their settings.
        """
        kept = {"authorizationServicesEnabled": True} if actual.get("authorizationServicesEnabled") else {}
        body = {"webOrigins": actual.get("webOrigins") or [], **kept, **members}
        return self._admin.request("PUT", self._client(str(actual["id"])), json=body, repeatable=True)

    def delete(self, remote_id: str) -> Answer:
        """Remove a client."""
        return self._admin.request("DELETE", self._client(remote_id), repeatable=True)

    def add_scope(self, remote_id: str, scope_id: str) -> Answer:
        """Let a client ask for a client scope."""
        return self._admin.request("PUT", self._scope(remote_id, "optional", scope_id), repeatable=True)

    def remove_scope(self, remote_id: str, scope_id: str, *, default: bool) -> Answer:
        """Take a client scope from a client, from that one of its two lists."""
        place = self._scope(remote_id, "default" if default else "optional", scope_id)
        return self._admin.request("DELETE", place, repeatable=True)

    def add_mapper(self, remote_id: str, mapper: Mapping[str, object]) -> Answer:
        """One more protocol mapper; the others stay."""
        return self._admin.request("POST", self._mappers(remote_id), json=mapper)

    def change_mapper(self, remote_id: str, mapper: Mapping[str, Any]) -> Answer:
        """One protocol mapper, replaced whole."""
        place = f"{self._mappers(remote_id)}/{quote(str(mapper['id']), safe='')}"
        return self._admin.request("PUT", place, json=mapper, repeatable=True)

    def remove_mapper(self, remote_id: str, mapper_id: str) -> Answer:
        """One protocol mapper less."""
        place = f"{self._mappers(remote_id)}/{quote(mapper_id, safe='')}"
        return self._admin.request("DELETE", place, repeatable=True)

    def discovery(self) -> Mapping[str, Json]:
        """What the realm publishes about itself."""
        answer = self._door.request("GET", f"{self.account.path}/.well-known/openid-configuration")
        if answer.status == 404:
            self.account.absent()
        found = answer.json() if answer.ok else None
        if not isinstance(found, dict):
            raise CannotFinish(f"server {self.name}: {answer.asked}: {answer.why()}", "see the server's log")
        return found

    @cached_property
    def _door(self) -> Door:
        return self._opened(None)

    @cached_property
    def _admin(self) -> Door:
        return self._opened(partial(self.account.token, self._door))

    def _opened(self, token: Callable[[], Token] | None) -> Door:
        """Closed when nobody has the realm any more."""
        origins = self.account.access.origins
        door = Door(self.account.url, ca_file=self.ca_file, origins=origins, token=token)
        weakref.finalize(self, door.close)
        return door

    def _objects(self, path: str, params: Mapping[str, str], members: tuple[str, ...]) -> list[dict[str, Any]]:
        """A list of objects with these members, as text. Raises CannotFinish for anything else."""
        answer = self._admin.request("GET", self._place(path), params=params)
        if answer.status == 403:
            self._unseen()
        if answer.status == 404:
            self.account.absent()
        if not answer.ok:
            raise CannotFinish(f"server {self.name}: {answer.asked}: {answer.why()}", "see the server's log")
        found = answer.json()
        if not isinstance(found, list):
            raise CannotFinish(f"server {self.name}: {answer.asked} did not answer with a list", "is it a Keycloak?")
        objects = [one for one in found if isinstance(one, dict)]
        if len(objects) != len(found) or not all(isinstance(one.get(name), str) for one in objects for name in members):
            raise CannotFinish(f"server {self.name}: {answer.asked} lists something else", "is it a Keycloak?")
        return objects

    def _unseen(self) -> NoReturn:
        """With `query-clients` alone, Keycloak shows a realm without clients: that is no empty realm."""
        raise CannotFinish(f"server {self.name}: {self.account.client_id} does not see the realm's clients", _LISTS)

    def _place(self, path: str) -> str:
        return f"/admin{self.account.path}{path}"

    def _client(self, remote_id: str) -> str:
        return self._place(f"/clients/{quote(remote_id, safe='')}")

    def _scope(self, remote_id: str, kind: str, scope_id: str) -> str:
        return f"{self._client(remote_id)}/{kind}-client-scopes/{quote(scope_id, safe='')}"

    def _mappers(self, remote_id: str) -> str:
        return f"{self._client(remote_id)}/protocol-mappers/models"
