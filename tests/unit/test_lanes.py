"""Several writes at a time: never more than there are lanes, told in order, and nothing under way when it ends."""

from __future__ import annotations

import os
import signal
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest

from clientreg.errors import CannotFinish
from clientreg.planning.plan import Action, Change, Risk
from clientreg.planning.state import Mark
from clientreg.servers import Conflict, Outcome, Outcomes, Write
from clientreg.servers.lanes import side_by_side

LANES = 3
MARK = Mark("connect", "test", "clients/a.yaml", "c1")
DOWN = CannotFinish("it does not answer")


class Refused(Exception):  # noqa: N818 - a refusal, as those of server types
    """What a server says no to."""


class Server:
    """Carries writes out in threads: `on` is called with each one's key, `asked` and `ended` say how far they came."""

    def __init__(self, on: Callable[[str], None] = lambda _: None) -> None:
        self.on = on
        self.asked: list[str] = []
        self.ended: list[str] = []
        self.events: dict[str, threading.Event] = defaultdict(threading.Event)
        self.most = 0
        self._under_way = 0
        self._lock = threading.Lock()

    def writes(self, count: int) -> Iterator[Write]:
        """Asked for by this thread alone."""
        for number in range(count):
            assert threading.current_thread() is threading.main_thread()
            key = f"c{number}"
            self.asked.append(key)
            self.events[f"asked {key}"].set()
            yield Write(Change(Action.CREATE, key, "clients/a.yaml", Risk.PLAIN, (), {}, MARK, None))

    def carry_out(self, one: Write) -> None:
        with self._lock:
            self._under_way += 1
            self.most = max(self.most, self._under_way)
        try:
            self.on(one.change.key)
        finally:
            with self._lock:
                self._under_way -= 1
            self.ended.append(one.change.key)
            self.events[f"ended {one.change.key}"].set()

    def wait_for(self, event: str) -> None:
        assert self.events[event].wait(10), event

    def run(self, count: int, writes: Iterator[Write] | None = None) -> Outcomes:
        return side_by_side(writes or self.writes(count), self.carry_out, Refused, lanes=LANES)


def told(run: Outcomes) -> tuple[list[str], BaseException | None]:
    """The keys of the outcomes, and what ended them."""
    keys: list[str] = []
    try:
        for outcome in run:
            keys.append(outcome.change.key)  # noqa: PERF401 - what came before the end counts
    except (CannotFinish, KeyboardInterrupt) as end:
        return keys, end
    return keys, None


def test_outcomes_come_in_the_order_of_the_writes_whatever_is_done_first() -> None:
    server = Server(lambda key: server.wait_for("ended c1") if key == "c0" else None)
    assert told(server.run(20)) == ([f"c{number}" for number in range(20)], None)
    assert server.ended[0] == "c1"


def test_a_slow_write_keeps_its_own_lane_only() -> None:
    server = Server(lambda key: server.wait_for("ended c15") if key == "c0" else None)
    assert told(server.run(20)) == ([f"c{number}" for number in range(20)], None)


def test_no_more_are_under_way_than_there_are_lanes_nor_asked_for_ahead() -> None:
    ahead: list[int] = []
    server = Server(lambda _: ahead.append(len(server.asked) - len(server.ended)))
    assert len(list(server.run(100))) == 100
    assert (server.most <= LANES, max(ahead) <= LANES) == (True, True)


def test_no_writes_are_no_outcomes() -> None:
    assert list(Server().run(0)) == []


def test_one_that_is_refused_stops_no_other() -> None:
    failures = {"c1": Refused("not so"), "c2": Conflict()}

    def on(key: str) -> None:
        if key in failures:
            raise failures[key]

    first, second, third, *rest = [outcome.error for outcome in Server(on).run(5)]
    assert (first, second, rest) == (None, "not so", [None, None])
    assert str(third).startswith("exists already")


def test_after_one_that_cannot_finish_no_other_is_asked_for_and_those_under_way_are_told() -> None:
    def on(key: str) -> None:
        server.wait_for("asked c2")
        if key == "c1":
            raise DOWN
        server.wait_for("ended c1")

    server = Server(on)
    assert told(server.run(10)) == (["c0", "c1", "c2"], DOWN)
    assert (server.asked, sorted(server.ended)) == (["c0", "c1", "c2"], ["c0", "c1", "c2"])


def test_what_cannot_finish_is_the_outcome_of_its_write_too() -> None:
    def on(_: str) -> None:
        raise DOWN

    run = Server(on).run(1)
    assert next(run) == Outcome(next(Server().writes(1)).change, "it does not answer")
    with pytest.raises(CannotFinish):
        next(run)


def test_ctrl_c_while_a_write_is_asked_for_lets_what_is_under_way_end_and_tells_it() -> None:
    server = Server(lambda _: server.wait_for("ctrl-c"))

    def writes() -> Iterator[Write]:
        for one in server.writes(10):
            if one.change.key == "c2":
                server.events["ctrl-c"].set()
                raise KeyboardInterrupt
            yield one

    keys, end = told(server.run(10, writes()))
    assert (keys, type(end), sorted(server.ended)) == (["c0", "c1"], KeyboardInterrupt, ["c0", "c1"])


@pytest.mark.parametrize("count", [10, 2], ids=["in the middle", "at the end"])
def test_ctrl_c_while_writes_are_waited_for_asks_for_no_other(count: int) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    last = f"c{min(count, LANES) - 1}"

    def on(key: str) -> None:
        server.events[f"begun {key}"].set()
        server.wait_for(f"begun {last}")
        threading.Event().wait(0.2)  # the thread that asks is waiting by now
        if key == "c0":
            os.kill(os.getpid(), signal.SIGINT)
        threading.Event().wait(0.2)

    server = Server(on)
    try:
        keys, end = told(server.run(count))
    finally:
        signal.signal(signal.SIGINT, before)
    expected = [f"c{number}" for number in range(min(count, LANES))]
    assert (keys, type(end), sorted(server.ended)) == (expected, KeyboardInterrupt, expected)


def test_who_leaves_early_leaves_nothing_under_way() -> None:
    server = Server(lambda key: threading.Event().wait(0.05 if key == "c0" else 0.2) and None)
    run = server.run(10)
    assert next(run).change.key == "c0"
    run.close()
    assert sorted(server.ended) == sorted(server.asked)
    assert len(server.asked) == LANES


def test_a_bug_in_a_thread_is_one_here() -> None:
    def on(_: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(Server(on).run(10))
