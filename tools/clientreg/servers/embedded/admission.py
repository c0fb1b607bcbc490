"""Which clients the embedded server admits: its own judgement of client metadata, as any authorization server has one.

It shares no code with the linter, so that each can find the other wrong. It refuses what it cannot do and what would
make its own answers dangerous; what is merely unwise (http for a web client in a test environment) is the linter's.
"""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from clientreg.jsonvalue import shown
from clientreg.servers.embedded.forms import FORMS
from clientreg.servers.embedded.metadata import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from clientreg.jsonvalue import Json, JsonObject

OOB = frozenset({"urn:ietf:wg:oauth:2.0:oob", "urn:ietf:wg:oauth:2.0:oob:auto"})
DANGEROUS_SCHEMES = frozenset({"javascript", "vbscript", "data", "blob", "file", "about"})
"""Schemes that run or read something on the user's side instead of handing a code to an app."""

_URI = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>[^\x00-\x20\x7f-\xa0\ud800-\udfff\\\"<>^`{|}]*)")
"""RFC 3986 section 4.3, with letters of any script (RFC 3987); no character that a browser or a parser rewrites."""


class Refused(Exception):  # noqa: N818 - a judgement, not a failure
    """The server does not admit this client: an error name of RFC 7591 section 3.2.2, and the reason."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


def admit(payload: JsonObject, *, has_secret: bool) -> None:
    """Return if the client may be stored, else raise `Refused`. `payload` is settled: every member is present."""
    _only_known_members(payload)
    for name, (fits, expected) in FORMS.items():
        if not fits(payload[name]):
            raise _metadata(f"{name} {expected}, not {shown(payload[name])}")
    _authentication(payload, has_secret=has_secret)
    _flows(payload)
    for uri in _texts(payload["redirect_uris"]):
        _redirect_uri(uri, native=payload["application_type"] == "native")
    for uri in _texts(payload["post_logout_redirect_uris"]):
        _whole("post_logout_redirect_uris", uri, _metadata)
    if isinstance(called := payload["backchannel_logout_uri"], str):
        _web("backchannel_logout_uri", _whole("backchannel_logout_uri", called, _metadata))
    for name, uri in _links(payload):
        _web(name, _location(name, uri, _metadata))


def _only_known_members(payload: JsonObject) -> None:
    unknown = sorted(payload.keys() - DEFAULTS.keys())
    missing = sorted(DEFAULTS.keys() - payload.keys())
    if unknown:
        raise _metadata(f"unknown member {shown(unknown[0])}")
    if missing:
        raise _metadata(f"{missing[0]} is missing")


def _authentication(payload: JsonObject, *, has_secret: bool) -> None:
    """A public client has nothing to prove itself with; a confidential one always does (RFC 6749 section 2.1)."""
    method, public = payload["token_endpoint_auth_method"], payload["client_type"] == "public"
    if public != (method == "none"):
        raise _metadata(f"token_endpoint_auth_method {method!r} does not fit a {payload['client_type']} client")
    if has_secret and public:
        raise _metadata("a public client holds no secret")
    if not has_secret and not public:
        raise _metadata(f"token_endpoint_auth_method {method!r} needs a client secret")
    if public and "client_credentials" in _texts(payload["grant_types"]):
        raise _metadata("the client credentials grant is for confidential clients (RFC 6749 section 4.4)")


def _flows(payload: JsonObject) -> None:
    """Grants and response types say the same thing twice (RFC 7591 section 2.1)."""
    redirects = "authorization_code" in _texts(payload["grant_types"])
    if redirects != ("code" in _texts(payload["response_types"])):
        raise _metadata("response_types has code exactly where grant_types has authorization_code")
    if redirects and not payload["redirect_uris"]:
        raise Refused("invalid_redirect_uri", "the authorization code grant needs a redirect URI")


def _redirect_uri(uri: str, *, native: bool) -> None:
    """Where codes are sent. A native client may use claimed https (RFC 8252 section 7.2), and http on loopback only;
    a web client may use http on any host, because this server is for trying out.
    """
    scheme = _whole("redirect_uris", uri, _redirect)
    if not native and scheme not in {"http", "https"}:
        raise _redirect(f"{shown(uri)}: a web client is sent to an http or https address")
    if native and scheme == "http" and not _is_loopback(urlsplit(uri).hostname or ""):
        raise _redirect(f"{shown(uri)}: a native client uses http on loopback only (RFC 8252 section 7.3)")
    if scheme == "urn" and uri not in OOB:
        raise _redirect(
            f"{shown(uri)}: no browser can be sent to a URN, and only the two out-of-band URNs have a page here"
        )


def _whole(name: str, uri: str, refused: Callable[[str], Refused]) -> str:
    """The scheme of an address to which something is added or sent: a fragment would take or lose it."""
    if "#" in uri:
        raise refused(f"{name}: {shown(uri)} has a fragment (RFC 6749 section 3.1.2)")
    return _location(name, uri, refused)


def _location(name: str, uri: str, refused: Callable[[str], Refused]) -> str:
    """The scheme, in lower case, of an address that a browser may be sent to."""
    match = _URI.fullmatch(uri)
    if match is None:
        raise refused(f"{name}: {shown(uri)} is no absolute URI (RFC 3986 section 4.3)")
    scheme = match["scheme"].lower()
    if scheme in DANGEROUS_SCHEMES:
        raise refused(f"{name}: scheme {scheme!r} is never called")
    if scheme in {"http", "https"} and not _has_plain_host(uri):
        raise refused(f"{name}: {shown(uri)} has no host, or a user name, port or host that is none")
    if "*" in uri.partition("?")[0]:
        raise refused(
            f"{name}: {shown(uri)} looks like a pattern; URIs are compared character by character (RFC 9700 2.1)"
        )
    return scheme


def _has_plain_host(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    return bool(parts.hostname) and "@" not in parts.netloc and port != 0


def _is_loopback(host: str) -> bool:
    """RFC 6761 section 6.3, RFC 4291 section 2.5.3, RFC 1122 section 3.2.1.3 (in any spelling that browsers read)."""
    host = host.removesuffix(".")
    if host in {"localhost", "::1"} or host.endswith(".localhost"):
        return True
    try:
        return socket.inet_aton(host)[0] == 127
    except (OSError, UnicodeError):
        return False


def _web(name: str, scheme: str) -> None:
    if scheme not in {"http", "https"}:
        raise _metadata(f"{name}: {scheme!r} is not http or https")


def _links(payload: JsonObject) -> list[tuple[str, str]]:
    """Every address that users can be shown as a link, with the member that it stands in."""
    names = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
    found = [(name, uri) for name in names if isinstance(uri := payload[name], str)]
    localized = payload["localized"]
    if isinstance(localized, dict):
        found += [(key, str(uri)) for key, uri in localized.items() if not key.startswith("client_name#")]
    return found


def _texts(value: Json) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _metadata(description: str) -> Refused:
    return Refused("invalid_client_metadata", description)


def _redirect(description: str) -> Refused:
    return Refused("invalid_redirect_uri", description)
