"""What a change does to the files that are no client: registry.yaml and organization.yaml, with its risk. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from clientreg.jsonvalue import Json, Path, canonical
from clientreg.planning.plan import FieldChange, FileChange, Risk
from clientreg.planning.risk import worst

_Judge: TypeAlias = "Callable[[Path, Json, Json], tuple[Risk, str]]"

_ENVIRONMENT: Mapping[str, tuple[Risk, str]] = {
    "class": (Risk.BREAKING, "the class decides how every client of the environment is judged"),
    "servers": (Risk.BREAKING, "a server decides about every client of the environment"),
    "credential_sinks": (Risk.BREAKING, "every new secret goes there"),
    "guard": (Risk.BREAKING, "the guard limits what one apply may take away"),
}
_REGISTRY: Mapping[str, tuple[Risk, str]] = {
    "version": (Risk.BREAKING, "files are read by another version"),
    "name": (Risk.BREAKING, "clients on the servers would no longer be this registry's"),
    "rules": (Risk.SENSITIVE, "clients are judged otherwise"),
    "owners": (Risk.SENSITIVE, "others approve changes"),
}
_ORGANIZATION: Mapping[str, tuple[Risk, str]] = {
    "name": (Risk.VISIBLE, "end users read it"),
    "owners": (Risk.SENSITIVE, "others approve changes of its clients"),
    "domains": (Risk.SENSITIVE, "other hosts may receive its users' codes and tokens"),
    "contacts": (Risk.SENSITIVE, "others are asked when something is wrong"),
    "recipients": (Risk.SENSITIVE, "others may open its credentials"),
}


def registry(file: str, before: Json, after: Json) -> FileChange | None:
    """The operator's file in two commits; None where it says the same. A file that is not there is None."""
    return _change(file, before, after, _registry_risk)


def organization(file: str, before: Json, after: Json) -> FileChange | None:
    """The same for an organization's file."""
    return _change(file, before, after, lambda path, _, __: _ORGANIZATION.get(str(path[0]), (Risk.PLAIN, "")))


def _change(file: str, before: Json, after: Json, judge: _Judge) -> FileChange | None:
    fields = tuple(FieldChange(path, old, new, *judge(path, old, new)) for path, old, new in _leaves((), before, after))
    return FileChange(file, worst(tuple(field.risk for field in fields)), fields) if fields else None


def _registry_risk(path: Path, before: Json, after: Json) -> tuple[Risk, str]:
    top = str(path[0])
    if top == "environments":
        if len(path) > 2:
            return _ENVIRONMENT.get(str(path[2]), (Risk.PLAIN, ""))
        return (Risk.BREAKING, "its clients are left alone") if after is None else (Risk.SENSITIVE, "a new environment")
    if top == "scopes":
        return _scope_risk(path, before, after)
    return _REGISTRY.get(top, (Risk.PLAIN, ""))


def _scope_risk(path: Path, before: Json, after: Json) -> tuple[Risk, str]:
    if len(path) > 2 and path[2] == "description":
        return Risk.VISIBLE, "end users read it on the consent page"
    if len(path) > 2:
        return Risk.SENSITIVE, "other clients may ask for it"
    if after is None:
        return Risk.BREAKING, "no client may ask for it any more"
    return (Risk.SENSITIVE, "a new scope") if before is None else (Risk.SENSITIVE, "a scope means something else")


def _leaves(path: Path, before: Json, after: Json) -> Iterator[tuple[Path, Json, Json]]:
    """The smallest values that differ: an object member by member where both sides have one, all else whole."""
    if (isinstance(before, dict) and isinstance(after, dict)) or (not path and (before or after)):
        old, new = (value if isinstance(value, dict) else {} for value in (before, after))
        for name in sorted({*old, *new}):
            yield from _leaves((*path, name), old.get(name), new.get(name))
    elif canonical(before) != canonical(after):
        yield path, before, after
