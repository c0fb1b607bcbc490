"""`clientreg codeowners` and `clientreg environments` on registries as they are found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.bad_input import as_anybody
from cli.scratch import Scratch

PLACE = ".github/CODEOWNERS"
OWNED = 'name: small\nowners: ["@small/registry"]'


@pytest.fixture
def owned(scratch: Scratch) -> Scratch:
    """The small registry, once it says whose it is."""
    scratch.edit("registry.yaml", "name: small", OWNED)
    scratch.edit("clients/acme/organization.yaml", "name: Acme\n", 'name: Acme\nowners: ["@acme"]\n')
    return scratch


def test_it_is_written_found_in_step_and_shown_where_it_is_not(owned: Scratch) -> None:
    missing = owned.run("codeowners", "--check")
    assert (missing.status, "+/clients/acme/  @acme\n" in missing.out) == (1, True)
    assert not (owned.root / PLACE).exists()
    assert owned.run("codeowners").out == f"{PLACE} written\n"
    assert owned.run("codeowners", "--check").out == owned.run("codeowners").out == f"{PLACE} is in step\n"
    owned.edit("clients/acme/organization.yaml", "@acme", "@bolt")
    stale = owned.run("codeowners", "--check")
    assert (stale.status, stale.err) == (
        1,
        f"clientreg: {PLACE} is out of step\n  hint: run 'clientreg codeowners' and commit what it writes\n",
    )
    assert "-/clients/acme/  @acme\n+/clients/acme/  @bolt\n" in stale.out


def test_another_host_has_another_place(owned: Scratch) -> None:
    assert owned.run("codeowners", "--file", ".gitlab/CODEOWNERS").status == 0
    owned.edit("clients/acme/organization.yaml", "@acme", "@bolt")
    stale = owned.run("codeowners", "--check", "--file", ".gitlab/CODEOWNERS")
    assert "run 'clientreg codeowners --file .gitlab/CODEOWNERS'" in stale.err


def test_a_registry_in_a_folder_writes_at_the_root_of_its_repository(owned: Scratch) -> None:
    inner = Scratch(owned.root / "ops/our clients")
    inner.root.mkdir(parents=True)
    for name in ("registry.yaml", "clients"):
        (owned.root / name).rename(inner.root / name)
    assert inner.run("codeowners").status == 0
    assert "/ops/our\\ clients/clients/acme/  @acme\n" in owned.read(PLACE)
    assert inner.run("codeowners", "--check").status == 0


def test_a_file_that_somebody_wrote_is_not_replaced(owned: Scratch) -> None:
    owned.write(PLACE, "* @boss\n")
    done = owned.run("codeowners")
    assert (done.status, owned.read(PLACE)) == (3, "* @boss\n")
    assert "was not made by clientreg" in done.err


@pytest.mark.parametrize(
    ("prepare", "status", "said"),
    [
        (lambda s: s.edit("registry.yaml", OWNED, "name: small"), 1, "registry.yaml names no owners"),
        (
            lambda s: s.edit("registry.yaml", "@small/registry", "@small registry"),
            1,
            "nobody whom a code host could ask",
        ),
        (lambda s: s.edit("clients/acme/organization.yaml", "@acme", "acme *"), 1, "nobody whom a code host could ask"),
        (lambda s: s.write("clients/acme/organization.yaml", "["), 1, "its owners are not known"),
        (lambda s: s.write("registry.yaml", "["), 1, "registry.yaml:"),
        (lambda s: (s.root / "registry.yaml").unlink(), 2, "there is no registry.yaml"),
        (lambda s: (s.root / ".github").symlink_to("/tmp"), 3, "is a symbolic link"),
        (lambda s: ((s.root / ".github").mkdir(), (s.root / PLACE).symlink_to("/etc/passwd")), 3, "is a symbolic link"),
        (lambda s: (s.root / PLACE).mkdir(parents=True), 3, "cannot be read"),
    ],
    ids=["no owners", "two in one", "no name", "organization", "registry", "none", "linked folder", "link", "folder"],
)
def test_what_cannot_be_trusted_is_not_written(
    owned: Scratch, prepare: Callable[[Scratch], object], status: int, said: str
) -> None:
    prepare(owned)
    for words in (("codeowners",), ("codeowners", "--check")):
        done = owned.run(*words)
        assert (done.status, done.out, done.err.count("clientreg: ")) == (status, "", 1)
        assert said in done.err
    assert "root:" not in done.said


def test_a_folder_that_cannot_be_written_is_said(owned: Scratch) -> None:
    owned.root.chmod(0o500)
    done = owned.run("codeowners", before=as_anybody)
    owned.root.chmod(0o700)
    assert (done.status, "cannot be written: Permission denied" in done.err) == (3, True)


def test_environments_say_whether_a_runner_can_sync_them(
    scratch: Scratch, tmp_path: Path, valid: Callable[[str, str], list[str]]
) -> None:
    sinks = "    credential_sinks:\n      - {type: sealed-file, directory: handover, publish: none}\n"
    scratch.edit("registry.yaml", ".clientreg/live.db", f"{tmp_path}/live.db")
    text = scratch.read("registry.yaml")
    head, _, tail = text.rpartition(sinks)
    scratch.write("registry.yaml", f"{head}{tail}".replace("scopes:\n", "  empty: {class: test}\nscopes:\n"))
    done = scratch.run("environments", "--format", "json")
    assert (done.status, valid("environments-output", done.out)) == (0, [])
    found = {one["name"]: one for one in json.loads(done.out)["environments"]}
    assert {name: one["synced_in_ci"] for name, one in found.items()} == {"test": False, "live": True, "empty": False}
    assert len(found["test"]["obstacles"]) == 2
    assert (found["live"]["class"], found["live"]["clients"], found["test"]["clients"]) == ("production", 1, 2)
    assert scratch.run("environments", "--format", "names").out == "live\n"
    shown = scratch.run("environments")
    assert "live   class production, 1 client: local (embedded)\n       a CI runner can sync it\n" in shown.out
    assert "empty  class test, 0 clients: no server\n       not in CI: it has no server\n" in shown.out
    assert "which a CI runner forgets" in " ".join(shown.out.split())


def test_what_environments_lets_a_runner_sync_is_what_plan_accepts_there(scratch: Scratch, tmp_path: Path) -> None:
    scratch.edit("registry.yaml", ".clientreg/live.db", f"{tmp_path}/live.db")
    sinks = "    credential_sinks:\n      - {type: sealed-file, directory: handover, publish: none}\n"
    head, _, tail = scratch.read("registry.yaml").rpartition(sinks)
    scratch.write("registry.yaml", head + tail)
    scratch.commit()
    synced = scratch.run("environments", "--format", "names").out.split()
    assert synced == ["live"]
    scratch.edit("clients/acme/shop.yaml", "confidential", "public")
    scratch.commit()
    planned = {name: scratch.run("plan", "-e", name, env={"CI": "true"}).status for name in ("test", "live")}
    assert planned == {"test": 3, "live": 0}
