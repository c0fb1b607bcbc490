"""A registry in a folder of its own, and the installed command run in it as a person or a runner would."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = str(Path(sys.executable).with_name("clientreg"))
STORE = ".clientreg/test.db"

_KEPT = frozenset({"PATH", "HOME", "TMPDIR", "LANG", "SYSTEMROOT", "COVERAGE_PROCESS_START"})
_GIT = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Tester"), ("EMAIL", "tester@example.com"))
}


@dataclass(frozen=True)
class Done:
    """What a process said and how it ended."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Both streams."""
        return self.out + self.err


def environment(**more: str) -> dict[str, str]:
    """A process environment without anything of this machine that could change an answer."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT}
    fixed = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    return {**kept, **_GIT, **fixed, "LC_ALL": "C.UTF-8", **more}


@dataclass(frozen=True)
class Scratch:
    """A registry that may be broken at will."""

    root: Path

    def run(
        self,
        *words: str | bytes,
        env: Mapping[str, str] | None = None,
        before: Callable[[], None] | None = None,
        seconds: float = 60,
    ) -> Done:
        """The command with these words, in a pipe; `before` runs in the new process first."""
        return ended(self.start(*words, env=env, preexec_fn=before), seconds)

    def start(self, *words: str | bytes, env: Mapping[str, str] | None = None, **more: Any) -> subprocess.Popen[bytes]:
        """The command running in pipes; the caller waits for it."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        options = {"cwd": self.root, **pipes, **more}
        return subprocess.Popen([COMMAND, *words], env=environment(**(env or {})), **options)

    def terminal(self, *words: str, columns: int = 80, env: Mapping[str, str] | None = None) -> Done:
        """The command on a terminal of some width; everything it shows is in `out`."""
        ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (24, columns))
        pipes = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        process = self.start(*words, env={"TERM": "xterm", **(env or {})}, start_new_session=True, **pipes)
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # the other side is closed
            while part := os.read(ours, 65536):
                shown += part
        os.close(ours)
        return Done(process.wait(60), shown.decode().replace("\r\n", "\n"), "")

    def git(self, *words: str) -> str:
        """What Git answers."""
        done = subprocess.run(
            ["git", *words],
            cwd=self.root,
            env=environment(),
            capture_output=True,
            check=True,
            text=True,
            errors="replace",
        )
        return done.stdout.strip()

    def commit(self) -> str:
        """Everything as it is now; the id of the new commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change")
        return self.git("rev-parse", "HEAD")

    def write(self, file: str, content: str | bytes) -> None:
        """A file with this content."""
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def read(self, file: str) -> str:
        """A file's text."""
        return (self.root / file).read_text("utf-8")

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that must stand in the file."""
        text = self.read(file)
        assert old in text, f"{old!r} does not stand in {file}"
        self.write(file, text.replace(old, new))

    def files(self) -> dict[str, bytes]:
        """Every file outside `.git`, by its path: to say that nothing was written."""
        found = {}
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name != ".git"]
            for name in names:
                path = Path(folder, name)
                readable = path.is_file() and os.access(path, os.R_OK)
                found[str(path.relative_to(self.root))] = path.read_bytes() if readable else b""
        return found

    def stored(self, store: str = STORE) -> dict[str, tuple[Any, ...]]:
        """The clients of a store, read past clientreg: payload, mark and secret hash by client id."""
        path = self.root / store
        if not path.exists():
            return {}
        with closing(sqlite3.connect(path)) as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'client'").fetchall():
                return {}
            rows = db.execute("SELECT client_id, payload, mark, secret_hash FROM client").fetchall()
        return {row[0]: row[1:] for row in rows}

    def handed_over(self) -> list[str]:
        """The names of the hand-over files."""
        return sorted(str(path.relative_to(self.root / "handover")) for path in self.root.glob("handover/*/*"))


def ended(process: subprocess.Popen[bytes], seconds: float = 60) -> Done:
    """What a process in pipes said, once it has ended; it has so many seconds."""
    out, err = process.communicate(timeout=seconds)
    return Done(process.returncode, out.decode("utf-8", "surrogateescape"), err.decode("utf-8", "surrogateescape"))


def shim(folder: Path, code: str) -> dict[str, str]:
    """A process environment in which this code runs before the command's own."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(code, "utf-8")
    return {"PYTHONPATH": str(folder)}


def copy(template: Path, target: Path) -> Scratch:
    """A registry of one's own."""
    shutil.copytree(template, target, symlinks=True)
    return Scratch(target)
