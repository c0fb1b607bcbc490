"""A store changed by hand, past clientreg, and what `drift` says and writes of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cli.bad_input import APPLY, FILE, as_anybody
from cli.scratch import STORE, Done, Scratch, copy
from clientreg.planning.state import Mark
from clientreg.reading import schemata
from clientreg.servers.embedded.store import Store

DRIFT = ("drift", "--environment", "test")
FEED_FILE, ORGANIZATION = "clients/acme/feed.yaml", "clients/acme/organization.yaml"
SHOP, FEED = "acme.shop", "acme.feed"


@pytest.fixture
def day(applied: Path, tmp_path: Path) -> Scratch:
    """The small registry once its clients are on the server of `test`."""
    return copy(applied, tmp_path / "registry")


def by_hand(scratch: Scratch, key: str, store: str = STORE, **fields: Any) -> None:
    """Somebody changes a client in the server's console."""
    with Store(scratch.root / store) as db:
        one = db.client(key)
        assert one is not None
        payload = {**one.payload, **fields}
        db.replace(key, payload, expected=one.revision, mark=one.mark, secret_hash=one.secret_hash)


def marked(scratch: Scratch, key: str, change: Callable[[Mark], Mark | None]) -> None:
    """Somebody changes the mark of a client."""
    with Store(scratch.root / STORE) as db:
        one = db.client(key)
        assert one is not None
        assert one.mark is not None
        db.replace(key, dict(one.payload), expected=one.revision, mark=change(one.mark), secret_hash=one.secret_hash)


def deleted(scratch: Scratch, key: str) -> None:
    with Store(scratch.root / STORE) as db:
        one = db.client(key)
        assert one is not None
        db.delete(key, expected=one.revision)


def told(scratch: Scratch, *more: str, status: int = 1) -> dict[str, Any]:
    """The answer as JSON, which its schema describes; nothing is written to the server."""
    before = scratch.stored()
    done = scratch.run(*DRIFT, "--format", "json", *more)
    assert (done.status, scratch.stored()) == (status, before), done.said
    answer = json.loads(done.out)
    assert list(Draft202012Validator(schemata.schema("drift-output")).iter_errors(answer)) == []
    return dict(answer)


def drifted(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["client_id"]: one for server in answer["servers"] for one in server["drifted"]}


