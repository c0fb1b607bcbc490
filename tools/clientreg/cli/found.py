"""The command that makes a new registry: init. It asks a person, and a pipe nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

import click

from clientreg.cli import streams, wiring

if TYPE_CHECKING:
    from pathlib import Path

    from clientreg.starter.answers import Answers, Host

_PLATFORMS = (
    *("web", "javascript", "android", "ios", "windows-phone", "windows-desktop", "macos-desktop"),
    *("linux-desktop", "tv", "cli", "service"),
)


@click.command(short_help="Make a registry of your own: a repository with all it needs.")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path())
@click.option("--organization", metavar="NAME", help="The first organization's name.  [asked]")
@click.option("--client", metavar="NAME", help="The first client's name, as users read it.  [asked]")
@click.option("--contact", metavar="EMAIL", help="Its technical contact.  [asked; your Git address]")
@click.option(
    "--platform",
    type=click.Choice(_PLATFORMS),
    metavar="NAME",
    help=f"What the client runs on: {', '.join(_PLATFORMS)}.  [asked; web]",
)
@click.option("--owner", metavar="OWNER", help="Who approves: '@user', '@org/team', e-mail.  [asked; the contact]")
@click.option(
    "--recipient",
    metavar="KEY",
    help="age or SSH public key, or its file, that opens secrets.  [asked; none: a public client]",
)
@click.option("--name", metavar="ID", help="The registry's id, for good.  [the folder's name]")
@click.option("--ci", type=click.Choice(("github", "gitlab")), default="github", show_default=True, help="Code host.")
@click.option("--wheel", type=click.Path(exists=True, dir_okay=False), help="The wheel of clientreg that CI runs.")
def init(folder: str, wheel: str | None, **given: str | None) -> None:
    """Make a registry in DIR (the current folder): files, workflows, CODEOWNERS, a first organization and client.

    It is a Git repository on branch main, lint clean, and nothing is committed: the first commit has your name, your
    signature and your words. Files that are in DIR stay as they are; where one stands in the way, all of them are
    named and nothing is written. A terminal is asked for what no option says; a pipe gets the defaults.

    CI runs the clientreg that the package index has for this version, pinned by hash, or that of --wheel. Where
    neither can be had, CI refuses to run until 'clientreg pin' has found it.

    \b
    Examples:
      clientreg init my-registry
      clientreg init my-registry --organization "Acme AS" --owner @acme/identity
      clientreg init --ci gitlab --client "Acme Shop" --platform android
    """
    from pathlib import Path

    from clientreg import starter
    from clientreg.report import started
    from clientreg.report.printable import printable
    from clientreg.starter import steps

    target = Path(os.path.abspath(folder))
    starter.check_room(target, cast("Host", given["ci"]))
    answers = _answers(target, given)
    made = starter.create(
        target, answers, wheel=Path(wheel) if wheel else None, today=wiring.today(), progress=streams.pass_by
    )
    if made.unpinned:
        streams.tell(f"clientreg: {printable(made.unpinned.message)}\n  hint: {printable(made.unpinned.hint)}\n")
    title = f"{target} is a registry: lint clean, nothing committed yet"
    streams.say(started.text(title, made.files, steps.after(made, folder), wiring.style()))


COMMANDS = (init,)

_Check = Callable[[str], str | None]
"""Why a text is no answer, None where it is one."""


def _answers(target: Path, given: Mapping[str, str | None]) -> Answers:
    """What the options say, what a person at a terminal answers, and for the rest what most would say."""
    from clientreg import starter
    from clientreg.starter import answers
    from clientreg.values.slug import slug

    ask = _ask if sys.stdin.isatty() and sys.stderr.isatty() else _take_the_default
    organization = given["organization"] or ask("Name of the first organization", answers.ORGANIZATION, None)
    client = given["client"] or ask("Name of its first client, as users will read it", answers.CLIENT, None)
    platform = given["platform"] or ask(f"Platform ({', '.join(_PLATFORMS)})", _PLATFORMS[0], _no_platform)
    contact = given["contact"] or ask("Its technical contact (e-mail)", starter.address(), answers.no_contact)
    owner = given["owner"] or ask("Who approves changes (@user, @org/team, e-mail)", contact, answers.no_owner)
    recipient = given["recipient"]
    if recipient is None and answers.PLATFORMS[platform].confidential:
        recipient = ask("age or SSH public key that may open its secret, or its file", "", answers.no_recipient)
    return answers.Answers(
        name=given["name"] or slug(target.name, 40) or "registry",
        organization=organization,
        client=client,
        contact=contact,
        platform=platform,
        owner=owner,
        recipient=answers.recipient(recipient),
        host=cast("Host", given["ci"]),
        branch=starter.branch_of(target),
    )


def _ask(question: str, default: str, wrong: _Check | None) -> str:
    def checked(text: str) -> str:
        why = wrong(text) if wrong else None
        if why:
            raise click.UsageError(why)
        return text

    return str(click.prompt(question, default=default, show_default=bool(default), value_proc=checked, err=True))


def _take_the_default(_question: str, default: str, _wrong: _Check | None) -> str:
    return default


def _no_platform(text: str) -> str | None:
    return None if text in _PLATFORMS else f"there is no platform {text!r}"
