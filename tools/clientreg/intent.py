"""What the files want of one environment, after judgement: the plain data that sync plans from.

Lint and sync do not know each other; here the findings of one become the refused clients of the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from clientreg.errors import FilesBroken
from clientreg.finding import Finding, Severity, Waived
from clientreg.lint import Report
from clientreg.model import Client
from clientreg.planning.plan import Refusal, WaiverUse
from clientreg.registry import Registry
from clientreg.secret import Secret
from clientreg.settings import FILE, Environment, Settings
from clientreg.sync import Inputs, Wanted


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
    clients = [client for client in registry.by_id.values() if environment.name in client.environments]
    return Inputs(
        settings=settings,
        environment=environment,
        root=Path(registry.root),
        wanted=tuple(Wanted(client.file, client.registration(environment.name)) for client in clients),
        client_files=len(registry.clients) + len(registry.broken),
        today=today,
        refused=tuple(
            refusal(client.client_id, client.file, found) for client in clients if (found := _about(client, errors))
        ),
        waivers=tuple(use for client in clients for use in _waivers(client, report, environment)),
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


def _stop_for_broken_files(registry: Registry, errors: Mapping[str, list[Finding]], environment: Environment) -> None:
    broken = [b.file for b in registry.broken if b.environments is None or environment.name in b.environments]
    operator = [FILE] if any(_concerns(finding, environment) for finding in errors.get(FILE, ())) else []
    stopping = sorted({*broken, *operator})
    if stopping:
        some = ", ".join(stopping[:3]) + (f" and {len(stopping) - 3} more" if len(stopping) > 3 else "")
        message = f"{environment.name} is not planned: {some} cannot be understood, so what it says is not known"
        raise FilesBroken(message, "'clientreg lint' says what is wrong; nothing was changed")


def _concerns(finding: Finding, environment: Environment) -> bool:
    """Whether a finding in `registry.yaml` is about this environment and not about another one alone."""
    return finding.path[:1] != ("environments",) or finding.path[1:2] in {(), (environment.name,)}


def _about(client: Client, errors: Mapping[str, list[Finding]]) -> list[Finding]:
    return [*errors.get(client.file, ()), *errors.get(client.organization.file, ())]


def _waivers(client: Client, report: Report, environment: Environment) -> list[WaiverUse]:
    """The exceptions of a client that cover a finding in this environment."""
    return [
        WaiverUse(client.client_id, client.file, waiver.rule, waiver.reason, waiver.expires)
        for waiver in client.waivers
        if any(
            finding.waived is not None
            and finding.file == client.file
            and finding.environment in {None, environment.name}
            and (finding.code, finding.waived) == (waiver.rule, Waived(waiver.reason, waiver.expires))
            for finding in report.findings
        )
    ]
