"""Commands for trying out: demo, preview."""

from __future__ import annotations

COMMANDS = ()
