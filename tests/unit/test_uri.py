"""An address taken apart: parts, the one spelling, and at most one flaw."""

from __future__ import annotations

import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clientreg.values.uri import (
    DANGEROUS_SCHEMES,
    Flaw,
    Uri,
    _careful,
    parse,
    registrable,
    resolved,
    template,
    usual_host,
)

WORDS = st.sampled_from(
    [
        "https", "HTTP", "javascript", "com.acme.app", "urn", ":", "//", "/", "?", "#", "@", "*", "..", ".", "%2e", "%",
        "localhost", "127.0.0.1", "[::1]", "[", "]", "shop.example", "SHOP.example", "xn--a", "blåbær", "${X}", " ",
        "\t", "\\", "443", "80", "99999", "0", "oob", "\ud800", "\x00", "-", "_", "<host>", "é", "٣",
        ",", ";", "user", "\u200b", "\u200d",
    ]
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("https://shop.example/cb?a=b", ("https", "shop.example", None, "/cb", "a=b", None)),
        ("https://Shop.Example:443/cb", ("https", "shop.example", None, "/cb", None, None)),
        ("http://shop.example:8080", ("http", "shop.example", "8080", "", None, None)),
        ("http://[0:0:0:0:0:0:0:1]:3000/", ("http", "[::1]", "3000", "/", None, None)),
        ("https://blåbær.example/", ("https", "xn--blbr-roah.example", None, "/", None, None)),
        ("https://shop.example/#", ("https", "shop.example", None, "/", None, "")),
        ("com.acme.app:/cb", ("com.acme.app", None, None, "/cb", None, None)),
        ("com.acme.app://connect/cb", ("com.acme.app", "connect", None, "/cb", None, None)),
        ("urn:ietf:wg:oauth:2.0:oob", ("urn", None, None, "ietf:wg:oauth:2.0:oob", None, None)),
    ],
)
def test_parts(text: str, parts: tuple[str | None, ...]) -> None:
    uri = parse(text)
    assert (uri.scheme, uri.host, uri.port, uri.path, uri.query, uri.fragment) == parts
    assert uri.flaw is None


@pytest.mark.parametrize(
    "spelling",
    [
        "https://shop.example/cb",
        "HTTPS://shop.example/cb",
        "https://SHOP.example:443/cb",
        "https://shop.example.:0443/cb",
    ],
)
def test_spellings_of_one_address_share_one_normal_form(spelling: str) -> None:
    assert parse(spelling).normal == "https://shop.example/cb"


@pytest.mark.parametrize("host", ["shop.example..", "127.1..", "blåbær.example..", "127.1%2e", "shop.example:"])
def test_a_host_that_only_some_readers_take_for_one_is_none(host: str) -> None:
    assert parse(f"https://{host}:443/").flaw is Flaw.HOST


@pytest.mark.parametrize("white", "\t\n\r ")
@pytest.mark.parametrize("host", ["shop.example", "blåbær.example"])
def test_white_space_in_a_host_is_a_flaw_in_any_script(host: str, white: str) -> None:
    assert parse(f"https://{host}{white}").flaw is Flaw.CHARACTERS


@pytest.mark.parametrize(
    ("text", "loopback"),
    [
        ("http://localhost:1/", True),
        ("https://shop.localhost/", True),
        ("http://127.9.9.9/", True),
        ("http://127.1/", True),
        ("http://[::1]/", True),
        ("http://127.0.0.1.evil.example/", False),
        ("http://localhost.evil.example/", False),
        ("http://evillocalhost/", False),
        ("http://0.0.0.0/", False),
        ("com.acme.app://localhost/", False),
    ],
)
def test_loopback_is_decided_by_the_whole_host(text: str, loopback: bool) -> None:
    assert parse(text).loopback is loopback


@pytest.mark.parametrize("text", ["Save $5 (today)", "a {curly} word", "50 % off", "C# and F##", "<b>bold</b>"])
def test_ordinary_text_is_no_template(text: str) -> None:
    assert not template(text)


@pytest.mark.parametrize("scheme", sorted(DANGEROUS_SCHEMES))
def test_dangerous_scheme_is_found_in_any_case_and_behind_white_space(scheme: str) -> None:
    mixed = "".join(c.upper() if i % 2 else c for i, c in enumerate(scheme))
    for text in (f"{scheme}:x", f"{mixed}:x", f" \x01{scheme}:x", f"{scheme[0]}\t\n{scheme[1:]}:x", f"{scheme}://a/b"):
        assert parse(text) == Uri(text, scheme, flaw=Flaw.DANGEROUS)


@given(st.lists(WORDS, max_size=9).map("".join) | st.text(max_size=40))
def test_any_text_has_an_answer_and_its_normal_form_is_normal(text: str) -> None:
    uri = parse(text)
    assert uri.text == text
    if uri.flaw is None:
        assert parse(uri.normal)._replace(text=text) == uri


@given(st.lists(WORDS, max_size=9).map("".join))
def test_the_fast_way_and_the_careful_way_agree(text: str) -> None:
    assert parse(text) == _careful(text)


NEAR = st.sampled_from(
    [
        "shop",
        "example",
        "localhost",
        "1",
        "a-b",
        "-",
        "xn--a",
        ".",
        "/",
        "/.",
        "//",
        "cb",
        "?",
        "#",
        ":",
        "@",
        "Z",
        "%41",
    ]
)


@given(st.lists(NEAR, max_size=6).map(lambda parts: "https://" + "".join(parts)))
@example("https://shop.localhost/cb")
@example("https://shop.localhost.example/cb")
@example("https://shop.1/cb")
@example("https://shop.example/a//b")
def test_a_usual_address_is_what_it_would_be_taken_for(text: str) -> None:
    host = usual_host(text)
    if host is not None:
        uri = parse(text)
        assert (uri.host, uri.scheme, uri.normal, uri.flaw) == (host, "https", text, None)
        assert (uri.port, uri.fragment, uri.loopback, bool(uri.path)) == (None, None, False, True)


def test_usual_addresses_are_known_and_others_are_not() -> None:
    known = ["https://shop.example/cb", "https://www.a-b.shop.example/a/b.c/"]
    other = ["http://shop.example/cb", "https://shop.example", "https://localhost/cb", "https://shop.example/cb?a=b"]
    assert [usual_host(text) for text in (*known, *other)] == ["shop.example", "www.a-b.shop.example", *[None] * 4]


def test_common_addresses_load_no_library() -> None:
    import subprocess

    program = (
        "import sys; from clientreg.values.uri import parse;"
        "[parse(t) for t in ('https://a.example:8443/b?x=1', 'http://[::1]/', 'HTTPS://A.example', 'a.b:/c', '*')];"
        "sys.exit('ada_url' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_dots_are_resolved_as_a_browser_does() -> None:
    assert resolved("https://shop.example/a/%2e%2e/./cb") == "https://shop.example/cb"
    assert resolved("https:///") == "https:///"


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.acme.co.uk", "acme.co.uk"),
        ("acme.example", "acme.example"),
        ("a.b.acme.com", "acme.com"),
        ("intranet", "intranet"),
    ],
)
def test_registrable_domain(host: str, domain: str) -> None:
    assert registrable(host) == domain
