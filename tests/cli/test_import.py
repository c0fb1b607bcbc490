"""`clientreg import` as an operator runs it on the first day, and as it is called wrongly."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

import golden
from cli.scratch import Scratch

CLIENTS = [
    {
        "client_id": "portal",
        "client_name": "Customer portal",
        "client_secret": "do-not-tell",
        "redirect_uris": ["https://portal.bolt.example/cb"],
        "scope": "openid profile",
        "software_statement": "eyJ",
        "request_uris": [],
    },
    {"client_id": "till", "token_endpoint_auth_method": "none", "redirect_uris": ["com.bolt.till:/cb"]},
    {"client_id": "old", "redirect_uris": ["https://*.bolt.example/cb"], "scope": "openid"},
    {"client_id": "half", "redirect_uris": ["https://${HOST}/cb"], "scope": "openid"},
    {"client_id": "acme.shop", "scope": "openid", "redirect_uris": ["https://shop.example.com/cb"]},
]  # fmt: skip


@pytest.fixture
def clients(scratch: Scratch) -> str:
    """The list of somebody's clients, outside the registry."""
    file = scratch.root.parent / "clients.json"
    file.write_text(json.dumps(CLIENTS))
    return str(file)


def page(command: str, out: str) -> str:
    return f"$ clientreg {command}\n{out}\n"


def test_the_first_day_as_it_was_read_once(scratch: Scratch, clients: str) -> None:
    call = ("import", "--environment", "test", "--contact", "id@bolt.example")
    before = scratch.files()
    tried = scratch.run(*call, "--dry-run", "--from", clients)
    assert scratch.files() == before
    done = scratch.run(*call, "--from", clients)
    assert (tried.status, done.status, tried.err, done.err) == (1, 1, "", "")
    pages = [page(f"{shlex.join(call)} --dry-run --from clients.json", tried.out)]
    pages += [page(f"{shlex.join(call)} --from clients.json", done.out)]
    again = scratch.run(*call, "--from", clients)
    pages += [page(f"{shlex.join(call)} --from clients.json", again.out)]
    texts = {file: text.decode() for file, text in scratch.files().items() if before.get(file) != text}
    pages += [f"==> {file} <==\n{text}\n" for file, text in sorted(texts.items())]
    golden.same("cli/import.txt", _undated("".join(pages)))
    assert scratch.run("lint").status == 0


def _undated(text: str) -> str:
    import re

    return re.sub(r"20\d\d-\d\d-\d\d", "YYYY-MM-DD", text)


def test_the_json_is_as_its_schema_says_and_knows_the_texts_of_a_dry_run(
    scratch: Scratch, clients: str, valid: Callable[[str, str], list[str]]
) -> None:
    done = scratch.run("import", "-e", "test", "--from", clients, "--dry-run", "--format", "json")
    assert valid("import-output", done.out) == []
    told = json.loads(done.out)
    assert [one["client_id"] for one in told["written"]] == ["portal", "till"]
    assert told["written"][0]["unmanaged"] == ["request_uris", "software_statement"]
    assert [(one["client_id"], one["expected"]) for one in told["left_out"]] == [
        ("acme.shop", True),
        ("half", False),
        ("old", False),
    ]
    assert told["present"] == []
    assert told["summary"] == {
        "written": 2, "merged": 0, "present": 0, "left_out": 1, "refused": 2, "guesses": 8, "waivers": 3,
        "unmanaged": 1,
    }  # fmt: skip
    assert {one["file"] for one in told["files"]} == {
        "registry.yaml",
        "clients/bolt/organization.yaml",
        "clients/bolt/portal.yaml",
        "clients/imported/organization.yaml",
        "clients/imported/till.yaml",
    }
    written = scratch.run("import", "-e", "test", "--from", clients, "--format", "json")
    assert valid("import-output", written.out) == []
    for one in told["files"]:
        assert scratch.read(one["file"]) == one["text"]


