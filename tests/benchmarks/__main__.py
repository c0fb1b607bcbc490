"""Prints the performance table: `make bench`, or `make bench FILES=2000` for a quick one.

Makes registries in a temporary folder and measures whole processes on them, in turn. Nothing is asserted.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks import corpus
from benchmarks.measure import Command, Series, in_turn, said, spread, table, tell, warm
from benchmarks.peers import clientreg, linters

ROUNDS = 5
ERRORS = 0.02
FEW = 1_000


def main() -> None:
    """Print one section after the other, each as soon as it is measured."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    begun = time.perf_counter()
    show(machine())
    with tempfile.TemporaryDirectory(prefix="clientreg-bench-") as name:
        show(starting(Path(name)))
        for count in sorted({min(FEW, files), files}):
            show(linting(Path(name) / f"{count}-with-errors", count))
        show(cleaning(Path(name) / "few", min(2 * FEW, files)))
        show(planning(Path(name) / "clean", files))
        show(changing(Path(name) / f"{files}-with-errors", files))
    tell(f"{time.perf_counter() - begun:.0f} s in all")


def show(lines: Iterator[str]) -> None:
    """Lines of standard output, whole sections at a time."""
    print("\n".join(lines), end="\n\n", flush=True)


def machine() -> Iterator[str]:
    """Where it was measured, and how busy that was."""
    busy = f", load {os.getloadavg()[0]:.1f} before the first run" if hasattr(os, "getloadavg") else ""
    yield f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors{busy}"
    yield f"Python {platform.python_version()}, clientreg {version('clientreg')}"
    yield "Whole processes in turn; medians, and in brackets the least and the greatest."


def starting(folder: Path) -> Iterator[str]:
    """`--help`, which completion and every hook wait for, beside the library that it is made with."""
    commands = [
        Command("python -c 'import click'", (sys.executable, "-c", "import click"), folder),
        clientreg("--help", folder=folder),
    ]
    warm(commands)
    yield "Start"
    yield from compared(in_turn(commands, 4 * ROUNDS + 1, "start"), commands)


def linting(folder: Path, files: int) -> Iterator[str]:
    """Every linter on the same files."""
    tell(f"making {files:,} clients")
    folder.mkdir()
    paths = corpus.write(folder, files, errors=ERRORS)
    texts = [(folder / path).read_bytes() for path in paths]
    lines, size = (sum(map(measure, texts)) / files for measure in (lambda text: text.count(b"\n"), len))
    commands = linters(folder, paths)
    warm(commands[:1])
    yield f"Linting {files:,} files: {lines:.0f} lines and {size:,.0f} bytes on average, {ERRORS:.0%} with errors"
    yield from compared(in_turn(commands, ROUNDS, f"lint {files:,}"), commands)
    yield "  clientreg: schema, all rules, names across files; check-jsonschema and ajv-cli:"
    yield "  schema alone; yamllint: form alone. The first two read 1.2, the last two 1.1."


def cleaning(folder: Path, files: int) -> Iterator[str]:
    """As in a registry that everybody keeps clean."""
    tell(f"making {files:,} clients without errors")
    folder.mkdir()
    paths = corpus.write(folder, files, errors=0)
    commands = linters(folder, paths)[:2]
    warm(commands[:1])
    yield f"Linting {files:,} files without errors"
    yield from compared(in_turn(commands, ROUNDS, f"lint {files:,}"), commands)


def planning(folder: Path, files: int) -> Iterator[str]:
    """A plan that finds nothing to change, beside the check that is part of it."""
    tell(f"making {files:,} clients without errors, and applying them")
    folder.mkdir()
    corpus.write(folder, files, errors=0)
    corpus.apply(folder)
    commands = [clientreg("lint", folder=folder), clientreg("plan", "--environment", "test", folder=folder)]
    if "no changes" not in said(commands[1]):
        sys.exit("bench: the plan is not empty after an apply")
    yield f"Planning {files:,} clients on the embedded server, nothing to change"
    yield from compared(in_turn(commands, ROUNDS, "plan"), commands)


def changing(folder: Path, files: int) -> Iterator[str]:
    """A pull request that touches three files."""
    corpus.change(folder)
    commands = [
        clientreg("lint", folder=folder, statuses=(0, 1)),
        clientreg("lint", "--changed-since", "HEAD~1", folder=folder, statuses=(0, 1), name="lint --changed-since"),
    ]
    warm(commands)
    yield f"Linting a change of 3 files in {files:,}"
    yield from compared(in_turn(commands, ROUNDS, "change"), commands)


def compared(series: Series, commands: list[Command]) -> list[str]:
    """Every command beside the first."""
    first = commands[0].name
    rows = []
    for command in commands:
        walls = [one.wall for one in series.runs[command.name]]
        ratios = series.ratios(command.name, first)
        middle = (ratios[(len(ratios) - 1) // 2] + ratios[len(ratios) // 2]) / 2
        form = ".3f" if max(walls) < 1 else ".2f"
        rows.append(
            {
                "": command.name,
                "wall s": f"{series.median(command.name):{form}} [{spread(walls, form)}]",
                "cpu s": f"{series.median(command.name, 'cpu'):{form}}",
                "MiB": f"{series.peak(command.name):.0f}",
                "times the first": "1" if command.name == first else f"{middle:.2f} [{spread(ratios, '.2f')}]",
            }
        )
    return table(rows)


if __name__ == "__main__":
    main()
