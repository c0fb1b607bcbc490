"""What running servers answered as JSON: `schema/verify-output.schema.json`, version 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clientreg.report.structured import document

if TYPE_CHECKING:
    from clientreg.verify.result import Answers, Asked, Probe, Reply, Verified


def verified(done: Verified) -> str:
    """The whole run."""
    probes = [probe for server in done.servers for probe in server.probes]
    return document(
        environment=done.environment,
        servers=[_server(server) for server in done.servers],
        left_out=[{"client_id": one.client_id, "source": one.source, "why": one.why} for one in done.left_out],
        summary={
            "clients": max((len(server.asked) for server in done.servers), default=0),
            "uris": len(probes),
            "findings": done.found,
            "unclear": sum(server.untold for server in done.servers),
            "unfinished": sum(server.trouble is not None for server in done.servers),
        },
    )


def _server(server: Answers) -> dict[str, Any]:
    return {
        "name": server.name,
        "type": server.type,
        "issuer": server.issuer,
        "offers": [
            {"member": one.member, "value": one.value, "offered": one.offered, "clients": list(one.clients)}
            for one in server.offers
        ],
        "clients": [_client(one) for one in server.asked],
        "findings": [
            {"client_id": one.client_id, "source": one.source, "message": one.message, "hint": one.hint}
            for one in server.found
        ],
        "trouble": server.trouble and {"message": server.trouble.message, "hint": server.trouble.hint},
    }


def _client(one: Asked) -> dict[str, Any]:
    return {
        "client_id": one.client_id,
        "source": one.source,
        "uris": [_probe(probe) for probe in one.probes],
        "unasked": list(one.unasked),
    }


def _probe(probe: Probe) -> dict[str, Any]:
    return {
        "field": probe.field,
        "uri": probe.uri,
        "accepted": probe.accepted,
        "answer": _reply(probe.reply),
        "near_miss": probe.near,
        "near_miss_refused": probe.refused,
        "near_miss_answer": probe.near_reply and _reply(probe.near_reply),
    }


def _reply(reply: Reply) -> dict[str, Any]:
    return {"status": reply.status, "error": reply.error}