def fields(one: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {".".join(map(str, field["path"])): (field["applied"], field["there"]) for field in one["fields"]}


def pending(answer: dict[str, Any]) -> dict[str, tuple[str, list[str]]]:
    return {
        one["client_id"]: (one["action"], [path[0] for path in one["fields"]])
        for server in answer["servers"]
        for one in server["pending"]
    }


def test_nothing_changed_by_hand(day: Scratch) -> None:
    done = day.run(*DRIFT)
    assert (done.status, done.err) == (0, "")
    assert done.out == "no drift: test is as it was applied (2 clients on 1 server)\n"


def test_what_was_changed_is_told_with_the_file_and_who_to_ask(day: Scratch) -> None:
    day.edit(ORGANIZATION, "domains:", 'owners: ["@acme/identity"]\ndomains:')
    day.commit()
    by_hand(day, SHOP, client_name="Evil", redirect_uris=["https://evil.example/cb", "https://shop.example.com/cb"])
    answer = told(day)
    (one,) = drifted(answer).values()
    assert (one["kind"], one["risk"], one["source"], one["commit"]) == (
        "changed",
        "sensitive",
        FILE,
        day.git("rev-parse", "HEAD~1"),
    )
    assert (one["owners"], one["contacts"]) == (["@acme/identity"], ["dev@example.com"])
    assert fields(one) == {
        "client_name": ("Acme Shop", "Evil"),
        "redirect_uris": (
            ["https://shop.example.com/cb"],
            ["https://evil.example/cb", "https://shop.example.com/cb"],
        ),
    }
    assert (answer["summary"], answer["remedy"]) == ({"drifted": 1, "pending": 0, "refused": 0}, None)


def test_what_is_merged_and_not_applied_is_pending_and_no_drift(day: Scratch) -> None:
    day.edit(FILE, "client_name: Acme Shop", "client_name: Acme Store")
    day.write("clients/acme/till.yaml", day.read(FILE).replace("Acme Store", "Acme Till").replace("shop.", "till."))
    (day.root / FEED_FILE).unlink()
    day.commit()
    answer = told(day, status=0)
    assert pending(answer) == {
        SHOP: ("update", ["client_name"]),
        "acme.till": ("create", pending(answer)["acme.till"][1]),
        FEED: ("disable", ["enabled"]),
    }
    assert "no drift: test is as it was applied (2 clients on 1 server), 3 pending" in day.run(*DRIFT).out


def test_both_in_one_client_are_told_apart(day: Scratch) -> None:
    day.edit(FILE, "client_name: Acme Shop", "client_name: Acme Store")
    day.edit(FILE, "scopes: [openid]", "scopes: [openid, orders]")
    day.commit()
    by_hand(day, SHOP, description="Typed by hand, on a console.", client_name="Evil")
    answer = told(day)
    assert fields(drifted(answer)[SHOP]) == {
        "client_name": ("Acme Shop", "Evil"),
        "description": ("The web shop, where customers sign in to see their orders.", "Typed by hand, on a console."),
    }
    assert pending(answer) == {SHOP: ("update", ["scopes"])}


def test_what_the_files_say_by_now_is_no_drift_any_more(day: Scratch) -> None:
    by_hand(day, SHOP, client_name="Acme Store")
    day.edit(FILE, "client_name: Acme Shop", "client_name: Acme Store")
    day.commit()
    assert told(day, status=0)["summary"] == {"drifted": 0, "pending": 0, "refused": 0}
    assert day.run(*APPLY).status == 0  # moves the applied commit, and the mark stays at the one before
    assert told(day, status=0)["summary"] == {"drifted": 0, "pending": 0, "refused": 0}


def test_a_change_that_was_applied_and_taken_back_by_hand_is_drift(day: Scratch) -> None:
    day.edit(FILE, "client_name: Acme Shop", "client_name: Acme Store")
    day.commit()
    assert day.run(*APPLY, "--client", SHOP).status == 0  # in part: the server's record stays behind the mark
    assert told(day, status=0)["summary"]["drifted"] == 0
    by_hand(day, SHOP, client_name="Acme Shop")
    assert fields(drifted(told(day))[SHOP]) == {"client_name": ("Acme Store", "Acme Shop")}


def test_what_an_apply_could_not_do_is_pending(day: Scratch) -> None:
    day.edit(FILE, "https://shop.example.com/cb", "http://shop.example.com/cb#x")
    day.edit(FEED_FILE, "client_name: Acme Feed", "client_name: Acme Stream")
    day.commit()
    assert day.run(*APPLY).status == 3
    answer = told(day, status=0)
    assert answer["summary"] == {"drifted": 0, "pending": 0, "refused": 1}
    by_hand(day, SHOP, client_name="Evil")
    answer = told(day)
    assert (fields(drifted(answer)[SHOP]), answer["summary"]["refused"]) == ({"client_name": ("Acme Shop", "Evil")}, 1)


@pytest.mark.parametrize("file", ["clients/acme/shop.yaml", "clients/acme/store.yaml"])
def test_a_client_that_is_gone(day: Scratch, file: str) -> None:
    if file != FILE:
        day.git("mv", FILE, file)
        day.write(file, "client_id: acme.shop\n" + day.read(file))
        day.commit()
    deleted(day, SHOP)
    one = drifted(told(day))[SHOP]
    assert (one["kind"], one["risk"], one["fields"]) == ("gone", "breaking", [])
    assert "it is not on the server any more: somebody deleted it" in day.run(*DRIFT).out


def test_disabled_by_hand(day: Scratch) -> None:
    by_hand(day, SHOP, enabled=False)
    assert fields(drifted(told(day))[SHOP]) == {"enabled": (True, False)}


def test_enabled_by_hand_while_we_disabled_it(day: Scratch) -> None:
    (day.root / FEED_FILE).unlink()
    day.commit()
    assert day.run(*APPLY).status == 0
    assert told(day, status=0)["summary"] == {"drifted": 0, "pending": 0, "refused": 0}
    by_hand(day, FEED, enabled=True)
    one = drifted(told(day))[FEED]
    assert (fields(one), one["source"], one["contacts"]) == ({"enabled": (False, True)}, FEED_FILE, ["dev@example.com"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda _: None, "its mark was taken away"),
        (lambda mark: replace(mark, registry="other"), "its mark says registry other, environment test now"),
        (
            lambda mark: replace(mark, credential=replace(mark.credential, generation=7)),
            "its mark was changed: credentials.generation is 1, but the server holds generation 7",
        ),
    ],
)
def test_a_mark_that_was_taken_away_or_changed(day: Scratch, change: Callable[[Mark], Mark | None], words: str) -> None:
    marked(day, SHOP, change)
    one = drifted(told(day))[SHOP]
    assert (one["kind"], words in one["why"]) == ("mark", True), one["why"]


