"""Where the time goes, for whoever asks: functions are wrapped then, and left alone otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Spent:
    """The seconds that something took, and how often it was done."""

    seconds: float = 0.0
    calls: int = 0


class Watch:
    """Adds up what wrapped functions take, by name. Of one process: others would keep theirs to themselves."""

    def __init__(self) -> None:
        self.begun = perf_counter()
        self.spent: dict[str, Spent] = {}

    def seconds(self) -> float:
        """Since the watch was made."""
        return perf_counter() - self.begun

    def timed(self, name: str, work: Callable[P, T]) -> Callable[P, T]:
        """The function, timed under a name."""
        spent = self.spent.setdefault(name, Spent())

        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            begun = perf_counter()
            try:
                return work(*args, **kwargs)
            finally:
                spent.seconds += perf_counter() - begun
                spent.calls += 1

        return run

    def drained(self, name: str, work: Callable[P, Iterable[T]]) -> Callable[P, Iterator[T]]:
        """The same for a generator: what it yields is taken from it before the watch stops."""
        taken = self.timed(name, lambda *args, **kwargs: list(work(*args, **kwargs)))
        return lambda *args, **kwargs: iter(taken(*args, **kwargs))
