"""Files of somebody else's as they are handed over, whole and broken; and files put in place, all of them or none."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from clientreg.errors import CannotFinish, UsageError
from clientreg.importing import exports, jsonfile, pairs, placing
from clientreg.importing.found import Found, LeftOut
from importing.place import begin, take


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clients.json"


def wrong(file: Path, text: str | bytes) -> str:
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(CannotFinish) as stopped:
        exports.read(str(file))
    assert stopped.value.hint
    return stopped.value.message.removeprefix(str(file))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"client_id": "a" 1}]', ":1:20: no JSON: Expecting ',' delimiter"),
        ('[\n  {"client_id": "a"\n', ":3:1: no JSON: Expecting ',' delimiter"),
        ("", ":1:1: no JSON: Expecting value"),
        ("<html>", ":1:1: no JSON: Expecting value"),
        ("[" * 200_000, " nests values deeper than any list of clients"),
        ('[{"client_id": "a", "scope": "x", "scope": "y"}]', ": 'scope' stands twice among the members of client 'a'"),
        ('{"a": 1, "a": 2}', ": 'a' stands twice among the members of one object"),
        ("[NaN]", ": NaN is no JSON value"),
        (f"[{'1' * 5000}]", " holds a number of thousands of digits"),
        (b'[\n{"client_id": "\xff"}]', ":2:16: byte 0xFF is not UTF-8"),
        ('"x"', " holds no list of clients"),
        ('{"realm": "acme", "roles": {}}', " is an export of the realm 'acme' without its clients"),
        ('{"clients": {}}', " holds no list of clients"),
        ("[1, 2]", " is a list, but not of clients: none has a client_id"),
        ('[{"realm": "a", "clients": []}, {"realm": "b"}]', " holds several realms: 'a', 'b'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_the_place(file: Path, text: str | bytes, said: str) -> None:
    assert wrong(file, text) == said


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "the file is empty: is it the right one?"),
        ("\n<html>", "is it the right file? It begins like no JSON at all"),
        ('{"realm": "acme", "clients": [', "the file ends too early: copy it again"),
        ('{"realm": "acme", "clients": [},]}', "mend it there"),
    ],
)
def test_what_is_no_json_gets_advice_by_where_it_ends(file: Path, text: str, hint: str) -> None:
    file.write_text(text)
    with pytest.raises(CannotFinish) as stopped:
        exports.read(str(file))
    assert stopped.value.hint == hint


def test_a_list_of_one_realm_is_that_realm(file: Path) -> None:
    client = {"clientId": "a", "publicClient": True, "redirectUris": ["https://a.example/cb"]}
    file.write_text(json.dumps([{"realm": "acme", "clients": [client]}]))
    source = exports.read(str(file))
    assert ([one.client_id for one in source.clients], source.home) == (["a"], "acme")


def test_an_id_that_nobody_can_see_leaves_its_client_out(tmp_path: Path) -> None:
    entry = {"redirect_uris": ["https://a.example/cb"], "scope": "openid"}
    file = tmp_path / "clients.json"
    file.write_text(json.dumps([{**entry, "client_id": text} for text in ("", "a\nb", "a\u202eb", "good")]))
    made = take(begin(tmp_path / "registry"), exports.read(str(file)), "bare")
    assert [draft.client_id for draft in made.drafts] == ["good"]
    assert {one.client_id: one.why for one in made.refused} == {
        "": "its client id is empty",
        "a\nb": "its client id 'a\\nb' has characters that cannot be seen",
        "a\u202eb": "its client id 'a\\u202eb' has characters that cannot be seen",
    }


def test_a_file_that_is_too_large_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonfile, "MOST", 1 << 20)
    assert wrong(file, " " * ((1 << 20) + 1)) == " is larger than the 1 MiB that are read"


@pytest.mark.parametrize("wrapped", ["[%s]", '{"clients": [%s], "cookies": {}}', "%s", "\ufeff[%s]"])
def test_a_list_the_configuration_of_a_provider_or_one_client(file: Path, wrapped: str) -> None:
    file.write_text(wrapped % '{"client_id": "a", "scope": "openid a"}', "utf-8")
    (found,) = exports.read(str(file)).clients
    assert (found.client_id, found.values["scopes"]) == ("a", ["openid", "a"])


def test_metadata_means_what_rfc_7591_says(file: Path) -> None:
    entry = {
        "client_id": "a",
        "client_secret": "geheim",
        "client_id_issued_at": 1,
        "registration_access_token": "geheim",
        "contacts": ["a@acme.example"],
        "client_name#nb": "Butikk",
        "software_statement": "x.y.z",
        "waivers": [],
        "environments": {},
        "jwks_uri": "https://a.example/keys",
    }
    file.write_text(json.dumps([entry, {"client_id": 5}, "x", {"client_name": "N"}]))
    source = exports.read(str(file))
    assert source.clients == (
        Found(
            "a",
            {
                "client_id": "a",
                "grant_types": ["authorization_code"],
                "token_endpoint_auth_method": "client_secret_basic",
                "client_type": "confidential",
                "redirect_uris": [],
                "contacts": {"technical": ["a@acme.example"]},
                "client_name#nb": "Butikk",
                "jwks_uri": "https://a.example/keys",
            },
            ("environments", "software_statement", "waivers"),
        ),
    )
    assert source.left_out == (
        LeftOut("a client without an id", "its client_id is 5, which is no text"),
        LeftOut("'x'", "it is no object with client metadata"),
        LeftOut("N", "it has no client_id"),
    )


@pytest.mark.parametrize("name", ["${HOST}.json", "a\nb.json", "\u202e.json", "x\udcff.json"])
def test_an_odd_file_name_comes_into_no_file(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text('[{"client_id": "a", "scope": "openid", "redirect_uris": ["https://a.example/cb"]}]')
    made = take(begin(tmp_path / "registry"), exports.read(str(file)), "bare")
    assert ([draft.client_id for draft in made.drafts], made.source) == (["a"], "a file")


def test_pairs_of_ids(tmp_path: Path) -> None:
    file = tmp_path / "ids.yaml"
    file.write_text("shop-t: shop  # the shop\n'a: b': c\n")
    assert pairs.read(str(file), {"shop", "c"}) == {"shop-t": "shop", "a: b": "c"}
    for text, said in (
        ("shop-t: shpo\n", "there is no client 'shpo' that 'shop-t' could be"),
        ("a: [b]\n", "'a' is paired with"),
        ("- a\n", f"{file}:1:1: the file holds a list, not fields"),
    ):
        file.write_text(text)
        with pytest.raises(UsageError) as stopped:
            pairs.read(str(file), {"shop"})
        assert said in stopped.value.message


FILES = {
    "registry.yaml": "new\n",
    "clients/a/organization.yaml": "1\n",
    "clients/a/x.yaml": "2\n",
    "clients/b/y.yaml": "3\n",
}


def contents(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() if path.is_file() else "" for path in root.rglob("*")}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "registry"
    made.mkdir()
    (made / "registry.yaml").write_text("old\n")
    return made


def test_all_files_are_there_and_nothing_else(root: Path) -> None:
    placing.put(root, FILES, {"registry.yaml": b"old\n"})
    assert contents(root) == {**FILES, "clients": "", "clients/a": "", "clients/b": ""}


@pytest.mark.parametrize("step", range(1, 16))
def test_whatever_fails_everything_is_as_it_was(root: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call that changes the disk fails in turn, once as a full disk and once as Ctrl-C."""
    for failure in (OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()):
        with monkeypatch.context() as patched:
            left = break_at(step, failure, patched)
            try:
                placing.put(root, FILES, {"registry.yaml": b"old\n"})
            except (CannotFinish, KeyboardInterrupt):
                pass
            else:
                assert left[0] > 0, "there is no such step"
                return
        assert contents(root) == {"registry.yaml": "old\n"}


