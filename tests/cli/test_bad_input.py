"""Bad input, a bad world and bad calls: one clear message, the right exit status, nothing written, no traceback."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

import golden
from cli.bad_input import CASES, Case
from cli.scratch import Done, Scratch, copy, ended

_MESSAGE = re.compile(r"^(?:clientreg: |.*error\[)", re.MULTILINE)
_AT_ONCE = 4
_TWICE = {"an unknown sink type: lint": 2}
"""It stands in both environments of the small registry."""


class Answer(NamedTuple):
    """What the command said, in which registry, and whether every file there is as it was."""

    done: Done
    scratch: Scratch
    untouched: bool


@pytest.fixture(scope="module")
def answers(applied: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """Every case, a few at a time: what is measured here is words, not seconds."""
    found: dict[str, Answer] = {}
    for start in range(0, len(CASES), _AT_ONCE):
        running = []
        for case in CASES[start : start + _AT_ONCE]:
            scratch = copy(applied, tmp_path_factory.mktemp("case") / "registry")
            case.prepare(scratch)
            process = scratch.start(*case.words, env=case.env, preexec_fn=case.before)
            running.append((case.name, scratch, scratch.files(), process))
        for name, scratch, before, process in running:
            done = ended(process)
            found[name] = Answer(done, scratch, scratch.files() == before)
    return found


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_one_message_the_right_status_and_nothing_written(case: Case, answers: dict[str, Answer]) -> None:
    done, _, untouched = answers[case.name]
    assert (done.status, len(_MESSAGE.findall(done.said)), untouched) == (case.status, _TWICE.get(case.name, 1), True)
    assert "Traceback" not in done.said
    assert [char for char in done.said if char != "\n" and not char.isprintable()] == []


def test_every_message_is_as_it_was_read_once(answers: dict[str, Answer]) -> None:
    golden.same("cli/bad_input.txt", "\n".join(_entry(case, answers[case.name]) for case in CASES))


def _entry(case: Case, answer: Answer) -> str:
    words = " ".join(word if isinstance(word, str) else ascii(word)[1:] for word in case.words)
    said = answer.done.said.partition("\n\n")[0].rstrip("\n").replace(str(answer.scratch.root), "/registry")
    said = re.sub(r"\s+'/registry'", " '/registry'", said)
    said = re.sub(r"sha256:[0-9a-f]{64}", "sha256:...", said)
    indented = "".join(f"    {line}\n" for line in said.splitlines())
    return f"{case.name}\n  $ clientreg {words}\n{indented}  exit {answer.done.status}\n"
