"""Redirects that are no URL: private-use schemes of installed apps, and the two out-of-band URNs."""

from __future__ import annotations

from collections.abc import Iterator

from clientreg.defaults import OOB, SCHEME_PLATFORMS
from clientreg.finding import Finding
from clientreg.jsonvalue import Json, shown, whole
from clientreg.model import Registration
from clientreg.reading.fieldnames import nearest
from clientreg.repair import Fix, Put
from clientreg.rules import ERROR, INFO, WARNING, Breach, Context, by_class, rule
from clientreg.rules.addresses import REDIRECTS, Address, own_host
from clientreg.rules.features import Feature
from clientreg.rules.kinds import native
from clientreg.rules.redirects import CHOOSING
from clientreg.rules.targets import of_native
from clientreg.values.uri import Uri, parse

_SEED_FORM = "//connect/oauth2callback"
_STRICT = {"bcp": WARNING, "oauth2.1": ERROR, "fapi2": ERROR}


def _private(registration: Registration) -> Iterator[tuple[Address, bool]]:
    """Redirects by a private-use scheme, and whether they have the seed's own form."""
    for address in of_native(registration):
        if _is_private(address.uri):
            yield address, address.uri.text[len(address.uri.scheme) + 1 :] == _SEED_FORM


@rule(
    "CR260",
    WARNING,
    title="private-use scheme has no period",
    fields=REDIRECTS,
    needs=(Feature.NATIVE, Feature.NO_WEB_ADDRESS),
    profiles={"oauth2.1": ERROR, "fapi2": ERROR},
    bad="""
        platform: android
        redirect_uris: ["acmeshop:/callback"]  # <-
    """,
    good="""
        platform: android
        redirect_uris: [com.acme.shop:/callback]
    """,
    refs=("RFC 8252 section 7.1", "RFC 8252 section 8.4"),
)
def no_period(registration: Registration, context: Context) -> Iterator[Breach]:
    """Any app may claim any scheme, and two apps often think of the same short word.

    A scheme that is a domain name in reverse order belongs to somebody.
    """
    for address, seed_form in _private(registration):
        if "." not in address.uri.scheme and not seed_form:
            yield _wordy(registration, address, context)


@rule(
    "CR261",
    INFO,
    title="scheme of the form <scheme>://connect/oauth2callback has no period",
    fields=REDIRECTS,
    needs=(Feature.NATIVE, Feature.NO_WEB_ADDRESS),
    profiles=_STRICT,
    bad="""
        platform: ios
        redirect_uris: ["acmeshop://connect/oauth2callback"]  # <-
    """,
    good="""
        platform: ios
        redirect_uris: ["com.acme.shop://connect/oauth2callback"]
    """,
    refs=(CHOOSING, "RFC 8252 section 8.4"),
)
def no_period_in_seed_form(registration: Registration, context: Context) -> Iterator[Breach]:
    """The form is the registry's own, so it stands; a scheme that is a domain name in reverse order is safer."""
    for address, seed_form in _private(registration):
        if "." not in address.uri.scheme and seed_form:
            yield _wordy(registration, address, context)


@rule(
    "CR266",
    INFO,
    title="client id has no period, and is the scheme of the default redirect URI",
    fields=("client_id",),
    needs=(Feature.NATIVE, Feature.DEFAULT_REDIRECT_URI),
    also=("redirect_uris", "grant_types"),
    profiles=_STRICT,
    bad="""
        platform: ios
        client_id: acmeshop  # <-
    """,
    good="""
        platform: ios
        client_id: acmeshop
        redirect_uris: [com.acme.shop:/oauth2callback]
    """,
    refs=(CHOOSING, "RFC 8252 section 8.4"),
)
def no_period_in_default(registration: Registration, context: Context) -> Iterator[Breach]:
    """A client id made of folder and file has a period. One that was given before may be a word that any app claims
    as its scheme.
    """
    default = f"{registration.client_id}:{_SEED_FORM}"
    uri = parse(default)
    if registration.redirect_uris == (default,) and _is_private(uri) and "." not in uri.scheme:
        yield Breach(
            ("client_id",),
            f"the default {shown(default)} has the scheme {uri.scheme!r}, which any app may claim",
            f"write redirect_uris: [com.{registration.organization}.{uri.scheme}:/oauth2callback]",
        )


def _is_private(uri: Uri) -> bool:
    return uri.flaw is None and not uri.web and uri.scheme != "urn"


def _wordy(registration: Registration, address: Address, context: Context) -> Breach:
    reverse = ".".join(reversed(own_host(registration, context).split(".")))
    return Breach(
        address.path,
        f"{shown(address.uri.text)} has the scheme {address.uri.scheme!r}, which any app may claim",
        f"use a domain of yours in reverse order, for example {reverse}.{address.uri.scheme}:/oauth2callback",
    )


def _one_slash(uri: Uri) -> str:
    query = "" if uri.query is None else f"?{uri.query}"
    return f"{uri.scheme}:/{((uri.host or '') + uri.path).strip('/')}{query}"


