"""What an answer of an authorization or logout endpoint says about a URI. The URI is compared, never followed."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from clientreg.defaults import OOB
from clientreg.http import Answer
from clientreg.values.uri import resolved
from clientreg.verify.result import Heard, Reply

_REFUSALS = frozenset({400, 401, 403, 422})


def reply(answer: Answer, uri: str) -> Reply:
    """The answer to a request that names `uri`.

    A server that accepts it sends the browser there, if only with an error; one that does not must never (RFC 6749
    section 4.1.2.1). The out-of-band addresses are shown on a page of the server's own.
    """
    location = answer.location if 300 <= answer.status < 400 else None
    error = _error(location) if location else None
    if location is not None and _leads(location, uri):
        return Reply(Heard.ACCEPTED, answer.status, error)
    if uri in OOB and answer.status < 400:
        return Reply(Heard.ACCEPTED, answer.status, error)
    if answer.status in _REFUSALS or error is not None:
        return Reply(Heard.REFUSED, answer.status, error)
    return Reply(Heard.PAGE if 200 <= answer.status < 400 else Heard.UNCLEAR, answer.status)


def _leads(location: str, uri: str) -> bool:
    """Whether a `Location` is the URI, or begins with it and goes on with parameters."""
    starts = {uri, resolved(uri)}
    return any(
        place.startswith(start) and place[len(start) : len(start) + 1] in {"", "?", "&", "#"}
        for place in (location, resolved(location))
        for start in starts
    )


def _error(location: str) -> str | None:
    """The error that stands in the parameters of a redirect (RFC 6749 section 4.1.2.1)."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return None
    named = parse_qs(parts.query) or parse_qs(parts.fragment)
    return named.get("error", [None])[0]
