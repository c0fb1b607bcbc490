"""Addresses of one stage in another: hosts for tests in production, hosts of production in a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clientreg.jsonvalue import shown
from clientreg.model import Client, Registration
from clientreg.rules import INFO, WARNING, Breach, Context, addresses, by_class, rule
from clientreg.rules.addresses import FIELDS
from clientreg.rules.features import Feature
from clientreg.values.uri import parse, usual_host


@rule(
    "CR230",
    by_class(test=None, production=WARNING),
    title="production address is on a host for tests",
    fields=FIELDS,
    needs=(Feature.ODD,),
    bad="""
        platform: web
        redirect_uris:
          - https://staging.acme.example/callback  # <-
          - https://uat-shop.acme.example/callback  # <-
        client_uri: https://shop-dev2.acme.example/  # <-
        environments: {production: {}}
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
        environments:
          test: {redirect_uris: [https://staging.acme.example/callback]}
          production: {}
    """,
    refs=("RFC 9700 section 4.1", "RFC 6761 section 6.2"),
)
def test_host(registration: Registration, context: Context) -> Iterator[Breach]:
    """What is for trying out has many hands on it: more people deploy there, fewer look after it, and a tunnel ends
    on somebody's desk. Real users' codes do not belong there; most often the address was copied from the test.
    """
    domains = addresses.domains_of(registration, context)
    for address in addresses.sound(registration, FIELDS):
        host = address.uri.host or ""
        word = addresses.stage_word(host, domains) if address.uri.web and not address.uri.loopback else None
        if word and (not domains or addresses.within(host, domains)):
            yield Breach(
                address.path,
                f"{shown(host)} reads like a host for tests ({word}), and this is production",
                "move the address to environments.test, and write here the one that users have",
            )


@rule(
    "CR231",
    INFO,
    subject="client",
    title="test redirects to a host of production",
    fields=("environments",),
    differing=("redirect_uris",),
    bad="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
        environments:
          test:
            redirect_uris:
              - https://test.acme.example/callback
              - https://www.acme.example/callback  # <-
          production: {}
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
        environments:
          test: {redirect_uris: [https://test.acme.example/callback, "http://localhost:3000/callback"]}
          production: {}
    """,
    refs=("RFC 9700 section 4.1",),
)
def production_host(client: Client, context: Context) -> Iterator[Breach]:
    """Where test has hosts of its own, a host of production among them is most often left over from copying: the
    users who come back there bring codes that the production client cannot redeem.
    """
    known = context.settings.environments
    used = {name: _hosts(client, name) for name in client.environments if name in known}
    live = {host for name, hosts in used.items() if known[name].production for host in hosts}
    for name, hosts in used.items():
        if not known[name].production and not live.isdisjoint(hosts) and not hosts.keys() <= live:
            for host in sorted(hosts.keys() & live):
                yield Breach(
                    client.place(name, ("redirect_uris", hosts[host])),
                    f"{shown(host)} is where users of production come back to, and {name!r} has hosts of its own",
                    "leave the address out here, if the two are kept apart",
                )


def _hosts(client: Client, environment: str) -> Mapping[str, int]:
    """The hosts of the web addresses that users are redirected to, and where in the list the first of each stands."""
    stated = client.overrides(environment).get("redirect_uris", client.data.get("redirect_uris"))
    found: dict[str, int] = {}
    for index, text in enumerate(stated or ()):
        host = usual_host(text) or _host(text)
        if host:
            found.setdefault(host, index)
    return found


def _host(text: str) -> str | None:
    uri = parse(text)
    return uri.host if uri.web and uri.flaw is None and not uri.loopback else None
