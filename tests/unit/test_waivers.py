"""The list of waivers: who, why, since when, how long."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from clientreg import gitrepo, pages, registry
from clientreg.gitrepo import blame
from clientreg.report import waivers as page
from clientreg.report.style import PLAIN
from golden import same
from rules.example import TODAY, Example, laid_out

TEXT = """\
client_id: acme/shop
waivers:
  - rule: CR512
    reason: The id was given long before there was a registry, and a hundred partners have it in their configuration.
    expires: 2026-11-20
    ticket: "ID-1 \\u202e"
    path: client_id
    environment: test
  - {rule: CR666, reason: Nobody knows, expires: 2026-05-31}
# file: clients/zenith/shop.yaml
waivers:
  - {rule: CR246, reason: The certificate is on its way, expires: 2026-06-01}
  - {rule: CR222, reason: The certificate is on its way, expires: 2026-07-01}
# raw: clients/zenith/broken.yaml
product: [
"""


def listed(text: str, *wanted: str) -> page.Waivers:
    with laid_out(Example.of(text)) as folder:
        read = registry.load(folder, lambda _: frozenset())
        return pages.waivers(read, today=TODAY, wanted=wanted, repository=None)


def test_waivers_read_as_they_were_read() -> None:
    same("report/waivers.txt", page.text(listed(TEXT), PLAIN))
    assert page.text(listed("platform: web\n"), PLAIN) == "no waivers\n"


def test_json_is_what_its_schema_promises(valid: Any) -> None:
    told = page.structured(listed(TEXT))
    assert (valid("waivers-output", told), valid("waivers-output", page.structured(page.Waivers(())))) == ([], [])
    value = json.loads(told)
    assert [(one["rule"], one["days_left"], one["since"]) for one in value["waivers"]] == [
        ("CR666", -1, None),
        ("CR246", 0, None),
        ("CR222", 30, None),
        ("CR512", 172, None),
    ]
    assert (value["unread"], value["summary"]) == (
        ["clients/zenith/broken.yaml"],
        {"waivers": 4, "expired": 1, "ending_soon": 2},
    )


def test_only_the_waivers_of_some_files_are_listed() -> None:
    found = listed(TEXT, "clients/acme")
    assert ({one.client_id for one in found.listed}, found.unread) == ({"acme/shop"}, ())


class TestSince:
    @pytest.fixture
    def repository(self, tmp_path: Path) -> Path:
        (tmp_path / "there").mkdir()
        self.git(tmp_path / "there", "init", "--quiet")
        return tmp_path / "there"

    def git(self, folder: Path, *words: str, day: str = "2026-01-01") -> None:
        env = {**os.environ, "GIT_AUTHOR_DATE": f"{day}T12:00:00Z"}
        subprocess.run(["git", *words], cwd=folder, env=env, check=True, capture_output=True)

    def commit(self, folder: Path, text: str, day: str) -> None:
        (folder / "a.yaml").write_text(text)
        self.git(folder, "add", "a.yaml")
        self.git(folder, "commit", "--quiet", "--message", "author-time 5\n\nboundary", day=day)

    def since(self, folder: Path, *lines: int) -> dict[int, str]:
        return dict(blame.written(gitrepo.open_repository(folder), "a.yaml", lines))

    def test_a_line_is_as_old_as_the_commit_that_wrote_it(self, repository: Path) -> None:
        self.commit(repository, "one\ntwo\n", "2026-01-02")
        self.commit(repository, "zero\none\n  two\n", "2026-03-04")
        assert self.since(repository, 1, 2, 3) == {1: "2026-03-04", 2: "2026-01-02", 3: "2026-01-02"}

    def test_what_is_not_committed_has_no_day(self, repository: Path) -> None:
        self.commit(repository, "one\n", "2026-01-02")
        (repository / "a.yaml").write_text("one\ntwo\n")
        assert self.since(repository, 1, 2) == {1: "2026-01-02"}
        assert (dict(blame.written(gitrepo.open_repository(repository), "b.yaml", [1])), self.since(repository, 9)) == (
            {},
            {},
        )

    def test_what_is_older_than_a_shallow_clone_has_no_day(self, repository: Path, tmp_path: Path) -> None:
        for day in ("2026-01-02", "2026-03-04", "2026-05-06"):
            self.commit(repository, (repository / "a.yaml").read_text() + "x\n" if day > "2026-02" else "x\n", day)
        self.git(tmp_path, "clone", "--quiet", "--depth", "2", repository.as_uri(), "clone")
        assert self.since(tmp_path / "clone", 1, 2, 3) == {3: "2026-05-06"}

    def test_a_day_that_nobody_lives_to_see_is_none(self, repository: Path) -> None:
        (repository / "a.yaml").write_text("one\n")
        self.git(repository, "add", "a.yaml")
        tree = subprocess.run(["git", "write-tree"], cwd=repository, check=True, capture_output=True, text=True).stdout
        raw = f"tree {tree}author A <a@a> 99999999999999 +0000\ncommitter A <a@a> 1 +0000\n\nx\n"
        made = subprocess.run(
            ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
            cwd=repository,
            input=raw,
            check=True,
            capture_output=True,
            text=True,
        )
        self.git(repository, "update-ref", "HEAD", made.stdout.strip())
        assert self.since(repository, 1) == {}

    def test_no_program_of_the_repository_is_run(self, repository: Path) -> None:
        (repository / ".gitattributes").write_text("*.yaml diff=x\n")
        self.git(repository, "config", "diff.x.textconv", f"touch {repository}/pwned; cat")
        self.commit(repository, "one\n", "2026-01-02")
        assert (self.since(repository, 1), (repository / "pwned").exists()) == ({1: "2026-01-02"}, False)
