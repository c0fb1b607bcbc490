"""Certificates in keys: of every kind of key, and what is none."""

from __future__ import annotations

import base64
from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from rules.example import findings

_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "acme")])
_RSA = rsa.generate_private_key(65537, 2048)


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _certificate(key: object) -> str:
    builder = x509.CertificateBuilder().subject_name(_NAME).issuer_name(_NAME).serial_number(1)
    builder = builder.not_valid_before(datetime(2026, 1, 1)).not_valid_after(datetime(2036, 1, 1))  # noqa: DTZ001
    signed = builder.public_key(key.public_key()).sign(_RSA, hashes.SHA256())  # type: ignore[attr-defined]
    return base64.b64encode(signed.public_bytes(Encoding.DER)).decode()


def _members(key: object) -> dict[str, str]:
    public = key.public_key()  # type: ignore[attr-defined]
    if hasattr(public, "public_bytes_raw"):
        curve = "Ed448" if isinstance(key, ed448.Ed448PrivateKey) else "Ed25519"
        return {"kty": "OKP", "crv": curve, "x": _text(public.public_bytes_raw())}
    numbers = public.public_numbers()
    if hasattr(numbers, "n"):
        return {"kty": "RSA", "e": "AQAB", "n": _text(numbers.n.to_bytes(256, "big"))}
    return {
        "kty": "EC",
        "crv": "P-384",
        "x": _text(numbers.x.to_bytes(48, "big")),
        "y": _text(numbers.y.to_bytes(48, "big")),
    }


def _found(members: dict[str, str], x5c: str) -> list[str]:
    key = ", ".join(f"{name}: {value}" for name, value in members.items())
    text = f"token_endpoint_auth_method: private_key_jwt\njwks: {{keys: [{{kid: a, {key}, x5c: {x5c}}}]}}\n"
    return [finding.code for finding in findings(text)]


KEYS = {
    "RSA": _RSA,
    "EC": ec.generate_private_key(ec.SECP384R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
    "Ed448": ed448.Ed448PrivateKey.generate(),
}


@pytest.mark.parametrize("kind", KEYS)
def test_certificate_of_the_key_is_clean_and_of_another_kind_is_found(kind: str) -> None:
    members = _members(KEYS[kind])
    for other, key in KEYS.items():
        assert _found(members, f"[{_certificate(key)}]") == ([] if other == kind else ["CR633"])


def test_certificate_of_a_kind_that_no_key_has() -> None:
    assert _found(_members(_RSA), f"[{_certificate(dsa.generate_private_key(1024))}]") == ["CR633"]


@pytest.mark.parametrize(
    "x5c",
    ["[]", "{}", "text", "5", "[5]", "[[]]", "['']", "[MIIB]", "['-----BEGIN CERTIFICATE-----']", "[æ]", "['MIIB ']"],
)
def test_what_is_no_certificate_is_told_and_not_repeated(x5c: str) -> None:
    assert _found(_members(_RSA), x5c) == ["CR633"]


def test_every_cut_of_a_certificate_is_none() -> None:
    whole = base64.b64decode(_certificate(KEYS["EC"]))
    for stop in range(0, len(whole), 7):
        assert _found(_members(KEYS["EC"]), f"['{base64.b64encode(whole[:stop]).decode()}']") == ["CR633"]
