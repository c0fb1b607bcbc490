"""The hand-over through a branch, as the people and runners around it live it: deliver, open, rotate, lose, leave."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.scratch import Scratch, environment
from clientreg.servers.embedded.store import secret_matches
from remotes import git
from runners import APPLY, CI, FILES, PLAN, Runners

SHOP = "clients/acme/shop.yaml"


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Runners:
    """Four clients, on the server and handed over."""
    world = Runners.made(tmp_path_factory.mktemp("applied"))
    done = world.run(world.runner("first"), *APPLY)
    assert done.status == 0, done.said
    return world


@pytest.fixture
def world(applied: Runners) -> Iterator[Runners]:
    """The same, to change at will; the store's path is written in the registry, and so the world stays where it is."""
    kept = {path: path.read_bytes() for path in applied.root.glob("test.db*")}
    refs = git(applied.remote.root, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    yield applied
    for path in applied.root.glob("test.db*"):
        path.unlink()
    for path, content in kept.items():
        path.write_bytes(content)
    for line in git(applied.remote.root, "for-each-ref", "--format=%(refname)").splitlines():
        git(applied.remote.root, "update-ref", "-d", line)
    for line in refs:
        git(applied.remote.root, "update-ref", *line.split())
    applied.author.git("fetch", "--quiet", "origin", "main")
    applied.author.git("reset", "--quiet", "--hard", "origin/main")


@pytest.fixture
def key(world: Runners, tmp_path: Path) -> str:
    path = tmp_path / "key"
    path.write_text(str(world.key))
    return str(path)


def secret(text: str) -> str:
    found = re.search(r'^client_secret: "(.+)"$', text, re.MULTILINE)
    assert found is not None, text
    return found[1]


def known(world: Runners, text: str, client_id: str = "acme.shop") -> bool:
    """Whether the server takes the secret in a hand-over."""
    return secret_matches(str(world.author.stored(str(world.store))[client_id][2]), secret(text))


def test_a_runner_says_where_the_hand_over_is_and_how_to_open_it(
    tmp_path: Path, valid: Callable[[str, str], list[str]]
) -> None:
    world = Runners.made(tmp_path)
    done = world.run(world.runner("one"), *APPLY)
    names = {name.split(".")[1]: name for name in world.remote.files()}
    sealed = "".join(f"  origin/handover:{names[name]}\n" for name in ("desk", "feed", "shop"))
    assert f"handed over through sealed-file, sealed\n{sealed}\n" in done.out
    assert "not sealed: no secret in it\n  origin/handover:test/acme.app.yaml\n" in done.out
    assert done.out.endswith("clientreg open CLIENT -e test opens a sealed one with a key of its recipients\n")
    assert world.run(world.runner("two"), *PLAN).status == 0
    world.author.write(SHOP, f"{FILES['shop']}credentials: {{generation: 2}}\n")
    world.publish()
    again = world.run(world.runner("two"), *APPLY, "--format", "json")
    assert valid("apply-output", again.out) == []
    ((one),) = json.loads(again.out)["handed_over"]
    assert one == {
        "client_id": "acme.shop",
        "sink": "sealed-file",
        "place": f"origin/handover:{next(name for name in world.remote.files() if 'shop' in name)}",
        "sealed": True,
    }


def test_a_developer_opens_it_by_the_clients_name(world: Runners, key: str) -> None:
    developer = Scratch(world.remote.clone("developer"))
    done = developer.run("open", "acme.shop", "-e", "test", "-i", key)
    assert (done.status, done.err, known(world, done.out)) == (0, "", True)
    by_file = developer.run("open", SHOP, "-e", "test", "-i", key)
    assert by_file.out == done.out
    clear = developer.run("open", "acme.app")
    assert (clear.status, clear.out.splitlines()[1]) == (0, "# Nothing here is secret.")
    assert developer.git("status", "--porcelain") == ""
    shutil.rmtree(developer.root)


def test_the_commands_on_the_branch_itself_work(world: Runners, key: str) -> None:
    if shutil.which("age") is None:
        pytest.skip("age is not installed")
    clone = world.remote.clone("plain")
    readme = git(world.remote.root, "show", "handover:README.md")
    lines = [line.strip() for line in readme.splitlines() if line.startswith("    git ")]
    (name,) = (name for name in world.remote.files() if "shop" in name)
    script = "\n".join(lines).replace("<environment>/<file>.age", name).replace("~/.ssh/id_ed25519", key)
    assert len(lines) == 2
    done = subprocess.run(
        ["sh", "-ec", script], cwd=clone, env=environment(), capture_output=True, check=True, text=True
    )
    assert known(world, done.stdout)
    shutil.rmtree(clone)


def test_in_a_fork_the_remote_is_named(world: Runners, key: str) -> None:
    fork = Scratch(world.remote.clone("fork"))
    git(fork.root, "init", "--quiet", "--bare", "fork.git")
    fork.git("remote", "rename", "origin", "upstream")
    fork.git("remote", "add", "origin", "fork.git")
    alone = fork.run("open", "acme.shop", "-e", "test", "-i", key)
    assert (alone.status, alone.err.splitlines()[0]) == (3, "clientreg: acme.shop has no hand-over in test")
    assert known(world, fork.run("open", "acme.shop", "-e", "test", "-i", key, "--remote", "upstream").out)
    nowhere = fork.run("open", "acme.shop", "-e", "test", "--remote", "--upload-pack=touch x")
    assert (nowhere.status, "this clone has no remote" in nowhere.err) == (3, True)
    shutil.rmtree(fork.root)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("acme.shop",), 2, "no environment is named"),
        (("acme.shp", "-e", "test"), 2, "there is no client 'acme.shp'\n  hint: did you mean 'acme.shop'?"),
        (("acme.shop", "-e", "tset"), 2, "there is no environment 'tset'\n  hint: did you mean"),
        (("acme.feed", "-e", "live"), 2, "acme.feed does not exist in live\n  hint: it is in: test"),
        (
            ("acme.shop", "-e", "live"),
            3,
            "acme.shop has no hand-over in live\n  hint: an apply makes it: clientreg plan",
        ),
        (("nowhere/x.age",), 2, "there is no file 'nowhere/x.age'\n  hint: name a sealed file, or a client and"),
        (("acme.shop", "-e", "test"), 3, "no private key to open it with\n  hint: name one: -i ~/.ssh/id_ed25519"),
    ],
)
def test_what_cannot_be_opened_says_what_to_write(
    world: Runners, words: tuple[str, ...], status: int, said: str, tmp_path: Path
) -> None:
    done = world.author.run("open", *words, env={"HOME": str(tmp_path)})
    assert (done.status, done.out, done.err[: len(said) + 11]) == (status, "", f"clientreg: {said}")


