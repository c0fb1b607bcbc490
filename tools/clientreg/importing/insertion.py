"""One more entry in a YAML file that is there: at its place, with every comment and the order as they were."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from clientreg.importing import emission
from clientreg.jsonvalue import Json, Path
from clientreg.reading import source
from clientreg.reading.source import Document


class _Addition(NamedTuple):
    """What goes into the field `name`: as a `block` of lines or inside brackets; `last` is what stands there last."""

    name: str
    block: str
    flow: str
    last: Path | None


def with_entry(document: Document, name: str, entry: str, value: Json, comment: str = "") -> Document | None:
    """The file with one more entry in one of its mappings (`environments`, `scopes`); where that is missing, with it.

    None where the file is written in a way that nothing can be added to.
    """
    root = _root(document)
    there = root.get(name, {})
    if not isinstance(there, dict):
        return None
    block = emission.text({entry: value}, {entry: comment})
    flow = f"{emission.key(entry)}: {emission.flow(value)}"
    addition = _Addition(name, block, flow, (name, list(there)[-1]) if there else None)
    return _added(document, addition, {**root, name: {**there, entry: value}})


def with_item(document: Document, name: str, value: Json) -> Document | None:
    """The file with one more item in one of its lists (`waivers`); else as above."""
    root = _root(document)
    there = root.get(name, [])
    if not isinstance(there, list):
        return None
    last = (name, len(there) - 1) if there else None
    addition = _Addition(name, emission.items([value]), emission.flow(value), last)
    return _added(document, addition, {**root, name: [*there, value]})


def _root(document: Document) -> dict[str, Json]:
    return document.data if isinstance(document.data, dict) else {}


def _added(document: Document, addition: _Addition, wanted: dict[str, Json]) -> Document | None:
    """The first way of writing it that reads back as what is wanted."""
    lines = document.text.rstrip("\n").split("\n")
    for made in _ways(document, lines, addition):
        text = "\n".join(made) + "\n"
        read, _ = source.read(document.file, text.encode("utf-8"))
        if read is not None and read.data == wanted:
            return read
    return None


def _ways(document: Document, lines: list[str], addition: _Addition) -> Iterator[list[str]]:
    if addition.name not in _root(document):
        yield [*lines, f"{addition.name}:", *_indented(addition.block, 2)]
        return
    at = document.key_at((addition.name,)).line - 1
    if addition.last is None:
        head, _, rest = lines[at].partition(":")
        said = rest.replace("{}", "", 1).replace("[]", "", 1).strip()
        yield [*lines[:at], f"{head}: {said}".rstrip(), *_indented(addition.block, 2), *lines[at + 1 :]]
        return
    indent, end = _end(document, lines, addition.last)
    yield [*lines[:end], *_indented(addition.block, indent), *lines[end:]]
    below = [place for name in _root(document) if (place := document.key_at((name,)).line - 1) > at]
    yield from _inside(lines, at, min(below, default=len(lines)), addition.flow)


def _indented(block: str, indent: int) -> list[str]:
    return [" " * indent + line for line in block.splitlines()]


def _end(document: Document, lines: list[str], last: Path) -> tuple[int, int]:
    """How far the last entry of a block is indented, and the number of the line after it, however long it is."""
    place, item = document.key_at(last), isinstance(last[-1], int)
    indent = _depth(lines[place.line - 1]) if item else place.column - 1
    end = place.line
    for number in range(place.line, len(lines)):
        line = lines[number].strip()
        depth = _depth(lines[number])
        if line and (depth < indent or (depth == indent and (item or not line.startswith("- ")))):
            break
        end = number + 1 if line else end
    return indent, end


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _inside(lines: list[str], at: int, until: int, flow: str) -> Iterator[list[str]]:
    """Before each bracket that could be the one that closes a value in brackets, the last first: one reads back."""
    for number in reversed(range(at, until)):
        for column in reversed([index for index, char in enumerate(lines[number]) if char in "}]"]):
            before, after = lines[number][:column].rstrip(), lines[number][column:]
            for comma in (", ", " "):
                yield [*lines[:number], f"{before}{comma}{flow}{after}", *lines[number + 1 :]]
