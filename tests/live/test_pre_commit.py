"""The hooks, by pre-commit itself: those that this repository offers, and those of a registry made by init."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import real
from cli.scratch import COMMAND, Scratch, environment

WHEELS = Path(__file__).parents[2] / ".venv/wheels"
CLIENT = "clients/acme/app.yaml"


@pytest.fixture
def registry(tmp_path: Path) -> Scratch:
    """A registry made by init, everything staged."""
    words = ["--organization", "Acme", "--client", "App", "--owner", "@acme"]
    env = environment(PIP_NO_INDEX="1")
    subprocess.run([COMMAND, "init", "registry", *words], cwd=tmp_path, env=env, check=True, capture_output=True)
    scratch = Scratch(tmp_path / "registry")
    scratch.git("add", "--all")
    return scratch


def pre_commit(registry: Scratch, *words: str) -> tuple[int, str]:
    """pre-commit in the registry, with nothing but the wheels at hand and `clientreg` on the path."""
    program = Path(sys.executable).with_name("pre-commit")
    real.needs("pre-commit", here=program.exists(), hint="make .venv/dev.installed")
    env = environment(
        PATH=f"{Path(COMMAND).parent}{os.pathsep}{os.environ['PATH']}",
        PRE_COMMIT_HOME=str(registry.root.parent / "cache"),
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(WHEELS),
    )
    done = subprocess.run(
        [program, *words], cwd=registry.root, env=env, capture_output=True, check=False, text=True, timeout=300
    )
    return done.returncode, done.stdout + done.stderr


def test_a_registry_made_by_init_is_checked_before_each_commit(registry: Scratch) -> None:
    status, said = pre_commit(registry, "run", "--all-files")
    assert (status, said.count("Passed")) == (0, 2), said
    registry.edit(CLIENT, "platform: web", "platform: wob")
    registry.edit("clients/acme/organization.yaml", "@acme", "@bolt")
    registry.git("add", "--all")
    status, said = pre_commit(registry, "run", "--all-files")
    assert (status, said.count("Failed"), "did you mean 'web'?" in said) == (1, 2, True)


def test_a_commit_is_refused_until_it_is_clean_also_one_that_only_deletes(registry: Scratch) -> None:
    def commit(*words: str) -> tuple[int, str]:
        env = environment(
            PATH=f"{Path(COMMAND).parent}{os.pathsep}{os.environ['PATH']}",
            PRE_COMMIT_HOME=str(registry.root.parent / "cache"),
        )
        command = ["git", "commit", "--quiet", "--message", "change", *words]
        done = subprocess.run(command, cwd=registry.root, env=env, capture_output=True, check=False, text=True)
        return done.returncode, done.stdout + done.stderr

    assert pre_commit(registry, "install")[0] == 0
    assert commit()[0] == 0
    registry.edit(CLIENT, "platform: web", "platform: wob")
    status, said = commit("--all")
    assert (status, "= hint: did you mean 'web'?" in said) == (1, True), said
    registry.edit(CLIENT, "platform: wob", "platform: web")
    registry.git("rm", "--quiet", "clients/acme/organization.yaml")
    status, said = commit()
    assert (status, "the folder 'acme' has no organization.yaml" in " ".join(said.split())) == (1, True), said


def test_the_hooks_that_this_repository_offers_install_and_run(
    registry: Scratch, repository: Path, tmp_path: Path
) -> None:
    ours = tmp_path / "clientreg"
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=repository,
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        if not name.startswith("tests/") and (repository / name).is_file():
            (ours / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(repository / name, ours / name)
    Scratch(ours).git("init", "--quiet")
    commit = Scratch(ours).commit()
    status, said = pre_commit(registry, "try-repo", str(ours), "--ref", commit, "--all-files")
    assert (status, said.count("Passed")) == (0, 2), said
    registry.edit(CLIENT, "platform: web", "platform: wob")
    registry.git("add", "--all")
    status, said = pre_commit(registry, "try-repo", str(ours), "clientreg-lint", "--ref", commit, "--all-files")
    assert (status, said.count("Failed")) == (1, 1), said
    assert "error[CR104]: 'wob' is not a value of 'platform'" in " ".join(said.split())
    assert "= hint: did you mean 'web'?" in said
