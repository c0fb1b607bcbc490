"""`clientreg init` and `clientreg pin` as a person, a pipe and a script call them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import real
from cli.bad_input import as_anybody, on_a_full_disk
from cli.scratch import COMMAND, Done, Scratch, environment, shim
from clientreg.starter import pin

WHEELS = Path(__file__).parents[2] / ".venv/wheels"
FOUND = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(WHEELS)}
NOWHERE = {"PIP_NO_INDEX": "1"}
FILE = ".github/clientreg-requirements.txt"
_PIN = re.compile(r"^([a-z-]+)==(\S+) \\\n    --hash=sha256:([0-9a-f]{64})$", re.MULTILINE)


@pytest.fixture
def wheel() -> Path:
    """The wheel of the package that runs here."""
    found = sorted(WHEELS.glob("clientreg-*.whl"))
    real.needs("a folder of wheels", here=bool(found), hint="make .venv/dev.installed")
    return found[0]


@pytest.fixture
def home(tmp_path: Path) -> Scratch:
    """An empty folder to start from."""
    (tmp_path / "home").mkdir()
    return Scratch(tmp_path / "home")


def made(home: Scratch, *words: str, env: dict[str, str] = NOWHERE) -> Done:
    return home.run("init", "registry", *words, env=env)


def inside(home: Scratch, name: str = "registry") -> Scratch:
    return Scratch(home.root / name)


def test_a_pipe_is_asked_nothing_and_gets_a_clean_registry(home: Scratch, wheel: Path) -> None:
    done = made(home, env=FOUND)
    assert (done.status, done.err) == (0, "")
    registry = inside(home)
    lint = registry.run("lint", "--strict", "--format", "json")
    assert (lint.status, '"errors": 0,\n    "warnings": 0' in lint.out) == (0, True)
    assert registry.run("codeowners", "--check").status == 0
    assert registry.git("status", "--porcelain").startswith("?? .github/")
    assert registry.git("symbolic-ref", "HEAD") == "refs/heads/main"


def test_the_pins_are_the_hashes_of_the_wheels_that_pip_brought(home: Scratch, wheel: Path) -> None:
    import hashlib

    made(home, env=FOUND)
    pins = {name: (version, sha256) for name, version, sha256 in _PIN.findall(inside(home).read(FILE))}
    assert pins["clientreg"] == ("0.1.0", hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert {"click", "pyyaml", "jsonschema-rs", "gitpython", "pyrage"} <= set(pins)
    assert "flask" not in pins
    wheels = {hashlib.sha256(path.read_bytes()).hexdigest() for path in WHEELS.glob("*.whl")}
    assert {sha256 for _, sha256 in pins.values()} - wheels == set()


def test_without_a_hash_it_says_what_is_missing_and_how_to_finish(home: Scratch) -> None:
    done = made(home)
    assert done.status == 0
    assert "pip brings no wheels of clientreg==0.1.0" in done.err
    assert "clientreg pin" in done.out
    assert "--hash" not in inside(home).read(FILE)


def test_pin_finishes_it(home: Scratch, wheel: Path) -> None:
    made(home)
    registry = inside(home)
    failed = registry.run("pin", env=NOWHERE)
    assert (failed.status, failed.out) == (3, "")
    done = registry.run("pin", env=FOUND)
    assert (done.status, done.err) == (0, "")
    assert re.fullmatch(rf"{re.escape(FILE)} written: \d+ packages for CPython {pin.running()}\n", done.out)
    assert len(_PIN.findall(registry.read(FILE))) > 15
    assert registry.run("pin", "--wheel", str(wheel), env=FOUND).status == 0


def test_another_package_of_the_same_name_and_version_is_not_pinned(home: Scratch, wheel: Path, tmp_path: Path) -> None:
    import zipfile

    house = tmp_path / "house"
    shutil.copytree(WHEELS, house)
    with zipfile.ZipFile(house / wheel.name, "a") as archive:
        archive.writestr("clientreg/backdoor.py", "")
    done = made(home, env={**NOWHERE, "PIP_FIND_LINKS": str(house)})
    assert "the package index has another clientreg 0.1.0 than the one that runs here" in done.err
    assert "--hash" not in inside(home).read(FILE)
    trusted = inside(home).run("pin", "--wheel", str(house / wheel.name), env=FOUND)
    assert trusted.status == 0


@pytest.mark.parametrize("name", ["other-1.0-py3-none-any.whl", "clientreg-0.1.0-py3-none-any.whl", "clientreg.txt"])
def test_what_is_no_wheel_of_clientreg_is_refused(home: Scratch, name: str) -> None:
    home.write(name, "x")
    done = made(home, "--wheel", name)
    assert (done.status, done.out, os.listdir(home.root)) == (2, "", [name])
    assert done.err.count("\n") == 2


def test_the_flags_name_everything(home: Scratch, key: tuple[Path, str]) -> None:
    words = ["--organization", "Acme AS", "--client", "Acme Shop", "--contact", "shop@acme.example"]
    done = made(home, *words, "--platform", "web", "--owner", "@acme/web", "--recipient", key[1], "--name", "connect")
    registry = inside(home)
    assert done.status == 0
    client = registry.read("clients/acme-as/acme-shop.yaml")
    assert ("client_name: Acme Shop " in client, "client_type: confidential" in client) == (True, True)
    organization = registry.read("clients/acme-as/organization.yaml")
    assert [text in organization for text in ("name: Acme AS\n", "[shop@acme.example]", '["@acme/web"]', key[1])] == [
        True
    ] * 4
    assert "\nname: connect " in registry.read("registry.yaml")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--contact", "shop(at)acme"], "is no e-mail address"),
        (["--owner", "acme"], "'acme' is neither @user, @organization/team nor an e-mail address"),
        (["--name", "Acme!"], "registry.yaml would not be clean"),
        (["--recipient", "ssh-dss AAAA"], "clientreg: recipient: "),
        (["--recipient", "nowhere.pub"], "cannot be read"),
        (["--platform", "service"], "nobody is named who may open it"),
        (["--client", "a\nb"], "cannot be the client"),
        (["--client", "Acme\u202eShop"], "cannot be the client"),
        (["--platform", "amiga"], "'amiga' is not one of"),
    ],
)
def test_a_bad_answer_is_one_message_and_nothing_is_written(home: Scratch, words: list[str], said: str) -> None:
    done = made(home, *words)
    assert (done.status, done.out, os.listdir(home.root)) == (2, "", [])
    assert (said in done.err, "Traceback" in done.err, done.err.count("clientreg: ")) == (True, False, 1)


def test_a_private_key_is_not_repeated(home: Scratch, key: tuple[Path, str]) -> None:
    secret = key[0].read_text().strip()
    for given in (secret, str(key[0])):
        done = made(home, "--recipient", given)
        assert (done.status, secret in done.said, os.listdir(home.root)) == (2, False, [])


def test_files_that_are_there_are_named_and_nothing_is_touched(home: Scratch) -> None:
    registry = inside(home)
    registry.write("README.md", "mine\n")
    registry.write("clients/x.txt", "mine\n")
    before = registry.files()
    done = made(home)
    assert (done.status, done.out, registry.files()) == (2, "", before)
    assert done.err.startswith(f"clientreg: nothing was written: {registry.root} has README.md, clients already\n")


def test_a_second_init_names_a_few_and_counts_the_rest(home: Scratch) -> None:
    made(home)
    before = inside(home).files()
    done = made(home)
    assert (done.status, inside(home).files()) == (2, before)
    assert re.search(r"has .github/CODEOWNERS, .* and \d more already\n", done.err)


def test_the_current_folder_with_a_repository_of_its_own(home: Scratch) -> None:
    home.git("init", "--quiet", "--initial-branch", "trunk")
    home.write("LICENSE", "mine\n")
    done = home.run("init", env=NOWHERE)
    assert (done.status, home.read("LICENSE")) == (0, "mine\n")
    assert "branches: [trunk]" in home.read(".github/workflows/sync.yml")
    assert "git push -u origin trunk" in done.out
    assert "cd " not in done.out


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_one_code_host_at_a_time(home: Scratch, ci: str) -> None:
    made(home, "--ci", ci)
    there = {name: (inside(home).root / name).exists() for name in (".github", ".gitlab", ".gitlab-ci.yml")}
    assert there == {".github": ci == "github", ".gitlab": ci == "gitlab", ".gitlab-ci.yml": ci == "gitlab"}
    assert inside(home).run("codeowners", "--check", "--file", f".{ci}/CODEOWNERS").status == 0
    assert inside(home).run("pin", "--wheel", str(next(WHEELS.glob("clientreg-*.whl"))), env=FOUND).status == 0
    assert "--hash" in inside(home).read(f".{ci}/clientreg-requirements.txt")


@pytest.mark.parametrize(
    ("name", "status"),
    [("file", 2), ("file/below", 3), ("locked/new", 3), ("locked", 3), ("dangling", 2), ("/proc/x", 3)],
)
def test_a_bad_folder_is_one_message(home: Scratch, name: str, status: int) -> None:
    home.write("file", "mine\n")
    (home.root / "locked").mkdir(mode=0o500)
    (home.root / "dangling").symlink_to("nowhere")
    before = sorted(os.listdir(home.root))
    done = home.run("init", name, env=NOWHERE, before=as_anybody)
    assert (done.status, done.out, sorted(os.listdir(home.root))) == (status, "", before)
    assert ("Traceback" in done.err, done.err.count("clientreg: ")) == (False, 1)


def test_a_full_disk_leaves_nothing(home: Scratch) -> None:
    done = home.run("init", "registry", env=NOWHERE, before=on_a_full_disk)
    assert (done.status, done.out, os.listdir(home.root)) == (3, "", [])
    assert done.err.count("clientreg: ") == 1


_INTERRUPT = """
import os, signal
from clientreg.starter import {module}
real = {module}.{function}
count = 0
def interrupted(*words, **more):
    global count
    count += 1
    if count == {call}:
        os.kill(os.getpid(), signal.SIGINT)
    return real(*words, **more)
{module}.{function} = interrupted
"""


@pytest.mark.parametrize(
    ("module", "function", "call"),
    [
        ("pin", "_download", 1),
        ("place", "_write", 1),
        ("place", "_write", 9),
        ("place", "_move", 1),
        ("place", "_move", 2),
    ],
)
def test_ctrl_c_half_way_leaves_nothing(home: Scratch, tmp_path: Path, module: str, function: str, call: int) -> None:
    registry = inside(home)
    registry.write(".github/FUNDING.yml", "mine\n")
    env = shim(tmp_path / "shim", _INTERRUPT.format(module=module, function=function, call=call))
    done = made(home, env={**NOWHERE, **env})
    assert (done.status, done.out, registry.files()) == (3, "", {".github/FUNDING.yml": b"mine\n"})
    assert (os.listdir(registry.root), done.err.strip()) == (
        [".github"],
        "clientreg: interrupted; nothing more is done",
    )


def dialogue(home: Scratch, *lines: str, words: tuple[str, ...] = ()) -> tuple[int, str]:
    """The command on a terminal, with these lines typed; what it showed."""
    ours, theirs = os.openpty()
    env = environment(**NOWHERE, TERM="xterm")
    line = [COMMAND, "init", "registry", *words]
    process = subprocess.Popen(
        line, cwd=home.root, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    os.write(ours, "".join(f"{line}\n" for line in lines).encode())
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:
        pass
    os.close(ours)
    return process.wait(60), shown.decode().replace("\r\n", "\n")


def test_a_terminal_is_asked_what_no_option_says(home: Scratch) -> None:
    status, shown = dialogue(home, "Acme AS", "Acme Shop", "amiga", "android", "nobody", "dev@acme.example", "@acme/id")
    assert status == 0, shown
    registry = inside(home)
    client = registry.read("clients/acme-as/acme-shop.yaml")
    assert ("platform: android" in client, "there is no platform 'amiga'" in shown) == (True, True)
    assert "'nobody' is no e-mail address" in shown
    assert '["@acme/id"]' in registry.read("clients/acme-as/organization.yaml")


def test_a_client_that_can_keep_a_secret_is_asked_who_may_open_it(home: Scratch, key: tuple[Path, str]) -> None:
    home.write("key.pub", key[1] + "\n")
    words = ("--client", "Acme Shop", "--platform", "web", "--contact", "dev@acme.example", "--owner", "@acme")
    status, shown = dialogue(home, "nowhere.pub", "key.pub", words=("--organization", "Acme", *words))
    assert (status, "'nowhere.pub' is no public key and cannot be read" in shown) == (0, True), shown
    assert "client_type: confidential" in inside(home).read("clients/acme/acme-shop.yaml")
    assert key[1] in inside(home).read("clients/acme/organization.yaml")


def test_a_terminal_is_asked_nothing_where_something_is_in_the_way(home: Scratch) -> None:
    home.write("registry/README.md", "mine\n")
    status, shown = dialogue(home)
    assert (status, "Name of" in shown) == (2, False)


def test_the_end_of_input_at_a_question_is_no_bug(home: Scratch) -> None:
    status, shown = dialogue(home, "\x04")
    assert (status, "interrupted; nothing more is done" in shown, os.listdir(home.root)) == (3, True, [])
