"""What took how long: added up where somebody asks, and told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clientreg import lint, rules
from clientreg.finding import START, Finding, Severity
from clientreg.report import timing_text
from clientreg.report.style import PLAIN
from clientreg.timing import Spent, Watch
from golden import same
from rules.example import TODAY, Example, laid_out, servers

FOUND = Finding("clients/acme/shop.yaml", START, (), "CR102", Severity.ERROR, "'x' is not a field")


def clock(monkeypatch: pytest.MonkeyPatch, *ticks: float) -> None:
    """A clock that says these times, one after the other."""
    left = iter(ticks)
    monkeypatch.setattr("clientreg.timing.perf_counter", lambda: next(left))


def test_what_a_function_takes_is_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, 0, 1, 3, 10, 15)
    watch = Watch()
    double = watch.timed("doubling", lambda number: 2 * number)
    assert (double(2), double(3), watch.spent) == (4, 6, {"doubling": Spent(7, 2)})


def test_what_fails_has_taken_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, 0, 1, 3)
    watch = Watch()
    with pytest.raises(ZeroDivisionError):
        watch.timed("dividing", lambda: 1 / 0)()
    assert watch.spent == {"dividing": Spent(2, 1)}


def test_what_a_generator_takes_counts_until_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    clock(monkeypatch, 0, 1, 6)
    watch, done = Watch(), []

    def numbers() -> Iterator[int]:
        yield 1
        done.append("all")

    assert (next(watch.drained("counting", numbers)()), done, watch.spent) == (1, ["all"], {"counting": Spent(5, 1)})


def test_a_check_by_the_watch_finds_the_same_and_names_the_rules_that_it_called() -> None:
    text = rules.load()["CR246"].bad
    watch = Watch()
    with laid_out(Example.of(text)) as folder:
        timed, plain = (
            lint.checked(folder, lambda _: frozenset(), servers=servers(), today=TODAY, watch=one)[1]
            for one in (watch, None)
        )
    assert timed == plain
    assert {code for code, spent in watch.spent.items() if spent.calls} >= {"reading", "parsing", "schema", "CR246"}
    assert watch.spent["CR246"].calls == 1


def test_statistics_read_as_they_were_read(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch()
    watch.spent = {
        "reading": Spent(0.07, 1_200),
        "parsing": Spent(0.9, 1_200),
        "schema": Spent(0.11, 1_199),
        "judging": Spent(0.5, 1_199),
        "CR246": Spent(0.04, 900),
        "CR501": Spent(0.06, 1),
        "CR701": Spent(0.001, 1_199),
        "CR702": Spent(),
    }
    monkeypatch.setattr(Watch, "seconds", lambda _: 2.0)
    found = (FOUND, FOUND._replace(file="clients/acme/app.yaml"), FOUND._replace(code="CR246"))
    same("report/statistics.txt", timing_text.statistics(watch, lint.Report(found, 1_200), 64, PLAIN))
