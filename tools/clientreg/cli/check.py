"""Commands that only read: lint, explain, show."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import click

from clientreg.cli import fixing, streams, wiring

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clientreg.lint import Report
    from clientreg.registry import Registry
    from clientreg.report.style import Style
    from clientreg.timing import Watch


@click.command(short_help="Check client files; every finding at once.")
@click.argument("paths", nargs=-1, type=click.Path())
@wiring.format_option("text", "json", "github", "sarif", "gitlab", "junit")
@click.option("--out", type=click.Path(dir_okay=False), help="Write that to this file, and text here.")
@click.option("--strict", is_flag=True, help="Fail for warnings too.")
@click.option("--changed-since", "base", metavar="REF", help="Judge what HEAD changes since it left this commit.")
@click.option("--fix", is_flag=True, help="Fix in the files what has one right answer; tell what was done and stays.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, as a diff; write nothing.")
@click.option(
    "--unsafe-fixes", is_flag=True, help="Also fix what the application must follow, and what takes a comment along."
)
@click.option("--statistics", is_flag=True, help="Tell on standard error where the time went, rule by rule.")
@click.option(
    "--stdin-filename", "typed", metavar="PATH", help="Judge standard input in place of this file, for editors."
)
@click.option("--waivers", is_flag=True, help="List all waivers instead, the one that ends first at the top.")
def lint(
    paths: tuple[str, ...],
    *,
    form: str,
    out: str | None,
    strict: bool,
    base: str | None,
    statistics: bool,
    typed: str | None,
    waivers: bool,
    **wish: bool,
) -> None:
    """Check the registry: every file against its schema and every rule.

    PATHS limit what is reported to these files and what stops them elsewhere (the whole registry is always judged,
    because a name used twice is a matter of two files). Exit 1 if there is an error.

    With --changed-since only what the commits change, or break elsewhere, counts. It is judged by the registry.yaml
    of REF; where the commits change that, by both. The work tree is not looked at.

    With --stdin-filename only what is wrong in that file is told; it need not exist yet.

    With --fix the value is edited at its place: comments, order, quotes and line ends stay. A file in which the rule
    would still find something, or another one more than before, stays as it was, and so does what a waiver covers.

    \b
    Examples:
      clientreg lint
      clientreg lint clients/fjordvale-media --strict
      clientreg lint --changed-since origin/main
      clientreg lint --format github           annotations in a workflow
      clientreg lint --format sarif --out findings.sarif
      clientreg lint --diff clients/acme       what --fix would change
      clientreg lint --statistics              where the time goes, rule by rule
      clientreg lint --waivers                 every exception, and its last day
    """
    modes = {"--changed-since": base, "--statistics": statistics, "--stdin-filename": typed, "--waivers": waivers}
    _apart(modes)
    if any(wish.values()):
        asked = fixing.Wish(wish["fix"], wish["diff"], wish["unsafe_fixes"])
        asked.admit([name for name, given in {**modes, "--out": out, "--format": form != "text"}.items() if given])
        fixing.run(_inside(wiring.root(), paths), asked, strict=strict)
    if waivers:
        _apart({"--waivers": waivers, "--strict": strict})
        _list_waivers(paths, form, out)
    import gc

    gc.disable()  # what is read stays until the end: to walk over it for cycles now and then takes a tenth of the time
    watch = _watch() if statistics else None
    _apart({"--stdin-filename": typed, "PATHS": paths})
    judged = _judged(paths, base, watch) if typed is None else _typed(typed)
    _tell(judged, form, out, strict=strict)
    if watch:
        streams.tell(_statistics(watch, judged.everything))
    streams.end(int(judged.report.failed(strict=strict)))


@click.command(short_help="A rule or a field in full: why, wrong and right, source.")
@click.argument("what", metavar="[CODE|FIELD]", required=False)
@wiring.format_option("text", "json")
def explain(what: str | None, form: str) -> None:
    """Explain a rule by its code, or a field of a client file by its name; without either, list them all.

    \b
    Examples:
      clientreg explain
      clientreg explain CR201
      clientreg explain redirect_uris
    """
    streams.say(_overview(form) if what is None else _explained(what.partition("#")[0], form), form=form)


@click.command(short_help="The effective registration of a client, and what servers are told.")
@click.argument("client")
@wiring.environment_option(required=False)
@wiring.format_option("text", "json")
def show(client: str, environment_name: str | None, form: str) -> None:
    """Show a client as its servers will see it: defaults filled, overrides applied, the consent page in words.

    CLIENT is a client id or a file.

    \b
    Examples:
      clientreg show fjordvale-media.play-web
      clientreg show clients/fjordvale-media/play-web.yaml -e production
    """
    from clientreg import pages
    from clientreg.report import show as page
    from clientreg.report import structured

    registry = wiring.load()
    settings = wiring.settings_of(registry)
    found = wiring.client_of(registry, client, environment_name)
    if environment_name is not None:
        wiring.environment_of(registry, environment_name)
    shown = pages.client_pages(found, settings, registry.root, only=environment_name)
    streams.say(structured.shown(shown) if form == "json" else page.text(shown, wiring.style()), form=form)


COMMANDS = (lint, explain, show)


class _Judged(NamedTuple):
    """What is to be told (`report`, about the `wanted` files) of everything that was found."""

    registry: Registry
    everything: Report
    report: Report
    wanted: Sequence[str]


def _apart(options: Mapping[str, object]) -> None:
    """Raise UsageError where more than one of some options is given."""
    from clientreg.errors import UsageError

    first, *more = [name for name, value in options.items() if value] or [""]
    if more:
        raise UsageError(f"{first} and {more[0]} do not go together", f"leave out {more[0]}")


def _list_waivers(paths: tuple[str, ...], form: str, out: str | None) -> NoReturn:
    from clientreg import pages
    from clientreg.errors import EXIT_FINDINGS, UsageError
    from clientreg.report import waivers as page
    from clientreg.report.style import Style

    if form not in {"text", "json"}:
        raise UsageError(f"there is no list of waivers as {form!r}", "choose text or json")
    registry = wiring.load()
    wiring.settings_of(registry)
    wanted = _inside(registry.root, paths)
    streams.pass_by("asking Git since when")
    found = pages.waivers(registry, today=wiring.today(), wanted=wanted, repository=wiring.repository(registry.root))
    if out is not None:
        wiring.write(out, page.structured(found) if form == "json" else page.text(found, Style()))
        form = "text"
    streams.say(page.structured(found) if form == "json" else page.text(found, wiring.style()), form=form)
    sys.exit(EXIT_FINDINGS if found.unread else 0)


def _judged(paths: Sequence[str], base: str | None, watch: Watch | None) -> _Judged:
    registry, everything = wiring.checked(watch=watch) if base is None else _proposed(base)
    wanted = _inside(registry.root, paths)
    return _Judged(registry, everything, everything.only(wanted), wanted)


def _proposed(base: str) -> tuple[Registry, Report]:
    from clientreg import proposal, servers

    proposed = wiring.proposal(base)
    return proposed.after, proposal.judged(proposed, servers=servers.types(), today=wiring.today())


def _typed(given: str) -> _Judged:
    """What is found in a file when standard input stands in its place."""
    from clientreg import lint as linting
    from clientreg import servers
    from clientreg.reading.encoding import MAX_SIZE
    from clientreg.reading.overlay import Overlay

    folder = wiring.root(given)
    file = _place(folder, given)
    tree = Overlay.over(folder, {file: streams.given(MAX_SIZE)})
    registry, everything = linting.checked(
        folder, wiring.ignored(folder), servers=servers.types(), today=wiring.today(), tree=tree
    )
    if obstacle := everything.obstacle(file):
        message = f"{obstacle.file} has an error, so not everything in {file} could be judged"
        streams.complain(message, f"clientreg lint {obstacle.file} says more")
    return _Judged(registry, everything, everything.of(file), [file])


def _place(folder: str, given: str) -> str:
    """Where a file would lie in the registry."""
    from clientreg.errors import UsageError
    from clientreg.reading.folder import CLIENTS
    from clientreg.settings import FILE

    (file,) = _inside(folder, [given], there=False)
    if file != FILE and not os.path.isfile(os.path.join(folder, FILE)):
        hint = "name a file in a registry, or the registry's folder with -C"
        raise UsageError(f"there is no {FILE} in the folder of {given!r} or above it", hint)
    if file != FILE and not file.startswith(f"{CLIENTS}/"):
        raise UsageError(
            f"{given!r} is no file that is read here", f"clients live in {CLIENTS}/<organization>/<name>.yaml"
        )
    return file


def _watch() -> Watch:
    from clientreg.timing import Watch

    return Watch()


def _statistics(watch: Watch, report: Report) -> str:
    from clientreg.report import timing_text

    return timing_text.statistics(watch, report, wiring.peak_memory(), wiring.style(stream=sys.stderr))


def _inside(root: str, paths: Sequence[str], *, there: bool = True) -> list[str]:
    from clientreg.errors import UsageError

    inside = []
    for given in paths:
        path = given if os.path.lexists(given) or not there else os.path.join(root, given)
        if there and not os.path.lexists(path):
            raise UsageError(f"{given!r} does not exist", "paths are files or folders of the registry")
        relative = os.path.relpath(os.path.abspath(path), root).replace(os.sep, "/")
        if relative == ".." or relative.startswith("../"):
            raise UsageError(f"{given!r} is outside the registry {root}", "use -C to name another registry")
        inside.append(relative)
    return inside


def _tell(judged: _Judged, form: str, out: str | None, *, strict: bool) -> None:
    """The findings in the file, if one is named, and as text here; else here."""
    from clientreg.report.style import Style

    if out is not None:
        wiring.write(out, _findings(judged, form, Style(), strict=strict))
        form = "text"
    streams.say(_findings(judged, form, wiring.style(), strict=strict), form=form)


def _findings(judged: _Judged, form: str, style: Style, *, strict: bool) -> str:
    registry, report = judged.registry, judged.report
    if form == "text":
        from clientreg.report import text

        sources = {file: found for file in {one.file for one in report.findings} if (found := registry.source(file))}
        return text.findings(report, sources, style)
    if form == "json":
        from clientreg.report import structured

        return structured.findings(report)
    if form == "junit":
        from clientreg import lint as linting
        from clientreg.report import junit

        files = [file for file in (*registry.documents, *registry.unread) if linting.within(file, judged.wanted)]
        return junit.findings(report, files, strict=strict)
    return _for_a_code_host(report, registry, form)


def _for_a_code_host(report: Report, registry: Registry, form: str) -> str:
    """Hosts show findings beside the files of the repository, which the registry may be a folder of."""
    from clientreg.report import github, gitlab, sarif

    report = report.below(wiring.folder_in_repository(registry.root))
    if form == "sarif":
        return sarif.findings(report, registry.settings)
    return github.findings(report) if form == "github" else gitlab.findings(report)


def _overview(form: str) -> str:
    from clientreg import rules
    from clientreg.reading import schemata
    from clientreg.report import explain as page
    from clientreg.report import structured

    properties, book = schemata.properties("client"), rules.load().values()
    return (
        structured.overview(properties, book)
        if form == "json"
        else page.overview_text(properties, book, wiring.style())
    )


def _explained(what: str, form: str) -> str:
    from clientreg import rules, servers
    from clientreg.errors import UsageError
    from clientreg.reading import schemata
    from clientreg.report import explain as page
    from clientreg.report import meaning, structured

    book, properties = rules.load(), schemata.properties("client")
    if what.upper() in book:
        rule = book[what.upper()]
        return structured.rule(rule) if form == "json" else page.rule_text(rule, servers.kinds(), wiring.style())
    if what not in properties:
        family = what.upper()[:3]
        near = {code: rule for code, rule in book.items() if code.startswith(family)}
        if family == "CR":
            raise UsageError("'CR' is the beginning of every rule's code", "'clientreg explain' lists them")
        if near and what[2:].isdigit():
            raise UsageError(f"there is no rule {what.upper()!r}", f"{family}xx has: {', '.join(near)}")
        wiring.pick({**properties, **book}, what, "rule or field")
    field = meaning.field(what, properties, book.values(), servers.kinds())
    return structured.field(field) if form == "json" else page.field_text(field, wiring.style())
