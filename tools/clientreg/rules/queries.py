"""What the query of an address holds."""

from __future__ import annotations

from collections.abc import Iterator

from clientreg.jsonvalue import shown
from clientreg.model import Registration
from clientreg.rules import ERROR, Breach, Context, addresses, rule
from clientreg.rules.addresses import REDIRECTS
from clientreg.rules.features import Feature

_ANSWER = {
    "redirect_uris": frozenset({"code", "state", "iss", "error", "error_description", "id_token", "access_token"}),
    "post_logout_redirect_uris": frozenset({"state"}),
}
"""What a server adds to an address (RFC 6749 section 4.1.2, RFC 9207 section 2, RP-Initiated Logout 1.0 section 2)."""


@rule(
    "CR253",
    ERROR,
    title="redirect URI holds a parameter of the answer",
    fields=REDIRECTS,
    needs=(Feature.QUERY,),
    bad="""
        platform: web
        redirect_uris: ["https://www.acme.example/callback?state=shop"]  # <-
    """,
    good="""
        platform: web
        redirect_uris: ["https://www.acme.example/callback?shop=1"]
    """,
    refs=("RFC 6749 section 3.1.2", "RFC 6749 section 4.1.2"),
)
def answer_in_address(registration: Registration, context: Context) -> Iterator[Breach]:
    """The server adds `code`, `state` and others to the query: two of a name, and the client reads the wrong one.

    Most often the address was copied out of a browser after a login.
    """
    for address in addresses.sound(registration, REDIRECTS):
        names = [pair.partition("=")[0] for pair in (address.uri.query or "").split("&")]
        taken = [name for name in names if name in _ANSWER[address.field]]
        if taken:
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} holds {shown(taken[0])}, which the server adds to it",
                f"leave {taken[0]} out of the address, or give the parameter another name",
            )
