"""The service account with which we manage a realm: its access tokens, and what a refusal means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import quote

from clientreg.errors import CannotFinish
from clientreg.http import Door, Token
from clientreg.secret import Secret
from clientreg.servers import Access

_ABOUT_THE_CLIENT = frozenset({400, 401})
"""RFC 6749 section 5.2: with any other status it is not the client that is wrong."""


@dataclass(frozen=True)
class Account:
    """The client `client_id` of a realm; `name` is the server's in registry.yaml."""

    name: str
    url: str
    realm: str
    client_id: str
    access: Access

    @property
    def path(self) -> str:
        """Below the server's URL, where the realm's own endpoints are."""
        return f"/realms/{quote(self.realm, safe='')}"

    def token(self, door: Door) -> Token:
        """A new access token. Raises CannotFinish where we may not have one."""
        secret, variable = self.access.secret, self.access.variable
        if secret is None:
            message = f"server {self.name} needs the secret of its client {self.client_id}"
            raise CannotFinish(message, f"set it in the variable {variable}" if variable else "this command has none")
        form: dict[str, str | Secret] = {"grant_type": "client_credentials", "client_id": self.client_id}
        form["client_secret"] = secret
        answer = door.request("POST", f"{self.path}/protocol/openid-connect/token", form=form, repeatable=True)
        if answer.status == 404:
            self.absent()
        if not answer.ok and answer.status not in _ABOUT_THE_CLIENT:
            message = f"server {self.name}: {answer.asked} answered {answer.status} ({answer.why()})"
            raise CannotFinish(
                message, "is a Keycloak there? check `url` of its entry in registry.yaml, or see its log"
            )
        if not answer.ok:
            message = f"server {self.name}: {self.client_id} cannot sign in: {answer.why()}"
            hint = f"is {variable or 'its secret'} the secret of that client of realm {self.realm}? are its client"
            raise CannotFinish(message, f"{hint} authentication and service account on?")
        said: Any = answer.json()
        if not isinstance(said, dict) or not isinstance(said.get("access_token"), str):
            raise CannotFinish(f"server {self.name}: {answer.asked} gave no access token", "see the server's log")
        seconds = said.get("expires_in")
        return Token(Secret(said["access_token"]), float(seconds) if isinstance(seconds, int | float) else 60.0)

    def absent(self) -> NoReturn:
        """What a 404 means that names no client."""
        message = f"server {self.name}: there is no realm {self.realm!r} at {self.url}"
        raise CannotFinish(message, "check `realm` and `url`; the URL of an older Keycloak ends in /auth")
