"""A runner for the jobs of a workflow: its `run:` steps as they stand in the file, in bash, with a runner's variables.

Two actions are played: a checkout is a clone of the remote, and Python is the one that runs the tests. Expressions are
worked out; one inside a `run:` is an error, because a stranger's words could stand in it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from cli.scratch import environment

WHEELS = Path(__file__).parents[2] / ".venv/wheels"
INSTALL = "Install the tool"
_WORDS = re.compile(r"'(?P<text>[^']*)'|(?P<name>[A-Za-z_][\w.]*)(?P<call>\()?")
_PLACE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


@dataclass(frozen=True)
class Step:
    """A step that ran: its exit status, and both its streams as the log has them."""

    name: str
    status: int
    log: str


@dataclass
class Job:
    """A job that ran, or was skipped."""

    steps: list[Step] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    skipped: bool = False

    @property
    def green(self) -> bool:
        """Whether it ran, and every step of it succeeded."""
        return not self.skipped and all(step.status == 0 for step in self.steps)

    @property
    def red(self) -> list[str]:
        """The steps that failed."""
        return [step.name for step in self.steps if step.status != 0]

    @property
    def log(self) -> str:
        """Everything that was said."""
        return "".join(step.log for step in self.steps)

    def step(self, name: str) -> Step:
        """The step of this name."""
        return next(step for step in self.steps if step.name == name)


@dataclass
class Runner:
    """Runs jobs for one repository. What was installed is kept, unless a job asks for everything anew."""

    home: Path
    remote: Path
    kept: Path
    number: int = 0
    tools: Path | None = None
    """A folder of stand-ins for what a runner has on its path."""

    def job(
        self,
        workflow: Path,
        name: str,
        *,
        github: Mapping[str, Any],
        env: Mapping[str, str] | None = None,
        anew: bool = False,
        **contexts: Any,
    ) -> Job:
        """One job of a workflow file; `contexts` are inputs, needs, matrix."""
        self.number += 1
        place = self.home / f"run-{self.number}"
        whole = yaml.safe_load(workflow.read_text("utf-8"))
        return _Run(self, whole["jobs"][name], place, {"github": github, **contexts}, dict(env or {}), anew).job()


@dataclass
class _Run:
    runner: Runner
    spec: Mapping[str, Any]
    place: Path
    contexts: dict[str, Any]
    env: dict[str, str]
    anew: bool

    def job(self) -> Job:
        done = Job()
        if not self._value(self.spec.get("if", "true")):
            done.skipped = True
            return done
        for name in ("work", "temp"):
            (self.place / name).mkdir(parents=True)
        self.contexts |= {"steps": {}, "env": {}}
        self.contexts["env"] = {key: self._text(text) for key, text in self.spec.get("env", {}).items()}
        for step in self.spec["steps"]:
            self._step(step, done)
        outputs = self.spec.get("outputs", {})
        done.outputs = {key: self._text(text) for key, text in outputs.items()}
        summary = self.place / "summary.md"
        done.summary = summary.read_text("utf-8") if summary.exists() else ""
        return done

    def _step(self, step: Mapping[str, Any], done: Job) -> None:
        wanted = self._value(step["if"]) if "if" in step else not done.red
        if not wanted:
            return
        if "uses" in step:
            if step["uses"].startswith("actions/checkout@"):
                self._checkout({key: self._text(value) for key, value in step["with"].items()})
            return
        ran = self._install(step) if step["name"] == INSTALL and not self.anew else self._run(step)
        done.steps.append(ran)
        outputs = self.place / "output"
        found = dict(line.split("=", 1) for line in outputs.read_text().splitlines()) if outputs.exists() else {}
        result = "success" if ran.status == 0 else "failure"
        if "id" in step:
            self.contexts["steps"][step["id"]] = {"outputs": found, "outcome": result}

    def _checkout(self, wanted: Mapping[str, Any]) -> None:
        folder = self.place / "work" / wanted["path"]
        commit = wanted.get("ref") or self.contexts["github"]["sha"]
        depth = ["--depth=1"] if str(wanted.get("fetch-depth", "1")) != "0" else []
        git(self.place, "init", "--quiet", str(folder))
        git(folder, "remote", "add", "origin", self.runner.remote.as_uri())
        heads = [] if depth else ["+refs/heads/*:refs/remotes/origin/*"]
        git(folder, "fetch", "--quiet", *depth, "origin", *heads, commit)
        git(folder, "checkout", "--quiet", "--detach", commit)

    def _install(self, step: Mapping[str, Any]) -> Step:
        """The step, or what it made when it ran before with the same trusted content."""
        trusted, _, file = self._text(next(iter(step["env"].values()))).partition("/")
        kept = self.runner.kept / git(self.place / "work" / trusted, "rev-parse", f"HEAD:{file}")
        made = self.place / "temp/clientreg"
        if kept.is_dir():
            made.symlink_to(kept)
            return Step(INSTALL, 0, "")
        ran = self._run(step)
        if ran.status == 0:
            made.rename(kept)
            made.symlink_to(kept)
        return ran

    def _run(self, step: Mapping[str, Any]) -> Step:
        assert "${{" not in step["run"], "a stranger's words could stand there"
        script = self.place / "script.sh"
        script.write_text(step["run"], "utf-8")
        env = {
            **nobody(PATH=os.pathsep.join(map(str, [*self._folders(), os.environ["PATH"]]))),
            **{
                f"GITHUB_{key.upper()}": value
                for key, value in self.contexts["github"].items()
                if isinstance(value, str)
            },
            "CI": "true",
            "RUNNER_TEMP": str(self.place / "temp"),
            "GITHUB_WORKSPACE": str(self.place / "work"),
            "GITHUB_STEP_SUMMARY": str(self.place / "summary.md"),
            "GITHUB_OUTPUT": str(self.place / "output"),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(WHEELS),
            **self.contexts["env"],
            **{key: self._text(text) for key, text in step.get("env", {}).items()},
            **self.env,
        }
        line = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        done = subprocess.run(line, cwd=self.place / "work", env=env, check=False, timeout=300, **pipes)  # type: ignore[call-overload]
        return Step(step["name"], done.returncode, done.stdout.decode("utf-8", "replace"))

    def _folders(self) -> list[Path]:
        return [python_folder(self.place), *([self.runner.tools] if self.runner.tools else [])]

    def _text(self, text: Any) -> str:
        """A value with its expressions worked out."""
        return _PLACE.sub(lambda place: _shown(self._value(place[1])), text) if isinstance(text, str) else _shown(text)

    def _value(self, expression: str) -> Any:
        words = _PLACE.sub(lambda place: place[1], expression)
        code = _WORDS.sub(self._word, words.replace("&&", " and ").replace("||", " or "))
        return eval(re.sub(r"!(?!=)", " not ", code).strip())

    def _word(self, found: re.Match[str]) -> str:
        if found["text"] is not None or found["name"] in {"and", "or", "not", "true"}:
            return repr(found["text"]) if found["text"] is not None else found["name"].replace("true", "True")
        if found["call"]:
            return {"cancelled": "bool(", "fromJSON": "json.loads("}[found["name"]]
        value: Any = self.contexts
        for part in found["name"].split("."):
            value = value.get(part, "") if isinstance(value, Mapping) else ""
        return repr(value)


def nobody(**more: str) -> dict[str, str]:
    """A process environment in which Git knows no author: a runner has none."""
    return {key: value for key, value in environment(**more).items() if not key.startswith(("GIT_AUTHOR", "GIT_COMM"))}


def git(folder: Path, *words: str) -> str:
    """What Git answers."""
    done = subprocess.run(["git", *words], cwd=folder, env=environment(), capture_output=True, check=False, text=True)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout.strip()


def python_folder(place: Path) -> Path:
    """A folder with a `python` that is the one below the tests' own environment."""
    folder = place / "bin"
    if not folder.exists():
        folder.mkdir()
        real = shutil.which(os.path.realpath(sys.executable))
        (folder / "python").write_text(f'#!/bin/sh\nexec {real} "$@"\n')
        (folder / "python").chmod(0o755)
    return folder


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)
