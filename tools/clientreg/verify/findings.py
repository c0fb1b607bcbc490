"""What is not as the files say, in words, with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from clientreg.jsonvalue import Json, shown, whole
from clientreg.verify.result import Asked, Found, Offer, Probe, Reply

_WHAT = {
    "scopes_supported": "scope",
    "grant_types_supported": "grant",
    "response_types_supported": "response type",
    "token_endpoint_auth_methods_supported": "authentication method",
    "code_challenge_methods_supported": "PKCE method",
}
_MOST = 3


def about_server(document: Mapping[str, Json], issuer: str, offers: Sequence[Offer]) -> Iterator[Found]:
    """An issuer that is another one (OpenID Connect Discovery section 4.3), and what clients need and do not get."""
    named = document.get("issuer")
    if named != issuer:
        message = f"its discovery document names another issuer, {shown(named, 200)}"
        yield Found(None, None, message, f"clients refuse that: whoever asks at {issuer} must find it named there")
    for offer in offers:
        if not offer.offered:
            yield Found(None, None, _not_offered(offer), "add it to the server, or take it out of the clients' files")


def about_client(asked: Asked) -> Iterator[Found]:
    """URIs that are refused, and URIs near them that are not."""
    if asked.probes and all(probe.accepted is False for probe in asked.probes):
        message = f"none of its URIs is accepted ({_answer(asked.probes[0].reply)})"
        yield Found(asked.client_id, asked.source, message, "the server may not know it, or have it disabled")
    else:
        yield from (_refused(asked, probe) for probe in asked.probes if probe.accepted is False)
    yield from (_admitted(asked, probe) for probe in asked.probes if probe.refused is False)


def _refused(asked: Asked, probe: Probe) -> Found:
    message = f"{probe.field}: {whole(probe.uri)} is refused ({_answer(probe.reply)})"
    hint = "the server holds another list than the file"
    if not any(other.accepted for other in asked.probes if other.field == probe.field):
        hint += (
            ", or has the client disabled"  # Keycloak sends users of a disabled client away after logout all the same
        )
    return Found(asked.client_id, asked.source, message, hint)


def _admitted(asked: Asked, probe: Probe) -> Found:
    message = f"{probe.field}: {whole(str(probe.near))} is accepted, and no file registers it"
    return Found(asked.client_id, asked.source, message, "the server holds more than the file, such as a wildcard")


def _not_offered(offer: Offer) -> str:
    some = ", ".join(offer.clients[:_MOST]) + (", ..." if len(offer.clients) > _MOST else "")
    needed = f"needed by {len(offer.clients):,} {'client' if len(offer.clients) == 1 else 'clients'}: {some}"
    if offer.member not in _WHAT:
        return f"its discovery document names no {offer.member}, {needed}"
    return f"its discovery document does not offer {_WHAT[offer.member]} {shown(offer.value)}, {needed}"


def _answer(reply: Reply) -> str:
    return f"{reply.status} {shown(reply.error)}" if reply.error else str(reply.status)
