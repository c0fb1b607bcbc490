"""Ctrl-C, a locked store, a full disk, a bug: said once, nothing lost, and the next run arrives."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from cli.bad_input import APPLY, FILE, LINT, PLAN, on_a_full_disk, renamed
from cli.scratch import COMMAND, STORE, Scratch, copy, environment, shim
from clientreg import __version__

_INTERRUPT = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, where the tests run in the background
from {module} import {owner} as owner
real = owner.{function}
def interrupted(*arguments, **options):
    answer = real(*arguments, **options)
    os.kill(os.getpid(), signal.SIGINT)
    return answer
owner.{function} = interrupted
"""
_STORE = "clientreg.servers.embedded.store"


def interrupting(folder: Path, module: str, owner: str, function: str) -> dict[str, str]:
    """Ctrl-C at the end of a function."""
    return shim(folder, _INTERRUPT.format(module=module, owner=owner, function=function))


def credentials(scratch: Scratch) -> tuple[list[str], list[str]]:
    """The ids of the credentials that the server knows, and of those in sealed files: equal, or something was lost."""
    known = [json.loads(mark)["credential"]["id"] for _, mark, _ in scratch.stored().values()]
    return sorted(known), sorted(name.rsplit(".", 2)[1] for name in scratch.handed_over())


def converges(scratch: Scratch) -> None:
    """The next apply does the rest, and then there is nothing to do."""
    assert scratch.run(*APPLY).status == 0
    known, sealed = credentials(scratch)
    assert (len(known), known) == (2, sealed)
    assert scratch.run(*PLAN, "--check").status == 0


@pytest.mark.parametrize(
    ("function", "there", "doubtful"),
    [("insert", ["acme.feed"], 0), ("_next_revision", [], 1), ("save_record", ["acme.feed", "acme.shop"], 0)],
    ids=["after a write", "inside a write", "after the last write"],
)
def test_ctrl_c_in_mid_apply_loses_nothing(
    scratch: Scratch, tmp_path: Path, function: str, there: list[str], doubtful: int
) -> None:
    """The credential of a write without an answer is kept: only the next apply can know whether it arrived."""
    done = scratch.run(*APPLY, env=interrupting(tmp_path / "shim", _STORE, "Store", function))
    assert (done.status, "interrupted" in done.out, "Traceback" in done.said) == (3, True, False)
    assert list(scratch.stored()) == there
    known, sealed = credentials(scratch)
    assert (set(known) - set(sealed), len(sealed) - len(known)) == (set(), doubtful)
    converges(scratch)


@pytest.mark.parametrize("words", [LINT, PLAN, APPLY], ids=" ".join)
def test_ctrl_c_before_anything_was_done_is_one_line(scratch: Scratch, tmp_path: Path, words: tuple[str, ...]) -> None:
    before = scratch.files()
    done = scratch.run(*words, env=interrupting(tmp_path / "shim", "clientreg", "lint", "checked"))
    assert (done.status, done.out, done.err) == (3, "", "\nclientreg: interrupted; nothing more is done\n")
    assert scratch.files() == before


def test_ctrl_c_that_a_library_turns_into_a_panic_is_an_interrupt(scratch: Scratch, tmp_path: Path) -> None:
    code = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from clientreg import lint
class PanicException(BaseException): ...
def checked(*_, **__):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        while True: pass
    except KeyboardInterrupt:
        raise PanicException from None
