"""No value of a private key is repeated, whatever is wrong with the key."""

from __future__ import annotations

import pytest

from rules.example import findings

_SECRETS = ("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI", "c2VjcmV0LXNlY3JldC1zZWNyZXQ", "p\u00e5-no-base64")


@pytest.mark.parametrize("secret", _SECRETS)
@pytest.mark.parametrize(
    "key",
    [
        "{{kid: a, kty: EC, crv: P-256, x: AA, y: AA, d: {0}}}",
        "{{kid: a, kty: RSA, e: AQAB, n: AQAB, d: {0}, p: {0}, q: {0}, dp: {0}, dq: {0}, qi: {0}, oth: [{{r: {0}}}]}}",
        "{{kid: a, kty: oct, k: {0}}}",
        "{{kid: a, kty: {0}, k: {0}}}",
        "{{kid: a, kty: EC, crv: {0}, x: {0}, y: {0}, d: {0}}}",
        "{{kty: OKP, crv: Ed25519, x: {0}, d: [{0}], use: {0}, alg: {0}}}",
    ],
)
def test_value_of_a_key_is_never_repeated(key: str, secret: str) -> None:
    text = f"token_endpoint_auth_method: private_key_jwt\njwks: {{keys: [{key.format(secret)}]}}\n"
    found = findings(text)
    assert "CR608" in {finding.code for finding in found}
    assert secret not in repr(found)
