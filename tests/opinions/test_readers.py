"""What lints clean is accepted by two independent readers of the specifications, whatever server it is meant for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from acceptance import edges
from opinions import readers
from opinions.disagreements import KNOWN, Disagreement
from opinions.readers import Metadata, Reader
from real import needs
from rules.example import RECIPIENT
from servers import oidc_provider

COUNT = int(os.environ.get("CLIENTREG_OPINIONS", "300"))
"""Clients per server type; `CLIENTREG_OPINIONS=10000 CLIENTREG_SEED=2` asks about others."""
SEED = int(os.environ.get("CLIENTREG_SEED", "1"))
LEVELS = "0 1 2 urn:mace:incommon:iap:silver"
SERVERS: Mapping[str, Mapping[str, Any]] = {
    "embedded": {"type": "embedded", "store": "store.db", "issuer": "http://localhost:8080"},
    "keycloak": {
        "type": "keycloak", "url": "https://login.example.com", "realm": "connect", "client_id": "clientreg",
        "acr_values": LEVELS, "session_idle": "3650d",
    },
    "oidc-provider": {
        "type": "file", "format": "oidc-provider", "path": "clients.json", "issuer": "https://login.example.com",
        "recipients": [RECIPIENT],
    },
}  # fmt: skip

needs(
    f"{oidc_provider.NAME} {oidc_provider.VERSION}",
    here=oidc_provider.missing() is None,
    hint=str(oidc_provider.missing()),
)


@pytest.fixture(scope="module")
def asked() -> Iterator[Mapping[str, Reader]]:
    with readers.provider(edges.SCOPES) as node:
        yield {"Authlib": readers.authlib, "oidc-provider": node}


@pytest.fixture(scope="module", params=SERVERS)
def clients(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Metadata]:
    folder = tmp_path_factory.mktemp("clients")
    clean = edges.write(folder, COUNT, seed=SEED, server=SERVERS[request.param], recipient=RECIPIENT)
    return [readers.metadata(one) for one in clean.registrations]


def objections(reader: str, ask: Reader, clients: list[Metadata]) -> list[str]:
    """What is objected to beside the known disagreements."""
    others = []
    for said in clients:
        rest = said
        for one in KNOWN if ask(said) else ():
            rest = one.without(rest) if one.reader == reader else rest
        if why := ask(rest):
            others.append(f"{why}: {rest}")
    return others


@pytest.mark.parametrize("reader", ["Authlib", "oidc-provider"])
def test_what_lints_clean_is_accepted_but_for_what_is_known(
    reader: str, asked: Mapping[str, Reader], clients: list[Metadata]
) -> None:
    assert objections(reader, asked[reader], clients) == []


@pytest.mark.parametrize("known", KNOWN, ids=lambda one: one.reader)
def test_a_known_disagreement_is_still_one(known: Disagreement, asked: Mapping[str, Reader]) -> None:
    ask, said = asked[known.reader], {**GOOD, **known.example}
    assert ask(said) is not None
    assert ask(known.without(said)) is None
    assert known.without(GOOD) == GOOD


GOOD: Metadata = {
    "client_name": "Shop", "redirect_uris": ["https://a.example/cb"], "grant_types": ["authorization_code"],
    "response_types": ["code"], "scope": "openid",
}  # fmt: skip
BROKEN: Mapping[str, tuple[Metadata, frozenset[str]]] = {
    "fragment": ({"redirect_uris": ["https://a.example/cb#part"]}, frozenset({"Authlib", "oidc-provider"})),
    "keys twice": (
        {"jwks": {"keys": [edges.EC_KEY]}, "jwks_uri": "https://a.example/keys"},
        frozenset({"Authlib", "oidc-provider"}),
    ),
    "implicit over http": (
        {"grant_types": ["implicit"], "response_types": ["id_token"], "redirect_uris": ["http://a.example/cb"]},
        frozenset({"oidc-provider"}),
    ),
    "pairwise without sector": (
        {"subject_type": "pairwise", "redirect_uris": ["https://a.example/", "https://b.example/"]},
        frozenset({"oidc-provider"}),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_readers_do_object(name: str, asked: Mapping[str, Reader]) -> None:
    changes, who = BROKEN[name]
    assert {reader for reader, ask in asked.items() if ask(GOOD)} == set()
    assert {reader for reader, ask in asked.items() if ask({**GOOD, **changes})} == who


def test_the_table_tells_of_each_disagreement() -> None:
    table = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")
    rows = [f"| {one.reader} | {one.what} | {one.source} |" for one in KNOWN]
    assert [row for row in rows if row not in table] == []
    assert table.count("\n| ") == len(rows) + 1
