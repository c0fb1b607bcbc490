"""A JSON file of somebody else's: its value, or in one sentence where and why it has none."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NoReturn

from clientreg.errors import CannotFinish
from clientreg.jsonvalue import Json, shown

MOST = 1 << 28
"""Bytes that are read: some 100,000 clients of a realm export."""


def read(path: str) -> Json:
    """The value in a file. Raises CannotFinish with line and column for what is no JSON."""
    raw = _bytes(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _place(raw.decode("utf-8", "replace"), len(raw[: error.start].decode("utf-8")))
        raise _broken(path, line, column, f"byte 0x{raw[error.start]:02X} is not UTF-8", "save it as UTF-8") from None
    try:
        return _decoder(path).decode(text)  # type: ignore[no-any-return]
    except json.JSONDecodeError as error:
        raise _broken(path, error.lineno, error.colno, f"no JSON: {error.msg}", _advice(text, error.pos)) from None
    except RecursionError:
        raise CannotFinish(f"{path} nests values deeper than any list of clients", "is it the right file?") from None
    except ValueError:
        raise CannotFinish(f"{path} holds a number of thousands of digits", "no setting of a client is one") from None


def _advice(text: str, at: int) -> str:
    if not text.strip():
        return "the file is empty: is it the right one?"
    if at >= len(text.rstrip()):
        return "the file ends too early: copy it again"
    return "is it the right file? It begins like no JSON at all" if not text[:at].strip() else "mend it there"


def _bytes(path: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as stream:
            raw = stream.read(MOST + 1)
    except OSError as error:
        raise CannotFinish(f"{path} cannot be read: {error.strerror}", "name a file that you may read") from None
    if len(raw or b"") > MOST:
        message = f"{path} is larger than the {MOST >> 20} MiB that are read"
        raise CannotFinish(message, "export the clients alone, or in several files, and import one after the other")
    return raw or b""


def _decoder(path: str) -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=lambda pairs: _unique(path, pairs), parse_constant=_no_number(path))


def _unique(path: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    names = [name for name, _ in pairs]
    twice = next(name for index, name in enumerate(names) if name in names[:index])
    id_ = next((value for name, value in pairs if name in {"client_id", "clientId"}), None)
    where = f" of client {shown(id_)}" if id_ is not None else " of one object"
    raise CannotFinish(f"{path}: {shown(twice)} stands twice among the members{where}", "keep one of the two")


def _no_number(path: str) -> Any:
    def refuse(word: str) -> NoReturn:
        raise CannotFinish(f"{path}: {word} is no JSON value", "write a number or null")

    return refuse


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _broken(path: str, line: int, column: int, why: str, hint: str) -> CannotFinish:
    return CannotFinish(f"{Path(path)}:{line}:{column}: {why}", hint)
