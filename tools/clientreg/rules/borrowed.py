"""Hosts and ports that no client holds for itself: where an organization claims no domain, nothing else would tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clientreg.jsonvalue import shown
from clientreg.model import Registration
from clientreg.rules import ERROR, WARNING, Breach, Context, addresses, by_class, rule
from clientreg.rules.addresses import CALLED, OPENED, ORIGINS, REDIRECTS, SHOWN, TUNNELS, Address
from clientreg.rules.domains import is_public_suffix
from clientreg.rules.features import Feature
from clientreg.values import confusable

_BINDING = (*REDIRECTS, *CALLED, *OPENED, *ORIGINS)
_IN_BROWSER = (*REDIRECTS, *OPENED, *SHOWN, *ORIGINS)
_NUMERIC = re.compile(r"\[[0-9a-f:.]+\]|[0-9]+(?:\.[0-9]+){3}")
_SHORTENERS = frozenset(
    {
        "bit.ly", "bitly.com", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "lnkd.in", "ow.ly", "rb.gy", "rebrand.ly",
        "s.id", "shorturl.at", "shorter.me", "t.co", "t.ly", "tiny.cc", "tinyurl.com", "v.gd",
    }
)  # fmt: skip
# Fetch standard, section 2.9 "Port blocking": fixed since 2021 but for one or two a year.
_BLOCKED = frozenset(
    map(
        str,
        (
            0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
            109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
            526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
            3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
        ),
    )
)  # fmt: skip
_NO_DOMAINS = """
        # file: clients/acme/organization.yaml
        name: Acme AS
        contacts: {technical: [dev@acme.example]}
        recipients: [age1a2wnpw7q782e67mv8e3lsjttlyz9z93lnaqaftter2ry9ldur9tqq97qmz]
        # file: clients/acme/shop.yaml"""


def _unclaimed(registration: Registration, context: Context, fields: tuple[str, ...]) -> Iterator[tuple[Address, str]]:
    """Web addresses and their hosts, where the organization claims no domain that would decide."""
    if not addresses.domains_of(registration, context):
        for address in addresses.sound(registration, fields):
            if address.uri.web and not address.uri.loopback:
                yield address, address.uri.host or ""


def claimable(host: str) -> bool:
    """Whether a host could be an organization's own, so that it makes sense to claim its domain."""
    if "." not in host or _NUMERIC.fullmatch(host) or host in _SHORTENERS or host.endswith(TUNNELS):
        return False
    return not is_public_suffix(host) and not any(_mixed(label) for label in host.split("."))


@rule(
    "CR232",
    by_class(test=WARNING, production=ERROR),
    title="address is on a host under which anybody gets a name",
    fields=_BINDING,
    needs=(Feature.UNCLAIMED,),
    bad=f"""{_NO_DOMAINS}
        platform: web
        redirect_uris: [https://github.io/callback]  # <-
        post_logout_redirect_uris: [https://github.io/]  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://shop.acme.example/callback]
    """,
    refs=("Public Suffix List", "RFC 9700 section 4.1"),
)
def public_suffix(registration: Registration, context: Context) -> Iterator[Breach]:
    """Such a host belongs to a registry or to a hosting company, never to one of its customers: the name of the
    client in front of it is missing.
    """
    for address, host in _unclaimed(registration, context, _BINDING):
        if "." in host and not _NUMERIC.fullmatch(host) and is_public_suffix(host):
            yield Breach(
                address.path,
                f"{shown(host)} is nobody's own: names below it are for everybody",
                f"write the whole host, such as {registration.organization}.{host}",
            )


@rule(
    "CR233",
    by_class(test=None, production=WARNING),
    title="production address has an IP address for a host",
    fields=_BINDING,
    needs=(Feature.UNCLAIMED,),
    bad=f"""{_NO_DOMAINS}
        platform: web
        redirect_uris: [https://203.0.113.7/callback]  # <-
        post_logout_redirect_uris: [https://203.0.113.7/]  # <-
        environments: {{production: {{}}}}
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
        environments:
          test: {redirect_uris: [https://test.acme.example/callback]}
          production: {}
    """,
    refs=("RFC 9700 section 4.1", "RFC 9525 section 6.3"),
)
def numeric_host(registration: Registration, context: Context) -> Iterator[Breach]:
    """An IP address is lent by whoever runs the network: the next one who gets it receives the codes of this client.
    Hardly any certificate names one, so users are used to warnings there.
    """
    for address, host in _unclaimed(registration, context, (*REDIRECTS, *OPENED, *ORIGINS)):
        if _NUMERIC.fullmatch(host):
            yield Breach(
                address.path,
                f"{shown(host)} is an IP address, and whoever gets it next gets what is sent there",
                f"write a host name in its place, such as {addresses.own_host(registration, context)}",
            )


