"""The command that asks running servers as a stranger would: verify."""

from __future__ import annotations

import sys

import click

from clientreg.cli import settle, streams, wiring
from clientreg.errors import EXIT_CANNOT_FINISH, EXIT_FINDINGS


@click.command(short_help="Ask running servers if they take what the files register.")
@wiring.environment_option()
@click.option("--client", "clients", multiple=True, metavar="ID", help="Only this client (repeatable).")
@click.option("--server", "servers", multiple=True, metavar="NAME", help="Only this server (repeatable).")
@wiring.format_option("text", "json")
def verify(environment_name: str | None, clients: tuple[str, ...], servers: tuple[str, ...], form: str) -> None:
    """Ask the running servers of an environment what any stranger may ask, and hold it against the files.

    For each redirect and post-logout redirect URI: would the browser be sent there, and not to a URI that is only
    like it? And does discovery offer the scopes, grants, authentication methods and PKCE that the clients need? No
    credential is used, nobody is signed in, no client's own address is called; 20 questions a second at most.

    A refused question may stand in the server's log as a failed login. Exit 1 if something is not as the files say,
    3 if a server could not be asked to the end.

    \b
    Examples:
      clientreg verify --environment production
      clientreg verify -e test --client fjordvale-media.play-web
      clientreg verify -e test --format json
    """
    from clientreg import verify as job
    from clientreg.report import verify_json, verify_text

    inputs = settle.inputs(environment_name)
    done = job.run(
        inputs,
        clients=frozenset(clients) or None,
        only_servers=frozenset(servers) or None,
        origins=wiring.origins(),
        progress=streams.pass_by,
        connect=wiring.connection(inputs.environment),
    )
    streams.say(verify_json.verified(done) if form == "json" else verify_text.verified(done, wiring.style()), form=form)
    sys.exit((EXIT_FINDINGS if done.found else 0) if done.finished else EXIT_CANNOT_FINISH)


COMMANDS = (verify,)
