"""A change of the registry, such as a pull request: judged from commits alone, by what it is to be merged into.

The branch's files are data. Scopes, environments and severities are those of the trusted commit; where the branch
changes registry.yaml, it is judged by both and the worse counts. Only what the branch changes, or breaks, counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from clientreg import lint, registry
from clientreg.capability import Capabilities
from clientreg.finding import START, Finding, Severity
from clientreg.gitrepo import Repository
from clientreg.gitrepo import tree as trees
from clientreg.gitrepo.tree import CommitTree
from clientreg.jsonvalue import Json, Path
from clientreg.lint import Report, Since
from clientreg.model import Client, Succession
from clientreg.planning import files
from clientreg.planning.plan import FileChange
from clientreg.reading.folder import ORGANIZATION_FILE
from clientreg.registry import Registry
from clientreg.settings import FILE, PROFILES, Settings

_PAIRS = 10_000
"""How many pairs of a removed and a new file are compared whole, to find those that moved; among more, none."""
_ALIKE = 0.5
"""The share of lines that a moved file has in common with what it was; Git's default, too."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """What a commit changes since it left a trusted one. Everything is read from objects of the repository.

    `base` is where it left, `trusted` the commit that was named: its registry.yaml judges.
    """

    root: str
    base: CommitTree
    head: CommitTree
    trusted: CommitTree

    @cached_property
    def changed(self) -> frozenset[str]:
        """The paths of the registry that the change touches."""
        return trees.changed(self.base, self.head)

    @cached_property
    def before(self) -> Registry:
        """The registry that the change begins at."""
        return self._registry(self.base)

    @cached_property
    def touched_before(self) -> Registry:
        """Of the registry that the change begins at, the clients whose files it touches, with their organizations."""
        homes = {path.rpartition("/")[0] for path in self.changed}
        return self._registry(self.base.only(lambda path: path.rpartition("/")[0] in homes))

    @property
    def older(self) -> Registry:
        """Of the registry that the change begins at, everything that may differ by the change."""
        return self.before if FILE in self.changed else self.touched_before

    @cached_property
    def after(self) -> Registry:
        """The registry that the change leads to."""
        return self._registry(self.head)

    @cached_property
    def judge(self) -> Registry:
        """What the trusted commit has of the operator's file, and nothing else."""
        return self._registry(self.trusted.only(lambda path: path == FILE))

    @property
    def settings(self) -> Settings | None:
        """The operator's file as it would be after a merge: the trusted one, unless the change touches it."""
        return self.after.settings if FILE in self.changed else self.judge.settings

    @cached_property
    def files(self) -> tuple[FileChange, ...]:
        """What changes in the operator's file and in those of organizations."""
        organizations = sorted(path for path in self.changed if path.endswith(f"/{ORGANIZATION_FILE}"))
        made = [files.registry(FILE, *self._both(FILE))] if FILE in self.changed else []
        made += [files.organization(path, *self._both(path)) for path in organizations]
        return tuple(one for one in made if one is not None)

    def touches(self, client: Client) -> bool:
        """Whether a client may differ between the two commits: its file or its organization's or the operator's."""
        return FILE in self.changed or client.file in self.changed or client.organization.file in self.changed

    def _both(self, file: str) -> tuple[Json, Json]:
        """What a file says before and after; None where there is none, or where it cannot be understood."""
        documents = (one.documents.get(file) for one in (self.older, self.after))
        before, after = (document.data if document else None for document in documents)
        return before, after

    @property
    def since(self) -> Since:
        """From where to where, and how much."""
        return Since(self.base.commit, self.head.commit, len(self.changed))

    def _registry(self, tree: CommitTree) -> Registry:
        return registry.load(self.root, lambda _: frozenset(), tree=tree)


def read(repository: Repository, trusted: str) -> Proposal:
    """What HEAD changes since it left `trusted`, a branch, tag or commit id.

    Raises UsageError for a name that is no commit, CannotFinish where the two share no history or a tree is unsound.
    """
    named = trees.resolve(repository, trusted)
    base = trees.fork_point(repository, named, repository.head)
    read: Callable[[str], CommitTree] = lambda commit: trees.read(repository, commit)  # noqa: E731
    begins = read(base)
    return Proposal(str(repository.root), begins, read(repository.head), begins if named == base else read(named))


