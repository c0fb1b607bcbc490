"""The schema files and what they say of each field; nothing is judged here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path as FilePath
from typing import Literal, TypeAlias, cast

from clientreg.errors import CannotFinish
from clientreg.jsonvalue import Json, JsonObject

Kind: TypeAlias = Literal["client", "organization", "registry"]

SAME_EVERYWHERE = frozenset(
    {"client_id", "product", "platform", "application_type", "client_type", "lifecycle", "waivers", "environments"}
)


@cache
def schema_text(kind: str) -> str:
    """The schema file of this name, from the installed package or else from the checkout around it."""
    package = FilePath(__file__).parents[1]
    for folder in (package / "schema", package.parents[1] / "schema"):
        file = folder / f"{kind}.schema.json"
        if file.is_file():
            return file.read_text(encoding="utf-8")
    raise CannotFinish(f"{kind}.schema.json is missing beside the package", "install clientreg again")


@cache
def properties(kind: str) -> Mapping[str, Mapping[str, Json]]:
    """Every field with its title, description, examples, type: `contacts.technical`, `environments.*.class`."""
    return dict(_fields(schema(kind), ""))


@cache
def schema(kind: str) -> JsonObject:
    """The schema of this name as a value."""
    return cast("JsonObject", json.loads(schema_text(kind)))


@cache
def names_in(kind: str, field: str) -> re.Pattern[str]:
    """The names that the keys of a mapping at the top of a file may have."""
    form = cast("Mapping[str, Mapping[str, Json]]", schema(kind)["properties"])[field]
    (pattern,) = cast("Mapping[str, Json]", form["patternProperties"])
    return re.compile(pattern)


def _fields(schema: Mapping[str, Json], prefix: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """What is `anyOf` is the same field once more, in an environment, where null may unset it."""
    for word, below in (("properties", ""), ("patternProperties", "*")):
        for name, field in cast("JsonObject", schema.get(word, {})).items():
            if isinstance(field, dict) and "title" in field and "anyOf" not in field:
                dotted = prefix + (below or name)
                if not below:
                    yield dotted, field
                yield from _fields(field, f"{dotted}.")
    items = schema.get("items")
    if isinstance(items, dict):
        yield from _fields(items, prefix)
