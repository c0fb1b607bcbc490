"""Plans all servers of an environment and applies the plan: the only module that talks to servers and to sinks.

Plan and apply are one code path: an apply carries out a `Planned`, on the revisions that the plan was made on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from clientreg import parallel, servers, sinks
from clientreg.errors import CannotFinish, UsageError, unknown
from clientreg.planning import diff, guard
from clientreg.planning.credential import held_by_servers
from clientreg.planning.history import History, commit, refusal
from clientreg.planning.plan import Action, CredentialStep, Plan, Refusal, ServerPlan, Unread, WaiverUse
from clientreg.planning.state import Desired
from clientreg.secret import Secret
from clientreg.servers import Server
from clientreg.settings import Environment, ServerEntry, Settings
from clientreg.sinks import Sink
from clientreg.sync import wanted
from clientreg.sync.delivery import HandedOver
from clientreg.sync.obstacles import check_disk, forgotten, undeliverable, withheld
from clientreg.sync.run import Applied, Live, OnOutcome, Run, ServerApplied
from clientreg.sync.wanted import Wanted

_PORTION = 50
"""Of how many clients a process makes at a time what a server is to be told."""

_AHEAD = 2_000
"""For how many clients that is made while the server is read: it is kept until it is compared, 4 KiB each."""

__all__ = [
    "Applied",
    "HandedOver",
    "Inputs",
    "Planned",
    "ServerApplied",
    "Wanted",
    "apply",
    "check_disk",
    "forgotten",
    "plan",
    "undeliverable",
]


class Inputs(NamedTuple):
    """What a plan is made from, beside servers, sinks and Git: plain data that the caller has read and judged.

    `refused` are clients with errors: they stay on the servers as they are. `client_files` counts the files of the
    whole registry. `today` is a day (ISO 8601, UTC). `ci`: the disk is forgotten after this run. `operator_key` is the
    text of an age identity or SSH key that opens credentials which another server of the environment has.
    """

    settings: Settings
    environment: Environment
    root: Path
    wanted: tuple[Wanted, ...]
    client_files: int
    today: str
    refused: tuple[Refusal, ...] = ()
    waivers: tuple[WaiverUse, ...] = ()
    ci: bool = False
    operator_key: Secret | None = None


@dataclass(frozen=True)
class Planned:
    """A plan with what is needed to carry it out."""

    plan: Plan
    inputs: Inputs
    history: History
    live: tuple[Live, ...]
    sinks: tuple[Sink, ...]
    recorded: frozenset[str]


def plan(
    inputs: Inputs,
    history: History,
    *,
    clients: frozenset[str] | None = None,
    only_servers: frozenset[str] | None = None,
    adopt: bool = False,
    progress: Callable[[str], None] = lambda _: None,
    connect: Callable[[ServerEntry, Path], Server] = servers.connect,
) -> Planned:
    """Read every server and say what would change. Writes nothing anywhere.

    `clients` and `only_servers` make a partial plan. A server that cannot be read is told in it, and it is for the
    others. Raises UsageError for a name that does not exist, CannotFinish when no server can be read, when Git or a
    sink does not answer, or when this commit may not be applied at all.
    """
    check_names(inputs, clients, only_servers)
    check_disk(inputs.environment, ci=inputs.ci)
    environment = inputs.environment
    marked = commit(history, environment=environment.name, production=environment.production)
    places = tuple(sinks.load(entry, inputs.root, registry=inputs.settings.name) for entry in environment.sinks)
    for sink in places:
        sink.check(ci=inputs.ci)
    live, stopped = read_servers(
        inputs, history, clients, only_servers, adopt=adopt, progress=progress, connect=connect
    )
    recorded = _recorded(environment, places, progress)
    names = {"registry": inputs.settings.name, "environment": environment.name}
    seen = context(inputs, marked)._replace(
        recorded=recorded,
        held=held_by_servers((one.observed or () for one in live), **names, recorded=recorded),
        undeliverable=undeliverable(environment, places),
        withheld=withheld(environment, places, live, [one.client_id for one in inputs.wanted]),
        adopt=adopt,
        partial=clients is not None or only_servers is not None,
        clients=clients,
    )
    made = tuple(server_plan(inputs, seen._replace(lacks=one.server.lacks), one) for one in live if one.planned)
    whole = _whole(inputs, seen, places, made, live)
    return Planned(_judged(whole, inputs, stopped), inputs, history, live, places, recorded)


def apply(
    planned: Planned,
    *,
    expect: str | None = None,
    override_guard: str | None = None,
    on_outcome: OnOutcome = lambda *_: None,
) -> Applied:
    """Carry out a plan. Raises CannotFinish, with nothing written, where it is not the expected one or was refused.

    One failed change stops no other. Ctrl-C ends it after the writes under way; what was done is in the answer.
    """
    _check_expected(planned.plan, expect)
    _check_guard(planned.plan, override_guard)
    inputs = planned.inputs
    run = Run(
        plan=planned.plan,
        registry=inputs.settings.name,
        live=planned.live,
        sinks=planned.sinks,
        recorded=planned.recorded,
        registrations={one.client_id: (one.source, one.registration) for one in inputs.wanted},
        operator_key=inputs.operator_key,
        history=planned.history,
        on_outcome=on_outcome,
    )
    return run.apply()


def check_names(inputs: Inputs, clients: frozenset[str] | None, only_servers: frozenset[str] | None) -> None:
    """Raises UsageError for a client or server that the environment does not have, or where it has no server."""
    known = {one.client_id for one in inputs.wanted} | {one.key for one in inputs.refused}
    _known("client", clients, known, f"in environment {inputs.environment.name}")
    names = {entry.name for entry in inputs.environment.servers}
    _known("server", only_servers, names, f"in environment {inputs.environment.name}")
    if not names:
        message = f"environment {inputs.environment.name} has no server"
        raise UsageError(message, f"registry.yaml: name one under environments.{inputs.environment.name}.servers")


def _known(what: str, asked: frozenset[str] | None, known: Collection[str], where: str) -> None:
    for name in sorted((asked or frozenset()) - set(known)):
        raise unknown(what, name, sorted(known), f" {where}")


def _recorded(environment: Environment, places: Sequence[Sink], progress: Callable[[str], None]) -> frozenset[str]:
    """What the sinks have, asked once the servers were read: a credential that a run beside this one wrote is there.

    Asked before, it would look lost, and be replaced.
    """
    found = frozenset[str]()
    for sink in places:
        progress(f"reading sink {sink.name}")
        found |= sink.recorded(environment.name)
    return found


def read_servers(
    inputs: Inputs,
    history: History,
    clients: frozenset[str] | None,
    only_servers: frozenset[str] | None,
    *,
    adopt: bool,
    progress: Callable[[str], None],
    connect: Callable[[ServerEntry, Path], Server],
) -> tuple[tuple[Live, ...], tuple[Refusal, ...]]:
    """What is on every server of the environment, what it is to be told, and whether this commit may follow.

    Raises CannotFinish where none that is selected can be read.
    """
    live: list[Live] = []
    ahead = tuple(islice(_compared(inputs, clients), _AHEAD))
    stopped: list[Refusal] = []
    for entry in inputs.environment.servers:
        selected = only_servers is None or entry.name in only_servers
        told = ahead if selected else ()
        server = connect(entry, inputs.root)
        progress(f"reading server {entry.name}")
        with parallel.begun(partial(wanted.desired, server), told, portion=_PORTION) as desired:
            try:
                observed = tuple(server.read())
                record = server.record() if selected else None
            except CannotFinish as error:
                live.append(Live(server, None, selected, error))
                continue
            live.append(Live(server, observed, selected, desired=dict(zip(told, desired(), strict=True))))
        names = {"registry": inputs.settings.name, "environment": inputs.environment.name}
        reason = refusal(entry.name, record, history, **names, adopt=adopt)
        stopped += [] if reason is None else [reason]
    if not any(one.planned for one in live):
        raise next(one.fault for one in live if one.selected and one.fault is not None)
    return tuple(live), tuple(stopped)


def unread(live: Sequence[Live]) -> tuple[Unread, ...]:
    """The servers that were selected and could not be read."""
    faults = ((one.server, one.fault) for one in live if one.selected and one.fault is not None)
    return tuple(Unread(at.name, at.type, at.url, fault.message, fault.hint) for at, fault in faults)


def context(inputs: Inputs, marked: str) -> diff.Context:
    """What the registry and the day say, before anything outside was asked."""
    return diff.Context(
        registry=inputs.settings.name,
        environment=inputs.environment.name,
        production=inputs.environment.production,
        commit=marked,
        today=date.fromisoformat(inputs.today),
        grace_days=inputs.environment.guard.grace_days,
        sensitive_scopes=frozenset(name for name, scope in inputs.settings.scopes.items() if scope.sensitive),
        scopes={name: scope.description for name, scope in inputs.settings.scopes.items()},
        recipients=_Recipients({one.client_id: one for one in inputs.wanted}),
    )


@dataclass(frozen=True, slots=True)
class _Recipients(Mapping[str, tuple[str, ...]]):
    """Who may open a client's credentials; few are asked for."""

    wanted: Mapping[str, Wanted]

    def __getitem__(self, client_id: str) -> tuple[str, ...]:
        return self.wanted[client_id].registration.recipients

    def __iter__(self) -> Iterator[str]:
        return iter(self.wanted)

    def __len__(self) -> int:
        return len(self.wanted)


