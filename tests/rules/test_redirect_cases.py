"""Addresses that attackers, parsers and tired people write, and what each gets: nothing is a case too."""

from __future__ import annotations

import json

import pytest

from rules.example import findings

WEB = "platform: web\n"
NATIVE = "platform: windows-desktop\n"
PHONE = "platform: ios\n"

WEB_REDIRECTS = {
    "https://app.acme.example/cb": [],
    "https://app.acme.example/.well-known/cb": [],
    "https://app.acme.example:8443/cb?tenant=1&x=a/b": [],
    "https://xn--blbr-roah.acme.example/cb": [],
    "http://localhost:3000/cb": [],
    "http://127.0.0.1:3000/cb": [],
    "http://[::1]:3000/cb": [],
    "http://shop.localhost:3000/cb": [],
    "https://localhost/cb": [],
    "https://app.acme.example/cb#": ["CR209"],
    "https://app.acme.example/cb#frag": ["CR209"],
    "https://*.acme.example/cb": ["CR203"],
    "https://app.acme.example/*": ["CR203"],
    "*": ["CR203"],
    "http://app.acme.example/cb": ["CR246"],
    "http://10.0.0.7/cb": ["CR226", "CR246"],
    "http://2130706433/cb": ["CR210"],
    "http://127.1/cb": ["CR210"],
    "http://0x7f.1/cb": ["CR210"],
    "http://017700000001/cb": ["CR210"],
    "http://localhost./cb": ["CR210"],
    "http://127.255.255.254/cb": [],
    "http://[0:0:0:0:0:0:0:1]/cb": ["CR210"],
    "http://[::ffff:127.0.0.1]/cb": ["CR210"],
    "http://[::ffff:7f00:1]/cb": [],
    "http://0.0.0.0:3000/cb": ["CR207"],
    "http://[::]:3000/cb": ["CR207"],
    "http://0/cb": ["CR207"],
    "https://localhost.evil.example/cb": ["CR226"],
    "https://app.acme.example/%7euser": ["CR210"],
    "https://app.acme.example/s%c3%b8k": ["CR210"],
    "https://app.acme.example/s%C3%B8k%2F": [],
    "https://acme.example.evil.example/cb": ["CR527"],
    "https://notacme.example/cb": ["CR527"],
    "https://аcme.example/cb": ["CR210", "CR527"],
    "myapp://cb": ["CR247"],
    "com.acme.app:/cb": ["CR247"],
    "urn:ietf:wg:oauth:2.0:oob": ["CR247"],
    "javascript:alert(1)": ["CR202"],
    "JavaScript:alert(1)": ["CR202"],
    " javascript:alert(1)": ["CR202"],
    "javascript://app.acme.example/%0aalert(1)": ["CR202"],
    "data:text/html,x": ["CR202"],
    "vbscript:x": ["CR202"],
    "blob:https://app.acme.example/1": ["CR202"],
    "file:///etc/passwd": ["CR202"],
    "about:blank": ["CR202"],
    "mailto:a@b.c": ["CR202"],
    "https://user@evil.example/cb": ["CR206"],
    "https://app.acme.example:x@evil.example/cb": ["CR206"],
    "https://app.acme.example\\@evil.example/": ["CR205"],
    " https://app.acme.example/cb": ["CR205"],
    "https://app.acme.example/cb ": ["CR205"],
    "https://app.acme.example/a b": ["CR205"],
    "https://app.acme.example/%zz": ["CR205"],
    "https://app.acme.example/{tenant}/cb": ["CR205"],
    "https://app.acme.example/auth/[...nextauth]": ["CR205"],
    "https://app.acme.example/cb?ids[]=1": ["CR205"],
    "https://app.acme\u200b.example/cb": ["CR205"],
    "https://app.acme\u202e.example/cb": ["CR205"],
    "https://app.acme.example/cb\u2060": ["CR205"],
    "https://app.acme.example/cb,https://app.acme.example/cb2": ["CR212"],
    "https://app.acme.example/cb https://app.acme.example/cb2": ["CR212"],
    "https://app.acme.example/cb, http://localhost:3000/cb": ["CR212"],
    "https://app.acme.example/cb?next=a,https://app.acme.example/": [],
    "https://app.acme.example/cb,b;c/d:e/": [],
    "https://app.acme.example/see/https://app.acme.example/": [],
    "https://app.acme.example//cb": ["CR215"],
    "https://app.acme.example/cb?code=x": ["CR253"],
    "https://app.acme.example/cb?a=b&error": ["CR253"],
    "https://app.acme.example/cb?zipcode=1&states=2&b=code": [],
    "https://app.acme.example/cb?": ["CR215"],
    "https://app.acme.example/x/../cb": ["CR208"],
    "https://app.acme.example/x/./cb": ["CR208"],
    "https://app.acme.example/%2e%2e/cb": ["CR208"],
    "https://app.acme.example/x/.%2E": ["CR208"],
    "https://APP.acme.example/cb": ["CR210"],
    "HTTPS://app.acme.example/cb": ["CR210"],
    "https://app.acme.example:443/cb": ["CR210"],
    "https://app.acme.example./cb": ["CR210"],
    "https://blåbær.acme.example/cb": ["CR210"],
    "//app.acme.example/cb": ["CR204"],
    "/cb": ["CR204"],
    "cb": ["CR204"],
    "app.acme.example/cb": ["CR204"],
    "localhost:3000/cb": ["CR204"],
    "https:///cb": ["CR207"],
    "https:/app.acme.example/cb": ["CR207"],
    "https://": ["CR207"],
    "https://[::1/cb": ["CR207"],
    "https://app.acme.example:0/cb": ["CR207"],
    "https://app.acme.example:65536/cb": ["CR207"],
    "https://(app)/cb": ["CR207"],
    "https://-app.acme.example/cb": ["CR207"],
    "https://app.acme.example": ["CR252"],
    "https://app.acme.example?x=1": ["CR252"],
    "https://${HOST}/cb": ["CR201"],
    "{{ base }}/cb": ["CR201"],
    "https://<client-specific-host>/connect/oauth2callback": ["CR201"],
    "##HOST##/cb": ["CR201"],
    "https://$(HOST)/cb": ["CR201"],
}

