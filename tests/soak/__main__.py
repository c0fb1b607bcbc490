"""`python -m soak COUNT SEED`: that many hostile files, on every processor, some Git trees, and what grows too fast.

`python -m soak FILE` does again what a failure did that was kept in `.soak/`; `python -m soak large FILES` measures a
change of so many client files, which takes too long to be part of each run.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from soak import batch, growth, large, laws, trees
from soak.batch import Batch
from soak.laws import Broken

SIZE = 50
"""Hostile files in one registry."""
_PER_TREE = 2_000
"""For so many files there is one Git tree."""
_SHOWN = 20
_FAILURES = Path(".soak")


def soak(count: int, seed: int) -> int:
    """Look at so many files; what breaks a law is kept. The number of failures."""
    numbers = range(-(-count // SIZE))
    failed = 0
    start = time.monotonic()
    with multiprocessing.get_context("fork").Pool(maxtasksperchild=40) as pool:
        for done, (number, found) in enumerate(pool.imap_unordered(partial(_one, seed), numbers), 1):
            if found:
                failed += 1
                _tell(f"{seed}/{number}", found, f"make soak AGAIN={_keep(seed, number, found)}")
            _progress(done * SIZE, failed, time.monotonic() - start)
    print(file=sys.stderr)
    return failed


def in_trees(count: int, seed: int) -> int:
    """The same for Git trees, one after the other."""
    failed = 0
    for number in range(max(count // _PER_TREE, 3)):
        if found := trees.broken(seed, number):
            failed += 1
            _tell(f"tree {seed}/{number}", found, f"python -m soak tree {seed} {number}")
    return failed


def _one(seed: int, number: int) -> tuple[int, list[Broken]]:
    gc.disable()  # a process is gone before its cycles matter
    return number, laws.broken(batch.make(seed, number, SIZE))


def _keep(seed: int, number: int, found: Sequence[Broken]) -> Path:
    """The smallest registry that breaks the same law, as one file."""
    made = smallest(batch.make(seed, number, SIZE), found[0].law)
    _FAILURES.mkdir(exist_ok=True)
    path = _FAILURES / f"{seed}-{number}.json"
    files = {file: content.decode("utf-8", "surrogateescape") for file, content in made.files.items()}
    kept = {"name": made.name, "broken": [vars(one) for one in found], "files": files}
    path.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return path


def smallest(made: Batch, law: str) -> Batch:
    """The batch without the clients that are not needed to break a law."""
    clients = made.clients
    portion = len(clients)
    while portion > 1:
        portion = max(portion // 2, 1)
        for start in range(0, len(clients), portion):
            fewer = made.only([one for one in clients if one not in clients[start : start + portion]])
            if any(one.law == law for one in laws.broken(fewer)):
                made, clients = fewer, fewer.clients
                break
        else:
            if portion == 1:
                break
            continue
        portion = min(portion * 2, len(clients))
    return made


def again(path: Path) -> int:
    """What a kept failure breaks now."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    files = {file: text.encode("utf-8", "surrogateescape") for file, text in kept["files"].items()}
    found = laws.broken(Batch(kept["name"], files))
    _tell(kept["name"], found, f"make soak AGAIN={path}")
    return len(found)


def _tell(name: str, found: Sequence[Broken], command: str) -> None:
    sys.stderr.write("\r\x1b[K" if sys.stderr.isatty() else "")
    for one in found[:_SHOWN]:
        print(f"{name}: {one.law}\n{one.how}")
    print(f"{name}: {len(found)} broken; again: {command}", flush=True)


def _progress(done: int, failed: int, seconds: float) -> None:
    if sys.stderr.isatty() or done % (SIZE * 200) == 0:
        end = "\r" if sys.stderr.isatty() else "\n"
        print(f"{done:,} files, {failed} failed, {done / seconds:,.0f} a second", end=end, file=sys.stderr, flush=True)


def main(words: Sequence[str]) -> int:
    """Exit status: whether a law is broken."""
    if words[0] == "tree":
        found = trees.broken(int(words[1]), int(words[2]))
        _tell(" ".join(words), found, " ".join(("python -m soak", *words)))
        return int(bool(found))
    if words[0] == "growth":
        return growth.main()
    if words[0] == "large":
        return large.main(int(words[1]))
    if os.path.isfile(words[0]):
        return int(again(Path(words[0])) > 0)
    count, seed = int(words[0]), int(words[1])
    failed = soak(count, seed) + in_trees(count, seed)
    print(f"{count:,} hostile files with seed {seed}: {failed} failures")
    print("not looked at here: very large changes (PYTHONPATH=tests .venv/bin/python -m soak large 100000)")
    return growth.main() or int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
