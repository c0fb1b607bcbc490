"""A client's own keys: public ones only, strong enough, and told apart. No value of a key is ever repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clientreg.jsonvalue import Path, shortened, shown
from clientreg.model import Registration
from clientreg.rules import ERROR, WARNING, Breach, Context, rule
from clientreg.rules.features import Feature
from clientreg.values import jwk

_REGISTRATION = "OpenID Connect Dynamic Client Registration 1.0 section 2"
_WITH_KEYS = frozenset({"private_key_jwt", "self_signed_tls_client_auth"})
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_SAYS_SO = ("private", "secret")
_SMALLEST_RSA = 2048
_X, _Y = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
_EC = f"kty: EC, crv: P-256, x: {_X}, y: {_Y}"
_OKP = "kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
_ENC = "kty: OKP, crv: X25519, x: 3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"
_HEAD = """
        token_endpoint_auth_method: private_key_jwt
        jwks:
          keys:
"""
_GOOD = f"""{_HEAD}            - {{kid: a, use: sig, {_EC}}}
"""


@rule(
    "CR606",
    ERROR,
    title="authentication method needs keys",
    fields=("token_endpoint_auth_method",),
    needs=(Feature.CONFIDENTIAL,),
    also=("client_type", "jwks", "jwks_uri"),
    hint="add 'jwks' with the public keys, or 'jwks_uri'",
    bad="""
        token_endpoint_auth_method: private_key_jwt  # <-
    """,
    good=_GOOD,
    refs=(f"{_REGISTRATION}: jwks_uri", "RFC 7523 section 3", "RFC 8705 section 2.2.2"),
)
def method_needs_keys(registration: Registration, context: Context) -> Iterator[Breach]:
    """The server checks the client's signature or certificate with its public key, which must be on record."""
    method, keys = registration.token_endpoint_auth_method, (registration.jwks, registration.jwks_uri)
    if method in _WITH_KEYS and keys == (None, None) and not registration.public:
        yield Breach(("token_endpoint_auth_method",), f"'{method}' needs keys, and neither jwks nor jwks_uri is there")


@rule(
    "CR607",
    ERROR,
    title="keys stand in two places",
    fields=("jwks_uri",),
    also=("jwks",),
    hint="keep one of the two: 'jwks' shows every change of keys for review, 'jwks_uri' lets the client change them",
    bad=f"""{_GOOD}
        jwks_uri: https://shop.acme.example/keys.json  # <-
    """,
    good="""
        token_endpoint_auth_method: private_key_jwt
        jwks_uri: https://shop.acme.example/keys.json
    """,
    refs=(f"{_REGISTRATION}: jwks",),
)
def keys_in_two_places(registration: Registration, context: Context) -> Iterator[Breach]:
    """The standard forbids it: nobody could say which of the two counts."""
    if registration.jwks_uri is not None and registration.jwks is not None:
        yield Breach(("jwks_uri",), "'jwks' and 'jwks_uri' cannot be used together")


@rule(
    "CR608",
    ERROR,
    waivable=False,
    title="private or shared key stands in the file",
    fields=("jwks",),
    hint="make a new key pair, since this one has been published, and register only its public half",
    bad=f"""{_HEAD}            - kid: a  # <-
              {_EC.replace(", ", chr(10) + " " * 14)}
              d: jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI
            - {{kid: b, kty: oct, k: c2VjcmV0}}  # <-
""".replace("kty: EC,\n", "kty: EC\n"),
    good=_GOOD,
    refs=(f"{_REGISTRATION}: jwks", "RFC 7517 section 9.2", "RFC 7518 section 6"),
)
def private_key(registration: Registration, context: Context) -> Iterator[Breach]:
    """
    Whoever reads this repository, now or in its history, could pose as the client. Deleting the line does not help:
    the key must be replaced.
    """
    for path, name, key in (*each(registration), (("jwks",), "the key set itself", registration.jwks or {})):
        members = [member for member in key if _is_private(member)]
        if members:
            yield Breach(path, f"{name} holds its private part ({', '.join(map(shortened, members))})")
        elif _is_symmetric(key):
            yield Breach(path, f"{name} is a shared secret (kty 'oct')")


@rule(
    "CR609",
    WARNING,
    title="key has no key id",
    fields=("jwks",),
    hint="add 'kid' with a name of its own, such as the month: '2026-06'",
    bad=f"""{_HEAD}            - {{use: sig, {_EC}}}  # <-
""",
    good=_GOOD,
    refs=("RFC 7517 section 4.5", "OpenID Connect Core 1.0 section 10.1"),
)
def key_without_id(registration: Registration, context: Context) -> Iterator[Breach]:
    """When a second key comes, the server picks by `kid`; a client that never sent one stops working then."""
    for path, name, key in each(registration):
        if not isinstance(key.get("kid"), str) or not key["kid"]:
            yield Breach(path, f"{name} has no 'kid' that is text")


