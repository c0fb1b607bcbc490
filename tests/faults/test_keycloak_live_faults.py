"""What goes wrong with the requests of which most depends, on a real Keycloak behind a wire of the tests.

Of all some are tried; `CLIENTREG_FAULTS=all` tries all of them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
from keycloak_kinds import KINDS
from keycloak_live import LivePlace, live_place
from keycloak_world import impatient

from servers.keycloak import Keycloak

WANTED = os.environ.get("CLIENTREG_FAULTS", "6")
WORST = ("POST clients acme.desk #1", "PUT clients/acme.zoo #1", "GET clients clientId=acme.zoo #2")
"""A new client's secret, another secret of a client that is in use, and the look at what is there in the end."""
ALL = [(name, label) for name in KINDS for label in WORST]
CASES = ALL if WANTED == "all" else random.Random("live").sample(ALL, 6)


@pytest.fixture(scope="module")
def place(keycloak: Keycloak, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePlace]:
    with live_place(keycloak, tmp_path_factory.mktemp("faults") / "world") as place:
        yield place


@pytest.mark.parametrize(("name", "label"), CASES)
def test_a_request_to_a_real_one_goes_wrong_each_time(place: LivePlace, name: str, label: str) -> None:
    kind, world = KINDS[name], place.world
    assert label in place.labels
    world.begin()
    with impatient(1.5 if kind.slow else 30.0):
        done, wrong = place.law.broken(world, lambda: world.apply(label, kind.strike, always=True))
    assert world.wire.struck
    assert not wrong, "\n".join([*wrong, done.said])