NATIVE_REDIRECTS = {
    "http://127.0.0.1/cb": [],
    "http://127.0.0.1:51004/cb": ["CR255"],
    "http://[::1]/cb": [],
    "com.acme.app:/cb": [],
    "acme.shop://connect/oauth2callback": [],
    "urn:ietf:wg:oauth:2.0:oob": [],
    "urn:ietf:wg:oauth:2.0:oob:auto": [],
    "http://localhost:3000/cb": ["CR251"],
    "https://localhost/cb": ["CR250"],
    "https://app.acme.example/cb": ["CR249"],
    "http://127.0.0.1.evil.example/": ["CR248"],
    "http://app.acme.example/cb": ["CR248"],
    "http://0.0.0.0/cb": ["CR207"],
    "myapp://cb": ["CR260"],
    "myapp:/cb": ["CR260"],
    "myapp://connect/oauth2callback": ["CR261"],
    "com.acme.app://cb": ["CR262"],
    "com.acme.app:": ["CR252"],
    "com.acme.app://cb:80/x": ["CR262"],
    "com.acme.app://user@x/cb": ["CR206"],
    "com.acme.app://user@x": ["CR206"],
    "com.acme.app:/user@x": [],
    "com.acme.app://blåbær/cb": ["CR205"],
    "com.acme.app:/cb,com.acme.app:/cb2": ["CR212"],
    "COM.acme.app:/cb": ["CR210"],
    "urn:ietf:wg:oauth:2.0:oob:manual": ["CR265"],
    "URN:ietf:wg:oauth:2.0:oob": ["CR210", "CR265"],
    "javascript:alert(1)": ["CR202"],
    "intent://scan/#Intent;scheme=zxing;end": ["CR202"],
    "/cb": ["CR204"],
}


def codes(head: str, field: str, uri: str) -> list[str]:
    return [finding.code for finding in findings(f"{head}{field}: [{json.dumps(uri)}]\n")]


@pytest.mark.parametrize(("uri", "expected"), WEB_REDIRECTS.items(), ids=WEB_REDIRECTS)
def test_redirect_uri_of_a_web_client(uri: str, expected: list[str]) -> None:
    assert codes(WEB, "redirect_uris", uri) == expected


@pytest.mark.parametrize(("uri", "expected"), NATIVE_REDIRECTS.items(), ids=NATIVE_REDIRECTS)
def test_redirect_uri_of_a_native_client(uri: str, expected: list[str]) -> None:
    assert codes(NATIVE, "redirect_uris", uri) == expected


