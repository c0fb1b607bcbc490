"""Certificates in a client's keys: of that very key, and valid. `x5c` as RFC 7517 section 4.7 has it.

The library that reads them takes a tenth of a second to load, so it is loaded only where a key has a certificate.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from clientreg.jsonvalue import Path
from clientreg.model import Registration
from clientreg.rules import ERROR, WARNING, Breach, Context, by_class, rule
from clientreg.rules.features import Feature
from clientreg.rules.keys import each
from clientreg.rules.waivers import days_after
from clientreg.values import jwk

_BY_CERTIFICATE = "self_signed_tls_client_auth"
_SOON_DAYS = 30
_KEY = "kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
_GOOD = (
    "MIHDMHegAwIBAgIBATAFBgMrZXAwDDEKMAgGA1UEAwwBYTAeFw0yNjAxMDEwMDAwMDBaFw0zNjAxMDEwMDAwMDBaMAwxCjAIBgNV"
    "BAMMAWEwKjAFBgMrZXADIQDXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGjAFBgMrZXADQQDZYDJjU+vs6oovH7rEGuXI"
    "ytdRbjkWZHFWAru/Zttxc3bf/il9uQkf7X2Z4T3XCqSWcnt51t65boV8fXOSEO8E"
)
_OTHER = (
    "MIHDMHegAwIBAgIBATAFBgMrZXAwDDEKMAgGA1UEAwwBYTAeFw0yNjAxMDEwMDAwMDBaFw0zNjAxMDEwMDAwMDBaMAwxCjAIBgNV"
    "BAMMAWEwKjAFBgMrZXADIQCKiOPddAnxlf1S2y08ul1yymcJvx2UEhvzdIgBtA9vXDAFBgMrZXADQQC+P60iBzeB2efmAhdOg668"
    "pv2yKe2P1uJ1Hg6caFueDWJhw0+uz/1fIhC+Tz3IIY1XQRftSv5J2d9MHwjy30oF"
)
_PAST = (
    "MIHDMHegAwIBAgIBATAFBgMrZXAwDDEKMAgGA1UEAwwBYTAeFw0yMDAxMDEwMDAwMDBaFw0yNjA1MzEwMDAwMDBaMAwxCjAIBgNV"
    "BAMMAWEwKjAFBgMrZXADIQDXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGjAFBgMrZXADQQBXIcNqy33DjWW/SMHRkJWo"
    "UiNkUN62vNV4eFT/Tsv3jyJ0rSHFBFO5sU1dDTnEpFAKCqEUrqomd1gAthpdJ8AA"
)
_SOON = (
    "MIHDMHegAwIBAgIBATAFBgMrZXAwDDEKMAgGA1UEAwwBYTAeFw0yNjAxMDEwMDAwMDBaFw0yNjA2MjAwMDAwMDBaMAwxCjAIBgNV"
    "BAMMAWEwKjAFBgMrZXADIQDXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGjAFBgMrZXADQQDGsVF/D9XRtsuk1uLvEA8c"
    "kQIK1iAh131Di2msG0VdDaI/fsfqVBHgzMAgVFXPwx9JNFemQfMFcR9QcycMjjQG"
)


def _example(certificate: str, mark: str = "", method: str = "private_key_jwt") -> str:
    """A client with one key and one certificate."""
    return f"""
        token_endpoint_auth_method: {method}
        jwks:
          keys:
            - kid: a{mark}
              {_KEY.replace(", ", chr(10) + " " * 14)}
              x5c: [{certificate}]
    """


@rule(
    "CR633",
    ERROR,
    title="certificate is not that of the key",
    fields=("jwks",),
    hint="write the certificate that was made for this key, in one line of base64 without its BEGIN and END lines",
    bad=_example(_OTHER, "  # <-"),
    good=_example(_GOOD),
    refs=(
        "RFC 7517 section 4.7",
        "OpenID Connect Dynamic Client Registration 1.0 section 2: jwks",
        "RFC 8705 section 2.2.2",
    ),
)
def certificate_of_another_key(registration: Registration, context: Context) -> Iterator[Breach]:
    """Some servers read the key, some the certificate: where the two differ, the client works with one of them only."""
    for path, name, key in _certified(registration):
        certificate = _read(_first(key))
        if certificate is None:
            yield Breach(path, f"the 'x5c' of {name} does not begin with a certificate in base64")
        elif not jwk.unusable(key) and certificate.numbers != _stated(key):
            yield Breach(path, f"the certificate of {name} holds another public key")


@rule(
    "CR634",
    by_class(test=WARNING, production=ERROR),
    title="certificate of a key is not valid today",
    fields=("jwks",),
    hint="put a valid certificate in its place; a new one for the same key will do",
    bad=_example(_PAST, "  # <-")
    + """
        environments: {production: {}}
        redirect_uris: [https://shop.acme.example/callback]
    """,
    good=_example(_GOOD)
    + """
        environments: {production: {}}
        redirect_uris: [https://shop.acme.example/callback]
    """,
    refs=("RFC 5280 section 4.1.2.5", "RFC 7517 section 4.7"),
)
def certificate_is_not_valid(registration: Registration, context: Context) -> Iterator[Breach]:
    """A server that looks at the dates refuses every login of the client; nobody has touched anything when it does."""
    for path, name, life in _lives(registration):
        if life.end < context.today:
            yield Breach(path, f"the certificate of {name} expired on {life.end}")
        elif life.start > context.today:
            yield Breach(path, f"the certificate of {name} is not valid before {life.start}")


@rule(
    "CR635",
    WARNING,
    title="certificate of a key ends soon",
    fields=("jwks",),
    hint="add a key with a new certificate beside it now, and delete this one when the client uses the other",
    bad=_example(_SOON, "  # <-"),
    good=_example(_GOOD),
    refs=("RFC 5280 section 4.1.2.5",),
)
def certificate_ends_soon(registration: Registration, context: Context) -> Iterator[Breach]:
    """A new certificate takes a pull request and somebody who installs it: a month is time for both."""
    for path, name, life in _lives(registration):
        if life.start <= context.today <= life.end <= days_after(context.today, _SOON_DAYS):
            yield Breach(path, f"the certificate of {name} expires on {life.end}")


@rule(
    "CR638",
    ERROR,
    title="authentication by certificate, and no key has one",
    fields=("token_endpoint_auth_method",),
    needs=(Feature.CONFIDENTIAL,),
    also=("client_type", "jwks"),
    hint="add 'x5c' with the certificate, in base64, to the key",
    bad=f"""
        token_endpoint_auth_method: {_BY_CERTIFICATE}  # <-
        jwks: {{keys: [{{kid: a, {_KEY}}}]}}
    """,
    good=_example(_GOOD, method=_BY_CERTIFICATE),
    refs=("RFC 8705 section 2.2.2",),
)
def no_certificate(registration: Registration, context: Context) -> Iterator[Breach]:
    """The server compares the certificate of the connection with those of the client's keys; a bare key is none."""
    method = registration.token_endpoint_auth_method
    if registration.public or method != _BY_CERTIFICATE:
        return
    if registration.jwks and not any(_certified(registration)):
        yield Breach(("token_endpoint_auth_method",), f"'{method}' needs a certificate, and no key has one")


class _Life(NamedTuple):
    """From which day to which a certificate is valid (ISO 8601, UTC)."""

    start: str
    end: str


class _Certificate(NamedTuple):
    """What is looked at in a certificate: its dates, and the numbers of its public key."""

    life: _Life
    numbers: tuple[int, ...]


def _certified(registration: Registration) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    for path, name, key in each(registration):
        if key.get("x5c") is not None:
            yield path, name, key


def _lives(registration: Registration) -> Iterator[tuple[Path, str, _Life]]:
    for path, name, key in _certified(registration):
        certificate = _read(_first(key))
        if certificate:
            yield path, name, certificate.life


def _first(key: Mapping[str, Any]) -> str:
    """The certificate of the key itself: those after it are of who signed the one before."""
    chain = key["x5c"]
    return chain[0] if isinstance(chain, (list, tuple)) and chain and isinstance(chain[0], str) else ""


@lru_cache(maxsize=64)
def _read(text: str) -> _Certificate | None:
    """The certificate in base64 of DER; None for what is none. What the library thinks of its style is not told."""
    import warnings

    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509 import load_der_x509_certificate

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = load_der_x509_certificate(base64.b64decode(text, validate=True))
            first, last = found.not_valid_before_utc, found.not_valid_after_utc
            numbers = _numbers(found.public_key())
    except (ValueError, TypeError, UnsupportedAlgorithm, binascii.Error):
        return None
    return _Certificate(_Life(first.date().isoformat(), last.date().isoformat()), numbers)


def _numbers(key: Any) -> tuple[int, ...]:
    """The numbers of a public key as those of a JWK: n and e, x and y, or x; none for a kind that no JWK has."""
    if hasattr(key, "public_bytes_raw"):
        return (int.from_bytes(key.public_bytes_raw(), "big"),)
    numbers = key.public_numbers()
    return tuple(getattr(numbers, name) for name in ("n", "e", "x", "y") if hasattr(numbers, name))


def _stated(key: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(int.from_bytes(jwk.octets(key[name]) or b"", "big") for name in jwk.MEMBERS[key["kty"]])
