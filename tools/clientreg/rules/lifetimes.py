"""How long tokens live: long enough to be of use, short enough to be of none to whoever finds one."""

from __future__ import annotations

from collections.abc import Iterator

from clientreg.model import Registration
from clientreg.rules import INFO, WARNING, Breach, Context, rule
from clientreg.values.lifetime import seconds

_HOUR = 3_600


@rule(
    "CR338",
    WARNING,
    title="refresh token ends before the access token",
    fields=("refresh_token_lifetime",),
    also=("access_token_lifetime", "grant_types"),
    bad="""
        platform: web
        access_token_lifetime: 30m
        refresh_token_lifetime: 10m  # <-
    """,
    good="""
        platform: web
        access_token_lifetime: 10m
        refresh_token_lifetime: 14d
    """,
    refs=("RFC 6749 section 1.5",),
)
def ends_first(registration: Registration, context: Context) -> Iterator[Breach]:
    """When the access token has ended, so has what would renew it: the refresh token is never used. Most often the
    two values, or their units, were mixed up.
    """
    access, refresh = registration.access_token_lifetime, registration.refresh_token_lifetime
    if not access or not refresh or "refresh_token" not in registration.grant_types:
        return
    if (seconds(refresh) or 0) <= (seconds(access) or 0):
        yield Breach(
            ("refresh_token_lifetime",),
            f"refresh tokens live {refresh}, and access tokens {access}",
            "write a longer time, or leave refresh_token_lifetime out",
        )


@rule(
    "CR339",
    INFO,
    title="access token lives longer than an hour",
    fields=("access_token_lifetime",),
    also=("dpop_bound_access_tokens", "grant_types"),
    profiles={"bcp": WARNING, "oauth2.1": WARNING, "fapi2": WARNING},
    bad="""
        platform: web
        access_token_lifetime: 12h  # <-
    """,
    good="""
        platform: web
        access_token_lifetime: 1h
        refresh_token_lifetime: 12h
    """,
    refs=("RFC 6750 section 5.3", "RFC 9700 section 2.2.1"),
)
def long_lived(registration: Registration, context: Context) -> Iterator[Breach]:
    """Whoever finds a bearer token can use it until it ends, and most services cannot take one back. An hour or less
    is enough where a refresh token brings the next one.
    """
    lifetime = registration.access_token_lifetime
    if lifetime and (seconds(lifetime) or 0) > _HOUR and not registration.dpop_bound_access_tokens:
        yield Breach(
            ("access_token_lifetime",),
            f"an access token that is found or stolen can be used for {lifetime}",
            "write 1h or less, and let the client renew it"
            + (" with its refresh token" if "refresh_token" in registration.grant_types else ""),
        )
