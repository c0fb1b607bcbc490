"""What the files want of one environment, after judgement: the plain data that sync plans from.

Lint and sync do not know each other; here the findings of one become the refused clients of the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from clientreg.errors import FilesBroken
from clientreg.finding import Finding, Severity, Waived
from clientreg.lint import Report
from clientreg.model import Client
from clientreg.planning.plan import Refusal, WaiverUse
from clientreg.proposal import Proposal
from clientreg.reading.folder import CLIENTS, ORGANIZATION_FILE
from clientreg.registry import Registry
from clientreg.secret import Secret
from clientreg.settings import FILE, Environment, Settings
from clientreg.sync import Inputs, Wanted
from clientreg.sync.since import Change, Stated, stated


def inputs(
    registry: Registry,
    report: Report,
    settings: Settings,
    environment: Environment,
    *,
    today: str,
    ci: bool = False,
    operator_key: Secret | None = None,
) -> Inputs:
    """Everything sync needs to know about an environment.

    Raises FilesBroken where a file that may belong to it cannot be understood: a client that is not read must never
    look like a client that is gone. A client with an error is refused, and stays on its servers as it is.
    """
    errors = _errors(report, environment)
    _stop_for_broken_files(registry, errors, environment)
    return _inputs(registry, report, settings, environment, today=today, ci=ci, operator_key=operator_key)


def proposed(proposal: Proposal, report: Report, environment: Environment, *, today: str) -> tuple[Inputs, Change]:
    """The same of a change that is not merged yet, with what the commit that it begins at has of the environment.

    A client file that cannot be understood refuses its client and stops nothing, since nothing is applied from here.
    Raises FilesBroken where that is so of the operator's file.
    """
    judged = replace(report, findings=(*report.findings, *report.earlier))
    errors = _errors(judged, environment)
    settings = proposal.settings
    if settings is None or any(_concerns(finding, environment) for finding in errors.get(FILE, ())):
        raise _stopped([FILE], errors, environment)
    made = _inputs(proposal.after, judged, settings, environment, today=today)
    before, after = (_stated(each, environment, proposal) for each in (proposal.older, proposal.after))
    broken = tuple(_unread(proposal, errors, environment))
    trusted = proposal.judge.settings and proposal.judge.settings.environments.get(environment.name)
    change = Change(
        base=proposal.base.commit,
        head=proposal.head.commit,
        before=before,
        after=after,
        same=len(made.wanted) - len(after),
        files=proposal.files,
        limits=trusted.guard if trusted else environment.guard,
    )
    return made._replace(refused=(*made.refused, *broken)), change


def _stated(registry: Registry, environment: Environment, proposal: Proposal) -> tuple[Stated, ...]:
    """The clients of the environment that the change may have touched."""
    return tuple(
        stated(client, environment.name)
        for client in registry.of(environment.name).values()
        if proposal.touches(client)
    )


def _unread(proposal: Proposal, errors: Mapping[str, list[Finding]], environment: Environment) -> Iterator[Refusal]:
    """Clients whose file cannot be understood: who was in it stays as it is."""
    older = {client.file: client for client in proposal.older.clients}
    for one in proposal.after.broken:
        found = errors.get(one.file) or errors.get(f"{one.file.rpartition('/')[0]}/{ORGANIZATION_FILE}")
        if found and (one.environments is None or environment.name in one.environments):
            was = older.get(one.file)
            yield refusal(was.client_id if was else str(one.client_id), one.file, found)


def _inputs(
    registry: Registry,
    report: Report,
    settings: Settings,
    environment: Environment,
    *,
    today: str,
    ci: bool = False,
    operator_key: Secret | None = None,
) -> Inputs:
    errors = _errors(report, environment)
    shared = _shared(errors)
    clients = registry.of(environment.name).values()
    return Inputs(
        settings=settings,
        environment=environment,
        root=Path(registry.root),
        wanted=tuple(
            Wanted(client.file, client.client_id, partial(client.registration, environment.name)) for client in clients
        ),
        client_files=len(registry.clients) + len(registry.broken),
        today=today,
        refused=tuple(
            refusal(client.client_id, client.file, found)
            for client in clients
            if (found := _about(client, errors, shared))
        ),
        waivers=tuple(_waivers(clients, report, environment)),
        ci=ci,
        operator_key=operator_key,
    )


def refusal(key: str, source: str, found: Sequence[Finding]) -> Refusal:
    """Why a client stays as it is, in the words of its first finding."""
    first = found[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    why = f"{first.file}:{first.span.line}: {first.code} {first.message}{more}"
    return Refusal(key, source, why, first.hint)


def _errors(report: Report, environment: Environment) -> Mapping[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in report.findings:
        counts = finding.severity is Severity.ERROR and finding.waived is None
        if counts and finding.environment in {None, environment.name}:
            found.setdefault(finding.file, []).append(finding)
    return found


def _shared(errors: Mapping[str, list[Finding]]) -> Mapping[str, list[Finding]]:
    """Errors by the other files that they name.

    Of two clients that may not both be, such as two with one name, the finding stands at the one whose path comes
    later. Who chose the earlier path must not win by that: both stay as they are.
    """
    shared: dict[str, list[Finding]] = {}
    for finding in (finding for found in errors.values() for finding in found):
        for file in sorted({place.file for place in finding.related} - {finding.file}):
            shared.setdefault(file, []).append(finding)
    return shared


def _stop_for_broken_files(registry: Registry, errors: Mapping[str, list[Finding]], environment: Environment) -> None:
    broken = [b.file for b in registry.broken if b.environments is None or environment.name in b.environments]
    unknown = [file for file in errors if file.startswith(f"{CLIENTS}/") and not _read(file, registry)]
    operator = [FILE] if any(_concerns(finding, environment) for finding in errors.get(FILE, ())) else []
    stopping = sorted({*broken, *unknown, *operator})
    if stopping:
        raise _stopped(stopping, errors, environment)


def _read(file: str, registry: Registry) -> bool:
    """Whether a place is a file that was read; of a link or a stranger nobody knows which client it was to be."""
    return file in registry.documents or file in registry.unread


def _stopped(stopping: Sequence[str], errors: Mapping[str, list[Finding]], environment: Environment) -> FilesBroken:
    """The first mistake, where it is, and how many files are no better."""
    file, *others = stopping
    found = errors.get(file) or errors.get(f"{file.rpartition('/')[0]}/{ORGANIZATION_FILE}") or ()
    first = next(iter(found), None)
    where = f"{first.file}:{first.span.line}:{first.span.column}" if first else file
    what = f"{where}: {first.message if first else 'cannot be understood'}"
    more = f" (and {len(others)} more {'file' if len(others) == 1 else 'files'})" if others else ""
    hint = f"{first.hint}; " if first and first.hint else ""
    next_step = f"{hint}nothing is planned for {environment.name} until this is mended; clientreg lint shows it all"
    return FilesBroken(f"{what}{more}", next_step)


def _concerns(finding: Finding, environment: Environment) -> bool:
    """Whether a finding in `registry.yaml` is about this environment and not about another one alone."""
    return finding.path[:1] != ("environments",) or finding.path[1:2] in {(), (environment.name,)}


def _about(client: Client, errors: Mapping[str, list[Finding]], shared: Mapping[str, list[Finding]]) -> list[Finding]:
    files = (client.file, client.organization.file)
    return [finding for found in (errors, shared) for file in files for finding in found.get(file, ())]


def _waivers(clients: Iterable[Client], report: Report, environment: Environment) -> Iterator[WaiverUse]:
    """The exceptions of clients that cover a finding in this environment."""
    covering = {
        (finding.file, finding.code, finding.waived)
        for finding in report.findings
        if finding.waived is not None and finding.environment in {None, environment.name}
    }
    for client in clients:
        for waiver in client.waivers:
            if (client.file, waiver.rule, Waived(waiver.reason, waiver.expires)) in covering:
                yield WaiverUse(client.client_id, client.file, waiver.rule, waiver.reason, waiver.expires)
