"""Commands about servers and credentials: plan, apply, open."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from clientreg.cli import foresee, streams, wiring
from clientreg.errors import EXIT_CANNOT_FINISH

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from clientreg.model import Client
    from clientreg.planning.plan import Plan
    from clientreg.registry import Registry
    from clientreg.report.markdown import Consent
    from clientreg.secret import Secret
    from clientreg.settings import Environment
    from clientreg.sync import Inputs, Planned


def _scope_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What plan and apply take alike: a part of an environment."""
    for option in (
        click.option(
            "--adopt", is_flag=True, help="Take over clients of the same id that are not ours; apply needs --expect."
        ),
        click.option("--server", "servers", multiple=True, metavar="NAME", help="Only this server (repeatable)."),
        click.option("--client", "clients", multiple=True, metavar="ID", help="Only this client (repeatable)."),
    ):
        command = option(command)
    return command


@click.command(short_help="What an apply would change on the servers of an environment.")
@wiring.environment_option(unless="--since")
@_scope_options
@wiring.format_option("text", "json", "markdown")
@click.option("--since", "base", metavar="REF", help="What HEAD changes since it left this commit; no server is asked.")
@click.option("--out", type=click.Path(dir_okay=False), help="Write the plan to this file as JSON, too.")
@click.option("--check", is_flag=True, help="Exit 1 unless the servers are as the files say.")
def plan(form: str, out: str | None, check: bool, base: str | None, **scope: Any) -> None:
    """Read the servers and show what an apply would change. Nothing is written anywhere.

    Every changed field is shown before and after, with its risk: breaking, sensitive, visible or plain. The digest
    names the plan: 'clientreg apply --expect DIGEST' does exactly this one or stops. Where one of several servers
    cannot be read, the plan is for the others and says so, and the exit status is 3.

    With --since the files of two commits are compared instead, for one environment or, where none is named, for
    each. Such a plan has no digest, because it has seen no server.

    \b
    Examples:
      clientreg plan --environment test
      clientreg plan -e production --client fjordvale-media.play-web --format json
      clientreg plan --since origin/main --format markdown
    """
    from clientreg.report import structured

    if base is not None:
        plans, consent = foresee.plans(base, one=form == "json" or out is not None, **scope)
    else:
        plans, consent = [_planned(**scope).plan], lambda *_: ()
    if out is not None:
        wiring.write(out, structured.plan(plans[0]))
    streams.say(_shown(plans, consent, form, since=base is not None), form=form)
    unfinished = any(one.unread for one in plans)
    streams.end(EXIT_CANNOT_FINISH if unfinished else int(check and not all(map(_settled, plans))))


def _shown(plans: Sequence[Plan], consent: Consent, form: str, *, since: bool) -> str:
    from clientreg.report import plan_text, structured

    if form == "markdown":
        from clientreg.report import markdown

        return markdown.plans(plans, consent)
    if form == "json":
        return structured.plan(plans[0])
    return plan_text.since(plans, wiring.style()) if since else plan_text.plan(plans[0], wiring.style())


@click.command(short_help="Do what the plan says, and read back what was written.")
@wiring.environment_option()
@_scope_options
@wiring.format_option("text", "json")
@click.option("--expect", metavar="DIGEST", help="Apply only if the plan is still this one.")
@click.option("--override-guard", metavar="DIGEST", help="Let this one plan pass the guard's limits.")
def apply(form: str, expect: str | None, override_guard: str | None, **scope: Any) -> None:
    """Make the servers of an environment say what the files say.

    A new client's secret is sealed and delivered before any server knows it. One failed change stops no other, and
    what was written is read back. Run it again at any time: it goes on where it stopped. Exit 3 if anything of the
    plan was refused or not done, or one of several servers could not be read: the others are done.

    \b
    Examples:
      clientreg apply --environment test
      clientreg apply -e production --expect sha256:...
    """
    from clientreg import sync
    from clientreg.report import apply_text, structured

    planned = _planned(**scope)
    style = wiring.style(stream=sys.stderr)
    tell = lambda server, outcome: streams.tell(apply_text.outcome(outcome, server, style))  # noqa: E731
    done = sync.apply(planned, expect=expect, override_guard=override_guard, on_outcome=tell)
    streams.say(structured.applied(done) if form == "json" else apply_text.applied(done, wiring.style()), form=form)
    sys.exit(EXIT_CANNOT_FINISH if done.failed or _refused(planned) else 0)


