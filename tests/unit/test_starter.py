"""A new registry's files: clean for every answer, and put in place whole or not at all."""

from __future__ import annotations

import os
import re
from itertools import product
from pathlib import Path

import pytest
import yaml

from clientreg import gitrepo, lint, registry, seal, servers, starter
from clientreg.cli.found import _PLATFORMS
from clientreg.errors import CannotFinish, UsageError
from clientreg.reading import schemata, source
from clientreg.starter import pin, place, tree
from clientreg.starter.answers import PLATFORMS, Answers
from clientreg.values.slug import slug

TODAY = "2026-11-23"
RECIPIENT = seal.generate()[1]
ODD = "Blåbær & Søn: \"Æ\" #1, {x} [y] '*' %%name%% 株式会社"


def answers(**more: str | None) -> Answers:
    plain = {"name": "acme", "organization": "Acme AS", "client": "Acme Shop", "contact": "dev@acme.example"}
    return Answers(**{**plain, "platform": "web", "owner": "@acme/identity", **more})  # type: ignore[arg-type]


def written(root: Path, given: Answers) -> Path:
    for name, text in tree.files(given, python="3.12", pinned="").items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def found(root: Path) -> list[str]:
    report = lint.run(registry.load(str(root), lambda _: frozenset()), servers=servers.types(), today=TODAY)
    return [f"{f.file}: {f.code} {f.message}" for f in report.findings]


def test_the_platforms_are_those_of_the_schema_and_of_the_command() -> None:
    assert list(PLATFORMS) == list(_PLATFORMS)
    assert set(PLATFORMS) == set(schemata.properties("client")["platform"]["enum"])  # type: ignore[arg-type]


@pytest.mark.parametrize(("platform", "recipient"), [*product(PLATFORMS, [RECIPIENT]), *product(PLATFORMS, [None])])
def test_every_first_client_is_clean(tmp_path: Path, platform: str, recipient: str | None) -> None:
    if platform == "service" and recipient is None:
        with pytest.raises(UsageError, match="nobody is named who may open it"):
            answers(platform=platform)
        return
    assert found(written(tmp_path, answers(platform=platform, recipient=recipient))) == []


@pytest.mark.parametrize("host", ["github", "gitlab"])
def test_nothing_is_left_to_fill_in(host: str) -> None:
    files = tree.files(answers(host=host), python="3.12", pinned="")
    assert [name for name, text in files.items() if re.search("%%[a-z_]+%%", text)] == []
    assert [name for name, text in files.items() if not text.endswith("\n") and text] == []


def test_odd_names_stay_what_they_are(tmp_path: Path) -> None:
    given = answers(organization=ODD, client="Søk & Spør: #1")
    read = registry.load(str(written(tmp_path, given)), lambda _: frozenset())
    assert (read.organizations[given.organization_id].name, read.clients[0].data["client_name"]) == (
        ODD,
        "Søk & Spør: #1",
    )


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "true",
        "null",
        "1",
        "1.5",
        "a: b",
        "a #b",
        "-x",
        "@x",
        "a, b",
        " a",
        "a ",
        "'",
        "*a",
        "&a",
        "!a",
        "{a",
        "ø",
        "a@b",
        "ssh-ed25519 AAAA kari@host",
    ],
)
def test_a_scalar_is_read_as_the_text_it_was(text: str) -> None:
    for line, path in ((f"a: {tree.scalar(text)}\n", "a"), (f"a: [{tree.scalar(text)}, b]\n", "list")):
        document, findings = source.read("x.yaml", line.encode())
        assert document is not None, findings
        value = document.data["a"]  # type: ignore[index, call-overload]
        assert value == (text if path == "a" else [text, "b"])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Acme AS", "acme-as"),
        ("Blåbær", "blabr"),
        ("3M", "m"),
        ("株式会社", ""),
        ("a" * 39 + "-b", "a" * 39),
        ("--A--", "a"),
    ],
)
def test_a_slug(text: str, name: str) -> None:
    assert slug(text, 40) == name


def test_a_client_is_never_called_like_the_organizations_file() -> None:
    assert (answers(client="Organization").client_name, answers(client="株式会社").client_name) == ("app", "app")


@pytest.mark.parametrize("what", ["organization", "client", "contact", "owner"])
@pytest.mark.parametrize("text", ["", " ", "a\nb", "\x1b[31m", "\udcff"])
def test_what_no_file_can_hold_is_refused(what: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"cannot be the {what}"):
        answers(**{what: text})


def test_the_schema_copies_say_where_they_come_from_and_judge_alike() -> None:
    files = tree.files(answers(), python="3.12", pinned="")
    for kind in ("client", "organization", "registry"):
        copy = yaml.safe_load(files[f"schema/{kind}.schema.json"])
        assert copy.pop("$comment").startswith("A copy for editors, from clientreg ")
        assert copy == schemata.schema(kind)


