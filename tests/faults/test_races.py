"""Two applies at once, on one server and one branch: real processes in two clones, as two runners would be.

`CLIENTREG_RACES=200` makes it so many rounds.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.scratch import ended
from remotes import git
from runners import APPLY, FILES, PLAN, Runners

ROUNDS = int(os.environ.get("CLIENTREG_RACES", "12"))


def create(world: Runners, _: int) -> None:
    """Everything anew: no client, no branch."""
    for path in world.root.glob("test.db*"):
        path.unlink()
    git(world.remote.root, "update-ref", "-d", "refs/heads/handover")


def rotate(world: Runners, number: int) -> None:
    """Every secret is to be replaced."""
    for name in ("shop", "feed", "desk"):
        world.author.write(f"clients/acme/{name}.yaml", f"{FILES[name]}credentials: {{generation: {number + 2}}}\n")


def mixed(world: Runners, number: int) -> None:
    """One is new and one changes; one has a secret no more, or has one again."""
    rotate(world, number)
    fresh = FILES["desk"].replace("Acme Desk", f"Acme Counter {number}").replace("desk/cb", f"counter/{number}")
    world.author.write(f"clients/acme/counter-{number}.yaml", fresh)
    world.author.edit("clients/acme/app.yaml", "The app", f"The app of {number}")
    web, counter = "platform: web\n", world.author.root / f"clients/acme/counter-{number - 3}.yaml"
    if counter.exists():
        public = FILES["app"].replace("Acme App", f"Acme Counter {number - 3}").replace("app:/", f"counter{number}:/")
        counter.write_text(public.replace(web, "platform: android\n"))


KINDS: tuple[Callable[[Runners, int], None], ...] = (create, rotate, mixed)


@pytest.mark.parametrize("behind", [False, True], ids=["one commit", "one commit apart"])
def test_two_applies_at_once_lose_nothing(tmp_path: Path, behind: bool) -> None:
    world, chance = Runners.made(tmp_path), random.Random(f"{ROUNDS} {behind}")
    lost = 0
    for number in range((ROUNDS + 1) // 2):
        kind = KINDS[number % len(KINDS)]
        before = world.author.git("rev-parse", "HEAD")
        kind(world, number)
        after = world.publish()
        runners = [world.runner("one", before if behind and kind is not create else after), world.runner("two", after)]
        chance.shuffle(runners)
        processes = []
        for runner in runners:
            processes.append(world.start(runner))
            time.sleep(chance.choice((0, 0.02, 0.1, 0.2)))
        done = [ended(process) for process in processes]
        where = f"round {number}, {kind.__name__}: {[one.said for one in done]}"
        assert {one.status for one in done} <= {0, 3}, where
        assert not any("Traceback" in one.said for one in done), where
        assert (world.unheld(), where) == ([], where)
        lost += sum(one.status for one in done) > 0
        if behind or 0 not in {one.status for one in done}:
            last = world.run(world.runner("last"), *APPLY)
            assert last.status == 0, f"{where} then {last.said}"
        planned = world.run(world.runner("last"), *PLAN)
        assert (planned.status, world.unheld(), world.unused()) == (0, [], []), f"{where} then {planned.said}"
        wanted = sorted(f"acme.{path.stem}" for path in world.author.root.glob("clients/acme/*.yaml"))
        assert sorted(world.held()) == sorted(set(wanted) - {"acme.organization"}), where
        clear = sorted(name for name in world.remote.files() if name.endswith(".yaml"))
        assert clear == sorted(f"test/{key}.yaml" for key, one in world.held().items() if one is None), where
    print(f"{(ROUNDS + 1) // 2} rounds, in {lost} of them one was overtaken")
    assert lost > 0
