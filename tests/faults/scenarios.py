"""What an apply may be about to do when something goes wrong: worlds before it, and what is wanted after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from disk import Disk

from memory import APP, Registration, registration

SHOP, TV, ZOO = registration("shop"), registration("tv", APP), registration("zoo", client_name="Zoo")
FEED = registration("feed", client_name="Feed")
BEFORE = (SHOP, TV, ZOO)


def again(name: str, generation: int = 2) -> Registration:
    """The same client with a new secret."""
    names = {"zoo": "Zoo", "feed": "Feed"}
    return registration(name, client_name=names.get(name, "Acme Shop"), credentials={"generation": generation})


@dataclass(frozen=True)
class Scenario:
    """`before` was applied, then `gone` where something was taken away; now it is `today`, and `after` is wanted."""

    before: tuple[Registration, ...]
    after: tuple[Registration, ...]
    servers: tuple[str, ...] = ("local",)
    branch: bool = False
    gone: tuple[Registration, ...] | None = None
    today: str = "2026-11-23"
    grace_days: int = 0

    def disk(self, root: Path) -> Disk:
        """The world in which the apply begins."""
        disk = Disk(root, self.servers, self.branch, grace_days=self.grace_days).made()
        for wanted in (self.before, *(() if self.gone is None else (self.gone,))):
            assert not disk.apply(*wanted).failed
        return replace(disk, today=self.today)


_WORLDS: Mapping[str, Scenario] = {
    "new clients": Scenario((), (SHOP, TV, FEED)),
    "rotation": Scenario(BEFORE, (again("shop"), TV, again("zoo"))),
    "public clients": Scenario((SHOP,), (SHOP, TV, registration("app", APP, client_name="Acme Player"))),
    "a client becomes public, another one confidential": Scenario(
        (SHOP, TV),
        (registration("shop", APP, client_name="Acme Shop"), registration("tv", client_name="Acme TV")),
    ),
    "disabled and in its time deleted": Scenario(BEFORE, (SHOP,), gone=(SHOP,), today="2026-12-20", grace_days=14),
    "everything at once": Scenario(
        BEFORE, (FEED, again("shop"), registration("tv", APP, client_name="Acme TV")), servers=("eu", "us")
    ),
    "new clients on two servers": Scenario((), (SHOP, TV), servers=("eu", "us")),
}

SCENARIOS: Mapping[str, Scenario] = {
    f"{name}, {'branch' if branch else 'folder'}": replace(world, branch=branch)
    for branch in (False, True)
    for name, world in _WORLDS.items()
}
