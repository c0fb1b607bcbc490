"""Grants and flows beyond the core: device code, CIBA, token exchange, pushed requests and bound tokens."""

from __future__ import annotations

from collections.abc import Iterator

from clientreg.jsonvalue import shown
from clientreg.model import Registration
from clientreg.rules import ERROR, INFO, WARNING, Breach, Context, rule
from clientreg.rules.features import Feature

CIBA = "urn:openid:params:grant-type:ciba"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_WITH_BROWSER = frozenset({"web", "javascript", "android", "ios", "windows-phone"})


@rule(
    "CR340",
    ERROR,
    title="CIBA for a public client",
    fields=("grant_types",),
    needs=(Feature.PUBLIC, Feature.RARE_GRANT),
    bad="""
        platform: cli
        client_type: public
        grant_types: ["urn:openid:params:grant-type:ciba"]  # <-
    """,
    good="""
        platform: web
        client_type: confidential
        grant_types: ["urn:openid:params:grant-type:ciba"]
    """,
    refs=("OpenID Connect CIBA Core 1.0 section 7.1",),
)
def public_ciba(registration: Registration, context: Context) -> Iterator[Breach]:
    """The client rings a user's phone and asks for consent. It must authenticate for that, or anybody could make the
    phones of all users ring in its name until one of them says yes.
    """
    if registration.public and registration.platform != "service":
        yield from _grant(
            registration,
            CIBA,
            "is for clients that authenticate, and this one is public",
            "leave it out, or register the server part as a confidential client",
        )


@rule(
    "CR341",
    WARNING,
    title="token exchange for a public client",
    fields=("grant_types",),
    needs=(Feature.PUBLIC, Feature.RARE_GRANT),
    profiles={"fapi2": ERROR},
    bad="""
        platform: cli
        client_type: public
        grant_types:
          - authorization_code
          - urn:ietf:params:oauth:grant-type:token-exchange  # <-
    """,
    good="""
        platform: web
        client_type: confidential
        grant_types: [authorization_code, "urn:ietf:params:oauth:grant-type:token-exchange"]
    """,
    refs=("RFC 8693 section 2.1", "RFC 8693 section 5"),
)
def public_exchange(registration: Registration, context: Context) -> Iterator[Breach]:
    """Whoever gets hold of one token could turn it into others, for other services, in the name of this client.
    Nothing else has to be proved.
    """
    if registration.public and registration.platform != "service":
        yield from _grant(
            registration,
            EXCHANGE,
            "turns whatever token is found into others, since nothing proves who asks",
            "leave it out, or let a confidential client on a server exchange tokens",
        )


@rule(
    "CR342",
    INFO,
    title="device code grant where there is a browser",
    fields=("grant_types",),
    needs=(Feature.RARE_GRANT,),
    profiles={"bcp": WARNING, "oauth2.1": WARNING, "fapi2": WARNING},
    bad="""
        platform: ios
        grant_types:
          - authorization_code
          - urn:ietf:params:oauth:grant-type:device_code  # <-
    """,
    good="""
        platform: tv
        application_type: native
        grant_types: ["urn:ietf:params:oauth:grant-type:device_code"]
    """,
    refs=("RFC 8628 section 1", "RFC 8628 section 5.4"),
)
def device_with_browser(registration: Registration, context: Context) -> Iterator[Breach]:
    """The grant is for devices without a browser or keyboard. Users type a code that somebody shows them, and cannot
    see whose device they let in: where a redirect is possible, an attacker gains a way in and nobody else does.
    """
    if registration.platform in _WITH_BROWSER:
        yield from _grant(
            registration,
            DEVICE,
            f"lets users be talked into a code, and {shown(registration.platform)} has a browser to redirect",
            "leave it out and use authorization_code; a device without a browser is a client of platform tv or cli",
        )


def _grant(registration: Registration, grant: str, why: str, instead: str) -> Iterator[Breach]:
    if grant in registration.grant_types:
        index = registration.grant_types.index(grant)
        yield Breach(("grant_types", index), f"{shown(grant.rpartition(':')[2])} {why}", instead)


@rule(
    "CR343",
    ERROR,
    title="bound access tokens with a response that holds one",
    fields=("dpop_bound_access_tokens",),
    needs=(Feature.UNEVEN,),
    also=("response_types", "grant_types"),
    bad="""
        platform: web
        grant_types: [implicit]
        response_types: [id_token token]
        redirect_uris: [https://www.acme.example/callback]
        dpop_bound_access_tokens: true  # <-
        waivers:
          - {rule: CR325, reason: An old library cannot do without it, expires: 2026-07-31}
    """,
    good="""
        platform: web
        dpop_bound_access_tokens: true
    """,
    refs=("RFC 9449 section 5", "RFC 9449 section 5.2"),
)
def unbound_response(registration: Registration, context: Context) -> Iterator[Breach]:
    """A token is bound to the key that signs the token request. One that comes back in the address was never asked
    for in such a request, so nothing can bind it.
    """
    if registration.dpop_bound_access_tokens:
        name = next((name for name in registration.response_types if "token" in name.split()), None)
        if name:
            yield Breach(
                ("dpop_bound_access_tokens",),
                f"{shown(name)} hands out access tokens that no key is bound to",
                "write response_types: [code], or leave dpop_bound_access_tokens out",
            )


@rule(
    "CR344",
    WARNING,
    title="pushed requests are required where there are none",
    fields=("require_pushed_authorization_requests",),
    needs=(Feature.REDIRECTS_NOBODY,),
    also=("grant_types",),
    bad="""
        platform: service
        require_pushed_authorization_requests: true  # <-
    """,
    good="""
        platform: service
        dpop_bound_access_tokens: true
    """,
    refs=("RFC 9126 section 6",),
)
def nothing_to_push(registration: Registration, context: Context) -> Iterator[Breach]:
    """What is pushed is the request that a browser would carry, and with these grants no browser is sent anywhere."""
    if registration.require_pushed_authorization_requests and not registration.signs_users_in:
        yield Breach(
            ("require_pushed_authorization_requests",),
            "require_pushed_authorization_requests is of no use: this client redirects nobody",
            "leave it out, or add authorization_code to grant_types",
        )
