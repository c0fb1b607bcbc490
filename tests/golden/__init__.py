"""Texts that were read by a person once: a change shows in the diff. `CLIENTREG_GOLDEN=write` rewrites them."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).parent


def same(name: str, text: str) -> None:
    """The text is, to the byte, what the file of that name holds."""
    file = HERE / name
    if os.environ.get("CLIENTREG_GOLDEN") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    assert text == file.read_text(encoding="utf-8")
