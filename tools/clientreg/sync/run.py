"""One apply under way: the plan's changes carried out server by server, read back, and everything put in order after.

What holds whenever the process is killed: every sink has a credential before any server knows it, and what no server
holds in the end is withdrawn by this run or the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from clientreg.errors import CannotFinish
from clientreg.gitrepo import Ancestry
from clientreg.model import Registration
from clientreg.planning.history import History
from clientreg.planning.plan import Plan, ServerPlan, Unread
from clientreg.planning.state import Desired, Mark, Observed, Record
from clientreg.secret import Secret
from clientreg.servers import Outcome, Server, Write
from clientreg.sinks import Sink
from clientreg.sync.delivery import Courier, HandedOver
from clientreg.sync.readback import differences
from clientreg.sync.wanted import Wanted

OnOutcome: TypeAlias = "Callable[[str, Outcome], None]"


@dataclass(frozen=True, slots=True)
class Live:
    """A server of the environment and what was on it; `observed` is None for one that could not be read (`fault`).

    `desired` is what it is to be told of some clients, by where that comes from, made while the server was read.
    """

    server: Server
    observed: Sequence[Observed] | None
    selected: bool = True
    fault: CannotFinish | None = None
    desired: Mapping[Wanted, Desired] = field(default_factory=dict)

    @property
    def planned(self) -> bool:
        """Whether the plan has a part for it."""
        return self.selected and self.observed is not None


class ServerApplied(NamedTuple):
    """What became of one server's part of the plan: one outcome per change that was tried, in the plan's order.

    `error` is what concerns the server as a whole: it could not be reached, read back, or told the applied commit. Of
    the changes after that, and after an interruption, there is no outcome.
    """

    name: str
    outcomes: tuple[Outcome, ...]
    error: str | None = None


class Applied(NamedTuple):
    """The plan and what became of it: one `ServerApplied` per server of the plan, in its order, then the unread."""

    plan: Plan
    servers: tuple[ServerApplied, ...]
    handed_over: tuple[HandedOver, ...] = ()
    interrupted: bool = False

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Every outcome on every server, in order."""
        return tuple(outcome for server in self.servers for outcome in server.outcomes)

    @property
    def failed(self) -> bool:
        """Whether anything of the plan was not done: the exit status says so."""
        errors = [server.error for server in self.servers] + [outcome.error for outcome in self.outcomes]
        return self.interrupted or any(error is not None for error in errors)


@dataclass
class _ServerRun:
    """What has happened on one server so far. `sent` are the marks of the writes that were begun.

    `stopped` says that it ended before all of them had an answer.
    """

    live: Live
    plan: ServerPlan
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    sent: dict[str, Mark] = field(default_factory=dict)
    error: str | None = None
    stopped: bool = False
    after: Sequence[Observed] | None = None

    @property
    def doubtful(self) -> frozenset[str]:
        """Clients whose write may still arrive at the server."""
        if not self.stopped:
            return frozenset()
        done = {key for key, outcome in self.outcomes.items() if outcome.error is None}
        return frozenset(self.sent.keys() - done)


