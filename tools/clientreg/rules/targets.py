"""Which kind of address may be the redirect of which client: web and native, platform by platform."""

from __future__ import annotations

from collections.abc import Iterator

from clientreg.jsonvalue import shown, whole
from clientreg.model import Registration
from clientreg.rules import ERROR, INFO, WARNING, Breach, Context, addresses, by_class, rule
from clientreg.rules.addresses import REDIRECTS, Address
from clientreg.rules.features import Feature
from clientreg.rules.kinds import native, web
from clientreg.rules.redirects import CHOOSING
from clientreg.values.uri import parse

_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})


def of_web(registration: Registration) -> Iterator[Address]:
    """The redirects of a client that runs in a browser or behind one, where they are in order as texts."""
    if web(registration) and registration.platform != "service":
        yield from addresses.sound(registration, REDIRECTS)


def of_native(registration: Registration, *fields: str) -> Iterator[Address]:
    """The redirects of an installed client, where they are in order as texts."""
    if native(registration):
        yield from addresses.sound(registration, fields or REDIRECTS)


@rule(
    "CR245",
    by_class(test=None, production=ERROR),
    title="web client is redirected to localhost in production",
    fields=REDIRECTS,
    needs=(Feature.WEB, Feature.LOOPBACK),
    profiles={"fapi2": by_class(test=WARNING, production=ERROR)},
    bad="""
        platform: web
        redirect_uris: [https://localhost/callback]  # <-
        environments: {production: {}}
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
        environments:
          test: {redirect_uris: ["http://localhost:3000/callback", https://localhost/callback]}
          production: {}
    """,
    refs=(CHOOSING, "OpenID Connect Registration 1.0 section 2"),
)
def web_loopback(registration: Registration, context: Context) -> Iterator[Breach]:
    """On localhost runs the developer's copy. In production any program on a user's machine could take the code."""
    for address in of_web(registration):
        if address.uri.loopback:
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} is on the user's own machine",
                f"move it to environments.test, and write here {addresses.own_callback(registration, context)}",
            )


@rule(
    "CR254",
    by_class(test=ERROR, production=None),
    title="tokens are sent over plain http or to localhost",
    fields=("redirect_uris", "grant_types"),
    needs=(Feature.WEB, Feature.RARE_GRANT),
    bad="""
        platform: web
        grant_types: [implicit]
        response_types: [id_token]
        redirect_uris: ["http://localhost:3000/callback"]  # <-
        waivers:
          - {rule: CR327, reason: An old library cannot do without it, expires: 2026-07-31}
    """,
    good="""
        platform: web
        grant_types: [authorization_code]
        redirect_uris: ["http://localhost:3000/callback"]
    """,
    refs=("OpenID Connect Registration 1.0 section 2",),
)
def web_implicit(registration: Registration, context: Context) -> Iterator[Breach]:
    """What comes back in the address is no code that needs a secret to be of use, but the token itself. So web
    clients with the implicit grant have https addresses only, and none on localhost; in production no client has.
    """
    if not web(registration) or registration.platform == "service" or "implicit" not in registration.grant_types:
        return
    for index, text in enumerate(registration.redirect_uris):
        uri = parse(text)
        if uri.flaw is None and uri.web and (uri.scheme == "http" or uri.loopback):
            yield Breach(
                ("redirect_uris", index),
                f"{shown(text)} gets tokens in the address, by the grant implicit",
                "write grant_types: [authorization_code], or redirect to "
                f"{addresses.own_callback(registration, context)}",
                default=("grant_types",),
            )


@rule(
    "CR246",
    by_class(test=WARNING, production=ERROR),
    title="web client is redirected over plain http",
    fields=REDIRECTS,
    needs=(Feature.WEB, Feature.HTTP),
    profiles={"bcp": ERROR, "oauth2.1": ERROR, "fapi2": ERROR},
    bad="""
        platform: web
        redirect_uris: ["http://www.acme.example/callback"]  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
    """,
    refs=(CHOOSING, "RFC 9700 section 2.6"),
)
def web_http(registration: Registration, context: Context) -> Iterator[Breach]:
    """The authorization code travels in this address; over plain http anyone on the way can read and use it."""
    for address in of_web(registration):
        if address.uri.scheme == "http" and not address.uri.loopback:
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} is sent in the clear",
                f"write {whole(address.uri.over_https)}",
            )


@rule(
    "CR247",
    ERROR,
    title="web client is redirected to something that is no web address",
    fields=REDIRECTS,
    needs=(Feature.WEB, Feature.NO_WEB_ADDRESS),
    bad="""
        platform: web
        redirect_uris:
          - com.acme.shop:/callback  # <-
          - urn:ietf:wg:oauth:2.0:oob  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
    """,
    refs=(CHOOSING, "OpenID Connect Registration 1.0 section 2"),
)
def web_scheme(registration: Registration, context: Context) -> Iterator[Breach]:
    """A URL is the way for web clients: no web page can listen on a scheme of its own.

    Whatever program claims the scheme on the user's machine would get the code.
    """
    for address in of_web(registration):
        if not address.uri.web:
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} cannot be the redirect of a web client",
                f"write an https address, for example {addresses.own_callback(registration, context)}",
            )


