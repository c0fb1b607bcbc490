"""The command that writes the reference pages."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from clientreg.cli import streams, wiring
from clientreg.errors import EXIT_FINDINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clientreg.starter.host import Spot

_USUAL, _OWN = "docs/clientreg", "tools/docs"


@click.command(short_help="Write the reference: rules, fields, profiles, server types.")
@click.argument("folder", type=click.Path(file_okay=False), required=False)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 with the difference if it is out of step.")
def docs(folder: str | None, check: bool) -> None:
    """Write the reference as Markdown pages, from what this version of clientreg judges by.

    servers.md: what each server type does with each field of a client file, and its options. rules.md: every rule
    with its reason, a wrong and a right file, its source. fields.md: every field. profiles.md: how serious every
    rule is in each profile.

    FOLDER is docs/clientreg in the registry unless another is named (tools/docs, where there is one). A page that
    somebody wrote by hand is never replaced.

    \b
    Examples:
      clientreg docs
      clientreg docs --check
      clientreg docs handbook/clients
    """
    from clientreg import pages
    from clientreg.report.reference import MARK
    from clientreg.starter import host

    made = {_spot(folder, name): text for name, text in pages.reference().items()}
    there = {spot: host.read(spot) for spot in made}
    stale = {spot: text for spot, text in made.items() if there[spot] != text}
    if check:
        _compare(there, stale, folder)
        return
    for spot in stale:
        host.check_ours(spot, there[spot], MARK, "give it another name, or let another folder have the pages")
    for spot, text in made.items():
        if spot in stale:
            host.write(spot, text)
        streams.say(f"{_shown(spot)} {'written' if spot in stale else 'is in step'}\n")


def _spot(folder: str | None, name: str) -> Spot:
    from pathlib import Path

    from clientreg.starter.host import Spot

    if folder is not None:
        return Spot(Path(folder), name, "")
    root = wiring.root()
    usual = _OWN if os.path.isdir(os.path.join(root, _OWN)) else _USUAL
    return Spot(Path(root), f"{usual}/{name}", "")


def _shown(spot: Spot) -> str:
    return os.path.relpath(spot.path)


def _compare(there: Mapping[Spot, str | None], stale: Mapping[Spot, str], folder: str | None) -> None:
    import shlex

    from clientreg.report import generated

    for spot, text in stale.items():
        streams.say(generated.difference(there[spot], text, _shown(spot)))
    if not stale:
        streams.say(f"{len(there)} pages are in step\n")
        return
    call = "clientreg docs" if folder is None else f"clientreg docs {shlex.quote(folder)}"
    names = ", ".join(map(_shown, stale))
    streams.tell(f"clientreg: out of step: {names}\n  hint: run `{call}` and commit what it writes\n")
    sys.exit(EXIT_FINDINGS)


COMMANDS = (docs,)