def judged(proposal: Proposal, *, servers: Mapping[str, Capabilities], today: str) -> Report:
    """What is wrong in the files that a change touches, or because of it; what was wrong before stands in `earlier`."""
    run: Callable[..., Report] = lambda of, **more: lint.run(of, servers=servers, today=today, **more)  # noqa: E731
    report = _after(proposal, run)
    elsewhere = [one for one in report.findings if one.file not in proposal.changed]
    known: frozenset[object] = frozenset()
    if any(one.severity is not Severity.INFO for one in elsewhere):
        before = run(_judged_by(proposal.judge, proposal.before)).findings
        known = frozenset((_known_by(one), one.severity) for one in before)
    old = frozenset(
        one for one in elsewhere if one.severity is Severity.INFO or (_known_by(one), one.severity) in known
    )
    return replace(
        report,
        findings=tuple(one for one in report.findings if one not in old),
        since=proposal.since,
        earlier=tuple(
            one for one in report.findings if one in old and one.severity is Severity.ERROR and one.waived is None
        ),
    )


def _after(proposal: Proposal, run: Callable[..., Report]) -> Report:
    """The registry as it would be, by the trusted operator's file and, where that is changed, by its own too."""
    after, judge = proposal.after, proposal.judge
    successions = tuple(_successions(proposal.older, after, proposal.changed))
    if judge.settings is None:
        stated = after.settings and replace(after.settings, profile=PROFILES[0], severity={})
        report = run(replace(after, settings=stated), successions=successions)
        return replace(report, findings=_sorted([*report.findings, _no_judge(judge)]))
    if FILE not in proposal.changed:
        return run(_judged_by(judge, after), successions=successions)
    own, trusted = (run(one, successions=successions) for one in (after, _judged_by(judge, after)))
    return replace(own, findings=_worse(own.findings, trusted.findings))


def _judged_by(judge: Registry, other: Registry) -> Registry:
    """A registry with the operator's file of another."""
    if judge.settings is None:
        return other
    return replace(other, settings=judge.settings, documents={**other.documents, FILE: judge.documents[FILE]})


def _no_judge(judge: Registry) -> Finding:
    first = next((one for one in judge.findings if one.file == FILE and one.code != "CR017"), None)
    where = "has no registry.yaml" if first is None else f"has a registry.yaml that cannot be read: {first.message}"
    message = f"the commit that this change is to be merged into {where}"
    hint = "an owner of the registry must look at this change and merge it knowingly: no check can stand in for that"
    return Finding(FILE, START, (), "CR018", Severity.ERROR, message, hint)


def _worse(own: Sequence[Finding], trusted: Sequence[Finding]) -> tuple[Finding, ...]:
    """Both judgements as one. What only the trusted one finds is something that the branch's registry.yaml allows."""
    by_key = {_known_by(one): one for one in own}
    for finding in trusted:
        if finding.file == FILE:
            continue
        key = _known_by(finding)
        if key not in by_key:
            by_key[key] = finding._replace(hint=f"this branch's {FILE} allows it: merge that change first, by itself")
        elif finding.severity.rank < by_key[key].severity.rank:
            by_key[key] = finding
    return _sorted(by_key.values())


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: one.sort_key))


def _known_by(finding: Finding) -> tuple[str, str, Path, str, str | None, bool]:
    """What makes a finding the same one in two commits: not its line, which moves with what stands above it."""
    waived = finding.waived is not None
    return finding.file, finding.code, finding.path, finding.message, finding.environment, waived


def _successions(before: Registry, after: Registry, changed: frozenset[str]) -> Iterator[Succession]:
    """Which client of the older commit each touched one was."""
    older = {client.file: client for client in before.clients if client.file in changed}
    gone = {file: client for file, client in older.items() if file not in after.documents and file not in after.unread}
    by_id = {client.client_id: client for client in gone.values()}
    held = {(name, client.client_id): client for client in older.values() for name in client.environments}
    fresh = []
    for client in after.clients:
        if client.file in changed:
            elsewhere = (held.get((name, client.client_id)) for name in client.environments)
            earlier = (older.get(client.file), by_id.get(client.client_id), *elsewhere)
            same = {one.file: one for one in earlier if one is not None}
            for file, one in same.items():
                gone.pop(file, None)
                yield Succession(one, client)
            if not same:
                fresh.append(client)
    yield from _moved(gone, fresh, before, after)


def _moved(gone: dict[str, Client], new: Sequence[Client], before: Registry, after: Registry) -> Iterator[Succession]:
    """New files that are most of what a removed one was, the most alike first come."""
    if len(gone) * len(new) > _PAIRS:
        return
    for client in new:
        text = after.documents[client.file].text
        alike = {
            file: _likeness(before.documents[file].text, text)
            for file, other in gone.items()
            if other.data["client_name"] == client.data["client_name"]
            or other.data["description"] == client.data["description"]
        }
        nearest = max(alike, key=lambda file: alike[file], default=None)
        if nearest is not None and alike[nearest] >= _ALIKE:
            yield Succession(gone.pop(nearest), client)


def _likeness(one: str, other: str) -> float:
    """The share of lines that two texts have in common."""
    lines, others = Counter(one.split("\n")), Counter(other.split("\n"))
    return (lines & others).total() / max(lines.total(), others.total())