def _with_one_slash(_finding: Finding, value: Json) -> Put | None:
    uri = parse(value) if isinstance(value, str) else None
    return Put(_one_slash(uri)) if uri and not uri.flaw and uri.fragment is None else None


@rule(
    "CR262",
    WARNING,
    title="private-use scheme is followed by two slashes",
    fields=REDIRECTS,
    needs=(Feature.NATIVE, Feature.NO_WEB_ADDRESS),
    bad="""
        platform: android
        redirect_uris: ["com.acme.shop://callback"]  # <-
    """,
    good="""
        platform: android
        redirect_uris: ["com.acme.shop:/callback", "com.acme.shop://connect/oauth2callback"]
    """,
    refs=("RFC 8252 section 7.1", "RFC 3986 section 3.2"),
    fix=Fix("writes one slash", _with_one_slash, unsafe="the app must listen for the new address, too"),
)
def two_slashes(registration: Registration, context: Context) -> Iterator[Breach]:
    """After two slashes comes a host, and a private-use scheme has none: parsers lose `callback` or lower its case."""
    for address, seed_form in _private(registration):
        uri = address.uri
        if uri.host is not None and "." in uri.scheme and not seed_form:
            instead = whole(_one_slash(uri))
            yield Breach(address.path, f"{shown(uri.text)} names a host after two slashes", f"write {instead}")


@rule(
    "CR263",
    INFO,
    title="out-of-band redirect on a platform that has schemes",
    fields=("redirect_uris",),
    needs=(Feature.NATIVE, Feature.URN),
    profiles=_STRICT,
    bad="""
        platform: macos-desktop
        redirect_uris: ["urn:ietf:wg:oauth:2.0:oob"]  # <-
    """,
    good="""
        platform: macos-desktop
        redirect_uris: [com.acme.shop:/callback]
    """,
    refs=(CHOOSING, "RFC 8252 section 7"),
)
def out_of_band(registration: Registration, context: Context) -> Iterator[Breach]:
    """The user has to copy a code by hand, and can be talked into giving it to somebody else.

    The out-of-band URNs are for clients that can neither register a scheme nor open a port.
    """
    if registration.platform in SCHEME_PLATFORMS:
        yield from _out_of_band(registration, f"{registration.client_id}:/oauth2callback")


@rule(
    "CR264",
    by_class(test=None, production=None),
    title="out-of-band redirect where codes must not be copied by hand",
    needs=(Feature.NATIVE, Feature.URN),
    also=("redirect_uris", "grant_types"),
    profiles=_STRICT,
    bad="""
        # profile: bcp
        platform: cli
        redirect_uris: ["urn:ietf:wg:oauth:2.0:oob:auto"]  # <-
        # file: clients/acme/desktop.yaml
        platform: windows-desktop  # <-
    """,
    good="""
        # profile: bcp
        platform: cli
        redirect_uris: ["http://127.0.0.1/callback"]
    """,
    refs=("RFC 8252 section 7.3", "RFC 9700 section 2.1"),
)
def out_of_band_by_profile(registration: Registration, context: Context) -> Iterator[Breach]:
    """Where the registry follows newer advice than its own form, a loopback redirect takes the place of the page
    that shows a code: nothing is copied, nobody can be talked into giving it away. That goes for the default too.
    """
    if registration.platform in SCHEME_PLATFORMS or not native(registration):
        return
    yield from _out_of_band(registration, "http://127.0.0.1/callback")
    if "redirect_uris" not in registration.given and OOB[0] in registration.redirect_uris:
        yield Breach(
            ("redirect_uris",),
            f"the default of {registration.platform!r} makes users copy the code by hand",
            "where the client can listen, write redirect_uris: [http://127.0.0.1/callback]",
        )


def _out_of_band(registration: Registration, instead: str) -> Iterator[Breach]:
    for address in of_native(registration, "redirect_uris"):
        if address.uri.text in OOB:
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} makes users copy the code by hand",
                f"where the client can listen, write {instead}",
            )


@rule(
    "CR265",
    ERROR,
    title="URN is none of the two out-of-band URNs",
    fields=REDIRECTS,
    needs=(Feature.NATIVE, Feature.URN),
    bad="""
        platform: windows-desktop
        redirect_uris:
          - urn:ietf:wg:oauth:2.0:oob
          - urn:ietf:wg:oauth:2.0:auto  # <-
    """,
    good="""
        platform: windows-desktop
        redirect_uris: ["urn:ietf:wg:oauth:2.0:oob", "urn:ietf:wg:oauth:2.0:oob:auto"]
    """,
    refs=(CHOOSING,),
)
def unknown_urn(registration: Registration, context: Context) -> Iterator[Breach]:
    """No browser can be sent to a URN; for the two out-of-band URNs the server shows a page with the code.

    After logout there is no such page.
    """
    for address in of_native(registration):
        text = address.uri.text
        if address.uri.scheme != "urn" or (text in OOB and address.field == "redirect_uris"):
            continue
        instead = f"write {nearest(text, OOB) or OOB[0]}" if address.field == "redirect_uris" else "leave it out"
        yield Breach(address.path, f"{shown(text)} is nothing that a browser can be sent to", instead)
