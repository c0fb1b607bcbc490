"""What clients need of a server, beside what its discovery document offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from clientreg.jsonvalue import Json
from clientreg.model import Registration
from clientreg.verify.result import LOGOUT, REDIRECT, Offer

_ABSENT: Mapping[str, tuple[str, ...]] = {
    "grant_types_supported": ("authorization_code", "implicit"),
    "token_endpoint_auth_methods_supported": ("client_secret_basic",),
    "code_challenge_methods_supported": (),
}
"""What it means that a document leaves a member out (RFC 8414 section 2); of others that means nothing."""


def offers(document: Mapping[str, Json], registrations: Sequence[Registration]) -> tuple[Offer, ...]:
    """Each value that a client needs, once, with the clients that need it; what cannot be told is left out."""
    needed: dict[tuple[str, str], list[str]] = {}
    for one in registrations:
        for need in _needs(one):
            needed.setdefault(need, []).append(one.client_id)
    made = (_offer(document, *need, tuple(clients)) for need, clients in sorted(needed.items()))
    return tuple(one for one in made if one is not None)


def _needs(one: Registration) -> Iterator[tuple[str, str]]:
    for member, values in (
        ("scopes_supported", one.scopes),
        ("grant_types_supported", one.grant_types),
        ("response_types_supported", one.response_types),
    ):
        yield from ((member, value) for value in values)
    if not one.public:  # servers differ in whether `none` is a method
        yield "token_endpoint_auth_methods_supported", one.token_endpoint_auth_method
    if "authorization_code" in one.grant_types and one.require_pkce:
        yield "code_challenge_methods_supported", "S256"
    if one.redirect_uris:
        yield "authorization_endpoint", REDIRECT
    if one.post_logout_redirect_uris:
        yield "end_session_endpoint", LOGOUT


def _offer(document: Mapping[str, Json], member: str, value: str, clients: tuple[str, ...]) -> Offer | None:
    said = document.get(member)
    if member.endswith("_endpoint"):
        return Offer(member, "", isinstance(said, str), clients)
    listed = said if isinstance(said, list) else _ABSENT.get(member)
    if listed is None:
        return None
    return Offer(member, value, any(_same(member, value, one) for one in listed), clients)


def _same(member: str, value: str, listed: Json) -> bool:
    """The words of a response type have no order (OAuth 2.0 Multiple Response Types section 3)."""
    if member == "response_types_supported" and isinstance(listed, str):
        return sorted(value.split()) == sorted(listed.split())
    return value == listed
