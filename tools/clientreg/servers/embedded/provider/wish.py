"""What an authorization request asks of the sign-in: prompts, freshness, a hint who; and whether a session meets it.

Pure: no store, no clock. OpenID Connect Core section 3.1.2.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error, UnauthorizedClientError

if TYPE_CHECKING:
    from clientreg.servers.embedded.provider.clients import Client
    from clientreg.servers.embedded.provider.state import Session

PROMPTS = ("none", "login", "consent", "select_account")
_UNSUPPORTED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the client asks of the sign-in, its registered defaults filled in."""

    prompts: frozenset[str]
    max_age: int | None

    @property
    def silent(self) -> bool:
        """No page may be shown."""
        return "none" in self.prompts

    def met_by(self, session: Session, now: int) -> bool:
        """Whether that session is good enough, or the user must sign in now."""
        if self.prompts & {"login", "select_account"}:
            return False
        return self.max_age is None or now - session.auth_time < self.max_age


def read(params: Mapping[str, str], client: Client) -> Wish:
    """The wish; raises what the client is told where it cannot be granted."""
    for name, error in _UNSUPPORTED.items():
        if name in params:
            raise OAuth2Error(f"This server does not take '{name}'", error=error)
    _check_response(params, client)
    prompts = frozenset(params.get("prompt", "").split())
    if not prompts <= set(PROMPTS):
        raise InvalidRequestError(f"prompt must be of: {' '.join(PROMPTS)}")
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequestError("prompt=none excludes every other prompt")
    return Wish(prompts, _max_age(params, client))


def _check_response(params: Mapping[str, str], client: Client) -> None:
    response_type = params.get("response_type")
    if not response_type:
        raise InvalidRequestError("response_type is missing")
    if response_type != "code":
        raise OAuth2Error("This server answers response_type=code only", error="unsupported_response_type")
    if not (client.check_response_type("code") and client.check_grant_type("authorization_code")):
        raise UnauthorizedClientError("The client is not registered for the authorization code grant")
    if params.get("response_mode", "query") != "query":
        raise InvalidRequestError("This server answers response_mode=query only")


def _max_age(params: Mapping[str, str], client: Client) -> int | None:
    text = params.get("max_age")
    if text is None:
        return client.seconds("default_max_age")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidRequestError("max_age must be a number of seconds")
    return int(text)
