"""What verify prints: one sample with everything in it, read once, and the promises of its JSON."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import golden
from clientreg.report import verify_json, verify_text
from clientreg.report.layout import columns
from clientreg.report.style import PLAIN, Style
from clientreg.verify import findings
from clientreg.verify.result import (
    LOGOUT,
    REDIRECT,
    Answers,
    Asked,
    Heard,
    LeftOut,
    Offer,
    Probe,
    Reply,
    Trouble,
    Verified,
)

YES, NO, PAGE = Reply(Heard.ACCEPTED, 302, "invalid_request"), Reply(Heard.REFUSED, 400), Reply(Heard.PAGE, 200)
SHOP, BYE = "https://shop.example/cb", "https://shop.example/bye"
SPEC = "clients/acme/{}.yaml"


def probe(field: str, uri: str, reply: Reply = YES, wrong: Reply = NO) -> Probe:
    return Probe(field, uri, reply, f"{uri}/near-miss", wrong)


ASKED = (
    Asked("acme.shop", SPEC.format("shop"), (probe(REDIRECT, SHOP), probe(LOGOUT, BYE))),
    Asked("acme.feed", SPEC.format("feed")),
    Asked(
        "acme.北京ショップ",
        SPEC.format("wide"),
        (probe(REDIRECT, SHOP, NO), probe(REDIRECT, f"{SHOP}/2", YES, YES), probe(LOGOUT, BYE, PAGE, PAGE)),
        (f"redirect_uris: '{SHOP}*' is a pattern, which nobody can ask for",),
    ),
    Asked(
        "acme.a-client-whose-id-is-longer-than-its-column-could-ever-be",
        SPEC.format("long"),
        (Probe(REDIRECT, "acme:/\u202ecb", NO, None), probe(REDIRECT, "##[error]", NO)),
    ),
)
OFFERS = (
    Offer("scopes_supported", "openid", True, ("acme.shop",)),
    Offer("scopes_supported", "orders", False, ("acme.shop", "acme.feed", "acme.x", "acme.y")),
)
DOCUMENT = {"issuer": "https://id.example/\x1b[2J"}
FOUND = (
    *findings.about_server(DOCUMENT, "https://id.example", OFFERS),
    *(found for one in ASKED for found in findings.about_client(one)),
)
SAMPLE = Verified(
    "production",
    (
        Answers("eu", "keycloak", "https://id.example", OFFERS, ASKED, FOUND),
        Answers(
            "us", "keycloak", "https://us.id.example", OFFERS[:1], ASKED[:1], (), Trouble("it is gone", "start it")
        ),
        Answers("file", "file", "", trouble=Trouble("where server file runs is not known", "name its issuer")),
    ),
    (LeftOut("acme.off", SPEC.format("off"), "its file disables it"),),
)
CLEAN = SAMPLE._replace(servers=(Answers("eu", "keycloak", "https://id.example", OFFERS[:1], ASKED[:2]),), left_out=())


def test_everything_is_as_it_was_read_once() -> None:
    golden.same("report/verify.txt", verify_text.verified(SAMPLE, PLAIN))
    golden.same("report/verify-clean.txt", verify_text.verified(CLEAN, PLAIN))
    golden.same("report/verify-coloured.txt", verify_text.verified(SAMPLE, Style(colour=True)))


def test_json_keeps_its_promise(valid: Callable[[str, str], list[str]]) -> None:
    text = verify_json.verified(SAMPLE)
    golden.same("report/verify.json", text)
    assert [valid("verify-output", each) for each in (text, verify_json.verified(CLEAN))] == [[], []]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal_but_for_a_long_word(width: int) -> None:
    lines = verify_text.verified(SAMPLE, Style(width=width)).splitlines()
    assert [line for line in lines if columns(line) > max(width, 80) and line[:2] not in {"x ", "cl"}] == []
