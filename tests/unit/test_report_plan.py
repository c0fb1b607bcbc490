"""What plan and apply say, in every format."""

from __future__ import annotations

import json
from typing import Any

import pytest
from report_samples import (
    APPLIED,
    CREATE,
    DELETE,
    PLAN,
    REFUSED,
    ROTATE,
    SERVER,
    STOPPED,
    UNCHANGED,
    UNREAD,
    UPDATE,
    change,
    field,
)

from clientreg.planning.plan import Action, Change, Plan, Risk, WaiverUse
from clientreg.report import apply_text, change_text, markdown, plan_text, structured
from clientreg.report.style import PLAIN, Style
from clientreg.report.values import difference, one_line, stated
from clientreg.servers import Outcome
from clientreg.sync import Applied, HandedOver, ServerApplied
from golden import same


def with_changes(*changes: Change, **rest: Any) -> Plan:
    return PLAN._replace(servers=(SERVER._replace(changes=changes, refused=(), waiting=()),), waivers=(), **rest)


def test_a_plan_reads_as_it_was_read() -> None:
    same("report/plan.txt", plan_text.plan(PLAN, PLAIN))


def test_a_coloured_plan_reads_as_it_was_read() -> None:
    same("report/plan-coloured.txt", plan_text.plan(PLAN, Style(colour=True, width=100)))


def test_a_stopped_plan_says_why_and_offers_no_apply() -> None:
    same("report/plan-stopped.txt", plan_text.plan(STOPPED, PLAIN))


def test_a_plan_tells_the_server_that_was_not_read() -> None:
    same("report/plan-unread.txt", plan_text.plan(UNREAD, PLAIN))


def test_an_empty_plan_without_a_server_does_not_say_that_all_is_well() -> None:
    lines = plan_text.plan(UNCHANGED._replace(unread=UNREAD.unread), PLAIN).splitlines()
    assert ("x not read: what it holds is not known, and it is left as it is" in lines, lines[-1]) == (
        True,
        "no changes, 1 server not read",
    )


def test_json_tells_the_server_that_was_not_read() -> None:
    (one,) = UNREAD.unread
    told = {"name": "us", "type": "keycloak", "url": one.url, "why": one.why, "hint": one.hint}
    assert json.loads(structured.plan(UNREAD))["unread"] == [told]
    assert json.loads(structured.applied(Applied(UNREAD, ())))["plan"]["unread"] == [told]


def test_an_apply_tells_the_server_that_was_not_read(valid: Any) -> None:
    left_alone = ServerApplied("us", (), "nothing was done there: it does not answer")
    applied = Applied(UNREAD, (ServerApplied("local", (Outcome(ROTATE),)), left_alone))
    same("report/apply-unread.txt", apply_text.applied(applied, PLAIN))
    assert valid("apply-output", structured.applied(applied)) == []


def test_an_empty_plan_is_one_line() -> None:
    assert plan_text.plan(UNCHANGED, PLAIN) == "no changes: test is as the files say (17 clients on 1 server)\n"


def test_an_empty_plan_that_is_stopped_does_not_say_that_all_is_well() -> None:
    stopped = plan_text.plan(UNCHANGED._replace(stopped=STOPPED.stopped[:1]), PLAIN)
    assert stopped.splitlines()[-1] == "no changes, apply refuses this plan"


def test_many_exceptions_are_counted_but_for_those_of_clients_that_change() -> None:
    use = WaiverUse("shop", "clients/acme/shop.yaml", "CR203", "an old app", "2026-12-01")
    many = [use._replace(key=f"c{number}", expires=f"2027-01-{number:02}") for number in range(1, 31)]
    own = use._replace(key=CREATE.key, rule="CR324")
    of_old_clients = ["  CR203: 30 {}, until 2027-01-01 to 2027-01-30", "  clientreg lint names each", ""]

    def shown(plan: Plan) -> list[str]:
        lines = plan_text.plan(plan, PLAIN).splitlines()
        start = lines.index("exceptions in use") + 1
        return lines[start : lines.index("", start) + 1]

    counted = [line.format("exceptions") for line in of_old_clients]
    assert shown(with_changes()._replace(waivers=tuple(many))) == counted
    one = [f"  {CREATE.key}: CR324 until 2026-12-01: an old app", "      (clients/acme/shop.yaml)"]
    more = [line.format("more exceptions") for line in of_old_clients]
    assert shown(with_changes(CREATE)._replace(waivers=(*many, own))) == [*one, *more]
    assert shown(with_changes()._replace(waivers=tuple(many[:20])))[19].startswith("  c20: CR203 until 2027-01-20:")
    everyone = tuple(use._replace(key=CREATE.key, source=str(number)) for number in range(21))
    assert shown(with_changes(CREATE)._replace(waivers=everyone))[0] == "  CR203: 21 exceptions, until 2026-12-01"


