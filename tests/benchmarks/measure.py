"""Whole processes, one at a time and in turn: wall time, processor time, memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SLOW = 10.0
"""Seconds from which on a command runs in two rounds only."""
_MEMORY_UNIT = 1 / 1024 if sys.platform == "darwin" else 1
_LAUNCHER = """
import json, os, sys, time
output, words = int(sys.argv[1]), sys.argv[2:]
begun = time.perf_counter()
child = os.posix_spawnp(words[0], words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, output, n) for n in (1, 2)])
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - begun
print(json.dumps([os.waitstatus_to_exitcode(status), wall, used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""
"""A small process that starts the measured one: at its start a process has as much memory as the one it comes from."""
ENV = {name: value for name, value in os.environ.items() if name not in {"PYTHONDONTWRITEBYTECODE", "CI"}}


@dataclass(frozen=True)
class Command:
    """A command line, and the exit statuses that mean that it did its work."""

    name: str
    words: tuple[str, ...]
    folder: Path
    statuses: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Run:
    """Seconds of one process and its children, and the most memory (MiB) that any one of them had."""

    wall: float
    cpu: float
    peak: float


@dataclass
class Series:
    """The runs of some commands in turn, so that what slows the machine down slows all of them down."""

    runs: dict[str, list[Run]] = field(default_factory=dict)

    def median(self, name: str, what: str = "wall") -> float:
        """The median of a figure."""
        return statistics.median(getattr(run, what) for run in self.runs[name])

    def peak(self, name: str) -> float:
        """The most memory of all runs."""
        return max(run.peak for run in self.runs[name])

    def ratios(self, name: str, to: str) -> list[float]:
        """How many times as long as `to` it took, round by round, sorted."""
        return sorted(one.wall / other.wall for one, other in zip(self.runs[name], self.runs[to], strict=False))


def tell(words: str) -> None:
    """Progress, on standard error."""
    print(f"bench: {words}", file=sys.stderr, flush=True)


def run(command: Command) -> Run:
    """Run a command once. Ends the benchmark with what it wrote if it did not do its work."""
    with tempfile.TemporaryFile() as output:
        words = (sys.executable, "-I", "-S", "-c", _LAUNCHER, str(output.fileno()), *command.words)
        done = subprocess.run(
            words, cwd=command.folder, env=ENV, stdout=subprocess.PIPE, pass_fds=(output.fileno(),), check=True
        )
        status, wall, cpu, peak = json.loads(done.stdout)
        if status not in command.statuses:
            output.seek(0)
            said = output.read()[-2000:].decode("utf-8", "replace")
            sys.exit(f"bench: {command.name} ended with status {status}:\n{said}")
    return Run(wall, cpu, peak * _MEMORY_UNIT / 1024)


def said(command: Command) -> str:
    """What a command writes on standard output."""
    done = subprocess.run(command.words, cwd=command.folder, env=ENV, capture_output=True, text=True, check=False)
    return done.stdout


def in_turn(commands: Sequence[Command], rounds: int, what: str) -> Series:
    """Every command once per round, the order turned round each time; a slow one in the first two rounds only."""
    series = Series({command.name: [] for command in commands})
    for number in range(rounds):
        for command in commands if number % 2 == 0 else reversed(commands):
            before = series.runs[command.name]
            if number < 2 or max(one.wall for one in before) < SLOW:
                tell(f"{what}, round {number + 1} of {rounds}: {command.name}")
                before.append(run(command))
    return series


def warm(commands: Sequence[Command]) -> None:
    """A run that is not counted: modules are compiled, files are in the cache."""
    for command in commands:
        run(command)


def spread(values: Sequence[float], form: str = ".1f") -> str:
    """The least and the greatest."""
    return f"{min(values):{form}}-{max(values):{form}}"


def table(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Rows of one shape as lines: the first column to the left, figures to the right."""
    names = list(rows[0])
    width = {name: max(len(name), *(len(row[name]) for row in rows)) for name in names}
    first, *others = names
    lines = [{name: name for name in names}, *rows]
    return [
        "  " + row[first].ljust(width[first]) + "".join(f"  {row[name]:>{width[name]}}" for name in others)
        for row in lines
    ]
