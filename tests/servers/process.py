"""A server's process: started in a group of its own, waited for, and ended with all that it started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def running(
    words: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path,
    ready: Callable[[], bool],
    seconds: float,
    folder: Path | None = None,
) -> Iterator[int]:
    """The id of the process group of `words`, from when it is ready until the block ends.

    What it prints goes to `log`. Raises RuntimeError with the end of that where it ends or is not ready in time.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env={**environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait(process, ready, log, seconds)
        yield process.pid
    finally:
        _end(process)


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            state = f"not ready after {seconds:.0f} s" if process.poll() is None else f"ended with {process.poll()}"
            raise RuntimeError(f"{process.args} {state}:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks the whole group to end, then makes it: the process started may be a shell with the server below it."""
    for number, seconds in ((signal.SIGTERM, 20), (signal.SIGKILL, 20)):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            process.poll()
            if not _alive(process.pid):
                return
            time.sleep(0.05)


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
