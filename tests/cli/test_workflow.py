"""The daily round with the registry of this repository: what a person does, and what comes of it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli.bad_input import APPLY, LINT, PLAN
from cli.scratch import STORE, Scratch, copy

PROBE, PLAY = "clients/platform-team/health-probe.yaml", "clients/fjordvale-media/play-web.yaml"
PROBE_ID, PLAY_ID = "platform-team.health-probe", "fjordvale-media.play-web"
LIVE = ("--environment", "production")


@pytest.fixture(scope="module")
def first_day(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's registry, once all its clients are on the server of `test`."""
    scratch = copy(example, tmp_path_factory.mktemp("first") / "registry")
    done = scratch.run(*APPLY)
    assert (done.status, done.out.splitlines()[-2]) == (0, "21 done, 0 failed")
    return scratch.root


@pytest.fixture
def day(first_day: Path, tmp_path: Path) -> Scratch:
    """A copy of it."""
    return copy(first_day, tmp_path / "registry")


CATALOGUE = "clients/lindhavn-library/catalogue.yaml"
SESSIONS = {
    "a mistake in a pull request": ("profile, lindhavn", "profle, lindhavn", ("lint", CATALOGUE)),
    "what the reviewer of a change sees": ("Lindhavn Library Catalogue", "Lindhavn Library search", PLAN),
}


@pytest.mark.parametrize(("old", "new", "words"), SESSIONS.values(), ids=SESSIONS)
def test_the_readme_shows_what_is_said(
    day: Scratch, repository: Path, old: str, new: str, words: tuple[str, ...]
) -> None:
    day.edit(CATALOGUE, old, new)
    day.commit()
    done = day.run(*words)
    session = f"```\n$ clientreg {' '.join(words)}\n{done.out}```\n"
    ids = re.compile(r"(commit|sha256:) ?[0-9a-f]{12,64}")
    assert ids.sub(r"\1", session) in ids.sub(r"\1", (repository / "README.md").read_text("utf-8"))


def planned(scratch: Scratch, *more: str, status: int = 0) -> dict[str, Any]:
    """A plan of `test`."""
    done = scratch.run(*PLAN, "--format", "json", *more)
    assert done.status == status, done.said
    return dict(json.loads(done.out))


def actions(plan: dict[str, Any]) -> list[tuple[str, str]]:
    """What a plan does to whom."""
    return [(change["action"], change["client_id"]) for server in plan["servers"] for change in server["changes"]]


def settled(scratch: Scratch) -> bool:
    """Whether there is nothing to do."""
    return scratch.run(*PLAN, "--check").status == 0


def without_clients(scratch: Scratch, *organizations: str) -> None:
    """The client files of some organizations are deleted."""
    for organization in organizations:
        for path in scratch.root.glob(f"clients/{organization}/*.yaml"):
            if path.name != "organization.yaml":
                path.unlink()
    scratch.commit()


def test_the_first_day(example: Path, tmp_path: Path, valid: Callable[[str, str], list[str]]) -> None:
    scratch = copy(example, tmp_path / "registry")
    lint = scratch.run(*LINT, "--format", "json")
    assert (lint.status, valid("lint-output", lint.out)) == (0, [])
    before = scratch.files()
    plan = scratch.run(*PLAN, "--format", "json", "--check", "--out", "plan.json")
    assert (plan.status, valid("plan-output", plan.out), scratch.read("plan.json")) == (1, [], plan.out)
    assert {action for action, _ in actions(json.loads(plan.out))} == {"create"}
    (scratch.root / "plan.json").unlink()
    assert scratch.files() == before
    digest = json.loads(plan.out)["digest"]
    applied = scratch.run(*APPLY, "--format", "json", "--expect", digest)
    assert (applied.status, valid("apply-output", applied.out)) == (0, [])
    assert json.loads(applied.out)["summary"] == {"done": 21, "failed": 0, "untried": 0}
    assert len(scratch.stored()) == len(scratch.handed_over()) == 21
    shown = scratch.run("show", PLAY_ID, "--format", "json")
    assert (shown.status, valid("show-output", shown.out)) == (0, [])
    again = scratch.run(*PLAN, "--check")
    assert (again.status, again.out) == (0, "no changes: test is as the files say (21 clients on 1 server)\n")
    assert scratch.run(*APPLY).out == again.out