@pytest.mark.parametrize("platform", ["android", "ios", "windows-phone", "macos-desktop"])
def test_out_of_band_is_a_note_where_schemes_exist(platform: str) -> None:
    assert codes(f"platform: {platform}\n", "redirect_uris", "urn:ietf:wg:oauth:2.0:oob") == ["CR263"]


@pytest.mark.parametrize("platform", ["windows-desktop", "linux-desktop", "cli"])
def test_out_of_band_is_clean_where_schemes_are_not(platform: str) -> None:
    assert codes(f"platform: {platform}\n", "redirect_uris", "urn:ietf:wg:oauth:2.0:oob") == []


@pytest.mark.parametrize(
    "platform", ["android", "ios", "windows-phone", "macos-desktop", "windows-desktop", "web", "javascript"]
)
def test_default_redirect_uri_is_clean_in_test(platform: str) -> None:
    assert findings(f"platform: {platform}\n") == []


@pytest.mark.parametrize("platform", ["linux-desktop", "cli", "tv"])
def test_other_platforms_must_choose(platform: str) -> None:
    unset = findings(f"platform: {platform}\nenvironments: {{test: {{redirect_uris: null}}}}\n")
    empty = findings(f"platform: {platform}\nredirect_uris: []\n")
    places = [("environments", "test", "redirect_uris"), ("redirect_uris",)]
    assert [(f.code, f.path) for f in (*unset, *empty)] == [("CR240", place) for place in places]


@pytest.mark.parametrize(("kind", "expected"), [("web", []), ("native", ["CR249"])])
def test_tv_is_judged_by_its_application_type(kind: str, expected: list[str]) -> None:
    head = f"platform: tv\napplication_type: {kind}\n"
    assert codes(head, "redirect_uris", "https://tv.acme.example/cb") == expected


@pytest.mark.parametrize(
    ("head", "uri", "expected"),
    [
        (WEB, "https://app.acme.example/cb", []),
        (WEB, "http://localhost:3000/cb", ["CR245 error"]),
        (WEB, "https://localhost/cb", ["CR245 error"]),
        (WEB, "http://app.acme.example/cb", ["CR246 error"]),
        (WEB, "https://partner.example/cb", ["CR226 error"]),
        (WEB, "https://notacme.example/cb", ["CR527 error"]),
        (NATIVE, "http://127.0.0.1/cb", []),
        (NATIVE, "http://localhost/cb", ["CR251 info"]),
        (NATIVE, "urn:ietf:wg:oauth:2.0:oob", []),
        (PHONE, "acme.shop://connect/oauth2callback", []),
        (PHONE, "urn:ietf:wg:oauth:2.0:oob", ["CR263 info"]),
    ],
)
def test_redirect_uri_in_production(head: str, uri: str, expected: list[str]) -> None:
    found = findings(f"{head}redirect_uris: [{json.dumps(uri)}]\nenvironments: {{production: {{}}}}\n")
    assert [f"{f.code} {f.severity}" for f in found] == expected


@pytest.mark.parametrize(
    "field",
    [
        "backchannel_logout_uri", "frontchannel_logout_uri", "initiate_login_uri", "jwks_uri", "sector_identifier_uri",
        "client_uri", "logo_uri", "policy_uri", "tos_uri", "client_uri#nb",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("JAVASCRIPT:alert(1)", "CR202"),
        ("data:text/html,x", "CR202"),
        ("https://*.acme.example/", "CR203"),
        ("/logout", "CR204"),
        ("https://www.acme.example/a b", "CR205"),
        ("https://me:secret@www.acme.example/", "CR206"),
        ("https:///logout", "CR207"),
        ("https://www.acme.example/a/../b", "CR208"),
        ("https://${HOST}/", "CR201"),
        ("com.acme.shop:/logout", "CR220"),
    ],
)
def test_every_address_field_is_judged(field: str, uri: str, code: str) -> None:
    found = findings(f"platform: web\n{field}: {json.dumps(uri)}\n")
    assert [(f.code, f.path) for f in found if not f.code.startswith("CR6")] == [(code, (field,))]


