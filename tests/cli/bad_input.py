"""What can be wrong around a command, one case each: how it comes about, what is called, and the exit status."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import signal
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cli.registries import FEED, SHOP
from cli.scratch import STORE, Scratch

FILE = "clients/acme/shop.yaml"
SETTINGS = "registry.yaml"
LINT = ("lint",)
SARIF = ("lint", "--format", "sarif", "--out", "kept.sarif")
TYPED = ("lint", "--stdin-filename")
PLAN = ("plan", "--environment", "test")
APPLY = ("apply", "--environment", "test")
VERIFY = ("verify", "--environment", "test")
_LIBC = ctypes.CDLL(None)
_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2


@dataclass(frozen=True)
class Case:
    """`prepare` breaks a registry that was applied once; `before` runs in the new process."""

    name: str
    words: tuple[str | bytes, ...]
    status: int
    prepare: Callable[[Scratch], object] = lambda _: None
    before: Callable[[], None] | None = None
    env: Mapping[str, str] = field(default_factory=dict)


def as_anybody() -> None:
    """File modes count again, also for root."""
    if os.geteuid() == 0:
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            if _LIBC.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
                raise OSError("this system drops no capability")


def on_a_full_disk() -> None:
    """No file grows any more."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def file(content: str | bytes) -> Callable[[Scratch], None]:
    """The client file holds this."""
    return lambda scratch: scratch.write(FILE, content)


def edit(old: str, new: str, name: str = FILE) -> Callable[[Scratch], None]:
    """The client file says something else."""
    return lambda scratch: scratch.edit(name, old, new)


def mode(name: str, bits: int) -> Callable[[Scratch], None]:
    """A file or folder has this mode."""
    return lambda scratch: (scratch.root / name).chmod(bits)


def renamed(scratch: Scratch) -> None:
    """There is something to write."""
    scratch.edit(FILE, "Acme Shop", "Acme Store")


def both(*steps: Callable[[Scratch], object]) -> Callable[[Scratch], None]:
    """One after the other."""

    def prepare(scratch: Scratch) -> None:
        for step in steps:
            step(scratch)

    return prepare


def store(content: bytes) -> Callable[[Scratch], None]:
    """The store's file holds this."""

    def prepare(scratch: Scratch) -> None:
        shutil.rmtree(scratch.root / ".clientreg")
        scratch.write(STORE, content)

    return prepare


def damage(scratch: Scratch) -> None:
    """The store's header is whole, and what follows is not."""
    path = scratch.root / STORE
    path.write_bytes(path.read_bytes()[:4096] + b"\xa5" * 8192)


def foreign_store(scratch: Scratch) -> None:
    """Another program's database."""
    path = scratch.root / STORE
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE music (title TEXT)")
    db.close()


def folder(name: str) -> Callable[[Scratch], None]:
    """A folder where a file belongs."""

    def prepare(scratch: Scratch) -> None:
        gone(name)(scratch)
        (scratch.root / name).mkdir()

    return prepare


def gone(name: str) -> Callable[[Scratch], None]:
    """A file or folder is not there."""

    def prepare(scratch: Scratch) -> None:
        path = scratch.root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return prepare


def link(name: str, target: str) -> Callable[[Scratch], None]:
    """A link stands where a file or folder was."""

    def prepare(scratch: Scratch) -> None:
        path: Path = scratch.root / name
        path.rename(scratch.root / target)
        path.symlink_to(os.path.relpath(scratch.root / target, path.parent))

    return prepare


def no_commit(scratch: Scratch) -> None:
    """`git init`, and nothing more."""
    gone(".git")(scratch)
    scratch.git("init", "--quiet")


_CONFLICT = "<<<<<<< HEAD\nplatform: web\n=======\nplatform: tv\n>>>>>>> other\n"
_BOMB = "a: &a [x, x]\nb: [*a, *a, *a]\n"
_UMLAUT = SHOP.replace("Acme", "Äcme").encode("latin-1")

