"""A realm file is what Keycloak needs to begin with, and what a server of type `keycloak` goes on with."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from keycloak_harness import KeycloakHarness, as_words
from realm_file_harness import RealmFileHarness
from test_server import holds  # the one judgement of what a server is given
from walk import changes, sync, writes
from worlds import APP, BESIDE, FIELDS, SERVICE, World, app, client, shop

from clientreg import servers
from clientreg.capability import Capabilities
from clientreg.errors import CannotFinish
from clientreg.planning.state import Record
from clientreg.servers.file.capabilities import CAPABILITIES
from clientreg.servers.file.server import connect
from managed import realm_of
from managed import server as keycloak_server
from real import needs
from servers import keycloak as kind
from servers.keycloak import EC_KEYS, Keycloak

PAGE = Path(__file__).parents[2] / "tools/clientreg/servers/file/keycloak-realm.md"
OWN_SCOPES = {"a": "email", "b": "phone", "report.read": "email"}
"""Client scopes that Keycloak makes by itself, for those of the worlds."""


@dataclass(frozen=True)
class _Declared:
    capabilities: Capabilities


DECLARED: Any = _Declared(CAPABILITIES.formats["keycloak-realm"])


def _own(value: Any) -> Any:
    return sorted(OWN_SCOPES.get(one, one) for one in value)


def _cases() -> Iterator[tuple[str, tuple[str, Any, Any]]]:
    """A client per value of each field that is held: its name; the field, what the file says, what is then held."""
    for name, steps in FIELDS.items():
        for number, (said, held) in enumerate(steps):
            if holds(DECLARED, name, said):
                case = (name, _own(said), _own(held)) if name == "scopes" else (name, said, held)
                yield f"{name.lower().replace('_', '-').replace('#', '-')}-{number}", case


CASES = dict(_cases())
LIKE_WEB = {"redirect_uris": ["https://shop.acme.example/cb"], "platform": "web", "application_type": "web"}
WORLD: World = (
    *(
        client(key, {**APP, **LIKE_WEB, "client_type": "confidential", **BESIDE.get(name, {}), name: said})
        for key, (name, said, _) in CASES.items()
    ),
    client("nightly", SERVICE, scopes=["email"]),
    shop(),
)


@dataclass(frozen=True)
class Imported:
    """A Keycloak that began with the file, and the secrets that were sealed beside it."""

    keycloak: Keycloak
    secrets: Mapping[str, str]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    needs(f"{kind.NAME} {kind.VERSION}", here=kind.missing() is None, hint=str(kind.missing()))
    folder = tmp_path_factory.mktemp("realm")
    harness = RealmFileHarness(folder)
    harness.file.write_text(json.dumps({"realm": "connect", "enabled": True, **EC_KEYS, **realm_of("connect")}))
    assert [one.error for one in sync(harness.server(), WORLD) if one.error] == []
    assert changes(harness.server(), WORLD) == ()
    harness.server().save_record(Record("connect", "test", "c0ffee"))
    (folder / "age.key").write_text(str(harness.key))
    (folder / "import").mkdir()
    opened(harness.file, folder / "age.key", folder / "import/connect-realm.json")
    late = {"realm": "master", "enabled": True, "clients": [{"clientId": "acme.late", "publicClient": True}]}
    (folder / "import/master-realm.json").write_text(json.dumps(late))
    with kind.running(folder / "import") as keycloak:
        told = json.loads((folder / "import/connect-realm.json").read_text())
        secrets = {one["clientId"]: one.get("secret", "") for one in told["clients"]}
        yield Imported(keycloak, secrets)


def opened(file: Path, key: Path, out: Path) -> None:
    """By the code on the page."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    subprocess.run([sys.executable, "-c", code, str(file), str(key), str(out)], check=True)


def test_each_field_is_in_the_realm_that_was_imported(imported: Imported) -> None:
    there = imported.keycloak.admin("GET", "/connect/clients?max=1000")
    found = {one["clientId"]: as_words(one) for one in there if one["clientId"].startswith("acme.")}
    assert len(CASES) > 90
    assert {key: found[f"acme.{key}"].get(name) for key, (name, _, _) in CASES.items()} == {
        key: held for key, (_, _, held) in CASES.items()
    }


def test_a_server_of_type_keycloak_goes_on_with_it(imported: Imported) -> None:
    server = keycloak_server(imported.keycloak, "connect")
    assert changes(server, WORLD) == ()
    renamed = tuple(shop(client_name="Acme Store") if one.client_id == "acme.shop" else one for one in WORLD)
    assert [one.error for one in server.apply(writes(changes(server, renamed)))] == [None]
    assert changes(server, renamed) == ()


