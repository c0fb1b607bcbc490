"""The law: what holds after an apply in which something went wrong, and after the next one."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from keycloak_world import SECRET, World

from cli.scratch import Done
from managed import OWN

DELETED, DISABLED, ROTATED, PUBLIC = "old", "gone", "zoo", "turn"
Clients = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Law:
    """`shape` is how an apply leaves the clients of the registry in which nothing goes wrong."""

    shape: Mapping[str, str]

    def broken(self, world: World, attempt: Callable[[], Done]) -> tuple[Done, list[str]]:
        """An apply in which something goes wrong, and one more without; what is then not as it shall be."""
        before, first = world.ours(), attempt()
        after = world.ours()
        wrong = [*at_once(world, before, after), *self._status(world, first), *leaks(world, first)]
        second = world.apply()
        wrong += [*at_once(world, before, world.ours()), *leaks(world, second), *kept(after, world.ours())]
        wrong += self._arrived(world, second)
        return first, wrong

    def _status(self, world: World, done: Done) -> Iterator[str]:
        """0 where all was done, 3 and a reason where it was not; who was killed says nothing."""
        if done.status == -signal.SIGKILL:
            return
        arrived = world.shape() == self.shape and recorded(world)
        if done.status not in {0, 3} or (done.status == 0 and not arrived):
            yield f"exit status {done.status}, although {'all' if arrived else 'not all'} is done: {done.said}"
        if done.status == 3 and not ("x failed" in done.out or done.err.startswith("clientreg: ")):
            yield f"exit status 3, and nothing says why: {done.said}"

    def _arrived(self, world: World, done: Done) -> Iterator[str]:
        if done.status != 0:
            yield f"the next apply ends with {done.status}: {done.said}"
        planned = world.run("plan", "--check")
        if planned.status != 0:
            yield f"there is still something to do: {planned.said}"
        found = world.shape()
        yield from (f"{name} is not as it shall be" for name in found if found[name] != self.shape.get(name))
        yield from (f"{name} is not there" for name in self.shape.keys() - found.keys())
        yield from (f"{name} is not used" for name in world.unused())
        if not recorded(world):
            yield "the commit is not recorded"


def at_once(world: World, before: Clients, found: Clients) -> Iterator[str]:
    """Also right after the apply that went wrong."""
    yield from (f"nobody can open the secret of {name}" for name in world.unheld())
    if world.foreigners() != world.foreign_before:
        yield "a foreign client has changed"
    for name, one in before.items():
        if name not in found:
            if name != DELETED:
                yield f"{name} was deleted"
        elif one["enabled"] and not found[name]["enabled"] and name != DISABLED:
            yield f"{name} was disabled"
        elif name not in {ROTATED, PUBLIC} and found[name].get("secret") != one.get("secret"):
            yield f"{name} has another secret"


def kept(after: Clients, later: Clients) -> Iterator[str]:
    """A secret that came in the apply that went wrong is not replaced by the next one: somebody may use it."""
    for name, one in after.items():
        new = name != ROTATED or one["attributes"].get("clientreg.credential.generation") == "2"
        if new and name in later and name != PUBLIC and one.get("secret") != later[name].get("secret"):
            yield f"{name} has one more secret"


def recorded(world: World) -> bool:
    """Whether the realm remembers the commit."""
    return bool(world.client(OWN)["attributes"].get("clientreg.record.commit") == world.head)


def leaks(world: World, done: Done) -> Iterator[str]:
    """Secrets in what was said and in what was written."""
    secrets = [SECRET, *(str(one["secret"]) for one in world.clients() if "secret" in one), *world.tokens()]
    texts = [done.said, *(path.read_text("utf-8", "replace") for path in world.kept())]
    yield from (f"a secret is told: {text}" for text in texts for secret in secrets if secret in text)
    if "planted" in "".join(texts):
        yield f"a part of a secret is told: {done.said}"


def law_of(world: World) -> Law:
    """By an apply in which nothing goes wrong."""
    done = world.apply()
    assert (done.status, world.unheld(), world.unused()) == (0, [], []), done.said
    return Law(world.shape())
