"""No secret leaves the process but sealed: not by a command, a failure, a traceback, a file, a child process or Git."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cli import hunt
from cli.bad_input import APPLY, FILE, LINT, PLAN, as_anybody, mode, on_a_full_disk
from cli.hunt import PLANTED, Hunt
from cli.registries import SHOP
from cli.scratch import Scratch, copy
from clientreg import seal
from clientreg.cli import program

_X, _Y = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
KINDS = ("folder", "branch")


@pytest.fixture(scope="module", autouse=True)
def _count() -> Iterator[None]:
    yield
    print(f"{sum(hunt.searched):,} places searched in {len(hunt.searched)} searches")


@pytest.fixture(params=KINDS)
def hunted(request: pytest.FixtureRequest, small: Path, tmp_path: Path) -> Hunt:
    """The small registry, watched; its sealed files in a folder or on a branch."""
    begun = Hunt.begun(tmp_path, copy(small, tmp_path / "registry"))
    return begun.on_a_branch() if request.param == "branch" else begun


def test_what_is_looked_for_would_be_found(hunted: Hunt, key: tuple[Path, str]) -> None:
    hunted.run(*APPLY, status=0)
    assert hunted.found() == []
    assert PLANTED in hunted.run("open", "acme.shop", "-e", "test", "-i", str(key[0]), status=0)
    assert hunted.found() == ["stream 2"]
    (hunted.root / "TMPDIR" / "x").write_bytes(b"..." + PLANTED[5:30].encode().hex().encode())
    hunted.scratch.write("leak", f"a {PLANTED} b")
    hunted.scratch.commit()
    objects = [name for name in hunted.found() if name.startswith(".git: blob ")]
    assert (len(objects), {"TMPDIR/x", "registry/leak"} <= {*hunted.found()}) == (1, True)


CALLS = {
    "lint": [(), ("clients/acme/shop.yaml", "--strict")],
    "explain": [("credentials",), ("CR621",), ()],
    "show": [("acme.shop",)],
    "plan": [("-e", "test"), ("-e", "test", "--out", "plan.json"), ("-e", "live", "--check"), ("--since", "HEAD~1")],
    "apply": [("-e", "test"), ("-e", "live", "--client", "acme.shop"), ("-e", "test", "--expect", "sha256:0")],
    "drift": [("-e", "test"), ("-e", "test", "--dry-run"), ("-e", "test", "--write"), ("-e", "live")],
    "verify": [("-e", "test", "--server", "nowhere")],
    "import": [("-e", "test", "--server", "local"), ("-e", "live", "--from", "clients/acme/shop.yaml")],
    "open": [("acme.shop", "-e", "test"), ("nobody",), ("acme.shop", "-e", "live")],
    "demo": [()],
    "preview": [],
    "init": [("../made",)],
    "pin": [()],
    "environments": [()],
    "codeowners": [(), ("--check",)],
    "docs": [(), ("--check",)],
}
"""Every command, with what to call it with; each is called in every format that it has, with `--debug`."""


def test_every_command_is_hunted() -> None:
    assert sorted(CALLS) == sorted(program.commands)


def _forms(name: str) -> list[tuple[str, ...]]:
    for option in program.commands[name].params:
        if option.name == "form" and isinstance(option.type, click.Choice):
            return [("--format", str(form)) for form in option.type.choices]
    return [()]


def test_no_command_says_or_writes_a_secret_in_any_format(hunted: Hunt) -> None:
    hunted.scratch.commit()
    for name, calls in CALLS.items():
        for words in calls:
            for form in _forms(name):
                assert "this is a bug" not in hunted.run("--debug", name, *words, *form)
    hunted.scratch.write(FILE, f"{SHOP}credentials: {{generation: 2}}\n")
    hunted.scratch.commit()
    for words in (PLAN, (*PLAN, "--format", "json"), APPLY, PLAN):
        hunted.run("--debug", *words, status=0)
    assert len(hunted.scratch.stored()) == 2
    assert Path(hunted.env["WATCHED"]).read_text() != ""
    assert hunted.found() == []


def test_the_preview_says_and_writes_no_secret(hunted: Hunt) -> None:
    process = hunted.scratch.start("--debug", "preview", "acme.shop", "--port", "0", env=hunted.env)
    assert process.stdout is not None
    said = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    hunted.said += [said.decode() + out.decode(), err.decode()]
    assert (hunted.scratch.root / ".clientreg" / "preview").exists()
    assert hunted.found() == []


_POINTS = (
    "clientreg.seal seal",
    "clientreg.sync.handover pack",
    "clientreg.sync.delivery Courier.prepare",
    "clientreg.sync.delivery Courier.withdraw_unused",
    "clientreg.sync.run differences",
    "clientreg.sync.run Run._writes",
    "clientreg.sync.run Run._save_record",
    "clientreg.servers.embedded.server _carry_out",
    "clientreg.servers.embedded.server hash_secret",
    "clientreg.servers.embedded.store Store.insert",
    "clientreg.servers.embedded.store Store.clients",
    "clientreg.servers.embedded.store Store.save_record",
    "clientreg.report.apply_text outcome",
    "clientreg.report.apply_text applied",
)
_FOLDER = ("clientreg.wholefile write", "os replace", "os fsync", "pathlib Path.mkdir")
_BRANCH = (
    "clientreg.gitrepo.objects Objects.commit",
    "clientreg.gitrepo.objects Objects._stored",
    "clientreg.gitrepo.branch Branch.write",
    "clientreg.gitrepo.branch Branch._pushed",
)
_FAIL = """
import importlib, os, signal
module, path = {where!r}.split()
owner, name = importlib.import_module(module), path
if "." in path:
    kind, name = path.split(".")
    owner = getattr(owner, kind)
