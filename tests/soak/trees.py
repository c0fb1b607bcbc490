"""Git trees on the disk: odd names, links, twins, a change from one commit to the next."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from clientreg import gitrepo, lint, proposal, registry
from clientreg.errors import ClientregError
from clientreg.finding import Finding
from clientreg.lint import Report
from rules.example import TODAY, servers
from soak import batch, files, outputs, words
from soak.batch import Batch
from soak.laws import Broken

_SIZE = 12
_ENDINGS = ("", ".yaml", ".yml", ".YAML", "~", ".yaml\n", "/deep.yaml", ".json")


def broken(seed: int, number: int) -> list[Broken]:
    """The laws that a repository of two commits breaks, always the same for one seed and number."""
    rng = random.Random(f"tree {seed}/{number}")
    folder = Path(tempfile.mkdtemp())
    try:
        return list(_broken(rng, folder, batch.make(seed, -1 - number, _SIZE)))
    except Exception:  # noqa: BLE001 - that is the law
        return [Broken("never a traceback", traceback.format_exc())]
    finally:
        shutil.rmtree(folder)


def _broken(rng: random.Random, root: Path, made: Batch) -> Iterator[Broken]:
    _write(root, {**made.files, **_odd(rng)})
    _links(rng, root)
    first = gitrepo.start(root, "before").head
    settings = (root / "registry.yaml").read_bytes()
    for name in [name for name in made.clients if rng.random() < 0.4]:
        _changed(rng, root, name)
    _write(root, _odd(rng))
    _links(rng, root)
    if rng.random() < 0.2:
        _write(root, {"registry.yaml": files.encoded(files.mutated(rng, settings.decode("utf-8", "replace")))})
    repository = gitrepo.start(root, "after")
    try:
        whole = _whole(root, repository)
        change = proposal.read(repository, first)
        part = proposal.judged(change, servers=servers(), today=TODAY)
    except ClientregError as error:  # a tree that cannot be, or a link where a folder belongs
        if not error.message or not error.hint:
            yield Broken("a refusal says what to do", repr(error))
        return
    for report in (whole, part):
        yield from (Broken("every output stays in its format", how) for how in outputs.broken(report, change.after))
    if settings == (root / "registry.yaml").read_bytes():
        for finding in _hidden(whole, part, change.changed):
            yield Broken("--changed-since hides nothing that a full run finds in changed files", repr(finding))


def _whole(root: Path, repository: gitrepo.Repository) -> Report:
    judged = lint.checked(str(root), repository.ignored, servers=servers(), today=TODAY)[1]
    again = lint.run(registry.load(str(root), repository.ignored), servers=servers(), today=TODAY)
    assert judged == again, "judged while it was read, and afterwards"
    return judged


def _hidden(whole: Report, part: Report, changed: frozenset[str]) -> list[Finding]:
    """What a full run finds in changed files, and the change's own does not."""
    told = {_known_by(finding) for finding in part.findings}
    return [one for one in whole.findings if one.file in changed and _known_by(one) not in told]


def _known_by(finding: Finding) -> object:
    return finding._replace(related=(), waived=None, hint="")


def _write(root: Path, made: dict[str, bytes]) -> None:
    for name, content in made.items():
        with suppress(OSError, ValueError, UnicodeEncodeError):  # a name that this file system has not
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _odd(rng: random.Random) -> dict[str, bytes]:
    """Files whose names are hostile, and twins of good names by case and by Unicode form."""
    homes = ("clients/acme", "clients/other", "clients", f"clients/{rng.choice(words.FILES)}", "")
    names = [f"{rng.choice(homes)}/{rng.choice(words.FILES)}{rng.choice(_ENDINGS)}".lstrip("/") for _ in range(4)]
    twins = [
        "clients/acme/C1.yaml",
        "clients/ACME/c1.yaml",
        "clients/acme/caf\u00e9.yaml",
        "clients/acme/cafe\u0301.yaml",
    ]
    names += rng.sample(twins, rng.randint(0, 2)) + rng.sample(["Registry.yaml", "clients/acme/-x.yaml", "-x"], 1)
    return {name: files.client(rng) for name in names if "/.git/" not in f"/{name}/"}


def _links(rng: random.Random, root: Path) -> None:
    """Links to files inside and outside, to folders, to nothing, to themselves."""
    targets = ("c1.yaml", "/etc/passwd", "..", "nothing", "../../registry.yaml", "self.yaml")
    for name in ("self.yaml", "link.yaml", "organization.yaml"):
        path = root / "clients" / rng.choice(("acme", "other", "third")) / name
        if rng.random() < 0.2 and not os.path.lexists(path):
            path.parent.mkdir(exist_ok=True)
            path.symlink_to(rng.choice(targets))


def _changed(rng: random.Random, root: Path, name: str) -> None:
    """A file edited, taken away, moved, or made a link."""
    path = root / name
    if not path.is_file():
        return
    way = rng.randrange(4)
    if way == 0:
        path.unlink()
    elif way == 1:
        path.rename(path.with_name(f"moved-{rng.randrange(99)}.yaml"))
    else:
        path.write_bytes(
            files.client(rng)
            if way == 2
            else files.encoded(files.mutated(rng, path.read_bytes().decode("utf-8", "replace")))
        )
