"""Results as JSON. The shapes are promised: `schema/*-output.schema.json`, version 1."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from clientreg import __version__
from clientreg.finding import Finding, Severity
from clientreg.report.printable import json_escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from clientreg.lint import Report
    from clientreg.planning.plan import Change, FieldChange, Plan, Refusal, ServerPlan, Unread
    from clientreg.report.environments import Listed
    from clientreg.report.meaning import Field
    from clientreg.report.show import Shown
    from clientreg.rules import Grade, Rule
    from clientreg.sync import Applied

VERSION = 1
_TOOL = f"clientreg {__version__}"


def findings(report: Report) -> str:
    """What `lint` found, as `schema/lint-output.schema.json` describes it."""
    return document(
        findings=[_finding(finding) for finding in report.findings],
        since=report.since and {"base": report.since.base, "head": report.since.head, "changed": report.since.changed},
        earlier=[_finding(finding) for finding in report.earlier],
        summary={
            "files": report.files,
            "errors": report.count(Severity.ERROR),
            "warnings": report.count(Severity.WARNING),
            "infos": report.count(Severity.INFO),
            "waived": report.waived,
            "earlier": len(report.earlier),
        },
    )


def plan(plan: Plan) -> str:
    """A plan, as `schema/plan-output.schema.json` describes it."""
    return document(**_plan(plan))


def applied(applied: Applied) -> str:
    """A plan and what became of it, as `schema/apply-output.schema.json` describes it."""
    failed = sum(outcome.error is not None for outcome in applied.outcomes)
    tried = len(applied.outcomes)
    return document(
        plan=_plan(applied.plan),
        outcomes=[
            {
                "server": server.name,
                "action": outcome.change.action,
                "client_id": outcome.change.key,
                "error": outcome.error,
            }
            for server in applied.servers
            for outcome in server.outcomes
        ],
        server_errors=[
            {"server": server.name, "error": server.error} for server in applied.servers if server.error is not None
        ],
        handed_over=[
            {"client_id": entry.key, "sink": entry.sink, "place": entry.place, "sealed": entry.sealed}
            for entry in applied.handed_over
        ],
        interrupted=applied.interrupted,
        summary={"done": tried - failed, "failed": failed, "untried": len(applied.plan.changes) - tried},
    )


def shown(pages: Sequence[Shown]) -> str:
    """One client in its environments, as `schema/show-output.schema.json` describes it."""
    return document(
        client_id=pages[0].client_id,
        source=pages[0].source,
        registrations=[
            {
                "environment": page.environment,
                "fields": [{"name": row.name, "value": row.value, "origin": row.origin} for row in page.rows],
                "servers": [{"name": at.server, "type": at.type, "payload": at.payload} for at in page.rendered],
                "consent": list(page.consent),
            }
            for page in pages
        ],
    )


def overview(properties: Mapping[str, Mapping[str, Any]], rules: Iterable[Rule]) -> str:
    """Every field and every rule, as `schema/explain-output.schema.json` describes them."""
    return document(
        fields=[{"name": name, "title": schema["title"]} for name, schema in properties.items()],
        rules=[{"code": rule.code, "title": rule.title} for rule in rules],
    )


def rule(rule: Rule) -> str:
    """A rule in full, as `schema/explain-output.schema.json` describes it."""
    from clientreg.report.meaning import grades_of, looks_at

    return document(
        rule={
            "code": rule.code,
            "title": rule.title,
            "why": rule.why,
            "severity": {name: _grade(grade) for name, grade in grades_of(rule).items()},
            "waivable": rule.waivable,
            "fields": list(looks_at(rule)),
            "wrong": rule.bad,
            "right": rule.good,
            "hint": rule.hint,
            "sources": list(rule.refs),
        }
    )


def field(field: Field) -> str:
    """A field in full, as `schema/explain-output.schema.json` describes it."""
    return document(
        field={
            "name": field.name,
            "title": field.title,
            "description": field.description,
            "value": field.kind,
            "allowed": list(field.allowed),
            "examples": list(field.examples),
            "default": field.default,
            "for": field.who,
            "per_environment": field.per_environment,
            "fields": [{"name": name, "title": title} for name, title in field.members.items()],
            "rules": [{"code": rule.code, "title": rule.title} for rule in field.rules],
            "servers": [
                {
                    "type": server.type,
                    "format": server.format,
                    "tried": server.tried,
                    "holding": capability.holding,
                    "only": list(capability.only),
                    "why": capability.why,
                }
                for server, capability in field.holdings
            ],
        }
    )


def environments(listed: Sequence[Listed]) -> str:
    """The environments, as `schema/environments-output.schema.json` describes them."""
    return document(
        environments=[
            {
                "name": one.environment.name,
                "class": "production" if one.environment.production else "test",
                "clients": one.clients,
                "servers": [{"name": entry.name, "type": entry.type} for entry in one.environment.servers],
                "sinks": [{"name": entry.name, "type": entry.type} for entry in one.environment.sinks],
                "synced_in_ci": not one.obstacles,
                "obstacles": list(one.obstacles),
            }
            for one in listed
        ]
    )


def document(**members: Any) -> str:
    """One JSON document of this package's own format version, in the order of the members."""
    value = {"version": VERSION, "tool": _TOOL, **members}
    return json_escaped(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "line": finding.span.line,
        "column": finding.span.column,
        "end_line": finding.span.end_line,
        "end_column": finding.span.end_column,
        "path": list(finding.path),
        "environment": finding.environment,
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
        "related": [{"file": at.file, "line": at.line, "message": at.message} for at in finding.related],
        "waived": finding.waived and {"reason": finding.waived.reason, "expires": finding.waived.expires},
    }


