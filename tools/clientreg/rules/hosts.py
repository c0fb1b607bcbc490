"""Addresses that servers call, browsers are sent to and users are shown: https, on hosts of the organization."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clientreg.jsonvalue import shown, whole
from clientreg.model import Registration
from clientreg.rules import ERROR, WARNING, Breach, Context, addresses, by_class, likeness, rule
from clientreg.rules.addresses import CALLED, OPENED, ORIGINS, REDIRECTS, SHOWN, Address
from clientreg.rules.features import Feature
from clientreg.rules.kinds import native

_TRUSTED = ("jwks_uri", "sector_identifier_uri", "initiate_login_uri")
_NOT_REDIRECTS = (*CALLED, *OPENED, *SHOWN)
_AT_REST = (*_NOT_REDIRECTS, *ORIGINS)
_BINDING = (*REDIRECTS, *CALLED, *OPENED, *ORIGINS)
_APP_SHELLS = frozenset(
    {"capacitor", "ionic", "tauri", "chrome-extension", "moz-extension", "safari-web-extension", "vscode-webview"}
)
"""Schemes that browser engines in apps and extensions send as the origin of their pages, beside http and https."""
_NUMERIC = re.compile(r"\[[0-9a-f:.]+\]|[0-9]+(\.[0-9]+){3}")


@rule(
    "CR220",
    ERROR,
    title="address of a web page or service is not http or https",
    fields=_NOT_REDIRECTS,
    needs=(Feature.NO_WEB_ADDRESS,),
    bad="""
        platform: android
        client_uri: com.acme.shop:/home  # <-
        policy_uri: urn:acme:policy  # <-
    """,
    good="""
        platform: android
        client_uri: https://www.acme.example/
        policy_uri: https://www.acme.example/policy
    """,
    refs=("OpenID Connect Registration 1.0 section 2", "RFC 7591 section 2"),
)
def web_scheme(registration: Registration, context: Context) -> Iterator[Breach]:
    """Only redirects can reach an app by a scheme of its own: servers call, and browsers show, http and https."""
    for address in addresses.sound(registration, _NOT_REDIRECTS):
        if not address.uri.web:
            host = addresses.own_host(registration, context)
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} is no web address",
                f"write an address such as https://{host}/",
            )


@rule(
    "CR221",
    ERROR,
    title="keys, sector or login start are fetched over plain http",
    fields=_TRUSTED,
    needs=(Feature.HTTP,),
    bad="""
        platform: web
        initiate_login_uri: http://www.acme.example/login  # <-
    """,
    good="""
        platform: web
        initiate_login_uri: https://www.acme.example/login
    """,
    refs=("OpenID Connect Registration 1.0 section 2", "OpenID Connect Core 1.0 section 8.1"),
)
def https_only(registration: Registration, context: Context) -> Iterator[Breach]:
    """The specifications demand https here: whoever changes the answer on the way changes who the client is."""
    for address in addresses.sound(registration, _TRUSTED):
        if address.uri.scheme == "http" and not address.uri.loopback:
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} is sent in the clear",
                f"write {whole(address.uri.over_https)}",
            )


@rule(
    "CR222",
    WARNING,
    title="page or image for users is fetched over plain http",
    fields=SHOWN,
    needs=(Feature.HTTP,),
    bad="""
        platform: web
        logo_uri: http://www.acme.example/logo.png  # <-
    """,
    good="""
        platform: web
        logo_uri: https://www.acme.example/logo.png
    """,
    refs=("OpenID Connect Registration 1.0 section 2", "W3C Mixed Content section 4"),
)
def shown_over_https(registration: Registration, context: Context) -> Iterator[Breach]:
    """Browsers block plain http images on an https page, and the consent page is where users must not be misled."""
    for address in addresses.sound(registration, SHOWN):
        if address.uri.scheme == "http" and not address.uri.loopback:
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} is sent in the clear",
                f"write {whole(address.uri.over_https)}",
            )


@rule(
    "CR223",
    by_class(test=None, production=ERROR),
    title="production address is on the machine of whoever opens it",
    fields=_AT_REST,
    needs=(Feature.LOOPBACK,),
    bad="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
        backchannel_logout_uri: http://localhost:8081/logout  # <-
        environments: {production: {}}
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
        backchannel_logout_uri: https://www.acme.example/logout
        environments:
          test: {backchannel_logout_uri: "http://localhost:8081/logout"}
          production: {}
    """,
    refs=("RFC 6761 section 6.3", "OpenID Connect Back-Channel Logout 1.0 section 2.2"),
)
def loopback_in_production(registration: Registration, context: Context) -> Iterator[Breach]:
    """For a production server `localhost` is itself, and for a user it is the user's own machine: never the client."""
    for address in addresses.sound(registration, _AT_REST):
        if address.uri.loopback:
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} is on the machine of whoever opens it",
                "move it to environments.test, and name a host of the client here, for example "
                f"https://{addresses.own_host(registration, context)}",
            )


@rule(
    "CR224",
    WARNING,
    title="server is asked to call a private address",
    fields=CALLED,
    bad="""
        platform: web
        backchannel_logout_uri: https://10.0.0.7/logout  # <-
    """,
    good="""
        platform: web
        backchannel_logout_uri: https://logout.acme.example/
    """,
    refs=("OWASP Server-Side Request Forgery Prevention Cheat Sheet", "RFC 1918"),
)
def private_address(registration: Registration, context: Context) -> Iterator[Breach]:
    """The authorization server would be made to call into its own network: a door that attackers look for."""
    for address in addresses.sound(registration, CALLED):
        if _private(address):
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} is an address of a private network",
                f"name a public host of the client, for example https://{addresses.own_host(registration, context)}",
            )


