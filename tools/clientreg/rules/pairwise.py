"""Pairwise subjects: of whom all sites of one sector, and no other, know a user by the same id."""

from __future__ import annotations

from collections.abc import Iterator

from clientreg.jsonvalue import shown
from clientreg.model import Registration
from clientreg.rules import ERROR, WARNING, Breach, Context, addresses, gaps, rule
from clientreg.values.uri import Uri, parse

_CORE = "OpenID Connect Core 1.0 section 8.1"
_REGISTRATION = "OpenID Connect Dynamic Client Registration 1.0 section 5"


@rule(
    "CR640",
    ERROR,
    title="pairwise subjects on several hosts without a sector",
    fields=("subject_type",),
    also=("redirect_uris", "sector_identifier_uri", "grant_types", "environment"),
    bad="""
        subject_type: pairwise  # <-
        redirect_uris: [https://shop.acme.example/callback, https://www.acme.example/callback]
    """,
    good="""
        subject_type: pairwise
        redirect_uris: [https://shop.acme.example/callback, https://www.acme.example/callback]
        sector_identifier_uri: https://www.acme.example/sector.json
    """,
    refs=(_CORE, _REGISTRATION),
)
def several_hosts(registration: Registration, context: Context) -> Iterator[Breach]:
    """
    A user's id is made from the host of the redirect URI. With two hosts it would be another one on each, so that a
    document has to say that they belong together.
    """
    hosts = list(dict.fromkeys(uri.host for uri in _hosts(registration))) if _without_a_sector(registration) else []
    if len(hosts) > 1 and not gaps.is_objected(registration, context, ("redirect_uris",)):
        sector = f"https://{addresses.own_host(registration, context)}/sector.json"
        hint = f"write 'sector_identifier_uri: {sector}', where a JSON list names every redirect URI"
        yield Breach(("subject_type",), f"a user would have another id on each of {', '.join(map(shown, hosts))}", hint)


@rule(
    "CR641",
    WARNING,
    title="sector of a client whose subjects are public",
    fields=("sector_identifier_uri",),
    also=("subject_type",),
    hint="delete the line, or write 'subject_type: pairwise' if users are to have another id in each sector",
    bad="""
        sector_identifier_uri: https://shop.acme.example/sector.json  # <-
    """,
    good="""
        subject_type: pairwise
        sector_identifier_uri: https://shop.acme.example/sector.json
    """,
    refs=(_CORE,),
)
def idle_sector(registration: Registration, context: Context) -> Iterator[Breach]:
    """With public subjects everybody knows a user by one id: whoever wrote the line believes that it is not so."""
    if registration.sector_identifier_uri and registration.subject_type != "pairwise":
        message = "it has no effect while subject_type is public, as it is by default"
        yield Breach(("sector_identifier_uri",), message)


@rule(
    "CR642",
    WARNING,
    title="pairwise subjects and nothing to tell their sector",
    fields=("subject_type",),
    also=("redirect_uris", "sector_identifier_uri", "grant_types"),
    hint="add 'sector_identifier_uri' with an https address of the organization, or leave 'subject_type' out",
    bad="""
        platform: ios
        subject_type: pairwise  # <-
        redirect_uris: [com.acme.shop:/callback]
    """,
    good="""
        platform: ios
        subject_type: pairwise
        redirect_uris: [com.acme.shop:/callback]
        sector_identifier_uri: https://shop.acme.example/sector.json
    """,
    refs=(_CORE,),
)
def no_sector(registration: Registration, context: Context) -> Iterator[Breach]:
    """
    A user's id is made from a host. A scheme of one's own and localhost are none that is the client's alone: servers
    refuse such a client, or give its users the ids that they have in others.
    """
    if (
        _without_a_sector(registration)
        and registration.redirect_uris
        and all(uri.loopback for uri in _hosts(registration))
    ):
        yield Breach(("subject_type",), "no redirect URI is on a host that would be the sector")


def _without_a_sector(registration: Registration) -> bool:
    pairwise = registration.subject_type == "pairwise" and registration.signs_users_in
    return pairwise and registration.sector_identifier_uri is None


def _hosts(registration: Registration) -> Iterator[Uri]:
    """The redirect URIs that are on a host."""
    parsed = (parse(text) for text in registration.redirect_uris)
    return (uri for uri in parsed if uri.web and uri.host and not uri.flaw)