def test_a_change_is_shown_with_its_risk_and_applied_by_its_digest(day: Scratch) -> None:
    day.edit(PLAY, "client_name: Fjordvale Play ", "client_name: Fjordvale Stream ")
    day.edit(PLAY, "https://play.test.fjordvale.example/connect", "https://login.test.fjordvale.example/connect")
    day.commit()
    plan = planned(day)
    (change,) = plan["servers"][0]["changes"]
    fields = {".".join(map(str, field["path"])): (field["risk"], field["why"]) for field in change["fields"]}
    assert (change["action"], change["risk"]) == ("update", "breaking")
    assert fields["client_name"][0] == "visible"
    assert fields["redirect_uris"][0] == "breaking"
    assert "login.test.fjordvale.example" in fields["redirect_uris"][1]
    before = day.stored()
    wrong = day.run(*APPLY, "--expect", "sha256:" + "0" * 64)
    assert (wrong.status, wrong.out, day.stored()) == (3, "", before)
    assert wrong.err.startswith("clientreg: this is no longer the plan that was reviewed")
    right = day.run(*APPLY, "--expect", plan["digest"])
    assert (right.status, right.err) == (0, f"~ updated {PLAY_ID} on local\n")
    assert settled(day)
    assert "Fjordvale Stream" in day.stored()[PLAY_ID][0]


def test_a_deleted_file_disables_and_waits_and_its_return_enables(day: Scratch) -> None:
    content = day.read(PROBE)
    (day.root / PROBE).unlink()
    day.commit()
    assert actions(planned(day)) == [("disable", PROBE_ID)]
    assert day.run(*APPLY).status == 0
    plan = planned(day, "--check")
    assert (actions(plan), [w["client_id"] for w in plan["servers"][0]["waiting"]]) == ([], [PROBE_ID])
    assert json.loads(day.stored()[PROBE_ID][0])["enabled"] is False
    day.write(PROBE, content)
    day.commit()
    assert actions(planned(day)) == [("enable", PROBE_ID)]
    assert day.run(*APPLY).status == 0
    assert settled(day)
    assert len([name for name in day.handed_over() if PROBE_ID in name]) == 1


def test_without_grace_a_disabled_client_is_deleted_and_its_secret_withdrawn(day: Scratch) -> None:
    day.edit("registry.yaml", "    class: test\n", "    class: test\n    guard: {grace_days: 0}\n")
    (day.root / PROBE).unlink()
    day.commit()
    assert day.run(*APPLY).status == 0
    assert actions(planned(day)) in [[("delete", PROBE_ID)], []]
    assert day.run(*APPLY).status == 0
    assert (PROBE_ID in day.stored(), [name for name in day.handed_over() if PROBE_ID in name]) == (False, [])
    assert settled(day)


def test_a_file_renamed_with_its_id_kept_is_no_new_client(day: Scratch) -> None:
    before = day.stored()[PROBE_ID]
    day.write("clients/platform-team/probe.yaml", f"client_id: {PROBE_ID}\n{day.read(PROBE)}")
    (day.root / PROBE).unlink()
    day.commit()
    assert {action for action, _ in actions(planned(day))} <= {"update"}
    assert day.run(*APPLY).status == 0
    payload, mark, secret = day.stored()[PROBE_ID]
    assert (payload, secret, json.loads(mark)["source"]) == (before[0], before[2], "clients/platform-team/probe.yaml")
    assert settled(day)