def test_no_secret_is_told_or_written(scratch: Scratch, clients: str) -> None:
    said = scratch.run("import", "-e", "test", "--from", clients, "--format", "json", "--dry-run").said
    said += scratch.run("import", "-e", "test", "--from", clients).said
    assert "do-not-tell" not in said
    assert [file for file, text in scratch.files().items() if b"do-not-tell" in text] == []


def test_a_server_is_taken_over_and_the_plan_is_empty_then(
    applied: Path, tmp_path: Path, key: tuple[Path, str]
) -> None:
    """The clients of one registry's server are another registry's, once their marks are gone."""
    from cli.scratch import copy

    scratch = copy(applied, tmp_path / "registry")
    strip_marks(scratch)
    before = scratch.stored()
    for file in ("shop", "feed"):
        (scratch.root / f"clients/acme/{file}.yaml").unlink()
    scratch.commit()
    done = scratch.run("import", "--environment", "test", "--server", "local")
    assert done.status == 0, done.said
    scratch.commit()
    assert scratch.run("lint").status == 0
    planned = scratch.run("plan", "-e", "test", "--adopt", "--format", "json")
    (server,) = json.loads(planned.out)["servers"]
    assert [(one["action"], [field["path"] for field in one["fields"]]) for one in server["changes"]] == [
        ("adopt", [["owner"]]),
        ("adopt", [["owner"]]),
    ]
    digest = json.loads(planned.out)["digest"]
    assert scratch.run("apply", "-e", "test", "--adopt", "--expect", digest).status == 0
    assert scratch.run("plan", "-e", "test", "--check").status == 0
    after = scratch.stored()
    assert {key: (one[0], one[2]) for key, one in after.items()} == {
        key: (one[0], one[2]) for key, one in before.items()
    }


def strip_marks(scratch: Scratch) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(scratch.root / ".clientreg/test.db")) as db:
        db.execute("UPDATE client SET mark = NULL")
        db.commit()


def test_clients_that_this_registry_owns_are_left_out(applied: Path) -> None:
    done = Scratch(applied).run("import", "-e", "test", "--server", "local")
    assert done.status == 0
    assert "this registry owns it already: acme.feed, acme.shop" in done.out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((), 2, "clientreg: neither --from nor --server is given"),
        (("--from", "clients.json", "--server", "local"), 2, "clientreg: --from and --server are both given"),
        (("--server", "lokal"), 2, "hint: did you mean 'local'?"),
        (("--from", "nowhere.json"), 2, "File 'nowhere.json' does not exist"),
        (("--from", "."), 2, "File '.' is a directory"),
        (("--from", "broken.json"), 3, "clientreg: broken.json:1:2: no JSON"),
        (("--from", "clients.json", "--contact", "me"), 2, "'me' is no e-mail address"),
        (("--from", "clients.json", "--contact", "me@x.invalid"), 2, "no mail arrives at such a name"),
        (("--from", "clients.json", "--map", "broken.json"), 2, "clientreg: broken.json:1:1"),
        (("--from", "clients.json", "-e", "tset"), 2, "hint: did you mean 'test'?"),
    ],
)
def test_a_wrong_call_writes_nothing(
    scratch: Scratch, clients: str, words: tuple[str, ...], status: int, said: str
) -> None:
    scratch.write("clients.json", Path(clients).read_bytes())
    scratch.write("broken.json", "{")
    before = scratch.files()
    done = scratch.run("import", *(words if "-e" in words else ("-e", "test", *words)))
    assert (done.status, said in done.err, done.out) == (status, True, ""), done.err
    assert scratch.files() == before


def test_no_environment_is_named(scratch: Scratch, clients: str) -> None:
    done = scratch.run("import", "--from", clients)
    assert (done.status, done.err.splitlines()[0]) == (2, "clientreg: no environment is named")


def test_a_list_of_none_writes_nothing(scratch: Scratch) -> None:
    scratch.write("none.json", "[]")
    done = scratch.run("import", "-e", "test", "--from", "none.json")
    assert (done.status, done.out.splitlines()[-1]) == (0, "0 files written")
