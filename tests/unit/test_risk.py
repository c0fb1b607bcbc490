"""The table of risk classes, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from clientreg.jsonvalue import Json
from clientreg.planning.plan import Risk
from clientreg.planning.risk import Sight, classify, worst

KEY = {"kty": "RSA", "n": "abc", "e": "AQAB", "kid": "one"}
OTHER = {"kty": "EC", "crv": "P-256", "x": "x", "y": "y", "kid": "two"}


def judged(field: str, before: Json, after: Json, *, production: bool = False, **others: Any) -> tuple[Risk, str]:
    """The class and reason of one field of an existing client."""
    rest = {"client_id": "acme.shop", **others}
    sight = Sight(production, frozenset({"id.user.write"}), {**rest, field: before}, {**rest, field: after})
    return classify(field, sight)


TABLE = {
    # breaking: users or the client stop working, or users become other users
    "redirect removed": (("redirect_uris", ["https://a/x", "https://a/y"], ["https://a/x"]),
        (Risk.BREAKING, "redirect URI removed: https://a/y")),
    "post-logout removed": (("post_logout_redirect_uris", ["https://a/x"], []),
        (Risk.BREAKING, "post-logout URI removed: https://a/x")),
    "scope removed": (("scopes", ["openid", "email"], ["openid"]), (Risk.BREAKING, "scope removed: email")),
    "grant removed": (("grant_types", ["authorization_code", "refresh_token"], ["authorization_code"]),
        (Risk.BREAKING, "grant removed: refresh_token")),
    "subject type": (("subject_type", "public", "pairwise"),
        (Risk.BREAKING, "every user's sub changes: public becomes pairwise")),
    "auth method": (("token_endpoint_auth_method", "client_secret_basic", "private_key_jwt"),
        (Risk.BREAKING, "the client must authenticate otherwise: private_key_jwt instead of client_secret_basic")),
    "auth method weakened": (("token_endpoint_auth_method", "private_key_jwt", "none"), (Risk.BREAKING,
        "the client must authenticate otherwise: none instead of private_key_jwt; authentication weakened")),
    "keys replaced": (("jwks", {"keys": [KEY]}, {"keys": [OTHER]}),
        (Risk.BREAKING, "keys replaced without overlap; a key added")),
    "one key removed": (("jwks", {"keys": [KEY, OTHER]}, {"keys": [KEY]}), (Risk.BREAKING, "1 of 2 keys removed")),
    "disabled": (("enabled", True, False), (Risk.BREAKING, "nobody can sign in with it any more")),
    "public to confidential": (("client_type", "public", "confidential"),
        (Risk.BREAKING, "public becomes confidential: the client must authenticate")),
    "PKCE tightened": (("require_pkce", False, True),
        (Risk.BREAKING, "PKCE is required from now on: who sends no code_challenge is refused")),
    "guard": (("guard", {"max_deletes": 1}, {"max_deletes": 2}),
        (Risk.BREAKING, "an operator's setting: it decides about every client")),
    # sensitive: more power, or another holder
    "new host": (("redirect_uris", [], ["https://login.example.com/cb"]),
        (Risk.SENSITIVE, "new redirect host login.example.com")),
    "new scheme": (("redirect_uris", [], ["com.example:/cb"]), (Risk.SENSITIVE, "new redirect scheme com.example")),
    "known host over http": (("redirect_uris", ["https://a/x"], ["https://a/x", "http://a/x"]),
        (Risk.SENSITIVE, "new redirect scheme http for a")),
    "scope widened": (("scopes", ["openid"], ["openid", "id.user.write", "email"]),
        (Risk.SENSITIVE, "scope widened: id.user.write (sensitive), email")),
    "grant added": (("grant_types", [], ["client_credentials"]), (Risk.SENSITIVE, "grant added: client_credentials")),
    "to public": (("client_type", "confidential", "public"),
        (Risk.SENSITIVE, "confidential becomes public: anyone can pretend to be the client")),
    "PKCE relaxed": (("require_pkce", True, False), (Risk.SENSITIVE, "PKCE is no longer required")),
    "consent relaxed": (("require_consent", True, False), (Risk.SENSITIVE, "users are no longer asked for consent")),
    "DPoP relaxed": (("dpop_bound_access_tokens", True, False), (Risk.SENSITIVE, "DPoP is no longer required")),
    "auth_time given up": (("require_auth_time", True, False),
        (Risk.SENSITIVE, "ID tokens need not say any more when the user signed in")),
    "key added": (("jwks", {"keys": [KEY]}, {"keys": [KEY, OTHER]}), (Risk.SENSITIVE, "a key added")),
    "recipients": (("recipients", ["a"], ["b"]), (Risk.SENSITIVE, "others may open its credentials")),
    "technical contact": (("contacts", {"technical": ["a@a"]}, {"technical": ["b@b"]}),
        (Risk.SENSITIVE, "another technical contact")),
    "waiver": (("waivers", [], [{"rule": "CR201"}]), (Risk.SENSITIVE, "an exception from a rule")),
    "back-channel host": (("backchannel_logout_uri", "https://a/out", "https://b/out"),
        (Risk.SENSITIVE, "logout tokens go to a new host: b")),
    "enabled": (("enabled", False, True), (Risk.SENSITIVE, "it can be used again")),
    # visible: what end users read
    "name": (("client_name", "A", "B"), (Risk.VISIBLE, "end users read it")),
    "localized name": (("client_name#nb", "A", "B"), (Risk.VISIBLE, "end users read it")),
    "logo removed": (("logo_uri", "https://a/l.png", None), (Risk.VISIBLE, "end users no longer see it")),
    # plain: the rest
    "description": (("description", "a", "b"), (Risk.PLAIN, "")),
    "another path of a known host": (("redirect_uris", ["https://a/x"], ["https://a/x", "https://a/y"]),
        (Risk.PLAIN, "")),
    "another contact": (("contacts", {"technical": ["a@a"]}, {"technical": ["a@a"], "support": ["b@b"]}),
        (Risk.PLAIN, "")),
    "auth_time wanted": (("require_auth_time", False, True), (Risk.PLAIN, "")),
    "unknown field": (("nobody knows", 1, 2), (Risk.PLAIN, "")),
}  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), TABLE.values(), ids=TABLE)
def test_a_change_has_its_class_and_its_reason(change: tuple[str, Json, Json], expected: tuple[Risk, str]) -> None:
    assert judged(*change) == expected


def test_http_and_loopback_are_named_in_production_only() -> None:
    uris: tuple[Json, Json] = ([], ["http://localhost:8081/cb", "http://shop.example/cb"])
    assert judged("redirect_uris", *uris) == (
        Risk.SENSITIVE, "new redirect host localhost; new redirect host shop.example"
    )  # fmt: skip
    assert judged("redirect_uris", *uris, production=True) == (
        Risk.SENSITIVE,
        "new redirect host localhost; loopback in production: http://localhost:8081/cb; "
        "new redirect host shop.example; plain http in production: http://shop.example/cb",
    )


def test_a_pairwise_client_without_sector_must_keep_its_redirect_host() -> None:
    uris: tuple[Json, Json] = (["https://a/x"], ["https://a/x", "https://b/x"])
    moved = "every user's sub changes: pairwise without a sector, and the redirect host differs"
    assert judged("redirect_uris", *uris, subject_type="pairwise") == (
        Risk.BREAKING, f"new redirect host b; {moved}"
    )  # fmt: skip
    sector = "https://a/sector"
    assert judged("redirect_uris", *uris, subject_type="pairwise", sector_identifier_uri=sector) == (
        Risk.SENSITIVE, "new redirect host b"
    )  # fmt: skip


def test_another_sector_means_another_sub_only_for_pairwise() -> None:
    change = ("sector_identifier_uri", None, "https://a/sector")
    assert judged(*change, subject_type="public") == (Risk.PLAIN, "")
    assert judged(*change, subject_type="pairwise")[0] is Risk.BREAKING


@pytest.mark.parametrize(
    ("field", "after", "expected"),
    [
        ("scopes", ["openid", "id.user.write"], (Risk.SENSITIVE, "scopes: openid, id.user.write (sensitive)")),
        ("redirect_uris", ["https://a/x"], (Risk.SENSITIVE, "new redirect host a")),
        ("require_pkce", False, (Risk.SENSITIVE, "PKCE is not required")),
        ("require_pkce", True, (Risk.PLAIN, "")),
        ("token_endpoint_auth_method", "none", (Risk.PLAIN, "")),
        ("subject_type", "pairwise", (Risk.PLAIN, "")),
        ("enabled", False, (Risk.PLAIN, "")),
    ],
)
def test_on_a_new_client_everything_is_an_addition(field: str, after: Json, expected: tuple[Risk, str]) -> None:
    assert classify(field, Sight(False, frozenset({"id.user.write"}), {}, {field: after})) == expected


def test_any_value_is_judged_without_an_exception() -> None:
    odd: list[Json] = [None, 0, "", "x", [], [None], {}, {"keys": 1}, {"keys": [1, {"kty": []}]}, True, ["http://[::1"]]
    fields = [case[0][0] for case in TABLE.values()]
    assert all(isinstance(judged(f, a, b)[0], Risk) for f in fields for a in odd for b in odd)


def test_the_worst_class_of_none_is_plain() -> None:
    assert (worst(()), worst((Risk.PLAIN, Risk.SENSITIVE, Risk.VISIBLE))) == (Risk.PLAIN, Risk.SENSITIVE)