@click.command("open", short_help="Open the hand-over of a client with an age or SSH key.")
@click.argument("what", metavar="CLIENT|FILE")
@wiring.environment_option(required=False)
@click.option(
    "-i", "--identity", "keys", multiple=True, type=click.Path(exists=True, dir_okay=False), help="A private key file."
)
@click.option("--remote", metavar="NAME", help="Fetch from this Git remote instead, if yours is a fork.")
def open_(what: str, environment_name: str | None, keys: tuple[str, ...], remote: str | None) -> None:
    """Print the hand-over of a client: client id, secret, endpoints, how to use it.

    CLIENT is a client id: its newest hand-over is fetched from where the environment's sink keeps it. FILE is a sealed
    file. Without -i, the usual places of age and SSH keys in your home are tried. Keys never leave this machine.

    \b
    Examples:
      clientreg open fjordvale-media.play-web -e production
      clientreg open play-web.4f1c9a.age -i ~/.ssh/id_ed25519
    """
    from pathlib import Path

    from clientreg import seal

    paths = tuple(map(Path, keys)) or seal.default_keys(Path.home())
    found = environment_name is None and os.path.isfile(what)
    opened = seal.open_file(what, paths) if found else _collected(what, environment_name, paths, remote)
    streams.say(opened.reveal())


COMMANDS = (plan, apply, open_)


def _collected(name: str, environment_name: str | None, keys: tuple[Path, ...], remote: str | None) -> Secret:
    from pathlib import Path

    from clientreg.errors import UsageError
    from clientreg.sync import collect

    if environment_name is None and (os.sep in name or name.endswith(".age")):
        raise UsageError(f"there is no file {name!r}", "name a sealed file, or a client and its environment with -e")
    registry = wiring.load()
    settings = wiring.settings_of(registry)
    client = wiring.client_of(registry, name, environment_name)
    environment = _environment_of(registry, client, environment_name)
    streams.pass_by(f"asking for the hand-over of {client.client_id} in {environment.name}")
    kept = collect.latest(settings, environment, Path(registry.root), client.client_id, remote=remote)
    streams.pass_by(f"opening {kept.place}")
    return collect.opened(kept, keys)


def _environment_of(registry: Registry, client: Client, name: str | None) -> Environment:
    """The environment that was named, or the only one that the client is in."""
    from clientreg.errors import UsageError

    known = [one for one in client.environments if one in wiring.settings_of(registry).environments]
    environment = wiring.environment_of(registry, known[0] if name is None and len(known) == 1 else name)
    if environment.name not in known:
        there = f"it is in: {', '.join(known)}" if known else "it is in no environment"
        raise UsageError(f"{client.client_id} does not exist in {environment.name}", there)
    return environment


def _refused(planned: Planned) -> bool:
    return any(server.refused for server in planned.plan.servers)


def _settled(plan: Plan) -> bool:
    """Whether the servers are as the files say: nothing to do, and nothing that may not be done."""
    return not (plan.changes or plan.stopped or any(server.refused for server in plan.servers))


def _planned(environment_name: str | None, clients: tuple[str, ...], servers: tuple[str, ...], adopt: bool) -> Planned:
    import gc

    from clientreg import gitrepo, sync

    gc.disable()  # what is read stays until the plan is made
    wanted = inputs(environment_name)
    planned = sync.plan(
        wanted,
        gitrepo.open_repository(wanted.root),
        clients=frozenset(clients) or None,
        only_servers=frozenset(servers) or None,
        adopt=adopt,
        progress=streams.pass_by,
        connect=wiring.connection(wanted.environment),
    )
    gc.freeze()
    gc.enable()
    return planned


def inputs(environment_name: str | None) -> Inputs:
    """What the files want of the environment that was named, linted. Raises FilesBroken, UsageError."""
    from clientreg import intent
    from clientreg.finding import Severity

    registry, report = wiring.checked(whole=True, least=Severity.ERROR)
    environment = wiring.environment_of(registry, environment_name)
    return intent.inputs(
        registry,
        report,
        wiring.settings_of(registry),
        environment,
        today=wiring.today(),
        ci=bool(os.environ.get("CI")),
        operator_key=wiring.operator_key(),
    )
