"""The text of the file: clients, each in its own spelling until it is written anew, and what stands around them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

from clientreg.jsonvalue import JsonObject, canonical, shown

SECRET_REF = "secret_ref"  # noqa: S105 - the name of a member
"""The member of a client that names its sealed secret, which a loader puts in its place."""
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


@dataclass(frozen=True)
class Frame:
    """What stands around the array of clients, as it is spelled, and what that says."""

    before: str = ""
    after: str = "\n"
    members: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a file has its clients: it is the array itself, or has it in the member `inside` of an object.

    `client_id` and `secret` are the members of a client that hold its id and, in clear, its secret. `new` is a file
    without clients.
    """

    client_id: str = "client_id"
    secret: str = "client_secret"  # noqa: S105 - the name of a member
    inside: str = ""
    new: Frame = field(default_factory=Frame)

    @property
    def indent(self) -> str:
        """Before each line of a client."""
        return "    " if self.inside else "  "


ARRAY = Shape()


@dataclass(frozen=True)
class Document:
    """The clients of a file by their ids, in their frame."""

    entries: Mapping[str, Entry]
    frame: Frame


def entry(data: JsonObject, shape: Shape = ARRAY) -> Entry:
    """A client as we write it: members in order, one a line, inside an array."""
    text = json.dumps(data, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    if not _is_unicode(text):
        text = json.dumps(data, sort_keys=True, indent=2, allow_nan=False)
    return Entry(data, text.replace("\n", f"\n{shape.indent}"))


def text_of(document: Document, shape: Shape = ARRAY) -> str:
    """The whole file: the clients by their ids."""
    clients = ",\n".join(f"{shape.indent}{document.entries[key].text}" for key in sorted(document.entries))
    array = f"[\n{clients}\n{shape.indent[2:]}]" if clients else "[]"
    return f"{document.frame.before}{array}{document.frame.after}"


def parse(text: str, shape: Shape = ARRAY) -> Document:
    """Raises Damaged for what the server would not start with."""
    listed, frame = _framed(text, shape.inside) if shape.inside else (_whole_array(text), Frame())
    found: dict[str, Entry] = {}
    for number, one in enumerate(listed, 1):
        key = one.data.get(shape.client_id) if isinstance(one.data, dict) else None
        if not isinstance(key, str) or not key:
            raise Damaged(f"entry {number} is no client: it has no {shape.client_id}")
        if key in found:
            raise Damaged(f"two entries are of client {shown(key)}")
        found[key] = one
    return Document(found, frame)


def _whole_array(text: str) -> list[Entry]:
    listed, end = _array(text, _past_space(text, 0))
    if _past_space(text, end) != len(text):
        raise _at(text, _past_space(text, end), "nothing follows the array")
    return listed


def _array(text: str, at: int) -> tuple[list[Entry], int]:
    """The clients of the array that begins here, and where it ends."""
    if text[at : at + 1] != "[":
        raise _at(text, at, "a JSON array begins with [")
    listed = []
    at = _past_space(text, at + 1)
    while text[at : at + 1] != "]":
        data, end = _value(text, at)
        listed.append(Entry(data, text[at:end]))
        at = _next(text, end, "]", "a client")
    return listed, at + 1


def _framed(text: str, inside: str) -> tuple[list[Entry], Frame]:
    """The clients in a member of an object, and all that stands around them."""
    at = _past_space(text, 0)
    if text[at : at + 1] != "{":
        raise _at(text, at, "a JSON object begins with {")
    at = _past_space(text, at + 1)
    members: JsonObject = {}
    listed, place = None, (0, 0)
    while text[at : at + 1] != "}":
        name, end = _value(text, at)
        at = _past_space(text, end)
        if not isinstance(name, str) or text[at : at + 1] != ":":
            raise _at(text, at, "a name and : begin a member")
        at = _past_space(text, at + 1)
        if name == inside:
            begin = at
            listed, at = _array(text, at)
            place = begin, at
        else:
            members[name], at = _value(text, at)
        at = _next(text, at, "}", "a member")
    if _past_space(text, at + 1) != len(text):
        raise _at(text, _past_space(text, at + 1), "nothing follows the object")
    if listed is None:
        comma = "," if members else ""
        return [], Frame(f'{text[:at].rstrip()}{comma}\n  "{inside}": ', f"\n{text[at:]}", members)
    return listed, Frame(text[: place[0]], text[place[1] :], members)


def _next(text: str, end: int, closing: str, what: str) -> int:
    """Where the next one begins after one that ends here, or what closes them all."""
    at = _past_space(text, end)
    if text[at : at + 1] == ",":
        at = _past_space(text, at + 1)
        if text[at : at + 1] == closing:
            raise _at(text, at, f"a comma is followed by {what}")
    elif text[at : at + 1] != closing:
        raise _at(text, at, f"{what} is followed by , or {closing}")
    return at


def _value(text: str, at: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise _at(text, error.pos, f"{error.msg[0].lower()}{error.msg[1:]}") from None
    except (ValueError, RecursionError) as error:
        raise _at(text, at, "this is no JSON that could be read") from error


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


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)
