"""Drift as JSON, as `schema/drift-output.schema.json` describes it."""

from __future__ import annotations

from difflib import unified_diff
from typing import Any

from clientreg.drift.found import Drift, Drifted, ServerDrift
from clientreg.drift.remedy import Edited, Remedy
from clientreg.report.structured import document, refused, unread


def drift(found: Drift, remedy: Remedy | None, *, written: bool) -> str:
    """Every server's drift, and what was or would be written where that was asked for."""
    return document(
        environment=found.environment,
        **{"class": "production" if found.production else "test"},
        commit=found.commit,
        partial=found.partial,
        servers=[_server(server) for server in found.servers],
        unread=[unread(server) for server in found.unread],
        remedy=None if remedy is None else _remedy(remedy, written=written),
        summary={
            "drifted": len({one.key for one in found.drifted}),
            "pending": len({one.key for server in found.servers for one in server.pending}),
            "refused": len({one.key for server in found.servers for one in server.refused}),
        },
    )


def _server(server: ServerDrift) -> dict[str, Any]:
    return {
        "name": server.name,
        "type": server.type,
        "url": server.url,
        "applied": server.applied,
        "owned": server.owned,
        "foreign": server.foreign,
        "notes": [{"why": note.why, "hint": note.hint} for note in server.notes],
        "drifted": [_drifted(one) for one in server.drifted],
        "pending": [
            {
                "client_id": one.key,
                "source": one.source,
                "action": one.action,
                "fields": [list(path) for path in one.fields],
            }
            for one in server.pending
        ],
        "refused": [refused(one) for one in server.refused],
    }


def _drifted(one: Drifted) -> dict[str, Any]:
    return {
        "client_id": one.key,
        "source": one.source,
        "kind": one.kind,
        "risk": one.risk,
        "why": one.why,
        "owners": list(one.people.owners),
        "contacts": list(one.people.contacts),
        "commit": one.commit,
        "fields": [
            {
                "path": list(field.path),
                "applied": field.before,
                "there": field.after,
                "risk": field.risk,
                "why": field.why,
            }
            for field in one.fields
        ],
    }


def _remedy(remedy: Remedy, *, written: bool) -> dict[str, Any]:
    return {
        "written": written,
        "files": [
            {"file": one.file, "client_id": one.key, "fields": list(one.fields), "diff": _diff(one)}
            for one in remedy.edits
        ],
        "left": [
            {"file": one.file, "client_id": one.key, "field": one.field, "why": one.why, "lines": list(one.lines)}
            for one in remedy.unwritten
        ],
    }


def _diff(one: Edited) -> str:
    before, after = (text.splitlines() for text in (one.before, one.after))
    return "".join(f"{line}\n" for line in unified_diff(before, after, f"a/{one.file}", f"b/{one.file}", lineterm=""))
