"""What is a key on its curve, held to what the library that makes them says."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x448, x25519

from clientreg.values import jwk

CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1(), "secp256k1": ec.SECP256K1()}
SIZES = {"P-256": 32, "P-384": 48, "P-521": 66, "secp256k1": 32}
OKP = {
    "Ed25519": ed25519.Ed25519PrivateKey,
    "Ed448": ed448.Ed448PrivateKey,
    "X25519": x25519.X25519PrivateKey,
    "X448": x448.X448PrivateKey,
}


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _ec(curve: str, *, by: int = 0) -> dict[str, str]:
    """A new key; its y is changed by so much."""
    numbers = ec.generate_private_key(CURVES[curve]).public_key().public_numbers()
    x, y = (number.to_bytes(SIZES[curve], "big") for number in (numbers.x, numbers.y ^ by))
    return {"kty": "EC", "crv": curve, "x": _text(x), "y": _text(y)}


@pytest.mark.parametrize("curve", CURVES)
def test_point_that_the_library_makes_is_on_its_curve(curve: str) -> None:
    assert [jwk.unusable(_ec(curve)) for _ in range(5)] == [None] * 5


@pytest.mark.parametrize("curve", CURVES)
def test_point_with_one_other_bit_is_not(curve: str) -> None:
    assert jwk.unusable(_ec(curve, by=1)) == f"x and y are no point on {curve}"


@pytest.mark.parametrize("curve", CURVES)
def test_point_of_another_curve_is_not(curve: str) -> None:
    other = "P-384" if curve == "P-521" else "P-521"
    assert jwk.unusable({**_ec(curve), "crv": other}) == f"on {other} x and y must have {SIZES[other]} octets"


@pytest.mark.parametrize("curve", OKP)
def test_key_of_the_library_has_the_octets_of_its_curve(curve: str) -> None:
    key = {"kty": "OKP", "crv": curve, "x": _text(OKP[curve].generate().public_key().public_bytes_raw())}
    assert jwk.unusable(key) is None
    assert jwk.unusable({**key, "x": key["x"][:-4]})


def test_rsa_key_needs_an_odd_exponent() -> None:
    numbers = rsa.generate_private_key(65537, 2048).public_key().public_numbers()
    key = {"kty": "RSA", "n": _text(numbers.n.to_bytes(256, "big")), "e": "AQAB"}
    assert jwk.unusable(key) is None
    assert jwk.unusable({**key, "e": "AQAA"}) == "e is an even number, which no RSA key has"


def test_coordinates_beyond_the_field_are_no_point() -> None:
    assert jwk.unusable({"kty": "EC", "crv": "P-256", "x": _text(b"\xff" * 32), "y": _text(b"\xff" * 32)})
