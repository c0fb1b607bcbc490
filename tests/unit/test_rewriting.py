"""Edited files on the disk: all looked at first, each written whole, none over somebody's own work."""

from __future__ import annotations

from pathlib import Path

import pytest

from clientreg import rewriting
from clientreg.errors import CannotFinish
from clientreg.rewriting import Rewrite


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in "ab":
        (tmp_path / name).write_bytes(b"k: 1\r\n")
    return tmp_path


EDITS = [Rewrite(name, b"k: 1\r\n", b"k: 2\r\n") for name in "ab"]


def content(root: Path) -> list[bytes]:
    return [(root / name).read_bytes() for name in "ab"]


def refused(root: Path, said: str) -> None:
    with pytest.raises(CannotFinish, match=said):
        rewriting.write(str(root), EDITS)


def test_files_are_written_and_keep_their_mode(root: Path) -> None:
    (root / "a").chmod(0o755)
    rewriting.write(str(root), EDITS)
    assert (content(root), (root / "a").stat().st_mode & 0o777) == ([b"k: 2\r\n"] * 2, 0o755)
    assert sorted(path.name for path in root.iterdir()) == ["a", "b"]


def test_a_file_that_was_changed_meanwhile_stops_all(root: Path) -> None:
    (root / "b").write_bytes(b"k: 1\n")
    refused(root, "b was changed while this ran")
    assert content(root) == [b"k: 1\r\n", b"k: 1\n"]


def test_a_read_only_file_stops_all(root: Path) -> None:
    (root / "b").chmod(0o444)
    refused(root, "b is read-only")
    assert content(root) == [b"k: 1\r\n"] * 2


def test_a_link_stops_all(root: Path) -> None:
    (root / "b").rename(root / "c")
    (root / "b").symlink_to("c")
    refused(root, "b was changed")
    assert content(root) == [b"k: 1\r\n"] * 2


def test_a_file_that_is_gone_stops_all(root: Path) -> None:
    (root / "b").unlink()
    refused(root, "b cannot be read any more")
    assert (root / "a").read_bytes() == b"k: 1\r\n"


def test_an_edited_text_is_that_of_the_file_or_nothing(root: Path) -> None:
    assert rewriting.of_text(str(root), "a", "k: 1\n", "k: 2\n") == EDITS[0]
    with pytest.raises(CannotFinish, match="a was changed"):
        rewriting.of_text(str(root), "a", "k: 3\n", "k: 2\n")
