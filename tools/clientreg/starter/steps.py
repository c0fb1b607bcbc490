"""What comes after `init`, in the order of a first day: down to a green pull request."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from clientreg.starter import Created

Step = tuple[str, str]


def after(made: Created, folder: str) -> tuple[Step, ...]:
    """The commands to run, as typed from where `folder` was named, and what is to be done by hand."""
    return tuple(_steps(made, folder))


def _steps(made: Created, folder: str) -> Iterator[Step]:
    answers = made.answers
    file = f"clients/{answers.organization_id}/{answers.client_name}.yaml"
    branch, host = answers.branch, answers.host
    entered = "" if folder == "." else f"cd {shlex.quote(folder)}\n"
    yield f"{entered}clientreg lint", "look around: it is clean, and says what to write where it is not"
    yield f"clientreg preview {answers.client_id}", "log in with the first client, on this machine"
    if made.unpinned:
        yield "clientreg pin", "CI refuses to run until it knows the hash of clientreg (see above; or --wheel FILE)"
    yield 'git add --all\ngit commit -m "Start the registry"', "commit, once it reads as you want it"
    new = "make an empty repository at your code host, set the rules that README.md lists, and push"
    yield f"git remote add origin ADDRESS\ngit push -u origin {branch}", new
    change = f"git switch -c first-change\n$EDITOR {file}\ngit commit -am 'Describe the first client'"
    check = "the check `validate`" if host == "github" else "the pipeline"
    yield (
        f"{change}\ngit push -u origin first-change",
        f"change the description, open a pull request: {check} turns green",
    )