real = getattr(owner, name)
def failing(*arguments, **options):
    local = [*map(repr, arguments), arguments, options, real(*arguments, **options)]
    if {killed}:
        os.kill(os.getpid(), signal.SIGKILL)
    raise RuntimeError(*local)
setattr(owner, name, failing)
"""


@pytest.mark.parametrize("how", ["raises", "is killed"])
def test_a_failure_that_holds_the_secret_shows_it_not_even_with_debug(small: Path, tmp_path: Path, how: str) -> None:
    points = [*(("folder", where) for where in _FOLDER), *(("branch", where) for where in (*_POINTS, *_BRANCH))]
    for number, (kind, where) in enumerate(points):
        root = tmp_path / str(number)
        begun = Hunt.begun(root, copy(small, root / "registry"))
        hunted = begun.on_a_branch() if kind == "branch" else begun
        killed = how == "is killed"
        status = -signal.SIGKILL if killed else 70
        said = hunted.run("--debug", *APPLY, code=_FAIL.format(where=where, killed=killed), status=status)
        assert ("RuntimeError" in said, where) == (not killed, where)
        assert (hunted.found(), where) == ([], where)


@pytest.mark.parametrize("case", ["a full disk", "a hand-over folder that is read-only", "another key"])
def test_a_world_that_refuses_learns_no_secret(small: Path, tmp_path: Path, case: str) -> None:
    hunted = Hunt.begun(tmp_path, copy(small, tmp_path / "registry"))
    if case == "a full disk":
        hunted.run("--debug", *APPLY, status=3, before=on_a_full_disk)
    elif case == "another key":
        hunted.run(*APPLY, status=0)
        (hunted.root / "other").write_text(seal.generate()[0].reveal())
        sealed = f"handover/{hunted.scratch.handed_over()[0]}"
        hunted.run("--debug", "open", sealed, "-i", str(hunted.root / "other"), status=3)
    else:
        (hunted.scratch.root / "handover").mkdir()
        mode("handover", 0o500)(hunted.scratch)
        hunted.run("--debug", *APPLY, "--format", "json", status=3, before=as_anybody)
    assert hunted.found() == []


@pytest.mark.parametrize("case", ["a remote that refuses", "a remote that is gone", "a remote that hangs"])
def test_a_remote_that_refuses_learns_no_secret(small: Path, tmp_path: Path, case: str) -> None:
    hunted = Hunt.begun(tmp_path, copy(small, tmp_path / "registry")).on_a_branch()
    remote = hunted.root / "remote.git"
    impatient = "from clientreg.gitrepo import branch\nbranch.WAIT = 1.0\n"
    if case == "a remote that is gone":
        remote.rename(hunted.root / "moved.git")
    else:
        (remote / "hooks" / "update").write_text(f"#!/bin/sh\n{'exit 1' if 'refuses' in case else 'sleep 30'}\n")
        (remote / "hooks" / "update").chmod(0o755)
    hunted.run("--debug", *APPLY, code=impatient, status=3)
    hunted.run("--debug", *APPLY, "--format", "json", code=impatient, status=3)
    assert hunted.found() == []


def test_an_operators_key_opens_and_is_shown_to_nobody(small: Path, tmp_path: Path) -> None:
    """A server that was down gets its secret later, by the key on the runner: no output, file or process has it."""
    hunted = Hunt.begun(tmp_path, copy(small, tmp_path / "registry"))
    identity, recipient = seal.generate()
    settings = hunted.scratch.read("registry.yaml").replace(
        "publish: none}", f"publish: none, recipients: [{recipient}]}}", 1
    )
    late = "\n      late: {type: embedded, store: .clientreg/late.db, issuer: 'http://127.0.0.1:8082'}\n    credential"
    hunted.scratch.write("registry.yaml", settings.replace("\n    credential", late, 1))
    hunted.scratch.commit()
    hunted.on_a_branch()
    settings = hunted.scratch.read("registry.yaml")
    env = {"CLIENTREG_AGE_KEY": identity.reveal()}
    hunted.scratch.write(".clientreg/test.db", "")
    planned = "from clientreg.servers.embedded import store\nreal = store.Store.insert\n"
    down = planned + (
        "def insert(self, *arguments, **options):\n"
        "    if 'late' in str(self._path):\n"
        "        raise store.CannotFinish('it is down', 'start it')\n"
        "    return real(self, *arguments, **options)\n"
        "store.Store.insert = insert\n"
    )
    hunted.run("--debug", *APPLY, env=env, code=down, status=3)
    assert len(hunted.scratch.stored(".clientreg/late.db")) == 0
    hunted.run("--debug", *APPLY, env=env, status=0)
    assert len(hunted.scratch.stored(".clientreg/late.db")) == 2
    hunted.run("--debug", *PLAN, "--check", "--format", "json", env=env, status=0)
    for wrong in (identity.reveal()[:-1], f"PLANTED {identity.reveal()[16:]}", seal.generate()[0].reveal()):
        (hunted.scratch.root / ".clientreg" / "late.db").unlink()
        hunted.run("--debug", *APPLY, env={"CLIENTREG_AGE_KEY": wrong}, status=3)
    processes = (hunted.root / "WATCHED" / "processes").read_text()
    assert ("receive-pack" in processes, "HOME=" in processes) == (True, True)
    assert hunted.found(identity.reveal()) == []


_KEY = "pLaNtEd-key-PLANTED-6789_abcdefghijklmnopqrstu"
_KEYS = f"kty: EC, crv: P-256, x: {_X}, y: {_Y}, d: {_KEY}"
_METHOD = "token_endpoint_auth_method: private_key_jwt\n"
_PRIVATE = {
    "a private key in jwks": f"{_METHOD}jwks: {{keys: [{{{_KEYS}}}]}}\n",
    "a private key in jwks over lines": f"{_METHOD}jwks:\n  keys:\n    - {{{_KEYS}}}\n".replace(", ", ",\n       "),
    "a private key in an unknown member": f"{_METHOD}jwks: {{keys: [{{{_KEYS}}}], more: 1}}\n",
    "a private key in broken YAML": f"{_METHOD}jwks: {{keys: [{{{_KEYS}}}\n",
    "a private key twice": f"{_METHOD}jwks: {{keys: [{{{_KEYS}, d: {_KEY}}}]}}\n",
    "a symmetric key": f"{_METHOD}jwks: {{keys: [{{kty: oct, k: {_KEY}}}]}}\n",
    "a private key as PEM": f"jwks: |\n  -----BEGIN PRIVATE KEY-----\n  {_KEY}\n  -----END PRIVATE KEY-----\n",
    "a client secret": f"client_secret: {_KEY}\n",
    "an identity among the recipients": "credentials: {recipients: [AGE-SECRET-KEY-1PLANTED]}\n",
    "an identity for the recipients": "credentials: {recipients: AGE-SECRET-KEY-1PLANTED}\n",
}
_READABLE = ("a private key in jwks", "a symmetric key", "an identity among the recipients")
"""They fit their schema."""


@pytest.fixture(scope="module")
def told(small: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Scratch, list[str]]:
    """A registry with one client per private key, and all that every command says of it."""
    scratch = copy(small, tmp_path_factory.mktemp("keys") / "registry")
    for number, content in enumerate(_PRIVATE.values()):
        scratch.write(f"clients/acme/app-{number}.yaml", SHOP + content.replace("PLANTED", f"PLANTED{number}X"))
    scratch.commit()
    whole = [LINT, (*LINT, "--format", "json"), (*LINT, "--format", "github"), PLAN, ("--debug", *APPLY)]
    readable = [number for number, name in enumerate(_PRIVATE) if name in _READABLE]
    shown = [("show", f"acme.app-{number}", *form) for number in readable for form in ((), ("--format", "json"))]
    done = [scratch.run(*words) for words in (*whole, *shown)]
    assert [one.status for one in done] == [1] * len(whole) + [0] * len(shown)
    return scratch, [one.said for one in done]


@pytest.mark.parametrize("name", _PRIVATE)
def test_a_private_key_in_a_file_is_an_error_that_no_output_repeats(told: tuple[Scratch, list[str]], name: str) -> None:
    scratch, said = told
    number = list(_PRIVATE).index(name)
    assert f"clients/acme/app-{number}.yaml:" in said[0]
    assert [text for text in said if f"PLANTED{number}X" in text] == []
    assert (scratch.stored(), scratch.handed_over()) == ({}, [])
