"""Work that is spread over processes answers as if one had done it."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterator, Sequence

import pytest

from clientreg import parallel


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(parallel, "_processors", lambda: 2)
    begun: list[int] = []
    fork = os.fork

    def noted() -> int:
        begun.append(fork())
        return begun[-1]

    monkeypatch.setattr(os, "fork", noted)
    yield
    for process in begun:
        with pytest.raises(ChildProcessError):
            os.waitpid(process, os.WNOHANG)  # none is left behind


def squares(numbers: Sequence[int]) -> list[int]:
    return [number * number for number in numbers]


@pytest.mark.parametrize("count", [0, 1, 7, 8, 100])
def test_answers_come_in_the_order_of_the_items(count: int) -> None:
    assert parallel.spread(squares, range(count), portion=8) == squares(range(count))


def test_another_process_works_while_this_one_is_busy() -> None:
    here, (told, tell), (busy, begin) = os.getpid(), os.pipe(), os.pipe()
    calls: list[Sequence[int]] = []

    def wait(pipe: int) -> None:
        assert select.select([pipe], [], [], 60)[0], "the other does nothing"
        os.read(pipe, 1)

    def who(numbers: Sequence[int]) -> list[int]:
        if os.getpid() != here:
            if len(calls) == 1:  # its first portion: or it might leave the other nothing to do
                wait(busy)
            os.write(tell, b".")
        elif calls:  # busy until the other has done what is left
            os.write(begin, b".")
            for _ in range(62):
                wait(told)
        calls.append(numbers)
        return [os.getpid() for _ in numbers]

    assert parallel.spread(who, range(64), portion=1).count(here) == 2  # the first, and one of the others


def test_others_begin_while_this_one_does_something_else() -> None:
    here, (told, tell) = os.getpid(), os.pipe()

    def who(numbers: Sequence[int]) -> list[int]:
        if 9 in numbers:
            os.write(tell, b".")
        return [os.getpid() for _ in numbers]

    with parallel.begun(who, range(10), portion=1) as answers:
        assert select.select([told], [], [], 60)[0], "nobody has begun"
        assert here not in answers()


def test_what_nobody_asks_for_ends_with_its_reason() -> None:
    def slow(numbers: Sequence[int]) -> list[int]:
        time.sleep(60)
        return squares(numbers)

    with pytest.raises(ValueError, match="no use"), parallel.begun(slow, range(10), portion=1):
        raise ValueError("no use any more")


def test_what_a_dying_process_leaves_undone_is_done_here() -> None:
    here = os.getpid()

    def die_elsewhere(numbers: Sequence[int]) -> list[int]:
        if os.getpid() != here:
            os._exit(9)
        return squares(numbers)

    assert parallel.spread(die_elsewhere, range(50), portion=5) == squares(range(50))


def test_an_exception_is_raised_here_and_not_swallowed() -> None:
    def fail(numbers: Sequence[int]) -> list[int]:
        if 33 in numbers:
            raise ValueError(33)
        return squares(numbers)

    with pytest.raises(ValueError, match="33"):
        parallel.spread(fail, range(50), portion=5)


def test_an_interrupt_ends_the_others() -> None:
    here = os.getpid()
    calls: list[Sequence[int]] = []

    def interrupted(numbers: Sequence[int]) -> list[int]:
        if os.getpid() != here:
            time.sleep(60)
        elif calls:
            raise KeyboardInterrupt
        calls.append(numbers)
        return squares(numbers)

    with pytest.raises(KeyboardInterrupt):
        parallel.spread(interrupted, range(50), portion=5)
