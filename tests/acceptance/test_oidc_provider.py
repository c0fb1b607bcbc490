"""What node oidc-provider does with clients beyond the edges: we refuse what it refuses."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyrage import x25519

from acceptance import edges
from clientreg.jsonvalue import JsonObject
from clientreg.model import Client, Organization
from clientreg.planning import render
from clientreg.servers.file import metadata
from clientreg.servers.file.admission import Refused, admit
from real import needs
from servers import oidc_provider

needs(
    f"{oidc_provider.NAME} {oidc_provider.VERSION}",
    here=oidc_provider.missing() is None,
    hint=str(oidc_provider.missing()),
)

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
