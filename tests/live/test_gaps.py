"""What a server type declares that its server does not hold, the server does not hold: nothing is refused in vain.

Each value is given to the server in its own words, past our code. It refuses it, or is afterwards as if it had never
been given it; what it keeps all the same is shown to be of no use to the client.
"""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from clientreg import servers
from clientreg.capability import Holding
from clientreg.reading import schemata
from clientreg.rules.grants import GRANTS, RESPONSE_TYPES
from managed import OWN, SECRET, realm_of
from real import needs
from servers import oidc_provider
from servers.keycloak import Keycloak

PROPERTIES: Mapping[str, Mapping[str, Any]] = schemata.properties("client")
KINDS = {kind.name: kind for kind in servers.kinds()}
NAMED = {"grant_types": GRANTS, "response_types": tuple(RESPONSE_TYPES)}
NOTHING, HELD = ("", None), ("policy_uri", "https://shop.acme.example/privacy")
CALLBACK = "https://shop.acme.example/cb"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PERSON = {"username": "kari", "email": "kari@acme.example", "firstName": "Kari", "lastName": "Nordmann"}


def gaps(kind: str) -> list[tuple[str, Any]]:
    """Every field that is not held, with an example of it, and every value that a field is not held with."""
    found = []
    for name, how in KINDS[kind].fields.items():
        schema = PROPERTIES[name]
        if how.holding in {Holding.REFUSED, Holding.NOT_HELD}:
            found.append((name, schema["examples"][0]))
        known = NAMED.get(name) or schema.get("enum") or ((True, False) if schema["type"] == "boolean" else ())
        found += [(name, value) for value in known if how.only and value not in how.only]
    return found


def metadata(name: str, value: Any) -> dict[str, Any]:
    """A client in the words of RFC 7591 that states it."""
    plain = {"redirect_uris": [CALLBACK], "grant_types": ["authorization_code"], "response_types": ["code"]}
    if name == "grant_types":
        return {**plain, name: ["authorization_code", value]}
    if name == "response_types":
        return {**plain, name: [value], "grant_types": ["authorization_code", "implicit"]}
    return {**plain, **({name: value} if name else {})}


