"""A client's keys: whether one can be used, and as plans may show it: what names it, never what is secret in it.

Members that are not shown as they are stand in a hash, so that a digest of a plan changes when they do. Whether a point
lies on its curve is one equation; the libraries that would tell take a tenth of a second to load.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from clientreg.jsonvalue import Json, canonical

_NAMING = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}
"""The members that a thumbprint is made of (RFC 7638 section 3.2, RFC 8037 section 2)."""
_SHOWN = frozenset({"kty", "kid", "use", "alg"})
_SECRET = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""The members that are the private or the shared key itself (RFC 7518 sections 6.2.2, 6.3.2 and 6.4)."""


def public_view(jwks: Json) -> Json:
    """A JWK Set as a list of keys, each by type, id and thumbprint; what is no JWK Set gives its type's name alone."""
    if jwks is None:
        return None
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list):
        return [{"kty": f"no JWK Set but {type(jwks).__name__}"}]
    return [_shown(key) if isinstance(key, dict) else {"kty": f"no JWK but {type(key).__name__}"} for key in keys]


def _shown(key: Mapping[str, Json]) -> dict[str, Json]:
    view = {name: key[name] for name in sorted(_SHOWN) if isinstance(key.get(name), str)}
    naming = _NAMING.get(str(key.get("kty")))
    if naming is not None and all(isinstance(key.get(name), str) for name in naming):
        view["thumbprint"] = _thumbprint({name: key[name] for name in naming})
    rest = {name: value for name, value in key.items() if name not in {*view, *_SECRET, *(naming or ())}}
    if rest:
        view["others"] = _thumbprint(rest)
    return view


def _thumbprint(members: Mapping[str, Any]) -> str:
    import base64  # only who has keys needs it
    import hashlib

    hashed = hashlib.sha256(canonical(dict(members)).encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


class _Curve(NamedTuple):
    """y² = x³ + ax + b modulo p, with coordinates of so many octets."""

    octets: int
    p: int
    a: int
    b: int


_CURVES: Mapping[str, _Curve] = {
    "P-256": _Curve(
        32, 2**256 - 2**224 + 2**192 + 2**96 - 1, -3,
        int("5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B", 16),
    ),
    "P-384": _Curve(
        48, 2**384 - 2**128 - 2**96 + 2**32 - 1, -3,
        int("B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF", 16),
    ),
    "P-521": _Curve(
        66, 2**521 - 1, -3,
        int("051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF10"
            "9E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00", 16),
    ),
    "secp256k1": _Curve(32, 2**256 - 2**32 - 977, 0, 7),
}  # fmt: skip
"""SEC 2, sections 2.4 to 2.6; RFC 8812 section 3."""
_OCTETS = {"Ed25519": 32, "X25519": 32, "Ed448": 57, "X448": 56}
MEMBERS: Mapping[str, tuple[str, ...]] = {"EC": ("x", "y"), "OKP": ("x",), "RSA": ("n", "e")}
"""The public numbers of each kind of key (RFC 7518 section 6, RFC 8037 section 2)."""


def unusable(key: Mapping[str, Any]) -> str | None:
    """Why nobody could use a public key: of an unknown kind, not whole, or no key at all."""
    kind, curve = key.get("kty"), key.get("crv")
    if not isinstance(kind, str) or kind not in MEMBERS:
        return "its 'kty' is none of RSA, EC and OKP"
    known = {"EC": _CURVES, "OKP": _OCTETS}.get(kind, {})
    if known and not (isinstance(curve, str) and curve in known):
        return f"its 'crv' is none of {', '.join(sorted(known))}"
    missing = [member for member in MEMBERS[kind] if octets(key.get(member)) is None]
    if missing:
        return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not there in base64url"
    return _no_point(kind, str(curve), [octets(key[member]) or b"" for member in MEMBERS[kind]])


def _no_point(kind: str, curve: str, members: list[bytes]) -> str | None:
    if kind == "RSA":
        return None if int.from_bytes(members[1], "big") % 2 else "e is an even number, which no RSA key has"
    size = _CURVES[curve].octets if kind == "EC" else _OCTETS[curve]
    if any(len(member) != size for member in members):
        return f"on {curve} {' and '.join(MEMBERS[kind])} must have {size} octets"
    return f"x and y are no point on {curve}" if kind == "EC" and not _on(_CURVES[curve], *members) else None


def _on(curve: _Curve, *point: bytes) -> bool:
    x, y = (int.from_bytes(member, "big") for member in point)
    return max(x, y) < curve.p and (y * y - (x * x * x + curve.a * x + curve.b)) % curve.p == 0


def octets(value: object) -> bytes | None:
    """The bytes of base64url text without padding; None for anything else."""
    import base64  # only who has keys needs it
    import binascii

    if not isinstance(value, str) or not value:
        return None
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
