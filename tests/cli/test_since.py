"""A pull request as CI sees it: two commits, no server, nothing written, and nothing of the branch obeyed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.registries import SHOP
from cli.scratch import Done, Scratch

SINCE = ("plan", "--since", "main")
CHANGED = ("lint", "--changed-since", "main")
FEED_FILE, SHOP_FILE = "clients/acme/feed.yaml", "clients/acme/shop.yaml"


@pytest.fixture
def branch(scratch: Scratch) -> Scratch:
    """The small registry with a branch checked out."""
    scratch.git("checkout", "--quiet", "-b", "branch")
    return scratch


def planned(branch: Scratch, environment: str = "test", *more: str) -> dict[str, Any]:
    done = branch.run(*SINCE, "--environment", environment, "--format", "json", *more)
    assert done.status == 0, done.said
    return dict(json.loads(done.out))


def changes(plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {change["client_id"]: change for server in plan["servers"] for change in server["changes"]}


def fields(plan: dict[str, Any], client_id: str) -> dict[str, tuple[Any, Any, str]]:
    found = changes(plan)[client_id]["fields"]
    return {".".join(map(str, f["path"])): (f["before"], f["after"], f["risk"]) for f in found}


def test_it_needs_no_server_and_writes_nothing(branch: Scratch) -> None:
    branch.edit(SHOP_FILE, "Acme Shop", "Acme Store")
    branch.commit()
    before = branch.files()
    plan = planned(branch)
    assert fields(plan, "acme.shop") == {"client_name": ("Acme Shop", "Acme Store", "visible")}
    assert (plan["digest"], plan["since"]) == (None, branch.git("rev-parse", "main"))
    assert (plan["servers"][0]["owned"], plan["servers"][0]["unchanged"]) == (2, 1)
    assert branch.files() == before


def test_a_new_secret_says_who_could_open_it(branch: Scratch, key: tuple[Path, str]) -> None:
    branch.write("clients/acme/till.yaml", SHOP.replace("Acme Shop", "Acme Till").replace("shop.", "till."))
    branch.commit()
    assert planned(branch)["recipients"] == [{"client_id": "acme.till", "recipients": [key[1]]}]
    assert "a new one is made and sealed to 1 recipient\n" in branch.run(*SINCE, "--environment", "test").out


def test_in_ci_too_where_no_plan_could_reach_a_store_of_this_machine(branch: Scratch) -> None:
    branch.edit(SHOP_FILE, "Acme Shop", "Acme Store")
    branch.commit()
    assert branch.run(*SINCE, env={"CI": "true"}).status == 0


def test_what_no_server_is_told_is_told_all_the_same(branch: Scratch) -> None:
    branch.edit(
        SHOP_FILE,
        "environments:",
        "purpose: {openid: To show your orders}\nlifecycle: {review_by: 2026-12-01}\n"
        "waivers: [{rule: CR403, reason: To be discussed, expires: 2026-12-24}]\n"
        "credentials: {generation: 2}\nenvironments:",
    )
    branch.commit()
    plan = planned(branch)
    assert changes(plan)["acme.shop"]["action"] == "rotate"
    risks = {name: risk for name, (_, _, risk) in fields(plan, "acme.shop").items()}
    assert risks == {
        "purpose": "plain",
        "lifecycle": "plain",
        "waivers": "sensitive",
        "credentials.generation": "breaking",
    }


def test_what_comes_goes_and_moves(branch: Scratch) -> None:
    branch.git("mv", SHOP_FILE, "clients/acme/store.yaml")
    branch.write("clients/acme/store.yaml", "client_id: acme.shop\n" + SHOP)
    branch.git("rm", "--quiet", FEED_FILE)
    branch.write("clients/acme/new.yaml", SHOP.replace("Acme Shop", "Acme New").replace("web shop", "new shop"))
    branch.commit()
    plan = planned(branch)
    assert {key: change["action"] for key, change in changes(plan).items()} == {
        "acme.feed": "disable",
        "acme.new": "create",
        "acme.shop": "update",
    }
    assert fields(plan, "acme.shop") == {"source": (SHOP_FILE, "clients/acme/store.yaml", "plain")}


def test_an_organization_and_the_operators_file(branch: Scratch) -> None:
    branch.edit("clients/acme/organization.yaml", "[example.com]", "[example.com, other.example]")
    branch.edit("registry.yaml", "127.0.0.1:8081", "127.0.0.1:9999")
    branch.edit("registry.yaml", "{description: Orders}", "{description: All orders}")
    branch.commit()
    files = {one["file"]: one for one in planned(branch)["files"]}
    assert [(f["path"], f["risk"]) for f in files["registry.yaml"]["fields"]] == [
        (["environments", "live", "servers", "local", "issuer"], "breaking"),
        (["scopes", "orders", "description"], "visible"),
    ]
    assert files["clients/acme/organization.yaml"]["risk"] == "sensitive"


def test_a_client_whose_file_cannot_be_read_is_refused_not_gone(branch: Scratch) -> None:
    branch.write(SHOP_FILE, "product: [\n")
    branch.commit()
    plan = planned(branch)
    assert changes(plan) == {}
    assert [refused["client_id"] for refused in plan["servers"][0]["refused"]] == ["acme.shop"]


def test_a_removal_that_no_apply_would_do_is_told(branch: Scratch) -> None:
    branch.git("rm", "-r", "--quiet", "clients")
    branch.commit()
    done = branch.run(*SINCE, "--environment", "test")
    assert "this plan is stopped: apply refuses it" in done.out
    assert "clients/ holds no client file" in done.out


def test_every_environment_or_one(branch: Scratch) -> None:
    branch.edit(SHOP_FILE, "Acme Shop", "Acme Store")
    branch.commit()
    both = branch.run(*SINCE)
    assert ("changes in test" in both.out, "changes in live" in both.out, both.status) == (True, True, 0)
    page = branch.run(*SINCE, "--format", "markdown").out
    assert page.count("update `acme.shop`") == 2
    assert '"Acme Store" of Acme asks to:' in page


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((*SINCE, "--format", "json"), 2, "JSON holds the plan of one environment"),
        ((*SINCE, "--environment", "tets"), 2, "did you mean 'test'?"),
        ((*SINCE, "--environment", "test", "--client", "acme.nope"), 2, "there is no client 'acme.nope'"),
        ((*SINCE, "--adopt"), 2, "--adopt says nothing with --since"),
        (("plan", "--since", "-x"), 2, "'-x' is no commit"),
        (("plan", "--since", "--help"), 2, "'--help' is no commit"),
        (("plan", "--since", "nope"), 2, "'nope' is no commit of this repository"),
        (("lint", "--changed-since", "-x"), 2, "'-x' is no commit"),
        (("lint", "--changed-since", "main..branch"), 2, "is no commit of this repository"),
    ],
)
def test_called_wrongly(branch: Scratch, words: tuple[str, ...], status: int, said: str) -> None:
    done = branch.run(*words)
    assert (done.status, done.out, said in done.err) == (status, "", True), done.said


def test_a_base_without_registry_yaml(scratch: Scratch) -> None:
    text = scratch.read("registry.yaml")
    scratch.git("rm", "--quiet", "registry.yaml")
    scratch.commit()
    scratch.git("checkout", "--quiet", "-b", "branch")
    scratch.write("registry.yaml", text)
    scratch.commit()
    done = scratch.run(*CHANGED)
    assert (done.status, "error[CR018]" in done.out) == (1, True)
    plan = scratch.run(*SINCE)
    assert (plan.status, "an owner of the registry must look at this change" in plan.err) == (1, True)


def test_no_repository(scratch: Scratch, tmp_path: Path) -> None:
    scratch.git("rev-parse", "HEAD")
    (scratch.root / ".git").rename(tmp_path / "elsewhere")
    assert scratch.run(*CHANGED).status == 3
    assert scratch.run(*SINCE).status == 3


def hostile_name(name: bytes) -> Callable[[Scratch], None]:
    def write(branch: Scratch) -> None:
        path = os.fsencode(branch.root) + b"/clients/acme/" + name
        with open(path, "wb") as file:
            file.write(SHOP.encode())

    return write


def link_out(branch: Scratch) -> None:
    (branch.root / "clients/acme/passwd.yaml").symlink_to("/etc/passwd")


def folder_link(branch: Scratch) -> None:
    (branch.root / "clients/etc").symlink_to("/etc")


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (hostile_name(b"a\n::error::forged.yaml"), "CR014"),
        (hostile_name(b"--help.yaml"), "CR014"),
        (hostile_name(b"<img src=x>.yaml"), "CR014"),
        (hostile_name(b"\x1b[31m\xff.yaml"), "CR014"),
        (hostile_name(b"$(touch ran).yaml"), "CR014"),
        (hostile_name(b"shop.yml"), "CR011"),
        (link_out, "CR012"),
        (folder_link, "CR012"),
    ],
)
def test_a_file_that_is_meant_for_somebody_else(branch: Scratch, write: Callable[[Scratch], None], code: str) -> None:
    write(branch)
    branch.commit()
    before = branch.files()
    for form in ("text", "json", "github"):
        done = branch.run(*CHANGED, "--format", form)
        assert (done.status, code in done.out) == (1, True), done.said
        assert_quiet(done)
    page = branch.run(*SINCE, "--format", "markdown")
    assert_quiet(page)
    assert branch.files() == before


def assert_quiet(done: Done) -> None:
    assert not any(line.startswith("::error::forged") for line in done.said.splitlines())
    assert "\x1b" not in done.said
    assert "root:" not in done.said


def test_a_huge_pull_request_is_cut_with_a_count(branch: Scratch) -> None:
    for number in range(400):
        client = SHOP.replace("Acme Shop", f"Acme Shop {number}").replace("shop.example", f"s{number}.example")
        branch.write(f"clients/acme/s{number}.yaml", client)
    branch.commit()
    page = branch.run(*SINCE, "--format", "markdown").out
    assert len(page) <= 65_536
    assert "more entries did not fit on this page" in page
    assert f"| `test` | test | `{400:,} to create" in page
