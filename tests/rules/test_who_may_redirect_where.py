"""Who may use which redirect URI: every platform, kind of address, environment class and profile."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from clientreg.finding import Finding
from rules.example import findings

KINDS: Mapping[str, str] = {
    "https": "https://app.acme.example/cb",
    "http": "http://app.acme.example/cb",
    "localhost": "http://localhost:3000/cb",
    "IPv4": "http://127.0.0.1/cb",
    "IPv6": "http://[::1]/cb",
    "https localhost": "https://localhost/cb",
    "scheme": "com.acme.app:/cb",
    "seed's scheme": "acme.app://connect/oauth2callback",
    "two slashes": "com.acme.app://cb",
    "no period": "acmeapp:/cb",
    "seed's form": "acmeapp://connect/oauth2callback",
    "oob": "urn:ietf:wg:oauth:2.0:oob",
    "oob:auto": "urn:ietf:wg:oauth:2.0:oob:auto",
}
_WEB = ("web", "javascript", "tv as web")
_APPS = ("android", "ios", "windows-phone", "macos-desktop")
_PROGRAMS = ("windows-desktop", "linux-desktop", "cli", "tv as native")
PLATFORMS = (*_WEB, *_APPS, *_PROGRAMS, "service")
_CLEAN = "-"
_WEB_TEST = {
    **dict.fromkeys(KINDS, "CR247 error"),
    **dict.fromkeys(("https", "localhost", "IPv4", "IPv6", "https localhost"), _CLEAN),
    "http": "CR246 warning",
}
_WEB_PRODUCTION = {
    **_WEB_TEST,
    **dict.fromkeys(("localhost", "IPv4", "IPv6", "https localhost"), "CR245 error"),
    "http": "CR246 error",
}
_PROGRAM = {
    **dict.fromkeys(("IPv4", "IPv6", "scheme", "seed's scheme", "oob", "oob:auto"), _CLEAN),
    "https": "CR249 error",
    "http": "CR248 error",
    "localhost": "CR251 info",
    "https localhost": "CR250 error",
    "two slashes": "CR262 warning",
    "no period": "CR260 warning",
    "seed's form": "CR261 info",
}
_APP = {**_PROGRAM, "oob": "CR263 info", "oob:auto": "CR263 info"}
_SERVICE = dict.fromkeys(KINDS, "CR241 error")


def _stricter(table: Mapping[str, str], oob: str, severity: str) -> Mapping[str, str]:
    """Native clients where newer advice comes first: claimed https is fine, what only the seed has is not."""
    return {
        **table,
        "https": _CLEAN,
        "localhost": f"CR251 {severity}",
        "no period": f"CR260 {severity}",
        "seed's form": f"CR261 {severity}",
        "oob": f"{oob} {severity}",
        "oob:auto": f"{oob} {severity}",
    }


def expected(platform: str, profile: str, environment: str) -> Mapping[str, str]:
    """What each kind of address gets."""
    if platform in _WEB and environment == "test" and profile != "connect":
        at_home = "CR245 warning" if profile == "fapi2" else _CLEAN
        local = dict.fromkeys(("localhost", "IPv4", "IPv6", "https localhost"), at_home)
        return {**_WEB_TEST, **local, "http": "CR246 error"}
    if platform in _WEB:
        return _WEB_PRODUCTION if environment == "production" else _WEB_TEST
    if platform == "service":
        return _SERVICE
    table, oob = (_APP, "CR263") if platform in _APPS else (_PROGRAM, "CR264")
    if profile == "connect":
        return table
    return _stricter(table, oob, "warning" if profile == "bcp" else "error")


def _client(platform: str, profile: str, environment: str, *lines: str) -> str:
    name, _, kind = platform.partition(" as ")
    stated = (f"application_type: {kind}",) if kind else ()
    return "\n".join(
        (f"# profile: {profile}", f"platform: {name}", *stated, f"environments: {{{environment}: {{}}}}", *lines, "")
    )


def _told(found: list[Finding]) -> str:
    """What is found of the address; what FAPI 2.0 demands of the client is another matter."""
    return ", ".join(f"{f.code} {f.severity}" for f in found if not f.code.startswith("CR35")) or _CLEAN


@pytest.mark.parametrize("environment", ["test", "production"])
@pytest.mark.parametrize("profile", ["connect", "bcp", "oauth2.1", "fapi2"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_redirect_uri(platform: str, profile: str, environment: str) -> None:
    found = {
        kind: _told(findings(_client(platform, profile, environment, f"redirect_uris: ['{uri}']")))
        for kind, uri in KINDS.items()
    }
    assert found == expected(platform, profile, environment)


@pytest.mark.parametrize("environment", ["test", "production"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_address_after_logout(platform: str, environment: str) -> None:
    """As a redirect, but an app may well come back to a web page, and no page shows a code there."""
    own = "https://www.acme.example/cb" if platform in _WEB else "com.acme.other:/cb"
    head = _client(platform, "connect", environment, f"redirect_uris: [{own}]" * (platform != "service"))
    found = {kind: _told(findings(f"{head}post_logout_redirect_uris: ['{uri}']\n")) for kind, uri in KINDS.items()}
    table = {**expected(platform, "connect", environment)}
    if platform in {*_APPS, *_PROGRAMS}:
        table |= {"https": _CLEAN, "oob": "CR265 error", "oob:auto": "CR265 error"}
    assert found == table


_FOR_TEST = ("web", "javascript")
_MUST_CHOOSE = ("tv as web", "tv as native", "linux-desktop", "cli")


@pytest.mark.parametrize("environment", ["test", "production"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_default(platform: str, environment: str) -> None:
    text = _client(platform, "connect", environment).replace("{}", "{redirect_uris: null}")
    refused = "CR243 error" if environment == "production" else _CLEAN
    wanted = refused if platform in _FOR_TEST else "CR240 error" if platform in _MUST_CHOOSE else _CLEAN
    assert _told(findings(text)) == wanted
