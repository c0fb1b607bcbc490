"""Every rule proves itself: its words are there, its bad example is found, its good example is clean."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clientreg import rules
from clientreg.finding import Finding
from clientreg.rules import Rule
from rules.example import SHOP, findings, marks, places, told

RULES = rules.load()
CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
NEAR = sorted((Path(__file__).parent / "near").glob("*.yaml"))


def near_misses(file: Path) -> Iterator[tuple[str, str]]:
    """Why each near-miss of a file is none, and the example."""
    for part in file.read_text(encoding="utf-8").removeprefix("#=").split("\n#="):
        why, _, text = part.partition("\n")
        yield why.strip(), text


each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


@each_rule
def test_rule_has_all_its_words(rule: Rule) -> None:
    missing = [word for word in ("title", "why", "bad", "good", "refs") if not getattr(rule, word)]
    assert missing == []


@each_rule
def test_bad_example_is_found_where_it_says_and_by_no_other_rule(rule: Rule) -> None:
    marked = marks(rule.bad)
    assert marked, "a bad example marks its lines with '# <-'"
    found = counted(rule.bad)
    assert [f"{f.code} {f.file}:{f.span.line}" for f in found] == [f"{rule.code} {f}:{n}" for f, n in marked], (
        "\n".join(told(found))
    )


@each_rule
def test_good_example_is_clean(rule: Rule) -> None:
    assert list(told(counted(rule.good))) == []


@each_rule
def test_finding_says_what_and_what_to_write_instead(rule: Rule) -> None:
    for finding in findings(rule.bad):
        assert finding.hint, finding.message
        assert not finding.message.endswith("."), finding.message
        assert "('" not in finding.message + finding.hint, finding.message
        assert finding.message.isprintable(), finding.message


@each_rule
def test_what_a_waiver_can_lift_is_found_in_a_clients_file(rule: Rule) -> None:
    inside = any(file.startswith("clients/") and not file.endswith("/organization.yaml") for file, _ in marks(rule.bad))
    assert inside or not rule.waivable


OF_ANY_FIELD = {"CR201", "CR802"}
"""Rules over the registry that find something in whatever field."""


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.subject == "registry"], ids=lambda r: r.code)
def test_a_rule_over_the_registry_names_the_fields_it_finds_something_in(rule: Rule) -> None:
    in_clients = [finding.path for finding in counted(rule.bad) if finding.file.endswith("shop.yaml")]
    found = {str(path[2] if path[0] == "environments" else path[0]).partition("#")[0] for path in in_clients}
    assert rule.code in OF_ANY_FIELD or found <= set(rule.fields)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_case_finds_what_it_lists(case: Path) -> None:
    lines = case.read_text(encoding="utf-8").split("\n")
    found = findings("\n".join(line for line in lines if not line.startswith("#:")))
    assert sorted(_listed(finding) for finding in found) == sorted(_expected(lines)), "\n".join(told(found))


@pytest.mark.parametrize("code", RULES)
def test_every_rule_has_two_near_misses(code: str) -> None:
    assert len(list(near_misses(NEAR[0].with_name(f"{code}.yaml")))) >= 2


@pytest.mark.parametrize("file", NEAR, ids=lambda file: file.stem)
def test_near_misses_are_clean(file: Path) -> None:
    assert file.stem in RULES
    for why, text in near_misses(file):
        assert why.endswith("."), why
        lines = text.split("\n")
        found = findings("\n".join(line for line in lines if not line.startswith("#:")))
        assert file.stem not in {finding.code for finding in found}, (why, *told(found))
        assert sorted(_listed(finding) for finding in found) == sorted(_expected(lines)), (why, *told(found))


def _listed(finding: Finding) -> str:
    place = str(finding.span.line) if finding.file == SHOP else f"{finding.file}:{finding.span.line}"
    return f"{finding.code} {place}" + " waived" * (finding.waived is not None)


def _expected(lines: list[str]) -> list[str]:
    return [line[2:].strip() for line in lines if line.startswith("#: CR")]


def counted(text: str) -> list[Finding]:
    """The findings of an example that no waiver of it covers."""
    return [finding for finding in findings(text) if not finding.waived]


def test_places_of_a_marked_line_are_its_file_and_number() -> None:
    text = "platform: web\nscopes: [x]  # <-\n# file: registry.yaml\nversion: 1 # <-\n# absent: a/b  # <-"
    assert marks(text) == [("a/b", 1), (SHOP, 2), ("registry.yaml", 1)]
    assert places([]) == []
