"""Read, schema, rules, waivers: every finding of a registry at once, sorted and deterministic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from clientreg import judge, parallel, rules
from clientreg.capability import Capabilities
from clientreg.finding import Finding, Severity
from clientreg.model import Client, Succession
from clientreg.reading.folder import ORGANIZATION_FILE
from clientreg.registry import Registry
from clientreg.rules import Context
from clientreg.settings import FILE

_PORTION = 100
"""How many clients a process judges at a time; fewer in all are judged sooner than another process is started."""


@dataclass(frozen=True, slots=True)
class Since:
    """What a change leads from and to (commit ids), and how many files of the registry it touches."""

    base: str
    head: str
    changed: int


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a registry and how many files were judged.

    Where a change was judged, `since` says which; `earlier` are errors elsewhere that were there before it: they are
    told, but do not count.
    """

    findings: tuple[Finding, ...]
    files: int
    since: Since | None = None
    earlier: tuple[Finding, ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings of a severity count: waived ones do not."""
        return sum(f.severity is severity and f.waived is None for f in self.findings)

    @property
    def waived(self) -> int:
        """How many findings an exception covers."""
        return sum(f.waived is not None for f in self.findings)

    def failed(self, *, strict: bool = False) -> bool:
        """Whether the check failed: an error, or with `strict` a warning."""
        return self.count(Severity.ERROR) > 0 or (strict and self.count(Severity.WARNING) > 0)

    def only(self, wanted: Sequence[str]) -> Report:
        """The part about some files or folders (paths relative to the root); everything when none is named.

        What stops them is part of it, wherever it is found: an error in their organization's file or in
        `registry.yaml`, without which they are not judged, and a finding at another file that names one of them.
        """
        if not wanted:
            return self
        kept, earlier = (
            tuple(f for f in found if any(_about(f, place) for place in wanted))
            for found in (self.findings, self.earlier)
        )
        return replace(self, findings=kept, earlier=earlier)


def _about(finding: Finding, place: str) -> bool:
    if finding.severity is Severity.ERROR and _above(finding.file, place):
        return True
    return any(_within(file, place) for file in (finding.file, *(other.file for other in finding.related)))


def _above(file: str, place: str) -> bool:
    """Whether a file says something of everything in its folder, and so of the place."""
    folder, _, name = file.rpartition("/")
    return name in {FILE, ORGANIZATION_FILE} and _within(place, folder)


def _within(file: str, place: str) -> bool:
    return place in {"", "."} or file == place or file.startswith(place.rstrip("/") + "/")


def run(
    registry: Registry, *, servers: Mapping[str, Capabilities], today: str, successions: Sequence[Succession] = ()
) -> Report:
    """Judge a whole registry. `today` is an ISO 8601 day in UTC, `servers` what each server type can hold.

    `successions` say of clients what they were in an older commit, where there is one to compare with.
    """
    findings = list(registry.findings)
    if registry.settings is not None:
        findings += _judged(Context(registry, registry.settings, today, servers), successions)
    return Report(
        tuple(sorted(set(findings), key=lambda f: f.sort_key)), len(registry.documents) + len(registry.unread)
    )


def _judged(context: Context, successions: Sequence[Succession]) -> Iterator[Finding]:
    registry, by_subject = context.registry, rules.by_subject()
    for rule in by_subject["settings"]:
        yield from judge.plain(rule, FILE, context.settings, context)
    for organization in registry.organizations.values():
        for rule in by_subject["organization"]:
            yield from judge.plain(rule, organization.file, organization, context)
    across: dict[str, list[judge.Hit]] = {}

    def judge_across() -> None:
        for rule in by_subject["registry"]:
            for breach in judge.breaches(rule, registry, context):
                across.setdefault(breach.file or FILE, []).append(judge.Hit(rule, None, breach))
        for rule in by_subject["succession"]:
            for succession in successions:
                for breach in judge.breaches(rule, succession, context):
                    across.setdefault(succession.after.file, []).append(judge.Hit(rule, None, breach))

    judges = judge.ClientJudge(context)
    alone = parallel.spread(partial(_clients, judges), registry.clients, portion=_PORTION, meanwhile=judge_across)
    for client, findings in zip(registry.clients, alone, strict=True):
        hits = across.pop(client.file, None)
        yield from judges.findings(client, hits) if hits else findings
    for file, hits in across.items():
        for hit in hits:
            yield from judge.plain_findings(hit.rule, file, [hit.breach], context)


def _clients(judges: judge.ClientJudge, clients: Sequence[Client]) -> list[list[Finding]]:
    return [list(judges.findings(client)) for client in clients]
