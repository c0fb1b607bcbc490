"""Asks one server what anybody may ask: no credential, no cookie, no redirect followed, a pause between requests."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

from clientreg.errors import CannotFinish
from clientreg.http import Answer, Door
from clientreg.http.origin import bare
from clientreg.http.patience import BUSY
from clientreg.jsonvalue import Json
from clientreg.model import Registration
from clientreg.values.uri import parse
from clientreg.verify import near
from clientreg.verify.heard import reply
from clientreg.verify.result import LOGOUT, REDIRECT, Heard, Probe, Reply

PAUSE = 0.05
"""Seconds between two requests: a server that signs people in has better things to do."""

OpenDoor = Callable[[str], Door]


@dataclass
class Stranger:
    """To one server. `open_door` leads to an origin; `origins` are those that the runner lists, if it does."""

    issuer: str
    open_door: OpenDoor
    origins: frozenset[str] | None
    sleep: Callable[[float], None]
    document: Mapping[str, Json] = field(default_factory=dict)
    _doors: dict[str, Door] = field(default_factory=dict)
    _closing: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Stranger:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def discover(self) -> None:
        """Read the discovery document (OpenID Connect Discovery section 4). Raises CannotFinish where there is none."""
        url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        answer = self._door(url).request("GET", url)
        if not answer.ok:
            raise CannotFinish(f"{answer.asked} answered {answer.why()}", "is that the issuer? see the server's entry")
        found = answer.json()
        if not isinstance(found, dict):
            raise CannotFinish(f"{answer.asked} is no discovery document", "is that the issuer? see the server's entry")
        self.document = found

    def probes(self, one: Registration) -> Iterator[Probe]:
        """Each URI of a client that is no pattern, beside one that must be refused. Raises CannotFinish."""
        for name, asker in ((REDIRECT, self._authorize), (LOGOUT, self._log_out)):
            registered: tuple[str, ...] = getattr(one, name)
            for uri in registered:
                if not near.pattern(uri) and self._endpoint_of(name) is not None:
                    yield asker(one, uri, near.miss(uri, registered))

    def _authorize(self, one: Registration, uri: str, wrong: str | None) -> Probe:
        """Without `response_type` first: enough for most servers, and none begins a login then."""
        request: Mapping[str, str] = {}
        heard = self._asked(REDIRECT, one, uri, request)
        if heard.heard is not Heard.ACCEPTED:
            request = _request(one)
            heard = self._asked(REDIRECT, one, uri, request)
        return Probe(REDIRECT, uri, heard, wrong, None if wrong is None else self._asked(REDIRECT, one, wrong, request))

    def _log_out(self, one: Registration, uri: str, wrong: str | None) -> Probe:
        heard = self._asked(LOGOUT, one, uri, {})
        return Probe(LOGOUT, uri, heard, wrong, None if wrong is None else self._asked(LOGOUT, one, wrong, {}))

    def _asked(self, name: str, one: Registration, uri: str, more: Mapping[str, str]) -> Reply:
        endpoint = self._endpoint_of(name)
        assert endpoint is not None
        parameter = name.removesuffix("s")
        answer = self._get(endpoint, {"client_id": one.client_id, parameter: uri, **more})
        if answer.status in BUSY:
            raise CannotFinish(f"{answer.asked} answered {answer.why()}", "run the command again when the server is up")
        return reply(answer, uri)

    def _get(self, url: str, params: Mapping[str, str]) -> Answer:
        self.sleep(PAUSE)
        return self._door(url).request("GET", url, params=params, headers={"Accept": "text/html"}, follow=False)

    def _endpoint_of(self, name: str) -> str | None:
        found = self.document.get("authorization_endpoint" if name == REDIRECT else "end_session_endpoint")
        return found if isinstance(found, str) else None

    def _door(self, url: str) -> Door:
        """On the issuer's origin, or on one that the runner lists: a document must not send us anywhere else."""
        uri, home = parse(url), parse(self.issuer).origin
        origin = uri.origin
        if uri.flaw is not None:
            raise CannotFinish(f"{bare(url)} is not an address", "see the server's entry and its discovery document")
        if origin != home and (self.origins is None or origin not in self.origins):
            message = f"discovery at {bare(self.issuer)} sends us to another origin, {bare(origin)}"
            raise CannotFinish(message, f"if it is meant, list both: CLIENTREG_ORIGINS='{home} {origin}'")
        if origin not in self._doors:
            self._doors[origin] = self._closing.enter_context(self.open_door(origin))
        return self._doors[origin]


def _request(one: Registration) -> Mapping[str, str]:
    """A whole authorization request (RFC 6749 section 4.1.1, RFC 7636) that shows nobody a page: `prompt=none`.

    The PKCE verifier is forgotten, so nobody could redeem a code.
    """
    challenge = hashlib.sha256(secrets.token_bytes(32)).digest()
    return {
        "response_type": one.response_types[0] if one.response_types else "code",
        "scope": " ".join(one.scopes),
        "state": secrets.token_urlsafe(12),
        "nonce": secrets.token_urlsafe(12),
        "prompt": "none",
        "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
