"""Hosts and domains that pass for an organization's: the oldest trick there is, and the easiest to overlook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from clientreg.jsonvalue import shown
from clientreg.model import Organization, Registration
from clientreg.registry import Registry
from clientreg.rules import ERROR, WARNING, Breach, Context, Place, addresses, rule
from clientreg.rules.features import Feature
from clientreg.values import confusable

_LOOKS = "UTS 39 section 4"
_SHORTEST = 4
"""Letters of a name that others are built around; shorter ones end many a word by chance."""
_DEEPEST = 8
"""Labels of a claimed domain that others are compared with: no real one has more, and time is linear."""
_ZETA = """
        # file: clients/zeta/organization.yaml
        name: Zeta AS
        contacts: {technical: [dev@zeta.example]}
        recipients: [age1a2wnpw7q782e67mv8e3lsjttlyz9z93lnaqaftter2ry9ldur9tqq97qmz]
        domains:
"""


class Claim(NamedTuple):
    """A domain and the organization that claims it first."""

    domain: str
    organization: Organization


@rule(
    "CR527",
    ERROR,
    waivable=False,
    title="address is on a host that could be taken for an organization's",
    fields=addresses.FIELDS,
    needs=(Feature.FOREIGN,),
    hint="use the organization's own host; one that is really another of its own belongs in its organization.yaml",
    bad="""
        redirect_uris:
          - https://www.acme.example/callback
          - https://www.notacme.example/callback  # <-
          - https://acme.example.evil.example/callback  # <-
        logo_uri: https://cdn.acrne.example/logo.png  # <-
    """,
    good="""
        redirect_uris: [https://www.acme.example/callback]
        logo_uri: https://cdn.acme.example/logo.png
    """,
    refs=(_LOOKS, "RFC 9700 section 4.1"),
)
def imitation(registration: Registration, context: Context) -> Iterator[Breach]:
    """Whoever reads the file takes it for the organization's host; codes, and users, would go to somebody else's."""
    own = context.registry.organizations[registration.organization].domains
    for address in addresses.sound(registration, addresses.FIELDS):
        host = address.uri.host or ""
        if address.uri.web and not address.uri.loopback and not addresses.within(host, own):
            claim = imitated(host, context.registry)
            if claim:
                whose = f"{shown(claim.domain)} of {shown(claim.organization.name)}"
                yield Breach(address.path, f"{shown(host)} could be taken for {whose}")


@rule(
    "CR528",
    WARNING,
    subject="registry",
    waivable=False,
    title="domain could be taken for one that another organization claims",
    hint="ask who registered it, and why; a domain that is theirs in good faith may stay",
    bad=f"""
        client_name: Acme Shop
{_ZETA}
          - acme.example.zeta.example  # <-
          - xn--acm-tdd.example  # <-
    """,
    good=f"""
        client_name: Acme Shop
{_ZETA}
          - zeta.example
    """,
    refs=(_LOOKS, "RFC 9700 section 4.1"),
)
def domain_imitates_anothers(registry: Registry, context: Context) -> Iterator[Breach]:
    """What an organization claims, its clients may use: a look-alike becomes a host that no rule finds strange."""
    for organization in registry.organizations.values():
        for index, domain in enumerate(organization.domains):
            claim = _embedded(domain, registry) or _alike(domain, registry)
            if claim and claim.organization is not organization:
                message = (
                    f"{shown(domain)} could be taken for {shown(claim.domain)} of {shown(claim.organization.name)}"
                )
                place = Place(claim.organization.file, ("domains",), "the other claim")
                yield Breach(("domains", index), message, file=organization.file, related=(place,))


@lru_cache(maxsize=1024)
def imitated(host: str, registry: Registry) -> Claim | None:
    """The claimed domain that a host is not below and passes for: by looks, as a part of it, or as its end."""
    return _embedded(host, registry) or _alike(host, registry) or _glued(host, registry)


def _embedded(host: str, registry: Registry) -> Claim | None:
    """`acme.example.evil.example`: the domain stands in it, and it is somebody else's."""
    labels, claims = host.split("."), _claims(registry)
    for start in range(len(labels)):
        for stop in range(start + 2, min(len(labels), start + _DEEPEST + 1)):
            if claim := claims.get(".".join(labels[start:stop])):
                return claim
    return None


def _alike(host: str, registry: Registry) -> Claim | None:
    """`acrne.example`, or Cyrillic letters: another domain, which reads as this one."""
    looks = _looks(registry)
    for part in _endings(_read(host)):
        for look in _seen(part):
            claim = looks.get(look)
            if claim and part != claim.domain:
                return claim
    return None


def _glued(host: str, registry: Registry) -> Claim | None:
    """`notacme.example`: the domain is its end, without a period before it."""
    claims = _claims(registry)
    for part in _endings(host):
        for start in range(1, part.index(".") - _SHORTEST + 1):
            if claim := claims.get(part[start:]):
                return claim
    return None


def _endings(host: str) -> Iterator[str]:
    """The host and the domains above it, but for the last label."""
    labels = host.split(".")
    for count in range(min(len(labels), _DEEPEST), 1, -1):
        yield ".".join(labels[-count:])


def _read(host: str) -> str:
    """A host as a browser's address line may show it."""
    if "xn--" not in host:
        return host
    import idna

    try:
        return idna.decode(host)
    except idna.IDNAError:
        return host


def _seen(domain: str) -> frozenset[str]:
    return frozenset(map(confusable.reading, confusable.keys(domain)))


@lru_cache(maxsize=1)
def _claims(registry: Registry) -> Mapping[str, Claim]:
    claims: dict[str, Claim] = {}
    for organization in registry.organizations.values():
        for domain in organization.domains:
            if "." in domain:
                claims.setdefault(domain, Claim(domain, organization))
    return claims


@lru_cache(maxsize=1)
def _looks(registry: Registry) -> Mapping[str, Claim]:
    """What each claimed domain looks like."""
    return {look: claim for claim in reversed(tuple(_claims(registry).values())) for look in _seen(_read(claim.domain))}
