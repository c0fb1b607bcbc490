"""What Keycloak does to the texts of a realm file that it imports, beside what it refuses of any client. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

from clientreg.capability import Objection
from clientreg.jsonvalue import Json, Path, shown
from clientreg.model import Registration
from clientreg.servers.keycloak.objections import objections

PLACEHOLDER = "${"
"""Keycloak replaces `${NAME}`, in any text of such a file, by that variable of its own environment."""
_NOT_TOLD = frozenset({"given", "purpose", "recipients", "browser"})
_HINT = "write it without ${"


def realm_objections(registration: Registration, options: Mapping[str, Json]) -> Iterator[Objection]:
    """Those of Keycloak, and texts that would show users what only Keycloak may know, such as a password."""
    yield from objections(registration, options)
    for field in fields(registration):
        if field.name not in _NOT_TOLD:
            place = () if field.name == "localized" else (field.name,)
            for path, text in texts(getattr(registration, field.name), place):
                if PLACEHOLDER in text:
                    why = f"in {shown(text)} Keycloak would put a variable of its own environment"
                    yield Objection(path, why, _HINT)


def texts(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text in a value, names of members too, with its place."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield (*path, name), name
            yield from texts(item, (*path, name))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from texts(item, (*path, index))
