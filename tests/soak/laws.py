"""The laws that hold for any files at all, and who breaks them."""

from __future__ import annotations

import random
import resource
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from unittest import mock

from clientreg import fixing, lint, parallel, registry
from clientreg.lint import Report
from clientreg.registry import Registry
from rules.example import TODAY, servers
from soak import outputs
from soak.batch import Batch, Memory

_SECONDS = 1.0
_MEMORY = 100 * 1024
"""KiB that one file may cost."""
_NOTHING_IGNORED: Callable[[list[str]], frozenset[str]] = lambda paths: frozenset()  # noqa: E731


@dataclass(frozen=True)
class Broken:
    """A law and how it is broken."""

    law: str
    how: str


def broken(batch: Batch) -> list[Broken]:
    """The laws that a batch breaks. A traceback is one of them; time and memory are looked at file by file."""
    before, start = _memory(), time.process_time()
    try:
        found = list(_broken(batch, random.Random(batch.name)))
    except Exception:  # noqa: BLE001 - that is the law
        return [Broken("never a traceback", traceback.format_exc())]
    spent, grown = time.process_time() - start, _memory() - before
    if spent > _SECONDS or grown > _MEMORY:
        found += _costly(batch)
    return found


def judged(batch: Batch) -> tuple[Registry, Report]:
    """A batch, read and judged by the real code."""
    read = registry.load("/registry", _NOTHING_IGNORED, tree=Memory(batch.files))
    return read, lint.run(read, servers=servers(), today=TODAY)


def _broken(batch: Batch, rng: random.Random) -> Iterator[Broken]:
    read, report = judged(batch)
    for how in outputs.broken(report, read):
        yield Broken("every output stays in its format", how)
    if rng.random() < 0.1 and set(map(_key, report.findings)) != set(map(_key, judged(_turned(batch))[1].findings)):
        yield Broken("same findings whatever the order of the files", "turned round, others are found")
    if rng.random() < 0.03 and _in_two_processes(batch) != report:
        yield Broken("same findings whatever the number of processes", "two processes find others")
    if rng.random() < 0.1:
        yield from _fixed_twice(batch, unsafe=rng.random() < 0.5)


def _key(finding: lint.Finding) -> object:
    return finding.sort_key, finding.severity, finding.hint, finding.waived


def _turned(batch: Batch) -> Batch:
    """The same files as another file system would list them."""
    return Batch(batch.name, dict(reversed(batch.files.items())))


def _in_two_processes(batch: Batch) -> Report:
    with (
        mock.patch.object(parallel, "_processors", return_value=2),
        mock.patch.object(registry, "_PORTION", 10),
        mock.patch.object(lint, "_PORTION", 10),
    ):
        return judged(batch)[1]


def _fixed_twice(batch: Batch, *, unsafe: bool) -> Iterator[Broken]:
    judge = fixing.judge("/registry", _NOTHING_IGNORED, servers(), TODAY)
    made = fixing.fix(Memory(batch.files), judge, lambda _: True, unsafe=unsafe)
    files = {**batch.files, **{one.rewrite.file: one.rewrite.content for one in made.edits}}
    again = fixing.fix(Memory(files), judge, lambda _: True, unsafe=unsafe)
    if again.edits:
        yield Broken("fixing twice is fixing once", f"{again.edits[0].rewrite.file}: {again.edits[0].mended}")


def _costly(batch: Batch) -> Iterator[Broken]:
    """The files that cost too much alone."""
    for name in batch.clients:
        alone = batch.only([name])
        before, start = _memory(), time.process_time()
        judged(alone)
        spent, grown = time.process_time() - start, _memory() - before
        if spent > _SECONDS:
            yield Broken("never more than a second for one file", f"{name}: {spent:.2f} s")
        if grown > _MEMORY:
            yield Broken("never more than 100 MiB for one file", f"{name}: {grown // 1024} MiB")


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
