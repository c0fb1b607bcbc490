"""The door: the only rooms that read the environment and the clock, print and exit.

`main` is the console script. Importing this package imports click and nothing else, so that `--help` and completion are
as fast as click is; every command imports what it needs when it runs.
"""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any, NoReturn

import click

from clientreg import __version__
from clientreg.cli import check, docs, drift, found, importing, repository, settle, streams, tryout, verify, wiring
from clientreg.errors import EXIT_BUG, EXIT_CANNOT_FINISH, EXIT_USAGE, ClientregError


class _Group(click.Group):
    """Commands in the order of a first day, and "did you mean" for a misspelt one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], self.commands, n=1)
            more = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(self.commands)}."
            raise click.UsageError(f"{error.message} {more}", ctx) from None


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="clientreg", message="%(prog)s %(version)s")
@click.option(
    "-C",
    "--directory",
    type=click.Path(exists=True, file_okay=False),
    help="Work in this registry instead of the current one.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of a bug.")
@click.pass_context
def program(ctx: click.Context, directory: str | None, debug: bool) -> None:
    """OAuth 2.0 and OpenID Connect clients as files in Git: checked, reviewed, applied.

    \b
    First steps:
      clientreg demo                       see the main job run, with real logins
      clientreg lint                       check every client file
      clientreg plan --environment test    see what an apply would change
      clientreg apply --environment test   change it

    Exit status: 0 clean, 1 findings (or changes with --check), 2 called wrongly, 3 could not finish, 70 a bug.
    """
    ctx.obj = {"directory": directory, "debug": debug, "variables": wiring.taken_variables()}


for room in (check, settle, verify, drift, tryout, found, importing, repository, docs):
    for command in room.COMMANDS:
        program.add_command(command)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the program and exit with its status; no traceback unless it is a bug and `--debug` was given."""
    import signal

    streams.open_all()
    interrupts: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        interrupts.append(number)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)
    status = _run(sys.argv[1:] if arguments is None else arguments, interrupts)
    if interrupt is signal.getsignal(signal.SIGINT):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # what was done is said; too late to interrupt anything
    sys.exit(status)


def _run(words: list[str], interrupts: list[int]) -> int:
    """The exit status. `interrupts` fills with Ctrl-C: a library in Rust may turn that into a panic of its own."""
    out, err = sys.stdout, sys.stderr
    try:
        status = program.main(words, prog_name="clientreg", standalone_mode=False)
    except SystemExit as done:
        if sys.stdout is not out:  # click's answer to a reader that has left while it wrote
            sys.stdout, sys.stderr = out, err
            streams.silence(out)
            return EXIT_CANNOT_FINISH
        status = done.code
    except click.exceptions.NoArgsIsHelpError as none:
        streams.tell(f"{none.format_message()}\n")
        return EXIT_USAGE
    except click.ClickException as wrong:
        return _misused(wrong)
    except BaseException as error:  # noqa: BLE001 - the one place where a bug becomes an exit status
        if interrupts or isinstance(error, KeyboardInterrupt | click.exceptions.Abort):
            streams.tell("clientreg: interrupted; nothing more is done\n")
            return EXIT_CANNOT_FINISH
        return _failed(error, debug="--debug" in words)
    return status if isinstance(status, int) else 0


def _misused(wrong: click.ClickException) -> int:
    context = getattr(wrong, "ctx", None)
    command = context.command_path if context else "clientreg"
    streams.complain(wrong.format_message(), f"{command} --help shows what there is")
    return wrong.exit_code


def _failed(error: BaseException, *, debug: bool) -> int:
    if isinstance(error, OSError) and streams.broken(sys.stdout):
        error = streams.unwritable(error)
    if isinstance(error, ClientregError):
        streams.complain(error.message, error.hint)
        return error.exit_code
    if debug:
        import traceback

        streams.tell("".join(traceback.format_exception(error)))
    streams.tell(
        f"clientreg: this is a bug: {type(error).__name__} in {_place(error)}\n"
        f"  hint: please report it with this line, clientreg {__version__} and what you called;\n"
        "        'clientreg --debug ...' shows the traceback (read it first: it may quote your files)\n"
    )
    return EXIT_BUG


def _place(error: BaseException) -> str:
    trace: Any = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "an unknown place"