def test_a_key_with_a_passphrase_gets_a_line_that_works_without_a_file(world: Runners, tmp_path: Path) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    line = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "passphrase", "-f", tmp_path / "locked"]
    subprocess.run(line, check=True)
    done = world.author.run("open", "acme.shop", "-e", "test", "-i", str(tmp_path / "locked"))
    hint = done.err.splitlines()[1].removeprefix("  hint: ")
    command, _, rest = hint.partition(" | ")
    assert (done.status, rest) == (3, f"age -d -i {tmp_path / 'locked'}")
    assert world.author.git(*command.split()[1:]).startswith("-----BEGIN AGE ENCRYPTED FILE-----")


def test_a_rotation_by_pull_request_reaches_the_developer(world: Runners, key: str) -> None:
    before, held = world.author.run("open", "acme.shop", "-e", "test", "-i", key).out, world.held()["acme.shop"]
    world.author.write(SHOP, f"{FILES['shop']}credentials: {{generation: 2}}\n")
    world.publish()
    done = world.run(world.runner("second"), *APPLY)
    assert (done.status, "* rotated acme.shop" in done.err) == (0, True)
    after = world.author.run("open", "acme.shop", "-e", "test", "-i", key).out
    assert (known(world, after), secret(before) == secret(after)) == (True, False)
    assert (world.held()["acme.shop"] == held, len(world.sealed()), world.unheld()) == (False, 3, [])
    world.author.write(SHOP, FILES["shop"])
    world.publish()
    back = world.run(world.runner("first"), "plan", "-e", "test")
    assert "credentials.generation is 1, but the server holds generation 2" in " ".join(back.out.split())
    assert "* rotate" not in back.out


