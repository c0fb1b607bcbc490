"""A merge in a registry made by init: planned, shown, approved, and exactly that plan applied, by `sync.yml`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from workflows.conftest import SHOP, Hosted
from workflows.runner import INSTALL, Job

PLAN, APPLY = "Plan every environment that a runner can sync", "Apply exactly the plan that was shown"
CLIENT = "acme-as.acme-shop"


def plans(job: Job) -> list[dict[str, str]]:
    """What the next job is to apply, in the order of the output."""
    return list(json.loads(job.outputs["plans"]))


def store(hosted: Hosted) -> dict[str, tuple[object, ...]]:
    """The clients of production."""
    return hosted.scratch.stored("../production.db")


@pytest.fixture
def synced(hosted: Hosted) -> Hosted:
    """The registry, once what it holds was merged and applied."""
    planned = hosted.plan()
    (plan,) = plans(planned)
    applied = hosted.apply(planned, plan)
    assert applied.green, applied.log
    return hosted


def test_a_merge_is_planned_shown_and_applied_exactly(hosted: Hosted) -> None:
    planned = hosted.plan()
    assert planned.green, planned.log
    ((environment, digest),) = [tuple(plan.values()) for plan in plans(planned)]
    assert environment == "production"
    assert f"digest `{digest}`" in planned.summary
    assert f"create `{CLIENT}`" in planned.summary
    assert store(hosted) == {}
    applied = hosted.apply(planned, {"environment": environment, "digest": digest})
    assert ([step.name for step in applied.steps], applied.red) == ([INSTALL, APPLY], []), applied.log
    assert list(store(hosted)) == [CLIENT]
    assert "1 done, 0 failed" in applied.summary


def test_an_environment_on_one_machines_disk_is_left_out_and_the_log_says_so(hosted: Hosted) -> None:
    planned = hosted.plan()
    for text in (planned.log, planned.summary):
        assert "not in CI: server local: its store .clientreg/test.db is on this" in text
    assert "test" not in [plan["environment"] for plan in plans(planned)]


def test_nothing_to_change_asks_for_no_approval(synced: Hosted) -> None:
    planned = synced.plan()
    assert (planned.green, plans(planned)) == (True, [])
    assert synced.apply(planned).skipped


def test_a_credential_is_on_its_branch_and_opens(synced: Hosted, key: tuple[Path, str]) -> None:
    (sealed,) = [
        name
        for name in synced.scratch.git(
            "-C", str(synced.runner.remote), "ls-tree", "-r", "--name-only", "handover"
        ).split("\n")
        if CLIENT in name
    ]
    text = synced.scratch.git("-C", str(synced.runner.remote), "show", f"handover:{sealed}")
    synced.scratch.write("sealed.age", text + "\n")
    opened = synced.scratch.run("open", "-i", str(key[0]), "sealed.age")
    assert (opened.status, CLIENT in opened.out, "client_secret" in opened.out) == (0, True, True)


def test_a_state_that_changed_between_plan_and_apply_stops(synced: Hosted) -> None:
    synced.scratch.edit(SHOP, "client_name: Acme Shop ", "client_name: Acme Store ")
    synced.merge(synced.propose())
    planned = synced.plan()
    (plan,) = plans(planned)
    synced.scratch.edit(SHOP, "client_name: Acme Store ", "client_name: Acme Stand ")
    synced.scratch.commit()
    assert synced.scratch.run("apply", "--environment", "production").status == 0  # by somebody, from their machine
    synced.scratch.git("reset", "--quiet", "--hard", "origin/main")
    before = store(synced)
    applied = synced.apply(planned, plan)
    assert (applied.red, store(synced)) == ([APPLY], before)
    assert "hint" in applied.log


def test_a_plan_that_the_guard_stops_passes_only_by_its_digest(synced: Hosted) -> None:
    synced.scratch.edit("registry.yaml", "max_breaking: 20", "max_breaking: 0")
    synced.scratch.edit(SHOP, "[https://shop.acme.example/cb]", "[https://shop.acme.example/callback]")
    synced.merge(synced.propose())
    stopped = synced.plan()
    assert (stopped.red, plans(stopped)) == ([PLAN], [])
    assert "::error title=Not synced::the plan for production is stopped" in stopped.log
    (digest,) = re.findall(r"digest `(sha256:[0-9a-f]+)`", stopped.summary)
    assert plans(synced.plan(override_guard="sha256:" + "0" * 64)) == []
    passed = synced.plan(override_guard=digest)
    assert (passed.green, plans(passed)) == (True, [{"environment": "production", "digest": digest}])
    applied = synced.apply(passed, plans(passed)[0], override_guard=digest)
    assert applied.green, applied.log
    assert "https://shop.acme.example/callback" in str(store(synced)[CLIENT])


def test_a_client_with_an_error_is_red_and_the_others_proceed(synced: Hosted) -> None:
    synced.scratch.edit(SHOP, "https://shop.acme.example/cb", "http://shop.acme.example/cb")
    synced.scratch.commit()
    synced.scratch.git("push", "--quiet", "origin", "main")  # past the check, as an owner could
    alone = synced.plan()
    assert (alone.red, plans(alone)) == ([PLAN], [])
    other = synced.scratch.read(SHOP).replace("Acme Shop", "Acme Till").replace("http://shop", "https://till")
    synced.scratch.write("clients/acme-as/till.yaml", other)
    synced.scratch.commit()
    synced.scratch.git("push", "--quiet", "origin", "main")
    both = synced.plan()
    (plan,) = plans(both)
    applied = synced.apply(both, plan)
    assert (both.green, applied.red) == (True, [APPLY])
    assert "1 done, 0 failed, 1 refused" in applied.log
    assert sorted(store(synced)) == [CLIENT, "acme-as.till"]


def test_a_server_that_does_not_answer_holds_no_other_environment_back(hosted: Hosted) -> None:
    extra = "  broken:\n    class: test\n    servers:\n      main: {type: embedded, store: /, issuer: 'http://127.0.0.1:8082'}\n"
    hosted.scratch.edit("registry.yaml", "\nscopes:\n", f"\n{extra}\nscopes:\n")
    hosted.scratch.edit(
        "registry.yaml",
        "# The catalogue: everything a client may ask for. The descriptions are what users read on the consent page.\n",
        "",
    )
    hosted.scratch.commit()
    hosted.scratch.git("push", "--quiet", "origin", "main")
    planned = hosted.plan()
    assert (planned.red, [plan["environment"] for plan in plans(planned)]) == ([PLAN], ["production"])
    assert hosted.apply(planned, plans(planned)[0]).green
