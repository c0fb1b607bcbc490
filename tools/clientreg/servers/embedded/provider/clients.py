"""A stored client as the login protocol sees it: what it may ask for, where answers may go, how it authenticates.

The method names are those that Authlib calls on a client (its `ClientMixin`). Nothing is cached: each request reads the
store, so that an apply is felt at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clientreg.jsonvalue import plain
from clientreg.servers.embedded.store import secret_matches

if TYPE_CHECKING:
    from clientreg.jsonvalue import JsonObject
    from clientreg.servers.embedded.store import Store, StoredClient

OOB = "urn:ietf:wg:oauth:2.0:oob"
OOB_AUTO = "urn:ietf:wg:oauth:2.0:oob:auto"
ACCESS_SECONDS = 3600
REFRESH_SECONDS = 14 * 24 * 3600

_LOOPBACK = re.compile(
    r"(?P<host>http://(?:localhost|127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?(?P<rest>(?:[/?].*)?)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Client:
    """An enabled client. `find` is the only way to one."""

    client_id: str
    payload: JsonObject
    secret_hash: str | None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list field; empty where it is absent."""
        value = self.payload.get(name)
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()

    def text(self, name: str) -> str | None:
        """A text field; None where it is absent or empty."""
        value = self.payload.get(name)
        return value if isinstance(value, str) and value else None

    def flag(self, name: str, *, default: bool) -> bool:
        """A yes-or-no field."""
        value = self.payload.get(name)
        return value if isinstance(value, bool) else default

    def seconds(self, name: str) -> int | None:
        """A number field; None where the file leaves it to the server."""
        value = self.payload.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    @property
    def native(self) -> bool:
        """Whether it is an application installed on a device."""
        return self.payload.get("application_type") == "native"

    @property
    def single_sign_on(self) -> bool:
        """Whether it shares the browser's session; the seed makes that a choice, so absent means no."""
        return self.flag("single_sign_on", default=False)

    @property
    def stay_logged_in(self) -> bool:
        """Whether users may stay signed in when the browser closes; only the shared session can be kept."""
        return self.single_sign_on and self.flag("stay_logged_in", default=False)

    @property
    def require_pkce(self) -> bool:
        """Only a file that says no is excused."""
        return self.flag("require_pkce", default=True)

    @property
    def require_consent(self) -> bool:
        """Only a file that says no is excused."""
        return self.flag("require_consent", default=True)

    @property
    def access_seconds(self) -> int:
        """How long its access tokens live."""
        return self.seconds("access_token_lifetime") or ACCESS_SECONDS

    @property
    def refresh_seconds(self) -> int:
        """How long after the login its refresh tokens live; rotation does not extend it."""
        return self.seconds("refresh_token_lifetime") or REFRESH_SECONDS

    def name(self, locales: Sequence[str] = ()) -> str:
        """What users know it by."""
        return self.localized("client_name", locales) or self.client_id

    def localized(self, name: str, locales: Sequence[str] = ()) -> str | None:
        """A text in the first of the languages that the client has it in (RFC 7591 section 2.2), else as it is."""
        held = self.payload.get("localized")
        tagged = {key.casefold(): text for key, text in held.items()} if isinstance(held, dict) else {}
        for locale in locales:
            parts = locale.casefold().replace("_", "-").split("-")
            while parts:
                text = tagged.get(f"{name}#{'-'.join(parts)}")
                if isinstance(text, str) and text:
                    return text
                parts.pop()
        return self.text(name)

    def get_client_id(self) -> str:
        """For Authlib."""
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        """The one redirect URI; a client with several must say which (RFC 6749 section 3.1.2.3)."""
        uris = self.texts("redirect_uris")
        return uris[0] if len(uris) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The requested scopes, each once; all registered ones where none is asked; None if one is not registered.

        RFC 6749 section 3.3 lets a server fill in a default: what the client's reviewers have approved is it.
        """
        registered = self.texts("scopes")
        asked = tuple(dict.fromkeys((scope or "").split())) or registered
        return " ".join(asked) if set(asked) <= set(registered) else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether answers may go there: the same text or, for a native client, a loopback URI with another port."""
        return self._registered("redirect_uris", redirect_uri)

    def check_post_logout_redirect_uri(self, uri: str) -> bool:
        """Whether a browser may go there after logout; only a native client chooses its port at run time."""
        return self._registered("post_logout_redirect_uris", uri)

    def _registered(self, field: str, uri: str) -> bool:
        """RFC 9700 section 2.1: exact, but for the port of a native client's loopback URI (RFC 8252 section 7.3)."""
        registered = self.texts(field)
        return uri in registered or (self.native and any(same_uri(one, uri) for one in registered))

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether that is the secret; False for a client that has none."""
        return self.secret_hash is not None and secret_matches(self.secret_hash, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Whether that is the registered way to authenticate: the same at every endpoint, and only that one."""
        del endpoint
        return method == (self.text("token_endpoint_auth_method") or "client_secret_basic")

    def check_response_type(self, response_type: str) -> bool:
        """Whether it may ask for that at the authorization endpoint."""
        return response_type in self.texts("response_types")

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether it may get tokens that way."""
        return grant_type in self.texts("grant_types")


def find(store: Store, client_id: str) -> Client | None:
    """The client, read now. A disabled client is nobody, everywhere: also its existing tokens are worth nothing."""
    stored = store.client(client_id)
    return None if stored is None or stored.payload.get("enabled") is False else _client(stored)


def enabled(store: Store) -> list[Client]:
    """Every client that may be used, by client id."""
    return [_client(stored) for stored in store.clients() if stored.payload.get("enabled") is not False]


def same_uri(registered: str, asked: str) -> bool:
    """Simple string comparison, but for the port of an http loopback URI (RFC 8252 section 7.3, RFC 9700 section 2.1).

    Read with one pattern and not with a URL parser: what two parsers read differently is how such checks are passed.
    """
    if registered == asked:
        return True
    one, other = _LOOPBACK.fullmatch(registered), _LOOPBACK.fullmatch(asked)
    return bool(one and other and one.groups() == other.groups())


def _client(stored: StoredClient) -> Client:
    return Client(stored.client_id, plain(stored.payload), stored.secret_hash)
