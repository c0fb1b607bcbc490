"""What does not fit a schema: one finding per mistake, at the key to change, with words that help."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast, get_args

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

from clientreg import seal
from clientreg.jsonvalue import Json
from clientreg.reading import fieldnames, misfit, refusal, schema, schemata
from clientreg.reading.source import Document, read

GOLDEN = Path(__file__).parent.parent / "golden" / "misfits.txt"
KINDS = get_args(schemata.Kind)
FIELDS = [name for name in schemata.properties("client") if "." not in name and name not in schemata.SAME_EVERYWHERE]

CLIENT = """\
product: Example TV
client_name: Example TV
description: Streaming app for Android phones and tablets.
contacts:
  technical: [tv-dev@example.com]
platform: android
application_type: native
client_type: public
scopes: [openid, profile]
environments:
  test: {}
"""
REGISTRY = """\
version: 1
name: connect
environments:
  test:
    class: test
    servers:
      local: {type: embedded, store: .clientreg/test.db}
"""


def document(text: str) -> Document:
    found, findings = read("f.yaml", text.encode())
    assert findings == ()
    assert found is not None
    return found


def places(kind: schemata.Kind, text: str) -> str:
    """`CR102 12:1 redirectUris`: code, line and column, and the path in the file."""
    found = schema.check(kind, document(text))
    return "; ".join(f"{f.code} {f.span.line}:{f.span.column} {'.'.join(map(str, f.path))}" for f in found)


def changed(old: str, new: str) -> str:
    assert CLIENT.count(old) == 1
    return CLIENT.replace(old, new)


FITS = {
    "the shortest client": ("client", CLIENT.replace("environments:\n  test: {}\n", "")),
    "grants and addresses that rules will judge": (
        "client",
        CLIENT + "grant_types: [password, implicit, 'urn:x:y']\nredirect_uris: ['*', 'javascript:alert(1)', /cb]\n"
        "client_id: Odd id (1)\nrequire_pkce: false\n",
    ),
    "localised names": ("client", CLIENT + "client_name#nb: X\nclient_name#zh-Hant-TW: Y\nlogo_uri#en: z\n"),
    "a client in an environment of its own": (
        "client",
        changed(
            "test: {}",
            "test:\n    client_name: Other\n    client_name#nb: Annen\n    logo_uri: null\n    contacts: null\n"
            "    redirect_uris: [x]\n    enabled: false\n    credentials: {generation: 2}",
        ),
    ),
    "text of several lines": (
        "client",
        changed("Streaming app for Android phones and tablets.", "|\n  A long\n  story, told well.\n"),
    ),
    "the shortest organization": ("organization", "name: Example Media AS\n"),
    "a registry": ("registry", REGISTRY),
    "options of a server that only its type knows": (
        "registry",
        REGISTRY.replace("type: embedded", "type: other, region: [eu, {x: 1}]"),
    ),
}


@pytest.mark.parametrize(("kind", "text"), FITS.values(), ids=FITS)
def test_what_fits_has_no_finding(kind: schemata.Kind, text: str) -> None:
    assert schema.check(kind, document(text)) == ()


MISFITS: dict[str, tuple[schemata.Kind, str, str]] = {
    "nothing is there": (
        "client",
        "{}\n",
        "CR101 1:1 product; CR101 1:1 client_name; CR101 1:1 description; CR101 1:1 platform; "
        "CR101 1:1 application_type; CR101 1:1 client_type; CR101 1:1 scopes",
    ),
    "camel case": ("client", CLIENT + "redirectUris: [x]\n", "CR102 12:1 redirectUris"),
    "one is missing": ("client", changed("product: Example TV\n", ""), "CR101 1:1 product"),
    "singular": ("client", CLIENT + "redirect_uri: x\n", "CR102 12:1 redirect_uri"),
    "another word for a mandatory field": ("client", changed("client_name:", "name:"), "CR102 2:1 name"),
    "a mandatory field in another language only": (
        "client",
        changed("client_name:", "client_name#nb:"),
        "CR101 1:1 client_name",
    ),
    "a hyphen in a mandatory field": ("client", changed("client_name:", "client-name:"), "CR102 2:1 client-name"),
    "scope": ("client", changed("scopes:", "scope:"), "CR102 9:1 scope"),
    "other products' words": (
        "client",
        CLIENT + "callback_url: x\nlogout_uri: y\nemail: z\nweb_origins: a\nsso: true\n",
        "CR102 12:1 callback_url; CR102 13:1 logout_uri; CR102 14:1 email; CR102 15:1 web_origins; CR102 16:1 sso",
    ),
    "a secret": ("client", CLIENT + "client_secret: hunter2\n", "CR102 12:1 client_secret"),
    "what the organization says": (
        "client",
        CLIENT + "company: Example\ndomains: [a]\n",
        "CR102 12:1 company; CR102 13:1 domains",
    ),
    "a field of a group at the top": (
        "client",
        CLIENT + "technical: [x]\nreview_by: 2027-01-01\n",
        "CR102 12:1 technical; CR102 13:1 review_by",
    ),
    "a group that is not indented": (
        "client",
        changed("contacts:\n  technical", "contacts:\ntechnical"),
        "CR102 5:1 technical",
    ),
    "an environment that is not indented": ("client", changed("\n  test: {}", "\ntest: {}"), "CR102 11:1 test"),
    "environments with nothing behind them, not indented": (
        "client",
        changed("\n  test: {}", "\nproduction:\ntest:"),
        "CR102 11:1 production; CR102 12:1 test",
    ),
    "an environment at the top": ("client", CLIENT + "production: {scopes: [openid]}\n", "CR102 12:1 production"),
    "a mandatory field in a group": ("client", changed("platform:", "  platform:"), "CR102 6:3 contacts.platform"),
    "a wrong language tag": (
        "client",
        CLIENT + "client_name#norsk bokmål: x\ndescription#nb: y\n",
        "CR102 12:1 client_name#norsk bokmål; CR102 13:1 description#nb",
    ),
    "a language behind another mark": (
        "client",
        CLIENT + "client_name_nb: x\nlogo_uri-pt-BR: y\ntos_uri#nb_NO: z\n",
        "CR102 12:1 client_name_nb; CR102 13:1 logo_uri-pt-BR; CR102 14:1 tos_uri#nb_NO",
    ),
    "a name that begins with colons": ("client", CLIENT + "'::x': 1\n", "CR102 12:1 ::x"),
    "no space after a colon in braces": (
        "client",
        CLIENT + "credentials: {generation:2}\n",
        "CR102 12:15 credentials.generation:2",
    ),
    "a field of no meaning": ("client", CLIENT + "foo: 1\n", "CR102 12:1 foo"),
    "a number for text": ("client", changed("product: Example TV", "product: 12"), "CR103 1:10 product"),
    "a version that is a number": ("client", CLIENT + "software_version: 1.10\n", "CR103 12:19 software_version"),
    "yes for true": (
        "client",
        CLIENT + "single_sign_on: yes\nrequire_pkce: 'true'\nenabled: 0\nrequire_consent: maybe\n",
        "CR103 12:17 single_sign_on; CR103 13:15 require_pkce; CR103 14:10 enabled; CR103 15:18 require_consent",
    ),
    "text for a list": ("client", changed("[openid, profile]", "openid"), "CR103 9:9 scopes"),
    "a list for text": ("client", changed("product: Example TV", "product: [a]"), "CR103 1:1 product"),
    "a group for text": ("client", changed("product: Example TV", "product: {a: b}"), "CR103 1:1 product"),
    "a group for a list": ("client", CLIENT + "waivers: {rule: CR201}\n", "CR103 12:1 waivers"),
    "a number in quotes": ("client", CLIENT + "default_max_age: '60'\n", "CR103 12:18 default_max_age"),
    "an environment without a value": (
        "client",
        changed("test: {}", "production:"),
        "CR103 11:3 environments.production",
    ),
    "an address taken for a comment": ("client", CLIENT + "redirect_uris: #/cb\n", "CR103 12:1 redirect_uris"),
    "a mandatory field unset in an environment": (
        "client",
        changed("test: {}", "test: {scopes: null}"),
        "CR103 11:18 environments.test.scopes",
    ),
    "a mandatory field with nothing behind it": (
        "client",
        changed("client_name: Example TV", "client_name:"),
        "CR103 2:1 client_name",
    ),
    "null for an optional field": ("client", CLIENT + "browser: null\n", "CR103 12:10 browser"),
    "no space after a hyphen": ("client", CLIENT + "redirect_uris:\n  -https://a\n", "CR103 13:3 redirect_uris"),
    "colons in place of hyphens": ("client", changed("[openid, profile]", "{openid: , profile: }"), "CR103 9:1 scopes"),
    "nothing behind a hyphen": ("client", CLIENT + "redirect_uris:\n  -\n", "CR103 13:3 redirect_uris.0"),
    "environments as a list": (
        "client",
        changed("environments:\n  test: {}\n", "environments: [test, production]\n"),
        "CR103 10:1 environments",
    ),
    "one environment as a text": (
        "client",
        changed("environments:\n  test: {}\n", "environments: test\n"),
        "CR103 10:15 environments",
    ),
    "a misspelt value": ("client", changed("android", "Androids"), "CR104 6:11 platform"),
    "a value in capitals": ("client", changed("public", "Public"), "CR104 8:14 client_type"),
    "a value like no other": ("client", changed("android", "fridge"), "CR104 6:11 platform"),
    "a number where a value belongs": ("client", changed("android", "12"), "CR103 6:11 platform"),
    "wrong forms": (
        "client",
        CLIENT + "access_token_lifetime: 5 minutes\nrefresh_token_lifetime: 900\n"
        "lifecycle: {review_by: 2027-02-30, retire_after: 1.2.2027}\n",
        "CR105 12:24 access_token_lifetime; CR103 13:25 refresh_token_lifetime; "
        "CR105 14:24 lifecycle.review_by; CR105 14:50 lifecycle.retire_after",
    ),
    "a line feed in an address": ("client", CLIENT + 'policy_uri: "https://x\\n"\n', "CR105 12:13 policy_uri"),
    "a control character in text": (
        "client",
        changed("Streaming app for", '"Streaming \\e app for').replace("tablets.", 'tablets."'),
        "CR105 3:14 description",
    ),
    "names of environments": ("client", changed("test: {}", "Test: {}"), "CR105 11:3 environments.Test"),
    "too short": (
        "client",
        changed("Streaming app for Android phones and tablets.", "short"),
        "CR106 3:14 description",
    ),
    "too long": ("client", changed("product: Example TV", "product: " + "x" * 201), "CR106 1:10 product"),
    "too many": (
        "client",
        CLIENT + "redirect_uris: [" + ", ".join(f"u{n}" for n in range(101)) + "]\n",
        "CR106 12:1 redirect_uris",
    ),
    "empty": (
        "client",
        changed("[openid, profile]", "[]") + "policy_uri: ''\n",
        "CR106 9:1 scopes; CR106 12:13 policy_uri",
    ),
    "nothing but spaces": (
        "client",
        changed("product: Example TV", 'product: "  "')
        .replace("client_name: Example TV", 'client_name: "\\u00a0\\u3000"')
        .replace("Streaming app for Android phones and tablets.", f'"{" " * 30}"')
        + f'waivers: [{{rule: CR203, expires: 2026-07-01, reason: "{" " * 12}"}}]\nsoftware_id: " "\n',
        "CR106 1:10 product; CR106 2:14 client_name; CR106 3:14 description; CR106 12:54 waivers.0.reason; "
        "CR106 13:14 software_id",
    ),
    "an organization of spaces": ("organization", 'name: "  "\n', "CR106 1:7 name"),
    "nothing where no example is known": (
        "client",
        CLIENT + "redirect_uris: [~]\npurpose: {openid: }\n",
        "CR103 12:17 redirect_uris.0; CR103 13:11 purpose.openid",
    ),
    "an empty item": ("client", CLIENT + "redirect_uris: ['']\n", "CR106 12:17 redirect_uris.0"),
    "numbers out of range": (
        "client",
        CLIENT + "credentials: {generation: 0}\ndefault_max_age: 99999999999\n",
        "CR106 12:27 credentials.generation; CR106 13:18 default_max_age",
    ),
    "repeated": ("client", changed("[openid, profile]", "[openid, a, openid]"), "CR107 9:21 scopes.2"),
    "what cannot differ per environment": (
        "client",
        changed("test: {}", "test:\n    client_id: x\n    platform: ios\n    waivers: []"),
        "CR102 12:5 environments.test.client_id; CR102 13:5 environments.test.platform; "
        "CR102 14:5 environments.test.waivers",
    ),
    "mistakes in an environment": (
        "client",
        changed("test: {}", "test:\n    redirectUris: [a]\n    redirect_uris: x\n    subject_type: both"),
        "CR102 12:5 environments.test.redirectUris; CR103 13:20 environments.test.redirect_uris; "
        "CR104 14:19 environments.test.subject_type",
    ),
    "waivers": (
        "client",
        CLIENT + "waivers:\n  - rule: 201\n    reason: no\n    expires: 2027-13-01\n  - reason: long enough reason\n",
        "CR103 13:11 waivers.0.rule; CR106 14:13 waivers.0.reason; CR105 15:14 waivers.0.expires; "
        "CR101 16:5 waivers.1.rule; CR101 16:5 waivers.1.expires",
    ),
    "keys without keys": ("client", CLIENT + "jwks: {key: topsecret}\n", "CR101 12:1 jwks.keys"),
    "a key as text": ("client", CLIENT + "jwks: {keys: [topsecret]}\n", "CR103 12:15 jwks.keys.0"),
    "keys as text": ("client", CLIENT + "jwks: topsecret\n", "CR103 12:7 jwks"),
    "an organization in other words": (
        "organization",
        "company: x\norganization_number: 123\ndomain: x\nowner: y\nname: z\n",
        "CR102 1:1 company; CR103 2:22 organization_number; CR102 3:1 domain; CR102 4:1 owner",
    ),
    "an organization without a name": ("organization", "owners: [x]\n", "CR101 1:1 name"),
    "a later version": ("registry", REGISTRY.replace("version: 1", "version: 2"), "CR104 1:10 version"),
    "a version as text": ("registry", REGISTRY.replace("version: 1", "version: '1'"), "CR103 1:10 version"),
    "no class": ("registry", REGISTRY.replace("    class: test\n", ""), "CR101 4:3 environments.test.class"),
    "a class in short": (
        "registry",
        REGISTRY.replace("class: test", "class: prod"),
        "CR104 5:12 environments.test.class",
    ),
    "a server without a type": (
        "registry",
        REGISTRY.replace("type: embedded, ", ""),
        "CR101 7:7 environments.test.servers.local.type",
    ),
    "a scope that is none": (
        "registry",
        REGISTRY + "scopes:\n  a b: {description: x}\n  c:\n",
        "CR105 9:3 scopes.a b; CR103 10:3 scopes.c",
    ),
    "rules that are none": (
        "registry",
        REGISTRY + "rules:\n  profile: strict\n  severity: {X1: error, CR201: fatal}\n",
        "CR104 9:12 rules.profile; CR105 10:14 rules.severity.X1; CR104 10:32 rules.severity.CR201",
    ),
}


@pytest.mark.parametrize(("kind", "text", "expected"), MISFITS.values(), ids=MISFITS)
def test_a_mistake_is_found_once_where_it_is_made(kind: schemata.Kind, text: str, expected: str) -> None:
    assert places(kind, text) == expected


def test_every_mistake_is_told_in_words_for_people() -> None:
    words = []
    for name, (kind, text, _) in MISFITS.items():
        words.append(f"# {name}\n")
        for f in schema.check(kind, document(text)):
            assert f.hint, f.message
            words.append(f"{f.span.line}:{f.span.column}: {f.code} {f.message}\n  hint: {f.hint}\n")
            words.extend(f"  line {r.line}: {r.message}\n" for r in f.related)
    if os.environ.get("CLIENTREG_GOLDEN") == "write":
        GOLDEN.write_text("".join(words), encoding="utf-8")
    assert "".join(words) == GOLDEN.read_text(encoding="utf-8")
    assert "topsecret" not in "".join(words)
    assert "hunter2" not in "".join(words)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("openid profile", "write scopes: [openid, profile]"),
        ("openid, profile,email", "write scopes: [openid, profile, email]"),
        ("<openid> profile", "write scopes: [<openid> profile]"),
    ],
)
def test_a_list_written_as_in_a_request_is_taken_apart(value: str, hint: str) -> None:
    (finding,) = schema.check("client", document(changed("scopes: [openid, profile]", f"scopes: {value}")))
    assert finding.hint == hint


def test_a_public_key_stays_one_item() -> None:
    (finding,) = schema.check("client", document(CLIENT + "credentials: {recipients: ssh-ed25519 AAAA dev}\n"))
    assert finding.hint == "write recipients: [ssh-ed25519 AAAA dev]"


@pytest.mark.parametrize("line", ["keys: [[topsecret]]", "keys: topsecret", "[topsecret]", "keys: {d: topsecret}"])
def test_nothing_below_jwks_is_repeated(line: str) -> None:
    text = CLIENT + ("jwks: " + line if line.startswith("[") else "jwks:\n  " + line) + "\n"
    found = schema.check("client", document(text))
    assert found
    assert "topsecret" not in repr(found)


@pytest.mark.parametrize("keyword", ["type", "enum", "const", "pattern", "format", "unheard-of"])
def test_no_words_for_any_keyword_repeat_what_stands_below_jwks(keyword: str) -> None:
    path = ("environments", "test", "jwks", "keys", 0, "d")
    demand = {"type": "integer", "enum": ["a"]}.get(keyword, "a")
    words = misfit.in_words(misfit.Misfit(keyword, path, "topsecret", demand, {"examples": ["x"]}, "topsecret"))
    assert "topsecret" not in repr(words)


def test_refused_wins_where_nothing_can_be_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal, "_explained", lambda *_: iter(()))
    assert places("client", CLIENT + "access_token_lifetime: 5x\n") == "CR105 12:24 access_token_lifetime"
    (found,) = schema.check("client", document(CLIENT + "jwks: {keys: [topsecret]}\n"))
    assert (found.code, found.path, found.message) == ("CR105", ("jwks", "keys", 0), "the value does not fit")


@pytest.mark.parametrize("name", ["7", "07", "+7", "a/b", "a~1b", "%37"])
def test_a_name_that_looks_like_a_place_is_found_where_it_stands(name: str) -> None:
    text = REGISTRY + f"scopes:\n  {name!r}: {{description: 5}}\n"
    (found,) = schema.check("registry", document(text))
    assert (found.path, found.span.line) == (("scopes", name, "description"), 9)


def test_a_file_of_mistakes_is_cut_off() -> None:
    text = CLIENT + "".join(f"field_{n}: 1\n" for n in range(5_000))
    assert len(schema.check("client", document(text))) == 200


class Counted:
    """A judge that notes how many errors it made at a time, each of which takes up to 10 KiB."""

    def __init__(self) -> None:
        self.most = 0
        self._judge = jsonschema_rs.Draft202012Validator(schemata.schema("client"), validate_formats=True)

    def iter_errors(self, data: object) -> list[jsonschema_rs.ValidationError]:
        errors = [*self._judge.iter_errors(data)]
        self.most = max(self.most, len(errors) + sum(len(getattr(one.kind, "context", [[]])[0]) for one in errors))
        return errors


@pytest.mark.parametrize(
    "fields",
    [
        {"waivers": [{"rule": 1, "zork": 2}] * 6_000},
        {"environments": {f"e{n}": {"redirect_uris": [{"a": 1}] * 98} for n in range(100)}},
        {"environments": {f"e{n}": dict.fromkeys(FIELDS, 3) for n in range(250)}},
    ],
    ids=["a long list", "lists in environments", "many environments"],
)
def test_not_all_mistakes_of_a_hostile_file_are_made_at_once(fields: dict[str, Json]) -> None:
    judge = Counted()
    found = refusal.explained("client", document(json.dumps(fields)), cast("Any", judge))
    assert len(found) >= 100
    assert judge.most <= 1_000


@pytest.mark.parametrize("kind", KINDS)
def test_no_schema_allows_a_longer_list_than_is_looked_at(kind: schemata.Kind) -> None:
    longest = [field["maxItems"] for _, field in fields(schemata.schema(kind)) if field.get("type") == "array"]
    assert longest
    assert max(longest) <= refusal.LONGEST_LIST


def fields(found: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every subschema that describes a value of the file, and its path in the schema."""
    for name, field in {**found.get("properties", {}), **found.get("patternProperties", {})}.items():
        if "$ref" not in field and "anyOf" not in field:
            yield f"{path}/{name}", field
            yield from fields(field, f"{path}/{name}")
    if "items" in found:
        yield from fields(found["items"], path)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_described_with_an_example_that_fits(kind: str) -> None:
    found = json.loads(schemata.schema_text(kind))
    Draft202012Validator.check_schema(found)
    for path, field in fields(found):
        assert {"title", "description", "examples"} <= field.keys(), path
        resolvable = {**field, "$defs": found.get("$defs", {}), "properties": field.get("properties", {})}
        if "#/properties/" in json.dumps(field):
            continue
        for example in field["examples"]:
            assert list(Draft202012Validator(resolvable).iter_errors(example)) == [], path


