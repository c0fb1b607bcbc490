"""A registry as `clientreg init` makes it, with a bare remote, a production that a runner can sync, and its runner."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import real
from cli.conftest import key
from cli.scratch import COMMAND, Scratch, environment
from workflows.runner import WHEELS, Job, Runner

SHOP = "clients/acme-as/acme-shop.yaml"
_PIP = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(WHEELS)}


@dataclass
class Hosted:
    """A clone to work in, its bare remote, and what its code host would run."""

    scratch: Scratch
    runner: Runner
    pull_requests: list[str] = field(default_factory=list)

    @property
    def workflows(self) -> Path:
        """Where the workflow files are."""
        return self.scratch.root / ".github/workflows"

    def propose(self, branch: str = "change", message: str = "change") -> dict[str, Any]:
        """Commit everything to a new branch and push it; the event of its pull request, merged in the host's way."""
        base = self.scratch.git("rev-parse", "origin/main")
        self.scratch.git("checkout", "--quiet", "-b", f"proposal-{len(self.pull_requests)}")
        self.scratch.git("add", "--all", "--force")
        self.scratch.git("commit", "--quiet", "--allow-empty", "--message", message)
        head = self.scratch.git("rev-parse", "HEAD")
        self.scratch.git("push", "--quiet", "origin", f"HEAD:refs/heads/{branch}")
        self.scratch.git("checkout", "--quiet", "--detach", base)
        self.scratch.git("merge", "--quiet", "--no-ff", "--message", "merge", head)
        merged = self.scratch.git("rev-parse", "HEAD")
        self.scratch.git("push", "--quiet", "origin", f"HEAD:refs/pull/{len(self.pull_requests) + 1}/merge")
        self.scratch.git("checkout", "--quiet", "main")
        self.pull_requests.append(merged)
        event = {"pull_request": {"base": {"sha": base}, "number": len(self.pull_requests)}}
        return {"sha": merged, "event": event, "head_ref": branch, "event_name": "pull_request"}

    def validate(self, github: Mapping[str, Any], **more: Any) -> Job:
        """What `validate.yml` says of a pull request. The workflow is main's, as the host is told to enforce."""
        return self.runner.job(self.workflows / "validate.yml", "validate", github=github, **more)

    def merge(self, github: Mapping[str, Any]) -> None:
        """The pull request is merged."""
        self.scratch.git("merge", "--quiet", "--ff-only", github["sha"])
        self.scratch.git("push", "--quiet", "origin", "main")

    def plan(self, **inputs: str) -> Job:
        """The first job of `sync.yml` on main."""
        github = {"sha": self.scratch.git("rev-parse", "main")}
        return self.runner.job(self.workflows / "sync.yml", "plan", github=github, inputs=inputs)

    def apply(self, planned: Job, plan: Mapping[str, str] | None = None, **inputs: str) -> Job:
        """Its second job, once approved, for one of the plans."""
        github = {"sha": self.scratch.git("rev-parse", "main")}
        needs = {"plan": {"outputs": planned.outputs}}
        contexts = {"inputs": inputs, "needs": needs, "matrix": {"plan": plan or {}}}
        return self.runner.job(self.workflows / "sync.yml", "apply", github=github, **contexts)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where installed tools are kept."""
    real.needs("a folder of wheels", here=any(WHEELS.glob("clientreg-*.whl")), hint="make .venv/dev.installed")
    return tmp_path_factory.mktemp("tools")


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory, kept: Path, key: tuple[Path, str]) -> Path:
    """A registry made by init, with production where a runner can sync it, and the remote that it is pushed to."""
    home = tmp_path_factory.mktemp("made")
    words = ["--organization", "Acme AS", "--client", "Acme Shop", "--contact", "dev@acme.example"]
    words += ["--owner", "@acme/identity", "--recipient", key[1]]
    line = [COMMAND, "init", "registry", *words]
    subprocess.run(line, cwd=home, env=environment(**_PIP), check=True, capture_output=True)
    subprocess.run(["git", "init", "--quiet", "--bare", "remote.git"], cwd=home, check=True)
    scratch = Scratch(home / "registry")
    open_production(scratch)
    scratch.edit(SHOP, "[http://localhost:8081/]", "[https://shop.acme.example/]")
    scratch.edit(SHOP, "  test: {}", "  test: {}\n  production:\n    redirect_uris: [https://shop.acme.example/cb]")
    scratch.edit("clients/acme-as/organization.yaml", "# domains: [example.com]", "domains: [acme.example]")
    scratch.commit()
    return home


@pytest.fixture
def hosted(started: Path, kept: Path, tmp_path: Path) -> Hosted:
    """A copy of it, pushed."""
    shutil.copytree(started, tmp_path / "made", symlinks=True)
    home = tmp_path / "made"
    scratch = Scratch(home / "registry")
    scratch.edit("registry.yaml", str(started), str(home))
    scratch.commit()
    scratch.git("remote", "add", "origin", (home / "remote.git").as_uri())
    scratch.git("push", "--quiet", "-u", "origin", "main")
    return Hosted(scratch, Runner(tmp_path, home / "remote.git", kept))


def open_production(scratch: Scratch) -> None:
    """The block that init prepared, out of its comment, with a store that a runner would find again."""
    lines = scratch.read("registry.yaml").split("\n")
    start = lines.index("  # production:")
    end = next(n for n in range(start, len(lines)) if not lines[n].startswith("  # "))
    lines[start:end] = [line.replace("  # ", "  ", 1) for line in lines[start:end]]
    scratch.write("registry.yaml", "\n".join(lines))
    scratch.edit("registry.yaml", "/var/lib/clientreg/production.db", f"{scratch.root.parent}/production.db")


__all__ = ["Hosted", "key"]
