"""The client scopes of a realm: which a client may be given, and what is wrong with the others. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clientreg.jsonvalue import Json
from clientreg.planning.plan import NewScope
from clientreg.planning.state import Lack
from clientreg.servers.keycloak import names
from clientreg.servers.keycloak.words import beginning, bundles

_BROUGHT = frozenset({"address", "email", "microprofile-jwt", "offline_access", "organization", "phone", "profile"})
"""Scopes of every new realm that work by mappers or roles: one that is made anew by its name alone would do nothing."""


@dataclass(frozen=True)
class ClientScopes:
    """The realm's client scopes of OpenID Connect, by name with their ids, and the names that it uses otherwise.

    `bundled` bring claims along, and nobody asks for them. A missing one can be made where the entry `creates` them.
    """

    ids: Mapping[str, str]
    bundled: frozenset[str]
    others: frozenset[str]
    creates: bool = False

    @classmethod
    def of(cls, listed: Iterable[Mapping[str, Any]], *, creates: bool) -> ClientScopes:
        """From what the realm lists."""
        found = {str(scope["name"]): scope for scope in listed}
        ours = [scope for scope in found.values() if scope.get("protocol") == "openid-connect"]
        ids = {str(scope["name"]): str(scope["id"]) for scope in ours}
        return cls(ids, bundles(ours), frozenset(found.keys() - ids.keys()), creates)

    def lacks(self, payload: Mapping[str, Json]) -> Iterator[Lack]:
        """Of a client's scopes those that Keycloak would leave out: it answers 201, and says nothing."""
        scopes = payload.get("scopes")
        for scope in map(str, scopes if isinstance(scopes, list) else ()):
            if scope in self.bundled:
                why = f"nobody asks for the realm's client scope {scope!r}: 'Include in token scope' is off"
                yield Lack(why, "switch it on there, or take the scope out of the file")
            elif scope in self.others:
                why = f"the realm's client scope {scope!r} is of another protocol than OpenID Connect"
                yield Lack(why, "rename it there, or take the scope out of the file")
            elif scope not in self.ids and scope != "openid":
                yield self._missing(scope)

    def _missing(self, scope: str) -> Lack:
        why = f"the realm has no client scope {scope!r}"
        if scope in _BROUGHT:
            return Lack(why, "a new realm has it, with its mappers: bring it back, or take it out of the file")
        hint = "add it there, or take it out of the file; or write create_scopes: true in the server's entry"
        return Lack(why, hint, scope if self.creates else None)


def representation(scope: NewScope) -> dict[str, Any]:
    """A client scope that says what the catalogue says, on the consent page too, and stands in tokens."""
    return {
        "name": scope.name,
        "description": beginning(scope.description),
        "protocol": "openid-connect",
        "attributes": {
            names.ASKED_FOR: "true",
            "display.on.consent.screen": "true",
            "consent.screen.text": scope.description,
        },
    }
