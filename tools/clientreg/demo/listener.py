"""What a client listens with: a loopback address that takes redirects and back-channel logout calls."""

from __future__ import annotations

import queue
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple

from clientreg.demo.agent import NotProved, Said, decoded

_PATIENCE = 5.0


class Received(NamedTuple):
    """One request: its method, path and parameters (of the query or of the form)."""

    method: str
    path: str
    parameters: Said


class Listener:
    """A server on 127.0.0.1 with a free port, running in a thread until it is closed."""

    def __init__(self) -> None:
        self._received: queue.Queue[Received] = queue.Queue()
        received = self._received

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urllib.parse.urlsplit(self.path)
                self._take("GET", parts.path, parts.query)

            def do_POST(self) -> None:
                length = min(int(self.headers["Content-Length"] or 0), 65_536)
                self._take("POST", self.path, self.rfile.read(length).decode("ascii", "replace"))

            def _take(self, method: str, path: str, encoded: str) -> None:
                received.put(Received(method, path, decoded(encoded)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing: codes and tokens are in what arrives."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it was given."""
        return int(self._server.server_address[1])

    def take(self, what: str) -> Received:
        """The next request, waited for a few seconds. Raises NotProved with `what` when none comes."""
        try:
            return self._received.get(timeout=_PATIENCE)
        except queue.Empty:
            raise NotProved(f"{what} did not arrive within {_PATIENCE:.0f} s") from None

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
