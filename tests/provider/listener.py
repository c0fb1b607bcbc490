"""A client's own little server: keeps the forms that are posted to it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl


@dataclass
class Listener:
    url: str
    calls: queue.Queue[tuple[str, dict[str, str]]] = field(default_factory=queue.Queue)

    def next(self) -> tuple[str, dict[str, str]]:
        return self.calls.get(timeout=5)


@contextmanager
def listening(status: int = 200, location: str | None = None) -> Iterator[Listener]:
    """Answers each POST with that status."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            heard.calls.put((self.path, dict(parse_qsl(body))))
            self.send_response(status)
            if location is not None:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_request(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        heard = Listener(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield heard
        finally:
            server.shutdown()
            thread.join()
