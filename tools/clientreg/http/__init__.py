"""The one HTTP door to servers: time-outs, retries where they are safe, limits, tokens, and no secret in any word.

The only import of httpx. Certificates are always verified, by the system's authorities or by `ca_file`; plain http is
for loopback; a redirect is followed on the same origin only; cookies are never kept. A proxy that the environment names
(HTTPS_PROXY, NO_PROXY) is used, except for loopback.
"""

from __future__ import annotations

import json as jsons
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, urlencode, urljoin

from clientreg import __version__
from clientreg.errors import CannotFinish
from clientreg.http import faults, patience
from clientreg.http.answer import Answer, masked
from clientreg.http.bearer import Bearer, Token
from clientreg.http.origin import bare, base, check
from clientreg.http.patience import Limits
from clientreg.secret import Secret
from clientreg.values.uri import parse

if TYPE_CHECKING:
    import httpx

__all__ = ["Answer", "Door", "Limits", "Token"]

_REPEATED = frozenset({"GET", "HEAD"})
_CONNECTIONS = 8
_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class _Call:
    """One request, ready to be sent as often as it takes."""

    method: str
    url: str = field(repr=False)
    content: bytes | None = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    kept: tuple[Secret, ...]
    repeatable: bool

    @property
    def asked(self) -> str:
        """What messages call it."""
        return f"{self.method} {bare(self.url)[1:-1]}"


class Door:
    """To one server at `url`, on kept-alive connections; safe to use from several threads.

    `origins`, where given, are the only ones that are contacted. `token` gives a fresh access token whenever one is
    needed. `transport`, `clock` and `sleep` are for tests.
    """

    def __init__(
        self,
        url: str,
        *,
        ca_file: str | None = None,
        origins: frozenset[str] | None = None,
        token: Callable[[], Token] | None = None,
        limits: Limits = _LIMITS,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base = base(url)
        check(self._base.origin, origins)
        self._ca_file = ca_file
        self._limits = limits
        self._clock, self._sleep = clock, sleep
        self._bearer = Bearer(token, clock) if token is not None else None
        self._client = _client(self._base.loopback, _trust(self._base.origin, ca_file), limits, transport)

    def __repr__(self) -> str:
        return f"Door({self._base.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        form: Mapping[str, str | Secret] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
        follow: bool = True,
    ) -> Answer:
        """The answer, of any status. Raises CannotFinish where there is none to be had.

        `path` starts with a slash and follows the server's URL, or is an address of the same origin; what it is made
        of is quoted already. Secrets in `json` and `form` are opened here. GETs are repeated after connection faults
        and while the server is busy, as `Retry-After` says; other requests only where they are `repeatable`, or where
        nothing of them was sent. A 401 renews the token once. Without `follow`, a redirect is an answer.
        """
        content, kept, kind = _content(json, form)
        call = _Call(
            method,
            self._url(path, params),
            content,
            {"Accept": "application/json", "Accept-Encoding": "identity", **kind, **(headers or {})},
            kept,
            repeatable or method in _REPEATED,
        )
        answer = self._authorized(call)
        for _ in range(self._limits.hops):
            target = self._target(call, answer) if follow else None
            if target is None:
                return answer
            call = replace(call, url=target)
            answer = self._authorized(call)
        raise CannotFinish(f"{call.asked} redirects in a circle", "see the server's log, or the proxy before it")

    def _url(self, path: str, params: Mapping[str, str] | None) -> str:
        url = self._base.url + path if path.startswith("/") else path
        query = urlencode(params or {}, quote_via=quote)
        whole = f"{url}{'&' if '?' in url else '?'}{query}" if query else url
        uri = parse(whole)
        if uri.flaw is not None or uri.origin != self._base.origin:
            raise CannotFinish(f"{bare(whole)} is not an address of {self._base.origin}", "nothing was sent there")
        return whole

    def _target(self, call: _Call, answer: Answer) -> str | None:
        """Where to ask next. Raises CannotFinish for another origin: what we send is not for it."""
        if answer.status not in {301, 302, 303, 307, 308} or not answer.location:
            return None
        target = _joined(call.url, answer.location)
        uri = parse(target)
        if uri.flaw is not None or uri.origin != self._base.origin:
            hint = "if that is the server, write this address as its `url`; a redirect elsewhere is never followed"
            where = bare(masked(target, answer.kept))
            raise CannotFinish(f"{call.asked} redirects to {where}, on another origin", hint)
        return target if call.method in _REPEATED else None

    def _authorized(self, call: _Call) -> Answer:
        if self._bearer is None:
            return self._patiently(call)
        token = self._bearer.current()
        answer = self._patiently(_signed(call, token))
        if answer.status == 401:
            answer = self._patiently(_signed(call, self._bearer.instead_of(token)))
        return answer

    def _patiently(self, call: _Call) -> Answer:
        import httpx

        ends = self._clock() + self._limits.whole
        attempt = 0
        while True:
            try:
                answer = self._once(call, ends)
            except httpx.TransportError as fault:
                again = faults.passing(fault) and (call.repeatable or faults.unsent(fault))
                pause = patience.wait(self._limits, attempt, {}) if again else None
                if pause is None or self._clock() + pause > ends:
                    raise faults.explained(fault, call.asked, self._base.origin, ca_file=self._ca_file) from None
            else:
                again = call.repeatable and answer.status in patience.BUSY
                pause = patience.wait(self._limits, attempt, answer.headers) if again else None
                if pause is None or self._clock() + pause > ends:
                    return answer
            self._sleep(pause)
            attempt += 1

    def _once(self, call: _Call, ends: float) -> Answer:
        with self._client.stream(call.method, call.url, content=call.content, headers=call.headers) as response:
            body = self._body(call, response, ends)
            return Answer(call.asked, response.status_code, response.headers, body, call.kept)

    def _body(self, call: _Call, response: httpx.Response, ends: float) -> bytes:
        """The body as it was sent; one in an encoding that nobody asked for could be larger than it looks."""
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise CannotFinish(
                f"{call.asked} answered in an encoding that was not asked for", "see the proxy before the server"
            )
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > self._limits.answer:
                size = f"{self._limits.answer >> 20} MiB"
                raise CannotFinish(f"{call.asked} answered with more than {size}", "is that the server's address?")
            if self._clock() > ends:
                raise faults.timeout(call.asked)
        return bytes(body)


