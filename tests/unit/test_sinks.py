"""The sink `sealed-file`: whole files, for their owner alone, in their folder and nowhere else."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pyrage import x25519

from clientreg import seal, sinks
from clientreg.errors import CannotFinish
from clientreg.secret import Secret
from clientreg.settings import SinkEntry
from clientreg.sinks import Pack, Sink

KEY = x25519.Identity.generate()
RECIPIENT = str(KEY.to_public())


def sink(root: Path, **options: Any) -> Sink:
    given: Mapping[str, Any] = {"directory": "handover", **options}
    return sinks.load(SinkEntry("sealed-file", "sealed-file", given), root)


def sealed(client_id: str = "acme.shop", credential_id: str = "abc123") -> Pack:
    return Pack("test", client_id, credential_id, ("secret: ", Secret("planted"), "\n"), (RECIPIENT,))


def clear(client_id: str = "acme.tv") -> Pack:
    return Pack("test", client_id, None, ("client_id: x\n",))


def test_a_secret_is_kept_sealed_under_its_id(tmp_path: Path) -> None:
    place = Path(sink(tmp_path).deliver(sealed()))
    assert place == tmp_path / "handover" / "test" / "acme.shop.abc123.age"
    assert b"planted" not in place.read_bytes()
    assert seal.unseal(place.read_text(encoding="ascii"), [KEY]) == Secret("secret: planted\n")
    assert sink(tmp_path).recorded("test") == {"abc123"}
    assert sink(tmp_path).recorded("production") == frozenset()


def test_files_and_folders_are_for_their_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "handover" / "test").mkdir(parents=True, mode=0o755)
    place = Path(sink(tmp_path).deliver(sealed()))
    assert [stat.S_IMODE(path.stat().st_mode) for path in (place, place.parent)] == [0o600, 0o700]


def test_a_client_without_a_secret_is_readable(tmp_path: Path) -> None:
    place = Path(sink(tmp_path).deliver(clear()))
    assert (place.name, place.read_text(encoding="utf-8")) == ("acme.tv.yaml", "client_id: x\n")
    sink(tmp_path).forget("test", "acme.tv")
    sink(tmp_path).forget("test", "acme.tv")
    assert not place.exists()


def test_a_secret_is_never_written_in_clear(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        sink(tmp_path).deliver(Pack("test", "acme.shop", None, (Secret("planted"),)))
    assert list(tmp_path.rglob("*")) == []


def test_operators_of_the_sink_open_everything(tmp_path: Path) -> None:
    operator = x25519.Identity.generate()
    place = Path(sink(tmp_path, recipients=[str(operator.to_public())]).deliver(sealed()))
    assert seal.unseal(place.read_text(encoding="ascii"), [operator]) == Secret("secret: planted\n")


def test_what_is_stored_comes_back_until_it_is_retired(tmp_path: Path) -> None:
    one = sink(tmp_path)
    place = Path(one.deliver(sealed()))
    one.deliver(sealed(credential_id="def456"))
    assert one.stored("test", "abc123") == place.read_text(encoding="ascii")
    one.retire("test", ["abc123", "never there"])
    assert (one.recorded("test"), one.stored("test", "abc123")) == ({"def456"}, None)


@pytest.mark.parametrize(
    "client_id", ["../../etc/passwd", "..", ".hidden", "a/b", "a\\b", "x" * 255, "é" * 200, "%2E", "~"]
)
def test_no_client_id_leaves_the_folder(tmp_path: Path, client_id: str) -> None:
    one = sink(tmp_path)
    places = [Path(one.deliver(pack)) for pack in (sealed(client_id), clear(client_id))]
    assert [place.parent for place in places] == [tmp_path / "handover" / "test"] * 2
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(places)
    assert not any(place.name.startswith(".") for place in places)
    assert one.recorded("test") == {"abc123"}


def test_two_long_ids_get_two_files(tmp_path: Path) -> None:
    one = sink(tmp_path)
    assert one.deliver(clear("x" * 300 + "a")) != one.deliver(clear("x" * 300 + "b"))


def test_what_a_killed_run_left_unfinished_is_swept_up_later(tmp_path: Path) -> None:
    place = Path(sink(tmp_path).deliver(sealed()))
    times = {".0123456789abcdef.tmp": 3700, ".fedcba9876543210.tmp": 3500, ".other.tmp": 3700, "kept.tmp": 3700}
    for name, age in times.items():
        (place.parent / name).touch()
        os.utime(place.parent / name, (place.stat().st_mtime - age,) * 2)
    sink(tmp_path).retire("test", ())
    left = sorted(path.name for path in place.parent.iterdir())
    assert left == [".fedcba9876543210.tmp", ".other.tmp", place.name, "kept.tmp"]


@pytest.mark.parametrize("link", ["handover", "handover/test"])
def test_nothing_goes_through_a_link(tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / link).parent.mkdir(exist_ok=True)
    (tmp_path / link).symlink_to(elsewhere, target_is_directory=True)
    one = sink(tmp_path)
    for act in (lambda: one.deliver(sealed()), lambda: one.recorded("test"), lambda: one.forget("test", "x")):
        with pytest.raises(CannotFinish, match="is a link"):
            act()
    assert list(elsewhere.iterdir()) == []


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched", encoding="utf-8")
    folder = tmp_path / "handover" / "test"
    folder.mkdir(parents=True)
    (folder / "acme.tv.yaml").symlink_to(victim)
    (folder / "acme.shop.abc123.age").symlink_to(victim)
    assert sink(tmp_path).recorded("test") == frozenset()
    sink(tmp_path).deliver(clear())
    assert (victim.read_text(encoding="utf-8"), (folder / "acme.tv.yaml").is_symlink()) == ("untouched", False)


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "the disk is full: free some space, then run again; nothing was changed"),
        (errno.EROFS, "the disk is read-only: name another `directory` in registry.yaml"),
        (errno.EACCES, "the folder must be writable for the user who runs clientreg"),
    ],
)
def test_a_disk_that_refuses_is_named_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, hint: str
) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(CannotFinish) as caught:
        sink(tmp_path).deliver(sealed())
    path = tmp_path / "handover" / "test" / "acme.shop.abc123.age"
    assert (caught.value.message, caught.value.hint) == (
        f"{path}: cannot be written ({os.strerror(number)})", hint
    )  # fmt: skip
    assert list(path.parent.iterdir()) == []


def test_where_the_disk_is_forgotten_nothing_is_kept(tmp_path: Path) -> None:
    sink(tmp_path).check(ci=False)
    with pytest.raises(CannotFinish, match="publish: none keeps credentials on this machine's disk, and CI is set"):
        sink(tmp_path).check(ci=True)


def test_what_cannot_be_done_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(CannotFinish, match="publish: git-branch is not built yet"):
        sink(tmp_path, publish="git-branch")
    with pytest.raises(CannotFinish, match="has no directory"):
        sink(tmp_path, directory="")
    with pytest.raises(CannotFinish, match="there is no sink type 'openbao'") as caught:
        sinks.load(SinkEntry("x", "openbao", {}), tmp_path)
    assert caught.value.hint == "the sink types are: sealed-file"
