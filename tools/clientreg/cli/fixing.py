"""`lint --fix` and `lint --diff`: what has one right answer is mended, and the rest is told."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from clientreg.cli import streams, wiring

if TYPE_CHECKING:
    from clientreg.fixing import Fixed


class Wish(NamedTuple):
    """Whether files are to be fixed, only shown as they would be, and what somebody has to want."""

    fix: bool
    diff: bool
    unsafe: bool

    def admit(self, others: Collection[str]) -> None:
        """Raises UsageError where the options do not go together; `others` have no part in this, and are given."""
        from clientreg.errors import UsageError

        if self.fix and self.diff:
            raise UsageError("--fix and --diff are two answers to one question", "leave one of them out")
        if not (self.fix or self.diff):
            raise UsageError("--unsafe-fixes fixes nothing by itself", "add --fix, or --diff to only see it")
        word = "--fix" if self.fix else "--diff"
        for name in sorted(others):
            message = f"{name} does not go with {word}, which is about the files of the work tree, in text"
            raise UsageError(message, f"leave out {name}")


def run(wanted: Sequence[str], wish: Wish, *, strict: bool) -> NoReturn:
    """Fix the wanted files, or show how. Exit as lint does then; a diff that shows something is a 1, too."""
    from clientreg.report import fix_text, text

    made = _made(wanted, unsafe=wish.unsafe)
    report = made.report.only(wanted)
    if wish.diff:
        streams.say(fix_text.diff(made, wiring.style()))
        streams.tell(fix_text.summary(made, wiring.style(stream=sys.stderr), written=False))
        streams.end(int(bool(made.edits) or report.failed(strict=strict)))
    _write(made)
    sources = {one.file: found for one in report.findings if (found := made.registry.source(one.file))}
    said = fix_text.fixed(made, wiring.style())
    streams.say(f"{said}\n{text.findings(report, sources, wiring.style())}")
    streams.end(int(report.failed(strict=strict)))


def _made(wanted: Sequence[str], *, unsafe: bool) -> Fixed:
    from clientreg import fixing, lint, servers
    from clientreg.reading.folder import WorkTree

    root = wiring.root()
    streams.pass_by("judging what can be fixed")
    judge = fixing.judge(root, wiring.ignored(root), servers.types(), wiring.today())
    return fixing.fix(WorkTree(root), judge, lambda file: lint.within(file, wanted), unsafe=unsafe)


def _write(made: Fixed) -> None:
    from clientreg import rewriting

    rewriting.write(made.registry.root, [edited.rewrite for edited in made.edits])
