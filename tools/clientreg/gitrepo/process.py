"""One Git command in a process of its own: bounded in time, never asking, running no program that the clone configures.

How a remote lets us in (helpers, SSH keys, headers that a runner's checkout left) is Git's own business. Hooks, signing
programs, file-system monitors and maintenance are switched off on the command line, which wins over every file.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from clientreg.errors import CannotFinish

TIMED_OUT = -1
"""The status of a command that was ended because it took too long."""
_GRACE = 3.0
_OPTIONS = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "credential.interactive=false",
    "gc.auto=0",
    "i18n.commitEncoding=UTF-8",
    "maintenance.auto=false",
    "submodule.recurse=false",
)
_FIXED = {
    "GIT_AUTHOR_EMAIL": "clientreg@localhost",
    "GIT_AUTHOR_NAME": "clientreg",
    "GIT_COMMITTER_EMAIL": "clientreg@localhost",
    "GIT_COMMITTER_NAME": "clientreg",
    "GIT_HTTP_LOW_SPEED_LIMIT": "1000",
    "GIT_HTTP_LOW_SPEED_TIME": "20",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GCM_INTERACTIVE": "never",
    "LC_ALL": "C",
    "SSH_ASKPASS_REQUIRE": "never",
}
_PROMPTS = frozenset({"SSH_ASKPASS", "GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"})
_USER_INFO = re.compile(r"//[^/@\s]*@")


class Answer(NamedTuple):
    """How a command ended and what it wrote."""

    status: int
    out: bytes
    error: str

    @property
    def said(self) -> str:
        """Why it failed, in the words of the remote where it has any, else of Git; for people, never to decide by."""
        lines = [line.strip() for line in self.error.splitlines()]
        remote = [line[7:].strip() for line in lines if line.startswith("remote:")]
        own = [line for line in lines if line.startswith(("fatal:", "error:"))]
        words = [word for word in remote if word][:3] or own[:1] or lines[:1] or [f"status {self.status}"]
        return _USER_INFO.sub("//", " ".join(words).removeprefix("fatal: ").removeprefix("error: "))


def run(root: Path, *arguments: str, stdin: bytes = b"", wait: float = 60.0) -> Answer:
    """Run `git` in a folder for at most `wait` seconds. Raises CannotFinish where no process can be started."""
    flags = [part for option in _OPTIONS for part in ("-c", option)]
    try:
        process = subprocess.Popen(  # noqa: S603 - every argument that comes from a file follows --end-of-options
            ["git", "--no-pager", *flags, *arguments],  # noqa: S607 - the git of the PATH, as everywhere
            cwd=root,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # no terminal to ask at, and all that it starts ends with it
        )
    except OSError as error:
        hint = "install git: https://git-scm.com/downloads" if error.filename == "git" else "free memory, run again"
        raise CannotFinish(f"git cannot be started ({error.strerror})", hint) from error
    try:
        out, words = process.communicate(stdin, timeout=wait)
    except subprocess.TimeoutExpired:
        _end(process)
        return Answer(TIMED_OUT, b"", f"no answer within {wait:g} seconds")
    except BaseException:
        _end(process)
        raise
    return Answer(process.returncode, out, os.fsdecode(words))


def _environment() -> dict[str, str]:
    """The runner's own, without anything that would ask a person. A `GIT_ASKPASS` of the runner's answers by itself."""
    kept = {name: value for name, value in os.environ.items() if name not in _PROMPTS}
    return {"GIT_ASKPASS": "", **kept, **_FIXED}


def _end(process: subprocess.Popen[bytes]) -> None:
    """The command and all that it started, politely first, so that it takes its lock files away."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_GRACE)
            return
