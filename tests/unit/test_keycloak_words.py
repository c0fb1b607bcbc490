"""What a Keycloak representation means in the words of client files, and how those words are written back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientreg.planning.state import CredentialMark, Mark, Record
from clientreg.servers.keycloak import mark as marks
from clientreg.servers.keycloak import names
from clientreg.servers.keycloak.representation import representation, settle
from clientreg.servers.keycloak.update import Update, creation, update
from clientreg.servers.keycloak.words import beginning, bundles, words

BARE: dict[str, Any] = {"clientId": "c", "redirectUris": ["https://a.example/cb"], "webOrigins": []}
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def said(word: str, bundled: frozenset[str] = frozenset(), **members: Any) -> object:
    """One word of a client that has these members."""
    attributes = {name: value for name, value in members.items() if "." in name or name in {"logoUri", "tosUri"}}
    rest = {name: value for name, value in members.items() if name not in attributes}
    return words({**BARE, **rest, "attributes": attributes}, bundled)[word]


MEANINGS: list[tuple[str, dict[str, Any], object]] = [
    ("client_name", {"name": ""}, None),
    ("enabled", {"enabled": False}, False),
    ("client_type", {"publicClient": True}, "public"),
    ("scopes", {"defaultClientScopes": ["profile"], "optionalClientScopes": ["a"]}, ["a", "openid", "profile"]),
    ("scopes", {"standardFlowEnabled": False, "optionalClientScopes": ["a"]}, ["a"]),
    ("scopes", {"clientreg.openid": "false"}, []),
    ("grant_types", {}, ["authorization_code", "refresh_token"]),
    ("grant_types", {"use.refresh.tokens": "false"}, ["authorization_code"]),
    ("grant_types", {"standardFlowEnabled": False, "serviceAccountsEnabled": True}, ["client_credentials"]),
    (
        "grant_types",
        {"standardFlowEnabled": False, "oauth2.device.authorization.grant.enabled": "true"},
        ["refresh_token", DEVICE],
    ),
    ("response_types", {"standardFlowEnabled": False}, []),
    (
        "response_types",
        {"standardFlowEnabled": False, "implicitFlowEnabled": True},
        ["id_token", "id_token token", "token"],
    ),
    ("redirect_uris", {"rootUrl": "http://r", "redirectUris": ["/b", "/a"]}, ["http://r/a", "http://r/b"]),
    ("redirect_uris", {"redirectUris": ["/a"]}, ["/a"]),
    ("redirect_uris", {"redirectUris": None}, []),
    ("allowed_cors_origins", {"webOrigins": None}, ["https://a.example"]),
    ("allowed_cors_origins", {"webOrigins": ["+", "https://b.example"]}, ["https://a.example", "https://b.example"]),
    ("allowed_cors_origins", {"webOrigins": ["*"]}, ["*"]),
    ("allowed_cors_origins", {"webOrigins": ["+"], "redirectUris": ["com.app:/cb", "https://[::1"]}, []),
    ("require_pkce", {"pkce.code.challenge.method": "S256"}, True),
    ("require_pkce", {"pkce.code.challenge.method": "plain"}, False),
    ("require_pkce", {"standardFlowEnabled": False}, True),
    ("require_pkce", {"standardFlowEnabled": False, "clientreg.require_pkce": "false"}, False),
    ("token_endpoint_auth_method", {}, "client_secret_basic"),
    ("token_endpoint_auth_method", {names.ALLOWED_METHOD: "client_secret_post"}, "client_secret_post"),
    ("token_endpoint_auth_method", {"clientAuthenticatorType": "client-jwt"}, "private_key_jwt"),
    ("token_endpoint_auth_method", {"clientAuthenticatorType": "federated-jwt"}, "federated-jwt"),
    ("token_endpoint_auth_method", {"publicClient": True, "clientAuthenticatorType": "client-jwt"}, "none"),
    ("id_token_signed_response_alg", {}, "RS256"),
    ("default_acr_values", {"default.acr.values": "gold## silver"}, ["gold", "silver"]),
    ("post_logout_redirect_uris", {}, ["https://a.example/cb"]),
    ("post_logout_redirect_uris", {"post.logout.redirect.uris": "-"}, []),
    ("post_logout_redirect_uris", {names.LOGOUTS: "+##https://b.example/"}, ["https://a.example/cb", "https://b.example/"]),
    ("post_logout_redirect_uris", {names.LOGOUTS: "/bye", "rootUrl": "https://r.example"}, ["https://r.example/bye"]),
    ("client_uri", {"baseUrl": "/home", "rootUrl": "https://r.example"}, "https://r.example/home"),
    ("client_uri", {"baseUrl": ""}, None),
    ("backchannel_logout_uri", {"backchannel.logout.url": "https://a.example/b"}, "https://a.example/b"),
    ("backchannel_logout_uri", {"backchannel.logout.url": "https://a.example/b", "frontchannelLogout": True}, None),
    ("backchannel_logout_session_required", {"backchannel.logout.session.required": "true"}, False),
    ("frontchannel_logout_uri", {"frontchannel.logout.url": "https://a.example/f"}, None),
    ("frontchannel_logout_uri", {names.FRONT: "http://a/f", "frontchannelLogout": True}, "http://a/f"),
    ("jwks_uri", {"jwks.url": "https://a.example/jwks"}, None),
    ("jwks_uri", {"jwks.url": "https://a.example/jwks", "use.jwks.url": "true"}, "https://a.example/jwks"),
    ("jwks", {"use.jwks.string": "true", "jwks.string": '{"keys": []}'}, {"keys": []}),
    ("jwks", {"use.jwks.string": "true", "jwks.string": "no JSON"}, None),
    ("access_token_lifetime", {"access.token.lifespan": "300"}, 300),
    ("access_token_lifetime", {"access.token.lifespan": "0"}, None),
    ("access_token_lifetime", {"access.token.lifespan": "9" * 5000}, None),
    ("logo_uri", {"logoUri": "https://a.example/l.png"}, "https://a.example/l.png"),
    ("audience", {"protocolMappers": [{"name": "theirs", "config": {names.CUSTOM_AUDIENCE: "x"}}]}, []),
    ("audience", {"protocolMappers": [{"name": f"{names.AUDIENCE}1", "config": {names.CUSTOM_AUDIENCE: "x"}}]}, ["x"]),
    ("subject_type", {"protocolMappers": [{"name": "theirs", "protocolMapper": names.PAIRWISE_MAPPER}]}, "pairwise"),
    ("contacts", {"clientreg.contacts": "[1]"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("word", "members", "meaning"), MEANINGS)
def test_a_representation_means(word: str, members: dict[str, Any], meaning: object) -> None:
    assert said(word, **members) == meaning


def test_scopes_that_nobody_asks_for_are_none_of_the_client() -> None:
    scopes = [
        {"name": "basic", "attributes": {"include.in.token.scope": "false"}},
        {"name": "profile", "attributes": {"include.in.token.scope": "true"}},
        {"name": "offline_access"},
    ]
    assert bundles(scopes) == {"basic"}
    assert said("scopes", bundles(scopes), defaultClientScopes=["basic", "profile"]) == ["openid", "profile"]


def test_every_word_of_the_template_is_there(repository: Path) -> None:
    template = (repository / "tools/clientreg/servers/keycloak/client.json.j2").read_text(encoding="utf-8")
    told = {line.split('"')[1] for line in template.splitlines() if '"' in line}
    assert words({}, frozenset()).keys() == told == settle({}).keys()


LONG = ("a" * 255, "é" * 300, "😀" * 127, "😀" * 128, "a" * 254 + "😀", "a" * 2000)


@pytest.mark.parametrize("text", LONG, ids=len)
def test_a_long_description_is_kept_whole_and_shown_from_its_beginning(text: str) -> None:
    made = representation({"client_id": "c", "description": text})
    assert len(made["description"].encode("utf-16-le")) <= 510
    assert settle({"description": text})["description"] == text
    edited = {**made, "description": "Somebody wrote something else."}
    assert words(edited, frozenset())["description"] == "Somebody wrote something else."


def test_the_beginning_of_a_text_ends_between_two_characters() -> None:
    assert beginning("a" * 253 + "😀😀") == "a" * 253 + "…"


def mapper(mapper_id: str, name: str, kind: str, **config: str) -> dict[str, Any]:
    return {"id": mapper_id, "name": name, "protocolMapper": kind, "config": config}


URIS = st.lists(st.sampled_from(["https://a.example/cb", "https://b.example/", "com.app:/cb", "*"]), max_size=3)
ATTRIBUTES = st.dictionaries(
    st.sampled_from([
        names.PKCE, names.LOGOUTS, names.BACK, names.BACK_SESSION, names.FRONT, names.FRONT_SESSION, names.ACR,
        names.KEYS, names.USE_KEYS, names.KEYS_URL, names.USE_KEYS_URL, names.REFRESH, names.ALLOWED_METHOD,
        names.OPENID, names.DESCRIPTION, names.UNUSED_PKCE, names.UNUSED_SECTOR,
        *names.TEXTS.values(), *names.SWITCHES.values(), *names.SECONDS.values(), *names.SWITCHED.values(),
        "clientreg.contacts", "clientreg.platform", "clientreg.single_sign_on",
    ]),
    st.sampled_from(
        ["true", "false", "S256", "-", "+", "300", "a##b", "https://a.example/x", '{"technical": ["b", "a"]}', ""]
    ),
)  # fmt: skip
CLIENTS = st.fixed_dictionaries(
    {"clientId": st.just("c"), "attributes": ATTRIBUTES},
    optional={
        **{member: st.booleans() for member, _ in names.FLOWS.values()},
        **{member: st.booleans() for member in ("publicClient", "consentRequired", "frontchannelLogout", "enabled")},
        "redirectUris": URIS,
        "webOrigins": st.none() | st.lists(st.sampled_from(["+", "*", "https://b.example"]), max_size=2),
        "rootUrl": st.sampled_from(["", "https://r.example", None]),
        "baseUrl": st.sampled_from(["", "/home", None]),
        "description": st.sampled_from([None, "", "A text."]),
        "clientAuthenticatorType": st.sampled_from(["client-secret", "client-jwt", "client-x509", "other"]),
        "optionalClientScopes": st.lists(st.sampled_from(["a", "b"]), unique=True),
        "defaultClientScopes": st.lists(st.sampled_from(["basic", "b"]), unique=True),
        "protocolMappers": st.lists(
            st.sampled_from([
                mapper("1", f"{names.AUDIENCE}x", names.AUDIENCE_MAPPER, **{names.CUSTOM_AUDIENCE: "x"}),
                mapper("2", "sub", names.PAIRWISE_MAPPER, **{names.SALT: "s"}),
                mapper("3", "other", "oidc-usermodel-property-mapper"),
            ]),
            unique_by=lambda one: str(one["name"]),
        ),
    },
)  # fmt: skip
PAYLOADS = CLIENTS.filter(lambda client: bool(client.get("rootUrl")) or client.get("baseUrl") != "/home")
"""Without an address that means something else on a client with another `rootUrl`."""
BUNDLED = frozenset({"basic"})


@given(CLIENTS)
def test_what_is_read_is_settled(client: dict[str, Any]) -> None:
    meaning = words(client, BUNDLED)
    assert settle(meaning) == meaning


def after(client: dict[str, Any], todo: Update) -> dict[str, Any]:
    """The client as Keycloak has it when every request of an update is done."""
    attributes = {**client.get("attributes", {}), **todo.members.get("attributes", {})}
    scopes = {*client.get("optionalClientScopes", ()), *todo.scopes_added} - {*todo.scopes_removed}
    changed = {str(one["id"]): one for one in todo.mappers_changed}
    mappers = [
        changed.get(one["id"], one)
        for one in client.get("protocolMappers", ())
        if one["id"] not in todo.mappers_removed
    ]
    return {
        **client,
        **todo.members,
        "attributes": {name: text for name, text in attributes.items() if text is not None},
        "optionalClientScopes": sorted(scopes),
        "defaultClientScopes": sorted({*client.get("defaultClientScopes", ())} - {*todo.scopes_removed}),
        "protocolMappers": [*mappers, *todo.mappers_added],
    }


@given(CLIENTS, PAYLOADS)
def test_an_update_brings_any_client_to_any_payload(client: dict[str, Any], other: dict[str, Any]) -> None:
    wanted = words(other, BUNDLED)
    assert words(after(client, update(client, wanted, BUNDLED, salt="s")), BUNDLED) == wanted


@given(CLIENTS)
def test_what_means_the_same_is_not_written(client: dict[str, Any]) -> None:
    assert update(client, words(client, BUNDLED), BUNDLED, salt="s") == Update({})


@given(CLIENTS)
def test_a_new_client_means_its_payload(client: dict[str, Any]) -> None:
    wanted = words(client, BUNDLED)
    made = creation(wanted, default_scopes=["basic"], salt="s")
    assert words(made, BUNDLED) == wanted
    assert made["fullScopeAllowed"] is False
    assert None not in made["attributes"].values()


def test_a_new_client_names_no_protocol() -> None:
    """Keycloak would switch `backchannel.logout.session.required` on, whatever is sent."""
    assert "protocol" not in creation(words(BARE, BUNDLED), default_scopes=(), salt="s")


def test_only_what_changed_is_sent() -> None:
    client = {**BARE, "name": "Shop", "webOrigins": ["+"], "attributes": {"theirs": "x"}}
    wanted = {**words(client, BUNDLED), "client_name": "Store"}
    assert update(client, wanted, BUNDLED, salt="s") == Update({"name": "Store"})


def test_a_spelling_that_would_follow_another_value_is_written_out() -> None:
    """`+` follows the redirect URIs: left as it is, it would say more than the file."""
    client = {**BARE, "webOrigins": ["+"]}
    wanted = {**words(client, BUNDLED), "redirect_uris": ["https://b.example/cb"]}
    members = update(client, wanted, BUNDLED, salt="s").members
    assert members["webOrigins"] == ["https://a.example"]
    assert members["attributes"][names.LOGOUTS] == "https://a.example/cb"


def test_a_pairwise_mapper_has_a_salt_and_keeps_it() -> None:
    client = {**BARE, "protocolMappers": [mapper("1", "sub", names.PAIRWISE_MAPPER, **{names.SALT: "old"})]}
    wanted = {**words(client, BUNDLED), "sector_identifier_uri": "https://a.example/sector"}
    todo = update(client, wanted, BUNDLED, salt="new")
    assert [one["config"] for one in todo.mappers_changed] == [
        {names.SALT: "old", names.SECTOR: "https://a.example/sector"}
    ]
    assert [m["config"] for m in creation(wanted, default_scopes=(), salt="new")["protocolMappers"]] == [
        {names.SALT: "new", names.SECTOR: "https://a.example/sector"}
    ]


MARK = Mark("connect", "test", "clients/a.yaml", "c0ffee", CredentialMark("id1", 2), "2026-11-25")


def test_a_mark_is_read_as_it_was_written() -> None:
    for one in (MARK, Mark("connect", "test", "s", "c")):
        written = {name: text for name, text in marks.attributes(one).items() if text is not None}
        assert marks.mark({"attributes": json.loads(json.dumps(written))}) == one
    assert all(name.startswith("clientreg.") for name in marks.attributes(MARK))


@pytest.mark.parametrize("lost", ["registry", "environment", "source", "commit"])
def test_a_mark_that_is_not_whole_is_none(lost: str) -> None:
    attributes = marks.attributes(MARK)
    del attributes[f"clientreg.{lost}"]
    assert marks.mark({"attributes": attributes}) is None


def test_the_record_is_no_mark() -> None:
    own = {"attributes": marks.record_attributes(Record("connect", "test", "c0ffee"))}
    assert (marks.record(own), marks.mark(own), marks.record({})) == (Record("connect", "test", "c0ffee"), None, None)


def test_a_sector_that_was_left_beside_a_pairwise_mapper_goes_with_it() -> None:
    """Beside the mapper the attribute says nothing, so a look at the words alone would leave it."""
    mapper = {"id": "1", "name": names.PAIRWISE, "protocolMapper": names.PAIRWISE_MAPPER, "config": {}}
    actual = {
        "clientId": "shop",
        "protocolMappers": [mapper],
        "attributes": {names.UNUSED_SECTOR: "https://a.example/"},
    }
    wanted = {**words(actual, frozenset()), "subject_type": "public", "sector_identifier_uri": None}
    assert update(actual, wanted, frozenset(), salt="").members["attributes"][names.UNUSED_SECTOR] is None
