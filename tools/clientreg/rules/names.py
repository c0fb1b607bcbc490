"""Names across files: what end users read on the consent page tells clients and organizations apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clientreg.jsonvalue import shown
from clientreg.model import Organization
from clientreg.registry import NameUse, Registry
from clientreg.rules import ERROR, INFO, WARNING, Breach, Context, Place, rule
from clientreg.values import confusable

_FORM = "Required registration details: Descriptive user-facing name"
_LOOKS = "UTS 39 section 4"
_HINT = "choose a name that people cannot take for the other one"


@rule(
    "CR501",
    ERROR,
    subject="registry",
    fields=("client_name",),
    waivable=False,
    title="client's name is that of another organization's client",
    hint=_HINT,
    bad="""
        client_name: Heba Coop
        # file: clients/zeta/shop.yaml
        client_name: Heba C00p  # <-
        # file: clients/yota/shop.yaml
        client_name: Yota
        environments:
          test:
            client_name: НЕВА Coop  # <-
    """,
    good="""
        client_name: Heba Coop
        # file: clients/zeta/shop.yaml
        client_name: Zeta Coop
    """,
    refs=(_FORM, _LOOKS, "RFC 6819 section 4.4.1.4"),
)
def name_of_another_organization(registry: Registry, context: Context) -> Iterator[Breach]:
    """
    On the consent page the name is all that users know a client by: whoever bears another's name is given what users
    meant for the other. Names are compared by what they look like, in every language and environment.
    """
    for use, first in _pairs(registry, 2):
        yield _same(use, first, f"of a client of {shown(first.client.organization.name)}")


@rule(
    "CR502",
    ERROR,
    subject="registry",
    fields=("client_name", "product"),
    title="client's name is that of another product's client",
    hint=_HINT,
    bad="""
        client_name: Acme
        product: Acme Shop
        # file: clients/acme/tv.yaml
        client_name: ACME  # <-
        product: Acme TV
    """,
    good="""
        client_name: Acme Shop
        product: Acme Shop
        # file: clients/acme/tv.yaml
        client_name: Acme TV
        product: Acme TV
    """,
    refs=(_FORM, _LOOKS),
)
def name_of_another_product(registry: Registry, context: Context) -> Iterator[Breach]:
    """Users who withdraw a permission must see which product they withdraw it from."""
    for use, first in _pairs(registry, 1):
        yield _same(use, first, f"of a client of the product {shown(first.client.data['product'])}")


@rule(
    "CR503",
    WARNING,
    subject="registry",
    fields=("client_name", "product"),
    title="two clients of one product have the same name",
    hint="say what tells them apart, such as 'for iPhone'",
    bad="""
        client_name: Acme Shop
        product: Acme Shop
        # file: clients/acme/web.yaml
        client_name: Acme Shop  # <-
        product: Acme Shop
    """,
    good="""
        client_name: Acme Shop
        product: Acme Shop
        # file: clients/acme/shop-ios.yaml
        client_name: Acme Shop for iPhone
        product: Acme Shop
        platform: ios
    """,
    refs=(_FORM,),
)
def same_name_in_one_product(registry: Registry, context: Context) -> Iterator[Breach]:
    """In the list of permissions users see two entries of one name and cannot know which one they use."""
    for use, first in _pairs(registry, 0):
        yield _same(use, first, "of another client of this product")


@rule(
    "CR504",
    WARNING,
    subject="registry",
    fields=("client_name",),
    title="client's name reads like another's",
    hint=_HINT,
    bad="""
        client_name: Amazing Shop
        # file: clients/zeta/shop.yaml
        client_name: Arnazing Shop  # <-
    """,
    good="""
        client_name: Amazing Shop
        # file: clients/zeta/shop.yaml
        client_name: Amusing Shop
    """,
    refs=(_FORM, _LOOKS),
)
def name_reads_alike(registry: Registry, context: Context) -> Iterator[Breach]:
    """
    In many typefaces `rn` looks like `m`. Plain words differ by nothing else (modem and modern), so a person must
    judge: it warns, between organizations and between products.
    """
    readings: dict[str, NameUse] = {}
    told: set[int] = set()
    for key, uses in registry.names.items():
        if "rn" in key:
            reading = confusable.reading(key)
            pair = (
                uses[0],
                registry.names[reading][0] if reading in registry.names else readings.setdefault(reading, uses[0]),
            )
            first, later = sorted(pair, key=lambda use: use.client.file)
            if _distance(*pair) > 0 and id(later) not in told:
                told.add(id(later))
                yield _breach(later, first, f"{shown(later.name)} reads like {shown(first.name)}")


@rule(
    "CR505",
    ERROR,
    subject="registry",
    waivable=False,
    title="two organizations have the same name",
    hint="write the registered name of each; one organization has one folder",
    bad="""
        client_name: Acme Shop
        # file: clients/acrne/shop.yaml
        client_name: Shop of the others
        post_logout_redirect_uris: [https://www.shop.example/]
        # file: clients/acrne/organization.yaml
        name: АСМЕ AS  # <-
        domains: [shop.example]
        contacts: {technical: [dev@shop.example]}
        recipients: [age1a2wnpw7q782e67mv8e3lsjttlyz9z93lnaqaftter2ry9ldur9tqq97qmz]
    """,
    good="""
        client_name: Acme Shop
        # file: clients/zeta/shop.yaml
        client_name: Zeta Shop
    """,
    refs=("Required registration details: Company/organization name", _LOOKS),
)
def same_organization_name(registry: Registry, context: Context) -> Iterator[Breach]:
    """Reviewers and users know an organization by its name: one that looks like another's borrows its trust."""
    known: dict[str, Organization] = {}
    for organization in registry.organizations.values():
        twins = [twin for key in sorted(confusable.keys(organization.name)) if (twin := known.get(key))]
        if twins:
            message = f"{shown(organization.name)} looks the same as {shown(twins[0].name)}"
            place = Place(twins[0].file, ("name",), "the other organization")
            yield Breach(("name",), message, file=organization.file, related=(place,))
        for key in confusable.keys(organization.name):
            known.setdefault(key, organization)


@rule(
    "CR506",
    INFO,
    subject="registry",
    fields=("product",),
    title="one product is spelled in two ways",
    hint="write it in the same way everywhere, if it is one product",
    bad="""
        product: Acme TV
        # file: clients/acme/tv.yaml
        product: Acme Tv  # <-
    """,
    good="""
        product: Acme TV
        # file: clients/acme/tv.yaml
        product: Acme TV
    """,
    refs=("Required registration details: Product/service name",),
)
def product_twins(registry: Registry, context: Context) -> Iterator[Breach]:
    """Clients of one product belong together in every list. Two spellings make two products of it."""
    known: dict[tuple[str, str], tuple[str, str]] = {}
    seen: set[tuple[str, str]] = set()
    for client in registry.clients:
        product, organization = client.data["product"], client.organization.id
        if (organization, product) in seen:
            continue
        seen.add((organization, product))
        for key in sorted(confusable.keys(product)):
            file, twin = known.setdefault((organization, key), (client.file, product))
            if twin != product:
                place = Place(file, ("product",), "the other spelling")
                message = f"{shown(product)} is written {shown(twin)} elsewhere"
                yield Breach(("product",), message, file=client.file, related=(place,))
                break


def _pairs(registry: Registry, distance: int) -> Iterator[tuple[NameUse, NameUse]]:
    """Each name that looks like one before it, with that one, where they are so far apart (see `_distance`)."""
    found: dict[int, tuple[NameUse, NameUse]] = {}
    for uses in registry.names.values():
        if len(uses) > 1:
            for use, first in _collisions(uses):
                known = found.get(id(use))
                if known is None or _distance(use, first) > _distance(*known):
                    found[id(use)] = (use, first)
    for use, first in found.values():
        if _distance(use, first) == distance:
            yield use, first


def _collisions(uses: Sequence[NameUse]) -> Iterator[tuple[NameUse, NameUse]]:
    """Each use of one look but the first, with the earlier one that is farthest from it.

    Only three need be remembered: the first of all, the first of another organization, and of another product.
    """
    firsts = {0: uses[0]}
    for use in uses[1:]:
        farthest = max(firsts.values(), key=lambda first: _distance(use, first))
        if _distance(use, farthest) >= 0:
            yield use, farthest
        firsts.setdefault(_distance(use, uses[0]), use)


def _distance(one: NameUse, other: NameUse) -> int:
    """2: of two organizations; 1: of two products; 0: two clients of one product; -1: the same client."""
    if one.client is other.client:
        return -1
    if one.client.organization.id != other.client.organization.id:
        return 2
    if one.client.client_id == other.client.client_id:
        return -1
    return int(one.client.data["product"] != other.client.data["product"])


def _same(use: NameUse, first: NameUse, whose: str) -> Breach:
    how = "is also the name" if use.name == first.name else f"looks the same as {shown(first.name)}, the name"
    return _breach(use, first, f"{shown(use.name)} {how} {whose}")


def _breach(use: NameUse, first: NameUse, message: str) -> Breach:
    return Breach(
        use.path, message, file=use.client.file, related=(Place(first.client.file, first.path, "the other name"),)
    )