def test_a_raised_generation_rotates_and_its_file_opens(day: Scratch, key: tuple[Path, str]) -> None:
    (old,) = (name for name in day.handed_over() if PROBE_ID in name)
    first = day.run("open", f"handover/{old}", "-i", str(key[0]))
    before = day.stored()[PROBE_ID][2]
    day.write(PROBE, day.read(PROBE) + "credentials: {generation: 2}\n")
    day.commit()
    assert actions(planned(day)) == [("rotate", PROBE_ID)]
    assert day.run(*APPLY).status == 0
    (new,) = (name for name in day.handed_over() if PROBE_ID in name)
    second = day.run("open", f"handover/{new}", "-i", str(key[0]))
    secrets = [re.findall(r'^client_secret: "([\w-]{43})"$', done.out, re.MULTILINE) for done in (first, second)]
    assert (first.status, second.status, [len(found) for found in secrets]) == (0, 0, [1, 1])
    assert (secrets[0] != secrets[1], day.stored()[PROBE_ID][2] != before, settled(day)) == (True, True, True)
    day.edit(PROBE, "generation: 2", "generation: 1")
    day.commit()
    plan = planned(day)
    assert (actions(plan), [one["client_id"] for one in plan["servers"][0]["refused"]]) == ([], [PROBE_ID])
    lowered = day.run(*APPLY)
    assert (lowered.status, lowered.out.splitlines()[-1]) == (3, "no changes, 1 refused")


def test_a_foreign_client_is_refused_until_it_is_adopted_by_digest(day: Scratch) -> None:
    with closing(sqlite3.connect(day.root / STORE)) as db, db:
        db.execute("UPDATE client SET mark = NULL WHERE client_id = ?", (PROBE_ID,))
    secret = day.stored()[PROBE_ID][2]
    refused = day.run(*APPLY)
    assert (refused.status, day.stored()[PROBE_ID][1]) == (3, None)
    assert "--adopt" in refused.out
    blind = day.run(*APPLY, "--adopt")
    assert (blind.status, day.stored()[PROBE_ID][1]) == (2, None)
    plan = planned(day, "--adopt")
    assert actions(plan) == [("adopt", PROBE_ID)]
    adopted = day.run(*APPLY, "--adopt", "--expect", plan["digest"])
    assert (adopted.status, day.stored()[PROBE_ID][1] is None, day.stored()[PROBE_ID][2]) == (0, False, secret)
    assert settled(day)


def test_an_older_commit_never_overwrites_a_newer_one(day: Scratch) -> None:
    old = day.git("rev-parse", "HEAD")
    day.edit(PLAY, "client_name: Fjordvale Play ", "client_name: Fjordvale Stream ")
    new = day.commit()
    assert day.run(*APPLY).status == 0
    before = day.stored()
    day.git("checkout", "--quiet", old)
    for words in (PLAN, APPLY):
        done = day.run(*words)
        said = f"clientreg: server local: has commit {new[:12]} already, and {old[:12]} is older\n"
        assert (done.status, done.out, done.err.startswith(said), day.stored()) == (3, "", True, before)


def test_a_dirty_tree_is_marked_in_test_and_refused_in_production(day: Scratch) -> None:
    day.edit(PROBE, "Connect health probe", "Connect pulse")
    assert planned(day)["commit"].endswith("+dirty")
    done = day.run("apply", *LIVE)
    assert (done.status, done.out, day.stored(".clientreg/production.db")) == (3, "", {})
    assert "and production is a production environment" in done.err


def test_the_guard_stops_mass_deletion_and_its_digest_lets_it_pass_once(day: Scratch) -> None:
    without_clients(day, "fjordvale-media", "lindhavn-library", "ostavind-power")
    before = day.stored()
    plan = planned(day)
    assert [reason["limit"] for reason in plan["stopped"]] == ["max_deletes", "max_delete_percent"]
    refusals = [
        day.run(*APPLY),
        day.run(*APPLY, "--expect", plan["digest"]),
        day.run(*APPLY, "--override-guard", "sha256:0"),
    ]
    assert ([one.status for one in refusals], day.stored()) == ([3, 3, 3], before)
    assert f"--override-guard {plan['digest']}" in refusals[0].err
    passed = day.run(*APPLY, "--override-guard", plan["digest"])
    gone = len(actions(plan))
    assert (passed.status, passed.out.splitlines()[-1]) == (0, f"{gone} done, 0 failed")
    again = day.run(*APPLY, "--override-guard", plan["digest"])
    assert (again.status, "names another plan" in again.err) == (3, True)


