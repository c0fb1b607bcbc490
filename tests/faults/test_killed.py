"""An apply that is killed at any step loses nothing: the next one arrives, and secrets in use are in sealed files."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest
from disk import Disk, counted, killed_at

from clientreg import sync
from memory import APP, Registration, registration

if not hasattr(os, "fork"):
    pytest.skip("needs fork", allow_module_level=True)

SHOP, TV, OLD = registration("shop"), registration("tv", APP), registration("zoo", client_name="Zoo")
BEFORE = (SHOP, TV, OLD)
AFTER = (
    registration("new", client_name="New"),
    registration("shop", credentials={"generation": 2}, client_name="Acme Store"),
    registration("tv", APP, client_name="Acme TV"),
)
"""One to create with a secret, one to rotate, one to change, one to take away."""


def steps(disk: Disk, *target: Registration) -> int:
    """How many steps an apply has, counted on a copy of the disk."""
    copy = disk.root.with_name("counted")
    shutil.copytree(disk.root, copy)
    with counted(lambda _: None) as seen:
        assert not Disk(copy, disk.names, key=disk.key).apply(*target).failed
    shutil.rmtree(copy)
    return seen[0]


@pytest.mark.parametrize("names", [("local",), ("eu", "us")], ids=["one server", "two servers"])
@pytest.mark.parametrize("before", [(), BEFORE], ids=["from nothing", "from before"])
def test_killed_at_each_step_nothing_is_lost(
    tmp_path: Path, before: tuple[Registration, ...], names: tuple[str, ...]
) -> None:
    first = Disk(tmp_path / "first", names)
    first.root.mkdir()
    if before:
        assert not first.apply(*before).failed
    count = steps(first, *AFTER)
    assert count > 20
    for number in range(count):
        disk = Disk(tmp_path / str(number), names, key=first.key)
        shutil.copytree(first.root, disk.root)

        def until_killed(disk: Disk = disk, number: int = number) -> None:
            with counted(killed_at(number)):
                disk.apply(*AFTER)

        assert disk.forked(until_killed) == -signal.SIGKILL
        assert (number, disk.unheld()) == (number, [])
        applied = disk.apply(*AFTER)
        assert (number, [one.error for one in applied.outcomes if one.error], applied.failed) == (number, [], False)
        assert (number, disk.plan(*AFTER).plan.changes, disk.unheld(), disk.unused()) == (number, (), [], [])
        shutil.rmtree(disk.root)


def test_killed_between_two_servers_both_end_with_one_secret(tmp_path: Path) -> None:
    disk = Disk(tmp_path, ("eu", "us"))

    def one_server_only() -> None:
        made = disk.plan(SHOP)
        sync.apply(made, on_outcome=lambda *_: os.kill(os.getpid(), signal.SIGKILL))

    assert disk.forked(one_server_only) == -signal.SIGKILL
    assert disk.clients() == {"eu": ["acme.shop"], "us": []}
    (sealed,) = disk.handover.glob("*.age")
    assert not disk.apply(SHOP).failed
    assert disk.clients() == {"eu": ["acme.shop"], "us": ["acme.shop"]}
    assert list(disk.handover.glob("*.age")) == [sealed]
    assert disk.unheld() == []