def test_a_mark_that_names_another_file(day: Scratch) -> None:
    marked(day, SHOP, lambda mark: replace(mark, source="clients/acme/else.yaml"))
    assert fields(drifted(told(day))[SHOP]) == {"source": (FILE, "clients/acme/else.yaml")}


def test_foreign_clients_are_counted_and_never_named(day: Scratch) -> None:
    with Store(day.root / STORE) as db:
        db.insert("somebody.else", {"client_id": "somebody.else", "client_name": "Else"}, mark=None)
    by_hand(day, SHOP, client_name="Evil")
    answer = told(day)
    assert (answer["servers"][0]["foreign"], list(drifted(answer))) == (1, [SHOP])
    assert "somebody" not in day.run(*DRIFT).said


def test_an_id_that_somebody_has_on_the_server_and_no_commit_had_is_no_drift(day: Scratch) -> None:
    with Store(day.root / STORE) as db:
        db.insert("acme.till", {"client_id": "acme.till", "client_name": "Till"}, mark=None)
    day.write("clients/acme/till.yaml", day.read(FILE).replace("Acme Shop", "Acme Till").replace("shop.", "till."))
    day.commit()
    assert told(day, status=0)["summary"] == {"drifted": 0, "pending": 0, "refused": 1}


def test_a_server_that_was_never_applied_to(day: Scratch) -> None:
    shutil.rmtree(day.root / ".clientreg")
    answer = told(day, status=0)
    assert (answer["servers"][0]["applied"], answer["summary"]["pending"]) == (None, 2)


def test_a_shallow_clone_says_so_and_compares_with_the_work_tree(day: Scratch, tmp_path: Path) -> None:
    day.edit(FILE, "client_name: Acme Shop", "client_name: Acme Store")
    day.commit()
    day.git("clone", "--quiet", "--depth=1", day.root.as_uri(), str(tmp_path / "shallow"))
    shutil.copytree(day.root / ".clientreg", tmp_path / "shallow/.clientreg")
    shallow = Scratch(tmp_path / "shallow")
    answer = told(shallow)
    (note,) = answer["servers"][0]["notes"]
    assert "applied last, is not in this shallow clone: 1 client is compared with the work tree" in note["why"]
    assert "`fetch-depth: 0`" in note["hint"]
    assert (fields(drifted(answer)[SHOP]), drifted(answer)[SHOP]["commit"]) == (
        {"client_name": ("Acme Store", "Acme Shop")},
        None,
    )


def test_an_apply_of_uncommitted_changes_says_so(day: Scratch) -> None:
    day.edit(FILE, "client_name: Acme Shop", "client_name: Acme Store")
    assert day.run(*APPLY).status == 0
    assert told(day, status=0)["servers"][0]["notes"] == []
    by_hand(day, SHOP, client_name="Evil")
    (note,) = told(day)["servers"][0]["notes"]
    assert "was applied with changes that no commit has" in note["why"]


