"""What each key is for: its algorithm fits it, it does one job, and one of them can be used to know the client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clientreg.jsonvalue import shown
from clientreg.model import Registration
from clientreg.rules import ERROR, WARNING, Breach, Context, by_class, rule
from clientreg.rules.features import Feature
from clientreg.rules.keys import each
from clientreg.values import jwk

_REGISTRATION = "OpenID Connect Dynamic Client Registration 1.0 section 2"
_BY_SIGNATURE = "private_key_jwt"
_ECDH = frozenset({"ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"})
_SIGNING: Mapping[str, frozenset[str]] = {
    "RSA": frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    "P-256": frozenset({"ES256"}),
    "P-384": frozenset({"ES384"}),
    "P-521": frozenset({"ES512"}),
    "secp256k1": frozenset({"ES256K"}),
    "Ed25519": frozenset({"EdDSA", "Ed25519"}),
    "Ed448": frozenset({"EdDSA", "Ed448"}),
}
_ENCRYPTING: Mapping[str, frozenset[str]] = {
    "RSA": frozenset({"RSA1_5", "RSA-OAEP", "RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512"}),
    **dict.fromkeys(("P-256", "P-384", "P-521", "X25519", "X448"), _ECDH),
}
_KNOWN = frozenset({"none", "HS256", "HS384", "HS512"}).union(*_SIGNING.values(), *_ENCRYPTING.values())
"""Names that are no secret that somebody put in the wrong place."""
_FAPI_ALGORITHMS = frozenset({"PS256", "ES256", "EdDSA", "Ed25519"})
_X, _Y = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
_EC = f"kty: EC, crv: P-256, x: {_X}, y: {_Y}"
_ENC = "kty: OKP, crv: X25519, x: 3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"
_HEAD = """
        token_endpoint_auth_method: private_key_jwt
        jwks:
          keys:
"""
_GOOD = f"""{_HEAD}            - {{kid: a, use: sig, alg: ES256, {_EC}}}
"""


@rule(
    "CR630",
    ERROR,
    title="algorithm does not fit the key",
    fields=("jwks",),
    bad=f"""{_GOOD}            - {{kid: b, alg: RS256, {_EC}}}  # <-
            - {{kid: c, use: sig, alg: ECDH-ES, {_EC}}}  # <-
""",
    good=_GOOD,
    refs=("RFC 7517 section 4.4", "RFC 7518 sections 3.1 and 4.1", "RFC 8037 section 3.1"),
)
def algorithm_does_not_fit(registration: Registration, context: Context) -> Iterator[Breach]:
    """A server uses the key with this algorithm and no other; where that cannot be, no signature is ever right."""
    for path, name, key in each(registration):
        algorithm, kind = key.get("alg"), _kind(key)
        if isinstance(algorithm, str) and kind and not jwk.unusable(key):
            fitting = _fitting(kind, _use_of(key))
            if algorithm not in fitting:
                what = "RSA" if kind == "RSA" else f"on {kind}"
                use = f" with use '{_use_of(key)}'" if _use_of(key) else ""
                meant = sorted(fitting & _SIGNING.get(kind, fitting) or fitting)
                hint = f"write {' or '.join(meant)}, or leave 'alg' out" if meant else "leave 'alg' out"
                its = shown(algorithm) if algorithm in _KNOWN else "what its 'alg' says"
                yield Breach(path, f"{name} is {what}{use}, and {its} is not for such a key", hint)


@rule(
    "CR631",
    WARNING,
    title="one key is for signatures and for encryption",
    fields=("jwks",),
    hint="make a key pair of its own for one of the two",
    bad=f"""{_GOOD}            - {{kid: b, use: enc, {_EC}}}  # <-
""",
    good=f"""{_GOOD}            - {{kid: b, use: enc, {_ENC}}}
