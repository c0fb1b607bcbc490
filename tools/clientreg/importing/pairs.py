"""Which client of one place is which of this registry: pairs of ids, from a file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from clientreg.errors import CannotFinish, UsageError, unknown
from clientreg.jsonvalue import shown
from clientreg.reading import source


def read(file: str, known: Collection[str]) -> Mapping[str, str]:
    """The id here for each id there. Raises UsageError for a file that says something else, or an id that is none."""
    try:
        document, findings = source.read(file, Path(file).read_bytes())
    except OSError as error:
        raise CannotFinish(f"{file} cannot be read: {error.strerror}", "name a file that you may read") from None
    if document is None:
        first = findings[0]
        raise UsageError(f"{file}:{first.span.line}:{first.span.column}: {first.message}", first.hint)
    pairs: dict[str, str] = {}
    for there, here in document.data.items() if isinstance(document.data, dict) else ():
        if not isinstance(here, str):
            message = f"{file}: {shown(there)} is paired with {shown(here)}"
            raise UsageError(message, "write the id there, a colon and the id in this registry, both as text")
        if here not in known:
            raise unknown("client", here, known, f" that {shown(there)} could be")
        pairs[there] = here
    return pairs