def test_the_secret_that_was_sealed_opens_and_users_are_sent_back(imported: Imported) -> None:
    harness = KeycloakHarness.__new__(KeycloakHarness)
    harness.keycloak, harness.realm = imported.keycloak, "connect"
    for key in ("acme.nightly", "acme.shop"):
        assert harness.knows_secret(key, imported.secrets[key])
        assert not harness.knows_secret(key, "another")
    status, _ = asked(imported.keycloak, "acme.shop", "https://shop.acme.example/cb")
    refused, _ = asked(imported.keycloak, "acme.shop", "https://shop.acme.example/cb/x")
    assert (status, refused) == (200, 400)


def asked(keycloak: Keycloak, client_id: str, redirect_uri: str) -> tuple[int, str]:
    words = {"client_id": client_id, "redirect_uri": redirect_uri, "response_type": "code", "scope": "openid",
             "code_challenge": "x" * 43, "code_challenge_method": "S256"}  # fmt: skip
    place = f"{keycloak.url}/realms/connect/protocol/openid-connect/auth?{urllib.parse.urlencode(words)}"
    try:
        with urllib.request.urlopen(place, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_realm_that_is_there_is_skipped(imported: Imported) -> None:
    """What each plan says first: not one client of the file is added."""
    assert imported.keycloak.admin("GET", "/master/clients?clientId=acme.late") == []
    assert "A realm that it has already is skipped" in CAPABILITIES.formats["keycloak-realm"].notice


def test_a_file_that_was_not_opened_starts_no_keycloak(tmp_path: Path) -> None:
    needs(f"{kind.NAME} {kind.VERSION}", here=kind.missing() is None, hint=str(kind.missing()))
    harness = RealmFileHarness(tmp_path)
    sync(harness.server(), (shop(),))
    (tmp_path / "import").mkdir()
    (tmp_path / "import/connect-realm.json").write_bytes(harness.file.read_bytes())
    with pytest.raises(RuntimeError, match='Unrecognized field "secret_ref"'), kind.running(tmp_path / "import"):
        pass


# the file


@pytest.fixture
def harness(tmp_path: Path) -> RealmFileHarness:
    return RealmFileHarness(tmp_path)


def test_what_an_operator_wrote_stays_as_it_is_spelled(harness: RealmFileHarness) -> None:
    text = '{ "realm": "connect",\t"enabled":true, "smtpServer": {"port": 25.0},\n\n "clients" : [ ] , "users": [] }\n'
    harness.file.write_text(text)
    sync(harness.server(), (app(scopes=["openid", "email"]),))
    head, _, tail = text.partition("[ ]")
    written = harness.file.read_text()
    assert (written.startswith(head + "[\n    {"), written.endswith("\n    }\n  ]" + tail)) == (True, True)
    sync(harness.server(), ())
    assert harness.file.read_text() == f"{head}[]{tail}"


@pytest.mark.parametrize("text", ['{"realm": "connect"}', '{"realm": "connect",\n "enabled": true\n}', None])
def test_a_realm_without_clients_gets_some(harness: RealmFileHarness, text: str | None) -> None:
    harness.file.unlink()
    if text is not None:
        harness.file.write_text(text)
    assert [one.error for one in sync(harness.server(), (app(),))] == [None]
    assert (harness.realm()["realm"], len(harness.entries())) == ("connect", 1)
    assert changes(harness.server(), (app(),)) == ()


BROKEN = {
    "[]": "is damaged: line 1, column 1: a JSON object begins with {",
    '{"realm": "connect", "clients": {}}': "is damaged: line 1, column 33: a JSON array begins with [",
    '{"realm": "connect", "clients": [{}]}': "is damaged: entry 1 is no client: it has no clientId",
    '{"realm": "connect", "clients": []': "is damaged: line 1, column 35: a member is followed by , or }",
    '{"realm": "connect", 7: 1}': "is damaged: line 1, column 23: a name and : begin a member",
    '{"realm": "connect"} x': "is damaged: line 1, column 22: nothing follows the object",
    '{"realm": "connect", "clients": [],}': "is damaged: line 1, column 36: a comma is followed by a member",
}


@pytest.mark.parametrize(("text", "message"), BROKEN.items(), ids=range(len(BROKEN)))
def test_a_broken_realm_is_told_where_and_stays_as_it_is(harness: RealmFileHarness, text: str, message: str) -> None:
    harness.file.write_text(text)
    for act in (harness.server().read, lambda: list(harness.server().apply(()))):
        with pytest.raises(CannotFinish) as caught:
            act()
        assert caught.value.message == f"{harness.file}: {message}"
    assert harness.file.read_text() == text


def test_another_realms_file_is_left_alone(harness: RealmFileHarness) -> None:
    harness.file.write_text('{"realm": "other", "clients": []}')
    with pytest.raises(CannotFinish, match="the file is of realm 'other', and the issuer says 'connect'"):
        harness.server().read()
    with pytest.raises(CannotFinish, match="the file is of realm 'other'"):
        list(harness.server().apply(()))


REFUSED: Mapping[str, tuple[dict[str, Any], str]] = {
    "a placeholder": ({"client_name": "Shop ${KC_DB_PASSWORD}"}, "would put a variable of its own environment"),
    "one deep inside": ({"contacts": {"technical": ["${X}@x.example"]}}, "would put a variable of its own environment"),
    "an unknown scope": ({"scopes": ["openid", "gold"]}, "the realm has no client scope 'gold'"),
    "a bundled scope": ({"scopes": ["openid", "basic"]}, "nobody asks for the realm's client scope 'basic'"),
    "a script": ({"redirect_uris": ["JavaScript:alert(1)"]}, "redirect_uris: Keycloak takes no 'JavaScript:alert(1)'"),
    "a fragment": ({"redirect_uris": ["https://a.example/#x"]}, "redirect_uris: Keycloak takes no"),
}


@pytest.mark.parametrize(("fields", "why"), REFUSED.values(), ids=REFUSED)
def test_what_would_stop_the_import_or_show_secrets_is_refused(
    harness: RealmFileHarness, fields: dict[str, Any], why: str
) -> None:
    outcomes = sync(harness.server(), (shop(**fields), app()))
    assert {one.change.key: why in str(one.error) for one in outcomes} == {"acme.shop": True, "acme.app": False}
    assert [one["clientId"] for one in harness.entries()] == ["acme.app"]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"client_name": "Shop ${X}"}, ("client_name",)),
        ({"client_name#nb": "${X}"}, ("client_name#nb",)),
        ({"redirect_uris": ["https://a.example/", "https://a.example/${X}"]}, ("redirect_uris", 1)),
        ({"purpose": {"openid": "${X} is told to nobody"}}, None),
    ],
)
def test_lint_says_so_before_the_merge(fields: dict[str, Any], path: tuple[str | int, ...] | None) -> None:
    objections = CAPABILITIES.formats["keycloak-realm"].objections
    assert objections is not None
    assert [one.path for one in objections(shop(**fields), {})] == ([] if path is None else [path])