def post(url: str, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@dataclass
class Realm:
    """A realm whose own client registration is asked, and whose administrator then looks."""

    keycloak: Keycloak
    name: str
    secrets: dict[str, str] = field(default_factory=dict)

    def register(self, **stated: Any) -> dict[str, Any] | None:
        """The client as its administrator sees it; None where Keycloak refuses it."""
        status, own = self.token(OWN, SECRET, grant_type="client_credentials")
        assert status == 200
        headers = {"Authorization": f"Bearer {own['access_token']}", "Content-Type": "application/json"}
        place = f"{self.keycloak.url}/realms/{self.name}/clients-registrations/openid-connect"
        status, answer = post(place, json.dumps(stated).encode(), **headers)
        if status == 400:
            return None
        assert status == 201, answer
        (one,) = self.keycloak.admin("GET", f"/{self.name}/clients?clientId={answer['client_id']}")
        self.secrets[one["clientId"]] = one.get("secret", "")
        return dict(one)

    def token(self, client_id: str, secret: str, **form: str) -> tuple[int, dict[str, Any]]:
        """What the token endpoint answers."""
        words = {"client_id": client_id, "client_secret": secret, **form}
        place = f"{self.keycloak.url}/realms/{self.name}/protocol/openid-connect/token"
        return post(place, urllib.parse.urlencode(words).encode())


def comparable(one: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is another at each registration."""
    attributes = {name: text for name, text in one["attributes"].items() if name != "client.secret.creation.time"}
    return {**one, "attributes": attributes, **dict.fromkeys(("id", "clientId", "secret"))}


@pytest.fixture(scope="module")
def realm(keycloak: Keycloak) -> Iterator[Realm]:
    name = f"gaps-{uuid4().hex[:12]}"
    keycloak.make_realm(name, **realm_of(name))
    password = {"type": "password", "value": "hers", "temporary": False}
    keycloak.admin(
        "POST", f"/{name}/users", {**PERSON, "enabled": True, "emailVerified": True, "credentials": [password]}
    )
    theirs = {"issuer": "https://theirs.example", "publicKeySignatureVerifier": "x", "useJwksUrl": "false"}
    provider = {"alias": "theirs", "providerId": "jwt-authorization-grant", "enabled": True}
    config = {**theirs, "jwtAuthorizationGrantEnabled": "true"}
    keycloak.admin("POST", f"/{name}/identity-provider/instances", {**provider, "config": config})
    yield Realm(keycloak, name)
    keycloak.remove_realm(name)


def no_id_token(realm: Realm, one: Mapping[str, Any], value: Any) -> None:
    """There is none, or it is signed with a key of the realm that no client has."""
    client_id = one["clientId"]
    realm.keycloak.admin("PUT", f"/{realm.name}/clients/{one['id']}", {**one, "directAccessGrantsEnabled": True})
    words = {"grant_type": "password", "username": "kari", "password": "hers", "scope": "openid"}
    status, answer = realm.token(client_id, realm.secrets[client_id], **words)
    if status == 200:
        with pytest.raises(JoseError):
            jws.deserialize_compact(answer["id_token"], OctKey.import_key(realm.secrets[client_id]), [value])
    else:
        assert status == 500


def no_way_in(realm: Realm, one: Mapping[str, Any], _: Any) -> None:
    """It knows no subject of a certificate, and takes nothing else."""
    assert [name for name in one["attributes"] if name.startswith("x509.subject")] == []
    status, answer = realm.token(one["clientId"], realm.secrets[one["clientId"]], grant_type="client_credentials")
    assert (status, answer["error"]) == (401, "invalid_client")


def no_provider(realm: Realm, one: Mapping[str, Any], _: Any) -> None:
    """Whoever issued the assertion, the client was not allowed to bring it."""
    now = int(time.time())
    audience = f"{realm.keycloak.url}/realms/{realm.name}"
    stated = {"iss": "https://theirs.example", "sub": "kari", "aud": audience, "iat": now, "exp": now + 60, "jti": "1"}
    parts = ({"alg": "RS256", "typ": "JWT"}, stated)
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    words = {"grant_type": JWT_BEARER, "assertion": f"{head}.{body}.AAAA"}
    _, answer = realm.token(one["clientId"], realm.secrets[one["clientId"]], **words)
    assert answer["error_description"] == "Identity Provider is not allowed for the client"


OF_NO_USE: Mapping[tuple[str, Any], Callable[[Realm, Mapping[str, Any], Any], None]] = {
    ("token_endpoint_auth_method", "tls_client_auth"): no_way_in,
    ("grant_types", JWT_BEARER): no_provider,
    **{
        ("id_token_signed_response_alg", name): no_id_token
        for name in ("none", "HS256", "HS384", "HS512", "ES256K", "Ed25519", "Ed448")
    },
}


@pytest.mark.parametrize(("name", "value"), gaps("keycloak"))
def test_keycloak_does_not_hold_what_is_declared_a_gap(realm: Realm, name: str, value: Any) -> None:
    plain, given = realm.register(**metadata(*NOTHING)), realm.register(**metadata(name, value))
    assert plain is not None
    if given is None or comparable(given) == comparable(plain):
        assert (name, value) not in OF_NO_USE
    else:
        OF_NO_USE[name, value](realm, given, value)


@pytest.mark.parametrize(
    "name", ["application_type", "contacts", "software_id", "software_version", "require_auth_time"]
)
def test_keycloak_has_no_place_for_what_we_keep_in_an_attribute(realm: Realm, name: str) -> None:
    value = PROPERTIES[name]["examples"][-1]
    plain = realm.register(**metadata(*NOTHING))
    given = realm.register(**metadata(name, value["technical"] if name == "contacts" else value))
    assert plain is not None
    assert given is not None
    assert comparable(given) == comparable(plain)


def test_a_value_that_is_held_is_seen_to_be(realm: Realm) -> None:
    plain, given = (realm.register(**metadata(*one)) for one in (NOTHING, HELD))
    assert plain is not None
    assert given is not None
    assert comparable(given) != comparable(plain)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, Any]]:
    """What a provider with the configuration of its page makes of each gap, and of two clients without one."""
    name, missing = f"{oidc_provider.NAME} {oidc_provider.VERSION}", oidc_provider.missing()
    needs(name, here=missing is None, hint=str(missing))
    folder = tmp_path_factory.mktemp("gaps")
    stated = {json.dumps(gap): metadata(*gap) for gap in [*gaps("file oidc-provider"), NOTHING, HELD]}
    clients = [{"client_id": key, "client_secret": "x" * 64, **one} for key, one in stated.items()]
    (folder / "clients.json").write_text(json.dumps(clients))
    with oidc_provider.running(folder / "clients.json", folder / "no.key") as provider:
        return {key: {**one, "client_id": ""} for key, one in provider.clients().items()}


@pytest.mark.parametrize("gap", gaps("file oidc-provider"))
def test_oidc_provider_does_not_hold_what_is_declared_a_gap(
    judged: Mapping[str, dict[str, Any]], gap: tuple[str, Any]
) -> None:
    one = judged[json.dumps(gap)]
    assert "error" in one or one == judged[json.dumps(NOTHING)]


def test_oidc_provider_shows_what_it_holds(judged: Mapping[str, dict[str, Any]]) -> None:
    assert judged[json.dumps(HELD)]["policy_uri"] == HELD[1]
    assert len(gaps("keycloak")) > 10 < len(gaps("file oidc-provider"))