def test_an_empty_folder_is_refused(day: Scratch) -> None:
    without_clients(day, "*")
    done = day.run(*APPLY)
    assert (done.status, done.out, len(day.stored())) == (3, "", 21)
    assert done.err.startswith("clientreg: this plan is refused: clients/ holds no client file")


def test_a_client_with_an_error_is_refused_and_the_others_proceed(day: Scratch) -> None:
    day.edit(PLAY, "https://play.test.fjordvale.example/connect", "javascript:alert(1)//")
    day.edit(PROBE, "Connect health probe", "Connect pulse")
    day.commit()
    before = day.stored()[PLAY_ID]
    done = day.run(*APPLY)
    assert (done.status, done.err, done.out.splitlines()[-1]) == (
        3,
        f"~ updated {PROBE_ID} on local\n",
        "1 done, 0 failed, 1 refused",
    )
    assert (day.stored()[PLAY_ID], "Connect pulse" in day.stored()[PROBE_ID][0]) == (before, True)
    assert day.run(*PLAN, "--check").status == 1


def test_a_broken_file_stops_its_environment_and_nothing_is_touched(day: Scratch) -> None:
    day.edit(PLAY, "scopes:", "scopes: [")
    day.edit(PROBE, "Connect health probe", "Connect pulse")
    day.commit()
    before = day.files()
    done = day.run(*APPLY)
    assert (done.status, done.out, day.files()) == (1, "", before)
    assert done.err.startswith(f"clientreg: {PLAY}:")


def test_a_partial_apply_does_its_part_deletes_nothing_and_leaves_the_commit(day: Scratch) -> None:
    old = day.git("rev-parse", "HEAD")
    day.edit(PROBE, "Connect health probe", "Connect pulse")
    day.edit(PLAY, "client_name: Fjordvale Play ", "client_name: Fjordvale Stream ")
    (day.root / "clients/platform-team/connectctl.yaml").unlink()
    day.commit()
    plan = planned(day, "--client", PROBE_ID, "--server", "local")
    assert (actions(plan), plan["partial"]) == ([("update", PROBE_ID)], True)
    done = day.run(*APPLY, "--client", PROBE_ID, "--expect", plan["digest"])
    assert (done.status, done.err) == (0, f"~ updated {PROBE_ID} on local\n")
    with closing(sqlite3.connect(day.root / STORE)) as db:
        assert db.execute("SELECT commit_id FROM record").fetchall() == [(old,)]
    assert actions(planned(day)) == [("update", PLAY_ID), ("disable", "platform-team.connectctl")]


def test_ci_with_a_store_on_its_own_disk_is_refused_and_lint_is_not(day: Scratch) -> None:
    day.edit(PROBE, "Connect health probe", "Connect pulse")
    day.commit()
    before = day.files()
    env = {"CI": "1"}
    assert [day.run(*words, env=env).status for words in (PLAN, APPLY, LINT)] == [3, 3, 0]
    assert day.files() == before


def test_annotations_stand_at_the_line_and_forge_nothing(day: Scratch) -> None:
    day.edit(PLAY, "platform: web", 'platform: "web\\n::error::forged"')
    done = day.run(*LINT, "--format", "github")
    assert done.status == 1
    assert [line for line in done.out.splitlines() if line.startswith("::") and "forged" in line.split("::")[1]] == []
    assert f"::error file={PLAY},line=" in done.out
    assert not any(line.startswith("::error::forged") for line in done.out.splitlines())
