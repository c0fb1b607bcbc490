"""JSON as this package sees it: the value type, addresses into a value, one canonical text, a digest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = "dict[str, Json]"
Path: TypeAlias = "tuple[str | int, ...]"
"""The only kind of address used anywhere: `("environments", "production", "redirect_uris", 0)`."""

FrozenJson: TypeAlias = "str | int | float | bool | Sequence[FrozenJson] | Mapping[str, FrozenJson] | None"


class LazyObject(Mapping[str, Json]):
    """A JSON object that is made when it is first looked at, by the process that looks; sent on, it is a plain one."""

    __slots__ = ("_made", "make")

    def __init__(self, make: Callable[[], JsonObject]) -> None:
        self.make = make
        self._made: JsonObject | None = None

    def __getitem__(self, name: str) -> Json:
        return self._kept()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept())

    def __len__(self) -> int:
        return len(self._kept())

    def __reduce__(self) -> tuple[Callable[[Mapping[str, Json]], JsonObject], tuple[JsonObject]]:
        return plain, (self._kept(),)

    def _kept(self) -> JsonObject:
        if self._made is None:
            self._made = self.make()
        return self._made


def plain(value: Mapping[str, Json]) -> JsonObject:
    """A JSON object as a dict of the caller's own; a lazy one is made for it and not kept."""
    return value.make() if isinstance(value, LazyObject) else dict(value)


def canonical(value: object) -> str:
    """One text per value: keys sorted, no spaces, non-ASCII kept. Raises TypeError for what JSON cannot hold."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def pretty(value: object) -> str:
    """The same value for people and for files under version control; ends with a newline."""
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def digest(value: object) -> str:
    """`sha256:` and 64 hexadecimal digits of the canonical text."""
    import hashlib  # 2 ms that linting does not need

    return "sha256:" + hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def dotted(path: Path) -> str:
    """A path as people write it: `environments.production.redirect_uris[0]`."""
    out = ""
    for step in path:
        out += f"[{step}]" if isinstance(step, int) else f".{step}" if out else step
    return out


def shown(value: object, limit: int = 60) -> str:
    """A value as messages quote it: one line, nothing that a terminal would obey, shortened to about `limit`."""
    if not isinstance(value, str):
        return shortened(json.dumps(value, ensure_ascii=True), limit)
    text = repr(value[: limit + 1])
    return text if len(text) <= limit else text[: limit - 4] + "..." + text[-1]


def whole(text: str) -> str:
    """The same for what somebody is told to write: as a rule nothing of it is left out."""
    return shown(text, 2_000)


def shortened(text: str, limit: int = 60) -> str:
    """The text itself, or its beginning and three dots."""
    return text if len(text) <= limit else text[: limit - 3] + "..."
