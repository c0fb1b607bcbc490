"""One redirect in several clients, and organizations that have not said which hosts are theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from clientreg.defaults import SCHEME_PLATFORMS
from clientreg.jsonvalue import Path, shown
from clientreg.model import Client
from clientreg.registry import Registry
from clientreg.rules import ERROR, INFO, WARNING, Breach, Context, Place, rule
from clientreg.rules.addresses import FIELDS
from clientreg.rules.borrowed import claimable
from clientreg.rules.domains import is_public_suffix
from clientreg.values.uri import parse, registrable, usual_host

_WEB_FIELDS = frozenset(FIELDS)


class _Use(NamedTuple):
    """Where a client names a redirect."""

    client: Client
    path: Path
    text: str


@rule(
    "CR270",
    ERROR,
    subject="registry",
    fields=("redirect_uris", "grant_types"),
    waivable=False,
    title="two organizations redirect to the same address or scheme",
    bad="""
        # file: clients/acme/shop.yaml
        platform: ios
        redirect_uris: [com.acme.shop:/callback]
        # file: clients/zenith/shop.yaml
        platform: ios
        redirect_uris: [com.acme.shop:/oauth]  # <-
    """,
    good="""
        # file: clients/acme/shop.yaml
        platform: ios
        redirect_uris: [com.acme.shop:/callback]
        # file: clients/zenith/shop.yaml
        platform: ios
        redirect_uris: [com.zenith.shop:/callback]
    """,
    refs=("RFC 8252 section 8.4", "RFC 9700 section 4.1"),
)
def across_organizations(registry: Registry, context: Context) -> Iterator[Breach]:
    """A code that belongs to one organization's client could reach another's program, which can then use it."""
    for use, first in _shared(registry):
        if use.client.organization.id != first.client.organization.id:
            yield _breach(use, first, "use an address that is this organization's alone")


@rule(
    "CR271",
    INFO,
    subject="registry",
    fields=("redirect_uris", "grant_types"),
    title="two clients of an organization redirect to the same address or scheme",
    bad="""
        # file: clients/acme/shop-ios.yaml
        platform: ios
        redirect_uris: [com.acme.shop:/callback]
        # file: clients/acme/shop-ipad.yaml
        platform: ios
        redirect_uris: [com.acme.shop:/callback]  # <-
    """,
    good="""
        # file: clients/acme/shop-ios.yaml
        platform: ios
        redirect_uris: [com.acme.shop:/callback]
        # file: clients/acme/shop-ipad.yaml
        platform: ios
        redirect_uris: [com.acme.shop.ipad:/callback]
    """,
    refs=("RFC 8252 section 8.4",),
)
def within_organization(registry: Registry, context: Context) -> Iterator[Breach]:
    """Usual where test and production are two clients; otherwise each has to find out which codes are its own."""
    for use, first in _shared(registry):
        if use.client.organization.id == first.client.organization.id:
            yield _breach(use, first, "give each client an address of its own, if they run at the same time")


def _breach(use: _Use, first: _Use, hint: str) -> Breach:
    return Breach(
        use.path,
        f"{shown(use.text)} is also where {shown(first.client.client_id)} is redirected to",
        hint,
        use.client.file,
        (Place(first.client.file, first.path, f"here {shown(first.client.client_id)} has it"),),
    )


@lru_cache(maxsize=1)
def _shared(registry: Registry) -> tuple[tuple[_Use, _Use], ...]:
    """Each further use of an address by another client than the first one, once per client and address.

    A default scheme is made of its own client's id: whoever else names it is the second.
    """
    first = {_key(use.text) or "": use for use in _defaults(registry)}
    found: dict[tuple[str, str], tuple[_Use, _Use]] = {}
    for client in registry.clients:
        for use in _redirects(client):
            key = _key(use.text)
            known = first.setdefault(key, use) if key else use
            if known.client.client_id != client.client_id and key:
                found.setdefault((client.file, key), (use, known))
    return tuple(found.values())


def _defaults(registry: Registry) -> Iterator[_Use]:
    for client in registry.clients:
        if client.data["platform"] in SCHEME_PLATFORMS:
            left_out = (None,) if "redirect_uris" not in client.data else _unsetting(client)
            for name in left_out:
                for text in client.registration(name).redirect_uris:
                    yield _Use(client, ("client_id",), text)


def _unsetting(client: Client) -> Iterator[str]:
    """The environments in which the client leaves its redirect URIs to the default."""
    for name, overrides in client.data.get("environments", {}).items():
        if overrides.get("redirect_uris", ()) is None:
            yield name


def _redirects(client: Client) -> Iterator[_Use]:
    data = client.data
    for index, text in enumerate(data.get("redirect_uris", ())):
        yield _Use(client, ("redirect_uris", index), text)
    for name, overrides in data.get("environments", {}).items():
        for index, text in enumerate(overrides.get("redirect_uris") or ()):
            yield _Use(client, ("environments", name, "redirect_uris", index), text)


def _key(text: str) -> str | None:
    """What two clients must not share: an https address, or a private-use scheme. Loopback and URNs are free."""
    if usual_host(text):
        return text
    uri = parse(text)
    if uri.flaw or uri.scheme in {"urn", "http"} or uri.loopback:
        return None
    return uri.normal if uri.scheme == "https" else f"{uri.scheme}:"


@rule(
    "CR228",
    WARNING,
    subject="registry",
    waivable=False,
    title="organization does not say which hosts are its own",
    bad="""
        # file: clients/acme/organization.yaml
        name: Acme AS  # <-
        contacts: {technical: [dev@acme.example]}
        recipients: [age1a2wnpw7q782e67mv8e3lsjttlyz9z93lnaqaftter2ry9ldur9tqq97qmz]
        # file: clients/acme/shop.yaml
        platform: web
        redirect_uris: [https://www.acme.example/callback]
    """,
    good="""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts: {technical: [dev@acme.example]}
        recipients: [age1a2wnpw7q782e67mv8e3lsjttlyz9z93lnaqaftter2ry9ldur9tqq97qmz]
        # file: clients/acme/shop.yaml
        platform: web
        redirect_uris: [https://www.acme.example/callback]
    """,
    refs=("RFC 9700 section 4.1",),
)
def no_domains(registry: Registry, context: Context) -> Iterator[Breach]:
    """Without domains nothing tells an address of the organization from a look-alike in a pull request."""
    asked = {org.id for org in registry.organizations.values() if not org.domains}
    if not asked:
        return
    found: dict[str, tuple[Client, str]] = {}
    for client in registry.clients:
        organization = client.organization.id
        if organization in asked and organization not in found and (text := _web_address(client)):
            found[organization] = client, text
    for client, text in found.values():
        host = parse(text).host or ""
        domain = registrable(host)
        yield Breach(
            ("name",),
            f"{shown(client.organization.name)} names no domains, and its client {shown(client.client_id)} uses "
            f"{shown(text)}",
            f"write domains: [{host if is_public_suffix(domain) else domain}]",
            client.organization.file,
        )


def _web_address(client: Client) -> str | None:
    for stated in (client.data, *client.data.get("environments", {}).values()):
        for text in _addresses(stated):
            uri = parse(text)
            if uri.web and not uri.flaw and not uri.loopback and claimable(uri.host or ""):
                return text
    return None


def _addresses(stated: Mapping[str, object]) -> Iterator[str]:
    for name, value in stated.items():
        if name.partition("#")[0] not in _WEB_FIELDS:
            continue
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from value
