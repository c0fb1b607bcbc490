"""The embedded authorization server's HTTP side: OAuth 2.0 and OpenID Connect for trying out clients on one machine.

    with serve(Path("test.db"), scopes={"profile": "Name and locale"}) as running:
        print(running.url)          # the issuer: discovery is below /.well-known/openid-configuration

It reads the clients live from the store that an apply writes: a changed client counts from its next request on. It
listens on loopback only, answers to no Host but its issuer's, opens no connection but back-channel logout calls to
loopback hosts, and lets anyone sign in as one of `USERS`. What it does, by request:

- `/authorize`: code flow, PKCE S256 required (unless the client's file excuses it), exact redirect URIs (any port for
  http loopback ones), `iss` in each answer, `prompt`, `max_age`, `login_hint`, `id_token_hint`, `ui_locales`. Without
  `scope` all registered scopes are meant. The two out-of-band URNs answer in the page's title.
- `/token`: authorization_code, refresh_token (rotated; reuse revokes the family), client_credentials.
- `/try/<client id>` (see `trial_link`): a login for a client whose application is not there.
- `/userinfo`, `/revoke`, `/logout` (RP-initiated, and by access token), `/jwks.json`, `/account`.

Importing this module costs nothing; Flask, Authlib and joserfc load in `serve` (they come with `clientreg[embedded]`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from clientreg.errors import CannotFinish
from clientreg.servers.embedded.provider.users import PASSWORD, USERS, User

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PASSWORD", "USERS", "Running", "User", "serve", "trial_link"]


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs in a thread of this process until it is closed."""

    url: str
    port: int
    _close: Callable[[], None]

    def close(self) -> None:
        """Stop listening; back-channel calls under way are finished first."""
        self._close()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def trial_link(issuer: str, client_id: str) -> str:
    """What to open in a browser to see login and consent of a client as its users will."""
    return f"{issuer}/try/{quote(client_id, safe='')}"


def serve(
    store: Path, *, host: str = "127.0.0.1", port: int = 0, issuer: str | None = None,
    scopes: Mapping[str, str] = MappingProxyType({}), log: Callable[[str], None] | None = None,
) -> Running:  # fmt: skip
    """Start the server on the clients in `store`.

    `port` 0 takes a free one. An `issuer` must be this machine's own address (`http://localhost:8080`) and brings its
    port. `scopes` are the descriptions that the consent page shows, read at each request. `log` gets one line per
    request, without parameters. Raises `CannotFinish` where the port is taken, the store cannot be used or the
    libraries are not installed, `UsageError` for an address that is not loopback.
    """
    try:
        from clientreg.servers.embedded.provider import listen
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("clientreg"):
            raise
        message = f"the embedded server needs {error.name.partition('.')[0]}, which is not installed here"
        raise CannotFinish(message, "pip install 'clientreg[embedded]'") from error

    url, bound, close = listen.start(
        store, host=host, port=port, issuer=issuer, scopes=scopes, log=log or (lambda _: None)
    )
    return Running(url, bound, close)
