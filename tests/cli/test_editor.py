"""`lint --stdin-filename`, as an editor calls it: what is typed, in place of what is saved."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from cli.scratch import COMMAND, Done, Scratch, environment

SHOP = "clients/acme/shop.yaml"


def typed(scratch: Scratch, text: str | bytes, *words: str, cwd: Path | None = None) -> Done:
    """What lint says of a text."""
    given = text if isinstance(text, bytes) else text.encode()
    done = subprocess.run(
        [COMMAND, "lint", *words],
        cwd=cwd or scratch.root,
        env=environment(),
        input=given,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def found(done: Done) -> list[tuple[str, int, str]]:
    return [(one["file"], one["line"], one["code"]) for one in json.loads(done.out)["findings"]]


def test_what_is_typed_is_judged_and_what_is_saved_is_not(scratch: Scratch) -> None:
    text = scratch.read(SHOP)
    scratch.write(SHOP, "not: saved yet\n")
    before = scratch.files()
    clean = typed(scratch, text, "--stdin-filename", SHOP)
    assert clean == Done(0, "1 file, nothing to report\n", "")
    wrong = typed(scratch, text.replace("platform: web", "platform: wob"), "--stdin-filename", SHOP)
    assert (wrong.status, wrong.err, "platform: wob" in wrong.out) == (1, "", True)
    assert scratch.files() == before


def test_a_file_that_does_not_exist_yet_is_judged_with_all_others(scratch: Scratch) -> None:
    twin = scratch.read(SHOP).replace("https://", "https://twin.")
    done = typed(scratch, twin, "--stdin-filename", "clients/acme/twin.yaml", "--format", "json")
    assert {file for file, _, _ in found(done)} == {"clients/acme/twin.yaml"}
    assert "CR503" in {code for _, _, code in found(done)}


def test_only_what_stands_in_the_file_is_told(scratch: Scratch) -> None:
    scratch.edit("clients/acme/feed.yaml", "platform: service", "platform: servant")
    done = typed(scratch, scratch.read(SHOP), "--stdin-filename", SHOP)
    assert done == Done(0, "1 file, nothing to report\n", "")


def test_what_keeps_it_from_being_judged_is_said_beside(scratch: Scratch) -> None:
    scratch.edit("clients/acme/organization.yaml", "name:", "nam:")
    done = typed(scratch, scratch.read(SHOP), "--stdin-filename", SHOP)
    assert (done.status, done.out) == (0, "1 file, nothing to report\n")
    assert done.err.startswith("clientreg: clients/acme/organization.yaml has an error, so not everything in ")


@pytest.mark.parametrize("file", ["clients/acme/more/app.yaml", "clients/Acme/app.yaml", "clients/app.yaml"])
def test_a_place_where_nothing_is_read_is_an_error_of_the_file(scratch: Scratch, file: str) -> None:
    done = typed(scratch, scratch.read(SHOP), "--stdin-filename", file, "--format", "json")
    (only,) = [(name, code) for name, _, code in found(done) if code in {"CR011", "CR014", "CR013"}]
    assert (done.status, only[0]) == (1, file)


def test_an_editor_may_run_anywhere_and_name_the_file_in_full(scratch: Scratch, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    wrong = scratch.read(SHOP).replace("platform: web", "platform: wob")
    words = ("--stdin-filename", str(scratch.root / SHOP), "--format", "json")
    assert found(typed(scratch, wrong, *words, cwd=tmp_path / "elsewhere")) == [(SHOP, 4, "CR104")]
    inside = typed(
        scratch, wrong, "--stdin-filename", "shop.yaml", "--format", "json", cwd=scratch.root / "clients/acme"
    )
    assert found(inside) == [(SHOP, 4, "CR104")]


@pytest.mark.parametrize(("file", "code"), [("registry.yaml", "CR102"), ("clients/acme/organization.yaml", "CR102")])
def test_the_other_files_are_judged_too(scratch: Scratch, file: str, code: str) -> None:
    done = typed(scratch, scratch.read(file) + "colour: red\n", "--stdin-filename", file, "--format", "json")
    assert [(name, kind) for name, _, kind in found(done)] == [(file, code)]


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif", "gitlab", "junit"])
def test_every_format_tells_it(scratch: Scratch, form: str) -> None:
    wrong = scratch.read(SHOP).replace("platform: web", "platform: wob")
    done = typed(scratch, wrong, "--stdin-filename", SHOP, "--format", form)
    assert (done.status, done.err, "CR104" in done.out) == (1, "", True)
    if form == "junit":
        names: list[Any] = [case.get("name") for case in ElementTree.fromstring(done.out).iter("testcase")]
        assert names == [SHOP]


@pytest.mark.parametrize(
    "text", [b"", b"\xff", b"a: " + b"x" * 3_000_000, b"[" * 100_000], ids=["empty", "odd", "huge", "deep"]
)
def test_any_bytes_are_a_finding_and_no_bug(scratch: Scratch, text: bytes) -> None:
    done = typed(scratch, text, "--stdin-filename", SHOP, "--format", "json")
    assert (done.status, done.err, {file for file, _, _ in found(done)}) == (1, "", {SHOP})


def test_a_link_is_not_followed(scratch: Scratch) -> None:
    (scratch.root / "clients/acme/link.yaml").symlink_to(os.devnull)
    done = typed(scratch, scratch.read(SHOP), "--stdin-filename", "clients/acme/link.yaml", "--format", "json")
    assert found(done) == [("clients/acme/link.yaml", 1, "CR012")]