def break_at(step: int, failure: BaseException, patched: pytest.MonkeyPatch) -> list[int]:
    left = [step]

    def breaking(real: Any) -> Any:
        def call(*words: Any, **options: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                raise failure
            return real(*words, **options)

        return call

    for where, name in ((os, "link"), (os, "replace"), (Path, "mkdir"), (placing, "_write")):
        patched.setattr(where, name, breaking(getattr(where, name)))
    return left


def test_what_appears_meanwhile_is_not_replaced(root: Path) -> None:
    (root / "clients/b").mkdir(parents=True)
    (root / "clients/b/y.yaml").write_text("mine\n")
    with pytest.raises(CannotFinish, match="has appeared"):
        placing.put(root, FILES, {"registry.yaml": b"old\n"})
    assert contents(root) == {"registry.yaml": "old\n", "clients": "", "clients/b": "", "clients/b/y.yaml": "mine\n"}


def test_what_was_changed_meanwhile_is_not_replaced(root: Path) -> None:
    with pytest.raises(CannotFinish, match="was changed"):
        placing.put(root, FILES, {"registry.yaml": b"older\n"})
    assert contents(root) == {"registry.yaml": "old\n"}


@pytest.mark.parametrize("link", ["clients", "clients/a"])
def test_no_link_leads_elsewhere(root: Path, tmp_path: Path, link: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotFinish, match="is a symbolic link"):
        placing.put(root, FILES, {"registry.yaml": b"old\n"})
    assert list((tmp_path / "elsewhere").iterdir()) == []