@rule(
    "CR610",
    ERROR,
    title="two keys have the same key id",
    fields=("jwks",),
    hint="give each key a 'kid' of its own",
    bad=f"""{_GOOD}            - {{kid: a, use: enc, {_ENC}}}  # <-
""",
    good=f"""{_GOOD}            - {{kid: b, use: enc, {_ENC}}}
""",
    refs=("RFC 7517 section 4.5",),
)
def key_id_stands_twice(registration: Registration, context: Context) -> Iterator[Breach]:
    """A server takes the first key of that id, so signatures by the other one fail now and then, or always."""
    seen: set[str] = set()
    for path, _, key in each(registration):
        kid = key.get("kid")
        if isinstance(kid, str):
            if kid in seen:
                yield Breach(path, f"the key id {shown(kid)} stands on a key above too")
            seen.add(kid)


@rule(
    "CR611",
    ERROR,
    title="RSA key is too short",
    fields=("jwks",),
    hint="make a new key with at least 2048 bits, or an EC key on P-256",
    bad=f"""{_HEAD}            - {{kid: a, kty: RSA, e: AQAB, n: {"sXch" * 42}sQ}}  # <-
""",
    good=f"""{_HEAD}            - {{kid: a, kty: RSA, e: AQAB, n: {"sXch" * 85}sQ}}
""",
    refs=("RFC 7518 section 3.3",),
)
def short_key(registration: Registration, context: Context) -> Iterator[Breach]:
    """RSA keys below 2048 bits can be broken by those who want to; RFC 7518 forbids them."""
    for path, name, key in each(registration):
        bits = _rsa_bits(key)
        if bits and bits < _SMALLEST_RSA:
            yield Breach(path, f"{name} has {bits} bits, RSA needs {_SMALLEST_RSA}")


@rule(
    "CR612",
    ERROR,
    title="key is of no known kind, or incomplete",
    fields=("jwks",),
    hint="write RSA with n and e, EC with crv, x and y, or OKP with crv and x, as the key tool printed them",
    bad=f"""{_HEAD}            - {{kid: a, kty: EC, crv: P-257, x: {_X}, y: {_Y}}}  # <-
            - {{kid: b, kty: RSA, e: AQAB}}  # <-
            - {{kid: c, kty: EC, crv: P-256, x: {_X}, y: {_X}}}  # <-
""",
    good=f"""{_HEAD}            - {{kid: a, {_OKP}}}
""",
    refs=("RFC 7518 section 6", "RFC 8037 section 2"),
)
def unusable_key(registration: Registration, context: Context) -> Iterator[Breach]:
    """A server that cannot read one key may refuse the whole client."""
    for path, name, key in each(registration):
        why = jwk.unusable(key)
        if why and not _is_symmetric(key):
            yield Breach(path, f"{name} cannot be used: {why}")


@rule(
    "CR613",
    ERROR,
    title="use of a key is not said",
    fields=("jwks",),
    hint="add 'use: sig' or 'use: enc'",
    bad=f"""{_HEAD}            - {{kid: a, use: enc, {_ENC}}}
            - {{kid: b, {_EC}}}  # <-
""",
    good=f"""{_HEAD}            - {{kid: a, use: enc, {_ENC}}}
            - {{kid: b, use: sig, {_EC}}}
""",
    refs=(f"{_REGISTRATION}: jwks",),
)
def use_is_not_said(registration: Registration, context: Context) -> Iterator[Breach]:
    """Where keys to sign and keys to encrypt stand together, each must say which it is."""
    keys = list(each(registration))
    if any(key.get("use") == "enc" for _, _, key in keys):
        for path, name, key in keys:
            if "use" not in key:
                yield Breach(path, f"{name} does not say its use, and another key is for encryption")


def each(registration: Registration) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    """Each key of the file with its place and what a message calls it."""
    keys = (registration.jwks or {}).get("keys", ())
    for index, key in enumerate(keys):
        kid = key.get("kid")
        yield ("jwks", "keys", index), f"key {shown(kid)}" if isinstance(kid, str) else f"key {index + 1}", key


def _is_private(member: str) -> bool:
    """Whether a member is private by its name: in any case, and whatever its value is."""
    name = member.lower()
    return name in _PRIVATE or any(word in name for word in _SAYS_SO)


def _is_symmetric(key: Mapping[str, Any]) -> bool:
    return str(key.get("kty")).lower() == "oct"


def _rsa_bits(key: Mapping[str, Any]) -> int:
    modulus = jwk.octets(key.get("n")) if key.get("kty") == "RSA" else None
    return int.from_bytes(modulus, "big").bit_length() if modulus else 0
