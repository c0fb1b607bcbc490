"""Who answers for a client: a technical contact that exists, at an address that can receive mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from clientreg.jsonvalue import Path, shown
from clientreg.model import Organization, Registration
from clientreg.registry import Registry
from clientreg.rules import ERROR, INFO, WARNING, Breach, Context, by_class, rule
from clientreg.rules.features import Feature
from clientreg.values import mailbox

_SOURCES = ("RFC 6761 section 6", "RFC 6762 section 3")
_FORM = "Required registration details: Email address for technical contact"


@rule(
    "CR111",
    ERROR,
    title="there is no technical contact",
    needs=(Feature.NO_CONTACT,),
    also=("contacts",),
    hint="write 'contacts: {technical: [name@example.com]}', or give the organization one for all its clients",
    bad="""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        # file: clients/acme/shop.yaml
        client_type: public
        contacts: {security: [soc@acme.example]}  # <-
    """,
    good="""
        contacts: {technical: [dev@acme.example], security: [soc@acme.example]}
    """,
    refs=(_FORM,),
)
def no_technical_contact(registration: Registration, context: Context) -> Iterator[Breach]:
    """When a client breaks or leaks, or a server changes, somebody must be told who can repair it."""
    if not registration.contacts.get("technical"):
        yield Breach(("contacts",), "neither this client nor its organization names a technical contact")


@rule(
    "CR112",
    ERROR,
    title="contact is no e-mail address",
    fields=("contacts",),
    needs=(Feature.ODD_CONTACT,),
    hint="write one address per item, as in name@example.com",
    bad="""
        contacts:
          technical:
            - Dev Team <dev@acme.example>  # <-
            - dev@acme  # <-
    """,
    good="""
        contacts:
          technical: [dev@acme.example, o'neill+oauth@bücher.example]
    """,
    refs=("OpenID Connect Dynamic Client Registration 1.0 section 2: contacts", "RFC 5322 section 3.4.1"),
)
def contact_is_no_address(registration: Registration, context: Context) -> Iterator[Breach]:
    """A warning that is sent to it would come back, if anybody looked."""
    yield from _malformed(_given(registration, context))


@rule(
    "CR113",
    by_class(test=WARNING, production=ERROR),
    title="contact is at a name that cannot receive mail",
    fields=("contacts",),
    needs=(Feature.ODD_CONTACT,),
    hint="write an address that reaches somebody; names for documentation such as example.com are fine in examples",
    bad="""
        contacts:
          technical: [dev@acme.test]  # <-
        environments: {production: {}}
        redirect_uris: [https://shop.acme.example/callback]
    """,
    good="""
        contacts:
          technical: [dev@acme.example]
    """,
    refs=_SOURCES,
)
def contact_cannot_be_reached(registration: Registration, context: Context) -> Iterator[Breach]:
    """Names under .test, .local, .invalid and .localhost are never in the public DNS: no mail arrives there."""
    yield from _unreachable(_given(registration, context))


@rule(
    "CR114",
    ERROR,
    subject="organization",
    title="organization's contact is no e-mail address",
    hint="write one address per item, as in name@example.com",
    bad="""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts:
          technical: [dev(at)acme.example]  # <-
    """,
    good="""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts:
          technical: [dev@acme.example]
    """,
    refs=("RFC 5322 section 3.4.1",),
)
def organization_contact_is_no_address(organization: Organization, context: Context) -> Iterator[Breach]:
    """It stands for every client of the organization that names no contact of its own."""
    yield from _malformed(organization.contacts)


@rule(
    "CR115",
    ERROR,
    subject="registry",
    waivable=False,
    title="organization with clients in production cannot be reached by mail",
    hint="write an address that reaches somebody",
    bad="""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        recipients: [age1a2wnpw7q782e67mv8e3lsjttlyz9z93lnaqaftter2ry9ldur9tqq97qmz]
        contacts:
          technical: [dev@acme.local]  # <-
        # file: clients/acme/shop.yaml
        redirect_uris: [https://shop.acme.example/callback]
        environments: {production: {}}
    """,
    good="""
        redirect_uris: [https://shop.acme.example/callback]
        environments: {production: {}}
    """,
    refs=_SOURCES,
)
def organization_cannot_be_reached(registry: Registry, context: Context) -> Iterator[Breach]:
    """Names under .test, .local, .invalid and .localhost are never in the public DNS: no mail arrives there."""
    live = _in_production(registry, context)
    yield from _unreachable_organizations(o for o in registry.organizations.values() if o.id in live)


@rule(
    "CR116",
    WARNING,
    subject="registry",
    waivable=False,
    title="organization cannot be reached by mail",
    hint="write an address that reaches somebody, before a client goes to production",
    bad="""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts:
          technical: [dev@acme.local]  # <-
    """,
    good="""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts:
          technical: [dev@acme.example]
    """,
    refs=_SOURCES,
)
def test_organization_cannot_be_reached(registry: Registry, context: Context) -> Iterator[Breach]:
    """Fine while its clients are only tried out; in production it is an error."""
    live = _in_production(registry, context)
    yield from _unreachable_organizations(o for o in registry.organizations.values() if o.id not in live)


@rule(
    "CR125",
    by_class(test=None, production=INFO),
    title="technical contact is one person",
    fields=("contacts",),
    hint="better write a team's address, beside it or instead: people are on leave, and leave",
    bad="""
        contacts:
          technical: [kari.nordmann@acme.example]  # <-
        environments: {production: {}}
        redirect_uris: [https://shop.acme.example/callback]
    """,
    good="""
        contacts:
          technical: [kari.nordmann@acme.example, identity@acme.example]
        environments: {production: {}}
        redirect_uris: [https://shop.acme.example/callback]
    """,
    refs=(_FORM, "RFC 2142 section 1"),
)
def contact_is_one_person(registration: Registration, context: Context) -> Iterator[Breach]:
    """When the client fails in production, or its secret leaks, somebody must read the mail on that very day."""
    technical = registration.contacts.get("technical", ())
    if mailbox.of_persons(technical) and "technical" in _given(registration, context):
        yield _personal(technical)


@rule(
    "CR126",
    INFO,
    subject="organization",
    title="organization is reached at a free mail provider alone",
    hint="add an address in a domain of the organization's own",
    bad="""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts:  # <-
          technical: [acme.dev@gmail.com]
          support: [acme-help@outlook.com]
    """,
    good="""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts:
          technical: [acme.dev@gmail.com]
          support: [help@acme.example]
    """,
    refs=(_FORM,),
)
def only_free_mail(organization: Organization, context: Context) -> Iterator[Breach]:
    """Anybody can get such an address, so nothing in it says that whoever answers speaks for the organization."""
    addresses = [address for role in organization.contacts.values() for address in role]
    if addresses and all(map(mailbox.free, addresses)):
        yield Breach(("contacts",), f"{_listed(addresses)}: anybody can get an address there")


@rule(
    "CR127",
    INFO,
    subject="organization",
    title="organization's technical contact is one person",
    hint="better write a team's address, beside it or instead: people are on leave, and leave",
    bad="""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts:
          technical: [kari.nordmann@acme.example]  # <-
    """,
    good="""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts:
          technical: [identity@acme.example]
    """,
    refs=(_FORM, "RFC 2142 section 1"),
)
def organization_contact_is_one_person(organization: Organization, context: Context) -> Iterator[Breach]:
    """It stands for every client of the organization that names no contact of its own."""
    technical = organization.contacts.get("technical", ())
    if mailbox.of_persons(technical):
        yield _personal(technical)


def _personal(addresses: Sequence[str]) -> Breach:
    are = "is one person's" if len(addresses) == 1 else "are single people's"
    return Breach(("contacts", "technical"), f"{_listed(addresses)} {are}")


def _listed(addresses: Sequence[str]) -> str:
    return " and ".join(map(shown, addresses[:2])) + (" and others" if len(addresses) > 2 else "")


def _given(registration: Registration, context: Context) -> Mapping[str, tuple[str, ...]]:
    """The contacts that the client states itself; its organization's are judged in their own file."""
    defaults = context.registry.organizations[registration.organization].contacts
    return {role: found for role, found in registration.contacts.items() if defaults.get(role) != found}


def _in_production(registry: Registry, context: Context) -> frozenset[str]:
    """The organizations with a client in production."""
    live = [name for name, environment in context.settings.environments.items() if environment.production]
    return frozenset(c.organization.id for name in live for c in registry.of(name).values())


def _unreachable_organizations(organizations: Iterable[Organization]) -> Iterator[Breach]:
    for organization in organizations:
        for breach in _unreachable(organization.contacts):
            yield breach._replace(file=organization.file)


def _addresses(contacts: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[Path, str]]:
    for role, addresses in contacts.items():
        for index, address in enumerate(addresses):
            yield ("contacts", role, index), address


def _unreachable(contacts: Mapping[str, tuple[str, ...]]) -> Iterator[Breach]:
    for path, address in _addresses(contacts):
        if mailbox.unreachable(address):
            yield Breach(path, f"{shown(address)} is at a name under '.{mailbox.top(address)}', where no mail arrives")


def _malformed(contacts: Mapping[str, tuple[str, ...]]) -> Iterator[Breach]:
    for path, address in _addresses(contacts):
        if not mailbox.unreachable(address) and (why := mailbox.mistake(address)):
            yield Breach(path, f"{shown(address)} is no e-mail address: {why}")
