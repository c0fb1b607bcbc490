"""Logout: where users come back to, and how clients are told that a session has ended."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clientreg.jsonvalue import Path, shown, whole
from clientreg.model import Registration
from clientreg.rules import ERROR, INFO, WARNING, Breach, Context, addresses, rule
from clientreg.rules.features import Feature
from clientreg.rules.sessions import OPTIONAL
from clientreg.values.uri import Uri, parse

_CHANNELS = ("backchannel_logout_uri", "frontchannel_logout_uri")
_CALLBACK = re.compile(r"(?i)(?:callback|/cb|signin-oidc|/oauth2?/code(?:/[^/]*)?)/?\Z")
_BACK = "OpenID Connect Back-Channel Logout 1.0 section 2.2"
_FRONT = "OpenID Connect Front-Channel Logout 1.0 section 2"


@rule(
    "CR420",
    WARNING,
    title="logout session is required, but there is no logout URI",
    fields=("backchannel_logout_session_required", "frontchannel_logout_session_required"),
    also=_CHANNELS,
    bad="""
        platform: web
        backchannel_logout_session_required: true  # <-
    """,
    good="""
        platform: web
        backchannel_logout_uri: https://www.acme.example/connect/backchannellogout
        backchannel_logout_session_required: true
    """,
    refs=(_BACK, _FRONT, OPTIONAL),
)
def session_without_uri(registration: Registration, context: Context) -> Iterator[Breach]:
    """The setting says what a logout notice must hold; without an address there is no notice. The address is what
    turns the notification on.
    """
    for channel in _CHANNELS:
        setting = channel.removesuffix("_uri") + "_session_required"
        if getattr(registration, setting) and not getattr(registration, channel):
            message, hint = f"{setting} is of no use without {channel}", f"add {channel}, or leave the setting out"
            yield Breach((channel,), message, hint, default=(setting,))


@rule(
    "CR421",
    ERROR,
    title="public client is told of logouts over plain http",
    fields=_CHANNELS,
    needs=(Feature.PUBLIC, Feature.HTTP),
    bad="""
        platform: javascript
        client_type: public
        backchannel_logout_uri: http://www.acme.example/connect/backchannellogout  # <-
    """,
    good="""
        platform: javascript
        client_type: public
        backchannel_logout_uri: https://www.acme.example/connect/backchannellogout
    """,
    refs=(_BACK, _FRONT),
)
def public_http(registration: Registration, context: Context) -> Iterator[Breach]:
    """The specifications allow plain http to confidential clients at most."""
    if registration.public:
        yield from _in_the_clear(registration)


@rule(
    "CR422",
    WARNING,
    title="confidential client is told of logouts over plain http",
    fields=_CHANNELS,
    needs=(Feature.CONFIDENTIAL, Feature.HTTP),
    profiles={"oauth2.1": ERROR, "fapi2": ERROR},
    bad="""
        platform: web
        client_type: confidential
        backchannel_logout_uri: http://www.acme.example/connect/backchannellogout  # <-
    """,
    good="""
        platform: web
        client_type: confidential
        backchannel_logout_uri: https://www.acme.example/connect/backchannellogout
    """,
    refs=(OPTIONAL, _BACK, _FRONT),
)
def confidential_http(registration: Registration, context: Context) -> Iterator[Breach]:
    """Typically the URI uses TLS. Whoever stands in the way can hold a notice back, and the session stays open."""
    if not registration.public:
        yield from _in_the_clear(registration)


def _in_the_clear(registration: Registration) -> Iterator[Breach]:
    for address in addresses.sound(registration, _CHANNELS):
        if address.uri.scheme == "http" and not address.uri.loopback:
            hint = f"write {whole(address.uri.over_https)}"
            yield Breach(address.path, f"{shown(address.uri.text)} is sent in the clear", hint)


@rule(
    "CR423",
    ERROR,
    title="front-channel logout URI is on another origin than the redirect URIs",
    fields=("frontchannel_logout_uri",),
    also=("redirect_uris", "grant_types"),
    bad="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
        frontchannel_logout_uri: https://logout.acme.example/  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
        frontchannel_logout_uri: https://www.acme.example/logout
    """,
    refs=(_FRONT,),
)
def front_channel_origin(registration: Registration, context: Context) -> Iterator[Breach]:
    """The page is loaded in a frame to clear the client's own cookies, which only its own origin can."""
    known = [parse(text) for text in registration.redirect_uris]
    if not registration.signs_users_in or any(uri.flaw for uri in known):
        return
    origins = [uri.origin for uri in known if uri.web]
    for address in addresses.sound(registration, ("frontchannel_logout_uri",)):
        if address.uri.web and address.uri.origin not in origins:
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} is on {address.uri.origin}, and no redirect URI is",
                f"write {_moved(address.uri, origins)}",
            )


def _moved(uri: Uri, origins: list[str]) -> str:
    return (
        f"{origins[0]}{uri.path or '/'}"
        if origins
        else "backchannel_logout_uri: a client without web pages has no cookies to clear"
    )


@rule(
    "CR424",
    INFO,
    title="address for something else is where codes arrive",
    fields=(*_CHANNELS, "initiate_login_uri", "post_logout_redirect_uris"),
    also=("redirect_uris", "grant_types"),
    bad="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
        post_logout_redirect_uris:
          - https://www.acme.example/callback  # <-
        initiate_login_uri: https://www.acme.example/callback  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback, https://www.acme.example/]
        post_logout_redirect_uris: [https://www.acme.example/]
        initiate_login_uri: https://www.acme.example/login
    """,
    refs=(_BACK, "OpenID Connect RP-Initiated Logout 1.0 section 3", "OpenID Connect Core 1.0 section 4"),
)
def callback_for_all(registration: Registration, context: Context) -> Iterator[Breach]:
    """A page that takes codes shows an error where none comes: after each logout, or at each login that starts
    elsewhere. A start page may well be both.
    """
    for path, text in _other_addresses(registration):
        if text in registration.redirect_uris and _CALLBACK.search(text) and parse(text).web:
            yield Breach(
                path,
                f"{shown(text)} is a redirect URI, where logins end",
                "write the address of the page that does this, such as the start page after a logout",
            )


def _other_addresses(registration: Registration) -> Iterator[tuple[Path, str]]:
    for index, text in enumerate(registration.post_logout_redirect_uris):
        yield ("post_logout_redirect_uris", index), text
    for field in (*_CHANNELS, "initiate_login_uri"):
        text = getattr(registration, field)
        if text:
            yield (field,), text
