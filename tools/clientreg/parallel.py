"""The same work over many items in several processes, where that pays: forked, fed by tickets, answers by pipe."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

_TICKET = 4


def spread(work: Callable[[Sequence[T]], list[R]], items: Sequence[T], *, portion: int, alone: bool = False) -> list[R]:
    """`work(items)`, which answers item by item in order and changes nothing, in portions that processes draw.

    The first item is done before processes part, so that none of them loads a library by itself. What a process leaves
    undone, for whatever reason, is done here, so that an exception is raised where it can be understood. Answers are
    pickled by our own children, never by anybody else. `alone`: this process does it all.
    """
    first = work(items[:1])
    with begun(work, items[1:], portion=portion, alone=alone) as answers:
        return [*first, *answers()]


@contextmanager
def begun(
    work: Callable[[Sequence[T]], list[R]], items: Sequence[T], *, portion: int, alone: bool = False
) -> Iterator[Callable[[], list[R]]]:
    """The same, begun by the other processes while this one does something else, until it asks for the answers."""
    portions = [items[start : start + portion] for start in range(0, len(items), portion)]
    helpers = 0 if alone else min(_processors(), len(portions)) - 1
    tickets = _tickets(range(len(portions)))
    children = [_Child(work, portions, tickets) for _ in range(helpers)]

    def answers() -> list[R]:
        done = {number: work(portions[number]) for number in _draw(tickets)}
        for child in children:
            done |= child.answer()
        return [answer for number, part in enumerate(portions) for answer in done.get(number) or work(part)]

    try:
        yield answers
    finally:
        for child in children:
            child.end()
        os.close(tickets)


def _processors() -> int:
    """How many may run at once; 1 where forking is not possible or, with other threads about, not safe."""
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _tickets(numbers: Sequence[int]) -> int:
    """A pipe that holds one ticket per portion; whoever reads one has that portion to do."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        os.write(writing, b"".join(number.to_bytes(_TICKET, "big") for number in numbers))
    finally:
        os.close(writing)
    return reading


def _draw(tickets: int) -> Iterator[int]:
    while ticket := os.read(tickets, _TICKET):
        yield int.from_bytes(ticket, "big")


class _Child:
    """A forked process at work."""

    def __init__(self, work: Callable[[Sequence[T]], list[R]], portions: Sequence[Sequence[T]], tickets: int) -> None:
        reading, writing = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(reading)
            _do(work, portions, tickets, writing)
        os.close(writing)
        self._pipe = open(reading, "rb")  # noqa: SIM115 - closed in `end`
        self._waited = False

    def answer(self) -> dict[int, list[R]]:
        """What it did, by portion; nothing if it failed."""
        done: dict[int, list[R]] = {}
        with suppress(EOFError, pickle.UnpicklingError):  # it died while it wrote
            done = pickle.load(self._pipe)  # noqa: S301 - our own child wrote it
        return done if self._wait() == 0 else {}

    def end(self) -> None:
        """Make sure that nothing of it is left."""
        self._pipe.close()
        if not self._waited:
            os.kill(self._process, 9)
            self._wait()

    def _wait(self) -> int:
        self._waited = True
        return os.waitpid(self._process, 0)[1]


def _do(work: Callable[[Sequence[T]], list[R]], portions: Sequence[Sequence[T]], tickets: int, writing: int) -> None:
    """In the child: answer and end at once, whatever happens; only the parent speaks."""
    status = 1
    try:
        done = {number: work(portions[number]) for number in _draw(tickets)}
        with open(writing, "wb") as pipe:
            pickle.dump(done, pipe, protocol=5)
        status = 0
    finally:
        os._exit(status)