def test_an_older_checkout_is_told_to_pull(day: Scratch) -> None:
    day.edit(FILE, "client_name: Acme Shop", "client_name: Acme Store")
    day.commit()
    assert day.run(*APPLY).status == 0
    day.git("checkout", "--quiet", "HEAD~1")
    done = day.run(*DRIFT)
    assert (done.status, "git pull" in done.err, done.out) == (3, True, "")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("drift",), 2, "no environment is named"),
        (("drift", "-e", "tets"), 2, "did you mean 'test'?"),
        ((*DRIFT, "--client", "acme.nope"), 2, "there is no client 'acme.nope'"),
        ((*DRIFT, "--server", "nope"), 2, "there is no server 'nope'"),
        ((*DRIFT, "--write", "--dry-run"), 2, "two answers to one question"),
    ],
)
def test_called_wrongly(day: Scratch, words: tuple[str, ...], status: int, said: str) -> None:
    before = day.files()
    done = day.run(*words)
    assert (done.status, done.out, said in done.err) == (status, "", True), done.said
    assert day.files() == before


def test_a_part_is_looked_at_alone(day: Scratch) -> None:
    by_hand(day, SHOP, client_name="Evil")
    assert told(day, "--client", FEED, status=0)["partial"] is True
    assert list(drifted(told(day, "--client", SHOP))) == [SHOP]


def test_in_ci_a_store_on_this_machines_disk_is_refused(day: Scratch) -> None:
    done = day.run(*DRIFT, env={"CI": "true"})
    assert (done.status, "which a CI runner forgets" in done.err) == (3, True)


def test_hostile_values_stay_data_in_every_format(day: Scratch) -> None:
    evil = "```\n::error::forged\x1b[31m </details> @everyone | ##[error]"
    by_hand(day, SHOP, client_name=evil, description=evil)
    for form in ("text", "json", "markdown"):
        done = day.run(*DRIFT, "--format", form, "--dry-run")
        assert (done.status, "\x1b" in done.out) == (1, False)
        assert not any(line.lstrip().startswith(("::error", "```\\n::")) for line in done.out.splitlines())


# --write


def written(day: Scratch, *more: str, status: int = 0) -> Done:
    done = day.run(*DRIFT, "--write", *more)
    assert done.status == status, done.said
    return done


def settled(day: Scratch) -> bool:
    """Whether lint is content, and an apply has nothing to do."""
    lint, plan = day.run("lint"), day.run("plan", "--environment", "test", "--check")
    return (lint.status, plan.status) == (0, 0)


def test_a_dry_run_writes_nothing_and_shows_the_diff(day: Scratch) -> None:
    by_hand(day, SHOP, client_name="Acme Store")
    before = day.files()
    done = day.run(*DRIFT, "--dry-run")
    assert (done.status, day.files()) == (1, before)
    assert f"--- a/{FILE}\n+++ b/{FILE}\n" in done.out
    assert "-  test: {}\n+  test:\n+    client_name: Acme Store\n" in done.out
    assert done.out.endswith("1 file would be written\n")


def test_what_one_environment_alone_has_goes_under_it(day: Scratch) -> None:
    text = day.read(FILE)
    by_hand(day, SHOP, client_name="Acme Store", enabled=False)
    done = written(day)
    new = text.replace("  test: {}\n", "  test:\n    client_name: Acme Store\n    enabled: false\n")
    assert (day.read(FILE), settled(day)) == (new, True)
    assert "1 file written" in done.out
    assert told(day, status=0)["summary"]["drifted"] == 0


def test_a_client_of_one_environment_is_edited_in_place_and_comments_stay(day: Scratch) -> None:
    day.edit(FEED_FILE, "client_name: Acme Feed", "client_name: 'Acme Feed'  # as on the invoice")
    day.edit(FEED_FILE, "[orders]", "[orders]  # read only")
    day.commit()
    assert day.run(*APPLY).status == 0
    by_hand(day, FEED, client_name="It's a feed", access_token_lifetime=7200, scopes=["openid", "orders"])
    written(day)
    text = day.read(FEED_FILE)
    assert "client_name: 'It''s a feed'  # as on the invoice\n" in text
    assert "scopes: [orders, openid]  # read only\n" in text
    assert "access_token_lifetime: 2h\n" in text
    assert settled(day)


