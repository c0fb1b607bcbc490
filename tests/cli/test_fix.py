"""`lint --fix` and `--diff` by hand: what is said, what is written, and how it ends."""

from __future__ import annotations

import pytest

from cli.bad_input import FILE
from cli.scratch import Scratch

HOST = "https://shop.example.com/cb"
ODD = "HTTPS://Shop.example.com:443/cb"


@pytest.fixture
def odd(scratch: Scratch) -> Scratch:
    """A registry in which one address is spelt oddly."""
    scratch.edit(FILE, HOST, ODD)
    return scratch


def test_fix_edits_the_file_and_tells_what_it_did(odd: Scratch) -> None:
    wanted = odd.read(FILE).replace(ODD, HOST)
    done = odd.run("lint", "--fix")
    assert (done.status, odd.read(FILE), done.err) == (0, wanted, "")
    assert done.out == (
        f"{FILE}\n  CR210 redirect_uris[0]\n        - {ODD}\n        + {HOST}\n\n1 place in 1 file fixed\n"
        "look at it with git diff\n\n4 files, nothing to report\n"
    )
    assert odd.run("lint", "--fix").out == "nothing to fix\n\n4 files, nothing to report\n"


def test_diff_shows_it_and_writes_nothing(odd: Scratch) -> None:
    before = odd.files()
    done = odd.run("lint", "--diff", FILE)
    assert (done.status, odd.files() == before) == (1, True)
    assert f"-redirect_uris: [{ODD}]\n+redirect_uris: [{HOST}]\n" in done.out
    assert done.err == "1 place in 1 file would be fixed\n"
    odd.write("x.patch", done.out)
    odd.git("apply", "x.patch")
    assert HOST in odd.read(FILE)
    done = odd.run("lint", "--diff")
    assert (done.status, done.out, done.err) == (0, "", "nothing to fix\n")


def test_what_stays_decides_the_exit_status(odd: Scratch) -> None:
    odd.edit(FILE, "scopes: [openid]", "scopes: [openid, nonsense]")
    done = odd.run("lint", "--fix")
    assert (done.status, "1 place in 1 file fixed" in done.out, "nonsense" in done.out) == (1, True, True)


def test_other_paths_stay(odd: Scratch) -> None:
    before = odd.files()
    done = odd.run("lint", "--fix", "clients/acme/feed.yaml")
    assert (done.status, odd.files() == before, "nothing to fix" in done.out) == (0, True, True)


def test_a_new_file_that_is_in_no_commit_is_fixed_too(odd: Scratch) -> None:
    new = "clients/acme/new.yaml"
    odd.write(new, odd.read(FILE).replace("Acme Shop", "Acme News"))
    odd.run("lint", "--fix", new)
    assert (HOST in odd.read(new), ODD in odd.read(FILE)) == (True, True)


def test_a_read_only_file_stops_everything(odd: Scratch) -> None:
    (odd.root / FILE).chmod(0o444)
    before = odd.files()
    done = odd.run("lint", "--fix")
    assert (done.status, odd.files() == before, done.out) == (3, True, "")
    assert done.err == (
        f"clientreg: {FILE} is read-only\n  hint: nothing is written: chmod u+w {FILE}, or leave it out\n"
    )


def test_a_broken_file_is_told_and_the_others_are_fixed(odd: Scratch) -> None:
    odd.edit("clients/acme/feed.yaml", "scopes: [orders]", "scopes: [orders")
    done = odd.run("lint", "--fix")
    assert (done.status, HOST in odd.read(FILE), "error[CR001]" in done.out) == (1, True, True)


def test_a_link_is_no_file_to_fix(odd: Scratch) -> None:
    (odd.root / FILE).rename(odd.root / "elsewhere")
    (odd.root / FILE).symlink_to("../../elsewhere")
    done = odd.run("lint", "--fix")
    assert (done.status, ODD in odd.read("elsewhere"), "error[CR012]" in done.out) == (1, True, True)


def test_a_hostile_line_in_a_diff_stands_still(scratch: Scratch) -> None:
    scratch.edit(FILE, "scopes: [openid]", "# \u202e ##[error]x\nscopes: [openid, openid]\n# ::error::y")
    done = scratch.run("lint", "--diff")
    assert [char for char in done.said if char != "\n" and not char.isprintable()] == []
    assert ("##[" in done.said, "\\u202e" in done.said) == (False, True)


def test_on_a_terminal_it_has_colours(odd: Scratch) -> None:
    shown = odd.terminal("lint", "--diff").out
    assert f"\x1b[31m-redirect_uris: [{ODD}]\x1b[0m" in shown