@dataclass
class Run:
    """One apply of one plan; used once."""

    plan: Plan
    registry: str
    live: Sequence[Live]
    sinks: Sequence[Sink]
    recorded: frozenset[str]
    registrations: Mapping[str, tuple[str, Registration]]
    operator_key: Secret | None
    history: History
    on_outcome: OnOutcome
    _interrupted: bool = False
    _endpoints: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def apply(self) -> Applied:
        """Every server in turn, then the reading back, the sinks and the records."""
        courier = Courier(self.plan.environment, self.sinks, self.registrations, self._all_endpoints, self.operator_key)
        planned = [live for live in self.live if live.planned]
        runs = [_ServerRun(live, plan) for live, plan in zip(planned, self.plan.servers, strict=True)]
        for run in runs:
            self._write(run, courier)
        try:
            for run in runs:
                self._read_back(run)
            for run in runs:
                self._save_record(run)
            self._tidy(runs, courier)
        except KeyboardInterrupt:
            self._interrupted = True
        return Applied(
            plan=self.plan,
            servers=(*(self._applied(run) for run in runs), *map(_left_alone, self.plan.unread)),
            handed_over=courier.handed_over,
            interrupted=self._interrupted,
        )

    def _all_endpoints(self) -> Mapping[str, Mapping[str, str]]:
        if not self._endpoints:
            self._endpoints = {
                live.server.name: {} if live.observed is None else live.server.endpoints() for live in self.live
            }
        return self._endpoints

    def _write(self, run: _ServerRun, courier: Courier) -> None:
        """Hand the changes to the server, each with a credential that every sink has when the server asks for it."""
        if self._interrupted or not run.plan.changes:
            return
        planned = {change.key: change for change in run.plan.changes}
        try:
            with closing(run.live.server.apply(self._writes(run, courier))) as outcomes:
                for outcome in outcomes:
                    self._done(run, Outcome(planned[outcome.change.key], outcome.error))
        except CannotFinish as error:
            run.error, run.stopped = _said(error), True
        except KeyboardInterrupt:
            self._interrupted = run.stopped = True

    def _writes(self, run: _ServerRun, courier: Courier) -> Iterator[Write]:
        for change in run.plan.changes:
            try:
                credential = courier.prepare(change)
            except CannotFinish as error:
                self._done(run, Outcome(change, _said(error)))
                continue
            mark = change.mark if credential is None else replace(change.mark, credential=credential.mark)
            run.sent[change.key] = mark
            yield Write(change._replace(mark=mark), credential)

    def _done(self, run: _ServerRun, outcome: Outcome) -> None:
        run.outcomes[outcome.change.key] = outcome
        self.on_outcome(run.plan.name, outcome)

    def _read_back(self, run: _ServerRun) -> None:
        """One more look: what was reported done is done, and what was under way when we were stopped may be."""
        if not run.sent:
            run.after = run.live.observed
            return
        try:
            written = run.live.server.read_again(run.sent.keys())
        except CannotFinish as error:
            run.error = run.error or f"what was written could not be read back: {_said(error)}"
            return
        found = {entry.key: entry for entry in written}
        run.after = (*(entry for entry in run.live.observed or () if entry.key not in run.sent), *written)
        for change in run.plan.changes:
            outcome = run.outcomes.get(change.key)
            if change.key not in run.sent or (outcome is not None and outcome.error is not None):
                continue
            wrong = differences(change, run.sent[change.key], found.get(change.key))
            if outcome is None and not wrong:
                self._done(run, Outcome(change))
            elif outcome is not None and wrong:
                said = f"the server said that it was done, but it holds something else in {', '.join(wrong)}"
                self._done(run, Outcome(change, said))

    def _tidy(self, runs: Sequence[_ServerRun], courier: Courier) -> None:
        """Withdraw what no server holds. Where a server could not be read, what it may hold stays.

        What this run made can only be where this run wrote.
        """
        told = _held(run.after for run in runs)
        if told is None:
            return
        in_use = self._in_use(runs)
        try:
            courier.withdraw_unused(told, frozenset().union(*(run.doubtful for run in runs)))
            if in_use is not None and not self._interrupted:
                unused, seen = self._superseded(runs) - in_use.keys(), self._seen_before()
                courier.retire(unused & seen)
                courier.retire_unseen(unused - seen, self._held_now)
                courier.forget(frozenset(in_use.values()))
        except CannotFinish as error:
            last = runs[-1]
            last.error = last.error or f"all was written, but a sink could not be tidied: {_said(error)}"

    def _in_use(self, runs: Sequence[_ServerRun]) -> Mapping[str, str] | None:
        """All credentials that a server of the environment holds now; None where one cannot be asked."""
        return _held([*(run.after for run in runs), *(live.observed for live in self.live if not live.planned)])

    def _seen_before(self) -> frozenset[str]:
        """The ids of all credentials that a server held when the plan was made."""
        return frozenset(_credentials(entry for live in self.live for entry in live.observed or ()))

    def _held_now(self) -> Mapping[str, str]:
        return _credentials(entry for live in self.live for entry in live.server.read())

    def _superseded(self, runs: Sequence[_ServerRun]) -> frozenset[str]:
        """What was there when the plan was made and may be unused now. A partial apply looks at its own clients."""
        if not self.plan.partial:
            return self.recorded
        return frozenset(
            _credentials(entry for run in runs for entry in run.live.observed or () if entry.key in run.sent)
        )

    def _save_record(self, run: _ServerRun) -> None:
        """Once per run, also when only the commit moved: the next one must not be older. Never by a partial apply."""
        if self.plan.partial or run.error is not None:
            return
        record = Record(self.registry, self.plan.environment, self.plan.commit)
        server = run.live.server
        try:
            current = server.record()
            if current == record:
                return
            if current is not None and self._newer(current):
                run.error = f"another apply brought commit {current.commit[:12]} meanwhile, which is newer"
                return
            server.save_record(record)
        except CannotFinish as error:
            run.error = f"the applied commit could not be remembered: {_said(error)}"

    def _newer(self, current: Record) -> bool:
        if (current.registry, current.environment) != (self.registry, self.plan.environment):
            return False
        applied = current.commit.removesuffix("+dirty")
        return self.history.ancestry(applied, self.history.head) is Ancestry.DESCENDANT

    @staticmethod
    def _applied(run: _ServerRun) -> ServerApplied:
        tried = (run.outcomes.get(change.key) for change in run.plan.changes)
        return ServerApplied(run.plan.name, tuple(one for one in tried if one is not None), run.error)


def _said(error: CannotFinish) -> str:
    return f"{error.message}; {error.hint}" if error.hint else error.message


def _left_alone(unread: Unread) -> ServerApplied:
    fault = CannotFinish(f"nothing was done there: {unread.why}", unread.hint)
    return ServerApplied(unread.name, (), f"{_said(fault)}; when it answers, apply again: that does the rest")


def _held(servers: Iterable[Sequence[Observed] | None]) -> Mapping[str, str] | None:
    """All credentials that are on some servers; None where one of them is not known."""
    seen = list(servers)
    if any(observed is None for observed in seen):
        return None
    return _credentials(entry for observed in seen for entry in observed or ())


def _credentials(entries: Iterator[Observed]) -> Mapping[str, str]:
    """The credentials in marks: client by credential id."""
    return {entry.mark.credential.id: entry.key for entry in entries if entry.mark and entry.mark.credential}
