"""The programs that linting is measured against, as published, and what to install for one that is missing."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.measure import Command, tell

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
AJV = ROOT / ".venv/ajv/node_modules"
SCHEMA = str(ROOT / "schema/client.schema.json")


def clientreg(*words: str, folder: Path, statuses: tuple[int, ...] = (0,), name: str = "") -> Command:
    """The tool as it is installed."""
    return Command(name or f"clientreg {words[0]}", (str(BIN / "clientreg"), *words), folder, statuses)


def linters(folder: Path, paths: Sequence[str]) -> list[Command]:
    """Ours first, then every peer that is here; for a missing one, a line that says what to install."""
    ours = clientreg("lint", folder=folder, statuses=(0, 1))
    return [ours, *_python_peers(folder, paths), *_node_peers(folder)]


def _python_peers(folder: Path, paths: Sequence[str]) -> Iterator[Command]:
    for name, words in (
        ("check-jsonschema", ("--schemafile", SCHEMA)),
        ("yamllint", ("-d", "relaxed")),
    ):
        if (BIN / name).exists():
            yield Command(name, (str(BIN / name), *words, *paths), folder, (0, 1))
        else:
            tell(f"MISSING {name}: it is not measured; python -m pip install --require-hashes -r .ci/dev.lock")


def _node_peers(folder: Path) -> Iterator[Command]:
    if shutil.which("node") is None or not (AJV / ".bin/ajv").exists():
        tell("MISSING ajv-cli: it is not measured; install Node.js 20 or newer with npm, then `make bench` fetches it")
        return
    formats = str(AJV / "ajv-formats/dist/index.js")
    words = ("validate", "--spec=draft2020", "--strict=false", "--errors=line", "-c", formats, "-s", SCHEMA)
    yield Command("ajv-cli", (str(AJV / ".bin/ajv"), *words, "-d", "clients/*/client-*.yaml"), folder, (0, 1))
