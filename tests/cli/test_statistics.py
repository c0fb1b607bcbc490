"""`lint --statistics`: the result is the same, and standard error says where the time went."""

from __future__ import annotations

import json
import re

from cli.scratch import Scratch


def test_statistics_go_to_standard_error_and_change_nothing_else(scratch: Scratch) -> None:
    plain, told = (scratch.run("lint", "--format", "json", *more) for more in ((), ("--statistics",)))
    assert (told.status, json.loads(told.out)) == (plain.status, json.loads(plain.out))
    assert plain.err == ""
    assert re.search(r"^  YAML to values +[0-9.]+ +[0-9.]+% +[1-9]", told.err, re.MULTILINE)
    assert re.search(r"^  CR270 +[0-9.]+ +[0-9.]+% +1 +0  two organizations redirect", told.err, re.MULTILINE)
    assert max(map(len, told.err.splitlines())) <= 80


def test_statistics_are_about_the_work_tree(scratch: Scratch) -> None:
    done = scratch.run("lint", "--statistics", "--changed-since", "HEAD")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("clientreg: --changed-since and --statistics do not go together\n")
