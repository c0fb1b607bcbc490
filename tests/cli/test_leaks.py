"""No secret leaves the process but sealed: not by a command, a failure, a traceback, a file, a child process or Git."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cli.bad_input import APPLY, FILE, LINT, PLAN, as_anybody, mode, on_a_full_disk
from cli.registries import SHOP
from cli.scratch import Scratch, copy, shim

PLANTED = "pLaNtEd-secret-0123456789_abcdefghijklmnopq"
_X, _Y = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
_WATCH = f"""
import os, sys
from clientreg.secret import Secret
Secret.generate = classmethod(lambda cls: cls({PLANTED!r}))
def watch(event, arguments):
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.putenv"):
        try:
            with open(os.environ["WATCHED"], "a") as log:
                log.write(repr(arguments) + chr(10))
        except OSError:  # the disk is full in one test
            pass
sys.addaudithook(watch)
"""
"""Every new secret is the planted one, and what is given to other processes is written down."""

_FAILING = {
    "the server fails after the write": "clientreg.servers.embedded.store import Store as owner; name = 'insert'",
    "sealing fails": "clientreg import seal as owner; name = 'seal'",
    "the read back fails": "clientreg.servers.embedded.store import Store as owner; name = 'clients'",
}
_FAIL = """
from {where}
real = getattr(owner, name)
def failing(*arguments, **options):
    local = list(map(repr, arguments))
    {call}
    raise RuntimeError(*arguments, options)
setattr(owner, name, failing)
"""


@dataclass
class Watched:
    """A registry whose every new secret is known; collects what its commands said."""

    scratch: Scratch
    env: dict[str, str]
    said: list[str] = field(default_factory=list)

    def run(self, *words: str, code: str = "", status: int | None = None, **options: object) -> None:
        """The command, its words kept; `code` runs in the process first."""
        if code:
            Path(self.env["PYTHONPATH"], "sitecustomize.py").write_text(_WATCH + code, "utf-8")
        done = self.scratch.run(*words, env=self.env, **options)  # type: ignore[arg-type]
        self.said.append(done.said)
        if status is not None:
            assert done.status == status, done.said

    def everything(self) -> Iterator[tuple[str, bytes]]:
        """All that was said and written: streams, files, temporary files, other processes' words, Git objects."""
        yield from ((f"output {number}", text.encode()) for number, text in enumerate(self.said))
        for folder in (self.scratch.root, Path(self.env["TMPDIR"]), Path(self.env["WATCHED"]).parent):
            for path in folder.rglob("*"):
                if path.is_file():
                    yield str(path), path.read_bytes()
        yield "Git objects", self.scratch.git("cat-file", "--batch-all-objects", "--batch", "--buffer").encode()

    def found(self, secret: str = PLANTED) -> list[str]:
        """Where a secret stands, as it is or in another spelling."""
        plain = secret.encode()
        spellings = (plain, plain[::-1], plain.hex().encode(), base64.b64encode(plain)[:-4], repr(secret).encode())
        return [name for name, content in self.everything() if any(spelling in content for spelling in spellings)]


@pytest.fixture
def watched(scratch: Scratch, tmp_path: Path) -> Watched:
    """The small registry, watched."""
    env = shim(tmp_path / "shim", _WATCH)
    for name in ("TMPDIR", "WATCHED"):
        (tmp_path / name).mkdir()
    return Watched(scratch, {**env, "TMPDIR": str(tmp_path / "TMPDIR"), "WATCHED": str(tmp_path / "WATCHED" / "log")})


def test_what_is_looked_for_would_be_found(watched: Watched, key: tuple[Path, str]) -> None:
    watched.run(*APPLY, status=0)
    assert watched.found() == []
    (sealed, *_) = watched.scratch.handed_over()
    watched.run("open", f"handover/{sealed}", "-i", str(key[0]), status=0)
    assert watched.found() == ["output 1"]


def test_a_new_secret_stands_in_no_output_and_no_file(watched: Watched) -> None:
    watched.run(*LINT)
    watched.run(*PLAN, "--out", "plan.json", status=0)
    watched.run("--debug", *APPLY, "--format", "json", status=0)
    watched.run("show", "acme.shop")
    watched.run("show", "acme.shop", "--format", "json")
    watched.scratch.write(FILE, SHOP + "credentials: {generation: 2}\n")
    watched.scratch.commit()
    watched.run(*PLAN, "--format", "json")
    watched.run("--debug", *APPLY, status=0)
    watched.run("explain", "credentials", "--format", "json")
    assert len(watched.scratch.stored()) == 2
    assert Path(watched.env["WATCHED"]).read_text() != ""
    assert watched.found() == []


@pytest.mark.parametrize("name", _FAILING)
def test_a_failure_that_holds_the_secret_shows_it_not_even_with_debug(watched: Watched, name: str) -> None:
    call = "real(*arguments, **options)" if "after" in name else "pass"
    watched.run("--debug", *APPLY, code=_FAIL.format(where=_FAILING[name], call=call), status=70)
    assert "RuntimeError" in watched.said[0]
    assert watched.found() == []


@pytest.mark.parametrize("case", ["a full disk", "a hand-over folder that is read-only", "another key"])
def test_a_world_that_refuses_learns_no_secret(watched: Watched, case: str, tmp_path: Path) -> None:
    handover = watched.scratch.root / "handover"
    if case == "a full disk":
        watched.run("--debug", *APPLY, status=3, before=on_a_full_disk)
    elif case == "another key":
        watched.run(*APPLY, status=0)
        other = tmp_path / "other"
        from clientreg import seal

        other.write_text(seal.generate()[0].reveal())
        watched.run("--debug", "open", f"handover/{watched.scratch.handed_over()[0]}", "-i", str(other), status=3)
    else:
        handover.mkdir()
        mode("handover", 0o500)(watched.scratch)
        watched.run("--debug", *APPLY, "--format", "json", status=3, before=as_anybody)
    assert watched.found() == []


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
