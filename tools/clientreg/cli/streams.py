"""Standard output and error as they are found: closed, full, a pipe whose reader has left, a poor locale.

What becomes of the words never decides what becomes of the work: an apply goes on when nobody reads its progress, and
the exit status of a command speaks about the command.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from clientreg.errors import CannotFinish


_UTF8 = frozenset({"json", "sarif", "gitlab", "junit"})
"""Formats that programs read: JSON is UTF-8 in every locale (RFC 8259 section 8.1), and our XML says so of itself."""

_passing: list[str] = []
"""The line that says what is being done, while it stands on the terminal."""

_own: list[object] = []
"""Standard output and error of a process that is the command's own."""


def open_all() -> None:
    """Give every stream a file, so that no store is ever opened on descriptor 1 or 2; escape what cannot be encoded."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - open until the end
    if getattr(sys.stdout, "write_through", False):  # PYTHONUNBUFFERED: what a failed write held would be forgotten
        encoding = sys.stdout.encoding
        sys.stdout = open(sys.stdout.fileno(), "w", encoding=encoding, closefd=False)  # noqa: SIM115 - as above
    for stream in (sys.stdout, sys.stderr):
        _reconfigure(stream, errors="backslashreplace")
    _own[:] = [sys.stdout, sys.stderr]


def say(text: str, *, form: str = "text") -> None:
    """A result, on standard output, in the locale's encoding or the format's own. A reader may have left."""
    if form in _UTF8:
        _reconfigure(sys.stdout, encoding="utf-8")
    _wipe()
    try:
        click.echo(text, nl=False)
    except BrokenPipeError:
        silence(sys.stdout)


def given(most: int) -> bytes:
    """What comes from standard input, to its end; of more than `most` bytes, as many as are too many."""
    text: bytes = sys.stdin.buffer.read(most + 1)
    while sys.stdin.buffer.read(1 << 16):
        pass
    return text


def pass_by(words: str) -> None:
    """What is being done, where a person is watching; gone when something else is said."""
    if sys.stderr.isatty():
        _wipe()
        still = os.environ.get("TERM") == "dumb"
        tell(f"{words} ...\n" if still else f"{words} ...")
        _passing.extend([] if still else [words])


def tell(text: str) -> None:
    """Progress or a failure, on standard error; where that cannot be written, nothing else is disturbed."""
    _wipe()
    try:
        click.echo(text, nl=False, err=True)
    except OSError:
        silence(sys.stderr)


def complain(message: str, hint: str = "") -> None:
    """What is wrong and what to do, on standard error: one line each in a pipe, broken between words on a terminal."""
    from clientreg.report.layout import wrapped
    from clientreg.report.printable import printable

    width = columns(sys.stderr) if sys.stderr.isatty() else sys.maxsize
    lines = wrapped(f"clientreg: {printable(message)}", width, rest="    ")
    if hint:
        lines += wrapped(printable(hint), width, first="  hint: ", rest="        ")
    tell("\n".join(lines) + "\n")


def columns(stream: Any) -> int:
    """How wide a stream is: what its terminal says, 80 in a pipe."""
    shown = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 80
    return max(40, min(shown, 120))


def _wipe() -> None:
    if _passing:
        _passing.clear()
        tell("\r\x1b[K")


def silence(stream: Any) -> None:
    """Nothing can be written there any more: drop what is to come, at the interpreter's end too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def end(status: int) -> NoReturn:
    """End the process now that all is said: a command that has only read need not free it piece by piece first.

    Where somebody in this process has taken the output, it is theirs, too, and goes on.
    """
    alone = [*map(id, _own)] == [id(sys.stdout), id(sys.stderr)]
    if alone and not broken(sys.stdout) and not broken(sys.stderr):
        os._exit(status)
    sys.exit(status)


def broken(stream: Any) -> bool:
    """Whether a stream still holds what it could not write."""
    try:
        stream.flush()
    except OSError:
        return True
    return False


def unwritable(error: OSError) -> CannotFinish:
    """Standard output refused a result (a full disk): what to say, once the stream is quiet."""
    from clientreg.errors import CannotFinish

    silence(sys.stdout)
    message = f"standard output cannot be written: {error.strerror}"
    return CannotFinish(message, "the command did its work, only its result is lost: run it again, or plan to see")


def _reconfigure(stream: Any, **wanted: str) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(**wanted)
