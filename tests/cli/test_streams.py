"""Where words go decides nothing about the work: pipes, terminals, locales, closed and full streams."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.bad_input import APPLY, FILE, LINT, PLAN
from cli.scratch import COMMAND, Scratch, environment

_PAINT = re.compile(r"\x1b\[[0-9;]*m")
_NAME = "Ácme 店 🛒 ¤"
"""Letters for which Latin-1 has an escape that JSON does not know."""


def shell(scratch: Scratch, line: str) -> tuple[int, str, str]:
    """A line of bash with the command on its path: how it ended, and both its streams."""
    env = environment(PATH=f"{Path(COMMAND).parent}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run(["bash", "-c", line], cwd=scratch.root, env=env, capture_output=True, check=False, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize(
    ("call", "status"), [("lint", 1), ("explain redirect_uris", 0), ("show acme.feed --format json", 0)]
)
def test_a_reader_that_leaves_changes_no_exit_status(scratch: Scratch, call: str, status: int) -> None:
    scratch.edit(FILE, "scopes:", "scope:")
    assert shell(scratch, f'clientreg {call} | true; exit "${{PIPESTATUS[0]}}"') == (status, "", "")


def test_head_gets_the_first_line_and_pipefail_is_content(scratch: Scratch) -> None:
    status, out, err = shell(scratch, "set -o pipefail; clientreg plan -e test | head -1")
    assert (status, out.startswith("plan for test"), out.count("\n"), err) == (0, True, 1, "")


@pytest.mark.parametrize("call", ["lint", "plan -e test"])
def test_whoever_takes_the_output_in_this_process_goes_on(scratch: Scratch, call: str) -> None:
    """A command that has only read ends its process by force, which is not its own where others read along."""
    words = ["-C", str(scratch.root), *call.split()]
    taken = f"with contextlib.redirect_stdout(io.StringIO()) as out:\n    status = cli._run({words!r}, [])\n"
    code = f"import contextlib, io\nfrom clientreg import cli\n{taken}print(status, len(out.getvalue()) > 9)"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("0 True\n", "")


def test_an_apply_goes_on_when_nobody_listens(scratch: Scratch) -> None:
    assert shell(scratch, 'clientreg apply -e test 2>&1 | true; exit "${PIPESTATUS[0]}"') == (0, "", "")
    assert list(scratch.stored()) == ["acme.feed", "acme.shop"]


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_an_apply_with_closed_streams_writes_to_its_store_alone(scratch: Scratch, closed: str) -> None:
    status, _, err = shell(scratch, f"clientreg apply -e test {closed}")
    assert (status, "bug" in err) == (0, False)
    assert list(scratch.stored()) == ["acme.feed", "acme.shop"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("before", ["", "PYTHONUNBUFFERED=1 "])
@pytest.mark.parametrize("call", ["lint", "--help", "apply -e test", "demo"])
def test_a_full_disk_below_standard_output_is_said(scratch: Scratch, call: str, before: str) -> None:
    status, out, err = shell(scratch, f"{before}clientreg {call} > /dev/full")
    said = "clientreg: standard output cannot be written: No space left on device"
    assert (status, out, [line for line in err.splitlines() if line.startswith("clientreg: ")]) == (3, "", [said])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_below_standard_error_stops_no_apply(scratch: Scratch) -> None:
    status, out, _ = shell(scratch, "clientreg apply -e test 2> /dev/full")
    assert (status, out.splitlines()[-2]) == (0, "2 done, 0 failed")


def test_out_to_a_device_leaves_the_device(scratch: Scratch) -> None:
    status, out, _ = shell(scratch, "clientreg plan -e test --out /dev/stderr 2>&1 >/dev/null | cat")
    assert (status, json.loads(out)["environment"]) == (0, "test")
    assert shell(scratch, "clientreg plan -e test --out /dev/null; test -c /dev/null")[0] == 0


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "C", "PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C", "PYTHONIOENCODING": "latin-1:strict"},
    ],
    ids=lambda env: " ".join(f"{name}={value}" for name, value in env.items()),
)
def test_json_is_utf_8_in_every_locale_and_text_never_fails(scratch: Scratch, env: dict[str, str]) -> None:
    scratch.edit(FILE, "client_name: Acme Shop", f"client_name: {_NAME}")
    shown = scratch.run("show", "acme.shop", "--environment", "test", "--format", "json", env=env)
    fields = {row["name"]: row["value"] for row in json.loads(shown.out)["registrations"][0]["fields"]}
    assert fields["client_name"] == _NAME
    process = scratch.start("show", "acme.shop", env=env)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err, b"cme" in out) == (0, b"", True)


@pytest.mark.parametrize(
    ("columns", "env", "coloured"),
    [
        (80, {}, True),
        (40, {}, True),
        (80, {"NO_COLOR": "1"}, False),
        (80, {"NO_COLOR": ""}, True),
        (80, {"TERM": "dumb"}, False),
    ],
)
def test_a_terminal_gets_colour_and_its_own_width(
    scratch: Scratch, columns: int, env: dict[str, str], coloured: bool
) -> None:
    scratch.edit(FILE, "platform: web\n", f"platform: web\n{'long_unknown_name: [' + 'word, ' * 20}word]\n")
    done = scratch.terminal(*LINT, columns=columns, env=env)
    lines = _PAINT.sub("", done.out).splitlines()
    assert (done.status, bool(_PAINT.search(done.out)), max(map(len, lines)) <= columns) == (1, coloured, True)
    assert re.sub(r"\s+", "", "".join(lines)).startswith("clients/acme/shop.yaml:5:1:error[CR102]:'long_unknown_name'")


def test_a_pipe_gets_neither_colour_nor_progress(scratch: Scratch) -> None:
    done = scratch.run(*PLAN, env={"TERM": "xterm", "FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "COLUMNS": "200"})
    assert (done.status, done.err, "\x1b" in done.out) == (0, "", False)
    assert max(len(line) for line in done.out.splitlines() if not line.startswith("clientreg apply")) <= 80


def test_a_narrow_terminal_breaks_no_plan(scratch: Scratch) -> None:
    done = scratch.terminal(*APPLY, columns=20)
    assert (done.status, "2 done, 0 failed" in done.out) == (0, True)


def test_on_a_terminal_an_error_is_broken_between_words(scratch: Scratch) -> None:
    done = scratch.terminal(*APPLY, "--expect", "sha256:0")
    _, _, said = done.out.rpartition("\r\x1b[K")
    lines = said.splitlines()
    assert (done.status, lines[0].startswith("clientreg: this is no longer the plan")) == (3, True)
    assert [line for line in lines if len(line) > 80 and " " in line.strip()] == []
    piped = scratch.run(*APPLY, "--expect", "sha256:0").err
    assert (" ".join(" ".join(lines).split()), piped.count("\n")) == (" ".join(piped.split()), 2)


@pytest.mark.parametrize(("term", "end"), [("xterm", "\r\x1b[K"), ("dumb", "\n")])
def test_what_is_being_done_is_gone_when_it_is_done(scratch: Scratch, term: str, end: str) -> None:
    done = scratch.terminal(*PLAN, env={"TERM": term})
    passing, plan, _ = done.out.partition("plan for ")
    assert (done.status, plan) == (0, "plan for ")
    assert next(line for line in passing.split(end) if line) == "reading server local ..."
    assert passing.endswith(f" ...{end}")