@pytest.mark.parametrize(("foreign", "words"), [(1, "1 more is not ours"), (2, "2 more are not ours")])
def test_what_is_not_ours_is_counted(foreign: int, words: str) -> None:
    shown = plan_text.plan(PLAN._replace(servers=(SERVER._replace(foreign=foreign),)), PLAIN)
    assert words in shown


def test_a_plan_that_only_refuses_says_so() -> None:
    refusing = PLAN._replace(servers=(SERVER._replace(changes=(), waiting=()),))
    assert plan_text.plan(refusing, PLAIN).splitlines()[-1] == "no changes, 1 refused"


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (with_changes(CREATE), "1 to create, 0 to change, 0 to delete, 1 scope to create"),
        (with_changes(CREATE, CREATE, UPDATE), "2 to create, 1 to change, 0 to delete, 1 scope to create"),
        (
            PLAN,
            "1 to create, 1 to change, 1 to delete, 1 to enable, 1 to disable, 1 to rotate, 1 to adopt, "
            "1 scope to create, 1 refused, 1 waiting",
        ),
    ],
)
def test_the_counting_line_counts(plan: Plan, words: str) -> None:
    assert plan_text.counting(plan) == words


def test_a_plan_ends_with_the_command_that_applies_it() -> None:
    plan = with_changes(CREATE)
    last = plan_text.plan(plan, PLAIN).splitlines()[-1]
    assert last == f"clientreg apply --environment production --expect {plan.digest}"


def test_a_partial_plan_says_that_its_options_belong_to_it() -> None:
    lines = plan_text.plan(with_changes(CREATE, partial=True), PLAIN).splitlines()
    assert lines[-1] == "  with the same --client and --server as this plan"


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (None, "(not set)"),
        ("openid", "openid"),
        ("15m", "15m"),
        ("true", '"true"'),
        ("900", '"900"'),
        ("", '""'),
        ("a b", '"a b"'),
        ("a,b]", '"a,b]"'),
        ("a\nb", r'"a\nb"'),
        ("\u202ea", r'"\u202ea"'),
        (True, "true"),
        (900, "900"),
        (["a", "b c"], '[a, "b c"]'),
        ({"a": ["b"]}, "{a: [b]}"),
    ],
)
def test_a_value_is_never_mistaken_for_another(value: Any, line: str) -> None:
    assert one_line(value) == line


def test_a_new_client_is_not_told_twice_what_its_values_say() -> None:
    scopes = field("scopes", None, ["openid", "id.user.write"], Risk.SENSITIVE, "scopes: openid, id.user.write")
    named = scopes._replace(why="scopes: openid, id.user.write (sensitive); new redirect host a.example")
    told = [
        list(change_text.change(change(Action.CREATE, "acme.shop", Risk.SENSITIVE, one), (), PLAIN))[1:]
        for one in (scopes, named)
    ]
    assert told == [
        ["    scopes  [openid, id.user.write]"],
        [
            "    scopes  [openid, id.user.write]",
            "            sensitive: scopes: openid, id.user.write (sensitive); new redirect",
            "            host a.example",
        ],
    ]