FILES: Mapping[str, Callable[[Scratch], object]] = {
    "an empty file": file(""),
    "a scalar": file("hello\n"),
    "a list": file("- a\n"),
    "a file of 1 MB": file(SHOP + "# " + "x" * 1_000_000 + "\n"),
    "an alias bomb": file(_BOMB),
    "a Python object": file('!!python/object/apply:os.system ["touch pwned"]\n'),
    "two documents": file(f"{SHOP}---\n{SHOP}"),
    "a duplicate key": file(f"{SHOP}platform: web\n"),
    "tab indentation": edit("  test: {}", "\ttest: {}"),
    "conflict markers": edit("platform: web\n", _CONFLICT),
    "an unknown field": edit("scopes:", "scope:"),
    "a wrong type": edit("scopes: [openid]", "scopes: openid"),
    "25,000 open brackets": file("[" * 25_000),
    "25,000 open braces": file("{a: " * 25_000),
    "100,000 dashes": file("- " * 100_000),
    "UTF-16": file(SHOP.encode("utf-16")),
    "Latin-1": file(_UMLAUT),
    "a NUL byte": file(SHOP.encode() + b"\0"),
    "a client without organization.yaml": lambda s: s.write("clients/orphan/app.yaml", FEED.replace("Acme", "Lone")),
    "a client file that is a link": link(FILE, "shop"),
    "a client file named .yml": lambda s: (s.root / FILE).rename(s.root / "clients/acme/shop.yml"),
    "clients/ is a link": link("clients", "elsewhere"),
    "registry.yaml is empty": lambda s: s.write(SETTINGS, ""),
    "registry.yaml without environments": lambda s: s.write(SETTINGS, "version: 1\nname: x\n"),
    "registry.yaml of a later version": edit("version: 1", "version: 2", SETTINGS),
    "an unknown server type": edit("type: embedded, store: .clientreg/test.db", "type: keycloack", SETTINGS),
    "an unknown sink type": edit("type: sealed-file", "type: vault", SETTINGS),
}
"""Files that nobody can understand: lint explains them."""

WORLD = (
    Case("no registry.yaml", PLAN, 2, gone(SETTINGS)),
    Case("no registry.yaml, lint", LINT, 1, gone(SETTINGS)),
    Case("registry.yaml is a link", LINT, 3, link(SETTINGS, "settings")),
    Case("clients/ is a file", LINT, 3, both(gone("clients"), lambda s: s.write("clients", "x"))),
    Case("no Git repository", PLAN, 3, gone(".git")),
    Case("no commit yet", PLAN, 3, no_commit),
    Case("no git command", PLAN, 3, env={"PATH": "/nowhere"}),
    Case("no git command: demo", ("demo",), 3, env={"PATH": "/nowhere"}),
    Case("a store that is read-only", APPLY, 3, both(renamed, mode(STORE, 0o400)), as_anybody),
    Case("a store in a read-only folder", APPLY, 3, both(renamed, mode(".clientreg", 0o500)), as_anybody),
    Case("a store that is no database", PLAN, 3, store(b"not a database, is it? " * 100)),
    Case("a store that is damaged", PLAN, 3, damage),
    Case("a store of another program", PLAN, 3, foreign_store),
    Case("a store that is a folder", PLAN, 3, folder(STORE)),
    Case("handover/ is a file", PLAN, 3, both(gone("handover"), lambda s: s.write("handover", "x"))),
    Case("a full disk for --out", (*PLAN, "--out", "plan.json"), 3, gone(".clientreg"), on_a_full_disk),
    Case("--out in no folder", (*PLAN, "--out", "nowhere/plan.json"), 3),
    Case("--out is a folder", (*PLAN, "--out", "clients"), 2),
    Case("a full disk for findings", SARIF, 3, lambda s: s.write("kept.sarif", "{}"), on_a_full_disk),
    Case("findings in no folder", (*SARIF[:-1], "nowhere/findings.sarif"), 3),
    Case(
        "findings in a read-only folder", (*SARIF[:-1], "clients/findings.sarif"), 3, mode("clients", 0o500), as_anybody
    ),
    Case("an unreadable folder", LINT, 3, mode("clients/acme", 0), as_anybody),
    Case("an unreadable file", LINT, 3, mode(FILE, 0), as_anybody),
    Case("an unreadable .git", PLAN, 3, mode(".git", 0), as_anybody),
    Case("CI with a relative store", PLAN, 3, env={"CI": "true"}),
)
"""The files are right, and the world is not."""

