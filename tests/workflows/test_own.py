"""This repository's own workflows: the tool is in it, so that what judges a pull request is installed from the base."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.scratch import Scratch, environment
from clientreg.starter import tree
from clientreg.starter.answers import Answers
from workflows.conftest import Hosted
from workflows.runner import INSTALL, Runner
from workflows.test_sync import plans
from workflows.test_validate import LINT

PLAY = "clients/fjordvale-media/play-web.yaml"
BAD = "https://play.fjordvale.example/connect/oauth2callback", "http://play.fjordvale.example/connect/oauth2callback"
_MODIFIED = "import os\nopen({place!r}, 'w').close()\n"


@pytest.fixture(scope="module")
def copy(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This repository as it is in the work tree, committed anew."""
    root = tmp_path_factory.mktemp("own") / "repository"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=repository,
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (repository / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(repository / name, root / name)
    scratch = Scratch(root)
    scratch.git("init", "--quiet", "--initial-branch", "main")
    scratch.commit()
    return root


@pytest.fixture
def own(copy: Path, kept: Path, tmp_path: Path) -> Hosted:
    """A clone of it with a bare remote."""
    subprocess.run(["git", "clone", "--quiet", "--bare", str(copy), str(tmp_path / "remote.git")], check=True)
    subprocess.run(["git", "clone", "--quiet", (tmp_path / "remote.git").as_uri(), str(tmp_path / "clone")], check=True)
    return Hosted(Scratch(tmp_path / "clone"), Runner(tmp_path, tmp_path / "remote.git", kept))


def test_a_good_pull_request_is_green(own: Hosted) -> None:
    own.scratch.edit(PLAY, "client_name: Fjordvale Play ", "client_name: Fjordvale Stream ")
    job = own.validate(own.propose())
    assert job.green, job.log
    assert "Fjordvale Stream" in job.summary


def test_a_hostile_one_is_judged_by_the_base_alone(own: Hosted, tmp_path: Path) -> None:
    """Rules, schemas, locks, build and tool of the branch: none has a say, and nothing of it runs."""
    ran = tmp_path / "ran"
    own.scratch.edit(PLAY, *BAD)
    for path in (own.scratch.root / "tools/clientreg").rglob("*.py"):
        path.write_text(_MODIFIED.format(place=str(ran)), "utf-8")
    for name in ("click.py", "sitecustomize.py", "setup.py", "hatch_build.py", "proposal/__init__.py"):
        own.scratch.write(name, _MODIFIED.format(place=str(ran)))
    for path in (own.scratch.root / "schema").glob("*.json"):
        path.write_text("{}\n")
    own.scratch.edit(
        "pyproject.toml", "[tool.hatch.version]", "[tool.hatch.build.hooks.custom]\n\n[tool.hatch.version]"
    )
    own.scratch.write(".ci/embedded.lock", "")
    own.scratch.write(".github/workflows/validate.yml", "name: validate\non: pull_request\njobs: {}\n")
    job = own.validate(own.propose(), anew=True)
    assert not ran.exists()
    assert LINT in job.red
    assert re.search(rf"^::error file={PLAY},line=\d+,", job.step(LINT).log, re.MULTILINE)


def test_its_environments_are_on_one_machines_disk_and_sync_says_so(own: Hosted) -> None:
    planned = own.plan()
    assert (planned.green, plans(planned)) == (True, []), planned.log
    assert own.apply(planned).skipped
    for name in ("test", "production"):
        assert f"its store .clientreg/{name}.db is on" in " ".join(planned.summary.split())


def made(name: str) -> dict[Any, Any]:
    files = tree.files(Answers("x", "Acme", "App", "a@acme.example", "web", "@acme"), python="3.13", pinned="")
    return dict(yaml.safe_load(files[f".github/workflows/{name}"]))


def plain(workflow: dict[Any, Any]) -> dict[Any, Any]:
    """A workflow without the step that installs the tool: the one thing in which the two kinds differ."""
    for job in workflow["jobs"].values():
        job["steps"] = [step for step in job["steps"] if step.get("name") != INSTALL]
    return workflow


@pytest.mark.parametrize("name", tree.WORKFLOWS)
def test_a_registry_made_by_init_has_the_same_workflows_but_for_the_installation(name: str, repository: Path) -> None:
    ours = yaml.safe_load((repository / ".github/workflows" / name).read_text("utf-8"))
    assert plain(ours) == plain(made(name))


def workflows(repository: Path) -> dict[str, dict[Any, Any]]:
    found = {
        path.name: yaml.safe_load(path.read_text("utf-8")) for path in (repository / ".github/workflows").glob("*.yml")
    }
    return {**found, **{f"init: {name}": made(name) for name in tree.WORKFLOWS}}


def test_actions_are_pinned_by_commit_and_no_run_holds_an_expression(repository: Path) -> None:
    steps = [
        (name, step)
        for name, one in workflows(repository).items()
        for job in one["jobs"].values()
        for step in job["steps"]
    ]
    uses = {step["uses"] for _, step in steps if "uses" in step}
    assert [name for name in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", name)] == []
    assert [name for name, step in steps if "${{" in step.get("run", "")] == []


def test_nothing_that_a_pull_request_starts_may_write_or_has_a_secret(repository: Path) -> None:
    for name, workflow in workflows(repository).items():
        on = workflow[True]
        assert "pull_request_target" not in on, name
        assert workflow["permissions"] == {}
        if "pull_request" in on:
            assert {permission for job in workflow["jobs"].values() for permission in job["permissions"].values()} == {
                "read"
            }
            assert "secrets." not in yaml.safe_dump(workflow)


def test_the_tool_is_started_so_that_it_imports_nothing_from_where_it_is(repository: Path) -> None:
    for name, workflow in workflows(repository).items():
        runs = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
        started = [re.sub(r"--python \S+", "", run) for run in runs]
        pythons = [word for run in started for word in re.findall(r"(?:\bpython|/bin/python\") (\S+)", run)]
        assert set(pythons) <= {"-I"}, name
