"""What a check says about a file: where, which rule, how serious, what to write instead."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from clientreg.jsonvalue import Path


class Severity(StrEnum):
    """How serious a finding is. Only errors make a command fail (with `--strict`, warnings too)."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for error, 1 for warning, 2 for info: the order in which people want to read them."""
        return _RANK[self]


_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


class Span(NamedTuple):
    """A stretch of a file. Lines and columns count from 1, in characters; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


START = Span(1, 1, 1, 1)


class Related(NamedTuple):
    """Another place that a finding talks about, such as the first use of a name used twice."""

    file: str
    line: int
    message: str


class Waived(NamedTuple):
    """The exception that covers a finding: why, and until which day (ISO 8601) it holds."""

    reason: str
    expires: str


class Finding(NamedTuple):
    """One mistake at one place.

    `path` is the address of the value inside the file, `environment` is set when the finding holds in that environment
    only. `message` names the value, `hint` says what to write instead (may be empty).
    """

    file: str
    span: Span
    path: Path
    code: str
    severity: Severity
    message: str
    hint: str = ""
    environment: str | None = None
    related: tuple[Related, ...] = ()
    waived: Waived | None = None

    @property
    def sort_key(self) -> tuple[str, Span, str, str, str]:
        """File, place, code, environment, message: total, so that output is the same on every machine."""
        return (self.file, self.span, self.code, self.environment or "", self.message)
