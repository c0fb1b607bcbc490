"""Cross-origin calls: a browser's page may call for a client only from the origins that the client registered.

An origin that is not registered is refused before anything happens, not only kept from reading the answer: a form post
needs no permission to be sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Response, g, request

from clientreg.servers.embedded.provider import clients
from clientreg.servers.embedded.provider.context import here

if TYPE_CHECKING:
    from clientreg.servers.embedded.provider.clients import Client

PRIVATE = frozenset({"/token", "/userinfo", "/revoke"})
PUBLIC = frozenset({"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks.json"})


def admit(client: Client) -> None:
    """Refuse the call if it comes from a page that the client has not registered."""
    origin = request.headers.get("Origin")
    if origin is None:
        return
    if origin not in client.texts("allowed_cors_origins"):
        raise OAuth2Error("This origin is not registered for the client", error="invalid_request", status_code=403)
    g.cors_origin = origin


def preflight() -> Response | None:
    """The answer to a browser that asks first; it does not say for which client, so any client's origin will do."""
    if request.method != "OPTIONS" or request.path not in PRIVATE | PUBLIC:
        return None
    response = Response(status=204)
    origin = request.headers.get("Origin")
    known = request.path in PUBLIC or any(
        origin in client.texts("allowed_cors_origins") for client in clients.enabled(here().store)
    )
    if origin is not None and known:
        g.cors_origin = origin
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Access-Control-Max-Age"] = "60"
    return response


def label(response: Response) -> None:
    """Say to the browser who may read the answer; cookies never count (no `Allow-Credentials`)."""
    if request.path in PUBLIC:
        response.headers["Access-Control-Allow-Origin"] = "*"
    elif request.path in PRIVATE:
        response.vary.add("Origin")
        if "cors_origin" in g:
            response.headers["Access-Control-Allow-Origin"] = g.cors_origin