def _client(
    loopback: bool, trust: ssl.SSLContext, limits: Limits, transport: httpx.BaseTransport | None
) -> httpx.Client:
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    import httpx

    for name in ("httpx", "httpcore"):  # they would log addresses with their queries, and headers
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return httpx.Client(
        verify=trust,
        transport=transport,
        trust_env=not loopback,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        timeout=httpx.Timeout(limits.read, connect=limits.connect, pool=None),
        limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
        headers={"User-Agent": f"clientreg/{__version__}"},
    )


def _trust(origin: str, ca_file: str | None) -> ssl.SSLContext:
    """Who may vouch for the server: the authority in `ca_file` and no other, else those of this system."""
    if origin.startswith("http:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        why = "no certificate in it can be read" if isinstance(error, ssl.SSLError) else error.strerror
        hint = "it is the PEM file of the authority that signs the server's certificate"
        raise CannotFinish(f"the `ca_file` {ca_file} cannot be used: {why}", hint) from None


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:  # an IPv6 address that is none
        return location


def _signed(call: _Call, token: Token) -> _Call:
    headers = {**call.headers, "Authorization": f"Bearer {token.secret.reveal()}"}
    return replace(call, headers=headers, kept=(*call.kept, token.secret))


def _content(
    json: object, form: Mapping[str, str | Secret] | None
) -> tuple[bytes | None, tuple[Secret, ...], Mapping[str, str]]:
    """A body, the secrets in it, and its type."""
    kept: list[Secret] = []

    def opened(value: object) -> str:
        if not isinstance(value, Secret):
            raise TypeError(f"{type(value).__name__} is no JSON")
        kept.append(value)
        return value.reveal()

    if form is not None:
        pairs = [(name, opened(value) if isinstance(value, Secret) else value) for name, value in form.items()]
        return urlencode(pairs).encode(), tuple(kept), {"Content-Type": "application/x-www-form-urlencoded"}
    if json is not None:
        text = jsons.dumps(json, default=opened, allow_nan=False)
        return text.encode(), tuple(kept), {"Content-Type": "application/json"}
    return None, (), {}
