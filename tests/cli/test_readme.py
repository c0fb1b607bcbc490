"""The README's "Your own registry": its commands as they stand there, one after the other in one shell."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from cli.scratch import COMMAND, environment

_BLOCK = re.compile(r"^## Your own registry\n.*?^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ENDED = "timeout --preserve-status --signal INT 8"
"""As a person ends a preview, with Ctrl-C."""


def commands(repository: Path) -> list[str]:
    """The lines of the block."""
    found = _BLOCK.search((repository / "README.md").read_text("utf-8"))
    assert found
    return found[1].splitlines()


def test_there_are_ten_of_them(repository: Path) -> None:
    assert len(commands(repository)) == 10


def test_they_lead_from_nothing_to_a_pull_request(repository: Path, tmp_path: Path) -> None:
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True, env=environment())
    lines = commands(repository)
    lines[2] = lines[2].replace("clientreg preview", f"{_ENDED} clientreg preview --port 0")
    script = "\n".join(f"echo '$ line {number}'\n{line}" for number, line in enumerate(lines, 1))
    env = environment(
        PATH=f"{Path(COMMAND).parent}{os.pathsep}{os.environ['PATH']}", REPOSITORY=remote.as_uri(), PIP_NO_INDEX="1"
    )
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, env=env, capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.split("$ line ")
    assert "lint clean, nothing committed yet" in said[1]
    assert re.search(r"log in +http://127\.0\.0\.1:\d+/try/acme-as\.acme-shop", said[3])
    assert "1 to create" in said[5]
    assert "1 done, 0 failed" in said[6]
    assert ("Acme Store" in said[9], "0 errors" in said[9]) == (True, False)
    line = ["git", "for-each-ref", "--format=%(refname:short)"]
    pushed = subprocess.run(line, cwd=remote, env=env, capture_output=True, check=True, text=True)
    assert pushed.stdout.split() == ["main", "new-name"]