lint.checked = checked
"""
    done = scratch.run(*LINT, env=shim(tmp_path / "shim", code))
    assert (done.status, done.out, done.err) == (3, "", "clientreg: interrupted; nothing more is done\n")


def test_a_locked_store_is_waited_for_and_then_said(applied: Path, tmp_path: Path) -> None:
    scratch = copy(applied, tmp_path / "registry")
    renamed(scratch)
    scratch.edit("clients/acme/feed.yaml", "Acme Feed", "Acme Fodder")
    impatient = shim(tmp_path / "shim", "from clientreg.servers.embedded import database\ndatabase.WAIT = 0.1\n")
    with closing(sqlite3.connect(scratch.root / STORE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        before = scratch.stored()
        done = scratch.run(*APPLY, env=impatient)
        assert (done.status, "0 done, 1 failed, 1 not tried" in done.out) == (3, True)
        assert "is locked by another process" in done.out
        assert scratch.stored() == before
    converges(scratch)


def test_a_full_disk_is_said_and_the_next_apply_arrives(scratch: Scratch) -> None:
    done = scratch.run(*APPLY, before=on_a_full_disk)
    assert (done.status, "the disk reports an error" in done.out, "Traceback" in done.said) == (3, True, False)
    assert (scratch.stored(), scratch.handed_over()) == ({}, [])
    converges(scratch)


_MOUNTED = """
mkdir -p {folder} && mount -t tmpfs -o size={size} none {folder} && exec 3>&1
head -c 1M /dev/zero > {folder}/filling 2> /dev/null
truncate -s -{free} {folder}/filling
"$0" apply --environment test
echo "status $?"; ls {folder} {folder}/test 2> /dev/null
"""


@pytest.mark.parametrize(("folder", "free"), [("handover", "0"), ("handover", "4k"), (".clientreg", "16k")])
def test_a_disk_that_is_really_full_loses_nothing(scratch: Scratch, folder: str, free: str) -> None:
    script = _MOUNTED.format(folder=folder, size="128k", free=free)
    line = ["unshare", "--mount", "sh", "-c", script, COMMAND]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*line[:2], "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("nothing can be mounted here")
    done = subprocess.run(
        line, cwd=scratch.root, env=environment(), capture_output=True, check=False, text=True, timeout=60
    )
    assert "status 3" in done.stdout, done
    assert ("the disk is full" in done.stdout, "Traceback" in done.stderr) == (True, False)
    known = {json.loads(mark)["credential"]["id"] for _, mark, _ in scratch.stored().values()}
    sealed = [*done.stdout.split(), *scratch.handed_over()]
    assert [one for one in known if not any(one in name for name in sealed)] == []
    assert ".tmp" not in done.stdout


_BUG = """
from clientreg import lint, registry
def checked(root, ignored, **_):
    stated = registry.load(root, ignored).clients[0].data
    raise {error}(f"what a file holds: {{stated}}")
lint.checked = checked
"""


@pytest.mark.parametrize("error", ["RuntimeError", "BaseException"])
def test_a_bug_is_one_report_line_without_content_and_exit_70(scratch: Scratch, tmp_path: Path, error: str) -> None:
    done = scratch.run(*LINT, env=shim(tmp_path / "shim", _BUG.format(error=error)))
    assert (done.status, done.out) == (70, "")
    assert done.err == (
        f"clientreg: this is a bug: {error} in sitecustomize.py:5\n"
        f"  hint: please report it with this line, clientreg {__version__} and what you called;\n"
        "        'clientreg --debug ...' shows the traceback (read it first: it may quote your files)\n"
    )


def test_a_bug_shows_its_traceback_only_with_debug(scratch: Scratch, tmp_path: Path) -> None:
    done = scratch.run("--debug", *LINT, env=shim(tmp_path / "shim", _BUG.format(error="RuntimeError")))
    assert (done.status, done.out) == (70, "")
    assert done.err.startswith("Traceback (most recent call last):\n")
    assert "clientreg: this is a bug: RuntimeError in sitecustomize.py:5\n" in done.err


@pytest.mark.parametrize("words", [("lint", "--fromat"), ("plan", "-e", "nowhere"), ("-C", "nowhere", "lint")])
def test_debug_shows_no_traceback_for_what_is_no_bug(scratch: Scratch, words: tuple[str, ...]) -> None:
    done = scratch.run("--debug", *words)
    assert (done.status, "Traceback" in done.err) == (2, False)


def test_a_folder_that_is_gone_is_said(scratch: Scratch) -> None:
    line = 'mkdir gone && cd gone && rmdir ../gone && "$0" lint'
    done = subprocess.run(
        ["sh", "-c", line, COMMAND], cwd=scratch.root, env=environment(), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, b"clientreg: the current folder is gone")
    assert FILE in scratch.files()
