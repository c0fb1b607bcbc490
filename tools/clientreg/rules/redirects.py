"""Whether a redirect URI is there: who must have one, who may not, and what the defaults mean."""

from __future__ import annotations

from collections.abc import Iterator

from clientreg.defaults import WEB_DEFAULT_REDIRECT_URI, application_type_of
from clientreg.jsonvalue import shown
from clientreg.model import Registration
from clientreg.rules import ERROR, WARNING, Breach, Context, addresses, by_class, rule
from clientreg.rules.addresses import REDIRECTS
from clientreg.rules.features import Feature
from clientreg.rules.grants import has_unknown
from clientreg.rules.kinds import native, web
from clientreg.values.uri import DANGEROUS_SCHEMES, parse

CHOOSING = 'Required registration details, "Choosing a redirect URI"'


@rule(
    "CR240",
    ERROR,
    title="client that redirects users has no redirect URI",
    needs=(Feature.NO_REDIRECT_URI,),
    also=("redirect_uris", "grant_types"),
    bad="""
        platform: linux-desktop
        client_type: public
        redirect_uris: []  # <-
    """,
    good="""
        platform: linux-desktop
        client_type: public
        redirect_uris: ["http://127.0.0.1/callback", "http://[::1]/callback"]
    """,
    refs=(CHOOSING, "OpenID Connect Registration 1.0 section 2"),
)
def missing(registration: Registration, context: Context) -> Iterator[Breach]:
    """The authorization code has to be delivered somewhere.

    Android, iOS, Windows Phone, macOS, Windows and web clients get a default; every other platform must choose, and
    nobody may choose an empty list.
    """
    if registration.redirect_uris or not registration.signs_users_in or registration.platform == "service":
        return
    expected = application_type_of(registration.platform)
    if expected and expected != registration.application_type:
        return
    stated = "redirect_uris" in registration.given
    own = "http://127.0.0.1/callback" if native(registration) else addresses.own_callback(registration, context)
    yield Breach(
        ("redirect_uris",),
        "redirect_uris is empty" if stated else f"platform {registration.platform!r} has no default redirect URI",
        f"write redirect_uris: [{own}]",
    )


@rule(
    "CR241",
    ERROR,
    title="service has a redirect URI",
    fields=REDIRECTS,
    needs=(Feature.SERVICE,),
    bad="""
        platform: service
        redirect_uris: [https://www.acme.example/callback]  # <-
    """,
    good="""
        platform: service
        client_type: confidential
    """,
    refs=("RFC 6749 section 4.4", "RFC 9700 section 2.1"),
)
def service_redirect(registration: Registration, context: Context) -> Iterator[Breach]:
    """No user is redirected to a service: it gets its tokens with the client credentials grant.

    An address that nobody uses is one more that an attacker may.
    """
    if registration.platform == "service":
        for field in REDIRECTS:
            if getattr(registration, field):
                yield Breach((field,), f"a service redirects nobody, so {field} is of no use", f"leave {field} out")


@rule(
    "CR242",
    WARNING,
    title="redirect URI without a grant that redirects",
    fields=REDIRECTS,
    needs=(Feature.REDIRECTS_NOBODY,),
    also=("grant_types",),
    bad="""
        platform: tv
        application_type: native
        client_type: public
        grant_types: ["urn:ietf:params:oauth:grant-type:device_code"]
        redirect_uris: ["http://127.0.0.1/callback"]  # <-
    """,
    good="""
        platform: tv
        application_type: native
        client_type: public
        grant_types: ["urn:ietf:params:oauth:grant-type:device_code"]
    """,
    refs=("RFC 8628 section 3.1", "RFC 9700 section 2.1"),
)
def unused(registration: Registration, context: Context) -> Iterator[Breach]:
    """Only the authorization code and implicit grants send a browser back; with others the address is dead weight."""
    if registration.signs_users_in or registration.platform == "service" or has_unknown(registration.grant_types):
        return
    for field in REDIRECTS:
        if getattr(registration, field):
            grants = ", ".join(registration.grant_types) or "none"
            yield Breach(
                (field,),
                f"{field} is of no use: no browser is redirected with {shown(grants)}",
                f"leave {field} out, or add authorization_code to grant_types",
            )