def test_an_entry_that_would_hold_anyway_is_taken_out(day: Scratch) -> None:
    day.edit(FILE, "  test: {}", "  test:\n    client_name: Acme Test Shop  # for testers\n    require_consent: false")
    day.commit()
    assert day.run(*APPLY).status == 0
    by_hand(day, SHOP, client_name="Acme Shop", require_consent=True)
    written(day)
    assert day.read(FILE).endswith("environments:\n  test: {}\n  live: {}\n")
    assert settled(day)


def test_items_come_and_go_and_the_comments_of_the_others_stay(day: Scratch) -> None:
    uris = "redirect_uris:\n  # where it all began\n  - https://shop.example.com/cb  # the shop\n"
    uris += "  - https://old.example.com/cb  # the old shop\n"
    day.edit(FILE, "redirect_uris: [https://shop.example.com/cb]\n", uris)
    day.edit(FILE, "  live: {}\n", "")
    day.commit()
    assert day.run(*APPLY).status == 0
    by_hand(day, SHOP, redirect_uris=["https://new.example.com/cb", "https://shop.example.com/cb"])
    written(day)
    kept = "redirect_uris:\n  # where it all began\n  - https://shop.example.com/cb  # the shop\n"
    assert f"{kept}  - https://new.example.com/cb\nsingle_sign_on" in day.read(FILE)
    assert settled(day)


def test_line_ends_and_mode_stay(day: Scratch) -> None:
    raw = b"\xef\xbb\xbf" + day.read(FILE).replace("\n", "\r\n").encode()
    day.write(FILE, raw)
    (day.root / FILE).chmod(0o640)
    day.commit()
    by_hand(day, SHOP, client_name="Acme Store")
    written(day)
    new = raw.replace(b"  test: {}\r\n", b"  test:\r\n    client_name: Acme Store\r\n")
    assert ((day.root / FILE).read_bytes(), (day.root / FILE).stat().st_mode & 0o777) == (new, 0o640)
    assert [name for name in day.files() if ".tmp" in name] == []


def test_what_lint_refuses_is_not_written_and_told_with_its_lines(day: Scratch) -> None:
    by_hand(day, SHOP, redirect_uris=["https://shop.example.com/cb", "javascript:alert(1)"])
    by_hand(day, FEED, client_name="Acme Stream")
    text = day.read(FILE)
    done = written(day, status=1)
    assert (day.read(FILE), "client_name: Acme Stream" in day.read(FEED_FILE)) == (text, True)
    assert "x not written acme.shop redirect_uris" in done.out
    assert "lint refuses it: CR" in done.out
    assert "by hand:\n" in done.out
    assert "javascript:alert(1)" in done.out
    assert "1 file written, 1 not" in done.out


def test_somebodys_own_work_is_not_written_over(day: Scratch) -> None:
    by_hand(day, SHOP, description="Typed by hand, on a console.")
    day.edit(FILE, "client_name: Acme Shop", "client_name: Acme Store")  # elsewhere in the file
    text = day.read(FILE)
    written(day)
    assert day.read(FILE) == text.replace("  test: {}", "  test:\n    description: Typed by hand, on a console.")
    day.git("checkout", "--quiet", FILE)
    day.edit(FILE, "The web shop, where", "The very web shop, where")
    text = day.read(FILE)
    done = written(day, status=1)
    assert day.read(FILE) == text
    assert "the file says something else by now than what was applied" in " ".join(done.out.split())


@pytest.mark.parametrize("by", ["gone", "mark", "disabled"])
def test_what_no_file_could_say_is_told(day: Scratch, by: str) -> None:
    if by == "gone":
        deleted(day, SHOP)
        said = "if it shall be gone, take its entry out of environments.test"
    elif by == "mark":
        marked(day, SHOP, lambda _: None)
        said = "a mark stands in no file: plan with --adopt"
    else:
        (day.root / FILE).unlink()
        day.commit()
        assert day.run(*APPLY).status == 0
        by_hand(day, SHOP, enabled=True)
        said = "it has no entry under environments.test any more"
    before = {name: raw for name, raw in day.files().items() if name.startswith("clients")}
    done = written(day, status=1)
    assert {name: raw for name, raw in day.files().items() if name.startswith("clients")} == before
    assert said in " ".join(done.out.split())


