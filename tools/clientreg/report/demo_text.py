"""The demo for people: each step as it happens, the table of what was proved, what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import zip_longest

from clientreg.demo import Proof, Shown
from clientreg.report.layout import beside, wrapped
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Role, Style

_COMMANDS = {
    "lint": "clientreg lint",
    "plan": "clientreg plan --environment test",
    "apply": "clientreg apply --environment test",
    "serve": "the embedded authorization server",
    "login": "a real login or token request with each client, over HTTP",
    "share": "one login for several clients",
    "refuse": "what must fail",
}
_NEXT = (
    ("preview", "log in yourself, in your browser"),
    ("explain redirect_uris", "what a field means, and its rules"),
    ("plan --environment test", "what a change of the files would do"),
)


def step(name: str, words: str, *, first: bool, style: Style) -> str:
    """One line of a step; its command stands above the first."""
    lines = [f"\n{style.paint('>', 'aside')} {style.paint(_COMMANDS.get(name, name), 'name')}"] if first else []
    lines += wrapped(printable(words), style.width, first="  ", rest="      ")
    return unforged("\n".join(lines) + "\n")


def shown(result: Shown, style: Style, *, program: str) -> str:
    """The table, whether all of it held, and three next steps; `program` is what to type for this command."""
    lines = ["", *_table("client", result.clients, style), *_table("together", result.together, style)]
    lines += [*_table("must fail", result.refused, style), _verdict(result, style)]
    if result.held:
        lines += ["", "next steps", *_next(program, style)]
    return unforged("\n".join(lines) + "\n")


def _next(program: str, style: Style) -> Iterator[str]:
    room = max(len(f"{program} {command}") for command, _ in _NEXT)
    for command, why in _NEXT:
        yield from beside(f"{program} {command}", partial(wrapped, why), room=room, indent=2, width=style.width)[1]


def _table(title: str, proofs: tuple[Proof, ...], style: Style) -> Iterator[str]:
    room = min(max(len(title), *(len(_subject(proof)) for proof in proofs)), style.width // 2)
    yield style.paint(f"{title:<{room}}  {'what was proved':<{style.width - room - 10}}{'seconds':>8}", "aside")
    for proof in proofs:
        yield from _row(proof, room, style)
    yield ""


def _row(proof: Proof, room: int, style: Style) -> Iterator[str]:
    """Beside the subject what was proved, below it the kind; the first line carries the seconds."""
    words = f"FAILED: {proof.failure}" if proof.failure else ", ".join(proof.proved)
    right = wrapped(printable(words), style.width - room - 10)
    left = [_subject(proof), *([f"  {printable(proof.kind)}"] if proof.kind else [])]
    role: Role = "error" if proof.failure else "good"
    for number, (one, two) in enumerate(zip_longest(left, right, fillvalue="")):
        mark = style.paint(f"{one:<{room}}", role if number == 0 else "aside")
        seconds = f"{proof.seconds:>8.2f}" if number == 0 else ""
        yield f"{mark}  {two:<{style.width - room - 10}}{seconds}".rstrip()


def _subject(proof: Proof) -> str:
    return printable(proof.subject)


def _verdict(result: Shown, style: Style) -> str:
    every = (*result.clients, *result.together, *result.refused)
    failed = sum(proof.failure is not None for proof in every)
    if result.held:
        words = f"all of it held: {len(result.clients)} clients, {len(result.refused)} refusals; the second plan"
        return style.paint(f"{words} has no changes ({result.seconds:.1f} s)", "good")
    reasons = [f"{failed} of {len(every)} did not hold"] if failed else []
    reasons += [] if result.unchanged else ["the second plan has changes"]
    return style.paint(f"not all of it held: {', '.join(reasons)}", "error")
