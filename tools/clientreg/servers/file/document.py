"""The text of the file: an array of clients, each kept in its own spelling until it is written anew."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from clientreg.jsonvalue import JsonObject, canonical, shown

_SPACE = re.compile(r"[ \t\r\n]*")


class Damaged(Exception):  # noqa: N818 - a state of a file
    """What stands there is not as this program, or oidc-provider, could have written it: where, and what is wrong."""


@dataclass(frozen=True)
class Entry:
    """One client of the file: its metadata, and the text that it stands there in."""

    data: JsonObject
    text: str

    @cached_property
    def digest(self) -> str:
        """Another one for every other metadata; that somebody else formats the file is no change."""
        return hashlib.sha256(canonical(self.data).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def entry(data: JsonObject) -> Entry:
    """A client as we write it: members in order, one a line, inside an array that is indented by two."""
    text = json.dumps(data, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    if not _is_unicode(text):
        text = json.dumps(data, sort_keys=True, indent=2, allow_nan=False)
    return Entry(data, text.replace("\n", "\n  "))


def text_of(entries: Mapping[str, Entry]) -> str:
    """The whole file: the clients by their ids."""
    return "[\n" + ",\n".join(f"  {entries[key].text}" for key in sorted(entries)) + "\n]\n" if entries else "[]\n"


def parse(text: str) -> dict[str, Entry]:
    """The clients of a file by their ids. Raises Damaged for what oidc-provider would not start with."""
    found: dict[str, Entry] = {}
    for number, one in enumerate(_elements(text), 1):
        key = one.data.get("client_id") if isinstance(one.data, dict) else None
        if not isinstance(key, str) or not key:
            raise Damaged(f"entry {number} is no client: it has no client_id")
        if key in found:
            raise Damaged(f"two entries are of client {shown(key)}")
        found[key] = one
    return found


def _elements(text: str) -> Iterator[Entry]:
    decoder = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)
    at = _past_space(text, 0)
    if text[at : at + 1] != "[":
        raise _at(text, at, "a JSON array begins with [")
    at = _past_space(text, at + 1)
    while text[at : at + 1] != "]":
        data, end = _value(decoder, text, at)
        yield Entry(data, text[at:end])
        at = _past_space(text, end)
        if text[at : at + 1] == ",":
            at = _past_space(text, at + 1)
            if text[at : at + 1] == "]":
                raise _at(text, at, "a comma is followed by a client")
        elif text[at : at + 1] != "]":
            raise _at(text, at, "a client is followed by , or ]")
    end = _past_space(text, at + 1)
    if end != len(text):
        raise _at(text, end, "nothing follows the array")


def _value(decoder: json.JSONDecoder, text: str, at: int) -> tuple[JsonObject, int]:
    try:
        return decoder.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise _at(text, error.pos, f"{error.msg[0].lower()}{error.msg[1:]}") from None
    except (ValueError, RecursionError) as error:
        raise _at(text, at, "this client is no JSON that could be read") from error


def _past_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return at if match is None else match.end()


def _at(text: str, at: int, what: str) -> Damaged:
    line = text.count("\n", 0, at) + 1
    return Damaged(f"line {line}, column {at - text.rfind(chr(10), 0, at)}: {what}")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in {float("inf"), float("-inf")}:
        raise ValueError(f"{digits} is too large")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _is_unicode(text: str) -> bool:
    """Whether there is no half character in it, which only an escape can spell."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
