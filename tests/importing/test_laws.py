"""The laws of import: what is written reads back, and the next plan takes over what is there and changes nothing."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from clientreg.importing import emission, exports, insertion, observed
from clientreg.jsonvalue import JsonObject
from clientreg.reading import source
from clientreg.reading.nodes import MAX_TEXT
from clientreg.servers.embedded.metadata import DEFAULTS
from importing.place import apply, begin, fill, load, plan, take

SCARCE = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CHARS = st.characters(exclude_categories=["Cs"])
PIECES = st.sampled_from(
    [*("- ", ": ", " #", "#", "'", '"', "\\", "{", "}", "[", "]", ",", "&a", "*a", "!t", "|", ">", "%", "@", "`", "?"),
     *("no", "null", "~", "12", "1e3", "0o7", "2026-11-23", "2026-11-23x", "true", "<<", "=", "---", "...", "\n", "\t"),
     *("\r", "\x00"[:0], "\x7f", "\x85", "\u2028", "\ufeff", "\u202e", "\U0001f600", "\ufffe", "é", "a b", "http://a")]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=4).map("".join) | st.text(CHARS, max_size=12).map(lambda text: text.replace("\0", ""))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 10**9) | TEXTS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(TEXTS.filter(len), below, max_size=4),
    max_leaves=12,
)
FIELDS = st.dictionaries(TEXTS.filter(len), VALUES, min_size=1, max_size=5)


def read_back(text: str) -> Any:
    document, findings = source.read("x.yaml", text.encode("utf-8"))
    assert findings == (), text
    assert document is not None
    return document.data


@settings(max_examples=300, deadline=None)
@given(FIELDS, st.dictionaries(TEXTS, TEXTS))
def test_what_is_written_reads_back_as_the_same(fields: JsonObject, comments: dict[str, str]) -> None:
    assert read_back(emission.text(fields, comments)) == fields


def test_a_long_text_is_still_one_text() -> None:
    assert read_back(emission.text({"x": "a b " * (MAX_TEXT // 4)})) == {"x": "a b " * (MAX_TEXT // 4)}


@settings(max_examples=300, deadline=None)
@given(FIELDS, st.sampled_from(["environments", "waivers", "first"]), VALUES, st.booleans())
def test_what_is_added_is_added_and_nothing_else(there: JsonObject, name: str, value: Any, flow: bool) -> None:
    before: JsonObject = {"a": 1, name: there, "z": [1, {"b": 2}]}
    text = "# head\n" + (
        "".join(f"{emission.key(key)}: {emission.flow(one)}\n# after {key}\n" for key, one in before.items())
        if flow
        else emission.text(before, {name: "words"}) + "# end\n"
    )
    document, _ = source.read("x.yaml", text.encode())
    assert document is not None
    if "new" in there:
        return
    made = insertion.with_entry(document, name, "new", value, "why")
    assert made is not None
    assert made.data == {**before, name: {**there, "new": value}}
    assert [line for line in text.splitlines() if line.startswith("# ") and line not in made.text] == []


IDS = ("shop", "acme.shop", "a/b", "../../etc", "https://x.example/", "Shop", "shop-2", "organization", "x" * 80)
HOSTS = ("shop.acme.example", "www.bolt.example", "localhost:8080", "10.0.0.1", "beta.acme.example")


DESCRIPTIONS = (None, "", "short", "The shop of Acme: where users buy # things.\nTwo lines.")
METHODS = ("client_secret_basic", "client_secret_post")
SCOPES = ("openid", "email", "shop.read", "a:b")


def flags() -> st.SearchStrategy[bool]:
    return st.booleans()


@st.composite
def payloads(draw: Any, client_id: str) -> JsonObject:
    """One client that the embedded server admits, with whatever it can hold."""
    public, native = draw(flags()), draw(flags())
    signs_in = public or draw(flags())
    path = draw(st.sampled_from(["/cb", "/a/b", "/"]))
    uris = (
        [f"com.acme.app:{path}", "http://127.0.0.1/cb"] if native else [f"https://{draw(st.sampled_from(HOSTS))}{path}"]
    )
    grants = [*(["authorization_code"] if signs_in else []), *(["refresh_token"] if draw(flags()) and signs_in else [])]
    grants += [] if public or (signs_in and draw(flags())) else ["client_credentials"]
    named = draw(flags())
    return {
        **DEFAULTS,
        "client_id": client_id,
        "client_name": draw(st.sampled_from(["Shop", "Acme Shop", "No", "Bø: {b}", client_id])),
        "organization": draw(st.sampled_from([None, "Acme AS", "Bolt"])) if named else None,
        "product": draw(st.sampled_from(["Shop", "x: y"])) if named else None,
        "description": draw(st.sampled_from(DESCRIPTIONS)),
        "application_type": "native" if native else "web",
        "client_type": "public" if public else "confidential",
        "token_endpoint_auth_method": "none" if public else draw(st.sampled_from(METHODS)),
        "grant_types": sorted(grants),
        "response_types": ["code"] if signs_in else [],
        "redirect_uris": sorted(uris) if signs_in or draw(flags()) else [],
        "scopes": sorted(draw(st.lists(st.sampled_from(SCOPES), min_size=1, unique=True))),
        "enabled": draw(flags()),
        "require_pkce": draw(flags()),
        "require_consent": draw(flags()),
        "single_sign_on": draw(flags()),
        "require_auth_time": draw(flags()),
        "default_max_age": draw(st.sampled_from([None, 0, 3600])),
        "access_token_lifetime": draw(st.sampled_from([None, 1, 90, 3600, 86400])),
        "refresh_token_lifetime": draw(st.sampled_from([None, 1209600])),
        "allowed_cors_origins": draw(st.sampled_from([[], ["https://shop.acme.example"]])),
        "post_logout_redirect_uris": draw(st.sampled_from([[], ["https://shop.acme.example/bye"]])),
        "client_uri": draw(st.sampled_from([None, "https://shop.acme.example/"])),
        "localized": draw(st.sampled_from([{}, {"client_name#nb": f"Butikk {client_id}"}])),
        "contacts": draw(st.sampled_from([{}, {"technical": ["dev@acme.example"]}])),
    }  # fmt: skip


@st.composite
def populations(draw: Any) -> list[JsonObject]:
    ids = draw(st.lists(st.sampled_from(IDS), min_size=1, max_size=4, unique=True))
    return [draw(payloads(client_id)) for client_id in ids]


def filled_in(payload: JsonObject, name: str, changed: Any) -> bool:
    """Whether a change only says what nobody had said: who it is, what it is, where it runs."""
    was = payload.get(name)
    mandatory = {"organization", "product", "platform", "description", "client_name"}
    return name == "owner" or (name in mandatory and (not was or (name == "description" and str(was) in str(changed))))


@SCARCE
@given(populations())
def test_what_is_imported_from_a_server_is_taken_over_as_it_is(clients: list[JsonObject]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = begin(Path(folder))
        fill(root, clients)
        present = load(root)
        assert present.settings
        environment = present.settings.environments["test"]
        made = take(root, observed.read(present.settings, environment, environment.servers[0], root))
        by_id = {str(one["client_id"]): one for one in clients}
        assert {one.client_id for one in (*made.drafts, *made.refused)} == by_id.keys()
        changes = plan(root).plan.servers[0].changes
        assert {change.key for change in changes} == {draft.client_id for draft in made.drafts}
        for change in changes:
            odd = [one for one in change.fields if not filled_in(by_id[change.key], str(one.path[0]), one.after)]
            assert odd == []
        apply(root)
        again = plan(root, adopt=False).plan.servers[0]
        assert (again.changes, again.refused) == ((), ())


NOT_SAID = frozenset(
    {
        *("require_pkce", "require_consent", "enabled", "single_sign_on", "allowed_cors_origins", "localized"),
        *("organization", "product", "description", "contacts", "platform", "client_type"),
        *("access_token_lifetime", "refresh_token_lifetime"),
    }
)


@SCARCE
@given(populations())
def test_what_is_imported_from_metadata_says_what_the_metadata_says(clients: list[JsonObject]) -> None:
    """What RFC 7591 has a member for is as it was; everything else is what its absence means."""
    with tempfile.TemporaryDirectory() as folder:
        root = begin(Path(folder))
        plain = [{**one, **{name: DEFAULTS[name] for name in NOT_SAID if name != "client_type"}} for one in clients]
        fill(root, plain)
        entries = [
            {
                "client_secret": "do-not-tell",
                "scope": " ".join(map(str, one["scopes"])),
                **{key: one[key] for key in one if key not in {*NOT_SAID, "scopes"} and one[key] is not None},
            }
            for one in plain
        ]
        file = root / "clients.json"
        file.write_text(json.dumps(entries))
        made = take(root, exports.read(str(file)))
        assert [text for text in made.files.values() if "do-not-tell" in text] == []
        by_id = {str(one["client_id"]): one for one in plain}
        for change in plan(root).plan.servers[0].changes:
            said = [one for one in change.fields if one.path != ("allowed_cors_origins",)]  # a browser app has its own
            assert [one for one in said if not filled_in(by_id[change.key], str(one.path[0]), one.after)] == []
