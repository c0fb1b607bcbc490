"""A pull request that brings a whole registry: what each command that looks at it takes, needs and says."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks import corpus

COMMANDS = (
    ("lint",),
    ("lint", "--changed-since", "HEAD~1"),
    ("lint", "--changed-since", "HEAD~1", "--format", "github"),
    ("plan", "--since", "HEAD~1", "--format", "markdown"),
    ("plan", "--since", "HEAD~1"),
)
_DONE = frozenset({0, 1, 3})
"""The exit statuses of a command that came to its end."""
_MIB = 1024 * (1024 if sys.platform == "darwin" else 1)


class Run(NamedTuple):
    """One command over a large change: `used` is the processor's seconds, of the process and its children."""

    words: tuple[str, ...]
    status: int
    seconds: float
    used: float
    peak: int
    said: int

    @property
    def broken(self) -> bool:
        """Whether it did not come to its end."""
        return self.status not in _DONE

    def __str__(self) -> str:
        figures = f"{self.seconds:,.0f} s, {self.used:,.0f} s of processors, {self.peak:,} MiB at most"
        return f"{' '.join(self.words)}: exit {self.status}, {figures}, {self.said / 1e6:,.1f} MB of output"


def runs(files: int) -> Iterator[Run]:
    """Every command over a change that adds so many client files, one in fifty with an error, to an empty registry."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "registry.yaml").write_bytes((corpus.HERE / "registry.yaml").read_bytes())
        corpus.commit(folder, "nothing yet")
        corpus.write(folder, files, errors=0.02)
        for words in COMMANDS:
            yield run(folder, words)


def run(folder: Path, words: tuple[str, ...]) -> Run:
    """One command in its own process."""
    command = [sys.executable, "-m", "clientreg", *words]
    env = {name: value for name, value in os.environ.items() if name != "CI"}
    with tempfile.TemporaryFile() as output:
        begun = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=output, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds, processors = time.monotonic() - begun, used.ru_utime + used.ru_stime
        return Run(words, process.returncode, seconds, processors, used.ru_maxrss // _MIB, output.seek(0, os.SEEK_END))


def main(files: int) -> int:
    """Tell what each takes; the exit status says whether one did not come to its end."""
    print(f"a change of {files:,} client files", flush=True)
    failed = 0
    for one in runs(files):
        print(one, flush=True)
        failed += one.broken
    return int(failed > 0)
