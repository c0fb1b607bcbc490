"""What the embedded server admits and refuses by itself, and how it spells what it stores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientreg.jsonvalue import Json, JsonObject
from clientreg.servers.embedded.admission import Refused, admit
from clientreg.servers.embedded.forms import FORMS
from clientreg.servers.embedded.metadata import DEFAULTS, settle
from clientreg.values import uri

WEB: JsonObject = {
    "client_id": "acme.shop",
    "client_name": "Acme Shop",
    "application_type": "web",
    "client_type": "confidential",
    "token_endpoint_auth_method": "client_secret_basic",
    "scopes": ["openid"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "redirect_uris": ["https://shop.example.com/cb"],
}
NATIVE: JsonObject = {
    **WEB,
    "application_type": "native",
    "client_type": "public",
    "token_endpoint_auth_method": "none",
    "redirect_uris": ["acme.shop://connect/oauth2callback"],
}
SERVICE: JsonObject = {
    **WEB,
    "grant_types": ["client_credentials"],
    "response_types": [],
    "redirect_uris": [],
}


def judged(base: JsonObject, **change: Json) -> str:
    """`admitted`, or the error name of the refusal."""
    payload = settle({**base, **change})
    try:
        admit(payload, has_secret=payload["token_endpoint_auth_method"] != "none")
    except Refused as refused:
        return refused.error
    return "admitted"


def refusal(base: JsonObject, *, has_secret: bool = True, **change: Json) -> str:
    with pytest.raises(Refused) as caught:
        admit(settle({**base, **change}), has_secret=has_secret)
    return str(caught.value)


@pytest.mark.parametrize("base", [WEB, NATIVE, SERVICE], ids=["web", "native", "service"])
def test_a_plain_client_is_admitted(base: JsonObject) -> None:
    assert judged(base) == "admitted"


def test_every_member_has_a_form_and_every_form_a_member() -> None:
    assert FORMS.keys() == DEFAULTS.keys()


GOOD_WEB_REDIRECTS = [
    "https://shop.example.com/cb",
    "https://shop.example.com/cb?tenant=7",
    "https://SHOP.example.com:443/cb",
    "https://bølge.example/cb",
    "https://[2001:db8::1]/cb",
    "http://localhost:8081/connect/oauth2callback",
    "http://127.0.0.1/cb",
    "http://[::1]:9/cb",
    "https://localhost/cb",
    "http://intranet.example/cb",
    "https://shop.example.com/x/../cb",
    "https://shop.example.com/cb?match=*",
]
GOOD_NATIVE_REDIRECTS = [
    "com.example.app:/cb",
    "com.example.app://cb",
    "myapp://cb",
    "acme.shop://connect/oauth2callback",
    "http://localhost/cb",
    "http://127.0.0.1:51004/cb",
    "http://[::1]/cb",
    "http://127.0.0.2/cb",
    "http://app.localhost:3000/cb",
    "https://app.example.com/claimed",
    "urn:ietf:wg:oauth:2.0:oob",
    "urn:ietf:wg:oauth:2.0:oob:auto",
]
BAD_REDIRECTS = [
    "",
    " ",
    "/cb",
    "//app.example/cb",
    "app.example/cb",
    "https:///cb",
    "https:cb",
    "https://?x",
    "https://app.example/cb#",
    "https://app.example/cb#top",
    "com.example.app:/cb#top",
    "https://*.example.com/cb",
    "https://app.example/*",
    "*",
    "com.example.app:/*",
    "https://user@evil.example/",
    "https://user:pass@evil.example/",
    "https://good.example\\@evil.example/",
    "https://app.example:99999/cb",
    "https://app.example:0/cb",
    "https://app.example:port/cb",
    "https://[::1/cb",
    " https://app.example/cb",
    "https://app.example/cb ",
    "https://app.example/a b",
    "https://app.example/\ncb",
    "https://app.example/\x00",
    "https://app.example/\ud800",
    "https://app.example/<script>",
    'https://app.example/"onclick=',
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "blob:https://a/1",
    "file:///etc/passwd",
    "about:blank",
]


@pytest.mark.parametrize("uri", GOOD_WEB_REDIRECTS)
def test_a_web_client_may_be_sent_to(uri: str) -> None:
    assert judged(WEB, redirect_uris=[uri]) == "admitted"


@pytest.mark.parametrize("uri", GOOD_NATIVE_REDIRECTS)
def test_a_native_client_may_be_sent_to(uri: str) -> None:
    assert judged(NATIVE, redirect_uris=[uri]) == "admitted"


@pytest.mark.parametrize("base", [WEB, NATIVE], ids=["web", "native"])
@pytest.mark.parametrize("uri", BAD_REDIRECTS)
def test_nobody_is_sent_to(base: JsonObject, uri: str) -> None:
    assert judged(base, redirect_uris=["https://fine.example/", uri]) != "admitted"


@pytest.mark.parametrize("uri", ["com.example.app:/cb", "urn:ietf:wg:oauth:2.0:oob"])
def test_a_web_client_is_not_sent_to_an_app(uri: str) -> None:
    assert judged(WEB, redirect_uris=[uri]) == "invalid_redirect_uri"


@pytest.mark.parametrize(
    "uri", ["http://app.example/cb", "http://127.0.0.1.evil.example/", "http://128.1/cb", "urn:example:cb"]
)
def test_a_native_client_is_not_sent_to(uri: str) -> None:
    assert judged(NATIVE, redirect_uris=[uri]) == "invalid_redirect_uri"


def test_a_refusal_names_the_uri_and_the_reason() -> None:
    assert refusal(WEB, redirect_uris=["https://a.example/cb#x"]) == (
        "invalid_redirect_uri: redirect_uris: 'https://a.example/cb#x' has a fragment (RFC 6749 section 3.1.2)"
    )


@pytest.mark.parametrize("uri", ["javascript:alert(1)", "/bye", "https://*.example.com/", "https://a.example/#x"])
def test_nobody_is_sent_there_after_logout(uri: str) -> None:
    assert judged(WEB, post_logout_redirect_uris=[uri]) == "invalid_client_metadata"


@pytest.mark.parametrize("uri", ["https://shop.example.com/bye", "http://localhost:8081/bye", "com.example.app:/bye"])
def test_after_logout_a_client_may_be_sent_to(uri: str) -> None:
    assert judged(NATIVE, post_logout_redirect_uris=[uri]) == "admitted"


LINKS = ["backchannel_logout_uri", "client_uri", "logo_uri", "policy_uri", "tos_uri"]


@pytest.mark.parametrize("name", LINKS)
def test_a_link_is_a_web_address(name: str) -> None:
    assert [judged(WEB, **{name: uri}) for uri in ("https://a.example/x?y=1", "http://localhost:1/x", None)] == (
        ["admitted"] * 3
    )
    bad = [
        "javascript:alert(1)",
        "data:,x",
        "com.example.app:/x",
        "/x",
        "https://u@a.example/",
        "",
    ]
    assert [judged(WEB, **{name: uri}) for uri in bad] == ["invalid_client_metadata"] * len(bad)


def test_what_is_called_has_no_fragment_and_what_is_shown_may() -> None:
    assert judged(WEB, backchannel_logout_uri="https://a.example/#x") == "invalid_client_metadata"
    assert judged(WEB, tos_uri="https://a.example/terms#privacy") == "admitted"


def test_localized_links_are_judged_like_the_plain_ones() -> None:
    assert judged(WEB, localized={"client_name#nb": "Butikk", "tos_uri#nb": "https://a.example/"}) == "admitted"
    assert judged(WEB, localized={"tos_uri#nb": "javascript:alert(1)"}) == "invalid_client_metadata"
    assert judged(WEB, localized={"scopes#nb": "openid"}) == "invalid_client_metadata"
    assert judged(WEB, localized={"client_name#nb": " "}) == "invalid_client_metadata"


@pytest.mark.parametrize(
    ("base", "change"),
    [
        (WEB, {"client_type": "public"}),
        (NATIVE, {"client_type": "confidential"}),
        (WEB, {"token_endpoint_auth_method": "private_key_jwt"}),
        (WEB, {"token_endpoint_auth_method": "client_secret_jwt"}),
        (NATIVE, {"grant_types": ["client_credentials"], "response_types": []}),
        (WEB, {"grant_types": ["password"], "response_types": []}),
        (WEB, {"grant_types": ["implicit"], "response_types": ["token"]}),
        (WEB, {"grant_types": []}),
        (WEB, {"response_types": []}),
        (WEB, {"response_types": ["code", "code token"]}),
        (SERVICE, {"response_types": ["code"]}),
    ],
)
def test_types_methods_and_grants_fit_each_other(base: JsonObject, change: JsonObject) -> None:
    assert judged(base, **change) == "invalid_client_metadata"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_secret_is_there_exactly_where_it_is_used(method: str) -> None:
    assert judged(WEB, token_endpoint_auth_method=method) == "admitted"
    assert refusal(WEB, has_secret=False, token_endpoint_auth_method=method) == (
        f"invalid_client_metadata: token_endpoint_auth_method {method!r} needs a client secret"
    )
    assert refusal(NATIVE, has_secret=True) == "invalid_client_metadata: a public client holds no secret"


def test_a_code_must_have_somewhere_to_go() -> None:
    assert judged(WEB, redirect_uris=[]) == "invalid_redirect_uri"


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("client_id", ["a", "legacy shop/17", "a" * 255], ["", "a" * 256, "é", "a\nb", 7, None]),
        ("client_name", ["A", "Bølge 波"], ["", " ", "a\nb", "a\x1bb", "\ud800", None, 3]),
        ("scopes", [["openid"], ["a:b/c.d"]], [[], [""], ["a b"], ['a"b'], ["a\\b"], [7], "openid", None]),
        ("allowed_cors_origins", [[], ["https://a.example", "http://localhost:3000"]],
         [["*"], ["https://*.example"], ["https://a.example/"], ["null"], ["a.example"], ["https://u@a.example"]]),
        ("access_token_lifetime", [None, "5m", 300], [0, "0s", "5 minutes", "", -1, 1.5, True, 2**60]),
        ("refresh_token_lifetime", [None, "14d"], [0, "x"]),
        ("default_max_age", [None, 0, 3600], [-1, True, "3600"]),
        ("enabled", [True, False], [None, 0, 1, "true"]),
        ("require_pkce", [True, False], [None]),
        ("subject_type", ["public"], ["pairwise", None]),
        ("id_token_signed_response_alg", ["RS256"], ["none", "ES256"]),
        ("require_pushed_authorization_requests", [False], [True, 0, None]),
        ("dpop_bound_access_tokens", [False], [True]),
        ("contacts", [{}, {"technical": ["a@b.example"]}], [[], {"technical": "a@b.example"}, None]),
        ("software_id", [None, "x"], ["", 1, "\x00"]),
        ("application_type", ["web"], ["desktop", None, True]),
    ],
)  # fmt: skip
def test_a_member_has_its_form(name: str, good: list[Json], bad: list[Json]) -> None:
    assert [value for value in good if judged(WEB, **{name: value}) != "admitted"] == []
    assert [value for value in bad if judged(WEB, **{name: value}) != "invalid_client_metadata"] == []


def test_an_unknown_member_is_refused() -> None:
    assert refusal(WEB, jwks_uri="https://a.example/jwks") == "invalid_client_metadata: unknown member 'jwks_uri'"


def test_a_missing_member_is_refused() -> None:
    payload = settle(WEB)
    del payload["enabled"]
    with pytest.raises(Refused, match="enabled is missing"):
        admit(payload, has_secret=True)


def test_settling_sorts_sets_fills_in_and_counts_seconds() -> None:
    assert settle({"scopes": ["profile", "openid", "openid"], "access_token_lifetime": "2h", "tos_uri": None}) == {
        **DEFAULTS,
        "scopes": ["openid", "profile"],
        "access_token_lifetime": 7200,
    }


WORDS = st.sampled_from(
    [
        "",
        "5m",
        "code",
        "none",
        "native",
        "public",
        "openid",
        "https://a.example/",
        "javascript:x",
        "a:/*",
        "#",
        "\ud800",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2**60) | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=4,
)
PAYLOADS = st.dictionaries(st.sampled_from([*DEFAULTS, "unknown"]), VALUES, max_size=4)


@given(PAYLOADS)
def test_settling_twice_is_settling_once(payload: JsonObject) -> None:
    assert settle(settle(payload)) == settle(payload)


@given(PAYLOADS)
def test_any_payload_is_admitted_or_refused(change: JsonObject) -> None:
    assert judged(WEB, **change) in {"admitted", "invalid_client_metadata", "invalid_redirect_uri"}


SCHEMES = ["https:", "http:", "HTTP:", "com.example.app:", "javascript:"]
HOSTS = [
    "a.example",
    "A.Example.",
    "localhost",
    "x.localhost",
    "127.1",
    "0x7f.1",
    "[::1]",
    "bølge.example",
    "℀.example",
]
PIECES = ["//", "/", ":", "443", "99999", "?", "q=1", "#", "@", "*", "..", "%2e", "\\", " ", "\t", "é", "+", "{", "|"]
ADDRESSES = st.lists(st.sampled_from([*SCHEMES, *HOSTS, *PIECES]), min_size=1, max_size=7).map("".join) | st.builds(
    "{}//{}{}".format, st.sampled_from(SCHEMES), st.sampled_from(HOSTS), st.lists(st.sampled_from(PIECES)).map("".join)
)


@given(ADDRESSES)
def test_an_address_that_the_linter_finds_sound_is_admitted(text: str) -> None:
    seen = uri.parse(text)
    if seen.flaw is None and seen.fragment is None:
        for base in ([WEB] if seen.web else []) + ([NATIVE] if not seen.web or seen.loopback else []):
            assert judged(base, redirect_uris=[text], post_logout_redirect_uris=[text]) == "admitted"


def test_a_refusal_is_one_line_that_nobody_else_wrote() -> None:
    said = refusal(WEB, description="\x1b[2J" + "x" * 10_000)
    assert said.startswith("invalid_client_metadata: description is a text or null, not '\\x1b[2Jxxx")
    assert (len(said) < 200, said.isprintable()) == (True, True)
