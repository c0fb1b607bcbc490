"""Which fields hold addresses, and the addresses of one registration: parsed once, whatever rule asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from clientreg.jsonvalue import Path
from clientreg.model import Registration
from clientreg.rules import Context
from clientreg.uri import Flaw, Uri, parse

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
    """The addresses a registration states, sorted by what is wrong with their text. Defaults are not among them."""

    sound: tuple[Address, ...]
    flawed: Mapping[Flaw, tuple[Address, ...]]


def of(registration: Registration) -> Addresses:
    """The addresses that the file or the environment states."""
    given = registration.given
    localized = registration.localized
    return _sorted(_values(given)(registration), given, tuple(localized.items()) if localized else ())


def sound(registration: Registration, *fields: str) -> Iterator[Address]:
    """The stated addresses of some fields whose text is in order."""
    for address in of(registration).sound:
        if address.field in fields:
            yield address


def flawed(registration: Registration, flaw: Flaw) -> tuple[Address, ...]:
    """The stated addresses with a flaw."""
    return of(registration).flawed.get(flaw, ())


def own_host(registration: Registration, context: Context) -> str:
    """A host of the client's own organization, for hints."""
    organization = context.registry.organizations.get(registration.organization)
    return organization.domains[0] if organization and organization.domains else "app.example.com"


def own_callback(registration: Registration, context: Context) -> str:
    """A redirect URI that a web client of that organization could have, for hints."""
    return f"https://{own_host(registration, context)}/callback"


@lru_cache(maxsize=1024)
def _values(given: frozenset[str]) -> Callable[[Registration], tuple[object, ...]]:
    # Two names at least, so that the answer is always a tuple.
    names = [name for name in FIELDS if name in given and name not in REDIRECTS]
    return attrgetter(*REDIRECTS, *names)


@lru_cache(maxsize=64)
def _sorted(values: tuple[object, ...], given: frozenset[str], localized: tuple[tuple[str, str], ...]) -> Addresses:
    names = [*REDIRECTS, *(name for name in FIELDS if name in given and name not in REDIRECTS)]
    fields = {name: value for name, value in zip(names, values, strict=True) if name in given}
    clean, flaws = list[Address](), dict[Flaw, list[Address]]()
    for address in _each({**fields, **dict(localized)}):
        flaw = address.uri.flaw
        if flaw is None:
            clean.append(address)
        else:
            flaws.setdefault(flaw, []).append(address)
    return Addresses(tuple(clean), {flaw: tuple(found) for flaw, found in flaws.items()})


def _each(fields: Mapping[str, object]) -> Iterator[Address]:
    for name, value in fields.items():
        field = name.partition("#")[0]
        if isinstance(value, str) and (field == name or field in SHOWN):
            yield Address(field, (name,), parse(value))
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                yield Address(field, (name, index), parse(item))
