"""Which fields hold addresses, and the addresses of one registration: parsed once, whatever rule asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from clientreg.jsonvalue import Path
from clientreg.model import Registration
from clientreg.rules import Context
from clientreg.values.uri import Flaw, Uri, parse

REDIRECTS = ("redirect_uris", "post_logout_redirect_uris")
"""Where a browser is sent back to."""
CALLED = ("backchannel_logout_uri", "jwks_uri", "sector_identifier_uri")
"""What the authorization server itself calls."""
OPENED = ("frontchannel_logout_uri", "initiate_login_uri")
"""What the authorization server sends a browser to on its own account."""
SHOWN = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
"""What users see as a link or an image; these may be localised."""
ORIGINS = ("allowed_cors_origins",)
"""From where a script may call the authorization server."""
FIELDS = (*REDIRECTS, *CALLED, *OPENED, *SHOWN, *ORIGINS)


class Address(NamedTuple):
    """One address of a registration: its field without language tag, its path, and the parsed text."""

    field: str
    path: Path
    uri: Uri


class Addresses(NamedTuple):
    """The addresses that a registration states, sorted by what is wrong with their text; defaults are not among them.

    `sound` are those in order; a field without one has no entry.
    """

    sound: Mapping[str, tuple[Address, ...]]
    flawed: Mapping[Flaw, tuple[Address, ...]]


@lru_cache(maxsize=8)
def of(registration: Registration) -> Addresses:
    """The addresses that the file or the environment states, parsed once for all the rules that ask."""
    sound, flaws = dict[str, list[Address]](), dict[Flaw, list[Address]]()
    for address in _stated(registration):
        flaw = address.uri.flaw
        if flaw is None:
            sound.setdefault(address.field, []).append(address)
        else:
            flaws.setdefault(flaw, []).append(address)
    return Addresses(
        {field: tuple(found) for field, found in sound.items()}, {flaw: tuple(found) for flaw, found in flaws.items()}
    )


def sound(registration: Registration, fields: tuple[str, ...]) -> Iterator[Address]:
    """The stated addresses of some fields whose text is in order."""
    found = of(registration).sound
    for field in fields:
        if field in found:
            yield from found[field]


def flawed(registration: Registration, flaw: Flaw) -> tuple[Address, ...]:
    """The stated addresses with a flaw."""
    return of(registration).flawed.get(flaw, ())


MARKS = ",;.')"
"""Punctuation that no address ends in on purpose, unless a bracket was opened."""
_ODD = re.compile(rf"[{MARKS}]\Z|(?<!:)//|\?\Z|[?&](?:&|\Z)")
_STAGES = "test|tests|testing|dev|develop|development|stage|staging|stg|qa|uat|preprod|sandbox"
_STAGE = re.compile(rf"(?:{_STAGES})[0-9]*[.-]|\.(?:test|invalid)\Z")
_STAGE_LABEL = re.compile(rf"(?:(?:.*-)?({_STAGES})[0-9]{{0,3}}|(staging|stg|qa|uat|preprod)-.*)")
"""`shop-test`, but not `test-results` or `dev-portal`, which may be what the product is about."""
TUNNELS = (
    "ngrok.io", "ngrok.app", "ngrok.dev", "ngrok-free.app", "ngrok-free.dev", "trycloudflare.com", "loca.lt",
    "localtunnel.me", "serveo.net", "lhr.life", "pagekite.me", "bore.pub", "devtunnels.ms", "gitpod.io",
    "app.github.dev", "csb.app", "webcontainer.io", "replit.dev", "localtest.me", "lvh.me", "nip.io", "sslip.io",
    "traefik.me",
)  # fmt: skip
"""Domains under which developers let the world, or themselves, reach the machine on their desk."""


def odd(text: str, host: str) -> bool:
    """Whether an address may end oddly, have an empty part, or be on a host for tests: the rules say whether it is."""
    return _ODD.search(text) is not None or for_tests(host)


@lru_cache(maxsize=1024)
def for_tests(host: str) -> bool:
    """Whether a host may be one for tests: `stage_word` says whether it is."""
    return _STAGE.search(host) is not None or host.endswith(TUNNELS)


def stage_word(host: str, domains: tuple[str, ...]) -> str | None:
    """What of a host says that it is for tests; None where nothing does.

    Names that somebody registered, and that an organization claims, are whole: `test.example` is no test of anything.
    """
    tunnel = next((tunnel for tunnel in TUNNELS if host == tunnel or host.endswith(f".{tunnel}")), None)
    reserved = next((top for top in ("test", "invalid") if host.endswith(f".{top}")), None)
    if tunnel or reserved or host.startswith("["):
        return tunnel or reserved
    labels = host.split(".")
    own = [domain.count(".") + 1 for domain in map(host_meant, domains) if f".{host}".endswith(f".{domain}")]
    below = len(labels) - max(own, default=2)
    found = (_STAGE_LABEL.fullmatch(label) for at, label in enumerate(labels[:-1]) if at < below or "-" in label)
    return next((one[1] or one[2] for one in found if one), None)


_AROUND_HOST = re.compile(r"\A(?:[a-z][a-z0-9+.-]*://)?(?:\*?\.)?([^/:?#]*).*", re.DOTALL)


@lru_cache(maxsize=1024)
def within(host: str, domains: tuple[str, ...]) -> bool:
    """Whether a host is, or is below, one of an organization's domains."""
    known = (parse(f"https://{host_meant(domain)}/").host or domain for domain in domains)
    return any(host == domain or host.endswith(f".{domain}") for domain in known)


def host_meant(domain: str) -> str:
    """The host that a domain is about, also where it is written as an address or a pattern: that is a finding of its
    own, and not one at each address below it.
    """
    return _AROUND_HOST.sub(r"\1", domain.strip().lower())


def own_host(registration: Registration, context: Context) -> str:
    """A host of the client's own organization, for hints."""
    return next(filter(None, map(host_meant, domains_of(registration, context))), "app.example.com")


def own_callback(registration: Registration, context: Context) -> str:
    """A redirect URI that a web client of that organization could have, for hints."""
    return f"https://{own_host(registration, context)}/callback"


def domains_of(registration: Registration, context: Context) -> tuple[str, ...]:
    """What the client's organization claims as its own."""
    organization = context.registry.organizations.get(registration.organization)
    return organization.domains if organization else ()


def _stated(registration: Registration) -> Iterator[Address]:
    given = registration.given
    for field in _LISTS:
        if field in given:
            for index, text in enumerate(getattr(registration, field)):
                yield Address(field, (field, index), parse(text))
    for field in _SINGLE:
        if field in given:
            yield Address(field, (field,), parse(getattr(registration, field)))
    for name, text in registration.localized.items():
        field = name.partition("#")[0]
        if field in SHOWN:
            yield Address(field, (name,), parse(text))


_LISTS = (*REDIRECTS, *ORIGINS)
_SINGLE = (*CALLED, *OPENED, *SHOWN)
