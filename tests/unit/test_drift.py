"""Drift as a comparison: what was applied, what is wanted, what is there, on servers in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from clientreg import drift
from clientreg.drift.found import Drift, Kind, People
from clientreg.model import Registration
from clientreg.planning.state import Observed
from clientreg.sync import Wanted
from clientreg.values.lifetime import worded
from memory import APP, MemoryHistory, World, registration, wanted

SHOP, TV = registration("shop"), registration("tv", APP)
STORE = replace(SHOP, client_name="Acme Store")


@dataclass
class Day:
    """An environment with what each commit said, and what was asked of the commits."""

    world: World
    said: dict[str, tuple[Registration, ...]] = field(default_factory=dict)
    asked: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def apply(self, commit: str, *registrations: Registration, **options: Any) -> None:
        """A commit that says this, applied."""
        self.at(commit, *registrations)
        planned = self.world.plan(*registrations, options=options)
        from clientreg import sync

        sync.apply(planned, override_guard=planned.plan.digest, expect=planned.plan.digest)

    def at(self, commit: str, *registrations: Registration) -> None:
        """A commit that says this, checked out."""
        self.said[commit] = registrations
        commits = tuple(dict.fromkeys((*self.world.history.commits, commit)))
        self.world.history = MemoryHistory(commits, commit)

    def wanted(self, commit: str, files: frozenset[str]) -> Mapping[str, Wanted] | None:
        """See `Commits`."""
        self.asked.append((commit, files))
        said = self.said.get(commit)
        return None if said is None else {one.client_id: one for one in wanted(*said)}

    def drift(self, *registrations: Registration, **inputs: Any) -> Drift:
        """What is told when the files say this."""
        by_name = {server.name: server for server in self.world.servers}
        compared = drift.compare(
            self.world.inputs(*registrations, **inputs),
            self.world.history,
            self,
            lambda key, _: People((f"@{key}",), ()),
            connect=lambda entry, _: by_name[entry.name],
        )
        return compared.drift


@pytest.fixture
def day(tmp_path: Path) -> Day:
    made = Day(World(tmp_path))
    made.apply("c1", SHOP, TV)
    return made


def told(found: Drift) -> dict[str, list[str]]:
    return {one.key: [str(one.kind), *(str(f.path[0]) for f in one.fields)] for one in found.drifted}


def test_a_quiet_day_asks_no_older_commit(day: Day) -> None:
    day.at("c2", SHOP, TV)
    assert (told(day.drift(SHOP, TV)), day.asked) == ({}, [])


def test_only_what_differs_is_looked_up_and_each_commit_once(day: Day) -> None:
    day.at("c2", STORE, TV)
    day.world.servers[0].touch("acme.tv", client_name="By hand")
    found = day.drift(STORE, TV)
    assert told(found) == {"acme.tv": ["changed", "client_name"]}
    assert [(one.key, one.fields) for one in found.servers[0].pending] == [("acme.shop", (("client_name",),))]
    assert day.asked == [("c1", frozenset({"clients/acme/shop.yaml", "clients/acme/tv.yaml"}))]


def test_the_value_that_was_applied_stands_before_the_one_that_is_there(day: Day) -> None:
    day.at("c2", STORE, TV)
    day.world.servers[0].touch("acme.shop", client_name="By hand")
    (one,) = day.drift(STORE, TV).drifted
    assert [(f.before, f.after) for f in one.fields] == [("Acme Shop", "By hand")]
    assert (one.commit, one.people.owners) == ("c1", ("@acme.shop",))


def test_a_part_that_was_applied_later_counts_by_its_mark(day: Day) -> None:
    day.apply("c2", STORE, TV, clients=frozenset({"acme.shop"}))
    day.at("c3", STORE, TV)
    assert told(day.drift(STORE, TV)) == {}
    day.world.servers[0].touch("acme.shop", client_name="Acme Shop")
    assert told(day.drift(STORE, TV)) == {"acme.shop": ["changed", "client_name"]}


def test_what_an_apply_failed_to_do_is_pending(day: Day) -> None:
    day.world.servers[0].before = lambda _: "not today"
    day.apply("c2", STORE, TV)
    assert day.world.servers[0].saved
    assert day.world.servers[0].saved.commit == "c2"
    found = day.drift(STORE, TV)
    assert (told(found), [one.key for one in found.servers[0].pending]) == ({}, ["acme.shop"])


def test_each_server_by_what_was_applied_to_it(tmp_path: Path) -> None:
    from memory import MemoryServer

    day = Day(World(tmp_path, (MemoryServer("eu"), MemoryServer("us")), operators=(SHOP.recipients[0],)))
    day.apply("c1", TV)
    day.apply("c2", replace(TV, client_name="Acme Two"), only_servers=frozenset({"eu"}))
    day.at("c3", TV)
    day.world.servers[1].touch("acme.tv", description="Typed by hand.")
    found = day.drift(TV)
    assert [(server.name, [one.key for one in server.drifted]) for server in found.servers] == [
        ("eu", []),
        ("us", ["acme.tv"]),
    ]
    assert [one.key for one in found.servers[0].pending] == ["acme.tv"]


@pytest.mark.parametrize("known", [True, False])
def test_a_commit_that_cannot_be_had_is_stood_in_for_by_the_work_tree(day: Day, known: bool) -> None:
    day.at("c2", STORE, TV)
    if known:
        del day.said["c1"]  # a commit that holds no registry
    else:
        day.world.history = MemoryHistory(("c2",), "c2")
    found = day.drift(STORE, TV)
    assert told(found) == {"acme.shop": ["changed", "client_name"]}
    (note,) = found.servers[0].notes
    assert (note.why.startswith("commit c1, applied last, is not in this clone: 1 client is"), note.hint) == (
        True,
        "git fetch --all",
    )


def test_nothing_is_written_and_no_sink_is_asked(day: Day) -> None:
    day.world.servers[0].touch("acme.shop", client_name="By hand")
    before = (dict(day.world.servers[0].clients), list(day.world.servers[0].writes), day.world.files())
    for path in day.world.handover.iterdir():
        path.unlink()  # a plan would make the credential anew
    (one,) = day.drift(SHOP, TV).drifted
    assert [f.path for f in one.fields] == [("client_name",)]
    assert (day.world.servers[0].clients, day.world.servers[0].writes) == before[:2]


def test_a_secret_that_was_taken_away_by_hand(day: Day) -> None:
    one = day.world.servers[0].clients["acme.shop"]
    assert one.mark
    day.world.servers[0].clients["acme.shop"] = replace(one, mark=replace(one.mark, credential=None), has_secret=False)
    (found,) = day.drift(SHOP, TV).drifted
    assert [(f.path, f.before, f.after) for f in found.fields] == [(("credentials", "generation"), 1, None)]


def test_somebody_elses_client_is_counted(day: Day) -> None:
    day.world.servers[0].clients["x"] = Observed("x", {"client_name": "X"}, lambda: "9", None)
    found = day.drift(SHOP, TV)
    assert (told(found), found.servers[0].foreign) == ({}, 1)


def test_a_client_with_errors_is_compared_with_what_was_applied(day: Day) -> None:
    from clientreg.planning.plan import Refusal

    refused = (Refusal("acme.shop", "clients/acme/shop.yaml", "CR201 no"),)
    assert told(day.drift(SHOP, TV, refused=refused)) == {}
    day.at("c2", STORE, TV)
    day.world.servers[0].touch("acme.shop", description="Typed by hand.")
    found = day.drift(STORE, TV, refused=refused)
    assert (told(found), len(found.servers[0].refused)) == ({"acme.shop": ["changed", "description"]}, 1)


def test_a_client_that_a_plan_refuses_is_compared_with_what_was_applied(day: Day) -> None:
    second = registration("shop", credentials={"generation": 2})
    day.apply("c2", second, TV)
    day.at("c3", SHOP, TV)  # the generation went back: refused
    found = day.drift(SHOP, TV)
    assert (told(found), [one.key for one in found.servers[0].refused]) == ({}, ["acme.shop"])
    day.world.servers[0].touch("acme.shop", description="Typed by hand.")
    found = day.drift(SHOP, TV)
    assert (told(found), len(found.servers[0].refused)) == ({"acme.shop": ["changed", "description"]}, 1)


def test_a_mark_that_the_next_apply_replaces_anyway_is_pending(day: Day) -> None:
    one = day.world.servers[0].clients["acme.shop"]
    assert one.mark
    assert one.mark.credential
    ahead = replace(one.mark, credential=replace(one.mark.credential, generation=2))
    day.world.servers[0].clients["acme.shop"] = replace(one, mark=ahead)
    assert told(day.drift(SHOP, TV)) == {"acme.shop": ["mark"]}
    third = registration("shop", credentials={"generation": 3})
    day.at("c2", third, TV)
    found = day.drift(third, TV)
    assert (told(found), [str(one.action) for one in found.servers[0].pending]) == ({}, ["rotate"])


def test_what_a_whole_apply_found_as_it_should_be_counts_though_no_mark_names_it(day: Day) -> None:
    day.world.servers[0].touch("acme.shop", client_name="Acme Store")
    day.apply("c2", STORE, TV)  # made legal: nothing to write, so that the mark stays at c1
    day.at("c3", replace(SHOP, client_name="Acme Stand"), TV)
    found = day.drift(replace(SHOP, client_name="Acme Stand"), TV)
    assert (told(found), [one.key for one in found.servers[0].pending]) == ({}, ["acme.shop"])


def test_gone_with_its_file_is_nothing_to_tell(day: Day) -> None:
    del day.world.servers[0].clients["acme.tv"]
    assert told(day.drift(SHOP, TV)) == {"acme.tv": [str(Kind.GONE)]}
    day.at("c2", SHOP)
    assert told(day.drift(SHOP)) == {}


@pytest.mark.parametrize(
    ("seconds", "text"), [(300, "5m"), (90, "90s"), (7200, "2h"), (1209600, "14d"), (86401, "86401s")]
)
def test_a_lifetime_in_words(seconds: int, text: str) -> None:
    assert worded(seconds) == text
