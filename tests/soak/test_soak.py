"""A short soak, and proof that its laws see what breaks them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clientreg import lint, rules
from clientreg.report import github, structured, text
from soak import batch, growth, large, laws, outputs, trees
from soak.__main__ import smallest
from soak.batch import Batch

SIZE = 25


@pytest.mark.parametrize("number", range(10))
def test_hostile_files_break_no_law(number: int) -> None:
    assert laws.broken(batch.make(20260601, number, SIZE)) == []


@pytest.mark.parametrize("number", range(2))
def test_hostile_trees_break_no_law(number: int) -> None:
    assert trees.broken(20260601, number) == []


def test_one_seed_makes_the_same_files_everywhere() -> None:
    one, other = (batch.make(7, 3, SIZE) for _ in range(2))
    assert (one, one != batch.make(8, 3, SIZE)) == (other, True)


def test_hostile_files_come_as_far_as_the_rules() -> None:
    found = {
        finding.code[:3] for number in range(4) for finding in laws.judged(batch.make(1, number, SIZE))[1].findings
    }
    assert found >= {"CR0", "CR1", "CR2", "CR3", "CR4", "CR5", "CR6", "CR7"}


def test_every_format_is_judged() -> None:
    assert set(outputs.formats()) <= set(outputs._JUDGES)


def crashing(*_: Any, **__: Any) -> Any:
    raise IndexError


def bare(*_: Any, **__: Any) -> str:
    return "::error file=x::\x1b[31m\n"


BREAKING: dict[str, tuple[object, str, Callable[..., Any]]] = {
    "a rule that crashes": (lint, "run", crashing),
    "text that is obeyed": (text, "findings", bare),
    "JSON that is none": (structured, "findings", bare),
    "an annotation that is forged": (github, "findings", bare),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_broken_law_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*BREAKING[name])
    assert laws.broken(batch.make(1, 0, SIZE)) != []


def test_a_large_change_comes_to_its_end() -> None:
    found = list(large.runs(60))
    assert [one.words for one in found] == list(large.COMMANDS)
    assert [one for one in found if one.broken or not one.said] == []


def test_a_command_that_does_not_come_to_its_end_is_told(tmp_path: Path) -> None:
    assert large.run(tmp_path, ("lint", "--no-such-option")).broken


def test_a_failure_is_made_small() -> None:
    made = Batch("1/1", {**batch.make(1, 1, SIZE).files, "clients/acme/odd.yaml": b"product: 12\n"})

    def wrong(given: Batch) -> list[laws.Broken]:
        return [laws.Broken("x", "y")] * ("clients/acme/odd.yaml" in given.files)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laws, "broken", wrong)
        assert smallest(made, "x").clients == ["clients/acme/odd.yaml"]


def test_what_grows_too_fast_is_told() -> None:
    def cost(size: int, _times: int) -> growth.Costs:
        return {"linear": size / 100, "square": size * size / 1000, "too little": size * size / 1e9}

    assert list(growth._compared("a world", cost, lambda size: size, 20)) == [
        "a world: square takes more than 2.5 times as long for twice as much"
    ]


@pytest.mark.parametrize(("size", "items"), [(900, 5), (1800, 5), (40, 50), (40, 100)])
def test_clients_that_grow_can_be_judged(size: int, items: int) -> None:
    growing = [growth._client(piece, size, items) for piece in growth.PIECES]
    made = [laws.judged(Batch("1/1", files))[0].clients for files in growing]
    assert [len(clients) for clients in made] == [1] * len(growing)


def test_every_word_of_the_growing_worlds_is_made() -> None:
    sizes = {name: len(growth._file(*parts, 3_000)) for name, parts in growth.READ.items()}
    assert {name: size for name, size in sizes.items() if size < 2_000} == {}
    found = growth._judging(growth._client("a", 50, 10), 1)
    book = rules.by_subject()
    inside = ("settings", "organization", "document", "client", "registration", "succession")
    assert {rule.code for kind in inside for rule in book[kind]} - found.keys() == set()
    assert growth._across(growth._registry(20, other=False), 1).keys() >= {"CR501", "lint", "lint of a change", "json"}
