"""Whether a document fits the JSON Schema of its kind.

`jsonschema_rs` decides: it is eighty times faster than `jsonschema`, which in tests must agree with it. `refusal`
explains what was refused. This is the only module that imports `jsonschema_rs`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from clientreg.finding import Finding
from clientreg.jsonvalue import JsonObject
from clientreg.reading.schemata import Kind, schema
from clientreg.reading.source import Document

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator


def check(kind: Kind, document: Document) -> tuple[Finding, ...]:
    """Empty when the document fits; else every mistake, in the order of the file."""
    judge = _judge(kind)
    if judge.is_valid(document.data):
        return ()
    from clientreg.reading import refusal  # only for a file that is wrong

    return refusal.explained(kind, document, judge)


def fits(kind: Kind, data: JsonObject) -> bool:
    """Whether a value fits."""
    return _judge(kind).is_valid(data)


@cache
def _judge(kind: str) -> Draft202012Validator:
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(schema(kind), validate_formats=True)
