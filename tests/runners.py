"""Runners of one registry: clones of a bare repository, and a store that stays, as CI has them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pyrage import x25519

from cli.registries import FEED, ORGANIZATION, SETTINGS, SHOP
from cli.scratch import Done, Scratch, ended
from clientreg import seal
from clientreg.servers.embedded.store import secret_matches
from clientreg.sync import handover
from remotes import Remote, git

CI = {"CI": "true"}
APP = """\
product: App
client_name: Acme App
description: The app for phones, in which customers see their orders.
platform: android
application_type: native
client_type: public
scopes: [openid]
redirect_uris: [com.example.app:/cb]
environments: {test: {}}
"""
DESK = SHOP.replace("Acme Shop", "Acme Desk").replace("/cb", "/desk/cb").replace("  live: {}\n", "")
FILES = {"shop": SHOP, "feed": FEED, "app": APP, "desk": DESK}
APPLY, PLAN = ("apply", "--environment", "test"), ("plan", "--environment", "test", "--check")


@dataclass
class Runners:
    """The registry `small` with its sealed files on a branch; everything lies below `root`."""

    root: Path
    remote: Remote
    key: x25519.Identity
    author: Scratch

    @classmethod
    def made(cls, root: Path) -> Runners:
        """A registry of four clients, pushed and not applied."""
        key, remote = x25519.Identity.generate(), Remote.made(root)
        one = cls(root, remote, key, Scratch(remote.clone("author")))
        settings = SETTINGS.replace("publish: none", "publish: git-branch").replace("directory: handover, ", "")
        one.author.write("registry.yaml", settings.replace(".clientreg/", f"{root}/").replace("live.db", "other.db"))
        one.author.write("clients/acme/organization.yaml", ORGANIZATION.format(recipient=key.to_public()))
        for name, text in FILES.items():
            one.author.write(f"clients/acme/{name}.yaml", text)
        one.publish()
        return one

    @property
    def store(self) -> Path:
        return self.root / "test.db"

    def publish(self) -> str:
        """What the author has in the work tree is merged."""
        commit = self.author.commit()
        self.author.git("push", "--quiet", "origin", "HEAD:main")
        return commit

    def runner(self, name: str, commit: str = "origin/main") -> Scratch:
        """A checkout of some commit, as a runner has it: a detached HEAD."""
        place = self.root / name
        if not place.exists():
            git(self.root, "clone", "--quiet", self.remote.root, place)
        git(place, "fetch", "--quiet", "origin", "main")
        git(place, "checkout", "--quiet", "--detach", commit)
        return Scratch(place)

    def start(self, runner: Scratch) -> subprocess.Popen[bytes]:
        """An apply under way."""
        return runner.start(*APPLY, env=CI)

    def run(self, runner: Scratch, *words: str) -> Done:
        """A command, to its end."""
        return ended(runner.start(*words, env=CI))

    def sealed(self) -> dict[str, str]:
        """The names of the sealed files on the branch, by credential id."""
        return {name.split(".")[-2]: name for name in self.remote.files() if name.endswith(".age")}

    def held(self) -> dict[str, str | None]:
        """The credential that the server has of each client, by id; None where there is none."""
        marks = {key: json.loads(row[1])["credential"] for key, row in self._stored().items()}
        return {key: None if mark is None else mark["id"] for key, mark in marks.items()}

    def unheld(self) -> list[str]:
        """Clients whose secret on the server is not the one in the sealed file of theirs. There must never be one."""
        held, sealed = self.held(), self.sealed()
        wrong = []
        for key, (_, _, secret_hash) in self._stored().items():
            if secret_hash is None:
                continue
            name = sealed.get(held[key] or "")
            opened = None if name is None else handover.secret_of(seal.unseal(self._text(name), [self.key]))
            if opened is None or not secret_matches(secret_hash, opened.reveal()):
                wrong.append(key)
        return wrong

    def unused(self) -> list[str]:
        """Sealed files of credentials that the server does not have."""
        return sorted(name for one, name in self.sealed().items() if one not in self.held().values())

    def _stored(self) -> dict[str, tuple[object, ...]]:
        return self.author.stored(str(self.store))

    def _text(self, name: str) -> str:
        return git(self.remote.root, "show", f"handover:{name}")
