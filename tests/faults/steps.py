"""Where an apply touches the world, numbered, so that it can be killed or failed at each place in turn."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from clientreg.gitrepo import branch, objects
from clientreg.servers.embedded import store

At = Callable[[int, str], Any]
"""Called with a running number and what is to come; what it answers, if anything, stands in for that."""

WRITES = ((os, "replace"), (os, "fsync"), (os, "open"), (Path, "unlink"), (Path, "mkdir"))
STORE = tuple((store.Store, name) for name in ("insert", "replace", "delete", "save_record"))
GIT = ((branch, "run"), (objects, "run"))


@contextmanager
def counted(at: At, *, statements: bool = False) -> Iterator[list[str]]:
    """Call `at` before and after each step, with `statements` before each one of SQLite too; the list has them all."""
    seen: list[str] = []
    striking: list[str] = []

    def step(name: str) -> Any:
        if striking:  # what `at` does itself is no step
            return None
        seen.append(name)
        striking.append(name)
        try:
            return at(len(seen) - 1, name)
        finally:
            striking.clear()

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in (*WRITES, *STORE, *GIT):
            label = name if name == "run" else f"{owner.__name__}.{name}"
            patch.setattr(owner, name, _around(getattr(owner, name), label, step))
        if statements:
            patch.setattr(store, "connect", _traced(store.connect, step))
        yield seen


def _around(call: Callable[..., Any], name: str, step: Callable[[str], Any]) -> Callable[..., Any]:
    @wraps(call)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        words = arguments[1:3] if name == "run" else ()
        instead = step(" ".join(("before", name, *words)))
        result = call(*arguments, **named) if instead is None else instead
        step(" ".join(("after", name, *words)))
        return result

    return wrapped


def _traced(connect: Callable[..., Any], step: Callable[[str], Any]) -> Callable[..., Any]:
    def traced(*arguments: Any, **named: Any) -> Any:
        db = connect(*arguments, **named)
        db.set_trace_callback(lambda statement: step(f"statement {statement.split()[0]}"))
        return db

    return traced


def killed_at(number: int) -> At:
    """Ends the process with SIGKILL at that step: nothing is flushed, closed or rolled back."""

    def at(step: int, _: str) -> None:
        if step == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return at


def sampled(count: int, wanted: str) -> list[int]:
    """`wanted` of the numbers below `count`, evenly spread with both ends; all of them for `all`."""
    few = count if wanted == "all" else min(count, int(wanted))
    return sorted({round(index * (count - 1) / max(few - 1, 1)) for index in range(few)})
