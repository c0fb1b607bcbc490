"""What lints clean is accepted, kept and working: odd clients in a file that starts a real node oidc-provider."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pyrage import x25519

from acceptance import bulk, edges
from clientreg.jsonvalue import JsonObject
from clientreg.model import Client, Organization
from clientreg.planning import render
from clientreg.servers.file import metadata
from clientreg.servers.file.admission import Refused, admit
from real import needs
from servers import oidc_provider
from servers.oidc_provider import Provider

FILE = ".clientreg/clients.json"
NATIVE = (
    "client_name", "application_type", "token_endpoint_auth_method", "subject_type", "id_token_signed_response_alg",
    "require_pushed_authorization_requests", "dpop_bound_access_tokens", "require_auth_time", "default_max_age",
    "backchannel_logout_uri", "backchannel_logout_session_required", "initiate_login_uri",
    "jwks", "jwks_uri", "client_uri", "logo_uri", "policy_uri", "tos_uri",
)  # fmt: skip
LISTS = ("redirect_uris", "post_logout_redirect_uris", "grant_types", "response_types", "default_acr_values")
OWN = (
    "product", "description", "platform", "require_pkce", "require_consent", "single_sign_on", "software_id",
    "software_version",
)  # fmt: skip
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

needs(
    f"{oidc_provider.NAME} {oidc_provider.VERSION}",
    here=oidc_provider.missing() is None,
    hint=str(oidc_provider.missing()),
)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> bulk.Applied:
    root = tmp_path_factory.mktemp("edges")
    key = x25519.Identity.generate()
    (root.parent / "age.key").write_text(str(key))
    server = {
        "type": "file",
        "format": "oidc-provider",
        "path": FILE,
        "issuer": "https://login.example.com",
        "recipients": [str(key.to_public())],
    }
    return bulk.apply(root, server=server, environment={}, count=bulk.COUNT, seed=1)


@pytest.fixture(scope="module")
def provider(applied: bulk.Applied) -> Iterator[Provider]:
    root = applied.scratch.root
    with oidc_provider.running(root / FILE, root.parent / "age.key") as one:
        yield one


def test_the_second_plan_is_empty(applied: bulk.Applied) -> None:
    assert applied.second_plan() == ""


def test_every_client_is_admitted_and_every_field_kept(applied: bulk.Applied, provider: Provider) -> None:
    clients = {one.client_id: one for one in applied.clean.registrations if one.enabled}
    held = provider.clients()
    assert {key: one["error"] for key, one in held.items() if "error" in one} == {}
    assert {key: as_stated(one) for key, one in held.items()} == {key: stated(one) for key, one in clients.items()}
    assert [
        one.client_id for one in clients.values() if one.needs_secret != ("client_secret" in held[one.client_id])
    ] == []


def test_each_redirect_uri_is_accepted_as_a_stranger_sees_it(applied: bulk.Applied, provider: Provider) -> None:
    asked = [(one, uri) for one in applied.users for uri in one.redirect_uris]
    assert {(one.client_id, uri) for one, uri in asked if not admitted(provider, one.client_id, uri)} == set()
    near = {one.client_id for one in applied.users if admitted(provider, one.client_id, one.redirect_uris[0] + "x")}
    assert near == set()
    assert len(asked) > bulk.COUNT / 2


def admitted(provider: Provider, client_id: str, uri: str) -> bool:
    """Whether the browser is sent on, to a login or back to the client; else it is shown why not."""
    challenge = {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"}
    form = {"client_id": client_id, "redirect_uri": uri, "response_type": "code", "scope": "openid", **challenge}
    connection = HTTPConnection(provider.url.removeprefix("http://"), timeout=30)
    try:
        connection.request("GET", f"/auth?{urlencode(form)}")
        status = connection.getresponse().status
    finally:
        connection.close()
    assert status in {303, 400}
    return status == 303


def stated(one: Any) -> dict[str, Any]:
    """What a client's file says, in the words of the provider's metadata."""
    return {
        **{name: getattr(one, name) for name in (*NATIVE, *OWN)},
        **{name: set(getattr(one, name)) for name in LISTS},
        "scope": set(one.scopes),
        "allowed_cors_origins": set(one.allowed_cors_origins),
        "access_token_lifetime": seconds(one.access_token_lifetime),
        "refresh_token_lifetime": seconds(one.refresh_token_lifetime),
        "contacts": {role: set(people) for role, people in one.contacts.items()},
        "localized": dict(one.localized),
        "organization": one.organization_name,
    }


def as_stated(made: Mapping[str, Any]) -> dict[str, Any]:
    """The same of what the provider holds; what is null is absent there."""
    own = made["clientreg"]
    native = {"technical": made["contacts"]} if made.get("contacts") else {}
    return {
        **{name: made.get(name) for name in NATIVE},
        **{name: own.get(name) for name in OWN},
        **{name: set(made[name]) for name in LISTS},
        "scope": set(made["scope"].split(" ")),
        "allowed_cors_origins": set(own["allowed_cors_origins"]),
        "access_token_lifetime": own.get("access_token_lifetime"),
        "refresh_token_lifetime": own.get("refresh_token_lifetime"),
        "contacts": {role: set(people) for role, people in {**native, **own["contacts"]}.items()},
        "localized": own["localized"],
        "organization": own["organization"],
    }


def seconds(lifetime: str | None) -> int | None:
    return None if lifetime is None else int(lifetime[:-1]) * SECONDS[lifetime[-1]]


STRICTER = (
    "response_types is of code, not",
    "not 'implicit'",
    "response_types has code exactly where",
    "scope is at least one scope",
    "the client credentials grant is for clients that authenticate",
    "is not that of a client that is",
)
"""What the provider puts right in silence or leaves open, and we refuse, so that it holds what a file says."""


def test_we_judge_clients_as_the_provider_does(tmp_path: Path) -> None:
    """Also those that lint would never let pass: waivers, and clients that were adopted, come that far."""
    chance = random.Random(7)
    judged = {f"edge.c{number}": made_of(f"c{number}", odd(chance)) for number in range(400)}
    (tmp_path / "clients.json").write_text(json.dumps([made for made, _ in judged.values()]))
    (tmp_path / "age.key").write_text(str(x25519.Identity.generate()))
    with oidc_provider.running(tmp_path / "clients.json", tmp_path / "age.key") as one:
        held = one.clients()
    refused = {key: (said["error"], judged[key][1]) for key, said in held.items() if "error" in said}
    assert {key: words for key, words in refused.items() if words[1] is None} == {}
    stricter = [words for key, (_, words) in judged.items() if words and key not in refused]
    assert [words for words in stricter if not any(known in words for known in STRICTER)] == []
    assert (len(refused) > 40, len(held) - len(refused) > 40) == (True, True)


def made_of(name: str, data: Mapping[str, Any]) -> tuple[JsonObject, str | None]:
    """The metadata of a client file, and what we have against it."""
    organization = Organization(id="edge", file="clients/edge/organization.yaml", name="Edge Ltd")
    one = Client(f"clients/edge/{name}.yaml", organization, name, data).registration("test")
    made = metadata.metadata(metadata.settle(render.payload(one, render.template_of("file"))))
    secret = {"client_secret": "x" * 43} if one.needs_secret else {}
    try:
        admit(made, client_type=one.client_type, has_secret=one.needs_secret)
    except Refused as refused:
        return {**made, **secret}, str(refused)
    return {**made, **secret}, None


ODD = (
    "/cb", "https://", "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "https://edge.example/#", "x",
    "http://10.0.0.1/cb", "https://localhost/cb", "https://[::1]/cb", "http://[::2]/", "http://127.1/cb", "urn:a:b",
    "https://edge.example:99999/", "https://user:pw@edge.example/", "https://*.edge.example/", "ht tp://x/", " app:/cb",
    "http://LOCALHOST/cb", "http://localhost.:1/",
    "https://edge.example/\u0000", "blob:https://edge.example/1", "app:/#x",
    "file:///etc",
)  # fmt: skip


def odd(chance: random.Random) -> dict[str, Any]:
    """A client near an edge, one in two with something beyond it."""
    data = edges.client(chance)
    beyond: dict[str, Any] = {
        "redirect_uris": [chance.choice(ODD)],
        "post_logout_redirect_uris": [chance.choice(ODD)],
        "initiate_login_uri": chance.choice(ODD),
        "logo_uri": chance.choice(ODD),
        "grant_types": chance.choice([["password"], ["implicit"], ["refresh_token"], ["authorization_code"]]),
        "response_types": chance.choice([[], ["code"], ["id_token"], ["token"], ["code", "code id_token"]]),
        "contacts": {"technical": [chance.choice(["#slack", "dev@blåbær.example", '"a b"@edge.example', "a@b"])]},
        "jwks": {
            "keys": [chance.choice([{}, {"kty": "oct", "k": "AA"}, {"kty": "RSA", "e": "AQAB"}, {"kty": "XX"}, 7])]
        },
        "id_token_signed_response_alg": "RS256",
        "default_max_age": chance.choice([-1, 0, 2**53]),
    }
    for name in chance.sample(sorted(beyond), chance.randint(0, 2)):
        data[name] = beyond[name]
    return data
