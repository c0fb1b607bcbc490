"""A client's keys as plans may show them: what names a key, never what is secret in it.

Members that are not shown as they are stand in a hash, so that a digest of a plan changes when they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
