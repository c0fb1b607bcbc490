"""Commands about servers: plan, apply, open."""
from __future__ import annotations
import click
COMMANDS = ()
