"""What single rules decide about values: tables too long for an example."""

from __future__ import annotations

import re

import pytest
from publicsuffixlist import PublicSuffixList

from clientreg import sinks
from clientreg.rules import domains, grants, servers, wording
from clientreg.rules import sinks as places
from clientreg.servers.embedded.capabilities import CAPABILITIES
from clientreg.settings import SINK_TYPES, secret_variable
from clientreg.values import mailbox


def test_sink_types_that_rules_know_are_those_there_are() -> None:
    assert sinks.types() == SINK_TYPES


def test_secret_variable_is_derived_from_names_alone() -> None:
    assert secret_variable("test", "eu-north") == "CLIENTREG_TEST_EU_NORTH_SECRET"


@pytest.mark.parametrize(
    "tag",
    [
        "nb",
        "NB",
        "nb-NO",
        "zh-Hant-TW",
        "sr-Latn",
        "es-419",
        "sl-rozaj-biske",
        "de-CH-1996",
        "zh-cmn-Hans-CN",
        "en-a-bbb-x-a-ccc",
        "de-DE-u-co-phonebk",
        "x-whatever",
        "i-klingon",
        "ast",
        "english",
    ],
)
def test_language_tag_is_well_formed(tag: str) -> None:
    assert wording._LANGUAGE_TAG.fullmatch(tag)


@pytest.mark.parametrize(
    "tag", ["", "n", "nb-", "nb_NO", "nb--NO", "nb-NO-", "nb-a", "toolonglanguage", "12", "nb-N", "x", "nb-NO-Latn"]
)
def test_language_tag_is_not_well_formed(tag: str) -> None:
    assert not wording._LANGUAGE_TAG.fullmatch(tag)


@pytest.mark.parametrize(
    ("domain", "public"),
    [
        ("acme.example", False),
        ("example", True),
        ("com", True),
        ("acme.com", False),
        ("co.uk", True),
        ("acme.co.uk", False),
        ("github.io", True),
        ("acme.github.io", False),
        ("anything.ck", True),
        ("www.ck", False),
        ("xn--55qx5d.cn", True),
        ("xn--bcher-kva.example", False),
        ("localhost", True),
    ],
)
def test_public_suffix_is_one_under_which_anybody_gets_a_name(domain: str, public: bool) -> None:
    assert domains.is_public_suffix(domain) is public


def test_fast_path_agrees_with_the_library_on_every_entry_of_its_list() -> None:
    library = PublicSuffixList()
    entries = [line for line in domains._entries() if line and line.isascii() and line.islower() and "/" not in line]
    names = {entry.lstrip("*.!") for entry in entries} | {entry.replace("*", "any").lstrip("!") for entry in entries}
    names |= {f"own.{name}" for name in sorted(names)[::20]}
    names = {name for name in names if name.rpartition(".")[2] not in domains._RESERVED}
    assert {name for name in names if domains.is_public_suffix(name) is not library.is_public(name)} == set()


@pytest.mark.parametrize("directory", ["handover", "var/handover", ".clientreg/handover", "./handover"])
def test_folder_below_the_registry_is_its_own(directory: str) -> None:
    assert places._is_own_folder(directory)


@pytest.mark.parametrize(
    "directory",
    [
        "/tmp/x",
        "..",
        "a/../../b",
        "~",
        "~/x",
        "~root/x",
        "C:\\x",
        "c:x",
        "\\\\host\\x",
        "clients",
        "./clients/acme",
        ".git",
        ".",
    ],
)
def test_folder_elsewhere_is_not(directory: str) -> None:
    assert not places._is_own_folder(directory)


@pytest.mark.parametrize(
    ("address", "protected"),
    [
        ("https://login.example", True),
        ("http://localhost:8080", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:8080", True),
        ("http://login.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://localhost@evil.example", False),
        ("ftp://localhost", False),
        ("http://[::1", False),
        ("login.example", False),
    ],
)
def test_server_address_is_protected(address: str, protected: bool) -> None:
    assert servers._is_protected(address) is protected


@pytest.mark.parametrize(
    "address",
    [
        "dev@acme.example",
        "d@a.no",
        "first.last+tag@sub.acme.example",
        "o'neill@acme.example",
        "dev@b\u00fccher.example",
    ],
)
def test_address_can_be_mailed(address: str) -> None:
    assert mailbox.mistake(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "dev",
        "@acme.example",
        "dev@",
        "dev@acme",
        "a b@acme.example",
        "dev@-acme.example",
        "dev@acme.onion",
        "dev@a..example",
    ],
)
def test_address_cannot_be_mailed(address: str) -> None:
    assert mailbox.mistake(address)


@pytest.mark.parametrize("name", ["Acme\u2800Shop", "\u2800", "\u3164", "Acme\ufe0f", "Acme\U000e0041", "A\u00adcme"])
def test_name_holds_what_cannot_be_seen(name: str) -> None:
    assert len([*wording.hidden(("client_name",), name)]) == 1


@pytest.mark.parametrize(
    "name", ["Acme Shop", "Acme\u00a0Shop", "\u3000\u6771\u4eac", "caf\u00e9", "\u0645\u062a\u062c\u0631"]
)
def test_name_can_be_seen(name: str) -> None:
    assert [*wording.hidden(("client_name",), name)] == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("device_code", "urn:ietf:params:oauth:grant-type:device_code"),
        ("token_exchange", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("ciba", "urn:openid:params:grant-type:ciba"),
        ("code", None),
    ],
)
def test_grant_by_the_end_of_its_name(written: str, meant: str | None) -> None:
    assert grants._in_full(written) == meant


@pytest.mark.parametrize(
    ("name", "value", "fits"),
    [
        ("store", ".clientreg/test.db", True),
        ("store", "/srv/clientreg/test.db", True),
        ("store", "clients.db", True),
        ("store", ".", False),
        ("store", "./", False),
        ("store", "clients/test.db", False),
        ("store", "./clients", False),
        ("store", ".git/test.db", False),
        ("store", "~/test.db", False),
        ("issuer", "http://localhost:1", True),
        ("issuer", "http://127.0.0.1:65535", True),
        ("issuer", "http://[::1]:8080", True),
        ("issuer", "http://localhost:65536", False),
        ("issuer", "http://localhost:0", False),
        ("issuer", "http://localhost:8080/", False),
        ("issuer", "http://login.example:8080", False),
    ],
)
def test_option_of_the_embedded_server(name: str, value: str, fits: bool) -> None:
    option = next(option for option in CAPABILITIES.options if option.name == name)
    assert bool(re.fullmatch(option.pattern, value)) is fits
