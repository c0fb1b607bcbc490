"""No value of a private key is repeated, whatever is wrong with the key."""

from __future__ import annotations

import pytest

from rules.example import findings

_SECRETS = ("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI", "c2VjcmV0LXNlY3JldC1zZWNyZXQ", "p\u00e5-no-base64")

_BY_KEY = "token_endpoint_auth_method: private_key_jwt\n"
_PUBLIC = "use: sig, kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"


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
        f"{{{{kid: a, {_PUBLIC}, alg: {{0}}, key_ops: [{{0}}], x5c: [{{0}}], k: {{0}}}}}}",
    ],
)
def test_value_of_a_key_is_never_repeated(key: str, secret: str) -> None:
    text = f"token_endpoint_auth_method: private_key_jwt\njwks: {{keys: [{key.format(secret)}]}}\n"
    found = findings(text)
    assert "CR608" in {finding.code for finding in found}
    assert secret not in repr(found)


@pytest.mark.parametrize(
    "jwks",
    [
        "{keys: [{kid: a, %s, D: planted}]}",
        "{keys: [{kid: a, %s, private_key: planted}]}",
        "{keys: [{kid: a, %s, priv: planted}]}",
        "{keys: [{kid: a, %s, clientSecret: planted}]}",
        "{keys: [{kid: a, %s}], d: planted}",
        "{keys: [{kid: a, kty: OCT, x: planted}]}",
    ],
)
def test_private_member_is_found_by_whatever_name(jwks: str) -> None:
    found = findings(f"{_BY_KEY}jwks: {jwks.replace('%s', _PUBLIC)}\n")
    assert [finding.code for finding in found] == ["CR608"]
    assert "planted" not in repr(found)


@pytest.mark.parametrize("odd", ["[EC]", "{}", "5", "null", "true"])
@pytest.mark.parametrize("member", ["kty", "crv", "x", "kid", "use", "alg", "key_ops"])
def test_member_of_an_odd_kind_is_no_reason_to_fail(member: str, odd: str) -> None:
    members = dict(pair.split(": ") for pair in f"kid: a, {_PUBLIC}".split(", ")) | {member: odd}
    key = ", ".join(f"{name}: {value}" for name, value in members.items())
    expected = {"kid": {"CR609"}, "use": set(), "alg": set(), "key_ops": set()}.get(member, {"CR612"})
    assert {finding.code for finding in findings(f"{_BY_KEY}jwks: {{keys: [{{{key}}}]}}\n")} == expected


def test_public_members_are_clean() -> None:
    more = "alg: EdDSA, key_ops: [verify], x5t#S256: AA, iat: 1, nbf: 1, exp: 1, ext: true"
    assert findings(f"{_BY_KEY}jwks: {{keys: [{{kid: a, {_PUBLIC}, {more}}}], about: signing keys}}\n") == []
