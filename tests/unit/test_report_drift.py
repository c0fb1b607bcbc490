"""What drift says, in every format."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from clientreg.drift.found import Drift, Drifted, Kind, Note, Pending, People, ServerDrift
from clientreg.drift.remedy import Edited, Remedy, Unwritten
from clientreg.planning.plan import Action, FieldChange, Refusal, Risk, Unread
from clientreg.report import drift_json, drift_markdown, drift_text
from clientreg.report.style import PLAIN, Style
from golden import same

SHOP = "clients/acme/shop.yaml"
ACME = People(("@acme/identity", "@kvernbit"), ("dev@acme.example",))
CHANGED = Drifted(
    "acme.shop",
    SHOP,
    Kind.CHANGED,
    Risk.SENSITIVE,
    (
        FieldChange(("client_name",), "Acme Shop", "Acme Store", Risk.VISIBLE, "end users read it"),
        FieldChange(
            ("redirect_uris",),
            ["https://shop.acme.example/connect/oauth2callback"],
            ["https://shop.acme.example/connect/oauth2callback", "http://203.0.113.7:8000/cb"],
            Risk.SENSITIVE,
            "new redirect host 203.0.113.7",
        ),
        FieldChange(("access_token_lifetime",), None, 86400, Risk.PLAIN, ""),
    ),
    "",
    ACME,
    "1a2b3c4d5e6f" + "0" * 28,
)
GONE = Drifted(
    "acme.a-client-with-a-name-that-is-too-long-for-one-line",
    "clients/acme/a-client-with-a-name-that-is-too-long-for-one-line.yaml",
    Kind.GONE,
    Risk.BREAKING,
    (),
    "it is not on the server any more: somebody deleted it, or the apply could not make it",
    ACME,
    None,
)
MARK = Drifted(
    "acme.tv",
    "clients/acme/tv.yaml",
    Kind.MARK,
    Risk.BREAKING,
    (),
    "its mark was taken away: it is nobody's now, and an apply leaves it as it is; --adopt takes it back",
    People(),
    "1a2b3c4d5e6f" + "0" * 28,
)
SERVER = ServerDrift(
    "eu",
    "keycloak",
    "https://login.example.com/realms/connect",
    "1a2b3c4d5e6f" + "0" * 28,
    (GONE, CHANGED, MARK),
    (
        Pending("acme.feed", "clients/acme/feed.yaml", Action.UPDATE, (("scopes",), ("client_name",))),
        Pending("acme.new", "clients/acme/new.yaml", Action.CREATE, (("client_id",),)),
    ),
    (
        Refusal(
            "acme.old", "clients/acme/old.yaml", "clients/acme/old.yaml:3:1: CR201 'http://x/' is sent in the clear"
        ),
    ),
    (
        Note(
            "commit 1a2b3c4d5e6f, applied last, is not in this shallow clone: 1 client is compared with the work tree, "
            "where what is not applied yet looks like drift",
            "clone whole: `fetch-depth: 0` in the workflow's checkout, or git fetch --unshallow",
        ),
    ),
    owned=17,
    foreign=3,
)
CALM = SERVER._replace(name="us", drifted=(), pending=(), refused=(), notes=())
DRIFT = Drift("production", True, "f" * 40, (SERVER, CALM))
REMEDY = Remedy(
    (Edited(SHOP, "acme.shop", "a: 1\nclient_name: Acme Shop\n", "a: 1\nclient_name: Acme Store\n", ("client_name",)),),
    (
        Unwritten(
            SHOP,
            "acme.shop",
            "redirect_uris",
            "lint refuses it: CR203 'http://203.0.113.7:8000/cb' is sent in the clear",
            ("environments:", "  production:", "    redirect_uris: [http://203.0.113.7:8000/cb]"),
        ),
        Unwritten("clients/acme/tv.yaml", "acme.tv", "", "a mark stands in no file: plan with --adopt shows more"),
    ),
)


def test_drift_reads_as_it_was_read() -> None:
    same("report/drift.txt", drift_text.drift(DRIFT, PLAIN))


def test_the_server_that_was_not_read_is_told(valid: Callable[[str, str], list[str]]) -> None:
    why = "https://us.login.example.com: was not answered in time"
    unread = (Unread("us", "keycloak", "https://us.login.example.com/realms/connect", why, "run again"),)
    calm = DRIFT._replace(servers=(CALM._replace(name="eu"),), unread=unread)
    lines = drift_text.drift(calm, PLAIN).splitlines()
    assert "x not read: what it holds is not known, and it is left as it is" in lines
    assert lines[-1] == "no drift: production is as it was applied (17 clients on 1 server), 1 server not read"
    page = drift_markdown.drift(calm)
    assert "**Server `us` was not read**: this page is without it." in page
    assert why in page
    told = drift_json.drift(calm, None, written=False)
    assert valid("drift-output", told) == []
    assert [one["why"] for one in json.loads(told)["unread"]] == [why]


def test_it_fits_its_terminal() -> None:
    lines = drift_text.drift(DRIFT, PLAIN).splitlines()
    assert [line for line in lines if len(line) > 80] == []


def test_a_remedy_reads_as_it_was_read() -> None:
    same("report/drift-remedy.txt", drift_text.remedy(REMEDY, PLAIN, written=True))


def test_a_page_reads_as_it_was_read() -> None:
    same("report/drift.md", drift_markdown.drift(DRIFT))


def test_json_keeps_its_promise(valid: Callable[[str, str], list[str]]) -> None:
    outputs = [
        drift_json.drift(DRIFT, None, written=False),
        drift_json.drift(DRIFT._replace(servers=(CALM._replace(applied=None),)), REMEDY, written=True),
    ]
    assert [valid("drift-output", output) for output in outputs] == [[], []]
    same("report/drift.json", outputs[0])
    assert json.loads(outputs[1])["remedy"]["files"][0]["diff"].endswith(
        "-client_name: Acme Shop\n+client_name: Acme Store\n"
    )


def test_colours_change_no_word() -> None:
    import re

    coloured = drift_text.drift(DRIFT, Style(colour=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == drift_text.drift(DRIFT, PLAIN)


@pytest.mark.parametrize(
    ("drift", "words"),
    [
        (DRIFT, "3 clients drifted, 2 pending, 1 refused"),
        (DRIFT._replace(servers=(CALM,)), "no drift: production is as it was applied (17 clients on 1 server)"),
        (
            DRIFT._replace(servers=(CALM, CALM), partial=True),
            "no drift: production is as it was applied as far as it was looked at (17 clients on 2 servers)",
        ),
        (DRIFT._replace(servers=(SERVER, SERVER)), "3 clients drifted, 2 pending, 1 refused"),
    ],
)
def test_the_counting_line_counts_each_client_once(drift: Drift, words: str) -> None:
    assert drift_text.counting(drift) == words


def test_many_pending_clients_are_counted() -> None:
    many = CALM._replace(pending=SERVER.pending[:1] * 13)
    shown = drift_text.drift(DRIFT._replace(servers=(many,)), PLAIN)
    assert (shown.count("acme.feed: update"), "    and 3 more\n" in shown) == (10, True)


def test_a_page_that_is_too_long_is_cut_with_a_count() -> None:
    long = CHANGED._replace(fields=(FieldChange(("description",), "x " * 9_000, "y " * 9_000, Risk.PLAIN, ""),))
    page = drift_markdown.drift(DRIFT._replace(servers=(SERVER._replace(drifted=(long,) * 9),)))
    assert (len(page) <= 65_536, "did not fit on this page**: `clientreg drift` shows them all" in page) == (True, True)