CALLS = (
    Case("no environment", ("plan",), 2),
    Case("an unknown environment", ("plan", "-e", "tset"), 2),
    Case("an unknown environment to show", ("show", "acme.shop", "-e", "production"), 2),
    Case("an unknown command", ("lnit",), 2),
    Case("an unknown option", ("lint", "--fromat", "json"), 2),
    Case("an unknown format", ("lint", "--format", "jsn"), 2),
    Case("an editor's file outside", (*TYPED, "/tmp/shop.yaml"), 2),
    Case("an editor's file that is not read", (*TYPED, "clients.yaml"), 2),
    Case("an editor's file and others", (*TYPED, FILE, "clients/acme"), 2),
    Case("waivers as SARIF", ("lint", "--waivers", "--format", "sarif"), 2),
    Case("waivers of a change", ("lint", "--waivers", "--changed-since", "HEAD"), 2),
    Case("a fix of commits", ("lint", "--fix", "--changed-since", "main"), 2),
    Case("a fix as JSON", ("lint", "--fix", "--format", "json"), 2),
    Case("a fix and a diff", ("lint", "--fix", "--diff"), 2),
    Case("unsafe fixes alone", ("lint", "--unsafe-fixes"), 2),
    Case("an unknown client", ("show", "acme.shp"), 2),
    Case("an unknown client to plan", (*PLAN, "--client", "acme.shp"), 2),
    Case("an unknown server", (*PLAN, "--server", "eu"), 2),
    Case("an unknown rule", ("explain", "CR299"), 2),
    Case("an unknown field to explain", ("explain", "redirect_uri"), 2),
    Case("a missing argument", ("show",), 2),
    Case("one argument too many", (*PLAN, "test"), 2),
    Case("a path that does not exist", ("lint", "clients/nobody"), 2),
    Case("a path outside", ("lint", "/"), 2),
    Case("a folder that does not exist", ("-C", "nowhere", "lint"), 2),
    Case("a client whose file is broken", ("show", "acme.shop"), 1, FILES["an unknown field"]),
    Case("an argument that is no UTF-8", ("show", b"caf\xe9\x1b[31m"), 2),
    Case("a command that is no UTF-8", (b"caf\xe9\x1b[31m",), 2),
    Case("a list of origins that is none", VERIFY, 2, env={"CLIENTREG_ORIGINS": "id.example"}),
    Case("a server that is not there", (*VERIFY, "--server", "eu"), 2),
    Case("another plan's digest", (*APPLY, "--expect", "sha256:0"), 3),
    Case("a sealed file that is none", ("open", SETTINGS, "-i", SETTINGS), 3),
)
"""Registry and world are right, and the call is not."""

STOPPING = (
    "an empty file",
    "an alias bomb",
    "an unknown field",
    "25,000 open brackets",
    "a client without organization.yaml",
    "a client file that is a link",
    "a client file named .yml",
    "clients/ is a link",
    "registry.yaml is empty",
    "an unknown server type",
)
"""One of each kind, to see apply stop."""

CASES = (
    *(Case(f"{name}: lint", LINT, 1, prepare) for name, prepare in FILES.items()),
    *(Case(f"{name}: apply", APPLY, 1, FILES[name]) for name in STOPPING),
    *WORLD,
    *CALLS,
)
