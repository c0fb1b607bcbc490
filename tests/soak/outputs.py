"""What each output of `lint` promises, whatever the files say: it stays in its format and moves nothing."""

from __future__ import annotations

import importlib
import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from clientreg.cli import check
from clientreg.lint import Report
from clientreg.reading import schemata
from clientreg.registry import Registry
from clientreg.report import github, structured, text
from clientreg.report.style import Style

_COMMAND = re.compile(r"##[A-Za-z]*\[")
_OURS = re.compile(r"::(error|warning|notice) file=[^:]*::")
_ALWAYS = ("text", "json", "github")
_STYLES = (Style(width=80), Style(width=40), Style(width=120, colour=True))


def formats() -> tuple[str, ...]:
    """Every format that the command offers."""
    (option,) = [one for one in check.lint.params if one.name == "form"]
    return tuple(option.type.choices)  # type: ignore[attr-defined]


def harmful(output: str) -> list[str]:
    """The lines of an output that do anything but stand there."""
    lines = output.split("\n")
    if output.isascii() and output.replace("\n", "").isprintable():
        return [line for line in lines if line.lstrip().startswith("::") or _COMMAND.search(line)]
    return [line for line in lines if _odd(line) or line.lstrip().startswith("::") or _COMMAND.search(line)]


def _odd(line: str) -> bool:
    if line.isprintable() and line.isascii():
        return False
    return any(unicodedata.category(char)[0] == "C" or char in "\u2028\u2029\u3164\ufe0f" for char in line)


def broken(report: Report, registry: Registry) -> Iterator[str]:
    """Which outputs of a report break their promise, and how; those for programs take turns."""
    turns = [form for form in formats() if form not in _ALWAYS]
    for form in (*_ALWAYS, *(turns[len(report.findings) % len(turns)] for _ in turns[:1])):
        for how in _JUDGES[form](report, registry):
            yield f"--format {form}: {how}"


def _read(output: str) -> Any:
    """JSON as strict readers take it: they refuse the escape of half a character."""
    value = json.loads(output)
    json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _text(report: Report, registry: Registry) -> Iterator[str]:
    sources = {one.file: found for one in report.findings if (found := registry.source(one.file))}
    style = _STYLES[len(report.findings) % len(_STYLES)]
    output = text.findings(report, sources, style)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output) if style.colour else output
    yield from (f"{line!r} is obeyed" for line in harmful(plain)[:3])


def _json(report: Report, _: Registry) -> Iterator[str]:
    output = structured.findings(report)
    yield from (f"{line!r} is obeyed" for line in harmful(output)[:3])
    value = _read(output)
    if len(value["findings"]) != len(report.findings):
        yield "a finding is lost"
    if error := next(iter(_published("lint-output").iter_errors(value)), None):
        yield error.message


def _github(report: Report, _: Registry) -> Iterator[str]:
    """One annotation per finding, and nothing else that a runner obeys."""
    lines = github.findings(report).rstrip("\n").split("\n")
    count = len(report.findings)
    forged = [line for line in lines[:count] if not _OURS.match(line)]
    beside = [*(line[2:] for line in lines[:count]), *lines[count:]]
    yield from (f"{line!r} is forged" for line in [*forged, *harmful("\n".join(beside))][:3])


def _sarif(report: Report, registry: Registry) -> Iterator[str]:
    output = _module("sarif").findings(report, registry.settings)
    yield from (f"{line!r} is obeyed" for line in harmful(output)[:3])
    (run,) = _read(output)["runs"]
    if len(run["results"]) != len(report.findings):
        yield "a finding is lost"


def _gitlab(report: Report, _: Registry) -> Iterator[str]:
    output = _module("gitlab").findings(report)
    yield from (f"{line!r} is obeyed" for line in harmful(output)[:3])
    marks = [one["fingerprint"] for one in _read(output)]
    if len(set(marks)) != len(marks):
        yield "two findings have one fingerprint"


def _junit(report: Report, registry: Registry) -> Iterator[str]:
    output = _module("junit").findings(report, [*registry.documents, *registry.unread], strict=False)
    yield from (f"{line!r} is obeyed" for line in harmful(output)[:3])
    ET.fromstring(output.encode())


_JUDGES: Mapping[str, Callable[[Report, Registry], Iterator[str]]] = {
    "text": _text,
    "json": _json,
    "github": _github,
    "sarif": _sarif,
    "gitlab": _gitlab,
    "junit": _junit,
}


def _module(name: str) -> Any:
    return importlib.import_module(f"clientreg.report.{name}")


@cache
def _published(kind: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(schemata.schema_text(kind)))
