"""Every request of an apply to a Keycloak goes wrong in turn, in every way; nothing is lost, and the next one arrives.

Of the requests some are tried for each way; `CLIENTREG_FAULTS=all` tries all of them, another number so many.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from keycloak_fake import FakeKeycloak
from keycloak_kinds import KINDS, Kind
from keycloak_law import Law, law_of
from keycloak_wire import Reply, Turn, wired
from keycloak_world import REALM, SECRET, SECTOR, World, impatient

from managed import OWN

WANTED = os.environ.get("CLIENTREG_FAULTS", "2")
CASES = [
    pytest.param(kind, always, id=f"{name}, {'always' if always else 'once'}")
    for name, kind in KINDS.items()
    for always in (False, True)
]


@dataclass
class Place:
    """A world, what it is before the apply, the law for that, the words of that apply, the labels of its requests."""

    world: World
    fake: FakeKeycloak
    state: object
    law: Law
    words: tuple[str, ...]
    labels: tuple[str, ...]

    @classmethod
    def made(cls, world: World, fake: FakeKeycloak) -> Place:
        world.made()
        state, saved = fake.state(), world.root.with_name("saved")
        shutil.copytree(world.root / "handover", saved)
        words = world.planned()
        law = law_of(world)
        return cls(world, fake, state, law, words, tuple(world.wire.seen))

    def reset(self) -> None:
        """As before the apply."""
        self.fake.restore(self.state)
        shutil.rmtree(self.world.root / "handover")
        shutil.copytree(self.world.root.with_name("saved"), self.world.root / "handover")
        self.world.foreign_before = self.world.foreigners()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    fake = FakeKeycloak(REALM, (OWN, SECRET))
    with wired(fake) as wire, impatient():
        root = tmp_path_factory.mktemp("faults") / "world"
        yield Place.made(World(root, wire, fake, foreign=45, more=SECTOR), fake)


LATE = ("POST clients acme.desk #1", "PUT clients/acme.zoo #1")


@pytest.mark.parametrize("label", LATE)
def test_a_secret_that_lands_when_nobody_waits_any_more_can_be_opened(place: Place, label: str) -> None:
    """All attempts have run out, and the server was not seen to have it: it may come to have it still."""
    place.reset()
    strike = KINDS["done when all is over"].strike
    with impatient(0.4):
        _, wrong = place.law.broken(place.world, partial(place.world.apply, label, strike, always=True))
    assert not wrong, "\n".join(wrong)


def test_a_client_that_others_delete_meanwhile_hides_none_of_ours(place: Place) -> None:
    """Between two pages: then one of the next page moves to the one that was read."""
    place.reset()

    def delete(turn: Turn) -> Reply:
        place.fake.admin("DELETE", f"/clients/{place.world.client('a-foreign-1')['id']}")
        place.world.foreign_before = place.world.foreigners()
        return turn.handle()

    done, wrong = place.law.broken(place.world, partial(place.world.apply, "GET clients first=49,max=50 #1", delete))
    assert (done.status, wrong) == (0, []), done.said


def test_a_realm_that_never_stands_still_is_left_alone(place: Place) -> None:
    place.reset()
    gone = iter(range(1, 45))

    def delete(turn: Turn) -> Reply:
        place.fake.admin("DELETE", f"/clients/{place.world.client(f'a-foreign-{next(gone)}')['id']}")
        return turn.handle()

    done = place.world.apply("GET clients first=49,max=50 #1", delete, always=True)
    assert (done.status, "clients came and went while they were read, 5 times" in done.err) == (3, True), done.said


def test_a_commit_that_is_not_remembered_is_told(place: Place) -> None:
    """A sign-in page says 200, too."""
    place.reset()
    attempt = partial(place.world.apply, "PUT clients/clientreg #1", KINDS["a page"].strike)
    done, wrong = place.law.broken(place.world, attempt)
    assert (done.status, wrong) == (3, []), done.said
    assert "the applied commit could not be remembered" in " ".join(done.out.split())


def test_a_change_is_not_gone_on_with_after_a_page(place: Place) -> None:
    """Else only its mark would be missing in the end, and no plan would ever bring it."""
    place.reset()
    attempt = partial(place.world.apply, "PUT clients/acme.pair #1", KINDS["a page"].strike)
    done, wrong = place.law.broken(place.world, attempt)
    assert (done.status, wrong) == (3, []), done.said
    assert "something else answered in Keycloak's place, with status 200" in " ".join(done.out.split())


def few(labels: tuple[str, ...], case: str) -> list[str]:
    """Some of them, always the same for a case; all for `all`."""
    return list(labels) if WANTED == "all" else random.Random(case).sample(labels, min(len(labels), int(WANTED)))


@pytest.mark.parametrize(("kind", "always"), CASES)
def test_a_request_goes_wrong(place: Place, kind: Kind, always: bool, request: pytest.FixtureRequest) -> None:
    tried, ended = few(place.labels, request.node.name), []
    for label in tried:
        place.reset()
        with impatient(0.4 if kind.slow else 10.0):
            attempt = partial(place.world.apply, label, kind.strike, always=always, words=place.words)
            done, wrong = place.law.broken(place.world, attempt)
        assert place.world.wire.struck, label
        assert not wrong, "\n".join([label, *wrong, done.said])
        ended.append(done.status)
        if kind.passing and not always and repeatable(label, kind):
            assert done.status == 0, (label, done.said)
    print(f"{len(tried)} requests, {ended.count(0)} applies done, {ended.count(3)} stopped")


def repeatable(label: str, kind: Kind) -> bool:
    """Whether asking once more is all that it takes: not to add a mapper, and not where no token is shown."""
    adds_a_mapper = label.startswith("POST") and "/protocol-mappers/models" in label
    return not adds_a_mapper and not (kind is KINDS["401"] and "openid-con" in label)
