"""The files of a commit, read as objects: what no work tree would show, and what Git itself would never make."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from clientreg import gitrepo
from clientreg.errors import CannotFinish, UsageError
from clientreg.gitrepo import tree
from clientreg.reading.encoding import MAX_SIZE


class Repo:
    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, given: bytes = b"") -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, input=given, capture_output=True, check=True)
        return done.stdout.decode().strip()

    def write(self, file: str, content: str = "x\n") -> None:
        (self.root / file).parent.mkdir(parents=True, exist_ok=True)
        (self.root / file).write_text(content, encoding="utf-8")

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def blob(self, content: bytes = b"x\n") -> str:
        return self.git("hash-object", "-w", "--stdin", given=content)

    def tree(self, *entries: tuple[str, bytes, str]) -> str:
        """A tree object with any names at all: past every check that Git makes."""
        raw = b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)
        return self.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=raw)

    def commit_tree(self, top: str) -> str:
        return self.git("commit-tree", "-m", "made", top)

    def read(self, commit: str) -> tree.CommitTree:
        return tree.read(gitrepo.open_repository(self.root), commit)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "registry")


def test_the_files_of_a_commit_not_of_the_work_tree(repo: Repo) -> None:
    repo.write("registry.yaml", "committed\n")
    repo.write("clients/acme/shop.yaml", "shop\n")
    commit = repo.commit()
    repo.write("registry.yaml", "changed\n")
    repo.write("clients/acme/new.yaml")
    read = repo.read(commit)
    assert dict(read.contents) == {"registry.yaml": b"committed\n", "clients/acme/shop.yaml": b"shop\n"}
    assert [entry.name for entry in read.entries("clients/acme")] == ["shop.yaml"]
    assert (read.is_file("registry.yaml"), read.is_file("clients"), read.is_link("clients")) == (True, False, False)


def test_a_registry_in_a_folder_of_its_repository(repo: Repo) -> None:
    repo.write("registry.yaml", "another one\n")
    repo.write("sub/registry.yaml", "this one\n")
    commit = repo.commit()
    read = tree.read(gitrepo.open_repository(repo.root / "sub"), commit)
    assert dict(read.contents) == {"registry.yaml": b"this one\n"}


def test_a_commit_before_the_folder_existed(repo: Repo) -> None:
    repo.write("other")
    first = repo.commit()
    repo.write("sub/registry.yaml")
    repo.commit()
    with pytest.raises(CannotFinish, match="has no folder 'sub'"):
        tree.read(gitrepo.open_repository(repo.root / "sub"), first)


def test_links_and_submodules_are_told_and_not_followed(repo: Repo) -> None:
    repo.write("clients/acme/shop.yaml", "shop\n")
    os.symlink("/etc/passwd", repo.root / "clients/acme/link.yaml")
    os.symlink("shop.yaml", repo.root / "registry.yaml")
    commit = repo.commit()
    top = repo.tree(
        ("40000", b"clients", repo.tree(("160000", b"acme", commit))), ("120000", b"registry.yaml", repo.blob())
    )
    read = repo.read(commit)
    assert read.is_link("clients/acme/link.yaml")
    with pytest.raises(CannotFinish, match=r"registry\.yaml is a symbolic link"):
        read.content("registry.yaml")
    outer = repo.read(repo.commit_tree(top))
    (entry,) = outer.entries("clients")
    assert (entry.name, entry.is_dir(), entry.is_symlink()) == ("acme", False, False)
    assert outer.entries("clients/acme") == ()


@pytest.mark.parametrize("name", [b"..", b".", b"", b"a/b", b"../../x.yaml"])
def test_a_name_that_leads_elsewhere_is_refused(repo: Repo, name: bytes) -> None:
    organization = repo.tree(("100644", name, repo.blob()))
    top = repo.tree(("40000", b"clients", repo.tree(("40000", b"acme", organization))))
    with pytest.raises(CannotFinish, match="is unsound"):
        repo.read(repo.commit_tree(top))


def test_a_name_that_stands_twice_is_refused(repo: Repo) -> None:
    twice = repo.tree(("100644", b"shop.yaml", repo.blob(b"one")), ("100644", b"shop.yaml", repo.blob(b"two")))
    top = repo.tree(("40000", b"clients", repo.tree(("40000", b"acme", twice))))
    with pytest.raises(CannotFinish, match=r"holds the name 'shop.yaml' twice"):
        repo.read(repo.commit_tree(top))


def test_a_tree_that_unfolds_without_end_is_read_two_levels_deep(repo: Repo) -> None:
    below = repo.tree(("100644", b"shop.yaml", repo.blob()))
    for _ in range(12):  # 10 to the 12th files, in 13 objects
        below = repo.tree(*(("40000", b"f%d" % number, below) for number in range(10)))
    read = repo.read(repo.commit_tree(repo.tree(("40000", b"clients", below))))
    assert len(read.folders) == 2 + 10
    assert read.contents == {}


def test_names_that_are_no_utf_8(repo: Repo) -> None:
    organization = repo.tree(("100644", b"\xff\n::error::.yaml", repo.blob()))
    read = repo.read(repo.commit_tree(repo.tree(("40000", b"clients", repo.tree(("40000", b"acme", organization))))))
    assert [entry.name for entry in read.entries("clients/acme")] == ["\udcff\n::error::.yaml"]


def test_of_a_huge_file_nothing_is_read(repo: Repo) -> None:
    repo.write("clients/acme/shop.yaml", "y" * (MAX_SIZE + 5))
    assert len(repo.read(repo.commit()).content("clients/acme/shop.yaml")) == MAX_SIZE + 1


def test_more_than_memory_should_hold_is_refused(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MAX_BYTES", 10)
    repo.write("clients/acme/shop.yaml", "123456\n")
    repo.write("clients/acme/same.yaml", "123456\n")
    with pytest.raises(CannotFinish, match="hold 0 MiB in all"):
        _ = repo.read(repo.commit()).contents


def test_what_changed(repo: Repo) -> None:
    for file in ("same.yaml", "edited.yaml", "gone.yaml", "mode.yaml"):
        repo.write(f"clients/acme/{file}", file)
    old = repo.commit()
    repo.write("clients/acme/edited.yaml", "other")
    (repo.root / "clients/acme/gone.yaml").unlink()
    (repo.root / "clients/acme/mode.yaml").chmod(0o755)
    repo.write("clients/acme/deep/x.yaml")
    repo.write("registry.yaml")
    repo.write("elsewhere.txt")
    read = repo.read(repo.commit())
    touched = {f"clients/acme/{name}" for name in ("edited.yaml", "gone.yaml", "mode.yaml", "deep")}
    assert tree.changed(repo.read(old), read) == {*touched, "registry.yaml"}


@pytest.mark.parametrize("name", ["-x", "--help", "a\0b"])
def test_a_name_that_git_could_take_for_an_option(repo: Repo, name: str) -> None:
    repo.commit()
    with pytest.raises(UsageError, match="is no commit"):
        tree.resolve(gitrepo.open_repository(repo.root), name)


@pytest.mark.parametrize("name", ["", "nope", "HEAD..HEAD", "HEAD^{tree}", "f" * 40])
def test_a_name_that_is_no_commit(repo: Repo, name: str) -> None:
    repo.commit()
    with pytest.raises(UsageError, match="is no commit of this repository"):
        tree.resolve(gitrepo.open_repository(repo.root), name)


def test_names_of_commits(repo: Repo) -> None:
    first = repo.commit()
    second = repo.commit()
    repo.git("branch", "side", first)
    repo.git("tag", "-a", "-m", "tag", "v1", first)
    repository = gitrepo.open_repository(repo.root)
    names = ("main", "side", "v1", "HEAD~1", second[:12])
    assert [tree.resolve(repository, name) for name in names] == [second, first, first, first, second]


def test_where_a_branch_left(repo: Repo) -> None:
    base = repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    side = repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("x")
    main = repo.commit()
    assert tree.fork_point(gitrepo.open_repository(repo.root), main, side) == base


def test_commits_that_share_nothing(repo: Repo) -> None:
    first = repo.commit()
    other = repo.git("commit-tree", "-m", "unrelated", f"{first}^{{tree}}")
    with pytest.raises(CannotFinish, match="share no history"):
        tree.fork_point(gitrepo.open_repository(repo.root), first, other)


def test_a_shallow_clone_names_fetch_depth(repo: Repo, tmp_path: Path) -> None:
    repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    side = repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("x")
    main = repo.commit()
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", "--no-single-branch", repo.root.as_uri(), "clone"],
        cwd=tmp_path,
        check=True,
    )
    with pytest.raises(CannotFinish, match="shallow clone") as caught:
        tree.fork_point(gitrepo.open_repository(tmp_path / "clone"), main, side)
    assert "fetch-depth: 0" in caught.value.hint


def test_a_missing_object_is_named(repo: Repo) -> None:
    repo.write("clients/acme/shop.yaml", "shop\n")
    commit = repo.commit()
    oid = repo.git("rev-parse", f"{commit}:clients/acme/shop.yaml")
    (repo.root / ".git/objects" / oid[:2] / oid[2:]).unlink()
    with pytest.raises(CannotFinish, match=f"object {oid[:12]} is not in this repository"):
        _ = repo.read(commit).contents
