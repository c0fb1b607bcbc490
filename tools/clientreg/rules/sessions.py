"""Single sign-on: when it is of use, what it needs, and which clients can share a session."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clientreg.jsonvalue import shown
from clientreg.model import Registration
from clientreg.rules import ERROR, INFO, WARNING, Breach, Context, addresses, rule
from clientreg.rules.features import Feature
from clientreg.rules.grants import has_unknown
from clientreg.rules.kinds import native, web
from clientreg.rules.scopes import users_sign_in

OPTIONAL = 'Required registration details, "Optional"'
_SSO = 'CONNECT documentation, "Single sign-on"'
_ABOVE_ONE = re.compile(r"(?:.*[^0-9])?0*(?:[2-9]|[1-9][0-9])")
_SESSION_FIELDS = (
    "single_sign_on",
    "stay_logged_in",
    "browser",
    "backchannel_logout_uri",
    "frontchannel_logout_uri",
    "initiate_login_uri",
)


@rule(
    "CR401",
    ERROR,
    title="web client with single sign-on has no post-logout redirect URI",
    fields=("single_sign_on",),
    needs=(Feature.WEB, Feature.NO_WAY_BACK),
    also=("post_logout_redirect_uris", "grant_types"),
    bad="""
        platform: web
        single_sign_on: true  # <-
    """,
    good="""
        platform: web
        single_sign_on: true
        post_logout_redirect_uris: [https://www.acme.example/goodbye]
    """,
    refs=(OPTIONAL, "OpenID Connect RP-Initiated Logout 1.0 section 2"),
)
def no_post_logout(registration: Registration, context: Context) -> Iterator[Breach]:
    """Logging out ends the shared session at the server, in the browser; the user has to come back from there.

    A native client logs out with an access token and needs none.
    """
    if registration.post_logout_redirect_uris or not web(registration):
        return
    if registration.single_sign_on and registration.signs_users_in:
        yield Breach(
            ("post_logout_redirect_uris",),
            "single_sign_on is on, but users cannot come back after logging out",
            f"write post_logout_redirect_uris: [https://{addresses.own_host(registration, context)}/]",
            default=("single_sign_on",),
        )


@rule(
    "CR402",
    WARNING,
    title="single sign-on in a web view",
    fields=("browser",),
    needs=(Feature.NATIVE,),
    also=("single_sign_on",),
    profiles={"oauth2.1": ERROR, "fapi2": ERROR},
    bad="""
        platform: android
        browser: webview  # <-
        single_sign_on: true
    """,
    good="""
        platform: android
        browser: in-app-tab
        single_sign_on: true
    """,
    refs=(OPTIONAL, "RFC 8252 section 8.12"),
)
def web_view(registration: Registration, context: Context) -> Iterator[Breach]:
    """Cookies of a web view are sandboxed per application, so there is no session to share; and the app could read
    what users type.
    """
    if registration.browser == "webview" and registration.single_sign_on and native(registration):
        yield Breach(
            ("browser",),
            "a web view shares no cookies with other apps, so single_sign_on has no effect",
            "use browser: in-app-tab (Custom Tabs, Safari View Controller) or browser: system",
        )


@rule(
    "CR409",
    INFO,
    title="users sign in inside a web view",
    fields=("browser",),
    needs=(Feature.NATIVE, Feature.SEPARATE_SIGN_ON),
    also=("single_sign_on", "grant_types"),
    profiles={"bcp": WARNING, "oauth2.1": ERROR, "fapi2": ERROR},
    bad="""
        platform: ios
        browser: webview  # <-
    """,
    good="""
        platform: ios
        browser: in-app-tab
    """,
    refs=(OPTIONAL, "RFC 8252 section 8.12"),
)
def web_view_alone(registration: Registration, context: Context) -> Iterator[Breach]:
    """The app could read what users type, and users cannot see whose page they are on: they learn to give their
    password to whichever app asks.
    """
    if registration.browser != "webview" or registration.single_sign_on or not native(registration):
        return
    if registration.signs_users_in:
        yield Breach(
            ("browser",),
            "in a web view the app can read what users type into the page of the server",
            "use browser: in-app-tab (Custom Tabs, Safari View Controller) or browser: system",
        )


@rule(
    "CR403",
    INFO,
    title="web client without single sign-on",
    needs=(Feature.WEB, Feature.SEPARATE_SIGN_ON),
    also=("single_sign_on", "grant_types"),
    bad="""
        platform: web
        single_sign_on: false  # <-
    """,
    good="""
        platform: web
        single_sign_on: true
        post_logout_redirect_uris: [https://www.acme.example/]
    """,
    refs=(OPTIONAL,),
)
def no_single_sign_on(registration: Registration, context: Context) -> Iterator[Breach]:
    """Single sign-on should be used at least for web clients: users then need not authenticate for each of them."""
    if registration.single_sign_on or not web(registration) or registration.platform == "service":
        return
    if registration.signs_users_in:
        yield Breach(
            ("single_sign_on",),
            "users authenticate anew for this client, since single_sign_on is off",
            "write single_sign_on: true and post_logout_redirect_uris",
        )


@rule(
    "CR404",
    ERROR,
    title="stay_logged_in for a client that is no web application",
    fields=("stay_logged_in",),
    needs=(Feature.NATIVE,),
    bad="""
        platform: android
        stay_logged_in: true  # <-
    """,
    good="""
        platform: web
        stay_logged_in: true
    """,
    refs=(_SSO,),
)
def stay_only_web(registration: Registration, context: Context) -> Iterator[Breach]:
    """The box "stay logged in" keeps a browser's session; a native client keeps its refresh token."""
    if registration.stay_logged_in and native(registration):
        yield Breach(
            ("stay_logged_in",),
            "stay_logged_in is for web applications, and this client is native",
            "leave it out: a native client stays logged in with its refresh token",
        )


@rule(
    "CR408",
    WARNING,
    title="stay_logged_in without single sign-on",
    fields=("stay_logged_in",),
    needs=(Feature.WEB, Feature.SEPARATE_SIGN_ON),
    also=("single_sign_on", "grant_types"),
    bad="""
        platform: web
        stay_logged_in: true  # <-
        single_sign_on: false
        waivers:
          - {rule: CR403, reason: Shared machines in the library, expires: 2026-08-31}
    """,
    good="""
        platform: web
        stay_logged_in: true
        single_sign_on: true
        post_logout_redirect_uris: [https://www.acme.example/]
    """,
    refs=(_SSO,),
)
def stay_without_sharing(registration: Registration, context: Context) -> Iterator[Breach]:
    """What the box keeps is the shared session; a client that does not use it asks its users anew each time."""
    if registration.single_sign_on or not web(registration):
        return
    if registration.stay_logged_in and users_sign_in(registration):
        yield Breach(
            ("stay_logged_in",),
            "stay_logged_in has no effect while single_sign_on is off",
            "write single_sign_on: true and post_logout_redirect_uris, or leave stay_logged_in out",
        )


@rule(
    "CR405",
    ERROR,
    title="single sign-on above level of assurance 1 without stay_logged_in",
    fields=("default_acr_values",),
    needs=(Feature.WEB,),
    also=("single_sign_on", "stay_logged_in"),
    bad="""
        platform: web
        single_sign_on: true
        post_logout_redirect_uris: [https://www.acme.example/]
        default_acr_values: ["2"]  # <-
    """,
    good="""
        platform: web
        single_sign_on: true
        post_logout_redirect_uris: [https://www.acme.example/]
        default_acr_values: ["2"]
        stay_logged_in: true
    """,
    refs=(_SSO, "OpenID Connect Core 1.0 section 2"),
)
def assurance(registration: Registration, context: Context) -> Iterator[Breach]:
    """Above level 1 a session is kept only for users who chose to stay logged in; without the box they are asked
    each time.
    """
    if not web(registration) or not registration.single_sign_on or registration.stay_logged_in:
        return
    for index, value in enumerate(registration.default_acr_values):
        if _ABOVE_ONE.fullmatch(value):
            yield Breach(
                ("default_acr_values", index),
                f"{shown(value)} is above level of assurance 1, where single_sign_on needs stay_logged_in",
                "write stay_logged_in: true",
            )
            return


@rule(
    "CR406",
    ERROR,
    title="browser is named for a client that is not native",
    fields=("browser",),
    needs=(Feature.WEB,),
    bad="""
        platform: web
        browser: system  # <-
    """,
    good="""
        platform: ios
        browser: system
    """,
    refs=(OPTIONAL, "RFC 8252 section 5"),
)
def browser_of_web(registration: Registration, context: Context) -> Iterator[Breach]:
    """Only an installed app chooses which browser it opens; a web client runs in the one that the user has."""
    if registration.browser and web(registration):
        yield Breach(("browser",), f"{shown(registration.browser)} is of no use for a web client", "leave browser out")


@rule(
    "CR407",
    WARNING,
    title="sign-on setting for a client that signs nobody in",
    fields=_SESSION_FIELDS,
    needs=(Feature.REDIRECTS_NOBODY,),
    also=("grant_types",),
    bad="""
        platform: service
        single_sign_on: true  # <-
        backchannel_logout_uri: https://www.acme.example/logout  # <-
    """,
    good="""
        platform: service
        client_type: confidential
    """,
    refs=(OPTIONAL, "OpenID Connect Back-Channel Logout 1.0 section 1"),
)
def nobody_signs_in(registration: Registration, context: Context) -> Iterator[Breach]:
    """Without users there is no session to share and no logout to be told of; most likely a grant is missing."""
    grants = registration.grant_types
    if not users_sign_in(registration) and "password" not in grants and not has_unknown(grants):
        for field in _SESSION_FIELDS:
            if field in registration.given and getattr(registration, field) and _applies(registration, field):
                yield Breach((field,), f"{field} is of no use: nobody signs in with this client", f"leave {field} out")


def _applies(registration: Registration, field: str) -> bool:
    """Whether no other rule finds the field wrong for this client already."""
    return not ((field == "stay_logged_in" and native(registration)) or (field == "browser" and web(registration)))
