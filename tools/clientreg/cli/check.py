"""Commands that only read: lint, explain, show."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from clientreg.cli import wiring

if TYPE_CHECKING:
    from clientreg.lint import Report
    from clientreg.registry import Registry


@click.command(short_help="Check client files; every finding at once.")
@click.argument("paths", nargs=-1, type=click.Path())
@wiring.format_option("text", "json", "github")
@click.option("--strict", is_flag=True, help="Fail for warnings too.")
def lint(paths: tuple[str, ...], form: str, strict: bool) -> None:
    """Check the registry: every file against its schema and every rule.

    PATHS limit what is reported (the whole registry is always judged, because a name used twice is a matter of two
    files). Exit 1 if there is an error.

    \b
    Examples:
      clientreg lint
      clientreg lint clients/north-broadcasting --strict
      clientreg lint --format github           annotations in a workflow
    """
    registry = wiring.load()
    report = wiring.judged(registry).only(_inside(registry.root, paths))
    click.echo(_findings(report, registry, form), nl=False)
    sys.exit(int(report.failed(strict=strict)))


@click.command(short_help="A rule or a field in full: why, wrong and right, source.")
@click.argument("what", metavar="CODE|FIELD")
@wiring.format_option("text", "json")
def explain(what: str, form: str) -> None:
    """Explain a rule by its code, or a field of a client file by its name.

    \b
    Examples:
      clientreg explain CR201
      clientreg explain redirect_uris
    """
    click.echo(_explained(what, form), nl=False)


@click.command(short_help="The effective registration of a client, and what servers are told.")
@click.argument("client")
@wiring.environment_option(required=False)
@wiring.format_option("text", "json")
def show(client: str, environment_name: str | None, form: str) -> None:
    """Show a client as its servers will see it: defaults filled, overrides applied, the consent page in words.

    CLIENT is a client id or a file.

    \b
    Examples:
      clientreg show north-broadcasting.web
      clientreg show clients/north-broadcasting/web.yaml --environment production
    """
    from clientreg import pages
    from clientreg.report import show as page
    from clientreg.report import structured

    registry = wiring.load()
    settings = wiring.settings_of(registry)
    found = wiring.client_of(registry, client)
    if environment_name is not None:
        wiring.environment_of(registry, environment_name)
    shown = pages.client_pages(found, settings, registry.root, only=environment_name)
    click.echo(structured.shown(shown) if form == "json" else page.text(shown, wiring.style()), nl=False)


COMMANDS = (lint, explain, show)


def _inside(root: str, paths: tuple[str, ...]) -> list[str]:
    from clientreg.errors import UsageError

    inside = []
    for path in paths:
        if not os.path.lexists(path):
            raise UsageError(f"{path!r} does not exist", "paths are files or folders of the registry")
        relative = os.path.relpath(os.path.abspath(path), root).replace(os.sep, "/")
        if relative == ".." or relative.startswith("../"):
            raise UsageError(f"{path!r} is outside the registry {root}", "use -C to name another registry")
        inside.append(relative)
    return inside


def _findings(report: Report, registry: Registry, form: str) -> str:
    from clientreg.report import github, structured, text

    if form == "text":
        return text.findings(report, {**registry.documents, **registry.unread}, wiring.style())
    return github.findings(report) if form == "github" else structured.findings(report)


def _explained(what: str, form: str) -> str:
    from clientreg import rules, servers
    from clientreg.reading import schema
    from clientreg.report import explain as page
    from clientreg.report import structured

    book, properties = rules.load(), schema.properties("client")
    if what.upper() in book:
        rule = book[what.upper()]
        return structured.rule(rule) if form == "json" else page.rule_text(rule, wiring.style())
    if what not in properties:
        wiring.pick({**book, **properties}, what, "rule or field")
    field = page.field(what, properties, book.values(), servers.types().values())
    return structured.field(field) if form == "json" else page.field_text(field, wiring.style())
