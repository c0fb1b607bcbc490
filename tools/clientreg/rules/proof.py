"""What a client's proof of itself is worth: what may be asked for without one, and how long a secret must be."""

from __future__ import annotations

from collections.abc import Iterator

from clientreg.jsonvalue import shown
from clientreg.model import Registration
from clientreg.rules import ERROR, INFO, WARNING, Breach, Context, rule
from clientreg.rules.features import Feature
from clientreg.rules.scopes import available

_SECRET_OCTETS = 43
"""A secret that this registry makes: 256 random bits in base64url."""
_KEY_OCTETS = {"HS384": 48, "HS512": 64}
"""The algorithms whose keys are longer than that."""


@rule(
    "CR616",
    INFO,
    title="public client may ask for a sensitive scope",
    fields=("scopes",),
    needs=(Feature.PUBLIC, Feature.RESTRICTED_SCOPE),
    also=("client_type",),
    profiles={"bcp": WARNING, "oauth2.1": WARNING, "fapi2": WARNING},
    hint="ask for it from the client's server part, a confidential client of its own",
    bad="""
        platform: android
        scopes: [openid, id.user.email.read]  # <-
        purpose: {id.user.email.read: Receipts go to the address that the customer chooses}
    """,
    good="""
        platform: web
        client_type: confidential
        scopes: [openid, id.user.email.read]
        purpose: {id.user.email.read: Receipts go to the address that the customer chooses}
    """,
    refs=("RFC 6749 section 10.2", "RFC 9700 section 2.3", 'CONNECT documentation, "Client security measures"'),
)
def public_and_sensitive(registration: Registration, context: Context) -> Iterator[Breach]:
    """Anybody can pose as a public client: what it may see is what whoever gets hold of a user's browser may see."""
    for index, name in enumerate(registration.scopes):
        scope = context.settings.scopes.get(name)
        if scope and scope.sensitive and registration.public and available(scope, registration):
            yield Breach(("scopes", index), f"{shown(name)} is sensitive, and this client cannot prove who it is")


@rule(
    "CR626",
    ERROR,
    title="client secret is too short for the algorithm",
    fields=("id_token_signed_response_alg",),
    needs=(Feature.CONFIDENTIAL,),
    also=("token_endpoint_auth_method", "client_type"),
    hint="write RS256, or ES256, which need no secret; HS256 if it must be one",
    bad="""
        client_type: confidential
        id_token_signed_response_alg: HS512  # <-
    """,
    good="""
        client_type: confidential
        id_token_signed_response_alg: HS256
    """,
    refs=("OpenID Connect Core 1.0 section 16.19", "RFC 7518 section 3.2"),
)
def secret_is_too_short(registration: Registration, context: Context) -> Iterator[Breach]:
    """
    The secret is the key, and must be as long as what the algorithm computes; servers refuse it or fail. A client that
    brought a longer secret with it has a waiver.
    """
    algorithm = registration.id_token_signed_response_alg
    needed = _KEY_OCTETS.get(algorithm, 0)
    if needed and registration.needs_secret and not registration.public:
        message = f"{shown(algorithm)} needs a secret of {needed} characters, and the registry's have {_SECRET_OCTETS}"
        yield Breach(("id_token_signed_response_alg",), message)
