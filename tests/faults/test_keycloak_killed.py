"""An apply to a real Keycloak that is killed at any step loses nothing, and the next one arrives.

Steps are its requests, before they arrive and before they are answered, and all that it does to the disk. Some are
tried; `CLIENTREG_KILLS=all` tries all of them, another number so many of each.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from keycloak_live import LivePlace, live_place
from keycloak_wire import Strike, Turn
from keycloak_world import SECRET, VARIABLE, World
from steps import sampled

from cli.scratch import Done, ended, shim
from servers.keycloak import Keycloak

WANTED = os.environ.get("CLIENTREG_KILLS", "3")
HERE = Path(__file__).parent
STEPPING = """\
import atexit, os, sys
here = sys.path[:]
sys.path[:0] = {paths}
from steps import counted, killed_at
sys.path[:] = here
steps = counted(killed_at(int(os.environ["STEP"])))
seen = steps.__enter__()
atexit.register(lambda: open(os.environ["SEEN"], "w").write(str(len(seen))))
"""


@pytest.fixture(scope="module")
def place(keycloak: Keycloak, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePlace]:
    with live_place(keycloak, tmp_path_factory.mktemp("killed") / "world") as place:
        yield place


def started(world: World, words: tuple[str, ...], env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    return world.scratch.start("apply", "-e", "test", *words, env={VARIABLE: SECRET, **(env or {})})


def killing(running: list[subprocess.Popen[bytes]], *, done: bool) -> Strike:
    """The end of who asked, before the request has arrived or when it is done."""

    def strike(turn: Turn) -> None:
        if done:
            turn.handle()
        running[0].kill()
        turn.gone()

    return strike


def killed(world: World, label: str, *, done: bool) -> Done:
    """An apply that ends with that request."""
    words, running = world.planned(), list[subprocess.Popen[bytes]]()
    world.wire.start(label, killing(running, done=done))
    running.append(started(world, words))
    try:
        return ended(running[0])
    finally:
        world.wire.end()


def test_killed_at_a_request_nothing_is_lost(place: LivePlace) -> None:
    points = [(label, done) for label in place.labels for done in (False, True)]
    tried = [points[index] for index in sampled(len(points), WANTED)]
    for label, done in tried:
        place.world.begin()
        first, wrong = place.law.broken(place.world, partial(killed, place.world, label, done=done))
        assert (first.status, label) == (-signal.SIGKILL, label), first.said
        assert not wrong, "\n".join([label, str(done), *wrong])
    print(f"killed at {len(tried)} of {len(points)} requests")


def test_killed_at_the_disk_nothing_is_lost(place: LivePlace, tmp_path: Path) -> None:
    paths = repr([str(HERE), str(HERE.parent)])
    env = {**shim(tmp_path / "shim", STEPPING.format(paths=paths)), "SEEN": str(tmp_path / "seen"), "STEP": "-1"}

    def applied(step: int) -> Done:
        words = place.world.planned()
        place.world.wire.start()
        return ended(started(place.world, words, {**env, "STEP": str(step)}))

    place.world.begin()
    whole = applied(-1)
    assert whole.status == 0, whole.said
    count = int((tmp_path / "seen").read_text())
    assert count > 20
    tried = sampled(count, WANTED)
    for step in tried:
        place.world.begin()
        first, wrong = place.law.broken(place.world, partial(applied, step))
        assert (first.status, step) == (-signal.SIGKILL, step), first.said
        assert not wrong, "\n".join([str(step), *wrong])
    print(f"killed at {len(tried)} of {count} steps on the disk")
