"""Commands for trying out: demo, preview."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from clientreg.cli import streams, wiring

if TYPE_CHECKING:
    from clientreg.registry import Registry


@click.command(short_help="The whole main job on this machine, with real logins.")
def demo() -> None:
    """Run the main job on a temporary copy of the example registry: lint, plan, apply, log in with every client.

    The clients speak HTTP to the embedded authorization server on loopback, each as careful as the specifications ask.
    What must fail is shown to fail, and the second plan must be empty. Exit 0 only if all of it held.

    \b
    Example:
      clientreg demo
    """
    from clientreg import demo as job
    from clientreg.report import demo_text

    style = wiring.style()
    seen: set[str] = set()

    def tell(name: str, words: str) -> None:
        first = name not in seen or name == "plan"
        seen.add(name)
        streams.say(demo_text.step(name, words, first=first, style=style))

    shown = job.run(tell, today=wiring.today())
    streams.say(demo_text.shown(shown, style, program=wiring.program()))
    sys.exit(0 if shown.held else 3)


@click.command(short_help="The embedded server with the clients of the work tree, for a login in your browser.")
@click.argument("client", required=False)
@wiring.environment_option(required=False)
@click.option("--port", type=click.IntRange(0, 65535), help="Listen there; 0 is any free port.")
def preview(client: str | None, environment_name: str | None, port: int | None) -> None:
    """Run the embedded authorization server with the clients as the files have them now, and serve each change.

    CLIENT, a client id or a file, is shown in detail; all are served. The environment is the first of class test.
    Secrets are sealed to the recipients of the files and stay the same from run to run; no commit is needed.

    \b
    Examples:
      clientreg preview
      clientreg preview fjordvale-media.play-web
      clientreg preview -e production --port 0
    """
    from clientreg import preview as job
    from clientreg.report import preview_text

    registry = wiring.load()
    name = job.choose(wiring.settings_of(registry), environment_name)
    wiring.environment_of(registry, name)
    view = preview_text.View(os.getcwd(), wiring.style(), _chosen(registry, client, name))
    tell = lambda line: streams.tell(preview_text.said(line))  # noqa: E731
    try:
        streams.pass_by("making the clients known to the server")
        with job.start(registry, name, port=port, load=wiring.load, today=wiring.today, log=tell) as running:
            streams.say(preview_text.opening(running.state, view))
            for news in running.watch():
                streams.say(preview_text.news(news, running.state, view))
    except KeyboardInterrupt:
        streams.tell("\nthe preview has ended\n")


COMMANDS = (demo, preview)


def _chosen(registry: Registry, name: str | None, environment: str) -> str | None:
    """The id of the client that was named, also of one whose file cannot be read at the moment."""
    from clientreg import preview as job

    if name is None:
        return None
    unread = {text: one.client_id for one in registry.broken for text in (one.file, one.client_id) if text}
    if name in unread:
        return unread[name]
    client = wiring.client_of(registry, name, environment)
    job.check_present(client, environment)
    return client.client_id