def _private(address: Address) -> bool:
    host = address.uri.host or ""
    if not address.uri.web or address.uri.loopback or not _NUMERIC.fullmatch(host):
        return False
    import ipaddress  # only a numeric host needs it

    return not ipaddress.ip_address(host.strip("[]")).is_global


@rule(
    "CR225",
    ERROR,
    title="CORS origin is more or less than an origin",
    fields=ORIGINS,
    bad="""
        platform: javascript
        allowed_cors_origins:
          - https://www.acme.example/  # <-
          - com.acme.shop:/  # <-
    """,
    good="""
        platform: javascript
        allowed_cors_origins: [https://www.acme.example, "http://localhost:3000"]
    """,
    refs=("RFC 6454 section 7", "Fetch standard, section 3.2"),
)
def cors_origin(registration: Registration, context: Context) -> Iterator[Breach]:
    """A browser sends scheme, host and port, without a path or a slash at the end; anything else never matches."""
    for address in addresses.sound(registration, ORIGINS):
        uri = address.uri
        known = uri.web or (uri.scheme in _APP_SHELLS and uri.host)
        if not known or uri.path or uri.query is not None or uri.fragment is not None:
            instead = uri.origin if known else f"https://{addresses.own_host(registration, context)}"
            yield Breach(address.path, f"{shown(uri.text)} is no origin", f"write {instead}")


@rule(
    "CR229",
    by_class(test=WARNING, production=ERROR),
    title="CORS origin is plain http",
    fields=ORIGINS,
    needs=(Feature.HTTP,),
    bad="""
        platform: javascript
        redirect_uris: [https://www.acme.example/callback]
        allowed_cors_origins: ["http://www.acme.example"]  # <-
    """,
    good="""
        platform: javascript
        redirect_uris: [https://www.acme.example/callback]
        allowed_cors_origins: [https://www.acme.example, "http://localhost:3000"]
    """,
    refs=("RFC 9700 section 2.6", "W3C Secure Contexts section 3.1"),
)
def cors_over_http(registration: Registration, context: Context) -> Iterator[Breach]:
    """Whoever stands on the way can put a script of their own into such a page, and the server answers it."""
    for address in addresses.sound(registration, ORIGINS):
        if address.uri.scheme == "http" and not address.uri.loopback:
            yield Breach(
                address.path, f"{shown(address.uri.text)} is sent in the clear", f"write https{address.uri.origin[4:]}"
            )


@rule(
    "CR226",
    by_class(test=WARNING, production=ERROR),
    waivable=False,
    title="address is on a host that is not the organization's",
    fields=_BINDING,
    needs=(Feature.FOREIGN,),
    bad="""
        platform: web
        redirect_uris:
          - https://www.acme.example/callback
          - https://www.partner.example/callback  # <-
        backchannel_logout_uri: https://acme.hosting.example/logout  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://acme.example/callback, https://www.acme.example/callback, "http://localhost/cb"]
        backchannel_logout_uri: https://logout.www.acme.example/
    """,
    refs=("RFC 9700 section 4.1", "RFC 9700 section 4.11"),
)
def foreign_host(registration: Registration, context: Context) -> Iterator[Breach]:
    """Codes, tokens and calls go to this host, so it has to be one that the organization has named as its own."""
    yield from _foreign(registration, context, _BINDING)


@rule(
    "CR227",
    WARNING,
    title="link or image is on a host that is not the organization's",
    fields=SHOWN,
    needs=(Feature.FOREIGN,),
    bad="""
        platform: web
        logo_uri: https://cdn.example.net/acme.png  # <-
    """,
    good="""
        platform: web
        logo_uri: https://cdn.acme.example/logo.png
    """,
    refs=("RFC 7591 section 5",),
)
def foreign_link(registration: Registration, context: Context) -> Iterator[Breach]:
    """Users trust what the consent page shows: a link or a logo from elsewhere may not be the client's."""
    yield from _foreign(registration, context, SHOWN)


def _foreign(registration: Registration, context: Context, fields: tuple[str, ...]) -> Iterator[Breach]:
    domains = addresses.domains_of(registration, context)
    if not domains:
        return
    for address in addresses.sound(registration, fields):
        uri = address.uri
        if _judged_elsewhere(registration, address) or likeness.imitated(uri.host or "", context.registry):
            continue
        if uri.web and not addresses.within(uri.host or "", domains) and not uri.loopback:
            listed = ", ".join(domains[:3]) + (" and others" if len(domains) > 3 else "")
            yield Breach(
                address.path,
                f"{shown(uri.host)} is not below a domain of {shown(registration.organization_name)}: {listed}",
                f"use a host below {domains[0]}, or add the domain to clients/{registration.organization}/"
                "organization.yaml if it is theirs",
            )


def _judged_elsewhere(registration: Registration, address: Address) -> bool:
    """Addresses that are wrong whatever the organization owns."""
    if address.field in REDIRECTS:
        return native(registration) and address.uri.scheme == "http"
    return address.field in CALLED and _private(address)