def test_a_folder_that_cannot_be_written_loses_nothing(day: Scratch) -> None:
    by_hand(day, SHOP, client_name="Acme Store")
    text = day.read(FILE)
    (day.root / FILE).parent.chmod(0o555)
    done = day.run(*DRIFT, "--write", before=as_anybody)
    (day.root / FILE).parent.chmod(0o755)
    assert (done.status, day.read(FILE), "cannot be written" in done.err) == (3, text, True), done.said


def test_what_no_file_may_say_is_left(day: Scratch) -> None:
    text = day.read(FILE)
    nonsense = {"redirect_uris": 5, "scopes": {"a": [1]}, "contacts": [], "localized": 7, "access_token_lifetime": "x"}
    by_hand(day, SHOP, **nonsense, client_name={"x": "y"}, platform="ios", organization="Other", description=None)
    done = written(day, status=1)
    assert (day.read(FILE), "0 files written, 9 not" in done.out) == (text, True), done.said
    by_hand(day, SHOP, client_name="x" * 20_000, description="x\x00y")
    assert written(day, status=1).err == ""
    assert day.read(FILE) == text


def test_every_client_of_the_example_is_made_legal(example: Path, tmp_path: Path) -> None:
    """Whatever style their files have: then lint is content, an apply has nothing to do, and no comment is lost."""
    day = copy(example, tmp_path / "registry")
    assert day.run(*APPLY).status == 0
    before = {name: raw.decode() for name, raw in day.files().items() if name.startswith("clients/")}
    for key, (payload, *_) in day.stored().items():
        held = json.loads(payload)
        more = [f"{uri}2" for uri in held["redirect_uris"] if not uri.startswith("urn:")]
        by_hand(
            day,
            key,
            description=f"{held['description'] or ''} Changed by hand: on a console.",
            enabled=not held["enabled"],
            access_token_lifetime=1_200,
            redirect_uris=[*held["redirect_uris"], *more],
            policy_uri=None if held["policy_uri"] else "https://www.fjordvale.example/privacy",
            contacts={**held["contacts"], "support": ["by-hand@fjordvale.example"]},
        )
    done = written(day)
    assert "21 files written\n" in done.out
    assert settled(day)
    after = {name: raw.decode() for name, raw in day.files().items() if name in before}
    assert {name for name in before if comments_of(before[name]) - comments_of(after[name])} == set()


def comments_of(text: str) -> set[str]:
    return {line.partition("  # ")[2] for line in text.splitlines() if "  # " in line} | {
        line for line in text.splitlines() if line.startswith("#")
    }


def two_servers(day: Scratch) -> None:
    second = '      other: {type: embedded, store: .clientreg/other.db, issuer: "http://127.0.0.1:8090"}\n'
    day.edit("registry.yaml", '127.0.0.1:8080"}\n', f'127.0.0.1:8080"}}\n{second}')
    recipients = day.read(ORGANIZATION).splitlines()[-1]
    day.edit("registry.yaml", "publish: none}", f"publish: none, {recipients}}}")
    shutil.copy(day.root / STORE, day.root / ".clientreg/other.db")
    day.commit()


def test_servers_that_do_not_agree_are_told_and_not_written(day: Scratch) -> None:
    two_servers(day)
    by_hand(day, SHOP, client_name="Acme Store", description="Typed by hand, on both consoles.")
    by_hand(day, SHOP, ".clientreg/other.db", description="Typed by hand, on both consoles.")
    answer = told(day, "--dry-run")
    assert [len(server["drifted"]) for server in answer["servers"]] == [1, 1]
    (left,) = answer["remedy"]["left"]
    assert (left["field"], left["why"]) == (
        "client_name",
        'the servers do not agree (local: "Acme Store", other: "Acme Shop")',
    )
    written(day, status=1)
    assert "  test:\n    description: Typed by hand, on both consoles.\n" in day.read(FILE)


def test_one_server_alone_is_no_environment(day: Scratch) -> None:
    two_servers(day)
    by_hand(day, SHOP, client_name="Acme Store")
    text = day.read(FILE)
    written(day, "--server", "local", status=1)
    assert day.read(FILE) == text
