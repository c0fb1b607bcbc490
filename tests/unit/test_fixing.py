"""Fixing: what is mended, what is left and why, and that nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clientreg import fixing, rules
from clientreg.fixing import Fixed
from clientreg.reading.folder import WorkTree
from clientreg.repair import Drop, Put
from clientreg.rules import Rule
from rules.example import SHOP, TODAY, Example, findings, laid_out, servers, told

FIXABLE = [rule for rule in rules.load().values() if rule.fix]
HOME = "clients/acme/organization.yaml"
SCHEMA = "# raw: schema/client.schema.json\n{}\n# raw: schema/organization.schema.json\n{}\n"
WEB = """\
platform: web
redirect_uris:
  - https://a.acme.example/cb
  - {}
"""


def anything(_file: str) -> bool:
    return True


def fixed(text: str, *, unsafe: bool = False, wanted: Callable[[str], bool] = anything) -> Fixed:
    with laid_out(Example.of(text)) as folder:
        return again(folder, unsafe=unsafe, wanted=wanted)


def again(folder: str, *, unsafe: bool = False, wanted: Callable[[str], bool] = anything) -> Fixed:
    judge = fixing.judge(folder, lambda paths: frozenset(), servers(), TODAY)
    return fixing.fix(WorkTree(folder), judge, wanted, unsafe=unsafe)


def after(made: Fixed, file: str = SHOP) -> str | None:
    """What a file says then; None if it stays as it is."""
    return next((one.rewrite.content.decode() for one in made.edits if one.rewrite.file == file), None)


def codes(made: Fixed) -> list[str]:
    return [one.code for edited in made.edits for one in edited.mended]


@pytest.mark.parametrize("rule", FIXABLE, ids=lambda rule: rule.code)
def test_a_failing_example_is_clean_after_its_fix_but_for_what_people_decide(rule: Rule) -> None:
    made = fixed(f"{rule.bad}\n{SCHEMA}", unsafe=True)
    assert rule.code in codes(made)
    left = [one.message for one in made.report.findings if one.code == rule.code]
    assert left == ["'https://blåbær.acme.example/callback' is not spelt as requests will spell it"] * (
        rule.code == "CR210"
    )


@pytest.mark.parametrize("rule", rules.load().values(), ids=lambda rule: rule.code)
def test_what_fixing_makes_of_an_example_is_fixed_once_and_says_no_more_than_before(rule: Rule) -> None:
    example = Example.of(rule.bad)
    if example.before or example.links:
        return
    with laid_out(example) as folder:
        made = again(folder, unsafe=True)
        for edited in made.edits:
            Path(folder, edited.rewrite.file).write_bytes(edited.rewrite.content)
        assert codes(again(folder, unsafe=True)) == []
    read = {one.file for one in findings(rule.bad) if rules.load()[one.code].subject == "reading"}
    before = {(one.file, one.code) for one in findings(rule.bad)}
    assert list(told([one for one in made.report.findings if (one.file, one.code) not in before and not read])) == []


def test_an_address_is_spelt_as_requests_will_spell_it() -> None:
    made = fixed(WEB.format("'HTTPS://B.acme.example:443/CB?x=Y'  # the other"))
    assert (after(made) or "").startswith(WEB.format("'https://b.acme.example/CB?x=Y'  # the other"))
    (one,) = made.edits[0].mended
    assert (one.code, one.path, one.before) == ("CR210", ("redirect_uris", 1), "HTTPS://B.acme.example:443/CB?x=Y")
    assert one.repair == Put("https://b.acme.example/CB?x=Y")


@pytest.mark.parametrize("uri", ["https://blåbær.acme.example/cb", "https://b.acme.example./cb", "http://0x7f.1/cb"])
def test_another_form_of_the_host_is_left_to_people(uri: str) -> None:
    made = fixed(WEB.format(uri))
    assert (made.edits, made.left) == ((), ())
    assert "CR210" in {one.code for one in made.report.findings}


def test_the_second_of_two_spellings_goes() -> None:
    made = fixed(WEB.format("https://A.acme.example/cb"))
    assert (after(made) or "").startswith(WEB.removesuffix("  - {}\n") + "\nproduct:")
    assert [one.repair for one in made.edits[0].mended] == [Drop()]


def test_a_comment_goes_only_with_what_somebody_wants() -> None:
    text = WEB.format("https://A.acme.example/cb  # ours") + "  - https://a.acme.example:443/cb\n"
    made = fixed(text)
    assert "https://A.acme.example/cb  # ours\n\nproduct" in (after(made) or "")
    assert [(one.code, one.why) for one in made.left] == [
        ("CR211", "the comment '# ours' would go along: --unsafe-fixes mends it")
    ]
    assert "A.acme" not in (after(fixed(text, unsafe=True)) or "A.acme")


def test_what_a_waiver_covers_is_left_alone() -> None:
    waiver = "waivers:\n  - {rule: CR210, reason: An old proxy insists on it, expires: 2026-07-31}\n"
    made = fixed(WEB.format("https://B.acme.example/cb") + waiver)
    assert (made.edits, made.left, made.report.waived) == ((), (), 1)


def test_only_wanted_files_are_fixed() -> None:
    text = WEB.format("https://B.acme.example/cb") + "# file: clients/acme/other.yaml\n" + "scopes: [openid, openid]\n"
    made = fixed(text, wanted=lambda file: file.endswith("other.yaml"))
    assert [one.rewrite.file for one in made.edits] == ["clients/acme/other.yaml"]


def test_what_could_not_be_judged_before_is_fixed_too() -> None:
    text = WEB.format("https://B.acme.example/cb") + "scopes: [openid, openid]\n"
    assert codes(fixed(text)) == ["CR107", "CR210"]


def test_a_file_that_cannot_be_read_stays_and_is_told() -> None:
    made = fixed(f"# raw: {SHOP}\nredirect_uris: [https://A.acme.example/cb\n")
    assert (made.edits, [one.code for one in made.report.findings]) == ((), ["CR001"])


def test_without_registry_yaml_nothing_is_judged_and_nothing_else_fixed() -> None:
    made = fixed("# absent: registry.yaml\n" + WEB.format("https://B.acme.example/cb") + "scopes: [openid, openid]\n")
    assert (codes(made), [one.code for one in made.report.findings]) == (["CR107"], ["CR017"])


def test_a_schema_line_is_written_where_the_registry_has_the_schema_and_nothing_said() -> None:
    assert fixed(WEB.format("https://b.acme.example/cb")).edits == ()
    made = fixed(SCHEMA + f"# file: {SHOP}\n" + WEB.format("https://b.acme.example/cb"))
    assert (after(made) or "").startswith("# yaml-language-server: $schema=../../schema/client.schema.json\nplatform")
    assert (after(made, HOME) or "").startswith(
        "# yaml-language-server: $schema=../../schema/organization.schema.json\n"
    )
    assert made.report.findings == ()


def test_a_default_said_aloud_stays_where_the_registry_does_not_mind() -> None:
    text = "platform: web\nrequire_pkce: true\n"
    assert fixed(text).edits == ()
    assert "require_pkce" not in (after(fixed(f"# severity: CR180 info\n{text}")) or "require_pkce")


def test_a_fix_that_makes_another_rule_find_more_is_not_made() -> None:
    made = fixed('platform: android\nredirect_uris: ["com.acme.shop://cb", "com.acme.shop:/cb"]\n', unsafe=True)
    assert (made.edits, [one.why for one in made.left]) == ((), ["CR107 would find something then"])


def test_more_than_a_slip_is_left() -> None:
    made = fixed(f"scopes: [openid, {', '.join(['email'] * 150)}]\n")
    assert [one.why for one in made.left] == ["149 places are more than a slip: look at them yourself"]


def test_line_ends_and_byte_order_mark_stay() -> None:
    with laid_out(Example.of(WEB.format("https://B.acme.example/cb # x"))) as folder:
        path = Path(folder, SHOP)
        raw = b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n")
        path.write_bytes(raw)
        (edited,) = again(folder).edits
    assert edited.rewrite.content == raw.replace(b"B.acme", b"b.acme")
