"""An HTTP server of the tests' own, before the fake Keycloak or as a proxy before a real one; it does one thing wrong.

Every request has a label: what it is for, with names in the place of ids, and a number among those for the same. So one
request of an apply is met again in the next run of it, whatever requests for other clients come between.
"""

from __future__ import annotations

import http.client
import json
import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_KEPT = ("Host", "Authorization", "Content-Type", "Accept")
_LONGEST = 20


@dataclass(frozen=True)
class Request:
    """One request as it arrived; `path` still has its query."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    @property
    def place(self) -> str:
        return urlsplit(self.path).path

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What is answered. With `cut` the connection ends after so many bytes of the body."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None

    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


Handle = Callable[[Request], Reply]


@dataclass(frozen=True)
class Turn:
    """A request whose turn it is to go wrong: `handle` has it done, `gone` waits until who asked has left."""

    request: Request
    handle: Callable[[], Reply]
    gone: Callable[[], None]
    later: Callable[[Callable[[], Reply]], None]
    """Has it done when the apply is over."""


Strike = Callable[[Turn], Reply | None]
"""What is answered instead; None closes the connection without a word."""


@dataclass
class Wire:
    """Where requests arrive. `strike` meets the request of that label, each time it is sent if `always`."""

    url: str
    handle: Handle
    seen: list[str] = field(default_factory=list)
    struck: int = 0
    _strike: tuple[str, bool, Strike] | None = None
    _names: dict[str, str] = field(default_factory=dict)
    _late: list[Callable[[], Reply]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, label: str = "", strike: Strike | None = None, *, always: bool = False) -> None:
        """From now on another apply: requests are counted anew."""
        self.seen, self._strike = [], None
        if strike is not None:
            self.struck, self._strike = 0, (label, always, strike)

    def end(self) -> None:
        """The apply is over: what was held back is done now, and nothing goes wrong any more."""
        self._strike = None
        late, self._late = self._late, []
        for handle in late:
            handle()

    def answer(self, request: Request, gone: Callable[[], None]) -> Reply | None:
        """The answer to a request, right or wrong."""
        strike = self._turn(request)

        def handled() -> Reply:
            reply = self.handle(request)
            self._learn(request, reply)
            return reply

        if strike is None:
            return handled()
        return strike(Turn(request, handled, gone, self._late.append))

    def _turn(self, request: Request) -> Strike | None:
        """What meets this request, if it is the one whose turn it is."""
        what = self.named(request)
        with self._lock:
            same = sum(label.rpartition(" #")[0] == what for label in self.seen)
            self.seen.append(f"{what} #{same + 1}")
            if self._strike is None:
                return None
            wanted, always, strike = self._strike
            again = always and self.struck > 0 and wanted.rpartition(" #")[0] == what
            if self.seen[-1] != wanted and not again:
                return None
            self.struck += 1
            return strike

    def named(self, request: Request) -> str:
        """What a request is for, whatever ids this realm has."""
        parts = [self._names.get(part, part) for part in unquote(request.place).split("/")]
        parts = parts[4:] if parts[1] == "admin" else parts[3:]
        query = ",".join(f"{name}={value}" for name, value in request.query.items())
        more = request.json() if request.method == "POST" and request.body[:1] == b"{" else {}
        whose = more.get("clientId") or more.get("name") or query
        return " ".join(part for part in (request.method, "/".join(parts), whose) if part)

    def _learn(self, request: Request, reply: Reply) -> None:
        """The names of what has an id in an answer."""
        location = reply.headers.get("Location")
        if location and reply.status == 201:
            self._names[location.rpartition("/")[2]] = str(request.json().get("clientId") or request.json().get("name"))
        if reply.body[:1] == b"[":
            for one in reply.json():
                for each in (one, *(one.get("protocolMappers") or ())):
                    self._names[each.get("id", "")] = str(each.get("clientId") or each.get("name"))


@contextmanager
def wired(handle: Handle) -> Iterator[Wire]:
    """Listen on loopback until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _LONGEST
        wbufsize = 1 << 16

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kept = {name: self.headers[name] for name in _KEPT if name in self.headers}
            request = Request(self.command, self.path, kept, body)
            reply = wire.answer(request, lambda: left(self.connection))
            if reply is None:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body[: reply.cut])
            self.close_connection = self.close_connection or reply.cut is not None

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Who asked has left, or was killed."""

    server = Server(("127.0.0.1", 0), Handler)
    wire = Wire(f"http://127.0.0.1:{server.server_port}", handle)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield wire
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def left(connection: socket.socket) -> None:
    """Wait until the other end has closed its connection."""
    readable, _, _ = select.select([connection], [], [], _LONGEST)
    assert readable, "who asked waits for ever"


def forwarding(url: str) -> Handle:
    """To a real server, as it was sent; `Host` too, of which Keycloak makes its own addresses."""
    host = urlsplit(url).netloc

    def forward(request: Request) -> Reply:
        connection = http.client.HTTPConnection(host, timeout=60)
        try:
            connection.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
            for name, value in {**request.headers, "Content-Length": str(len(request.body))}.items():
                connection.putheader(name, value)
            connection.endheaders(request.body)
            answer = connection.getresponse()
            headers = {name: answer.headers[name] for name in ("Content-Type", "Location") if name in answer.headers}
            return Reply(answer.status, answer.read(), headers)
        finally:
            connection.close()

    return forward
