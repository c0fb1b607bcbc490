"""What a finding is known by: the same when lines are added above it, and its own among all of a file."""

from __future__ import annotations

import pytest

from clientreg import rules
from clientreg.report.fingerprint import fingerprints
from clientreg.rules import Rule
from rules.example import Example, findings, found

RULES = {code: rule for code, rule in rules.load().items() if code != "CR017"}  # its words name a folder, not a file
ABOVE = "# who looks after this file\n# and why\n"
SHOP = """\
redirect_uris:
  - http://one.acme.example/callback
  - http://two.acme.example/callback
"""


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_finding_has_its_own_and_keeps_it_below_new_lines(rule: Rule) -> None:
    example = Example.of(rule.bad)
    before = fingerprints(found(example))
    example.files = {name: ABOVE + text for name, text in example.files.items()}
    example.before = {name: text and ABOVE + text for name, text in example.before.items()}
    assert (len(set(before)), fingerprints(found(example))) == (len(before), before)


def test_a_finding_keeps_its_own_when_the_one_before_it_is_mended() -> None:
    both = dict(zip([one.message for one in findings(SHOP)], fingerprints(findings(SHOP)), strict=True))
    mended = findings(SHOP.replace("http://one", "https://one"))
    left = dict(zip([one.message for one in mended], fingerprints(mended), strict=True))
    assert len(both) > len(left) > 0
    assert left.items() <= both.items()
