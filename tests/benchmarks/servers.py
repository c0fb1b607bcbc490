"""Prints what a real Keycloak costs: `make bench-servers`, quick with `CLIENTS=200 ROUNDS=3`.

Whole processes beside a bare loop of the same requests, in turn, each on what the other has. Nothing is asserted.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import corpus
from benchmarks.__main__ import compared, machine, show
from benchmarks.measure import ENV, Command, Series, run, tell
from benchmarks.peers import clientreg
from managed import OWN, SECRET, realm_of
from servers import keycloak
from servers.keycloak import Keycloak

ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
CHANGED = 10
OURS, BARE = "ours", "bare"
"""Realms that have the same clients: one by clientreg, one by the bare loop."""
ENTRY = '{{type: keycloak, url: "{url}", realm: {realm}, client_id: {own}, session_idle: 30d}}'
PEERS = """\
Other tools, measured once (2026-11, 2 processors, 1,000 clients): they are in no
package registry, so they are quoted here and not run.
                        create   nothing to change   10 changes
  keycloak-config-cli  38-43 s             27-43 s      23-40 s
  Terraform               86 s             12-25 s         18 s
"""
_RECORDING = """
import json, sys
from clientreg.servers.keycloak.admin import Realm
from clientreg.cli import main
lines, create = open(sys.argv[1], "w", buffering=1), Realm.create
def recorded(realm, client):
    lines.write(json.dumps(client, default=lambda secret: secret.reveal()) + "\\n")
    return create(realm, client)
