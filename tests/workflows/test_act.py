"""The same workflows whole, with jobs, needs, matrix and outputs, under act: a runner on this machine.

act plays neither approval, permissions, concurrency nor what a code host keeps from forks.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

import real
from cli.scratch import Done
from workflows.conftest import SHOP, Hosted
from workflows.runner import WHEELS, nobody

_CHECKOUT = """
git init --quiet "$INTO"
git -C "$INTO" remote add origin "$REMOTE"
git -C "$INTO" fetch --quiet origin "+refs/*:refs/remotes/origin/*"
git -C "$INTO" checkout --quiet --detach "$REF"
"""
_ENV = {"REF": "${{ inputs.ref || github.sha }}", "INTO": "${{ inputs.path }}"}
PLAYED = {
    "actions/checkout": {"shell": "bash", "env": _ENV, "run": _CHECKOUT},
    "actions/setup-python": {"shell": "bash", "run": "python --version"},
}
"""What stands in for the two actions that are fetched."""


def act(hosted: Hosted, event: str, payload: object, workflow: str) -> Done:
    """A workflow under act, for an event in the clone."""
    real.needs("act", here=shutil.which("act") is not None, hint="go install github.com/nektos/act@v0.2.89")
    home = hosted.runner.home
    (home / "event.json").write_text(json.dumps(payload))
    words = [f"--local-repository={uses}={folder}" for uses, folder in _played(hosted, workflow).items()]
    env = {"REMOTE": hosted.runner.remote.as_uri(), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(WHEELS)}
    words += [f"--env={name}={value}" for name, value in env.items()]
    options = ["-P", "ubuntu-24.04=-self-hosted", "--container-daemon-socket=-", "--no-skip-checkout"]
    line = [
        "act",
        event,
        f"--workflows=.github/workflows/{workflow}",
        f"--eventpath={home}/event.json",
        *options,
        *words,
    ]
    done = subprocess.run(
        line, cwd=hosted.scratch.root, env=nobody(HOME=str(home)), capture_output=True, check=False, timeout=300
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def _played(hosted: Hosted, workflow: str) -> dict[str, Path]:
    used = set(re.findall(r"uses: (\S+)", (hosted.workflows / workflow).read_text("utf-8")))
    found = {}
    for uses in used:
        name = uses.partition("@")[0]
        inputs = {
            key: {"description": key, "required": False} for key in ("ref", "path", "fetch-depth", "python-version")
        }
        inputs["persist-credentials"] = {"description": "x", "required": False}
        folder = hosted.runner.home / name
        folder.mkdir(parents=True, exist_ok=True)
        action = {
            "name": name,
            "description": name,
            "inputs": inputs,
            "runs": {"using": "composite", "steps": [PLAYED[name]]},
        }
        (folder / "action.yml").write_text(yaml.safe_dump(action))
        found[uses] = folder
    return found


@pytest.mark.parametrize(
    ("address", "status"), [("https://shop.acme.example/callback", 0), ("http://shop.acme.example/cb", 1)]
)
def test_a_pull_request_under_act(hosted: Hosted, address: str, status: int) -> None:
    hosted.scratch.edit(SHOP, "https://shop.acme.example/cb", address)
    github = hosted.propose()
    hosted.scratch.git("checkout", "--quiet", github["sha"])
    done = act(hosted, "pull_request", github["event"], "validate.yml")
    assert done.status == status, done.said
    assert ("::error file=" in done.out) == (status == 1)
    assert ".github/CODEOWNERS is in step" in done.out


def test_a_merge_under_act_plans_applies_and_then_has_nothing_to_do(hosted: Hosted) -> None:
    done = act(hosted, "push", {}, "sync.yml")
    assert done.status == 0, done.said
    assert list(hosted.scratch.stored("../production.db")) == ["acme-as.acme-shop"]
    again = act(hosted, "push", {}, "sync.yml")
    assert (again.status, "Apply exactly" in again.out) == (0, False), again.said


def test_an_environment_that_cannot_be_planned_holds_no_other_back_under_act(hosted: Hosted) -> None:
    extra = (
        "  broken:\n    class: test\n    servers: {main: {type: embedded, store: /, issuer: 'http://127.0.0.1:8082'}}\n"
    )
    hosted.scratch.edit("registry.yaml", "environments:\n", f"environments:\n{extra}")
    hosted.scratch.commit()
    hosted.scratch.git("push", "--quiet", "origin", "main")
    done = act(hosted, "push", {}, "sync.yml")
    assert (done.status, list(hosted.scratch.stored("../production.db"))) == (1, ["acme-as.acme-shop"]), done.said