@rule(
    "CR248",
    ERROR,
    title="native client is redirected over http to another machine",
    fields=REDIRECTS,
    needs=(Feature.NATIVE, Feature.HTTP),
    bad="""
        platform: windows-desktop
        redirect_uris:
          - http://www.acme.example/callback  # <-
          - http://127.0.0.1.evil.example/callback  # <-
    """,
    good="""
        platform: windows-desktop
        redirect_uris: ["http://127.0.0.1/callback"]
    """,
    refs=(CHOOSING, "RFC 8252 section 8.3"),
)
def native_http(registration: Registration, context: Context) -> Iterator[Breach]:
    """For native clients http is for the loopback interface: the code must not leave the machine.

    Its hosts are `localhost`, `127.0.0.1` and `[::1]`; for these a server lets the client choose the port.
    """
    for address in of_native(registration):
        uri = address.uri
        if uri.scheme == "http" and uri.host not in _LOOPBACK_HOSTS:
            what = "is none of the hosts that stand for loopback" if uri.loopback else "leaves the client's machine"
            yield Breach(
                address.path,
                f"{shown(uri.text)} {what}",
                f"write http://localhost{uri.path or '/callback'}, or a scheme of the client's own",
            )


@rule(
    "CR249",
    ERROR,
    title="native client is redirected to an https address",
    fields=("redirect_uris",),
    needs=(Feature.NATIVE, Feature.HTTPS),
    profiles={"bcp": None, "oauth2.1": None, "fapi2": None},
    bad="""
        platform: ios
        redirect_uris: [https://app.acme.example/callback]  # <-
    """,
    good="""
        platform: ios
        redirect_uris: [com.acme.shop:/callback]
    """,
    refs=(CHOOSING, "RFC 8252 section 7.2"),
)
def native_https(registration: Registration, context: Context) -> Iterator[Breach]:
    """If the redirect URI of a native client is a URL, it is http with localhost as host.

    Claimed https links are good practice today, where the client really claims them: in that case add a waiver, or
    choose another rule profile for the registry.
    """
    for address in of_native(registration, "redirect_uris"):
        if address.uri.scheme == "https" and not address.uri.loopback:
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} cannot be the redirect of a native client here",
                f"write a scheme of the client's own, such as {registration.client_id}:/oauth2callback, or "
                f"http://localhost{address.uri.path or '/callback'}; for a claimed link add a waiver",
            )


@rule(
    "CR250",
    ERROR,
    title="native client is redirected to https on localhost",
    fields=REDIRECTS,
    needs=(Feature.NATIVE, Feature.HTTPS, Feature.LOOPBACK),
    bad="""
        platform: cli
        redirect_uris: [https://localhost/callback]  # <-
    """,
    good="""
        platform: cli
        redirect_uris: ["http://127.0.0.1/callback"]
    """,
    refs=("RFC 8252 section 7.3", CHOOSING),
)
def native_https_loopback(registration: Registration, context: Context) -> Iterator[Breach]:
    """No public authority certifies localhost, so a private key would ship with the client. Nothing leaves the
    machine: plain http is right here.
    """
    for address in of_native(registration):
        if address.uri.scheme == "https" and address.uri.loopback:
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} needs a certificate that no client can keep",
                f"write {whole('http' + address.uri.text[5:])}",
            )


@rule(
    "CR251",
    INFO,
    title="native client is redirected to localhost by name",
    fields=REDIRECTS,
    needs=(Feature.NATIVE, Feature.HTTP),
    profiles={"bcp": WARNING, "oauth2.1": ERROR, "fapi2": ERROR},
    bad="""
        platform: cli
        redirect_uris: ["http://localhost/callback"]  # <-
    """,
    good="""
        platform: cli
        redirect_uris: ["http://127.0.0.1/callback", "http://[::1]/callback"]
    """,
    refs=("RFC 8252 section 8.3", CHOOSING),
)
def native_localhost(registration: Registration, context: Context) -> Iterator[Breach]:
    """The name localhost may resolve to another interface, and some firewalls ask; the address cannot be misled."""
    for address in of_native(registration):
        if address.uri.scheme == "http" and address.uri.host == "localhost":
            instead = address.uri.normal.replace("localhost", "127.0.0.1", 1)
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} names the loopback interface by a name",
                f"better write {whole(instead)}",
            )


@rule(
    "CR255",
    INFO,
    title="native client is redirected to one fixed port",
    fields=("redirect_uris",),
    needs=(Feature.NATIVE, Feature.HTTP, Feature.PORT),
    bad="""
        platform: cli
        redirect_uris: ["http://127.0.0.1:51004/callback"]  # <-
    """,
    good="""
        platform: cli
        redirect_uris: ["http://127.0.0.1/callback"]
    """,
    refs=("RFC 8252 section 7.3", "RFC 9700 section 2.1"),
)
def fixed_port(registration: Registration, context: Context) -> Iterator[Breach]:
    """Another program may hold that port already. For the loopback address a server takes whichever port the client
    found free at the time of the request; none needs to be registered.
    """
    for address in of_native(registration, "redirect_uris"):
        uri = address.uri
        if uri.scheme == "http" and uri.port and uri.host in _LOOPBACK_HOSTS - {"localhost"}:
            yield Breach(
                address.path,
                f"{shown(uri.text)} names a port, which may be taken when a user logs in",
                f"write {whole(uri.normal.replace(f':{uri.port}', '', 1))}, and listen on any free port",
            )
