"""The domains that organizations claim: what their clients' web addresses are held to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from clientreg.jsonvalue import shown
from clientreg.model import Organization
from clientreg.registry import Registry
from clientreg.rules import ERROR, WARNING, Breach, Context, Place, rule
from clientreg.rules.addresses import host_meant

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_RESERVED = frozenset({"example", "test", "invalid", "localhost", "local", "internal"})
_DOCUMENTATION = ("example.com", "example.net", "example.org")
_FORM = "Required registration details: Choosing a redirect URI"
_ACME = """
        # file: clients/acme/organization.yaml
        name: Acme AS
        contacts: {technical: [dev@acme.example]}
        domains:"""


@rule(
    "CR521",
    ERROR,
    subject="registry",
    waivable=False,
    title="domain is claimed by two organizations",
    hint="leave it with the organization that owns it; the other names the hosts below it that are its own",
    bad=f"""{_ACME}
          - pay.example
        # file: clients/zeta/organization.yaml
        name: Zeta AS
        contacts: {{technical: [dev@zeta.example]}}
        domains:
          - pay.example  # <-
    """,
    good=f"""{_ACME}
          - acme.example
        # file: clients/zeta/organization.yaml
        name: Zeta AS
        contacts: {{technical: [dev@zeta.example]}}
        domains:
          - zeta.example
    """,
    refs=(_FORM, "RFC 9700 section 4.1"),
)
def domain_claimed_twice(registry: Registry, context: Context) -> Iterator[Breach]:
    """A domain says whose clients may receive codes there. If it is two organizations', it protects neither."""
    claims = _claims(registry)
    for organization in registry.organizations.values():
        for index, domain in enumerate(organization.domains):
            first = claims[domain]
            if first is not organization:
                message = f"{shown(domain)} is also claimed by {shown(first.name)}"
                yield _claim(organization, index, message, first)


@rule(
    "CR522",
    WARNING,
    subject="registry",
    waivable=False,
    title="domain is below one that another organization claims",
    hint="let the other organization name only what is its own, so that its clients cannot use these hosts",
    bad=f"""{_ACME}
          - city.example
        # file: clients/zeta/organization.yaml
        name: Zeta AS
        contacts: {{technical: [dev@zeta.example]}}
        domains:
          - library.city.example  # <-
    """,
    good=f"""{_ACME}
          - museum.city.example
        # file: clients/zeta/organization.yaml
        name: Zeta AS
        contacts: {{technical: [dev@zeta.example]}}
        domains:
          - library.city.example
    """,
    refs=(_FORM,),
)
def domain_below_anothers(registry: Registry, context: Context) -> Iterator[Breach]:
    """A claim covers everything below it: clients of the other organization may receive codes at these hosts."""
    claims = _claims(registry)
    for organization in registry.organizations.values():
        for index, domain in enumerate(organization.domains):
            above = domain.partition(".")[2]
            while above:
                first = claims.get(above)
                if first and first is not organization:
                    message = f"{shown(domain)} is below {above!r}, which {shown(first.name)} claims"
                    yield _claim(organization, index, message, first)
                    break
                above = above.partition(".")[2]


@rule(
    "CR523",
    ERROR,
    subject="organization",
    title="domain is one under which anybody gets a name",
    hint="claim only what the organization registered itself, such as acme.github.io instead of github.io",
    bad=f"""{_ACME}
          - example  # <-
          - co.uk  # <-
          - github.io  # <-
    """,
    good=f"""{_ACME}
          - acme.example
          - acme.co.uk
          - acme.github.io
    """,
    refs=("Public Suffix List", "RFC 9700 section 4.1"),
)
def domain_is_a_public_suffix(organization: Organization, context: Context) -> Iterator[Breach]:
    """Whoever registers a name or rents hosting there could receive the codes of this organization's clients."""
    for index, domain in enumerate(organization.domains):
        if _DOMAIN.fullmatch(domain) and is_public_suffix(domain):
            yield Breach(("domains", index), f"anybody can get a name under {shown(domain)}")


@rule(
    "CR524",
    ERROR,
    subject="organization",
    title="domain is not written as a host name",
    hint="write the host alone, in lower case: acme.example covers everything below it; for others use the xn-- form",
    bad=f"""{_ACME}
          - https://acme.example/  # <-
          - "*.acme.example"  # <-
          - Acme.example  # <-
    """,
    good=f"""{_ACME}
          - acme.example
          - xn--bcher-kva.example
    """,
    refs=("RFC 1123 section 2.1", "RFC 5890 section 2.3.2.1"),
)
def malformed_domain(organization: Organization, context: Context) -> Iterator[Breach]:
    """Hosts are compared with it letter by letter: written in any other way it covers nothing."""
    for index, domain in enumerate(organization.domains):
        if not _DOMAIN.fullmatch(domain):
            meant = host_meant(domain)
            hint = f"write {meant}: that covers everything below it" if _DOMAIN.fullmatch(meant) else ""
            yield Breach(("domains", index), f"{shown(domain)} is not a host name in lower case", hint)


def _claims(registry: Registry) -> Mapping[str, Organization]:
    """The first organization that claims each domain."""
    claims: dict[str, Organization] = {}
    for organization in registry.organizations.values():
        for domain in organization.domains:
            claims.setdefault(domain, organization)
    return claims


def _claim(organization: Organization, index: int, message: str, first: Organization) -> Breach:
    place = Place(first.file, ("domains",), "the other claim")
    return Breach(("domains", index), message, file=organization.file, related=(place,))


def is_public_suffix(domain: str) -> bool:
    """Asks the library only where the list could have an entry: building its index takes 90 ms."""
    if "." not in domain:
        return True
    if domain.rpartition(".")[2] in _RESERVED or f".{domain}".endswith(tuple(f".{name}" for name in _DOCUMENTATION)):
        return False
    named = {domain, f"*.{domain}", f"*.{domain.partition('.')[2]}"}
    if "xn--" not in domain and named.isdisjoint(_entries()):
        return False
    return bool(_suffixes().is_public(domain))


@cache
def _entries() -> frozenset[str]:
    from publicsuffixlist import PSLFILE

    return frozenset(FilePath(PSLFILE).read_text(encoding="utf-8").split("\n"))


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