def test_the_production_that_is_prepared_is_clean_once_it_is_opened(tmp_path: Path) -> None:
    text = written(tmp_path, answers()).joinpath("registry.yaml").read_text("utf-8")
    block = re.search(r"^  # production:\n(?:  # .*\n)+", text, re.MULTILINE)
    assert block
    opened = text.replace(block[0], block[0].replace("  # ", "  ", 1).replace("\n  # ", "\n  "))
    (tmp_path / "registry.yaml").write_text(opened, "utf-8")
    assert "production" in yaml.safe_load(opened)["environments"]
    assert found(tmp_path) == []


FILES = {"registry.yaml": "x\n", "clients/acme/shop.yaml": "x\n", ".github/CODEOWNERS": "x\n", "README.md": "x\n"}


def everything(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def put(target: Path, check: object = lambda _: None) -> None:
    place.put(target, FILES, branch="main", check=check)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["new", "a/b/new"])
def test_a_new_folder(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    put(target)
    assert everything(target) == FILES
    assert gitrepo.open_repository(target).branch == "main"
    assert os.listdir(target.parent) == ["new"]
    assert target.stat().st_mode & 0o777 == 0o777 & ~_umask()


def test_what_is_there_is_left_and_joined(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/FUNDING.yml").write_text("mine\n")
    (tmp_path / "LICENSE").write_text("mine\n")
    put(tmp_path)
    assert everything(tmp_path) == {**FILES, ".github/FUNDING.yml": "mine\n", "LICENSE": "mine\n"}


def test_a_repository_that_is_there_is_kept(tmp_path: Path) -> None:
    gitrepo.create(tmp_path, branch="trunk")
    before = (tmp_path / ".git").stat().st_ino
    put(tmp_path)
    assert ((tmp_path / ".git").stat().st_ino, starter.branch_of(tmp_path)) == (before, "trunk")


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (["README.md"], ["README.md"]),
        (["README.md", "registry.yaml", "other.txt"], ["README.md", "registry.yaml"]),
        (["clients/notes.txt"], ["clients"]),
        (["schema/x.json"], ["schema"]),
        ([".github"], [".github"]),
    ],
)
def test_everything_in_the_way_is_named(tmp_path: Path, made: list[str], named: list[str]) -> None:
    for name in made:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine\n")
    assert place.in_the_way(tmp_path, FILES) == tuple(named)


def test_a_link_is_in_the_way_wherever_it_leads(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    for name, target in ((".github", "elsewhere"), ("README.md", "nowhere"), ("clients", "elsewhere")):
        (tmp_path / name).symlink_to(target)
    assert place.in_the_way(tmp_path, FILES) == (".github", "README.md", "clients")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


class Stop(BaseException):
    """Ctrl-C, as it were."""


@pytest.mark.parametrize(
    ("name", "step", "call"),
    [
        *product(["", "new", "a/b/new"], ["_write"], [1, 2, 4]),
        *product(["", "new", "a/b/new"], ["create", "check"], [1]),
        *product(["new", "a/b/new"], ["rename"], [1]),
        *product([""], ["rename"], [1, 3, 5]),
    ],
)
def test_whatever_fails_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, step: str, call: int
) -> None:
    (tmp_path / "mine.txt").write_text("mine\n")
    calls: list[object] = []
    owner = {"create": gitrepo, "rename": os}.get(step, place)
    real = getattr(owner, step, lambda _: None)

    def stopping(*words: object, **more: object) -> object:
        calls.append(words)
        if len(calls) == call:
            raise Stop
        return real(*words, **more)

    if step != "check":
        monkeypatch.setattr(owner, step, stopping)
    with pytest.raises(Stop):
        put(tmp_path / name, stopping if step == "check" else lambda _: None)
    assert (everything(tmp_path), os.listdir(tmp_path)) == ({"mine.txt": "mine\n"}, ["mine.txt"])


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    def appear(_stage: Path) -> None:
        (tmp_path / "registry.yaml").write_text("mine\n")

    with pytest.raises(CannotFinish, match="has appeared meanwhile"):
        put(tmp_path, appear)
    assert everything(tmp_path) == {"registry.yaml": "mine\n"}


def test_what_is_not_pinned_says_so_in_its_place() -> None:
    text = pin.unpinned(CannotFinish("no pip\nsecond line"))
    assert all(line.startswith("# ") for line in text.splitlines())
    assert "--hash" not in text


@pytest.mark.parametrize(
    ("text", "python"),
    [("# Made by `clientreg pin` for CPython 3.13 on Linux", "3.13"), (None, pin.running()), ("x", pin.running())],
)
def test_pinning_again_keeps_the_python(text: str | None, python: str) -> None:
    assert pin.python_of(text) == python