@pytest.mark.parametrize("kind", KINDS)
def test_a_recipient_of_an_example_can_be_sealed_to(kind: str) -> None:
    described = dict(fields(json.loads(schemata.schema_text(kind))))
    examples = [field["examples"] for path, field in described.items() if path.endswith("/recipients")]
    assert {seal.parse_recipient(key) for some in examples for example in some for key in example} == {None}


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_and_list_has_a_bound(kind: str) -> None:
    for path, field in fields(json.loads(schemata.schema_text(kind))):
        bounds = {"string": {"maxLength", "enum", "pattern"}, "array": {"maxItems"}, "integer": {"maximum", "const"}}
        assert field["type"] not in bounds or bounds[field["type"]] & field.keys(), path


def test_an_environment_overrides_every_field_but_those_that_define_the_client() -> None:
    found = json.loads(schemata.schema_text("client"))
    (override,) = found["properties"]["environments"]["patternProperties"].values()
    fixed = [
        "client_id",
        "product",
        "platform",
        "application_type",
        "client_type",
        "lifecycle",
        "waivers",
        "environments",
    ]
    assert found["properties"].keys() - override["properties"].keys() == set(fixed)
    always = {name for name, field in override["properties"].items() if "anyOf" not in field}
    assert always == {"client_name", "description", "scopes"}
    for name, field in override["properties"].items():
        base, words = {"$ref": f"#/properties/{name}"}, found["properties"][name]
        about = {"title": words["title"], "description": words["description"]}
        assert field == (base if name in always else {**about, "anyOf": [base, {"type": "null"}]})