""",
    refs=(f"{_REGISTRATION}: jwks", "NIST SP 800-57 part 1 section 5.2"),
)
def one_key_for_both(registration: Registration, context: Context) -> Iterator[Breach]:
    """What is decrypted with a key may help to forge a signature by it; and the two cannot be replaced apart."""
    first: dict[tuple[Any, ...], tuple[str, str]] = {}
    for path, name, key in each(registration):
        use = _use_of(key)
        if use and not jwk.unusable(key):
            numbers = tuple(key[member] for member in jwk.MEMBERS[key["kty"]])
            known, other = first.setdefault((key["kty"], *numbers), (use, name))
            if known != use:
                yield Breach(path, f"{name} is the same key as {other}, with another use")


@rule(
    "CR632",
    ERROR,
    title="no key can check the client's signature",
    fields=("token_endpoint_auth_method",),
    needs=(Feature.CONFIDENTIAL,),
    also=("client_type", "jwks"),
    hint="add a key for signatures (use: sig), on P-256 or Ed25519, or RSA",
    bad=f"""
        token_endpoint_auth_method: private_key_jwt  # <-
        jwks: {{keys: [{{kid: a, use: enc, {_ENC}}}]}}
    """,
    good=_GOOD,
    refs=("RFC 7523 section 3", "OpenID Connect Core 1.0 section 9"),
)
def no_key_for_signatures(registration: Registration, context: Context) -> Iterator[Breach]:
    """The client proves who it is by a signature. With keys for encryption alone the server cannot check any."""
    if registration.token_endpoint_auth_method == _BY_SIGNATURE and registration.jwks and not registration.public:
        keys = [key for _, _, key in each(registration)]
        if all(map(_is_for_encryption, keys)):
            message = f"'{_BY_SIGNATURE}' needs a key for signatures, and all keys here are for encryption"
            yield Breach(("token_endpoint_auth_method",), message)


@rule(
    "CR636",
    by_class(test=None, production=None),
    title="key is for an algorithm that is none of FAPI's",
    fields=("jwks",),
    profiles={"fapi2": ERROR},
    hint="make a key for ES256 or EdDSA, or use the RSA key with PS256",
    bad=f"""
        # profile: fapi2
        require_pushed_authorization_requests: true
        dpop_bound_access_tokens: true
        id_token_signed_response_alg: ES256
        token_endpoint_auth_method: private_key_jwt
        jwks:
          keys:
            - {{kid: a, alg: RS256, kty: RSA, e: AQAB, n: {"sXch" * 85}sQ}}  # <-
    """,
    good=f"""
        # profile: fapi2
        require_pushed_authorization_requests: true
        dpop_bound_access_tokens: true
        id_token_signed_response_alg: ES256
        token_endpoint_auth_method: private_key_jwt
        jwks: {{keys: [{{kid: a, alg: ES256, {_EC}}}]}}
    """,
    refs=("FAPI 2.0 Security Profile section 5.4.1", "RFC 8725 section 3.2"),
)
def algorithm_is_not_of_fapi(registration: Registration, context: Context) -> Iterator[Breach]:
    """
    RSA with PKCS #1 v1.5 padding has a history of attacks. The profile leaves three families, so that a server need not
    support the others at all: it refuses what the client signs with this key.
    """
    for path, name, key in each(registration):
        stated = key.get("alg")
        if isinstance(stated, str) and stated in _fitting(_kind(key), "sig") - _FAPI_ALGORITHMS:
            yield Breach(path, f"{name} is for {shown(stated)}")


def _kind(key: Mapping[str, Any]) -> str:
    """What decides which algorithms fit a key: RSA, or its curve; empty for a key of an odd kind."""
    kind = "RSA" if key.get("kty") == "RSA" else key.get("crv")
    return kind if isinstance(kind, str) else ""


def _use_of(key: Mapping[str, Any]) -> str:
    """`sig` or `enc` where the key says one of the two."""
    use = key.get("use")
    return use if isinstance(use, str) and use in {"sig", "enc"} else ""


def _fitting(kind: str, use: str) -> frozenset[str]:
    signing = _SIGNING.get(kind, frozenset()) if use != "enc" else frozenset()
    return signing | (_ENCRYPTING.get(kind, frozenset()) if use != "sig" else frozenset())


def _is_for_encryption(key: Mapping[str, Any]) -> bool:
    """Whether a key that is in order cannot be for signatures: it says so, or is on a curve that has none."""
    only = _kind(key) in _ENCRYPTING and _kind(key) not in _SIGNING
    return not jwk.unusable(key) and (only or _use_of(key) == "enc")
