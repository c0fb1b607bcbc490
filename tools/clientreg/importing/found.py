"""What a server or an export has: clients in the words of client files, and those that are none of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from clientreg.jsonvalue import Json
from clientreg.planning.state import Beyond


class Found(NamedTuple):
    """One client as it was found. `values` are in the words of client files, as far as its source says anything.

    A value that is None says that the field is not set; `unmanaged` names what is set there and no client file can say.
    """

    client_id: str
    values: Mapping[str, Json]
    unmanaged: tuple[str, ...] = ()


def found(client_id: str, payload: Mapping[str, Json], aside: Beyond) -> Found:
    """A client in a server's words, without those that nobody there has said."""
    said = {name: value for name, value in payload.items() if name not in aside.unsaid}
    return Found(client_id, said, aside.unmanaged)


class LeftOut(NamedTuple):
    """A client without a file, and why. `expected`: nothing is to be done about it, as with a server's own clients."""

    client_id: str
    why: str
    hint: str = ""
    expected: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Everything that was found in one place. `name` says where; `home` is the organization where nothing says more.

    `scopes` are the descriptions of scopes that the place knows.
    """

    name: str
    clients: tuple[Found, ...]
    left_out: tuple[LeftOut, ...] = ()
    home: str = "imported"
    scopes: Mapping[str, str] = field(default_factory=dict)