def test_a_list_of_short_items_flows_and_one_of_long_items_stands() -> None:
    scopes, uris = ["openid", "profile", "email"], ["https://shop.example/a", "https://shop.example/long-b"]
    assert stated(scopes, 18) == ["[openid, profile,", " email]"]
    assert stated(uris, 30) == uris


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (["a", "b"], ["b", "c"], ["- a", "+ c", "  (1 more as before)"]),
        (None, ["a"], ["+ a"]),
        (["a"], [], ["- a"]),
        (["a", "b"], ["b", "a"], ["[a, b] -> [b, a]"]),
        (1, True, ["1 -> true"]),
        (2, 2, ["2, as before"]),
        ("a", None, ["a -> (not set)"]),
        ("one two three four five", "six", ['"one two three four', ' five"', "-> six"]),
    ],
)
def test_what_changes_is_shown(before: Any, after: Any, lines: list[str]) -> None:
    assert difference(before, after, 20) == lines


def test_plan_json_is_what_its_schema_promises(valid: Any) -> None:
    assert [valid("plan-output", structured.plan(plan)) for plan in (PLAN, STOPPED, UNCHANGED, UNREAD)] == [[]] * 4


def test_plan_json_reads_as_it_was_read() -> None:
    same("report/plan.json", structured.plan(PLAN))


def test_apply_json_is_what_its_schema_promises(valid: Any) -> None:
    assert valid("apply-output", structured.applied(APPLIED)) == []


def test_an_apply_reads_as_it_was_read() -> None:
    progress = "".join(apply_text.outcome(outcome, "local", PLAIN) for outcome in APPLIED.outcomes)
    same("report/apply.txt", f"{progress}\n{apply_text.applied(APPLIED, PLAIN)}")


def test_an_apply_of_nothing_is_one_line() -> None:
    nothing = Applied(UNCHANGED, (ServerApplied("local", ()),))
    assert apply_text.applied(nothing, PLAIN) == "no changes: test is as the files say (17 clients on 1 server)\n"


def test_an_apply_that_was_done_counts() -> None:
    done = Applied(with_changes(CREATE, DELETE), (ServerApplied("local", (Outcome(CREATE), Outcome(DELETE))),))
    assert apply_text.applied(done, PLAIN) == (
        "applied to production at commit 155954c0f400+dirty\n  local: 2 of 2 changes done\n\n2 done, 0 failed\n"
    )


def test_of_very_many_places_the_first_are_shown() -> None:
    places = tuple(HandedOver(f"acme.c{n}", "sealed-file", f"handover/acme.c{n}.age", sealed=True) for n in range(60))
    lines = apply_text.applied(APPLIED._replace(handed_over=places), PLAIN).splitlines()
    first = lines.index("handed over through sealed-file, sealed")
    assert lines[first + 1] == "  handover/acme.c0.age"
    assert lines[first + 50 : first + 53] == ["  handover/acme.c49.age", "  and 10 more", ""]


def test_an_apply_that_refused_says_whom() -> None:
    refusing = UNCHANGED._replace(servers=(UNCHANGED.servers[0]._replace(refused=(REFUSED,)),))
    shown = apply_text.applied(Applied(refusing, (ServerApplied("local", ()),)), PLAIN)
    assert "x refused acme.taken clients/acme/taken.yaml" in shown
    assert shown.splitlines()[-1] == "no changes, 1 refused"


def test_an_apply_in_which_very_much_failed_shows_the_first_of_it() -> None:
    many = APPLIED._replace(servers=(APPLIED.servers[0]._replace(outcomes=(Outcome(UPDATE, "no"),) * 1053),))
    lines = apply_text.applied(many, PLAIN).splitlines()
    assert (sum(line.startswith("x failed to update") for line in lines), lines.count("and 1,003 more failed")) == (
        50,
        1,
    )


def test_what_is_to_be_known_of_a_server_comes_first() -> None:
    noticed = PLAN._replace(
        servers=(SERVER._replace(notice="It reads the file once. Nothing below reaches it later."),)
    )
    lines = plan_text.plan(noticed, Style()).splitlines()
    at = lines.index("server local: embedded at http://127.0.0.1:8081")
    assert lines[at + 1] == "  ! It reads the file once. Nothing below reaches it later."
    page = markdown.plans([noticed], lambda *_: ())
    assert page.index("It reads the file once") < page.index("acme.shop")
