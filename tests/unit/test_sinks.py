"""What only a folder of this machine can do wrong, and how a sink is found. The rest is in the contract."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from pyrage import x25519

from clientreg import sinks
from clientreg.errors import CannotFinish
from clientreg.secret import Secret
from clientreg.settings import SinkEntry
from clientreg.sinks import Pack, Sink

KEY = x25519.Identity.generate()
RECIPIENT = str(KEY.to_public())


def sink(root: Path, **options: Any) -> Sink:
    given = {"directory": "handover", **options}
    return sinks.load(SinkEntry("sealed-file", "sealed-file", given), root, registry="connect")


def sealed(client_id: str = "acme.shop", credential_id: str = "abc123") -> Pack:
    return Pack("test", client_id, credential_id, ("secret: ", Secret("planted"), "\n"), (RECIPIENT,))


def clear(client_id: str = "acme.tv") -> Pack:
    return Pack("test", client_id, None, ("client_id: x\n",))


def test_files_and_folders_are_for_their_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "handover" / "test").mkdir(parents=True, mode=0o755)
    place = Path(sink(tmp_path).deliver(sealed()))
    assert [stat.S_IMODE(path.stat().st_mode) for path in (place, place.parent)] == [0o600, 0o700]


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
    for act in (lambda: one.deliver(sealed()), lambda: one.recorded("test"), lambda: one.forget("test", ["x"])):
        with pytest.raises(CannotFinish, match="is a link"):
            act()
    assert list(elsewhere.iterdir()) == []


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
    with pytest.raises(CannotFinish, match="on a disk that a CI runner forgets"):
        sink(tmp_path).check(ci=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"publish": "mail"}, "there is no way to publish called 'mail'"),
        ({"directory": ""}, "has no directory"),
    ],
)
def test_what_cannot_be_done_is_refused_when_it_is_loaded(
    tmp_path: Path, options: dict[str, str], message: str
) -> None:
    with pytest.raises(CannotFinish, match=message):
        sink(tmp_path, **options)


def test_an_unknown_type_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(CannotFinish, match="there is no sink type 'openbao'") as caught:
        sinks.load(SinkEntry("x", "openbao", {}), tmp_path, registry="connect")
    assert caught.value.hint == "the sink types are: sealed-file"
