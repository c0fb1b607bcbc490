"""How a text output may look: with colour or without, and how wide. Whoever prints decides, nothing here asks."""

from __future__ import annotations

from typing import Literal, NamedTuple

Role = Literal["error", "warning", "note", "good", "name", "aside", "added", "removed", "changed"]

_CODES: dict[Role, str] = {
    "error": "1;31",
    "warning": "1;33",
    "note": "36",
    "good": "32",
    "name": "1",
    "aside": "2",
    "added": "32",
    "removed": "31",
    "changed": "33",
}


class Style(NamedTuple):
    """Plain text of 80 columns, unless the caller knows better."""

    colour: bool = False
    width: int = 80

    def paint(self, text: str, role: Role) -> str:
        """The text in the colour of its role (ECMA-48 SGR), or as it is."""
        return f"\x1b[{_CODES[role]}m{text}\x1b[0m" if self.colour and text else text


PLAIN = Style()