@pytest.mark.parametrize(
    ("uri", "instead"),
    [
        ("https://app.acme.example/%zz", "write 'https://app.acme.example/%25zz', or the address that was meant"),
        ("https://app.acme.example/a b ", "write 'https://app.acme.example/a%20b', or the address that was meant"),
        ("https://app.acme.example/a[0]", "write 'https://app.acme.example/a%5B0%5D', or the address that was meant"),
        ("https://app acme.example/", "write the address that was meant, with a host that can exist"),
        ("https://{tenant}.acme.example/", "write the address that was meant: nothing replaces what stands in braces"),
        (
            "https://app.acme\u200b.example/",
            "write 'https://app.acme.example/': what cannot be seen was most likely pasted along",
        ),
        ("https://blåbær.acme.example/ø", "write 'https://blåbær.acme.example/%C3%B8', or the address that was meant"),
    ],
)
def test_hint_for_a_wrong_character_is_no_other_wrong_address(uri: str, instead: str) -> None:
    assert [finding.hint for finding in findings(f"redirect_uris: [{json.dumps(uri)}]\n")] == [instead]


@pytest.mark.parametrize(
    ("uri", "instead"),
    [
        ("http://LOCALHOST:80/cb", "better write 'http://127.0.0.1/cb'"),
        ("com.acme.app://auth/cb?tenant=1", "write 'com.acme.app:/auth/cb?tenant=1'"),
        ("http://127.0.0.2/cb", "write http://localhost/cb, or a scheme of the client's own"),
    ],
)
def test_hint_for_a_native_client_keeps_what_was_right(uri: str, instead: str) -> None:
    hints = [finding.hint for finding in findings(f"{NATIVE}redirect_uris: [{json.dumps(uri)}]\n")]
    assert instead in hints


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("redirect_uris", "CR246"),
        ("backchannel_logout_uri", "CR422"),
        ("initiate_login_uri", "CR221"),
        ("logo_uri", "CR222"),
        ("allowed_cors_origins", "CR229"),
    ],
)
def test_hint_for_plain_http_leaves_the_port_of_http_out(field: str, code: str) -> None:
    address = "http://www.acme.example:80" + "/here" * (field != "allowed_cors_origins")
    found = findings(f"{field}: {[address] if field.endswith('s') else address}\n")
    instead = {f.code: f.hint for f in found}[code]
    assert instead.replace("'", "") == f"write {address.replace('http:', 'https:').replace(':80', '')}"


@pytest.mark.parametrize(
    ("host", "what"),
    [
        ("127.0.0.2", "is none of the hosts that stand for loopback"),
        ("app.localhost", "is none of the hosts that stand for loopback"),
        ("app.acme.example", "leaves the client's machine"),
    ],
)
def test_http_of_a_native_client_says_what_is_wrong_with_the_host(host: str, what: str) -> None:
    found = findings(f"{NATIVE}redirect_uris: ['http://{host}/cb']\n")
    assert [(f.code, f.message) for f in found] == [("CR248", f"'http://{host}/cb' {what}")]


def test_address_that_is_no_web_address_is_one_mistake() -> None:
    found = findings("platform: web\nbackchannel_logout_uri: com.acme.app://10.0.0.7/logout\n")
    assert [finding.code for finding in found] == ["CR220"]


@pytest.mark.parametrize(
    ("uri", "instead"),
    [
        ("http://0.0.0.0:3000/cb", "write 'http://localhost:3000/cb' for one on the same machine"),
        (
            "https:/app.acme.example/cb",
            "write scheme, two slashes, a host and a path, for example 'https://app.acme.example/cb'",
        ),
    ],
)
def test_hint_for_a_host_that_is_none_keeps_what_was_right(uri: str, instead: str) -> None:
    assert [finding.hint for finding in findings(f"redirect_uris: [{json.dumps(uri)}]\n")] == [instead]


@pytest.mark.parametrize(
    ("head", "uri", "instead"),
    [
        (WEB, "http://localhost:3000/*", "http://localhost:3000/callback"),
        (WEB, "https://www.acme.example/shop/*?x=*", "https://www.acme.example/callback"),
        (WEB, "https://*.acme.example/callback", "https://acme.example/callback"),
        (WEB, "*", "https://acme.example/callback"),
        (PHONE, "com.acme.app:/*", "com.acme.app:/oauth2callback"),
        (PHONE, "com.acme.app://*", "acme.shop:/oauth2callback"),
    ],
)
def test_hint_for_a_wildcard_keeps_the_host_that_it_names(head: str, uri: str, instead: str) -> None:
    hints = [finding.hint for finding in findings(f"{head}redirect_uris: ['{uri}']\n")]
    assert hints == [f"list each address in full, for example {instead}"]


def test_password_in_an_address_is_not_repeated() -> None:
    found = findings("platform: web\nclient_uri: https://me:hunter2@www.acme.example/\n")
    assert "hunter2" not in "".join(f.message + f.hint for f in found)