Realm.create = recorded
main(["apply", "--environment", "test"])
"""


@dataclass(frozen=True)
class Bench:
    """A registry of that many clients, a server that runs, and the bodies with which clientreg made them."""

    server: Keycloak
    registry: Path
    clients: int

    @property
    def recorded(self) -> Path:
        return self.registry.parent / "bodies.json"

    @property
    def bodies(self) -> list[Any]:
        """What an apply sends for each client."""
        return [json.loads(line) for line in self.recorded.read_text("utf-8").splitlines()]

    def ours(self, *words: str) -> Command:
        return clientreg(*words, "--environment", "test", folder=self.registry, name=f"clientreg {words[0]}")

    def bare(self, what: str, *files: str) -> Command:
        """On its own realm."""
        words = (sys.executable, "-m", "benchmarks.bare", what, self.server.url, BARE, *files)
        return Command(f"bare {what}", words, Path(__file__).parents[1])

    def new_realms(self) -> None:
        """Both empty, but for what every realm has. Old ones get another name: to remove a full one takes long."""
        for name in (OURS, BARE):
            if name in {realm["realm"] for realm in self.server.admin("GET", "?briefRepresentation=true")}:
                self.server.admin("PUT", f"/{name}", {"realm": f"{name}-{time.monotonic_ns()}"})
            self.server.make_realm(name, **realm_of(name))
            self.server.admin("POST", f"/{name}/client-scopes", {"name": "reports.read", "protocol": "openid-connect"})
        shutil.rmtree(self.registry / "handover", ignore_errors=True)

    def cold(self) -> None:
        """The server has looked at no client yet."""
        for name in (OURS, BARE):
            self.server.admin("POST", f"/{name}/clear-realm-cache")


def main() -> None:
    """Print one section after the other, each as soon as it is measured."""
    clients = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    missing = keycloak.missing()
    if missing:
        sys.exit(f"bench: {keycloak.NAME} {keycloak.VERSION} is not there: {missing}")
    begun = time.perf_counter()
    show(machine())
    with tempfile.TemporaryDirectory(prefix="clientreg-bench-") as name, keycloak.running() as server:
        bench = Bench(server, Path(name) / "registry", clients)
        prepare(bench)
        show(creating(bench))
        show(planning(bench, "cold"))
        show(planning(bench, "warm"))
        show(changing(bench))
    print(PEERS)
    tell(f"{time.perf_counter() - begun:.0f} s in all")


def prepare(bench: Bench) -> None:
    """A registry for the server, and what an apply of it sends, from one that is not counted."""
    tell(f"making {bench.clients:,} clients, and applying them once")
    bench.registry.mkdir()
    corpus.write(bench.registry, bench.clients, errors=0)
    settings = bench.registry / "registry.yaml"
    at = settings.read_text("utf-8").split("\n")
    entry = ENTRY.format(url=bench.server.url, realm=OURS, own=OWN)
    at[next(number for number, line in enumerate(at) if "local:" in line)] = f"      local: {entry}"
    settings.write_text("\n".join(at), "utf-8")
    corpus.commit(bench.registry, "the server")
    ENV.update(CLIENTREG_TEST_LOCAL_SECRET=SECRET, SECRET=SECRET)
    bench.new_realms()
    words = [sys.executable, "-c", _RECORDING, str(bench.recorded)]
    done = subprocess.run(words, cwd=bench.registry, env=ENV, capture_output=True, check=False, text=True)
    if done.returncode or len(bench.bodies) != bench.clients:
        sys.exit(f"bench: an apply did not make {bench.clients} clients:\n{done.stderr[-2000:]}")


def creating(bench: Bench) -> Iterator[str]:
    """Every client is new."""
    commands = [bench.bare("create", str(bench.recorded)), bench.ours("apply")]
    yield f"Creating {bench.clients:,} clients (bare: the same POSTs on four connections, and one listing)"
    yield "  aim: at most 1.15 times"
    yield from paired(commands, bench.new_realms, "create", rounds=min(ROUNDS, 3))


def planning(bench: Bench, cache: str) -> Iterator[str]:
    """Nothing to change."""
    commands = [bench.bare("list"), bench.ours("plan")]
    if cache == "warm":
        for command in commands:
            run(command)
    yield f"Planning {bench.clients:,} clients, nothing to change, the server's cache {cache} (bare: one listing)"
    yield "  aim: at most 1.3 times" if cache == "cold" else "  aim: at most 0.4 s more"
    yield from paired(commands, bench.cold if cache == "cold" else lambda: None, f"plan {cache}")


def changing(bench: Bench) -> Iterator[str]:
    """Ten clients get another name in each round."""
    todo = bench.registry.parent / "changes.json"
    commands = [bench.bare("change", str(todo)), bench.ours("apply")]
    names = iter(f"{word} " for word in ("New", "Newer", "Other", "Another", "Last", "Final"))

    def prepared() -> None:
        rename(bench, next(names), todo)
        bench.cold()

    yield f"Changing {CHANGED} of {bench.clients:,} clients, cache cold (bare: one listing, a look and a PUT for each)"
    yield "  aim: at most 1.3 times"
    yield from paired(commands, prepared, "change")


def rename(bench: Bench, word: str, todo: Path) -> None:
    """In the files, and as the bodies of a PUT."""
    bodies = {body["clientId"]: body for body in bench.bodies}
    changes = []
    for path in sorted(bench.registry.glob("clients/*/client-*.yaml"))[:CHANGED]:
        lines = path.read_text("utf-8").splitlines(keepends=True)
        at = next(number for number, line in enumerate(lines) if line.startswith("client_name: "))
        name = word + lines[at].removeprefix("client_name: ").strip().split(" ", 1)[1]
        lines[at] = f"client_name: {name}\n"
        path.write_text("".join(lines), "utf-8")
        body = bodies[f"{path.parent.name}.{path.stem}"]
        changes.append([body["clientId"], {"name": name, "webOrigins": body["webOrigins"]}])
    todo.write_text("".join(f"{json.dumps(change)}\n" for change in changes), "utf-8")
    corpus.commit(bench.registry, f"{word}names")


def paired(commands: list[Command], before: Callable[[], None], what: str, *, rounds: int = ROUNDS) -> list[str]:
    """Every command once per round, after `before`; the order turns round, and so does what slows the machine."""
    series = Series({command.name: [] for command in commands})
    for number in range(rounds):
        before()
        for command in commands if number % 2 == 0 else reversed(commands):
            tell(f"{what}, round {number + 1} of {rounds}: {command.name} (load {os.getloadavg()[0]:.1f})")
            series.runs[command.name].append(run(command))
    return compared(series, commands)


if __name__ == "__main__":
    main()