def server_plan(inputs: Inputs, seen: diff.Context, live: Live) -> ServerPlan:
    """What would change on one server that was read."""
    desired = {one.client_id: partial(_told, one, live) for one in _compared(inputs, seen.clients)}
    made = diff.build(seen, live.server, desired=desired, observed=live.observed or (), refused=inputs.refused)
    return made._replace(notice=servers.notice(inputs.environment.servers, made.name))


def _compared(inputs: Inputs, clients: frozenset[str] | None) -> Iterator[Wanted]:
    """The clients, or some of them, that are to be as their files say: those with errors stay as they are."""
    refused = {one.key for one in inputs.refused}
    for one in inputs.wanted:
        if one.client_id not in refused and (clients is None or one.client_id in clients):
            yield one


def _told(one: Wanted, live: Live) -> Desired:
    return live.desired.get(one) or wanted.desired(live.server, [one])[0]


def _whole(
    inputs: Inputs,
    seen: diff.Context,
    places: Sequence[Sink],
    made: tuple[ServerPlan, ...],
    live: Sequence[Live],
) -> Plan:
    return Plan(
        environment=inputs.environment.name,
        production=inputs.environment.production,
        commit=seen.commit,
        servers=made,
        recipients=openers(seen, places, made),
        waivers=inputs.waivers,
        partial=seen.partial,
        unread=unread(live),
    )