@rule(
    "CR243",
    by_class(test=None, production=ERROR),
    title="default redirect URI of web clients in production",
    needs=(Feature.WEB, Feature.DEFAULT_REDIRECT_URI),
    also=("redirect_uris", "grant_types", "environment"),
    bad="""
        platform: web
        environments:
          test: {}
          production: {}  # <-
    """,
    good="""
        platform: web
        environments:
          test: {}
          production: {redirect_uris: [https://www.acme.example/connect/oauth2callback]}
    """,
    refs=(CHOOSING,),
)
def default_in_production(registration: Registration, context: Context) -> Iterator[Breach]:
    """A web client that chooses no redirect URI gets one on localhost, which is just for testing.

    In production a redirect URI with https on a host of its own should be used.
    """
    if "redirect_uris" in registration.given or not web(registration):
        return
    if registration.redirect_uris == (WEB_DEFAULT_REDIRECT_URI,) and context.environment:
        yield Breach(
            ("environments", context.environment.name),
            f"no redirect_uris, so users are sent to the default for tests, {WEB_DEFAULT_REDIRECT_URI}",
            f"write redirect_uris: [https://{addresses.own_host(registration, context)}/connect/oauth2callback]",
        )


@rule(
    "CR244",
    ERROR,
    title="client id cannot be the scheme of the default redirect URI",
    fields=("client_id",),
    needs=(Feature.NATIVE, Feature.DEFAULT_REDIRECT_URI),
    also=("redirect_uris", "grant_types"),
    bad="""
        platform: android
        client_id: acme_shop  # <-
    """,
    good="""
        platform: android
        client_id: acme_shop
        redirect_uris: [com.acme.shop:/oauth2callback]
    """,
    refs=(CHOOSING, "RFC 3986 section 3.1"),
)
def id_is_no_scheme(registration: Registration, context: Context) -> Iterator[Breach]:
    """The default is `<client-id>://connect/oauth2callback`.

    A scheme starts with a letter and goes on with letters, digits, plus, minus and period; it is not one that browsers
    keep for themselves.
    """
    if "redirect_uris" in registration.given or not native(registration):
        return
    for text in registration.redirect_uris:
        default = parse(text)
        if default.flaw or default.web or default.scheme == "urn" or default.scheme in DANGEROUS_SCHEMES:
            yield Breach(
                ("client_id",),
                f"{shown(registration.client_id)} is no URI scheme, so the default {shown(text)} leads nowhere",
                f"write redirect_uris with a scheme of your own: [com.{registration.organization}.app:/oauth2callback]",
            )


@rule(
    "CR252",
    WARNING,
    title="redirect URI has no path",
    fields=("redirect_uris",),
    needs=(Feature.NO_PATH,),
    profiles={"oauth2.1": ERROR},
    bad="""
        platform: web
        redirect_uris: [https://www.acme.example]  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback, https://app.acme.example/]
    """,
    refs=("RFC 9700 section 2.1", "RFC 3986 section 6.2.3"),
)
def no_path(registration: Registration, context: Context) -> Iterator[Breach]:
    """Libraries add the slash that is missing here, and servers compare letter by letter: logins fail for some."""
    for address in addresses.sound(registration, ("redirect_uris",)):
        uri = address.uri
        if not uri.path and uri.fragment is None and (uri.web or uri.host is None):
            instead = f"{uri.origin}/callback" if uri.web else f"{uri.scheme}:/oauth2callback"
            yield Breach(address.path, f"{shown(uri.text)} has no path", f"write the whole address, such as {instead}")
