"""What lints clean is accepted, kept and working: odd clients on every kind of server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from acceptance import judging, on_keycloak, tokens
from acceptance.bulk import COUNT, Trial
from acceptance.kinds import KINDS
from real import needs

SEED = 2
SAMPLE = 24


@pytest.fixture(scope="module", params=KINDS)
def trial(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    kind = KINDS[request.param]
    needs(request.param, here=kind.missing() is None, hint=str(kind.missing()))
    server = request.getfixturevalue("keycloak") if request.param == on_keycloak.NAME else None
    with kind.trial(server, tmp_path_factory.mktemp("edges"), COUNT, SEED) as one:
        yield one


def test_every_client_is_accepted(trial: Trial) -> None:
    assert trial.applied.refused == {}


def test_the_second_plan_is_empty(trial: Trial) -> None:
    assert trial.applied.second_plan() == ""


def test_every_field_is_kept_as_a_raw_look_shows(trial: Trial) -> None:
    assert judging.changed(trial) == {}


def test_each_redirect_uri_is_accepted_as_a_stranger_sees_it(trial: Trial) -> None:
    seen = judging.strangers(trial)
    assert (seen.refused, seen.near) == ([], [])
    assert seen.asked > COUNT / 2


def test_a_sample_gets_tokens(trial: Trial) -> None:
    assert len(tokens.sample(trial.applied.held, SAMPLE, SEED)) == SAMPLE
    assert dict(judging.without_token(trial, SAMPLE, SEED)) == {}
