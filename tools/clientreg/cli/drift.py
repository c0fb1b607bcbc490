"""The command that tells what was changed by hand on servers."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from clientreg.cli import streams, wiring
from clientreg.errors import EXIT_CANNOT_FINISH

if TYPE_CHECKING:
    from clientreg.drift import Compared
    from clientreg.drift.remedy import Remedy
    from clientreg.lint import Report
    from clientreg.registry import Registry


@click.command(short_help="What somebody changed by hand on the servers, field by field.")
@wiring.environment_option()
@click.option("--server", "servers", multiple=True, metavar="NAME", help="Only this server (repeatable).")
@click.option("--client", "clients", multiple=True, metavar="ID", help="Only this client (repeatable).")
@click.option("--write", is_flag=True, help="Edit the client files so that what the servers hold is legal.")
@click.option("--dry-run", is_flag=True, help="Show what --write would edit, as a diff; write nothing.")
@wiring.format_option("text", "json", "markdown")
def drift(
    *,
    environment_name: str | None,
    servers: tuple[str, ...],
    clients: tuple[str, ...],
    write: bool,
    dry_run: bool,
    form: str,
) -> None:
    """Read the servers and tell what is not as it was applied, with the file and who to ask. Exit 1 if anything is.

    Each server remembers the commit that was applied last, and each client the one that last changed it. What differs
    from them too was done by hand: drift. What differs by newer commits alone is pending: the next apply does it.

    An apply takes drift back. --write makes it legal instead: each value is edited at its place in the client's file,
    under its environment where others differ; comments and order stay. What lint would refuse, what servers do not
    agree about, and what you have changed without a commit is not written but told. Exit 1 then means that
    something was left. Exit 3 if a server could not be read: the others are compared, and nothing is written.

    \b
    Examples:
      clientreg drift --environment production
      clientreg drift -e production --client fjordvale-media.play-web --dry-run
      clientreg drift -e production --write && git diff
    """
    registry, report = wiring.checked(whole=True)
    compared = _compared(registry, report, environment_name, frozenset(servers), frozenset(clients))
    remedy = _remedy(compared, registry, report) if write or dry_run else None
    if write and remedy is not None:
        _write(registry.root, remedy, dry_run=dry_run)
    streams.say(_shown(compared, remedy, form, written=write and not dry_run), form=form)
    left = bool(remedy.unwritten) if write and not dry_run and remedy else bool(compared.drift.drifted)
    sys.exit(EXIT_CANNOT_FINISH if compared.drift.unread else int(left))


COMMANDS = (drift,)


def _compared(
    registry: Registry, report: Report, name: str | None, servers: frozenset[str], clients: frozenset[str]
) -> Compared:
    from functools import partial

    from clientreg import drift, gitrepo, intent
    from clientreg.drift import applied

    environment = wiring.environment_of(registry, name)
    settings = wiring.settings_of(registry)
    ci = bool(os.environ.get("CI"))
    inputs = intent.inputs(registry, report, settings, environment, today=wiring.today(), ci=ci)
    repository = gitrepo.open_repository(inputs.root)
    return drift.compare(
        inputs,
        repository,
        applied.Commits(repository, environment.name),
        partial(applied.people, registry, environment.name),
        clients=clients or None,
        only_servers=servers or None,
        progress=streams.pass_by,
        connect=wiring.connection(environment),
    )


def _remedy(compared: Compared, registry: Registry, report: Report) -> Remedy:
    from functools import partial

    from clientreg import gitrepo, servers
    from clientreg.drift import remedy, saving

    name = compared.drift.environment
    clients = registry.of(name)
    seen = remedy.Seen(compared.drift.drifted, compared.live, clients, registry.documents, name)
    streams.pass_by("judging what would be written")
    repository = gitrepo.open_repository(registry.root)
    judge = saving.Judge(registry.root, wiring.ignored(registry.root), servers.types(), wiring.today(), repository)
    return judge.passed(partial(remedy.propose, seen), report)


def _write(root: str, remedy: Remedy, *, dry_run: bool) -> None:
    from clientreg import rewriting
    from clientreg.errors import UsageError

    if dry_run:
        raise UsageError("--write and --dry-run are two answers to one question", "leave one of them out")
    edits = [rewriting.of_text(root, one.file, one.before, one.after) for one in remedy.edits]
    rewriting.write(root, edits)


def _shown(compared: Compared, remedy: Remedy | None, form: str, *, written: bool) -> str:
    from clientreg.report import drift_json, drift_markdown, drift_text

    if form == "json":
        return drift_json.drift(compared.drift, remedy, written=written)
    if form == "markdown":
        return drift_markdown.drift(compared.drift)
    style = wiring.style()
    text = drift_text.drift(compared.drift, style, advice=remedy is None)
    return text if remedy is None else f"{text}\n{drift_text.remedy(remedy, style, written=written)}"
