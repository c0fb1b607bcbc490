"""The signing key: made once, kept in the store's file, published as a JWK Set; and what is signed with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from clientreg.servers.embedded.database import connect, sqlite_errors
from clientreg.servers.embedded.provider.state import transaction

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ALGORITHM = "RS256"
_BITS = 2048


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One RSA key. Its id is the RFC 7638 thumbprint."""

    key: RSAKey

    @property
    def kid(self) -> str:
        """What token headers and the JWK Set call it."""
        return str(self.key.kid)

    @property
    def header(self) -> dict[str, str]:
        """The header of what it signs."""
        return {"alg": ALGORITHM, "kid": self.kid}

    def public(self) -> dict[str, Any]:
        """The JWK Set that clients verify with."""
        return {"keys": [dict(self.key.as_dict(private=False))]}

    def sign(self, claims: Mapping[str, Any], *, typ: str) -> str:
        """A signed token of that media type."""
        return jwt.encode({**self.header, "typ": typ}, dict(claims), self.key, [ALGORITHM])

    def own_claims(self, token: str, issuer: str) -> dict[str, Any] | None:
        """What an ID token of ours says, expired or not (a logout comes late); None for anything else."""
        try:
            decoded = jwt.decode(token, self.key, [ALGORITHM])
        except (JoseError, ValueError):
            return None
        claims = dict(decoded.claims)
        ours = claims.get("iss") == issuer and decoded.header.get("typ") == "JWT"
        return claims if ours and isinstance(claims.get("sub"), str) else None


def load(path: Path, now: int) -> SigningKey:
    """The store's key, made and kept at the first start."""
    db = connect(path)
    try:
        with sqlite_errors(path), transaction(db):
            row = db.execute("SELECT jwk FROM login_key ORDER BY created DESC LIMIT 1").fetchone()
            if row is not None:
                return SigningKey(RSAKey.import_key(json.loads(row[0])))
            key = RSAKey.generate_key(_BITS, {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
            text = json.dumps(key.as_dict(private=True))
            db.execute("INSERT INTO login_key (kid, jwk, created) VALUES (?, ?, ?)", (key.kid, text, now))
            return SigningKey(key)
    finally:
        db.close()
