"""What mends a breach of a rule: another value at its place, nothing there, or a line for the head of the file."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from clientreg.finding import Finding
from clientreg.jsonvalue import Json


class Put(NamedTuple):
    """This value belongs at the place."""

    value: Json


class Drop(NamedTuple):
    """What stands at the place goes."""


class Head(NamedTuple):
    """The file begins with this line, a comment that refers to another file of the registry."""

    line: str
    refers_to: str


Repair: TypeAlias = "Put | Drop | Head"
Mend: TypeAlias = "Callable[[Finding, Json], Repair | None]"
"""The repair of a finding, from the value at its place; None where more than one answer could be right. Pure."""


class Fix(NamedTuple):
    """How a rule's findings are mended, in words and in deed.

    `unsafe` says why somebody has to want it. `unasked`: made even where the rule is not judged and nothing is said.
    """

    words: str
    mend: Mend
    unsafe: str = ""
    unasked: bool = False


def drop(_finding: Finding, _value: Json) -> Repair:
    """The repair of what should not be there."""
    return Drop()