@rule(
    "CR234",
    ERROR,
    title="host looks like another",
    waivable=False,
    fields=_BINDING,
    needs=(Feature.UNCLAIMED,),
    bad=f"""{_NO_DOMAINS}
        platform: web
        redirect_uris: [https://xn--cme-7cd.example/callback]  # <-
        post_logout_redirect_uris: [https://xn--cme-7cd.example/]  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://xn--blbr-roah.acme.example/callback]
    """,
    refs=("UTS 39 section 5.2", "RFC 5890 section 4.4"),
)
def spoofed_host(registration: Registration, context: Context) -> Iterator[Breach]:
    """A Cyrillic letter among Latin ones makes another host that nobody can tell apart from the real one.

    In an address it hides behind `xn--`, where no reviewer reads it.
    """
    for address, host in _unclaimed(registration, context, _BINDING):
        for label in host.split(".") if "xn--" in host else ():
            found = _mixed(label)
            if found:
                yield Breach(
                    address.path,
                    f"{shown(label)} is {shown(_readable(label))}, which mixes {' and '.join(found[1])} letters",
                    "write the host that is meant, each word in one script",
                )


def _mixed(label: str) -> tuple[str, tuple[str, ...]] | None:
    return confusable.mixed_word(_readable(label)) if label.startswith("xn--") else None


def _readable(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label


@rule(
    "CR235",
    ERROR,
    title="port is one that browsers refuse",
    fields=_IN_BROWSER,
    needs=(Feature.PORT,),
    bad="""
        platform: web
        redirect_uris:
          - http://localhost:6000/callback  # <-
          - https://www.acme.example:10080/callback  # <-
    """,
    good="""
        platform: web
        redirect_uris: ["http://localhost:3000/callback", "https://www.acme.example:8443/callback"]
    """,
    refs=('Fetch standard, "Port blocking"',),
)
def blocked_port(registration: Registration, context: Context) -> Iterator[Breach]:
    """Ports of mail, chat and other protocols are closed to browsers, so that no page makes one speak to them: users
    see an error page in place of the client.
    """
    for address in addresses.sound(registration, _IN_BROWSER):
        if address.uri.port in _BLOCKED:
            yield Breach(
                address.path,
                f"no browser goes to port {address.uri.port}",
                "choose another port, such as 8443, or 3000 on one's own machine",
            )


@rule(
    "CR236",
    by_class(test=WARNING, production=ERROR),
    title="address is one of a link shortener",
    fields=(*REDIRECTS, *CALLED, *OPENED),
    needs=(Feature.UNCLAIMED,),
    bad=f"""{_NO_DOMAINS}
        platform: web
        redirect_uris: [https://bit.ly/acme-login]  # <-
        post_logout_redirect_uris: [https://bit.ly/]  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://www.acme.example/callback]
    """,
    refs=("RFC 9700 section 2.1", "RFC 9700 section 4.11"),
)
def shortener(registration: Registration, context: Context) -> Iterator[Breach]:
    """The shortener reads each code before it sends the browser on, and whoever holds the link may send it elsewhere
    tomorrow.
    """
    for address, host in _unclaimed(registration, context, (*REDIRECTS, *CALLED, *OPENED)):
        if host in _SHORTENERS:
            yield Breach(
                address.path,
                f"{shown(host)} sends browsers on to wherever its link leads today",
                "write the address that the link stands for",
            )


@rule(
    "CR237",
    by_class(test=None, production=WARNING),
    title="production address is on a host without a domain",
    fields=_BINDING,
    needs=(Feature.UNCLAIMED,),
    bad=f"""{_NO_DOMAINS}
        platform: web
        redirect_uris: [https://shop/callback]  # <-
        post_logout_redirect_uris: [https://shop/]  # <-
        environments: {{production: {{}}}}
    """,
    good="""
        platform: web
        redirect_uris: [https://shop.acme.example/callback]
        environments: {production: {}}
    """,
    refs=("RFC 9700 section 4.1", "RFC 1535"),
)
def bare_host(registration: Registration, context: Context) -> Iterator[Breach]:
    """A name of one word means another machine in each network: a user in a hotel sends the code to the hotel's."""
    for address, host in _unclaimed(registration, context, (*REDIRECTS, *OPENED, *ORIGINS)):
        if "." not in host and not host.startswith("["):
            yield Breach(
                address.path,
                f"{shown(host)} is a name that each network gives to a machine of its own",
                f"write the whole name, such as {host}.example.com",
            )
