"""What `--help` says of every command, at 80 columns, is as it was read once."""

from __future__ import annotations

import golden
from cli.scratch import Scratch
from clientreg.cli import program


def test_the_help_of_every_command_is_as_it_was_read_once(scratch: Scratch) -> None:
    calls = [(), *((name,) for name in program.commands)]
    done = [scratch.run(*call, "--help", env={"COLUMNS": "80"}) for call in calls]
    assert [(one.status, one.err) for one in done] == [(0, "")] * len(calls)
    pages = [f"$ clientreg {' '.join([*call, '--help'])}\n{one.out}" for call, one in zip(calls, done, strict=True)]
    assert [line for page in pages for line in page.splitlines() if len(line) > 80] == []
    golden.same("cli/help.txt", "\n".join(pages))


def test_no_command_at_all_shows_the_help_and_is_a_wrong_call(scratch: Scratch) -> None:
    done, help_ = scratch.run(), scratch.run("--help")
    assert (done.status, done.out, done.err) == (2, "", help_.out)


def test_explain_alone_lists_what_it_explains(scratch: Scratch) -> None:
    done = scratch.run("explain")
    assert (done.status, done.out.splitlines()[0], done.err) == (0, "fields of a client file", "")
    assert scratch.run("explain", "client_name#nb").out == scratch.run("explain", "client_name").out


def test_the_version_is_one_line(scratch: Scratch) -> None:
    from clientreg import __version__

    done = scratch.run("--version")
    assert (done.status, done.out, done.err) == (0, f"clientreg {__version__}\n", "")
