"""The hunt for a planted secret: a registry whose every new secret is known, and all the places it could be in."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cli.scratch import Scratch, environment, shim

PLANTED = "pLaNtEd-secret-0123456789_abcdefghijklmnopq"
WATCH = f"""
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

_PROCESSES = """\
for process in /proc/[0-9]*; do
    tr '\\0' ' ' < $process/cmdline
    case "$(readlink $process/exe)" in
        *python*) ;;
        *) tr '\\0' ' ' < $process/environ ;;
    esac
    echo
done 2> /dev/null >> {log}
"""
"""During each push: the arguments of every process of this machine, and what those that are no clientreg inherited."""

searched: list[int] = []
"""How many places each search has looked into."""


@dataclass
class Hunt:
    """A registry below `root`, on a branch or in a folder, and what its commands said."""

    root: Path
    scratch: Scratch
    env: dict[str, str]
    said: list[str] = field(default_factory=list)

    @classmethod
    def begun(cls, root: Path, scratch: Scratch) -> Hunt:
        """The registry in `scratch`, watched from now on."""
        env = shim(root / "shim", WATCH)
        for name in ("TMPDIR", "HOME", "WATCHED"):
            (root / name).mkdir()
        fixed = {"PYTHONDONTWRITEBYTECODE": "1", "PIP_NO_INDEX": "1"}
        folders = {**fixed, **{name: str(root / name) for name in ("TMPDIR", "HOME")}}
        return cls(root, scratch, {**env, **folders, "WATCHED": str(root / "WATCHED" / "log")})

    def on_a_branch(self) -> Hunt:
        """Sealed files are pushed to a bare repository beside the registry."""
        remote = self.root / "remote.git"
        subprocess.run(["git", "init", "--quiet", "--bare", remote], env=environment(), check=True)
        hook = remote / "hooks" / "pre-receive"
        hook.write_text("#!/bin/sh\n" + _PROCESSES.format(log=self.root / "WATCHED" / "processes"))
        hook.chmod(0o755)
        self.scratch.git("remote", "add", "origin", str(remote))
        settings = self.scratch.read("registry.yaml")
        self.scratch.write("registry.yaml", settings.replace("directory: handover, publish: none", _ON_BRANCH))
        self.scratch.commit()
        return self

    def run(self, *words: str, code: str = "", status: int | None = None, **options: object) -> str:
        """The command, its words kept; `code` runs in the process first."""
        Path(self.env["PYTHONPATH"], "sitecustomize.py").write_text(WATCH + code, "utf-8")
        env = {**self.env, **options.pop("env", {})}  # type: ignore[dict-item]
        done = self.scratch.run(*words, env=env, **options)  # type: ignore[arg-type]
        self.said += [done.out, done.err]
        if status is not None:
            assert done.status == status, done.said
        return done.said

    def places(self) -> Iterator[tuple[str, bytes]]:
        """All that was said and written: streams, files of every kind, other processes' words, Git objects."""
        yield from ((f"stream {number}", text.encode()) for number, text in enumerate(self.said))
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and path.parent.name != "shim":
                yield str(path.relative_to(self.root)), path.read_bytes()
            if path.name == "HEAD" and (path.parent / "objects").is_dir():
                yield from _objects(path.parent)

    def found(self, *secrets: str) -> list[str]:
        """Where a secret stands, whole or in part, as it is or in another spelling."""
        wanted = [part for secret in (PLANTED, *secrets) for part in _spellings(secret)]
        places = list(self.places())
        searched.append(len(places))
        return [name for name, content in places if any(part in content for part in wanted)]


_ON_BRANCH = "publish: git-branch"


def _spellings(secret: str) -> Iterator[bytes]:
    """Parts of a secret that are long enough to be its own, in the ways in which bytes get written."""
    for start in (0, (len(secret) - 16) // 2, len(secret) - 16):
        part = secret[start : start + 16].encode()
        yield from (part, part[::-1], part.hex().encode(), part.hex().upper().encode(), part.decode().encode("utf-16"))
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + part)
            yield coded[4 if shift else 0 : -4]


def _objects(repository: Path) -> Iterator[tuple[str, bytes]]:
    """Every object of a repository, also those that nothing refers to."""
    line = ["git", "cat-file", "--batch-all-objects", "--batch"]
    out = subprocess.run(line, cwd=repository, env=environment(), capture_output=True, check=True).stdout
    while out:
        head, _, out = out.partition(b"\n")
        name, kind, size = head.decode().split()
        yield f"{repository.name}: {kind} {name}", out[: int(size)]
        out = out[int(size) + 1 :]
