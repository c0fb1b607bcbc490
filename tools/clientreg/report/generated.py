"""A generated file beside what is in its place."""

from __future__ import annotations

import difflib

from clientreg.report.printable import printable, unforged


def difference(there: str | None, wanted: str, place: str) -> str:
    """What would have to change in the file that is there (None: none that can be read), as a unified diff."""
    old, new = ([] if content is None else content.splitlines() for content in (there, wanted))
    lines = difflib.unified_diff(old, new, f"{place} (as it is)", f"{place} (as it should be)", lineterm="")
    return unforged("".join(f"{printable(line)}\n" for line in lines))
