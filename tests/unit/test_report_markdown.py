"""A plan as a page: what is most dangerous comes first, and what does not fit is counted."""

from __future__ import annotations

from report_samples import CREATE, PLAN, SERVER, SINCE, STOPPED, UNCHANGED, UNREAD, change, field

from clientreg.planning.plan import Action, Change, Plan, Risk
from clientreg.report import markdown
from golden import same

WORDS = ('"Fjordvale Play" of Fjordvale Broadcasting asks to:', "- Sign in `now`")


def consent(_environment: str, of: Change) -> tuple[str, ...]:
    return WORDS if of == CREATE else ()


def none(_environment: str, _of: Change) -> tuple[str, ...]:
    return ()


def test_a_page_reads_as_it_was_read() -> None:
    same("report/plan.md", markdown.plans([SINCE, UNCHANGED], consent))


def test_a_page_of_a_stopped_plan() -> None:
    same("report/plan-stopped.md", markdown.plans([STOPPED], none))


def test_a_page_tells_the_server_that_was_not_read() -> None:
    same("report/plan-unread.md", markdown.plans([UNREAD, UNCHANGED._replace(unread=UNREAD.unread)], none))


def test_a_plan_against_servers_names_its_digest() -> None:
    assert f"digest `{PLAN.digest}`" in markdown.plans([PLAN], none)


def big(number: int) -> Plan:
    plain = [
        change(Action.UPDATE, f"acme.a{n:05}", Risk.PLAIN, field("product", "a", "b" * 300)) for n in range(number)
    ]
    removed = field("scopes", ["openid"], [], Risk.BREAKING, "scope removed: openid")
    breaking = change(Action.UPDATE, "acme.z-last", Risk.BREAKING, removed)
    return PLAN._replace(servers=(SERVER._replace(changes=(*plain, breaking), refused=(), waiting=()),), waivers=())


def test_what_does_not_fit_is_counted_and_is_the_least_dangerous() -> None:
    page = markdown.plans([big(1_000)], none)
    shown = page.count("\n**plain** \u00b7 update")
    assert len(page) <= markdown.LIMIT
    assert page.count("**breaking** \u00b7 update `acme.z-last`") == 1
    assert f"**{1_000 - shown:,} more entries did not fit on this page ({1_000 - shown:,} plain)**" in page
    assert 0 < shown < 1_000


def test_a_change_is_shown_whole_or_not_at_all() -> None:
    page = markdown.plans([big(1_000)], none)
    assert page.count("```text") * 2 == page.count("```")


def test_a_single_change_too_large_for_a_page_is_counted() -> None:
    huge = change(Action.UPDATE, "acme.shop", Risk.SENSITIVE, field("description", "a", "b" * 70_000))
    page = markdown.plans([PLAN._replace(servers=(SERVER._replace(changes=(huge,)),), waivers=())], none)
    assert len(page) <= markdown.LIMIT
    assert "**3 more entries did not fit on this page (1 breaking, 1 sensitive, 1 plain)**" in page


def test_the_same_change_on_two_servers_stands_once() -> None:
    servers = tuple(SERVER._replace(name=name, changes=(CREATE,), refused=(), waiting=()) for name in ("eu", "us"))
    page = markdown.plans([PLAN._replace(servers=servers, waivers=())], none)
    assert page.count("create `fjordvale-media.play-web` on `eu`, `us`") == 1


def test_a_thousand_environments_are_counted() -> None:
    page = markdown.plans([PLAN._replace(environment=f"e{n}") for n in range(1_000)], none)
    assert len(page) <= markdown.LIMIT
    assert "| and 950 more | | | |" in page
    assert "more entries did not fit on this page" in page
