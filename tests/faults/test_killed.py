"""An apply that is killed at any step loses nothing: the next one arrives, and secrets in use are in sealed files.

Of each scenario's steps some are tried; `CLIENTREG_KILLS=all` tries all of them, another number so many.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from disk import Disk
from scenarios import SCENARIOS, SHOP, Scenario
from steps import counted, killed_at, sampled

from clientreg import sync

if not hasattr(os, "fork"):
    pytest.skip("needs fork", allow_module_level=True)

WANTED = os.environ.get("CLIENTREG_KILLS", "5")


def converges(disk: Disk, scenario: Scenario, where: object) -> None:
    """Nothing is lost now; the next apply arrives, and there is nothing left to do or to tidy."""
    assert (disk.unheld(), where) == ([], where)
    applied = disk.apply(*scenario.after)
    assert ([one.error for one in applied.outcomes if one.error], applied.failed, where) == ([], False, where)
    changes = disk.plan(*scenario.after).plan.changes
    assert (changes, disk.unheld(), disk.unused(), where) == ((), [], [], where)
    ids = sorted(one.client_id for one in scenario.after)
    assert (disk.clients(), where) == (dict.fromkeys(scenario.servers, ids), where)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_killed_at_a_step_nothing_is_lost(tmp_path: Path, scenario: Scenario) -> None:
    first = scenario.disk(tmp_path / "first")
    with counted(lambda *_: None, statements=True) as seen:
        assert not first.copied("counted").apply(*scenario.after).failed
    assert len(seen) > 20
    points = sampled(len(seen), WANTED)
    for number in points:
        disk = first.copied(str(number))

        def until_killed(disk: Disk = disk, number: int = number) -> None:
            with counted(killed_at(number), statements=True):
                disk.apply(*scenario.after)

        where = (number, seen[number])
        assert (disk.forked(until_killed), where) == (-signal.SIGKILL, where)
        converges(disk, scenario, where)
        shutil.rmtree(disk.root)
    print(f"killed at {len(points)} of {len(seen)} steps")


LATE = ("pre-receive", "kill -9 {}")
HOOKS = {
    "before the remote takes it, which then does": LATE,
    "before the remote takes it, which then does not": ("pre-receive", "kill -9 {}; exit 1"),
    "when the remote has it": ("post-receive", "kill -9 {}"),
    "with everything that it started": ("pre-receive", "kill -9 {}; kill -9 $PPID"),
}
FEW = ("new clients, branch", "rotation, branch")
ON_BRANCH = {name: one for name, one in SCENARIOS.items() if one.branch and (WANTED == "all" or name in FEW)}


def wait_for_pushes(disk: Disk, count: int) -> None:
    """Until so many pushes have landed: one that is under way goes on by itself."""
    landed, until = disk.remote.root / "landed", time.monotonic() + 60
    while (landed.read_text().count("x") if landed.exists() else 0) < count:
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
@pytest.mark.parametrize("scenario", ON_BRANCH.values(), ids=ON_BRANCH)
def test_killed_during_a_push_nothing_is_lost(tmp_path: Path, scenario: Scenario, hook: tuple[str, str]) -> None:
    first = scenario.disk(tmp_path / "first")
    pushes = 0
    while True:
        disk = first.copied(f"push-{pushes}")
        skipped, pid = disk.root / "skipped", disk.root / "pid"
        count = f"test $(cat {skipped} 2> /dev/null | wc -l) -ge {pushes} || {{ echo x >> {skipped}; exit 0; }}\n"
        disk.remote.hook(hook[0], count + hook[1].format(f"$(cat {pid})"))

        def until_killed(disk: Disk = disk, pid: Path = pid) -> None:
            pid.write_text(str(os.getpid()))
            disk.apply(*scenario.after)

        if hook == LATE:
            disk.remote.hook("post-receive", "echo x >> landed")
        ended = disk.forked(until_killed)
        if ended != 0 and hook == LATE:
            wait_for_pushes(disk, pushes + 1)
        disk.remote.hook(hook[0], "exit 0")
        where = (pushes, ended)
        converges(disk, scenario, where)
        shutil.rmtree(disk.root, ignore_errors=True)  # the push that was under way may still write there
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
        pushes += 1
    assert pushes > 0
    print(f"killed at {pushes} pushes")


UNREAD = ("new clients on two servers, folder", "everything at once, folder", "everything at once, branch")


@pytest.mark.parametrize("again", [False, True], ids=["then it answers", "then another run without it"])
@pytest.mark.parametrize("scenario", [SCENARIOS[name] for name in UNREAD], ids=UNREAD)
def test_killed_while_another_server_cannot_be_read_nothing_is_lost(
    tmp_path: Path, scenario: Scenario, again: bool
) -> None:
    first = scenario.disk(tmp_path / "first")
    with first.damaged("us"), counted(lambda *_: None, statements=True) as seen:
        assert first.copied("counted").apply(*scenario.after).failed
    points = sampled(len(seen), WANTED)
    for number in points:
        disk = first.copied(f"{number}")
        with disk.damaged("us"):

            def until_killed(disk: Disk = disk, number: int = number) -> None:
                with counted(killed_at(number), statements=True):
                    disk.apply(*scenario.after)

            assert disk.forked(until_killed) == -signal.SIGKILL
            if again:
                disk.apply(*scenario.after)
        converges(disk, scenario, (number, seen[number]))
        shutil.rmtree(disk.root)


@pytest.mark.parametrize("branch", [False, True], ids=["folder", "branch"])
def test_killed_between_two_servers_both_end_with_one_secret(tmp_path: Path, branch: bool) -> None:
    disk = Disk(tmp_path / "disk", ("eu", "us"), branch).made()

    def one_server_only() -> None:
        made = disk.plan(SHOP)
        sync.apply(made, on_outcome=lambda *_: os.kill(os.getpid(), signal.SIGKILL))

    assert disk.forked(one_server_only) == -signal.SIGKILL
    assert disk.clients() == {"eu": ["acme.shop"], "us": []}
    (sealed,) = disk.kept()
    assert not disk.apply(SHOP).failed
    assert disk.clients() == {"eu": ["acme.shop"], "us": ["acme.shop"]}
    assert list(disk.kept()) == [sealed]
    assert disk.unheld() == []
