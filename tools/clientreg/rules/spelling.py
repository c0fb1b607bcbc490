"""Addresses that are in order but not spelt as requests will spell them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clientreg.finding import Finding
from clientreg.jsonvalue import Json, shown, whole
from clientreg.model import Registration
from clientreg.repair import Fix, Put, drop
from clientreg.rules import INFO, WARNING, Breach, Context, addresses, rule
from clientreg.rules.addresses import FIELDS, MARKS, Address
from clientreg.rules.features import Feature
from clientreg.values.uri import Uri, parse

_SLASHES = re.compile(r"(?<!:)//+")
"""More than one slash, but not those of an address within the path."""
_START = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?://([A-Za-z0-9.-]*)(?::[0-9]+)?(?=[/?#]|\Z))?")


def _case_and_port(_finding: Finding, value: Json) -> Put | None:
    """The usual spelling where only case and the usual port differ; another form of the host is for people to see."""
    uri = parse(value) if isinstance(value, str) else None
    start = _START.match(uri.text) if uri else None
    if uri is None or uri.flaw or start is None:
        return None
    host = start[1] if start[1] is None or not uri.web else start[1].lower()
    authority = "" if host is None else f"//{host}" + (f":{uri.port}" if uri.port else "")
    spelt = f"{uri.scheme}:{authority}{uri.text[start.end() :]}"
    return Put(spelt) if spelt == uri.normal else None


@rule(
    "CR210",
    WARNING,
    title="address is not in its usual spelling",
    fields=FIELDS,
    needs=(Feature.MISSPELT,),
    bad="""
        platform: web
        redirect_uris:
          - HTTPS://WWW.acme.example/callback  # <-
          - https://app.acme.example:443/callback  # <-
          - https://blåbær.acme.example/callback  # <-
    """,
    good="""
        platform: web
        redirect_uris:
          - https://www.acme.example/callback
          - https://app.acme.example/callback
          - https://xn--blbr-roah.acme.example/callback
    """,
    refs=("RFC 3986 section 6.2.2", "RFC 3986 section 6.2.3", "RFC 5891 section 4"),
    fix=Fix("writes scheme and host in lower case and leaves the usual port out", _case_and_port),
)
def spelling(registration: Registration, context: Context) -> Iterator[Breach]:
    """Requests carry the address as libraries spell it: host in lower case and punycode, usual port left out.

    Servers compare letter by letter, so another spelling may never match.
    """
    for address, first in _misspelt(registration):
        if first is None:
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} is not spelt as requests will spell it",
                f"write {address.uri.normal}",
            )


@rule(
    "CR211",
    WARNING,
    title="address is listed twice in two spellings",
    fields=FIELDS,
    needs=(Feature.MISSPELT,),
    bad="""
        platform: web
        redirect_uris:
          - https://www.acme.example/callback
          - https://www.acme.example:443/callback  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
    """,
    refs=("RFC 3986 section 6.2.2", "RFC 3986 section 6.2.3"),
    fix=Fix("takes out the one in the other spelling", drop),
)
def listed_twice(registration: Registration, context: Context) -> Iterator[Breach]:
    """Two spellings of one address are one address: the second is never used, and is forgotten when the first goes."""
    for address, first in _misspelt(registration):
        if first is not None:
            yield Breach(
                address.path,
                f"{shown(address.uri.text)} is the same address as {shown(first)}",
                "leave this one out",
            )


def _misspelt(registration: Registration) -> Iterator[tuple[Address, str | None]]:
    """Addresses not in their one spelling, and the other entry of the same list that is the same address."""
    for entries in addresses.of(registration).sound.values():
        for address in entries:
            if address.uri.normal != address.uri.text:
                yield address, next((other.uri.text for other in entries if _same(other, address)), None)


def _same(other: Address, address: Address) -> bool:
    """Whether another entry of the list is the address in its usual spelling, or an earlier one in any."""
    if other.path == address.path or other.uri.normal != address.uri.normal:
        return False
    return other.uri.text == other.uri.normal or other.path < address.path


@rule(
    "CR214",
    WARNING,
    title="address ends in a mark of punctuation",
    fields=FIELDS,
    needs=(Feature.ODD,),
    bad="""
        platform: web
        redirect_uris:
          - https://www.acme.example/callback,  # <-
          - https://app.acme.example/callback.  # <-
    """,
    good="""
        platform: web
        redirect_uris:
          - https://www.acme.example/callback
          - https://app.acme.example/callback.html
    """,
    refs=("RFC 3986 section 6.2.1", "RFC 3986 appendix C"),
)
def pasted_along(registration: Registration, context: Context) -> Iterator[Breach]:
    """It was most likely pasted along with the address. It is a part of it for whoever compares letter by letter, so
    no request ever matches.
    """
    for address in addresses.sound(registration, FIELDS):
        text = address.uri.text
        mark = text[-1] if text[-1] in MARKS and "(" not in text else ""
        if mark and (address.uri.path or address.uri.query is not None):
            yield Breach(
                address.path,
                f"{shown(text)} ends in {shown(mark)}, as if pasted along",
                f"write {whole(text.rstrip(MARKS))}",
            )


@rule(
    "CR215",
    INFO,
    title="address has an empty part",
    fields=FIELDS,
    needs=(Feature.ODD,),
    bad="""
        platform: web
        redirect_uris:
          - https://www.acme.example//callback  # <-
          - https://app.acme.example/callback?  # <-
    """,
    good="""
        platform: web
        redirect_uris:
          - https://www.acme.example/callback
          - https://app.acme.example/callback?shop=1
    """,
    refs=("RFC 3986 section 6.2.3", "RFC 9700 section 4.1"),
)
def empty_part(registration: Registration, context: Context) -> Iterator[Breach]:
    """Two slashes in a row, or a question mark with nothing behind it, come from putting addresses together. Some
    libraries and proxies leave them out, and then the address is another.
    """
    for address in addresses.sound(registration, FIELDS):
        uri = address.uri
        if _SLASHES.search(uri.path) or _has_empty_pair(uri.query):
            query = "&".join(filter(None, (uri.query or "").split("&")))
            text = f"{uri.scheme}:" if uri.host is None else f"{uri.scheme}://{uri.host}{_port(uri)}"
            instead = text + _SLASHES.sub("/", uri.path) + (f"?{query}" if query else "")
            yield Breach(
                address.path,
                f"{shown(uri.text)} has an empty part",
                f"write {whole(instead)}, if that is what the client sends",
            )


def _has_empty_pair(query: str | None) -> bool:
    return query is not None and "" in query.split("&")


def _port(uri: Uri) -> str:
    return f":{uri.port}" if uri.port else ""
