"""Commands about the repository around a registry: init, pin, environments, codeowners."""

from __future__ import annotations

import sys

import click

from clientreg.cli import streams, wiring
from clientreg.errors import EXIT_FINDINGS

_PLACES = (".github/CODEOWNERS", ".gitlab/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where code hosts look, from the root of the repository."""
_MOVE = "move what it says into `owners` of registry.yaml or an organization.yaml, delete it, and run this again"


@click.command(short_help="The environments, and which of them a CI runner can sync.")
@wiring.format_option("text", "json", "names")
def environments(form: str) -> None:
    """List the environments of registry.yaml: class, clients, servers, sinks, and whether a CI runner can sync each.

    A runner's disk is empty at each run: an environment whose store or sealed files lie there is left out. With
    --format names, only the names of those that a runner can sync, one a line, for scripts.

    \b
    Examples:
      clientreg environments
      clientreg environments --format json
    """
    from clientreg import pages
    from clientreg.report import environments as page
    from clientreg.report import structured

    registry = wiring.load()
    listed = pages.environments(registry, wiring.settings_of(registry))
    if form == "text":
        streams.say(page.text(listed, wiring.style()))
    elif form == "json":
        streams.say(structured.environments(listed), form=form)
    else:
        streams.say(page.names(listed))


@click.command(short_help="Write CODEOWNERS from the owners that the files name.")
@click.option(
    "--file", "place", type=click.Choice(_PLACES), default=_PLACES[0], show_default=True, help="Where the host looks."
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 with the difference if it is out of step.")
def codeowners(place: str, check: bool) -> None:
    """Write the CODEOWNERS file of the repository: who must approve which files.

    Each organization's folder belongs to its 'owners'; everything else, and what judges the clients (registry.yaml,
    schema/, every organization.yaml, workflows, CODEOWNERS itself) to the 'owners' of registry.yaml. A file that
    somebody wrote by hand is never replaced.

    \b
    Examples:
      clientreg codeowners
      clientreg codeowners --check
      clientreg codeowners --file .gitlab/CODEOWNERS
    """
    from clientreg import pages
    from clientreg.report.codeowners import MARK
    from clientreg.starter import host

    registry = wiring.load()
    spot = host.locate(registry.root, place)
    wanted = pages.owners_file(registry, wiring.settings_of(registry), folder=spot.folder)
    there = host.read(spot)
    if check:
        _compare(there, wanted, place)
    elif there == wanted:
        streams.say(f"{place} is in step\n")
    else:
        host.check_ours(spot, there, MARK, _MOVE)
        host.write(spot, wanted)
        streams.say(f"{place} written\n")


@click.command(short_help="Write down which clientreg CI runs, by version and hash.")
@click.option("--wheel", type=click.Path(exists=True, dir_okay=False), help="Pin this wheel, not this version's.")
def pin(wheel: str | None) -> None:
    """Write the requirements file from which CI installs clientreg and all it needs, each by version and hash.

    The wheels come from pip, as you have configured it, and are hashed here. Without --wheel it is the version that
    runs now, and what pip brings must be the same code. To upgrade, install the new version and run this again.

    \b
    Examples:
      clientreg pin
      clientreg pin --wheel dist/clientreg-0.1.0-py3-none-any.whl
    """
    from pathlib import Path

    from clientreg.starter import host
    from clientreg.starter import pin as job

    spot = host.requirements(wiring.root())
    streams.pass_by("asking the package index for the wheels that CI will run")
    python = job.python_of(host.read(spot))
    text = job.requirements(Path(wheel) if wheel else None, python=python)
    host.write(spot, text)
    streams.say(f"{spot.name} written: {text.count('--hash=')} packages for CPython {python}\n")


def _compare(there: str | None, wanted: str, place: str) -> None:
    from clientreg.report import generated

    if there == wanted:
        streams.say(f"{place} is in step\n")
        return
    streams.say(generated.difference(there, wanted, place))
    call = "clientreg codeowners" if place == _PLACES[0] else f"clientreg codeowners --file {place}"
    streams.tell(f"clientreg: {place} is out of step\n  hint: run '{call}' and commit what it writes\n")
    sys.exit(EXIT_FINDINGS)


COMMANDS = (pin, environments, codeowners)
