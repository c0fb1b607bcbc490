"""Every field of the schemas is looked at by a rule of its own, or it is said why none needs to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from clientreg import rules
from rules.example import findings

RULES = rules.load()
OF_ANY_FIELD = {"CR123", "CR201", "CR801", "CR802", "CR803", "CR805"}
"""Rules that look at whatever stands there: a field that only they look at has none of its own."""
SCHEMAS = Path(__file__).parents[2] / "schema"

_ITS_FORM = "its form is the schema's; "
_SERVER = "an option of a server type: CR712 to CR714 hold it to what the type declares"
_SINK = "an option of a kind of sink: the schema holds it to its form; CR715 and CR717 to CR721 to its use"
_EVERY_ROLE = "CR114 to CR116 look at the addresses of every role in one way"
_GUARD = "a limit of the operator's own, which the schema keeps in its range"
NONE_NEEDED: Mapping[str, Mapping[str, str]] = {
    "client": {
        "description": _ITS_FORM + "whether it describes the client a reviewer judges",
        "audience": "what names an API is its own; whether a server can do with it, CR801 says",
        "default_max_age": _ITS_FORM + "any number of seconds has its use",
        "software_id": "what the maker calls its software is its own",
        "software_version": "what the maker calls its software is its own",
    },
    "organization": {
        "organization_number": "each country has numbers of its own",
        **{f"contacts.{role}": _EVERY_ROLE for role in ("security", "support", "privacy", "business")},
    },
    "registry": {
        "version": "the schema knows the versions that there are",
        "name": _ITS_FORM + "it stands in the marks on servers and nowhere else",
        "scopes.*.supported": "what the operator says of its own server, for people",
        "scopes.*.client_types": "CR303 holds clients to it, CR722 the scopes that the seed names",
        "scopes.*.sensitive": "CR305 and CR616 look at it for the clients that ask for the scope",
        "rules.profile": "the schema knows the profiles that there are",
        "environments.*.class": "by which rules are graded; the schema knows the two",
        "environments.*.guard": _GUARD,
        "environments.*.servers.*": _SERVER,
        "environments.*.credential_sinks": _SINK,
    },
}
"""A reason for a field is one for the fields below it, too; `*` at its end, for those alone."""


def schema_fields(kind: str) -> Iterator[str]:
    """Every field of a schema, dotted; `*` for a name of the file's own, an item as the list it is in."""
    root = json.loads((SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8"))
    found = dict.fromkeys(_fields(root, root, ()))
    return (field for field in found if kind != "client" or not field.startswith("environments"))


def _fields(schema: Mapping[str, Any], root: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[str]:
    if "$ref" in schema:
        node: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            node = node[step]
        schema = {**node, **schema}
    for name, below in schema.get("properties", {}).items():
        yield ".".join((*above, name))
        yield from _fields(below, root, (*above, name))
    for below in (*schema.get("patternProperties", {}).values(), schema.get("additionalProperties")):
        if above and isinstance(below, dict):
            yield from _fields(below, root, (*above, "*"))
    if isinstance(schema.get("items"), dict):
        yield from _fields(schema["items"], root, above)


OF_NO_FIELD = {"CR181"}
"""Rules about a file as such, not about what it says."""


@cache
def looked_at() -> Mapping[str, frozenset[tuple[str, ...]]]:
    """The addresses that rules name, or find something at in their own examples, by kind of file."""
    seen: dict[str, set[tuple[str, ...]]] = {"client": set(), "organization": set(), "registry": set()}
    for rule in RULES.values():
        if rule.subject != "reading" and rule.code not in {*OF_ANY_FIELD, *OF_NO_FIELD}:
            seen["client"].update((name,) for name in (*rule.fields, *rule.also))
            for finding in findings(rule.bad):
                if finding.code == rule.code:
                    seen[_kind(finding.file)].add(tuple(_plain(finding.file, finding.path)))
    return {kind: frozenset(paths) for kind, paths in seen.items()}


def _kind(file: str) -> str:
    if not file.startswith("clients/"):
        return "registry"
    return "organization" if file.endswith("/organization.yaml") else "client"


def _plain(file: str, path: tuple[str | int, ...]) -> Iterator[str]:
    """The names in an address, as in the file itself where an environment has another value, without language."""
    steps = path[2:] if _kind(file) == "client" and path[:1] == ("environments",) and len(path) > 2 else path
    return (str(step).partition("#")[0] for step in steps if isinstance(step, str))


def is_looked_at(kind: str, field: str) -> bool:
    """Whether a rule looks at a field, at something in it, or, in a client's file, at the whole that it is part of."""
    steps = field.split(".")
    whole = () if kind != "client" or steps[0] == "waivers" else (steps[0],)
    return any(path == whole or _fits(steps, path) for path in looked_at()[kind])


def _fits(steps: list[str], path: tuple[str, ...]) -> bool:
    return len(path) >= len(steps) and all(step in {"*", name} for step, name in zip(steps, path, strict=False))


def reason(kind: str, field: str) -> str | None:
    """Why no rule needs to look at a field, or at that which it is part of."""
    reasons = NONE_NEEDED[kind].items()
    return next((why for name, why in reasons if f"{field}.".startswith(f"{name.removesuffix('.*')}.")), None)


ABOVE_OTHERS = {"environments.*.servers.*", "environments.*.credential_sinks"}
"""What rules do look at, and have one answer for all that the schema lists below it."""
ALL = [(kind, field) for kind in NONE_NEEDED for field in schema_fields(kind)]


@pytest.mark.parametrize(("kind", "field"), ALL)
def test_a_rule_looks_at_the_field_or_none_needs_to(kind: str, field: str) -> None:
    assert is_looked_at(kind, field) or reason(kind, field)


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, fields in NONE_NEEDED.items() for field in fields])
def test_a_reason_is_for_a_field_that_no_rule_looks_at(kind: str, field: str) -> None:
    assert (kind, field.removesuffix(".*")) in ALL or field.endswith("*")
    assert field in ABOVE_OTHERS or not is_looked_at(kind, field)
