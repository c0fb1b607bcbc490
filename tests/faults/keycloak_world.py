"""A small registry, a realm that it manages, and the law: what must hold after an apply, whatever went wrong in it."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest
from keycloak_wire import Strike, Wire
from pyrage import x25519

from cli.scratch import Done, Scratch
from clientreg import cli, seal
from clientreg.gitrepo import Repository
from clientreg.http import Door, Limits
from clientreg.servers.keycloak import admin
from clientreg.sync import handover
from managed import OWN

_RUN = Repository._run
REALM = "faults"
SECRET = "planted-PLANTED/own+secret of the'registry"
VARIABLE = "CLIENTREG_TEST_EU_SECRET"
REGISTRY = """\
version: 1
name: faults
environments:
  test:
    class: test
    servers:
      eu: {{type: keycloak, url: "{url}", realm: {realm}, client_id: clientreg, create_scopes: true}}
    credential_sinks:
      - {{type: sealed-file, directory: handover, publish: none}}
    guard: {{max_deletes: 100, max_delete_percent: 100, max_breaking: 100, grace_days: 14}}
scopes:
  openid: {{description: Sign in}}
  email: {{description: Address}}
  profile: {{description: Name}}
  phone: {{description: Number}}
  orders: {{description: See orders}}
"""
ORGANIZATION = """\
name: Acme
domains: [acme.example]
contacts: {{technical: [dev@acme.example]}}
recipients: [{recipient}]
"""
WEB = """\
product: {name}
client_name: Acme {name}
description: The {name} of Acme, in which users buy and return things.
platform: web
application_type: web
client_type: confidential
scopes: {scopes}
redirect_uris: [https://{name}.acme.example/cb]
environments: {{test: {{}}}}
"""
APP = """\
product: App
client_name: Acme App
description: The app for phones, in which customers see their orders.
platform: android
application_type: native
client_type: public
scopes: [openid, orders]
redirect_uris: [com.example.app:/cb]
environments: {test: {}}
"""

DESK = """\
audience: [https://a.example]
subject_type: pairwise
backchannel_logout_uri: https://desk.acme.example/logout
"""


def web(name: str, scopes: str = "[openid, email]", more: str = "") -> str:
    return WEB.format(name=name, scopes=scopes) + more


BEFORE = {
    "shop": web("shop", "[openid, email, phone]", "audience: [https://a.example, https://b.example]\n"),
    "zoo": web("zoo"),
    "keep": web("keep"),
    "gone": web("gone"),
    "old": web("old"),
    "turn": web("turn"),
}
AFTER = {
    "shop": web("shop", "[openid, email, profile]", "audience: [https://b.example, https://c.example]\n")
    .replace("Acme shop", "Acme Store")
    .replace("/cb]", "/cb, https://shop.acme.example/more]"),
    "zoo": web("zoo", more="credentials: {generation: 2}\n"),
    "keep": BEFORE["keep"],
    "turn": web("turn").replace("confidential", "public"),
    "desk": web("desk", more=DESK),
    "app": APP,
    "theirs": web("theirs", "[openid, profile]"),
}
"""Of what was there, `gone` is disabled and `old` deleted; `theirs` is adopted, and the scope `orders` is made."""
THEIRS = {
    "clientId": "acme.theirs",
    "secret": "a secret that others gave out",
    "redirectUris": ["https://theirs.acme.example/cb"],
    "defaultClientScopes": ["basic"],
    "optionalClientScopes": [],
    "attributes": {"theirs": "x"},
}
FOREIGN = {
    "rootUrl": "https://foreign.example",
    "redirectUris": ["/b", "/a"],
    "webOrigins": ["+"],
    "attributes": {"planted": "yes", "odd name": "x"},
}
PAIR = "subject_type: pairwise\nsector_identifier_uri: https://pair.acme.example/{}\n"
SECTOR = ({"pair": web("pair", more=PAIR.format("one"))}, {"pair": web("pair", more=PAIR.format("two"))})
"""Another sector. A real Keycloak would fetch it."""
MARKED = {"registry": "another", "environment": "test", "source": "clients/x.yaml", "commit": "c0ffee"}


class Realm(Protocol):
    """The realm behind the wire, as its administrator has it."""

    def admin(self, method: str, path: str, body: object = None) -> Any:
        """Raises for a refusal."""

    def tokens(self) -> Iterable[str]:
        """Every access token that was given out."""


@dataclass
class World:
    """The registry below `root` and the realm that it has an apply change through `wire`.

    `foreign` is how many clients of others there are, `more` are files of clients before and after.
    """

    root: Path
    wire: Wire
    realm: Realm
    name: str = REALM
    foreign: int = 4
    more: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {})
    key: x25519.Identity = field(default_factory=x25519.Identity.generate)
    foreign_before: object = None
    head: str = ""
    _said: dict[tuple[tuple[str, ...], str | None], Any] = field(default_factory=dict)

    @property
    def scratch(self) -> Scratch:
        return Scratch(self.root)

    def made(self) -> World:
        """The realm as it is before the apply that is about to go wrong, and the files as they are wanted then."""
        self.root.mkdir()
        self.scratch.git("init", "--quiet", "--initial-branch", "main")
        self.scratch.write("registry.yaml", REGISTRY.format(url=self.wire.url, realm=self.name))
        self.scratch.write(".gitignore", "handover/\n")
        organization = ORGANIZATION.format(recipient=self.key.to_public())
        self.scratch.write("clients/acme/organization.yaml", organization)
        self.plant()
        self.begin()
        return self

    def plant(self) -> None:
        """Clients of others, with no mark and with another registry's."""
        for number in range(self.foreign):
            marked = {f"clientreg.{name}": text for name, text in MARKED.items()} if number % 2 else {}
            attributes = {**FOREIGN["attributes"], **marked}  # type: ignore[dict-item]
            self.realm.admin(
                "POST", "/clients", {"clientId": f"a-foreign-{number}", **FOREIGN, "attributes": attributes}
            )
        self.foreign_before = self.foreigners()

    def begin(self) -> None:
        """A realm, whatever clients of ours are in it, becomes the one before the apply that is about to go wrong."""
        for one in self.ours().values():
            self.realm.admin("DELETE", f"/clients/{one['id']}")
        for one in self.realm.admin("GET", "/client-scopes"):
            if one["name"] == "orders":
                self.realm.admin("DELETE", f"/client-scopes/{one['id']}")
        shutil.rmtree(self.root / "handover", ignore_errors=True)
        for name in ("old", "gone"):
            files = {each: text for each, text in BEFORE.items() if name == "old" or each != "old"}
            self.files({**files, **self.more[0]})
            done = self.apply()
            assert done.status == 0, done.said
        since = {"attributes": {"clientreg.disabled_since": "2026-01-01"}}
        self.realm.admin("PUT", f"/clients/{self.client('acme.old')['id']}", {**since, "webOrigins": []})
        self.realm.admin("POST", "/clients", THEIRS)
        self.files({**AFTER, **self.more[1]})

    def files(self, wanted: Mapping[str, str]) -> None:
        """What the registry's files say from now on, as a commit."""
        for path in (self.root / "clients/acme").glob("*.yaml"):
            if path.stem != "organization":
                path.unlink()
        for name, text in wanted.items():
            self.scratch.write(f"clients/acme/{name}.yaml", text)
        self.head = self.scratch.commit()
        self._said.clear()

    def planned(self) -> tuple[str, ...]:
        """What a reviewer has seen, as the words of the apply of that."""
        self.wire.start()
        planned = self.run("plan", "--adopt", "--format", "json")
        assert planned.status == 0, planned.said
        return "--adopt", "--expect", json.loads(planned.out)["digest"]

    def apply(
        self,
        label: str = "",
        strike: Strike | None = None,
        *,
        always: bool = False,
        words: tuple[str, ...] | None = None,
    ) -> Done:
        """Plan, unless the words are known, and apply that; of the apply the request of this label may go wrong."""
        words = words or self.planned()
        self.wire.start(label, strike, always=always)
        try:
            return self.run("apply", *words)
        finally:
            self.wire.end()

    def run(self, command: str, *words: str) -> Done:
        """The command in this process: what it says, and its exit status."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(VARIABLE, SECRET)
            patch.setattr(Repository, "_run", lambda git, *words, stdin=None: self._git(git, words, stdin))
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = cli._run(["-C", str(self.root), command, "-e", "test", *words], [])
        return Done(status, out.getvalue(), err.getvalue())

    def _git(self, repository: Repository, words: tuple[str, ...], stdin: str | None) -> Any:
        """Git is asked once for each state of the files: it is most of what an apply costs here."""
        if (words, stdin) not in self._said:
            self._said[words, stdin] = _RUN(repository, *words, stdin=stdin)
        return self._said[words, stdin]

    def clients(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.realm.admin("GET", "/clients")
        return found

    def client(self, client_id: str) -> dict[str, Any]:
        return next(one for one in self.clients() if one["clientId"] == client_id)

    def ours(self) -> dict[str, dict[str, Any]]:
        """The clients of the registry, by the last part of their ids."""
        found = [one for one in self.clients() if one["clientId"].startswith("acme.")]
        assert len({one["clientId"] for one in found}) == len(found)
        return {one["clientId"].removeprefix("acme."): one for one in found}

    def foreigners(self) -> list[str]:
        """All clients that are not the registry's, byte for byte but for the order in which Keycloak lists a set."""
        left = [one for one in self.clients() if not one["clientId"].startswith("acme.") and one["clientId"] != OWN]
        return [json.dumps({name: _in_order(value) for name, value in one.items()}, sort_keys=True) for one in left]

    def unheld(self) -> list[str]:
        """Clients whose secret is not the one in the sealed file that their mark names."""
        return [name for name, one in self.ours().items() if self._marked(one) and self.sealed(one) != one["secret"]]

    def unused(self) -> list[str]:
        """Hand-overs of credentials that no client has, and of clients that are no more or have a secret."""
        marks = {name: self._marked(one) for name, one in self.ours().items()}
        used = {f"acme.{name}.{mark}.age" if mark else f"acme.{name}.yaml" for name, mark in marks.items()}
        return sorted(path.name for path in self.kept() if path.name not in used)

    def kept(self) -> list[Path]:
        found = (self.root / "handover/test").glob("[!.]*")
        return [path for path in found if path.suffix in {".age", ".yaml"}]

    def tokens(self) -> Iterable[str]:
        return self.realm.tokens()

    def sealed(self, one: Mapping[str, Any]) -> str | None:
        """The secret that a developer opens."""
        for path in self.kept():
            if path.name == f"{one['clientId']}.{self._marked(one)}.age":
                secret = handover.secret_of(seal.unseal(path.read_text(), [self.key]))
                return None if secret is None else secret.reveal()
        return None

    @staticmethod
    def _marked(one: Mapping[str, Any]) -> str | None:
        """The credential that its mark names."""
        found: str | None = one["attributes"].get("clientreg.credential")
        return None if one["publicClient"] else found

    def shape(self) -> dict[str, str]:
        """All about the clients of the registry that is the same after each apply, whatever went wrong before it."""
        return {name: json.dumps(self._timeless(settled(one)), sort_keys=True) for name, one in self.ours().items()}

    def _timeless(self, one: dict[str, Any]) -> dict[str, Any]:
        now = one["attributes"].get("clientreg.commit") == self.head
        return {**one, "attributes": {**one["attributes"], "clientreg.commit": "this" if now else "an older one"}}


def settled(one: Mapping[str, Any]) -> dict[str, Any]:
    """A client without what is made by chance, and its sets in order."""
    chance = {"client.secret.creation.time", "clientreg.credential"}
    attributes = {name: text for name, text in one["attributes"].items() if name not in chance}
    kept = {name: _in_order(value) for name, value in one.items() if name not in {"id", "secret", "attributes"}}
    mappers = [{**mapper, "id": "", "config": dict(mapper["config"])} for mapper in one.get("protocolMappers", ())]
    for mapper in mappers:
        if "pairwiseSubAlgorithmSalt" in mapper["config"]:
            mapper["config"]["pairwiseSubAlgorithmSalt"] = "salt"
    named = {"protocolMappers": sorted(mappers, key=lambda mapper: str(mapper["name"]))} if mappers else {}
    return {**kept, **named, "attributes": attributes, "secret": "secret" in one}


def _in_order(value: Any) -> Any:
    return sorted(value, key=str) if isinstance(value, list) else value


@contextlib.contextmanager
def impatient(read: float = 10.0) -> Iterator[list[float]]:
    """Doors that wait for an answer so long, and between two attempts not at all; the list has what they would wait."""
    waited: list[float] = []
    limits = Limits(connect=10, read=read, whole=120, attempts=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(admin, "Door", partial(Door, limits=limits, sleep=waited.append))
        yield waited
