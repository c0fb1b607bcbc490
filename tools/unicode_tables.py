"""Writes `clientreg/unicode/*.tsv` from the Unicode Consortium's own files, or with `--check` says whether they differ.

    python tools/unicode_tables.py [--check] confusables.txt Scripts.txt

Both come with a Unicode release: `security/confusables.txt` (UTS 39) and `ucd/Scripts.txt` (UAX 24).
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

TABLES = Path(__file__).parent / "clientreg" / "values" / "unicode"
_MAPPING = re.compile(r"([0-9A-F]{4,6}) ;\t([0-9A-F ]+?) ;\tMA\b")
_SCRIPT = re.compile(r"([0-9A-F]{4,6})(?:\.\.([0-9A-F]{4,6}))?\s*; (\w+)")
_UNSPECIFIC = frozenset({"Common", "Inherited"})


def confusables(text: str) -> list[str]:
    """One line per character: its code point, a tab, the code points of its prototype."""
    return sorted((f"{m[1]}\t{m[2]}" for m in map(_MAPPING.match, text.splitlines()) if m), key=_code_point)


def scripts(text: str) -> list[str]:
    """One line per run of one script, unassigned gaps included: first, tab, last, tab, script."""
    ranges = sorted((int(m[1], 16), int(m[2] or m[1], 16), m[3]) for m in map(_SCRIPT.match, text.splitlines()) if m)
    runs: list[tuple[int, int, str]] = []
    for first, last, script in ranges:
        start = runs.pop()[0] if runs and runs[-1][2] == script else first
        runs.append((start, last, script))
    return [f"{first:04X}\t{last:04X}\t{script}" for first, last, script in runs if script not in _UNSPECIFIC]


def table(source: Path, lines: list[str], text: str) -> str:
    """The lines under a head that names the source, its version and its digest."""
    version = re.search(r"Version: (\S+)|Scripts-([\d.]+)\.txt", text)
    date = re.search(r"Date: (\S+),", text)
    if not version or not date:
        raise SystemExit(f"{source} is not a file of the Unicode Consortium: no version or date in its head")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    head = (
        f"# Derived from {source.name}, Unicode {version[1] or version[2]}, {date[1]}, sha256 {digest}\n"
        "# © Unicode, Inc. Unicode License v3: see LICENSE beside this file. Made by tools/unicode_tables.py.\n"
    )
    return head + "\n".join(lines) + "\n"


def _code_point(line: str) -> int:
    return int(line.partition("\t")[0], 16)


def main(arguments: list[str]) -> int:
    """Write or check the two tables; 1 when a checked table differs."""
    names = [name for name in arguments if name != "--check"]
    if len(names) != 2:
        raise SystemExit(__doc__)
    differs = 0
    for name, make in zip(names, (confusables, scripts), strict=True):
        source = Path(name)
        text = source.read_text(encoding="utf-8-sig")
        made, target = table(source, make(text), text), TABLES / f"{make.__name__}.tsv"
        if "--check" not in arguments:
            target.write_text(made, encoding="utf-8")
        elif target.read_text(encoding="utf-8") != made:
            sys.stderr.write(f"{target} differs from what {source} gives\n")
            differs = 1
    return differs


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
