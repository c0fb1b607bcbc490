"""Several writes to one server at a time: asked for one by one, carried out in threads, told in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from clientreg.errors import CannotFinish
from clientreg.servers import CarryOut, Outcome, Outcomes, Write, attempt


def side_by_side(writes: Iterable[Write], carry_out: CarryOut, *refusals: type[Exception], lanes: int) -> Outcomes:
    """One outcome per write, in the order of the writes, of which at most `lanes` are under way at a time.

    Writes are asked for, and outcomes told, by the thread that wants the outcomes. Once a write ends in CannotFinish,
    or Ctrl-C comes, no other is asked for: those that are under way come to their end and are told first.
    """
    ends: list[CannotFinish] = []
    begun: deque[Future[Outcome]] = deque()
    interrupt: KeyboardInterrupt | None = None

    def work(write: Write) -> Outcome:
        outcome, end = attempt(write, carry_out, refusals)
        if end is not None:
            ends.append(end)
        return outcome

    with ThreadPoolExecutor(lanes) as threads:
        try:
            for write in writes:
                begun.append(threads.submit(work, write))
                _wait_for_room(begun, lanes)
                while begun and begun[0].done():
                    yield begun.popleft().result()
                if ends:
                    break
            wait(begun)
        except KeyboardInterrupt as caught:
            interrupt = caught
        while begun:
            yield begun.popleft().result()
    if interrupt is not None:
        raise interrupt
    if ends:
        raise ends[0]


def _wait_for_room(begun: Iterable[Future[Outcome]], lanes: int) -> None:
    under_way = [future for future in begun if not future.done()]
    if len(under_way) >= lanes:
        wait(under_way, return_when=FIRST_COMPLETED)
