"""The few exceptions of this package and the exit code each one ends with.

    ClientregError            never raised itself
    ├── FilesBroken           1: files of the registry cannot be understood, so nothing was planned
    ├── UsageError            2: called wrongly (unknown environment, client, code)
    └── CannotFinish          3: the world refuses (server, Git, sink, disk, a refused plan)

Bad data in a file is never an exception: it is a `Finding`. Anything else that escapes is a bug (exit 70).
"""

from __future__ import annotations

from collections.abc import Iterable

EXIT_CLEAN = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_CANNOT_FINISH = 3
EXIT_BUG = 70


class ClientregError(Exception):
    """What went wrong in one sentence, and in `hint` what to do next."""

    exit_code = EXIT_CANNOT_FINISH

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class FilesBroken(ClientregError):  # noqa: N818 - it is a state of the files, not an error of ours
    """Files of the registry cannot be understood, and acting without them would take them for deleted."""

    exit_code = EXIT_FINDINGS


class UsageError(ClientregError):
    """The command was called with something that does not exist here."""

    exit_code = EXIT_USAGE


def unknown(what: str, name: str, known: Iterable[str], where: str = "") -> UsageError:
    """There is no `what` of that name: a guess at what was meant, else what there is."""
    import difflib

    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    some = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {some}" if names else "there is none yet"
    return UsageError(f"there is no {what} {name!r}{where}", hint)


class CannotFinish(ClientregError):  # noqa: N818 - it is a state of the world, not an error of ours
    """The command was right, but a server, Git, a sink or the disk did not let it finish."""
