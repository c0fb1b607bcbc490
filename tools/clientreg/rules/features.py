"""What of a registration decides which rules could find anything: worked out once, so that the others are not called.

A rule names in `needs` the features without which it finds nothing; where one is absent its check is not called. Each
feature is cheap to see and errs on the side of being there: what is wrong, and where, only the rule says.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache

from clientreg.defaults import OOB, application_type_of, signs_users_in
from clientreg.model import Registration
from clientreg.rules import Context, addresses
from clientreg.rules.kinds import is_native, is_web
from clientreg.values import mailbox
from clientreg.values.uri import Uri, parse, usual_host


class Feature(StrEnum):
    """Something about a registration, as far as a rule can do nothing without it."""

    NATIVE = "installed, and its platform agrees"
    WEB = "used through a browser, and its platform agrees"
    CONTRADICTION = "an application type that is not the platform's"
    SERVICE = "platform service"
    JAVASCRIPT = "platform javascript"
    PUBLIC = "client type public"
    CONFIDENTIAL = "client type confidential"
    REDIRECTS_NOBODY = "no grant sends a browser back"
    RARE_GRANT = "a grant beside code, refresh token and client credentials"
    NO_CODE_GRANT = "no authorization code grant"
    NO_REFRESH_GRANT = "no refresh token grant"
    UNEVEN = "grants and response types that are not all used, or of which there may be none"
    SEPARATE_SIGN_ON = "single sign-on off"
    NO_WAY_BACK = "no post-logout redirect URI"
    NO_REDIRECT_URI = "no redirect URI at all"
    DEFAULT_REDIRECT_URI = "redirect URIs by default"
    NO_RECIPIENT = "nobody to seal a secret to"
    NO_CONTACT = "no technical contact"
    ODD_CONTACT = "a contact that is not plainly an address that receives mail"
    LANGUAGES = "localized fields"
    BEYOND_ASCII = "names that are not ASCII"
    RESTRICTED_SCOPE = "a scope that is unknown, sensitive or not for everybody"
    NO_OPENID = "openid not among the scopes"
    OFFLINE = "offline_access among the scopes"
    FLAWED = "a stated address that is none"
    MISSPELT = "a stated address that is not in its usual spelling"
    FRAGMENT = "a stated address with a fragment"
    NO_PATH = "a stated address without a path"
    QUERY = "a stated address with a query"
    FOREIGN = "a stated address on a host that is not the organization's"
    UNCLAIMED = "a stated web address of an organization that claims no domain"
    PORT = "a stated address with a port of its own"
    ODD = "a stated address that ends oddly, has an empty part or a host that reads like one for tests"
    LOOPBACK = "a stated address on the machine that opens it"
    HTTPS = "a stated https address"
    HTTP = "a stated http address"
    NO_WEB_ADDRESS = "a stated address that is neither http nor https"
    URN = "an address that is a URN, stated or by default"


FIELDS = frozenset(
    {*addresses.FIELDS, "client_name", "contacts", "credentials"}
    | {"grant_types", "response_types", "scopes", "single_sign_on"}
)
"""The fields that an environment may override and on which features depend."""

_CODE = ("code",)
_USUAL_GRANTS = frozenset({"authorization_code", "refresh_token", "client_credentials"})
_LISTS = frozenset({*addresses.REDIRECTS, *addresses.ORIGINS})
_SINGLE = frozenset(addresses.FIELDS) - _LISTS


def of(registration: Registration, context: Context) -> frozenset[Feature]:
    """The features of a registration; they do not depend on the environment but for what it overrides."""
    found = set(_of_kind(registration.platform, registration.application_type, registration.client_type))
    found |= _of_grants(registration.grant_types, registration.response_types)
    _add_addresses(found, registration, context)
    _add_redirects(found, registration)
    if not registration.post_logout_redirect_uris:
        found.add(Feature.NO_WAY_BACK)
    if not registration.single_sign_on:
        found.add(Feature.SEPARATE_SIGN_ON)
    if not registration.recipients:
        found.add(Feature.NO_RECIPIENT)
    if not registration.contacts.get("technical"):
        found.add(Feature.NO_CONTACT)
    if not all(map(mailbox.plain, registration.contacts.values())):
        found.add(Feature.ODD_CONTACT)
    if not (registration.client_name.isascii() and registration.product.isascii()):
        found.add(Feature.BEYOND_ASCII)
    if registration.localized:
        found.update((Feature.LANGUAGES, Feature.BEYOND_ASCII))
    if not context.free_scopes.issuperset(registration.scopes):
        found.add(Feature.RESTRICTED_SCOPE)
    if "openid" not in registration.scopes:
        found.add(Feature.NO_OPENID)
    if "offline_access" in registration.scopes:
        found.add(Feature.OFFLINE)
    return frozenset(found)


def _add_redirects(found: set[Feature], registration: Registration) -> None:
    if not registration.redirect_uris:
        found.add(Feature.NO_REDIRECT_URI)
    if "redirect_uris" not in registration.given:
        found.add(Feature.DEFAULT_REDIRECT_URI)
        if registration.redirect_uris == OOB:
            found.add(Feature.URN)


def _add_addresses(found: set[Feature], registration: Registration, context: Context) -> None:
    organization = context.registry.organizations.get(registration.organization)
    domains = organization.domains if organization else ()
    for field in _SINGLE & registration.given:
        found |= _of_address(getattr(registration, field), domains)
    for field in _LISTS & registration.given:
        for text in getattr(registration, field):
            found |= _of_address(text, domains)
    for name, text in registration.localized.items():
        if name.partition("#")[0] in addresses.SHOWN:
            found |= _of_address(text, domains)


@lru_cache(maxsize=64)
def _of_grants(grant_types: tuple[str, ...], response_types: tuple[str, ...]) -> frozenset[Feature]:
    found: set[Feature] = set()
    if response_types != (_CODE if "authorization_code" in grant_types else ()) or "implicit" in grant_types:
        found.add(Feature.UNEVEN)
    if not signs_users_in(grant_types):
        found.add(Feature.REDIRECTS_NOBODY)
    if not _USUAL_GRANTS.issuperset(grant_types):
        found.add(Feature.RARE_GRANT)
    if "authorization_code" not in grant_types:
        found.add(Feature.NO_CODE_GRANT)
    if "refresh_token" not in grant_types:
        found.add(Feature.NO_REFRESH_GRANT)
    return frozenset(found)


@lru_cache(maxsize=64)
def _of_kind(platform: str, application_type: str, client_type: str) -> frozenset[Feature]:
    """The features that follow from what no environment may override."""
    found = {Feature.PUBLIC if client_type == "public" else Feature.CONFIDENTIAL}
    if is_native(platform, application_type):
        found.add(Feature.NATIVE)
    if is_web(platform, application_type):
        found.add(Feature.WEB)
    if application_type_of(platform) not in {application_type, None}:
        found.add(Feature.CONTRADICTION)
    if platform in {"service", "javascript"}:
        found.add(Feature.SERVICE if platform == "service" else Feature.JAVASCRIPT)
    return frozenset(found)


@lru_cache(maxsize=1024)
def _of_address(text: str, domains: tuple[str, ...]) -> frozenset[Feature]:
    host = usual_host(text)
    plain = host is not None and text[-1] not in addresses.MARKS and not addresses.for_tests(host)
    if plain and addresses.within(host or "", domains):
        return _COMMON
    uri = parse(text)
    if uri.flaw is not None:
        return _FLAWED
    found = {feature for feature, there in _traits(uri, domains) if there}
    return _COMMON if found == _COMMON else frozenset(found)


def _traits(uri: Uri, domains: tuple[str, ...]) -> Iterator[tuple[Feature, bool]]:
    local, host = uri.loopback, uri.host or ""
    yield _SCHEMES.get(uri.scheme, Feature.NO_WEB_ADDRESS), True
    yield Feature.LOOPBACK, local
    yield Feature.FOREIGN, uri.web and not local and bool(domains) and not addresses.within(host, domains)
    yield Feature.UNCLAIMED, uri.web and not local and not domains
    yield Feature.URN, uri.scheme == "urn"
    yield Feature.MISSPELT, uri.normal != uri.text
    yield Feature.FRAGMENT, uri.fragment is not None
    yield Feature.NO_PATH, not uri.path
    yield Feature.QUERY, uri.query is not None
    yield Feature.PORT, uri.port is not None
    yield Feature.ODD, addresses.odd(uri.text, host)


_FLAWED = frozenset({Feature.FLAWED})
_COMMON = frozenset({Feature.HTTPS})
_SCHEMES = {"https": Feature.HTTPS, "http": Feature.HTTP}
