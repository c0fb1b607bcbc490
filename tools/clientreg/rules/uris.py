"""The text of an address: what no field may hold, whatever it is for. Each text has one flaw at most."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clientreg.jsonvalue import shown, whole
from clientreg.model import Registration
from clientreg.rules import ERROR, Breach, Context, addresses, rule
from clientreg.rules.addresses import CALLED, FIELDS, OPENED, REDIRECTS, Address
from clientreg.rules.features import Feature
from clientreg.rules.kinds import native
from clientreg.values import uri
from clientreg.values.uri import Flaw

_EXACT = "RFC 9700 section 2.1"
_NO_FRAGMENT = (*REDIRECTS, *CALLED, *OPENED)
_LISTENING = re.compile(r"(?i)(https?://)(?:0\.0\.0\.0|\[::\])(?=[:/?#]|\Z)")
_BARE_PERCENT = r"%(?![0-9A-Fa-f]{2})"
_UNSAFE = re.compile(rf"[^A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]|{_BARE_PERCENT}|(?<!/)\[|\](?![:/])")


def _example(registration: Registration, context: Context, address: Address) -> str:
    """An address of the client's own that would be in order in that field."""
    if address.field in REDIRECTS and native(registration):
        return f"{registration.client_id}:/oauth2callback"
    host = addresses.own_host(registration, context)
    return f"https://{host}" + ("" if address.field == "allowed_cors_origins" else "/callback")


@rule(
    "CR202",
    ERROR,
    title="address has a scheme that runs, reads or calls something",
    fields=FIELDS,
    needs=(Feature.FLAWED,),
    waivable=False,
    bad="""
        platform: web
        redirect_uris:
          - JavaScript:alert(document.cookie)  # <-
        logo_uri: data:image/png;base64,AAAA  # <-
        policy_uri: file:///srv/policy.html  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
        logo_uri: https://www.acme.example/logo.png
        policy_uri: https://www.acme.example/policy
    """,
    refs=("RFC 9700 section 4.11", "RFC 3986 section 7"),
)
def dangerous_scheme(registration: Registration, context: Context) -> Iterator[Breach]:
    """An address is opened in the user's browser, often with a fresh authorization code.

    `javascript:` and its kin run in the page of the authorization server, `data:` and `blob:` show what an attacker
    wrote, `file:`, `mailto:`, `tel:` and others hand the user to something that is not the client.
    """
    for address in addresses.flawed(registration, Flaw.DANGEROUS):
        yield Breach(
            address.path,
            f"{shown(address.uri.text)} has the scheme {address.uri.scheme!r}, which is never the address of a client",
            f"write an address of the client itself, for example {_example(registration, context, address)}",
        )


@rule(
    "CR203",
    ERROR,
    title="address holds a wildcard",
    fields=FIELDS,
    needs=(Feature.FLAWED,),
    bad="""
        platform: javascript
        redirect_uris:
          - https://*.acme.example/callback  # <-
          - https://www.acme.example/*  # <-
        allowed_cors_origins: ["*"]  # <-
    """,
    good="""
        platform: javascript
        redirect_uris: [https://www.acme.example/callback, https://app.acme.example/callback]
        allowed_cors_origins: [https://www.acme.example, https://app.acme.example]
    """,
    refs=(f"{_EXACT}", "RFC 9700 section 4.1.1", "OpenID Connect Registration 1.0 section 2"),
)
def wildcard(registration: Registration, context: Context) -> Iterator[Breach]:
    """Addresses are compared letter by letter.

    A server that reads `*` as a pattern sends codes to pages that nobody chose: one forgotten host or one open
    redirector below the pattern is enough. A server that does not read it so never matches.
    """
    for address in addresses.flawed(registration, Flaw.WILDCARD):
        yield Breach(
            address.path,
            f"{shown(address.uri.text)} holds '*', but addresses are compared letter by letter",
            f"list each address in full, for example {_without_wildcard(registration, context, address)}",
        )


def _without_wildcard(registration: Registration, context: Context, address: Address) -> str:
    """An address below the host, or of the scheme, that the pattern names; one of the client's own if it names none."""
    text = address.uri.text
    web, app = re.match(r"https?://[^*/?#]+(?=/)", text), re.match(r"[a-z][a-z0-9+-]*\.[a-z0-9+.-]*:(?=/(?!/))", text)
    if web:
        return web[0] + ("" if address.field == "allowed_cors_origins" else "/callback")
    return f"{app[0]}/oauth2callback" if app else _example(registration, context, address)


@rule(
    "CR205",
    ERROR,
    title="address holds a character that no address may hold",
    fields=FIELDS,
    needs=(Feature.FLAWED,),
    bad=r"""
        platform: web
        redirect_uris:
          - "https://www.acme.example/callback "  # <-
          - https://www.acme.example\@evil.example/  # <-
          - https://www.acme.example/søk  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback, https://www.acme.example/s%C3%B8k]
    """,
    refs=("RFC 3986 section 2", "RFC 9700 section 4.1"),
)
def characters(registration: Registration, context: Context) -> Iterator[Breach]:
    """Spaces, backslashes, braces and letters beyond ASCII are read differently by browsers, servers and libraries.

    What one parser takes for a path is another's host: that is how codes reach somebody else.
    """
    for address in addresses.flawed(registration, Flaw.CHARACTERS):
        text = address.uri.text
        head, tail = _apart(text)
        found = _UNSAFE.search(tail) or _UNSAFE.search(head)
        what = shown(found[0]) if found else "a character"
        yield Breach(
            address.path,
            f"{shown(text)} holds {what}, which no address may hold unescaped",
            _escaped(text),
        )