def test_an_adopted_client_keeps_what_no_file_can_say(harness: RealmFileHarness) -> None:
    theirs = {
        "clientId": "acme.app", "rootUrl": "https://theirs.example", "fullScopeAllowed": True, "secret": "x",
        "defaultClientScopes": ["basic", "email"], "optionalClientScopes": [], "attributes": {"theirs": "yes"},
        "protocolMappers": [{"name": "theirs", "protocolMapper": "oidc-hardcoded-claim-mapper", "config": {}}],
    }  # fmt: skip
    harness.file.write_text(json.dumps({**harness.realm(), "clients": [theirs]}))
    world = (app(scopes=["openid", "email", "profile"], audience=["https://api.example"]),)
    assert [one.error for one in harness.server().apply(writes(changes(harness.server(), world, adopt=True)))] == [None]
    assert changes(harness.server(), world) == ()
    (one,) = harness.entries()
    assert (one["rootUrl"], one["fullScopeAllowed"], one["attributes"]["theirs"]) == (theirs["rootUrl"], True, "yes")
    assert (one["defaultClientScopes"], one["optionalClientScopes"]) == (["basic", "email"], ["profile"])
    assert one["protocolMappers"][0] == theirs["protocolMappers"][0]
    assert "secret" not in one


def test_the_plan_refuses_what_the_realm_lacks(harness: RealmFileHarness) -> None:
    (lack,) = harness.server().lacks({"scopes": ["openid", "a", "gold"]})
    assert (lack.why, lack.scope) == ("the realm has no client scope 'gold'", None)
    harness.file.write_text('{"realm": "connect"}')
    assert [one.why for one in harness.server().lacks({"scopes": ["email", "a"]})] == [
        "the realm has no client scope 'a'"
    ]


def test_a_pairwise_client_keeps_its_salt(harness: RealmFileHarness) -> None:
    salts = []
    for name in ("Acme Shop", "Acme Store"):
        sync(harness.server(), (shop(subject_type="pairwise", client_name=name),))
        (one,) = harness.entries()
        salts += [mapper["config"]["pairwiseSubAlgorithmSalt"] for mapper in one["protocolMappers"]]
    assert len(salts) == 2
    assert len(set(salts)) == 1


@pytest.mark.parametrize("issuer", ["https://login.example.com", "https://login.example.com/realms/a b", "x/realms/a"])
def test_an_issuer_names_its_realm(harness: RealmFileHarness, issuer: str) -> None:
    with pytest.raises(CannotFinish, match="issuer is"):
        connect("main", {**harness.options(), "issuer": issuer}, harness.folder)


def test_both_formats_are_declared() -> None:
    assert [one.name for one in servers.kinds() if one.type == "file"] == ["file oidc-provider", "file keycloak-realm"]
