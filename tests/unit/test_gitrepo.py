"""What Git knows, asked of real repositories; and each way in which there is none."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from clientreg.errors import CannotFinish
from clientreg.gitrepo import Ancestry, open_repository


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, text: str) -> str:
    (folder / "registry.yaml").write_text(text, encoding="utf-8")
    git(folder, "add", "registry.yaml")
    git(folder, "commit", "-qm", text)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "registry"
    made.mkdir()
    git(made, "init", "-q", "-b", "main")
    return made


def test_a_clean_commit(folder: Path) -> None:
    first = commit(folder, "one")
    repository = open_repository(folder)
    assert (repository.head, repository.dirty, repository.shallow) == (first, False, False)


def test_a_registry_in_a_folder_of_a_repository(folder: Path) -> None:
    (folder / "sub").mkdir()
    commit(folder, "outside")
    first = commit(folder / "sub", "one")
    (folder / "registry.yaml").write_text("changed, but not ours", encoding="utf-8")
    repository = open_repository(folder / "sub")
    assert (repository.head, repository.dirty) == (first, False)


@pytest.mark.parametrize("path", ["registry.yaml", "clients/acme/new.yaml", "schema/x.json"])
def test_a_changed_or_new_file_of_the_registry_makes_it_dirty(folder: Path, path: str) -> None:
    commit(folder, "one")
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text("new", encoding="utf-8")
    assert open_repository(folder).dirty


def test_a_configuration_that_hides_new_files_hides_none_from_us(folder: Path) -> None:
    commit(folder, "one")
    git(folder, "config", "status.showUntrackedFiles", "no")
    (folder / "clients").mkdir()
    (folder / "clients" / "new.yaml").write_text("new", encoding="utf-8")
    assert open_repository(folder).dirty


def test_a_file_that_is_no_part_of_the_registry_does_not(folder: Path) -> None:
    commit(folder, "one")
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    assert not open_repository(folder).dirty


def test_ancestry(folder: Path) -> None:
    first, second = commit(folder, "one"), commit(folder, "two")
    git(folder, "checkout", "-q", "-b", "side", first)
    side = commit(folder, "side")
    repository = open_repository(folder)
    answers = [repository.ancestry(old, new) for old, new in ((first, second), (first, first), (second, first))]
    assert answers == [Ancestry.ANCESTOR, Ancestry.ANCESTOR, Ancestry.DESCENDANT]
    assert repository.ancestry(side, second) is Ancestry.UNRELATED
    assert repository.is_ancestor(first, side)


@pytest.mark.parametrize("name", ["", "main", "HEAD~1", "--help", "0" * 40, "zzz", "-1"])
def test_what_is_no_commit_id_of_this_repository_is_unknown(folder: Path, name: str) -> None:
    commit(folder, "one")
    head = commit(folder, "two")
    assert open_repository(folder).ancestry(name, head) is Ancestry.UNKNOWN


def test_a_shallow_clone_says_so(folder: Path, tmp_path: Path) -> None:
    commit(folder, "one")
    commit(folder, "two")
    git(tmp_path, "clone", "-q", "--depth", "1", folder.as_uri(), "clone")
    assert open_repository(tmp_path / "clone").shallow


def test_ignored_and_tracked_paths(folder: Path) -> None:
    (folder / ".gitignore").write_text("*.bak\nhandover/\n", encoding="utf-8")
    (folder / "kept.bak").write_text("x", encoding="utf-8")
    git(folder, "add", "-f", ".gitignore", "kept.bak")
    commit(folder, "one")
    repository = open_repository(folder)
    paths = ["a.bak", "kept.bak", "handover/x", "registry.yaml", "-n", "é.bak", "odd\nname.bak"]
    assert repository.ignored(paths) == {"a.bak", "handover/x", "é.bak", "odd\nname.bak"}
    assert repository.ignored([]) == frozenset()
    assert repository.tracked(["kept.bak", "a.bak", "registry.yaml"]) == {"kept.bak", "registry.yaml"}


def test_no_program_of_the_configuration_is_run(folder: Path, tmp_path: Path) -> None:
    commit(folder, "one")
    ran = tmp_path / "ran"
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\ntouch {ran}\n", encoding="utf-8")
    spy.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("post-index-change", "fsmonitor-watchman"):
        os.link(spy, hooks / hook)
    for key in ("core.fsmonitor", "diff.external", "core.pager", "pager.status"):
        git(folder, "config", key, str(spy))
    git(folder, "config", "core.hooksPath", str(hooks))
    (folder / "registry.yaml").write_text("changed", encoding="utf-8")
    ran.unlink(missing_ok=True)
    repository = open_repository(folder)
    assert (repository.dirty, repository.ignored(["x"]), repository.tracked(["x"])) == (True, set(), set())
    assert not ran.exists()


def test_no_repository_names_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(CannotFinish, match="there is no Git repository here") as caught:
        open_repository(tmp_path)
    assert caught.value.hint.startswith("git init && git add . && git commit")


def test_no_commit_yet(folder: Path) -> None:
    with pytest.raises(CannotFinish, match="this Git repository has no commit yet") as caught:
        _ = open_repository(folder).head
    assert caught.value.hint == "git add . && git commit"


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(CannotFinish, match="there is no such folder"):
        open_repository(tmp_path / "nowhere")


def test_git_is_not_installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CannotFinish, match="git is not installed"):
        open_repository(folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_another_user_names_safe_directory(folder: Path) -> None:
    commit(folder, "one")
    for path in (folder, folder / ".git"):
        os.chown(path, 12345, 12345)
    with pytest.raises(CannotFinish, match="belongs to another user") as caught:
        open_repository(folder)
    assert caught.value.hint == f"if you do: git config --global --add safe.directory {folder}"


def test_a_damaged_repository_gives_gits_own_words(folder: Path) -> None:
    commit(folder, "one")
    (folder / ".git" / "HEAD").write_text("nonsense", encoding="utf-8")
    with pytest.raises(CannotFinish):
        open_repository(folder)
