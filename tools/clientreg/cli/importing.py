"""The command of the first day: import."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from clientreg.cli import streams, wiring
from clientreg.errors import EXIT_FINDINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clientreg.importing.found import Source
    from clientreg.registry import Registry
    from clientreg.settings import Environment


@click.command("import", short_help="Files for the clients that a server or an export has.")
@wiring.environment_option()
@click.option(
    "--from",
    "file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="RFC 7591 metadata, node oidc-provider's clients or a Keycloak realm export, as JSON.",
)
@click.option("--server", metavar="NAME", help="Read this server of the environment instead.")
@click.option("--organization", metavar="NAME", help="The organization of every new client.  [guessed]")
@click.option("--contact", metavar="EMAIL", help="The technical contact of every new organization.  [none]")
@click.option(
    "--map",
    "pairs",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="Which client here is which: a YAML or JSON object, id there to id in this registry.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be written.")
@wiring.format_option("text", "json")
def import_(form: str, dry_run: bool, **given: str | None) -> None:
    """Write a file for each client that a server or an export has, so that the next plan is about the files.

    What the files must say and nothing states is proposed and marked as a guess; contacts are never made up. What the
    rules forbid gets a waiver that ends between the 90th and the 180th day from now. What no file can say is named and
    stays as it is on the server. Files that are there are never replaced: a client that has one gets an entry for this
    environment with what differs. All files are written or none. Exit 1 if a client has none that should have one.

    \b
    Examples:
      clientreg import -e production --from realm.json --contact id@acme.example
      clientreg import -e test --from clients.json --dry-run
      clientreg import -e test --server local
      clientreg import -e test --from test-realm.json --map ids.yaml
    """
    from clientreg import importing
    from clientreg.report import import_json, import_text

    _check(given)
    registry = wiring.load()
    environment = wiring.environment_of(registry, given["environment_name"])
    made = importing.propose(
        registry,
        wiring.settings_of(registry),
        _source(registry, environment, given),
        importing.Wish(environment.name, given["organization"], given["contact"], _pairs(registry, given["pairs"])),
        today=wiring.today(),
        ignored=wiring.ignored(registry.root),
        progress=streams.pass_by,
    )
    if not dry_run:
        streams.pass_by(f"writing {len(made.files):,} files")
        importing.write(made, registry.root)
    if form == "json":
        streams.say(import_json.imported(made, dry_run=dry_run), form=form)
    else:
        streams.say(import_text.imported(made, wiring.style(), dry_run=dry_run))
    sys.exit(EXIT_FINDINGS if made.refused else 0)


COMMANDS = (import_,)


def _check(given: Mapping[str, str | None]) -> None:
    from clientreg.errors import UsageError
    from clientreg.values import mailbox

    file, server, contact = given["file"], given["server"], given["contact"]
    if (file is None) == (server is None):
        what = "neither --from nor --server is given" if file is None else "--from and --server are both given"
        raise UsageError(what, "name a file with --from, or a server of the environment with --server")
    if contact is not None and (mailbox.mistake(contact) or mailbox.unreachable(contact)):
        why = mailbox.mistake(contact) or "no mail arrives at such a name"
        raise UsageError(f"{contact!r} is no e-mail address: {why}", "write, for example, dev@example.com")


def _source(registry: Registry, environment: Environment, given: Mapping[str, str | None]) -> Source:
    from pathlib import Path

    from clientreg.importing import exports, observed

    file, server = given["file"], given["server"]
    if file is not None:
        streams.pass_by(f"reading {file}")
        return exports.read(file)
    assert server is not None
    entry = wiring.pick({one.name: one for one in environment.servers}, server, f"server of {environment.name}")
    streams.pass_by(f"reading server {entry.name}")
    connect = wiring.connection(environment)
    return observed.read(wiring.settings_of(registry), environment, entry, Path(registry.root), connect)


def _pairs(registry: Registry, file: str | None) -> Mapping[str, str]:
    from clientreg.importing import pairs

    return {} if file is None else pairs.read(file, registry.by_id)
