"""Pull requests as `validate.yml` of a registry made by init judges them: good, bad, and hostile ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from workflows.conftest import SHOP, Hosted
from workflows.runner import INSTALL

LINT, PLAN, OWNERS = (
    "Lint what changes",
    "Plan what a merge would change",
    "Compare CODEOWNERS with the owners in the files",
)
REQUIREMENTS = ".github/clientreg-requirements.txt"
BAD = "https://shop.acme.example/cb", "http://shop.acme.example/cb"

_IMPORTED = "import os\nopen(os.path.join({place!r}, os.path.basename(__file__)), 'w').close()\n"
MODULES = ("click.py", "yaml.py", "git.py", "sitecustomize.py", "usercustomize.py", "json.py", "clientreg/__init__.py")


def annotations(log: str) -> list[str]:
    """Every line of a log that a runner obeys."""
    return [line for line in log.splitlines() if line.lstrip().startswith("::")]


def test_a_good_pull_request_is_green_and_shows_its_plan(hosted: Hosted) -> None:
    hosted.scratch.edit(SHOP, "  test: {}", "  test: {client_name: Acme Shop in test}")
    job = hosted.validate(hosted.propose())
    assert (job.green, annotations(job.log)) == (True, []), job.log
    assert [step.name for step in job.steps] == [INSTALL, LINT, PLAN, OWNERS]
    assert "Acme Shop in test" in job.summary


def test_a_bad_one_is_red_at_its_line_and_the_other_checks_still_speak(hosted: Hosted) -> None:
    hosted.scratch.edit(SHOP, *BAD)
    line = hosted.scratch.read(SHOP).split("\n").index(f"    redirect_uris: [{BAD[1]}]") + 1
    job = hosted.validate(hosted.propose())
    assert job.red == [LINT]
    assert re.search(rf"^::error file={SHOP},line={line},", job.step(LINT).log, re.MULTILINE)
    assert [step.name for step in job.steps] == [INSTALL, LINT, PLAN, OWNERS]


def test_owners_that_codeowners_does_not_know_are_red_with_what_to_run(hosted: Hosted) -> None:
    hosted.scratch.edit("clients/acme-as/organization.yaml", "@acme/identity", "@acme/web")
    job = hosted.validate(hosted.propose())
    assert job.red == [OWNERS]
    assert "-/clients/acme-as/  @acme/identity\n+/clients/acme-as/  @acme/web\n" in job.log
    assert "run 'clientreg codeowners' and commit what it writes" in job.log


def test_a_tool_that_is_not_pinned_is_not_installed(hosted: Hosted) -> None:
    hosted.scratch.write(REQUIREMENTS, "clientreg==0.1.0\n")
    hosted.scratch.commit()
    hosted.scratch.git("push", "--quiet", "origin", "main")
    job = hosted.validate(hosted.propose())
    assert [(step.name, step.status) for step in job.steps] == [(INSTALL, 1)]
    assert annotations(job.log) == [
        f"::error title=clientreg is not pinned::trusted/{REQUIREMENTS} names no hash: "
        "run 'clientreg pin' and commit what it writes"
    ]


@pytest.mark.parametrize("name", ["clientreg", "click"])
def test_a_wheel_with_another_hash_is_not_installed(hosted: Hosted, name: str) -> None:
    text = hosted.scratch.read(REQUIREMENTS)
    other = re.sub(rf"(\n{name}==\S+ \\\n    --hash=sha256:)[0-9a-f]{{64}}", rf"\g<1>{'0' * 64}", text)
    assert other != text
    hosted.scratch.write(REQUIREMENTS, other)
    hosted.scratch.commit()
    hosted.scratch.git("push", "--quiet", "origin", "main")
    job = hosted.validate(hosted.propose())
    assert [(step.name, step.status) for step in job.steps] == [(INSTALL, 1)]
    assert "DO NOT MATCH THE HASHES" in job.log


def make_hostile(hosted: Hosted, place: Path) -> None:
    """Everything in the branch that could take part in its judgement, if it were anything but data."""
    scratch = hosted.scratch
    for name in MODULES:
        for folder in ("", "clients/acme-as/", "trusted/"):
            scratch.write(f"{folder}{name}", _IMPORTED.format(place=str(place)))
    scratch.write(".env", f"PYTHONPATH={scratch.root}\nCLIENTREG_ENVIRONMENT=x\n")
    scratch.write("pip.conf", "[global]\nindex-url = http://127.0.0.1:1/\n")
    scratch.write("pyproject.toml", "[build-system]\nrequires = []\nbuild-backend = 'click'\nbackend-path = ['.']\n")
    scratch.write(".gitattributes", "* filter=evil diff=evil\n")
    scratch.write(".gitmodules", '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch pwned"\n')
    scratch.write(REQUIREMENTS, "# empty: nothing would be installed\n")
    for kind in ("client", "organization", "registry"):
        scratch.write(
            f"schema/{kind}.schema.json", json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema"})
        )


def test_a_hostile_one_changes_nothing_about_its_judgement(hosted: Hosted, tmp_path: Path) -> None:
    place = tmp_path / "imported"
    place.mkdir()
    hosted.scratch.edit(SHOP, *BAD)
    plain = hosted.validate(hosted.propose())
    hosted.scratch.edit(SHOP, *BAD)
    make_hostile(hosted, place)
    branch = "--upload-pack=$(touch${IFS}pwned)"
    hostile = hosted.propose(branch, "fix\n\n::error::forged\n::set-output name=x::y\n##[error]forged\n")
    job = hosted.validate(hostile, anew=True)
    assert list(place.iterdir()) == []
    assert list(tmp_path.rglob("pwned")) == []
    of_the_client = [line for line in annotations(job.log) if f"file={SHOP}," in line]
    assert (job.red, of_the_client) == ([LINT], annotations(plain.log))
    others = [line for line in annotations(job.log) if not line.startswith("::error file=clients/acme-as/")]
    assert (others, "forged" in job.log + job.summary) == ([], False)


def test_files_that_try_to_be_imported_would_be_found(hosted: Hosted, tmp_path: Path) -> None:
    """The trap works: Python that is started in the ordinary way does import them."""
    import subprocess

    place = tmp_path / "imported"
    place.mkdir()
    make_hostile(hosted, place)
    python = next(Path(hosted.runner.kept).glob("*/bin/python"))
    subprocess.run([python, "-m", "clientreg", "lint"], cwd=hosted.scratch.root, check=False, capture_output=True)
    assert list(place.iterdir()) != []