def test_a_hand_over_that_somebody_took_away_is_replaced(world: Runners, key: str) -> None:
    other = Scratch(world.remote.clone("somebody"))
    other.git("switch", "--quiet", "handover")
    (name,) = (name for name in world.remote.files() if "shop" in name)
    other.git("rm", "--quiet", name)
    other.write("notes.txt", "mine")
    other.commit()
    other.git("push", "--quiet")
    planned = world.run(world.runner("second"), "plan", "-e", "test")
    assert ("* rotate acme.shop [breaking]" in planned.out, "nobody may hold it" in planned.out) == (True, True)
    assert world.run(world.runner("second"), *APPLY).status == 0
    assert known(world, world.author.run("open", "acme.shop", "-e", "test", "-i", key).out)
    assert "notes.txt" in world.remote.files()
    shutil.rmtree(other.root)


def test_a_client_that_leaves_takes_its_hand_over_along(world: Runners) -> None:
    for name in ("shop", "app"):
        (world.author.root / f"clients/acme/{name}.yaml").unlink()
    world.author.edit(
        "registry.yaml", "    class: test\n", "    class: test\n    guard: {grace_days: 0, max_deletes: 9}\n"
    )
    world.publish()
    for _ in range(2):
        assert world.run(world.runner("second"), *APPLY).status == 0
    assert sorted(world.held()) == ["acme.desk", "acme.feed"]
    kept = [name.split(".")[1] for name in world.remote.files() if name != "README.md"]
    assert kept == ["desk", "feed"]


def dirty(runner: Scratch, _: Runners) -> None:
    runner.write(SHOP, FILES["shop"] + "# a note\n")


def unrelated(runner: Scratch, _: Runners) -> None:
    runner.git("checkout", "--quiet", "--orphan", "elsewhere")
    runner.commit()


def older(runner: Scratch, world: Runners) -> None:
    newer(world)
    runner.git("fetch", "--quiet", "origin", "main")


def unknown(runner: Scratch, world: Runners) -> None:
    newer(world)


def newer(world: Runners) -> None:
    # other words each time: the same ones within a second would make a commit that clones of this remote know already
    world.author.write("clients/acme/README.md", f"A word, {secrets.token_hex(8)}.\n")
    world.publish()
    assert world.run(world.runner("newer"), *APPLY).status == 0


def shallow(runner: Scratch, world: Runners) -> None:
    shutil.rmtree(runner.root)
    git(world.root, "clone", "--quiet", "--depth", "1", world.remote.root.as_uri(), runner.root)


REFUSED: dict[str, tuple[Callable[[Scratch, Runners], None], str, str]] = {
    "an unrelated commit": (unrelated, "is not in the history of", "git merge"),
    "an older commit": (older, "is older", "git pull; to take a change back, git revert it"),
    "a commit that knows less": (unknown, "is not in this clone", "git fetch --all, then merge or rebase"),
    "a shallow clone": (
        shallow,
        "this is a shallow clone",
        "`fetch-depth: 0` in the workflow's checkout, or git fetch",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_checkout_that_is_not_the_next_one_is_refused_with_the_way_out(world: Runners, name: str) -> None:
    prepare, why, way = REFUSED[name]
    runner = world.runner("odd")
    prepare(runner, world)
    before = world.remote.files(), world.held()
    done = world.run(runner, *APPLY)
    said = " ".join(done.said.split())
    assert (done.status, why in said, way in said) == (3, True, True), done.said
    assert (world.remote.files(), world.held()) == before
    shutil.rmtree(runner.root)


def test_a_dirty_tree_is_refused_in_production_and_marked_in_test(world: Runners) -> None:
    runner = world.runner("odd")
    dirty(runner, world)
    done = runner.run("apply", "-e", "live", env=CI)
    assert (done.status, done.out) == (3, "")
    assert "the work tree differs from commit" in done.err
    assert "hint: commit the changes, or take them back: git status -- clients" in done.err
    assert world.run(runner, *APPLY).status == 0
    shutil.rmtree(runner.root)


def test_where_the_disk_is_forgotten_a_folder_is_refused_and_the_branch_named(world: Runners) -> None:
    world.author.edit("registry.yaml", "publish: git-branch", "directory: handover, publish: none")
    world.publish()
    done = world.run(world.runner("second"), *APPLY)
    assert (done.status, done.err) == (
        3,
        "clientreg: sink sealed-file: publish: none keeps credentials on a disk that a CI runner forgets\n"
        "  hint: CI is set: write `publish: git-branch`, or apply from a machine that stays\n",
    )
