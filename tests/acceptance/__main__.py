"""Odd clients in bulk on real servers: `make soak-servers COUNT=10000 SEED=1 SERVERS="Keycloak oidc-provider"`.

They come in rounds, each with a seed of its own and a server without clients. Exits 1 if a client that lints clean is
refused, not kept as its file says, or does not work.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from acceptance import judging, tokens
from acceptance.bulk import Trial
from acceptance.kinds import KINDS, Kind

ROUND = 500
SAMPLE = 50
"""Clients of a round that are to get a token."""


@dataclass
class Tally:
    """What was seen on one server."""

    cases: int = 0
    drafts: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    tokens: int = 0
    wrong: list[str] = field(default_factory=list)


class Line:
    """One line on a terminal that says how far it is; nothing in a pipe but a line per round."""

    def __init__(self, start: str) -> None:
        self._start, self._next, self._on = start, 0.0, sys.stderr.isatty()

    def __call__(self, what: str, number: int, of: int) -> None:
        if self._on and time.monotonic() > self._next:
            self._next = time.monotonic() + 0.2
            sys.stderr.write(f"\r\x1b[K{self._start}: {what} {number:,} of {of:,}")
            sys.stderr.flush()

    def clear(self) -> None:
        if self._on:
            sys.stderr.write("\r\x1b[K")


def main(count: int, seed: int, names: list[str]) -> int:
    """Try `count` clients on each server, print what was seen, and say whether all is well."""
    unknown = [name for name in names if name not in KINDS]
    absent = {name: why for name in names if name in KINDS and (why := KINDS[name].missing())}
    if unknown or absent:
        known = ", ".join(KINDS)
        print(*(f"there is no server {name!r}; there are: {known}" for name in unknown), sep="\n", file=sys.stderr)
        print(*(f"{name} is not here: {why}" for name, why in absent.items()), sep="\n", file=sys.stderr)
        return 3
    tallies = {name: _soaked(name, count, seed) for name in names}
    return 1 if any(tally.wrong for tally in tallies.values()) else 0


def _soaked(name: str, count: int, seed: int) -> Tally:
    kind, tally, began, told = KINDS[name], Tally(), time.monotonic(), 0
    with kind.running() as server:
        for number, size in enumerate(_sizes(count)):
            _round(kind, server, size, seed + number, Line(f"{name} {tally.cases:,} of {count:,}"), tally)
            for text in tally.wrong[told:]:
                print(f"x {name}: {text}", flush=True)
            told, taken = len(tally.wrong), time.monotonic() - began
            print(f"{name}: {tally.cases:,} of {count:,} clients, seed {seed + number}, {taken:.0f} s", file=sys.stderr)
    print(_summary(name, seed, tally, time.monotonic() - began), flush=True)
    return tally


def _sizes(count: int) -> Iterator[int]:
    for start in range(0, count, ROUND):
        yield min(ROUND, count - start)


def _round(kind: Kind, server: Any, size: int, seed: int, line: Line, tally: Tally) -> None:
    folder = Path(tempfile.mkdtemp(prefix="clientreg-soak-"))
    line("making and applying clients", 0, size)
    try:
        with kind.trial(server, folder / "registry", size, seed) as trial:
            tally.cases += size
            tally.drafts.update(trial.applied.clean.refused_by)
            tally.wrong += (f"seed {seed}: {text}" for text in _wrong(trial, seed, line, tally))
    finally:
        shutil.rmtree(folder)
        line.clear()


def _wrong(trial: Trial, seed: int, line: Line, tally: Tally) -> Iterator[str]:
    yield from (f"{key} was refused: {why}" for key, why in trial.applied.refused.items())
    left = trial.applied.second_plan()
    if left and not trial.applied.refused:
        yield f"the second plan is not empty:\n{left}"
    for key, (held, stated) in judging.changed(trial).items():
        yield f"{key} is held as {held}, and its file says {stated}"
    seen = judging.strangers(trial, line)
    tally.asked += seen.asked
    yield from (f"{key}: {uri!r} is refused" for key, uri in seen.refused)
    yield from (f"{key}: an address that it has not is accepted" for key in seen.near)
    tally.tokens += len(tokens.sample(trial.applied.held, SAMPLE, seed))
    yield from (f"{key} gets no token: {why}" for key, why in judging.without_token(trial, SAMPLE, seed, line))


def _summary(name: str, seed: int, tally: Tally, taken: float) -> str:
    most = ", ".join(f"{code} {number:,}" for code, number in tally.drafts.most_common(8))
    return (
        f"{name}: {tally.cases:,} clients that lint clean (seeds from {seed}), {tally.asked:,} redirect URIs asked, "
        f"{tally.tokens:,} tokens asked, {len(tally.wrong):,} wrong, {taken:.0f} s\n"
        f"  {sum(tally.drafts.values()):,} findings kept other drafts out, most often {most}"
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:] or list(KINDS)))