def _judged(whole: Plan, inputs: Inputs, stopped: tuple[Refusal, ...]) -> Plan:
    """The plan with every reason to refuse it."""
    reasons = guard.reasons(whole, inputs.environment.guard, client_files=inputs.client_files)
    history = tuple(reason._replace(hint=f"{reason.hint}; {guard.once(whole)}") for reason in stopped)
    return whole._replace(stopped=(*history, *reasons))


def openers(
    seen: diff.Context, places: Sequence[Sink], made: Sequence[ServerPlan]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Per client that gets a new credential, who could open it: its recipients, and the operators of the sinks."""
    operators = [key for sink in places for key in sink.operators]
    fresh = sorted({c.key for server in made for c in server.changes if c.credential is CredentialStep.NEW})
    opening: Mapping[str, tuple[str, ...]] = seen.recipients or {}
    return tuple((key, tuple(dict.fromkeys((*opening[key], *operators)))) for key in fresh)


def _check_expected(plan: Plan, expect: str | None) -> None:
    if expect is None:
        if any(change.action is Action.ADOPT for change in plan.changes):
            message = "this plan adopts clients, so it is applied only by the digest that was reviewed"
            raise UsageError(message, f"--expect {plan.digest}")
        return
    if expect != plan.digest:
        message = f"this is no longer the plan that was reviewed: expected {expect}, and it is {plan.digest}"
        options = "something changed since, or that plan was made with other options (--client, --server, --adopt)"
        if plan.unread:
            names = ", ".join(one.name for one in plan.unread)
            message = f"{message}; not all servers can be read now ({names}: {plan.unread[0].why})"
            others = "".join(f" --server {one.name}" for one in plan.servers)
            options = f"apply again when it answers; to plan without it: -e {plan.environment}{others}"
            raise CannotFinish(message, options)
        raise CannotFinish(message, f"{options}: look at the new plan, then apply that one")


def _check_guard(plan: Plan, override: str | None) -> None:
    if override is not None and override != plan.digest:
        message = f"--override-guard names another plan: this one is {plan.digest}"
        raise CannotFinish(message, "it lets pass the plan it was written for, and no other")
    if plan.stopped and override is None:
        first, *others = plan.stopped
        more = f" (and {len(others)} more)" if others else ""
        raise CannotFinish(f"this plan is refused: {first.why}{more}", first.hint)
