"""The page of the profiles: how serious every rule is in each profile and class of environments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clientreg.reading import schemata
from clientreg.report.meaning import grades_of
from clientreg.report.reference.markup import code, prose, table
from clientreg.report.reference.rules import place
from clientreg.report.text import WORDS
from clientreg.rules import Grade, Rule
from clientreg.settings import PROFILES

FILE = "profiles.md"


def page(rules: Sequence[Rule]) -> Iterator[str]:
    """Paragraphs of Markdown."""
    yield "# The profiles\n"
    about = str(schemata.properties("registry")["rules.profile"]["description"])
    yield (
        f"`rules: {{profile: NAME}}` in registry.yaml chooses how serious a breach is, `{PROFILES[0]}` unless it says "
        f"otherwise. {prose(about)} `rules: {{severity: {{CODE: error}}}}` raises one; nothing lowers one.\n"
    )
    yield (
        "Where two words stand, the first is for environments of class `test` and the second for `production`; "
        "`none` is not judged, `note` is `info` in registry.yaml and in JSON. An error fails the check, and its client "
        "is not applied.\n"
    )
    head = ["rule", "what is wrong", *map(code, PROFILES), "exception"]
    yield table(head, map(_row, rules))


def _row(rule: Rule) -> list[str]:
    grades = (_grade(grade) for grade in grades_of(rule).values())
    return [place(rule.code), prose(rule.title), *grades, "waiver" if rule.waivable else "none"]


def _grade(grade: Grade) -> str:
    test, production = (WORDS[severity] if severity else "none" for severity in (grade.test, grade.production))
    return test if test == production else f"{test} / {production}"
