"""The WSGI application: routes, and what holds for each of them (Host, limits, headers, errors, log)."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException

from clientreg.errors import ClientregError
from clientreg.servers.embedded.provider import (
    account,
    authorize,
    browser,
    context,
    cors,
    grants,
    logout,
    metadata,
    pages,
    trial,
    users,
)  # fmt: skip
from clientreg.servers.embedded.provider.context import here, provider
from clientreg.servers.embedded.provider.pages import Refused
from clientreg.servers.embedded.server import PATHS

if TYPE_CHECKING:
    from types import TracebackType

    from clientreg.servers.embedded.provider.context import Provider

_BODY_BYTES = 64 * 1024
_JSON = frozenset({"/token", "/revoke", "/userinfo"})
_WORDS = {
    404: ("Nothing is here", "This server has no such page."),
    405: ("Not this way", "This address takes another HTTP method."),
    413: ("Too much", "The form is larger than anything this server asks for."),
    500: ("Something broke", "This is our fault, not yours. The terminal that runs the server says more."),
}


class App(Flask):
    """Flask, but a failure goes to our log as one line, never as a traceback to the browser."""

    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """Type and place; no values, which may be codes or tokens. A failure of the world says its own words."""
        error, trace = exc_info[1], exc_info[2]
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
        words = f"{error} ({error.hint})" if isinstance(error, ClientregError) else f"{type(error).__name__} at {place}"
        self.extensions["clientreg"].log(f"error: {words}")


def make(running: Provider) -> App:
    """The application of one server."""
    app = App("clientreg.servers.embedded.provider")
    app.config.update(MAX_CONTENT_LENGTH=_BODY_BYTES, MAX_FORM_MEMORY_SIZE=_BODY_BYTES, MAX_FORM_PARTS=50)
    app.extensions["clientreg"] = running
    app.extensions["clientreg-grants"] = grants.server()
    app.before_request(_own_host)
    app.before_request(cors.preflight)
    app.after_request(_finish)
    app.teardown_request(lambda _: context.close())
    app.register_error_handler(Refused, pages.refused)
    app.register_error_handler(OAuth2Error, _oauth_error)
    app.register_error_handler(HTTPException, _http_error)
    for rule, method, view in _routes():
        app.add_url_rule(rule, f"{method} {rule}", view, methods=method.split("|"), provide_automatic_options=False)
    return app


def _routes() -> list[tuple[str, str, Any]]:
    return [
        ("/", "GET", _home),
        ("/style.css", "GET", lambda: _file("style.css", "text/css; charset=utf-8")),
        ("/icon.svg", "GET", lambda: _file("icon.svg", "image/svg+xml")),
        ("/.well-known/openid-configuration", "GET", _discovery),
        ("/.well-known/oauth-authorization-server", "GET", _discovery),
        ("/jwks.json", "GET", _jwks),
        ("/authorize", "GET|POST", authorize.authorize),
        ("/sign-in", "GET", authorize.sign_in),
        ("/sign-in", "POST", authorize.signed_in),
        ("/consent", "GET", authorize.consent),
        ("/consent", "POST", authorize.consented),
        ("/try/<path:client_id>", "GET", trial.start),
        ("/token", "POST", _token),
        ("/revoke", "POST", _revoke),
        ("/userinfo", "GET|POST", _userinfo),
        ("/logout", "GET|POST", logout.logout),
        ("/logout/confirm", "POST", logout.confirmed),
        ("/account", "GET", account.account),
        ("/account/revoke", "POST", account.take_back),
        ("/account/sign-out", "POST", logout.everywhere_here),
    ]


def _own_host() -> Response | None:
    """Refuse another Host: a page elsewhere whose name was pointed here (DNS rebinding) must not reach this server."""
    sent, own = request.headers.get("Host", "").lower(), provider().issuer.partition("://")[2]
    if sent.removesuffix(":80") == own.removesuffix(":80"):
        return None
    text = f"This server answers as {provider().issuer} only.\n"
    return Response(text, status=421, content_type="text/plain; charset=utf-8")


def _finish(response: Response) -> Response:
    browser.save(response)
    pages.harden(response)
    cors.label(response)
    rule = request.url_rule.rule if request.url_rule else "(no such page)"
    provider().log(f"{request.method if request.url_rule else '-'} {rule} {response.status_code}")
    return response


def _home() -> Response:
    pages.stay()
    return pages.page("home.html", endpoints=PATHS)


def _file(name: str, content_type: str) -> Response:
    return Response(files(__package__).joinpath("templates", name).read_bytes(), content_type=content_type)


def _discovery() -> Response:
    return jsonify(metadata.document(provider().issuer, tuple(provider().scopes)))


def _jwks() -> Response:
    return jsonify(provider().key.public())


def _token() -> Response:
    if not request.form.get("grant_type"):
        raise OAuth2Error("grant_type is missing", error="invalid_request")
    return _from_client(lambda server: server.create_token_response())


def _revoke() -> Response:
    return _from_client(lambda server: server.create_endpoint_response("revocation"))


def _from_client(act: Any) -> Response:
    """A client's own call: parameters in the body, each once (RFC 6749 section 3.2)."""
    if request.args or any(len(values) > 1 for values in request.form.to_dict(flat=False).values()):
        raise OAuth2Error("Parameters belong in the body, each once", error="invalid_request")
    response = act(current_app.extensions["clientreg-grants"])
    assert isinstance(response, Response)
    return response


def _userinfo() -> Response:
    """Claims by scope (OpenID Connect Core section 5.3); errors as RFC 6750 section 3 has them."""
    bearer = request.authorization
    text = bearer.token if bearer is not None and bearer.type == "bearer" else request.form.get("access_token")
    if not text:
        return _challenge(401, None)
    token = here().issued.access(text)
    client = here().client(token.family.client_id) if token is not None else None
    if client is not None:
        cors.admit(client)
    user = users.by_sub(token.family.sub or "") if token is not None and client is not None else None
    if token is None or client is None or (user is None and token.family.sub):
        return _challenge(401, "invalid_token")
    scopes = frozenset(token.scope.split())
    if user is None or "openid" not in scopes:
        return _challenge(403, "insufficient_scope")
    return jsonify(users.claims(user, scopes & set(client.texts("scopes"))))


def _challenge(status: int, error: str | None) -> Response:
    response = jsonify(error=error) if error else Response()
    response.status_code = status
    scope = ', scope="openid"' if error == "insufficient_scope" else ""
    response.headers["WWW-Authenticate"] = 'Bearer realm="clientreg"' + (f', error="{error}"{scope}' if error else "")
    return response


def _oauth_error(error: OAuth2Error) -> Response:
    status, body, headers = error()
    response = jsonify(body)
    response.status_code = status
    for name, value in headers:
        response.headers[name] = value
    return response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if request.path in _JSON:
        response = jsonify(error="invalid_request" if status < 500 else "server_error")
        response.status_code = status
    else:
        title, detail = _WORDS.get(status, ("This request cannot be answered", "It is not as HTTP has it."))
        response = pages.refused(Refused(title, detail, status=status))
    allowed = dict(error.get_headers()).get("Allow")
    if allowed is not None:
        response.headers["Allow"] = ", ".join(sorted(allowed.split(", ")))
    return response
