"""`clientreg docs` in a registry of one's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cli.bad_input import as_anybody
from cli.scratch import Scratch

NAMES = ("servers.md", "rules.md", "fields.md", "profiles.md")
USUAL = "docs/clientreg"


def written(scratch: Scratch, folder: str = USUAL) -> list[str]:
    return sorted(path.name for path in (scratch.root / folder).glob("*"))


def test_the_pages_are_written_found_in_step_and_shown_where_they_are_not(scratch: Scratch) -> None:
    missing = scratch.run("docs", "--check")
    assert (missing.status, "+# The rules\n" in missing.out, written(scratch)) == (1, True, [])
    assert scratch.run("docs").out == "".join(f"{USUAL}/{name} written\n" for name in NAMES)
    assert written(scratch) == sorted(NAMES)
    assert scratch.run("docs").out == "".join(f"{USUAL}/{name} is in step\n" for name in NAMES)
    assert (scratch.run("docs", "--check").out, scratch.run("docs", "--check").status) == ("4 pages are in step\n", 0)
    scratch.edit(f"{USUAL}/profiles.md", "# The profiles", "# Ours")
    stale = scratch.run("docs", "--check")
    assert (stale.status, stale.err) == (
        1,
        f"clientreg: out of step: {USUAL}/profiles.md\n  hint: run `clientreg docs` and commit what it writes\n",
    )
    assert "-# Ours\n+# The profiles\n" in stale.out
    assert scratch.run("docs").out.count(" written\n") == 1


def test_another_folder_can_have_them(scratch: Scratch) -> None:
    assert scratch.run("docs", "a book/reference").status == 0
    assert written(scratch, "a book/reference") == sorted(NAMES)
    (scratch.root / "a book/reference/rules.md").unlink()
    assert "run `clientreg docs 'a book/reference'`" in scratch.run("docs", "--check", "a book/reference").err


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda s: s.write(f"{USUAL}/rules.md", "# Our rules\n"), "was not made by clientreg"),
        (lambda s: (s.root / "docs").symlink_to("/tmp"), "is a symbolic link"),
        (lambda s: s.write("docs", "a file"), "cannot be written"),
        (lambda s: (s.root / USUAL / "rules.md").mkdir(parents=True), "cannot be read"),
        (lambda s: s.root.chmod(0o500), "cannot be written: Permission denied"),
    ],
    ids=["by hand", "link", "file", "folder", "read-only"],
)
def test_what_is_in_the_way_stays(scratch: Scratch, prepare: Callable[[Scratch], object], said: str) -> None:
    prepare(scratch)
    before = {path: path.read_bytes() for path in scratch.root.rglob("*.md") if path.is_file()}
    done = scratch.run("docs", before=as_anybody)
    scratch.root.chmod(0o700)
    assert (done.status, done.out, done.err.count("clientreg: ")) == (3, "", 1)
    assert said in done.err
    assert {path: path.read_bytes() for path in scratch.root.rglob("*.md") if path.is_file()} == before
