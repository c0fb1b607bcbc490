"""Words of strangers stay words in what drift says."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from clientreg.drift.found import Drift, Drifted, Kind, Note, Pending, People, ServerDrift
from clientreg.drift.remedy import Edited, Remedy, Unwritten
from clientreg.planning.plan import Action, Plan
from clientreg.reading import schemata
from clientreg.report import drift_json, drift_markdown, drift_text
from clientreg.report.style import Style
from properties.test_report import HOSTILE, PLANS, STYLES, harmful, live

HEADINGS = {"Drift in ", "Server "}
"""Our own, as far as their first code span."""


def drift(plan: Plan, words: str, kind: Kind) -> Drift:
    servers = tuple(
        ServerDrift(
            server.name,
            server.type,
            server.url,
            words,
            tuple(
                Drifted(one.key, one.source, kind, one.risk, one.fields, words, People((words,), (words,)), words)
                for one in server.changes
            ),
            tuple(Pending(one.key, one.source, Action.UPDATE, ((words,),)) for one in server.changes),
            server.refused,
            (Note(words, words),),
            server.owned,
            server.foreign,
        )
        for server in plan.servers
    )
    return Drift(plan.environment, plan.production, plan.commit, servers)


def remedy(words: str) -> Remedy:
    edited = Edited(words, words, words, f"{words}\n{words}", (words,))
    return Remedy((edited,), (Unwritten(words, words, words, words, (words,)),))


@settings(max_examples=100, deadline=None)
@given(PLANS, HOSTILE, st.sampled_from(Kind), STYLES)
def test_text_stands_still(plan: Plan, words: str, kind: Kind, style: Style) -> None:
    assert harmful(drift_text.drift(drift(plan, words, kind), style)) == []
    assert harmful(drift_text.remedy(remedy(words), style, written=True)) == []


@settings(max_examples=100, deadline=None)
@given(PLANS, HOSTILE, st.sampled_from(Kind))
def test_a_page_shows_nothing_live(plan: Plan, words: str, kind: Kind) -> None:
    page = drift_markdown.drift(drift(plan, words, kind))
    assert (harmful(page), set(live(page)) - HEADINGS, len(page) <= 65_536) == ([], set(), True)


@settings(max_examples=100, deadline=None)
@given(PLANS, HOSTILE, st.sampled_from(Kind))
def test_json_keeps_its_promise(plan: Plan, words: str, kind: Kind) -> None:
    output = drift_json.drift(drift(plan, words, kind), remedy(words), written=True)
    published = Draft202012Validator(schemata.schema("drift-output"))
    assert (harmful(output), list(published.iter_errors(json.loads(output)))) == ([], [])
