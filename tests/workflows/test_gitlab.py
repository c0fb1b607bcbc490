"""The GitLab pipeline of a registry made by init: its scripts, as they stand in the file, with GitLab's variables."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from cli.scratch import COMMAND, Scratch, environment
from cli.test_drift import by_hand
from standards import gitlab_misfits
from workflows.conftest import open_production
from workflows.runner import WHEELS, nobody, python_folder

CLIENT = "clients/acme/app.yaml"
_PIP = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(WHEELS)}


@pytest.fixture
def registry(kept: Path, tmp_path: Path) -> Scratch:
    """A registry for GitLab, committed, with a production that a runner can sync."""
    words = ["--ci", "gitlab", "--organization", "Acme", "--client", "App", "--owner", "@acme"]
    subprocess.run([COMMAND, "init", "registry", *words], cwd=tmp_path, env=environment(**_PIP), check=True)
    scratch = Scratch(tmp_path / "registry")
    open_production(scratch)
    scratch.edit(CLIENT, "  test: {}", "  test: {}\n  production: {redirect_uris: [https://app.acme.example/cb]}")
    scratch.edit(CLIENT, "[http://localhost:8081/]", "[https://app.acme.example/]")
    scratch.edit("clients/acme/organization.yaml", "# domains: [example.com]", "domains: [acme.example]")
    scratch.commit()
    subprocess.run(["git", "init", "--quiet", "--bare", "remote.git"], cwd=tmp_path, check=True)
    scratch.git("remote", "add", "origin", (tmp_path / "remote.git").as_uri())
    return scratch


def job(registry: Scratch, name: str, **variables: str) -> tuple[int, str]:
    """A job's scripts in one shell, as the runner puts them together."""
    spec = yaml.safe_load(registry.read(".gitlab-ci.yml"))
    lines = [*spec[".tool"]["before_script"], *spec[name]["script"]]
    env = nobody(PATH=f"{python_folder(registry.root.parent)}{os.pathsep}{os.environ['PATH']}", **_PIP, CI="true")
    env |= {"CI_PROJECT_DIR": str(registry.root), "CI_COMMIT_SHA": registry.git("rev-parse", "HEAD"), **variables}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", "\n".join(lines)],
        cwd=registry.root,
        env=env,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(("new", "status", "said"), [("Acme Till", 0, "Acme Till"), ("", 1, "error[")])
def test_a_merge_request(registry: Scratch, new: str, status: int, said: str) -> None:
    base = registry.git("rev-parse", "HEAD")
    registry.edit(CLIENT, "client_name: App ", f"client_name: {new} ")
    registry.write("click.py", "raise SystemExit('imported')\n")
    registry.commit()
    answer = job(registry, "validate", CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert answer[0] == status, answer
    assert (said in answer[1], ".gitlab/CODEOWNERS is in step" in answer[1], "imported" in answer[1]) == (
        True,
        True,
        False,
    )


def test_findings_are_kept_for_the_host_and_never_written_through_a_link(registry: Scratch) -> None:
    report = registry.root / "gl-code-quality-report.json"
    report.symlink_to(registry.root / "registry.yaml")
    registry.edit(CLIENT, "platform: web", "platform: wob")
    registry.commit()
    before = registry.read("registry.yaml")
    status, said = job(registry, "code_quality", CI_MERGE_REQUEST_DIFF_BASE_SHA=registry.git("rev-parse", "HEAD"))
    assert (status, "did you mean 'web'?" in said, registry.read("registry.yaml") == before) == (0, True, True), said
    issues = json.loads(report.read_text())
    assert gitlab_misfits(report.read_text()) == []
    assert CLIENT in {issue["location"]["path"] for issue in issues if issue["severity"] == "critical"}


def test_a_merge_is_planned_and_applied_exactly(registry: Scratch) -> None:
    status, said = job(registry, "plan")
    assert (status, os.listdir(registry.root / "plans")) == (0, ["production.json"]), said
    assert "which a CI runner" in said
    assert job(registry, "apply")[0] == 0
    assert list(registry.stored("../production.db")) == ["acme.app"]
    registry.edit(CLIENT, "client_name: App ", "client_name: Till ")
    registry.commit()
    status, said = job(registry, "apply")
    assert (status, "this is no longer the plan that was reviewed" in said) == (1, True)


def test_what_was_changed_by_hand_makes_the_scheduled_job_red(registry: Scratch) -> None:
    job(registry, "plan")
    assert job(registry, "apply")[0] == 0
    assert job(registry, "drift")[0] == 0
    shutil.rmtree(registry.root / "drift")
    by_hand(registry, "acme.app", "../production.db", client_name="Evil")
    status, said = job(registry, "drift")
    assert (status, "client_name  App -> Evil" in said) == (1, True), said
    assert (registry.root / "drift/production.txt").read_text() in said


def test_a_tool_that_is_not_pinned_is_not_installed(registry: Scratch) -> None:
    registry.write(".gitlab/clientreg-requirements.txt", "clientreg\n")
    registry.commit()
    status, said = job(registry, "plan")
    assert (status, "clientreg is not pinned: run 'clientreg pin'" in said) == (1, True)