def _grade(grade: Grade) -> dict[str, str | None]:
    return {"test": grade.test, "production": grade.production}


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "environment": plan.environment,
        "class": "production" if plan.production else "test",
        "commit": plan.commit,
        "since": plan.since,
        "digest": plan.digest if plan.since is None else None,
        "partial": plan.partial,
        "files": [
            {"file": one.file, "risk": one.risk, "fields": [_field_change(field) for field in one.fields]}
            for one in plan.files
        ],
        "servers": [_server(server) for server in plan.servers],
        "unread": [unread(server) for server in plan.unread],
        "recipients": [{"client_id": key, "recipients": list(values)} for key, values in plan.recipients],
        "waivers": [
            {
                "client_id": use.key,
                "source": use.source,
                "rule": use.rule,
                "reason": use.reason,
                "expires": use.expires,
            }
            for use in plan.waivers
        ],
        "stopped": [
            {"limit": reason.key, "source": reason.source, "why": reason.why, "hint": reason.hint}
            for reason in plan.stopped
        ],
        "summary": _summary(plan),
    }


def unread(server: Unread) -> dict[str, str]:
    """A server that could not be read."""
    return {"name": server.name, "type": server.type, "url": server.url, "why": server.why, "hint": server.hint}


def _server(server: ServerPlan) -> dict[str, Any]:
    return {
        "name": server.name,
        "type": server.type,
        "url": server.url,
        "notice": server.notice,
        "owned": server.owned,
        "unchanged": server.unchanged,
        "foreign": server.foreign,
        "changes": [_change(change) for change in server.changes],
        "refused": [refused(one) for one in server.refused],
        "waiting": [
            {"client_id": entry.key, "source": entry.source, "action": entry.action, "until": entry.until}
            for entry in server.waiting
        ],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "action": change.action,
        "client_id": change.key,
        "source": change.source,
        "risk": change.risk,
        "credential": change.credential,
        "fields": [_field_change(field) for field in change.fields],
        "new_scopes": [{"name": scope.name, "description": scope.description} for scope in change.new_scopes],
    }


def _field_change(field: FieldChange) -> dict[str, Any]:
    return {
        "path": list(field.path),
        "before": field.before,
        "after": field.after,
        "risk": field.risk,
        "why": field.why,
    }


def refused(refused: Refusal) -> dict[str, Any]:
    """A client that is left as it is."""
    return {"client_id": refused.key, "source": refused.source, "why": refused.why, "hint": refused.hint}


def _summary(plan: Plan) -> dict[str, int]:
    from clientreg.planning.plan import Action, Risk  # a lint needs neither

    actions = Counter(change.action for change in plan.changes)
    risks = Counter(change.risk for change in plan.changes)
    return {
        **{action.value: actions[action] for action in Action},
        **{risk.value: risks[risk] for risk in Risk},
        "refused": sum(len(server.refused) for server in plan.servers),
        "waiting": sum(len(server.waiting) for server in plan.servers),
    }
