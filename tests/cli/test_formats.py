"""What `lint` writes for machines, from the command itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from cli.scratch import Scratch
from standards import gitlab_misfits, sarif_misfits

SHOP = "clients/acme/shop.yaml"


def broken(scratch: Scratch) -> Scratch:
    """A registry with one error, in a name that is not ASCII."""
    scratch.edit(SHOP, "client_name: Acme Shop", 'client_name: "Åcme\\u202e"')
    return scratch


def results(text: str) -> Any:
    return json.loads(text)["runs"][0]["results"]


def test_each_format_is_utf8_in_every_locale_and_exits_as_text_does(scratch: Scratch) -> None:
    broken(scratch)
    done = {form: scratch.run("lint", "--format", form, env={"LC_ALL": "C"}) for form in ("sarif", "gitlab", "junit")}
    assert [(one.status, one.err, "Åcme\\" in one.out) for one in done.values()] == [(1, "", True)] * 3
    assert (sarif_misfits(done["sarif"].out), gitlab_misfits(done["gitlab"].out)) == ([], [])
    assert ElementTree.fromstring(done["junit"].out).get("failures") == "1"


def test_a_file_gets_the_format_and_the_reader_gets_text(scratch: Scratch) -> None:
    text = broken(scratch).run("lint")
    done = scratch.run("lint", "--format", "sarif", "--out", "findings.sarif")
    assert done == text
    assert results(scratch.read("findings.sarif")) == results(scratch.run("lint", "--format", "sarif").out)
    assert scratch.terminal("lint", "--out", "findings.txt").out.count("\x1b") > 0
    assert scratch.read("findings.txt") == text.out


def test_junit_has_a_case_for_each_of_the_files_that_were_asked_about(scratch: Scratch) -> None:
    def cases(*paths: str) -> list[str | None]:
        root = ElementTree.fromstring(scratch.run("lint", *paths, "--format", "junit").out)
        return [case.get("name") for case in root.iter("testcase")]

    acme = ["clients/acme/feed.yaml", "clients/acme/organization.yaml", SHOP]
    assert (cases(), cases(SHOP)) == ([*acme, "registry.yaml"], [SHOP])


def test_code_hosts_are_told_of_files_from_the_root_of_the_repository(small: Path, tmp_path: Path) -> None:
    outer = Scratch(tmp_path / "repository")
    (outer.root / "identity").mkdir(parents=True)
    outer.git("init", "--quiet")
    for name in ("registry.yaml", "clients/acme/organization.yaml", SHOP, "clients/acme/feed.yaml"):
        outer.write(f"identity/{name}", (small / name).read_bytes())
    broken(Scratch(outer.root / "identity"))
    said = {form: outer.run("-C", "identity", "lint", "--format", form).out for form in ("sarif", "gitlab", "github")}
    (result,) = results(said["sarif"])
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    (issue,) = json.loads(said["gitlab"])
    assert (uri, issue["location"]["path"]) == (f"identity/{SHOP}",) * 2
    assert said["github"].startswith(f"::error file=identity/{SHOP},line=")
