"""Commands for trying out: demo, preview."""

from __future__ import annotations

import sys

import click

from clientreg.cli import wiring


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
        click.echo(demo_text.step(name, words, first=first, style=style), nl=False)

    shown = job.run(tell, today=wiring.today())
    click.echo(demo_text.shown(shown, style), nl=False)
    sys.exit(0 if shown.held else 3)


COMMANDS = (demo,)
