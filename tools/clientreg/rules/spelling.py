"""Addresses that are in order but not spelt as requests will spell them."""

from __future__ import annotations

from collections.abc import Iterator

from clientreg.jsonvalue import shown
from clientreg.model import Registration
from clientreg.rules import WARNING, Breach, Context, addresses, rule
from clientreg.rules.addresses import FIELDS, Address
from clientreg.rules.features import Feature


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