def test_properties_are_named_as_people_name_them() -> None:
    client, registry = schemata.properties("client"), schemata.properties("registry")
    assert client["contacts.technical"]["title"] == "Technical contact"
    assert client["waivers.expires"]["format"] == "date"
    assert registry["environments.*.servers.*.type"]["title"] == "Server type"
    assert {"redirect_uris", "environments"} <= client.keys()


NAMES = {
    "redirectUris": "redirect_uris",
    "Redirect-URI": "redirect_uris",
    "redirect_urls": "redirect_uris",
    "callbackUrl": "redirect_uris",
    "scope": "scopes",
    "name": "client_name",
    "clientName": "client_name",
    "contact": "contacts",
    "e-mail": "contacts",
    "post_logout_redirect_url": "post_logout_redirect_uris",
    "back_channel_logout_url": "backchannel_logout_uri",
    "descripton": "description",
    "homepage": "client_uri",
    "logo": "logo_uri",
    "terms_of_service_url": "tos_uri",
    "grantTypes": "grant_types",
    "env": "environments",
    "webOrigins": "allowed_cors_origins",
    "xyzzy": None,
    "": None,
}


@pytest.mark.parametrize(("written", "field"), NAMES.items(), ids=NAMES)
def test_which_field_was_meant(written: str, field: str | None) -> None:
    assert fieldnames.meant(written, schemata.properties("client").keys()) == field


YAML: dict[str, Json] = {
    "Example TV": "Example TV",
    '"yes"': "yes",
    '"12"': "12",
    '"a: b"': "a: b",
    '"- a"': "- a",
    "2027-06-30": "2027-06-30",
    "tv-dev@example.com": "tv-dev@example.com",
    "[a, {b: true}]": ["a", {"b": True}],
}


@pytest.mark.parametrize(("written", "value"), YAML.items(), ids=YAML)
def test_a_hint_writes_values_that_are_read_back(written: str, value: Json) -> None:
    assert misfit.as_yaml(value) == written
    assert document(f"a: {written}\n").data == {"a": value}
