"""The words of a payload, which every server type shares, as the fields of a client file. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from clientreg.editing import words
from clientreg.jsonvalue import Json
from clientreg.model import Client
from clientreg.values import lifetime

_LIFETIMES = frozenset({"access_token_lifetime", "refresh_token_lifetime"})


def members(client: Client, environment: str, name: str, value: Json) -> dict[str, Json]:
    """The fields of the file that a field of a payload stands in, each with its value; None unsets."""
    if name == "localized" and isinstance(value, dict):
        there = client.registration(environment).localized
        return {tagged: value.get(tagged) for tagged in {**there, **value} if there.get(tagged) != value.get(tagged)}
    if name == "contacts" and isinstance(value, dict):
        usual = client.organization.contacts
        return {name: {role: to for role, to in value.items() if to != list(usual.get(role, ())) or _own(client, role)}}
    if name in _LIFETIMES and isinstance(value, int) and not isinstance(value, bool):
        return {name: lifetime.worded(value)}
    if isinstance(value, list):
        return {name: _ordered(client, environment, name, value)}
    return {name: value}


def stated_lines(client: Client, environment: str, name: str, value: Json) -> tuple[str, ...]:
    """What somebody would write by hand under an environment."""
    lines = ["environments:", f"  {words.name(environment)}:"]
    try:
        for field, worded in members(client, environment, name, value).items():
            lines += f"    {words.entry(words.name(field), worded, 4, 2)}".split("\n")
    except words.Unsayable:
        return ()
    return tuple(lines)


def _own(client: Client, role: str) -> bool:
    contacts: Mapping[str, object] = client.data.get("contacts", {})
    return role in contacts


def _ordered(client: Client, environment: str, name: str, value: list[Json]) -> list[Json]:
    """The items in the file's order, the new ones last: a server sorts them."""
    said = getattr(client.registration(environment), name, ())
    kept = [item for item in said if item in value] if isinstance(said, tuple) else []
    return [*kept, *(item for item in value if item not in kept)]
