"""What is wrong in one field hides no other mistake, and makes none: the rest of the file is judged as it would be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from clientreg import lint, registry, rules
from clientreg.jsonvalue import Path as Place
from clientreg.reading.schemata import SAME_EVERYWHERE
from rules.example import SHOP, TODAY, Example, laid_out, load, servers

RULES = rules.load()
CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
TEXTS = {
    **{
        f"{code}-{kind}": text
        for code, rule in RULES.items()
        for kind, text in (("bad", rule.bad), ("good", rule.good))
    },
    **{case.stem: case.read_text(encoding="utf-8") for case in CASES},
}
NO_VALUE = [[7]]
"""No field is a list of lists."""
Told = set[tuple[str, Place, str]]


def told(files: dict[str, str], example: Example) -> Told:
    """What rules on registrations find in the shop's file."""
    with laid_out(replace(example, files=files)) as folder:
        read = registry.load(folder, lambda _: frozenset())
    found = lint.run(read, servers=servers(), today=TODAY).findings
    judged = (one for one in found if one.file == SHOP and RULES[one.code].subject == "registration" and not one.waived)
    return {(one.code, one.path, one.message) for one in judged}


def broken(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same with one field wrong, by the field's name."""
    for field in data.keys() - SAME_EVERYWHERE:
        yield field.partition("#")[0], {**data, field: NO_VALUE}
    for name, overrides in (data.get("environments") or {}).items():
        for field in overrides or {}:
            changed = {**data["environments"], name: {**overrides, field: NO_VALUE}}
            yield field.partition("#")[0], {**data, "environments": changed}


def understood(name: str) -> bool:
    """Whether the shop's file is right of itself; of rules, the file that breaks them."""
    return not name.endswith("-good") and SHOP in [one.file for one in load(TEXTS[name]).clients]


def shops(ids: Callable[[str], bool]) -> list[str]:
    return [name for name, text in TEXTS.items() if ids(name) and SHOP in Example.of(text).complete()]


@pytest.mark.parametrize("name", shops(lambda _: True))
def test_a_name_that_is_no_field_hides_nothing_that_rules_on_fields_find(name: str) -> None:
    example = Example.of(TEXTS[name])
    files = example.complete()
    known = {one for one in told(files, example) if RULES[one[0]].fields}
    assert told({**files, SHOP: "zzz: 1\n" + files[SHOP]}, example) == known


@pytest.mark.parametrize("name", shops(understood))
def test_a_field_that_is_wrong_makes_nothing_else_wrong(name: str) -> None:
    example = Example.of(TEXTS[name])
    files = example.complete()
    (data,) = (one.data for one in load(TEXTS[name]).clients if one.file == SHOP)
    known = told({**files, SHOP: yaml.safe_dump(data)}, example)
    for field, wrong in broken(data):
        assert told({**files, SHOP: yaml.safe_dump(wrong)}, example) - known == set(), field
