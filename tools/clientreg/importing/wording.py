"""The words that client files have for what was found: spelling and units, never meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clientreg.jsonvalue import Json, JsonObject
from clientreg.model import LOCALIZED
from clientreg.reading import schemata
from clientreg.values import lifetime

LIFETIMES = ("access_token_lifetime", "refresh_token_lifetime")
_OURS = frozenset({"environments", "waivers", "lifecycle", "credentials", "purpose"})
"""Fields that say something to people and to this tool: no server and no export can."""


def fields() -> tuple[str, ...]:
    """Every field of a client file that something outside the registry can state, in the order of the schema."""
    properties = schemata.schema("client")["properties"]
    assert isinstance(properties, dict)
    return tuple(name for name in properties if name not in _OURS)


def stated(values: Mapping[str, Json]) -> JsonObject:
    """What was found, as a file would say it; what no file has a field for is left away."""
    known = {*fields(), "organization"}
    localized = values.get("localized")
    everything = {**values, **(localized if isinstance(localized, dict) else {})}
    return {
        name: _spelt(name, value)
        for name, value in everything.items()
        if name in known or name.partition("#")[0] in LOCALIZED
    }


def same(name: str, one: Json, other: Json) -> bool:
    """Whether two values mean the same: no list of a client has an order, and a lifetime has many spellings."""
    if isinstance(one, list) and isinstance(other, list):
        return all(item in other for item in one) and all(item in one for item in other)
    if isinstance(one, dict) and isinstance(other, dict) and name == "contacts":
        return one.keys() == other.keys() and all(same("", item, other[role]) for role, item in one.items())
    return _spelt(name, one) == _spelt(name, other) and isinstance(one, bool) == isinstance(other, bool)


def ordered(data: Mapping[str, Json]) -> JsonObject:
    """The fields in the order in which files have them, each translation below what it translates."""
    return {name: data[name] for name in sorted(data, key=_rank)}


def _rank(name: str) -> tuple[int, str]:
    properties = list(schemata.schema("client")["properties"])  # type: ignore[arg-type]
    plain, _, tag = name.partition("#")
    return (properties.index("client_name") if plain == "client_id" else properties.index(plain), f"{plain}#{tag}")


def _spelt(name: str, value: Json) -> Json:
    if name in LIFETIMES and isinstance(value, str) and (seconds := lifetime.seconds(value)) is not None:
        value = seconds
    if name in LIFETIMES and isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return lifetime.worded(value)
    if isinstance(value, list):
        return [*_once(value)]
    return value


def _once(items: list[Json]) -> Iterator[Json]:
    for index, item in enumerate(items):
        if item not in items[:index]:
            yield item
