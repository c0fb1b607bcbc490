"""The door: the only rooms that read the environment and the clock, print and exit.

`main` is the console script. Importing this package imports click and nothing else, so that `--help` and completion are
as fast as click is; every command imports what it needs when it runs.
"""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import click

from clientreg import __version__
from clientreg.cli import check, settle, tryout
from clientreg.errors import EXIT_BUG, EXIT_CANNOT_FINISH, ClientregError


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
    "-C", "--directory", type=click.Path(file_okay=False), help="Work in this registry instead of the current one."
)
@click.option("--debug", is_flag=True, help="Show the traceback of a bug.")
@click.pass_context
def program(ctx: click.Context, directory: str | None, debug: bool) -> None:
    """OAuth 2.0 and OpenID Connect clients as files in Git: checked, reviewed, applied.

    \b
    First steps:
      clientreg demo                          see the main job run, with real logins
      clientreg lint                          check every client file
      clientreg plan --environment test       see what an apply would change
      clientreg apply --environment test      change it

    Exit status: 0 clean, 1 findings (or changes with --check), 2 called wrongly, 3 could not finish, 70 a bug.
    """
    ctx.obj = {"directory": directory, "debug": debug}


for command in (*check.COMMANDS, *settle.COMMANDS, *tryout.COMMANDS):
    program.add_command(command)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the program and exit with its status; no traceback unless it is a bug and `--debug` was given."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")
    words = sys.argv[1:] if arguments is None else arguments
    try:
        status = program.main(words, prog_name="clientreg", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        status = done.exit_code
    except click.ClickException as wrong:
        wrong.show()
        status = wrong.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nclientreg: interrupted; nothing more is done", err=True)
        status = EXIT_CANNOT_FINISH
    except BrokenPipeError:
        status = _reader_left()
    except Exception as error:  # noqa: BLE001 - the one place where a bug becomes an exit status
        status = _failed(error, debug="--debug" in words)
    sys.exit(status if isinstance(status, int) else 0)


def _failed(error: Exception, *, debug: bool) -> int:
    from clientreg.report.printable import printable

    if isinstance(error, ClientregError):
        click.echo(f"clientreg: {printable(error.message)}", err=True)
        if error.hint:
            click.echo(f"  hint: {printable(error.hint)}", err=True)
        return error.exit_code
    if debug:
        raise error
    click.echo(f"clientreg: this is a bug: {type(error).__name__} in {_place(error)}", err=True)
    click.echo(f"  hint: please report it with this line, clientreg {__version__} and what you called;", err=True)
    click.echo("        'clientreg --debug ...' shows the traceback (read it first: it may quote your files)", err=True)
    return EXIT_BUG


def _place(error: Exception) -> str:
    trace: Any = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "an unknown place"


def _reader_left() -> int:
    """The reading side of a pipe went away (`| head`): end quietly, and keep the interpreter quiet at shutdown too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_CANNOT_FINISH
