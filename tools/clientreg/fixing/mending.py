"""The findings of one rule in one file, mended in its text: bytes to bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, assert_never

from clientreg import editing
from clientreg.finding import Finding
from clientreg.jsonvalue import Json, Path, canonical, shown
from clientreg.reading import source
from clientreg.reading.source import Document
from clientreg.repair import Drop, Fix, Head, Put, Repair


class Mended(NamedTuple):
    """A place that was mended: where it was, what stood there, and what was done about it."""

    code: str
    path: Path
    before: Json
    repair: Repair


class Made(NamedTuple):
    """What a file becomes, and why not everything in it is mended, if so."""

    content: bytes
    mended: tuple[Mended, ...]
    why: str = ""


def repair(document: Document | None, finding: Finding, fix: Fix) -> Repair | None:
    """What mends a finding; None where nothing stands at its place or more than one answer could be right."""
    there, value = _at(document.data if document else None, finding.path)
    return fix.mend(finding, value) if there else None


def mended(raw: bytes, findings: Sequence[Finding], fix: Fix, *, unsafe: bool) -> Made:
    """A file with these findings of a rule mended; every other byte stays, and comments unless it is `unsafe`."""
    document, _ = source.read(findings[0].file, raw)
    if document is None:
        return Made(raw, (), "it cannot be read any more")
    done, content, text, why = list[Mended](), raw, document.text, ""
    # The last item of a list first, so that the places of the others stay what they are.
    for finding in sorted({one.path: one for one in findings}.values(), key=lambda one: one.path, reverse=True):
        wanted = repair(document, finding, fix)
        new = None if wanted is None else _edited(text, finding.path, wanted)
        if wanted is None or new is None:
            why = "it cannot be edited safely at its place: do it by hand"
        elif not unsafe and (lost := Counter(editing.comments(text)) - Counter(editing.comments(new))):
            why = f"the comment {shown(next(iter(lost)))} would go along: --unsafe-fixes mends it"
        else:
            content, text = editing.put_back(content, text, new), new
            before = _at(document.data, finding.path)[1]
            done.append(Mended(finding.code, finding.path, before, wanted))
    return Made(content, tuple(reversed(done)), why)


def _edited(text: str, path: Path, wanted: Repair) -> str | None:
    match wanted:
        case Head(line):
            return _headed(text, line)
        case Put(value):
            return _put(text, path, value)
        case Drop():
            return _dropped(text, path)
        case _:
            assert_never(wanted)


def _headed(text: str, line: str) -> str | None:
    new = f"{line}\n{text}"
    (one, _), (other, _) = (source.read("", each.encode("utf-8")) for each in (text, new))
    return new if one and other and canonical(one.data) == canonical(other.data) else None


def _put(text: str, path: Path, value: Json) -> str | None:
    names = [step for step in path if isinstance(step, str)]
    if len(names) == len(path):
        return editing.put(text, names, value)
    last = path[-1]
    return editing.put_item(text, names, last, value) if isinstance(last, int) and names == [*path[:-1]] else None


def _dropped(text: str, path: Path) -> str | None:
    names = [step for step in path if isinstance(step, str)]
    if len(names) == len(path):
        return editing.drop(text, names)
    last = path[-1]
    return editing.drop_item(text, names, last) if isinstance(last, int) and names == [*path[:-1]] else None


def _at(data: Json, path: Path) -> tuple[bool, Json]:
    """Whether something stands at a place, and what."""
    for step in path:
        if isinstance(data, dict) and step in data:
            data = data[str(step)]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return False, None
    return True, data
