"""The reference as Markdown pages, made from what judges: rules, fields, server types. Same input, same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from clientreg.capability import Capabilities
from clientreg.jsonvalue import Json
from clientreg.report import meaning
from clientreg.report.printable import unforged
from clientreg.report.reference import fields, profiles, rules, servers
from clientreg.rules import Rule

MARK = "<!-- Made by `clientreg docs` -->"
"""How a page that may be replaced begins."""


def pages(
    properties: Mapping[str, Mapping[str, Json]], book: Sequence[Rule], types: Sequence[Capabilities]
) -> Mapping[str, str]:
    """Every page by the name of its file; `properties` are those of the schema of client files."""
    known = [meaning.field(name, properties, book, types) for name in properties]
    return {
        servers.FILE: _whole(servers.page(known, types)),
        rules.FILE: _whole(rules.page(book, types)),
        fields.FILE: _whole(fields.page(known)),
        profiles.FILE: _whole(profiles.page(book)),
    }


def _whole(parts: Iterable[str]) -> str:
    return unforged("\n".join([f"{MARK}\n", *parts]))
