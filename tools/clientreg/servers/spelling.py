"""One spelling for each value of a payload, for server types in whose clients no order and no unit means anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clientreg.values import lifetime

if TYPE_CHECKING:
    from clientreg.jsonvalue import Json, JsonObject

_LIFETIMES = ("access_token_lifetime", "refresh_token_lifetime")


def settled(payload: JsonObject, defaults: JsonObject) -> JsonObject:
    """Every member present, sets sorted, lifetimes in seconds. `defaults` says what a member's absence means.

    Total and idempotent: what is not of the expected form stays as it is.
    """
    made = {**defaults, **payload}
    for name, value in payload.items():
        if value.__class__ is list:
            made[name] = _sorted(value)
        elif value.__class__ is dict:
            made[name] = {key: _sorted(item) for key, item in value.items()}
    for name in _LIFETIMES:
        made[name] = _seconds(made[name])
    return made


def _sorted(value: Json) -> Json:
    """No list of a client has an order that means something to the server, nor a use for a second copy."""
    if not isinstance(value, list) or len(value) < 2:
        return value
    texts = [item for item in value if isinstance(item, str)]
    return [*sorted(set(texts))] if len(texts) == len(value) else value


def _seconds(value: Json) -> Json:
    found = lifetime.seconds(value) if isinstance(value, str) else None
    return value if found is None else found