def _apart(text: str) -> tuple[str, str]:
    """Scheme and host, and what comes after them."""
    start = text.find("://") + 3
    end = text.find("/", start) if start > 2 else text.find(":") + 1
    return (text, "") if end < 0 else (text[:end], text[end:])


def _escaped(text: str) -> str:
    if "\\" in text:
        return "write the address that was meant: after a backslash browsers and servers see different hosts"
    if "{" in text:
        return "write the address that was meant: nothing replaces what stands in braces"
    seen = "".join(c for c in text if c.isprintable())
    if seen != text:
        return f"write {whole(seen.strip())}: what cannot be seen was most likely pasted along"
    import urllib.parse  # of use for a wrong value only

    head, tail = _apart(text.strip())
    if _UNSAFE.search(head) and head.isascii():
        return "write the address that was meant, with a host that can exist"
    safe = urllib.parse.quote(re.sub(_BARE_PERCENT, "%25", tail), safe=":/?#@!$&'()*+,;=%", errors="replace")
    return f"write {whole(head + safe)}, or the address that was meant"


@rule(
    "CR206",
    ERROR,
    title="address holds a user name or password",
    fields=FIELDS,
    needs=(Feature.FLAWED,),
    bad="""
        platform: web
        redirect_uris:
          - https://www.acme.example@evil.example/callback  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
    """,
    refs=("RFC 3986 section 3.2.1", "RFC 3986 section 7.6"),
)
def user_info(registration: Registration, context: Context) -> Iterator[Breach]:
    """What stands before `@` is no host: it misleads whoever reads the address, or is a password in plain sight."""
    for address in addresses.flawed(registration, Flaw.USERINFO):
        scheme, _, rest = address.uri.text.partition("://")
        host = rest.split("/", 1)[0].rpartition("@")[2]
        yield Breach(
            address.path,
            f"an address for the host {shown(host)} names a user before '@'",
            f"write {whole(f'{scheme}://' + rest.rpartition('@')[2])} if that host is meant",
        )


@rule(
    "CR207",
    ERROR,
    title="address has no host, or one that is none",
    fields=FIELDS,
    needs=(Feature.FLAWED,),
    bad="""
        platform: web
        redirect_uris:
          - https:///callback  # <-
          - https://www..acme.example/callback  # <-
          - https://www.acme.example:99999/callback  # <-
          - http://0.0.0.0:3000/callback  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback, "http://localhost:3000/callback"]
    """,
    refs=("RFC 3986 section 3.2.2", "RFC 9110 section 4.2.1", "RFC 6890 section 2.2.2"),
)
def host(registration: Registration, context: Context) -> Iterator[Breach]:
    """An http or https address without a host and port that exist leads nowhere, or to where a parser guesses."""
    for address in addresses.flawed(registration, Flaw.HOST):
        text, listening = address.uri.text, _LISTENING.match(address.uri.text)
        if listening:
            message = f"{shown(text)} names where a program listens, which is no place to go to"
            hint = f"write {whole(f'{listening[1]}localhost{text[listening.end() :]}')} for one on the same machine"
        else:
            message = f"{shown(text)} has no host and port that can exist"
            meant = _with_host(registration, context, address)
            hint = f"write scheme, two slashes, a host and a path, for example {meant}"
        yield Breach(address.path, message, hint)


def _with_host(registration: Registration, context: Context, address: Address) -> str:
    """The address that is meant where only a slash is missing, else one of the client's own."""
    text = address.uri.text
    short = re.match(r"(?i)(https?):/(?=[a-z0-9])", text)
    return whole(f"{short[1]}://{text[short.end() :]}") if short else _example(registration, context, address)


@rule(
    "CR208",
    ERROR,
    title="address holds dot segments",
    fields=FIELDS,
    needs=(Feature.FLAWED,),
    bad="""
        platform: web
        redirect_uris:
          - https://www.acme.example/shop/../callback  # <-
          - https://www.acme.example/shop/%2e%2e/callback  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
    """,
    refs=("RFC 3986 section 5.2.4", "RFC 9700 section 4.1"),
)
def dot_segments(registration: Registration, context: Context) -> Iterator[Breach]:
    """A browser resolves `..` before it sends, a server that compares texts does not: both see other addresses."""
    for address in addresses.flawed(registration, Flaw.DOTS):
        yield Breach(
            address.path,
            f"{shown(address.uri.text)} holds '.' or '..' as a part of its path",
            f"write {whole(uri.resolved(address.uri.text))}, which is where it leads",
        )


@rule(
    "CR209",
    ERROR,
    title="address holds a fragment",
    fields=_NO_FRAGMENT,
    needs=(Feature.FRAGMENT,),
    bad="""
        platform: web
        redirect_uris:
          - https://www.acme.example/#/callback  # <-
          - https://www.acme.example/callback#  # <-
        backchannel_logout_uri: https://www.acme.example/logout#all  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
        tos_uri: https://www.acme.example/terms#privacy
    """,
    refs=("RFC 6749 section 3.1.2", "OpenID Connect Back-Channel Logout 1.0 section 2.2"),
)
def fragment(registration: Registration, context: Context) -> Iterator[Breach]:
    """The part after `#` never reaches a server, and it is where some responses are put; even an empty one counts."""
    for address in addresses.sound(registration, _NO_FRAGMENT):
        if address.uri.fragment is not None:
            before = address.uri.text.partition("#")[0]
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} holds a fragment",
                f"write {whole(before)}, and let the page behind it find its own way",
            )
