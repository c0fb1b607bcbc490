"""One server against the files as they are, and where it differs, against those that were applied. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Protocol, TypeAlias

from clientreg import sync
from clientreg.drift.found import Drifted, Kind, Note, Pending, People, ServerDrift
from clientreg.gitrepo import Ancestry
from clientreg.jsonvalue import plain
from clientreg.planning.history import History
from clientreg.planning.plan import Action, Change, FieldChange, Refusal, Risk, ServerPlan, Waiting
from clientreg.planning.risk import Sight, classify, worst
from clientreg.planning.state import Observed
from clientreg.sync import Inputs, Wanted
from clientreg.sync.run import Live


class Commits(Protocol):
    """What older commits say; `applied.Commits` is one."""

    def wanted(self, commit: str, files: frozenset[str]) -> Mapping[str, Wanted] | None:
        """The clients of the environment in a commit, by id, as far as they stand near some files; None if unknown."""


Ask: TypeAlias = "Callable[[str, str], People]"
"""Who to ask about a client of some id, whose file is or was there."""
_Decision: TypeAlias = "Change | Refusal | Waiting"
_GONE = "it is not on the server any more: somebody deleted it, or the apply could not make it"


@dataclass(frozen=True)
class _Basis:
    """What one commit (None: the work tree) would have a server do now: nothing where the server is as it says."""

    commit: str | None
    decisions: Mapping[str, _Decision]


@dataclass(frozen=True)
class Comparison:
    """One server against the files as they are, and of what differs against those that were applied."""

    inputs: Inputs
    history: History
    commits: Commits
    people: Ask
    clients: frozenset[str] | None
    live: Live

    def made(self) -> ServerDrift:
        """The server's part of the answer."""
        drifted: list[Drifted] = []
        pending: list[Pending] = []
        refused: list[Refusal] = []
        for key, decision in _decisions(self._now).items():
            found = None if _due(decision) else self._drifted(key, decision)
            if found is not None:
                drifted.append(found)
            if isinstance(decision, Refusal) and not (found and found.why and key not in self._refused):
                refused.append(decision)
            pending += _pending(decision, found)
        server = self.live.server
        return ServerDrift(
            name=server.name,
            type=server.type,
            url=server.url,
            applied=self._applied,
            drifted=tuple(drifted),
            pending=tuple(pending),
            refused=tuple(refused),
            notes=tuple(self._notes(drifted)),
            owned=self._now.owned,
            foreign=self._now.foreign,
        )

    @cached_property
    def _now(self) -> ServerPlan:
        """What an apply would do."""
        return self._plan(self.inputs.wanted, self.clients, self.inputs.refused)

    @cached_property
    def _applied(self) -> str | None:
        record = self.live.server.record()
        return None if record is None else record.commit

    @cached_property
    def _found(self) -> Mapping[str, Observed]:
        return {entry.key: entry for entry in self.live.observed or ()}

    @cached_property
    def _refused(self) -> frozenset[str]:
        """Clients with errors in their files: these are not compared with the server by a plan."""
        return frozenset(one.key for one in self.inputs.refused)

    @cached_property
    def _files(self) -> Mapping[str, set[str]]:
        """Where a client's file is, and where it was when it was applied."""
        found: dict[str, set[str]] = {one.client_id: {one.source} for one in self.inputs.wanted}
        for entry in self._found.values():
            if entry.mark is not None:
                found.setdefault(entry.key, set()).add(entry.mark.source)
        return found

    def _plan(
        self, wanted: Iterable[Wanted], keys: frozenset[str] | None, refused: tuple[Refusal, ...] = ()
    ) -> ServerPlan:
        """The plan's own comparison. Which credential a client holds is not looked at: that no hand could change."""
        held = (entry.mark.credential for entry in self._found.values() if entry.mark)
        context = sync.context(self.inputs, self.history.head)._replace(
            recorded=frozenset(one.id for one in held if one),
            recipients=dict.fromkeys(self._files, ("anybody",)),
            clients=keys,
        )
        return sync.server_plan(self.inputs._replace(wanted=tuple(wanted), refused=refused), context, self.live)

    def _drifted(self, key: str, decision: _Decision) -> Drifted | None:
        bases = self._bases(key)
        if not bases and self._applied is None and key not in self._found:
            return None  # never applied here, and not here
        bases = bases or (self._work_tree,)
        then = [basis.decisions.get(key) for basis in bases]
        if any(one is None or isinstance(one, Waiting) for one in then):
            return None
        last, told = then[-1], partial(self._told, commit=bases[-1].commit)
        if isinstance(last, Refusal):
            return told(last, Kind.MARK, why=self._marked(last)) if isinstance(decision, Refusal) else None
        if not isinstance(last, Change):
            return None
        if last.action is Action.CREATE:
            return told(last, Kind.GONE, why=_GONE)
        fields = tuple(self._fields(last, [one for one in (decision, *then) if isinstance(one, Change)]))
        return told(last, Kind.CHANGED, fields=fields) if fields else None

    def _bases(self, key: str) -> tuple[_Basis, ...]:
        """What was applied of a client, the newest last: by the commit in its mark, and by the whole apply after it."""
        commit = self._commit(key)
        whole = self._known.get(self._applied or "")
        own = self._known.get(commit) if commit and commit != self._applied else None
        if own is None or whole is None:
            return tuple(one for one in (own or whole,) if one)
        return (own, whole) if commit in self._older else (own,)

    def _commit(self, key: str) -> str | None:
        """The commit that last changed a client of ours, as its mark has it."""
        mark = self._found[key].mark if key in self._found else None
        ours = mark is not None and mark.owned_by(self.inputs.settings.name, self.inputs.environment.name)
        return mark.commit if mark is not None and ours else None

    def _marked(self, refusal: Refusal) -> str:
        """What is wrong with the mark of a client that was ours."""
        mark = self._found[refusal.key].mark
        if mark is None:
            return "its mark was taken away: it is nobody's now, and an apply leaves it as it is; --adopt takes it back"
        if self._commit(refusal.key) is None:
            owner = f"registry {mark.registry}, environment {mark.environment}"
            return f"its mark says {owner} now: an apply leaves it as it is; --adopt takes it back"
        return f"its mark was changed: {refusal.why}"

    @cached_property
    def _work_tree(self) -> _Basis:
        """What stands in where no commit is known that was applied."""
        return _Basis(None, _decisions(self._plan(self.inputs.wanted, frozenset(_decisions(self._now)))))

    @cached_property
    def _known(self) -> Mapping[str, _Basis]:
        """What each commit that was applied says of the clients that are not as the files say; others need none."""
        asked: dict[str, set[str]] = {}
        for key in _decisions(self._now):
            for commit in {self._applied, self._commit(key)} - {None}:
                asked.setdefault(str(commit), set()).add(key)
        here = [one for one in asked if self.history.ancestry(one, one) is not Ancestry.UNKNOWN]
        made = ((commit, self._basis(commit, frozenset(asked[commit]))) for commit in here)
        return {commit: basis for commit, basis in made if basis is not None}

    @cached_property
    def _older(self) -> frozenset[str]:
        """Those of them that come before the commit that was applied last, as a whole."""
        applied = self._applied or ""
        return frozenset(one for one in self._known if self.history.ancestry(one, applied) is Ancestry.ANCESTOR)

    def _basis(self, commit: str, keys: frozenset[str]) -> _Basis | None:
        """What a commit says of some clients; None where its files cannot be had."""
        if commit == self.history.head and not self.history.dirty:
            return _Basis(commit, _decisions(self._plan(self.inputs.wanted, keys)))
        files = frozenset(file for key in keys for file in self._files.get(key, ()))
        wanted = self.commits.wanted(commit, files)
        return None if wanted is None else _Basis(commit, _decisions(self._plan(wanted.values(), keys)))

    def _fields(self, last: Change, changes: Sequence[Change]) -> Iterator[FieldChange]:
        """What differs from the files and from each commit, told the other way round: what was done by hand."""
        common = set.intersection(*({field.path for field in change.fields} for change in changes))
        there = self._found.get(last.key)
        scopes = frozenset(name for name, scope in self.inputs.settings.scopes.items() if scope.sensitive)
        observed = {} if there is None else plain(there.payload)
        sight = Sight(self.inputs.environment.production, scopes, last.payload or {}, observed)
        for field in last.fields:
            if field.path in common:
                risk, why = classify(str(field.path[0]), sight)
                yield FieldChange(field.path, field.after, field.before, risk, why)

    def _told(
        self,
        last: Change | Refusal,
        kind: Kind,
        *,
        commit: str | None,
        why: str = "",
        fields: tuple[FieldChange, ...] = (),
    ) -> Drifted:
        risk = worst(tuple(field.risk for field in fields)) if kind is Kind.CHANGED else Risk.BREAKING
        return Drifted(last.key, last.source, kind, risk, fields, why, self.people(last.key, last.source), commit)

    def _notes(self, drifted: Sequence[Drifted]) -> Iterator[Note]:
        stood_in = sum(one.commit is None for one in drifted)
        if not stood_in:
            return
        commit = f"commit {(self._applied or self._commit(drifted[0].key) or '')[:12]}"
        if (self._applied or "").endswith("+dirty"):
            what, hint = f"{commit} was applied with changes that no commit has", "commit, and apply once more"
        elif self.history.shallow:
            what = f"{commit}, applied last, is not in this shallow clone"
            hint = "clone whole: `fetch-depth: 0` in the workflow's checkout, or git fetch --unshallow"
        else:
            what, hint = f"{commit}, applied last, is not in this clone", "git fetch --all"
        told = "1 client is" if stood_in == 1 else f"{stood_in:,} clients are"
        yield Note(f"{what}: {told} compared with the work tree, where what is not applied yet looks like drift", hint)


def _decisions(made: ServerPlan) -> dict[str, _Decision]:
    both: list[_Decision] = [*made.changes, *made.refused, *made.waiting]
    return {one.key: one for one in sorted(both, key=lambda one: one.key)}


def _due(decision: _Decision) -> bool:
    """What time does: a deletion whose grace is over, or is not."""
    return isinstance(decision, Waiting) or (isinstance(decision, Change) and decision.action is Action.DELETE)


def _pending(decision: _Decision, found: Drifted | None) -> Iterator[Pending]:
    """What of a change is no drift."""
    if not isinstance(decision, Change) or (found is not None and found.kind is not Kind.CHANGED):
        return
    by_hand = {field.path for field in found.fields} if found else set()
    paths = tuple(field.path for field in decision.fields if field.path not in by_hand)
    if paths:
        yield Pending(decision.key, decision.source, decision.action, paths)
