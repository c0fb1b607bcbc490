"""The embedded server's SQLite file: what is written whole, what two writers see, and what each broken file is told."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from clientreg.errors import CannotFinish
from clientreg.planning.state import CredentialMark, Mark, Record
from clientreg.secret import Secret
from clientreg.servers.embedded.database import VERSION, WriteFailed, connect
from clientreg.servers.embedded.store import Conflict, Store, StoredClient, hash_secret, secret_matches

MARK = Mark("connect", "test", "clients/acme/shop.yaml", "c0ffee", CredentialMark("id-1", 2), "2026-11-01")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "test.db"


def stopped(path: Path, **options: float) -> tuple[str, str]:
    """What opening or writing a store says, without its place."""
    with pytest.raises(CannotFinish) as caught:
        write(path, **options)
    assert caught.value.message.startswith(f"{path}: ")
    return caught.value.message.removeprefix(f"{path}: "), caught.value.hint


def write(path: Path, **options: float) -> None:
    with Store(path, **options) as store:
        store.insert("acme.other", {"client_id": "acme.other"}, mark=None)


def test_a_client_is_read_back_as_it_was_written(path: Path) -> None:
    with Store(path) as store:
        revision = store.insert("acme.shop", {"name": "Bølge 波"}, mark=MARK, secret_hash="hash")
    with Store(path) as store:
        assert store.clients() == [StoredClient("acme.shop", {"name": "Bølge 波"}, revision, MARK, "hash")]
        assert store.client("acme.shop") == store.clients()[0]
        assert store.client("acme.none") is None


def test_clients_come_in_the_order_of_their_ids(path: Path) -> None:
    with Store(path) as store:
        for name in ("b", "a", "C"):
            store.insert(name, {}, mark=None)
        assert [client.client_id for client in store.clients()] == ["C", "a", "b"]


def test_a_replaced_client_has_everything_new(path: Path) -> None:
    with Store(path) as store:
        first = store.insert("acme.shop", {"a": 1}, mark=MARK, secret_hash="hash")
        second = store.replace("acme.shop", {"b": 2}, expected=first, mark=None, secret_hash=None)
        assert store.clients() == [StoredClient("acme.shop", {"b": 2}, second, None, None)]


def test_a_deleted_client_is_gone(path: Path) -> None:
    with Store(path) as store:
        store.delete("acme.shop", expected=store.insert("acme.shop", {}, mark=None))
        assert store.clients() == []


def test_inserting_an_existing_client_is_a_conflict(path: Path) -> None:
    with Store(path) as store:
        store.insert("acme.shop", {"a": 1}, mark=None)
        with pytest.raises(Conflict):
            store.insert("acme.shop", {"a": 2}, mark=None)
        assert [client.payload for client in store.clients()] == [{"a": 1}]


def test_writing_on_a_revision_that_has_passed_is_a_conflict(path: Path) -> None:
    with Store(path) as store:
        first = store.insert("acme.shop", {"a": 1}, mark=None)
        store.replace("acme.shop", {"a": 2}, expected=first, mark=None, secret_hash=None)
        with pytest.raises(Conflict):
            store.replace("acme.shop", {"a": 3}, expected=first, mark=None, secret_hash=None)
        with pytest.raises(Conflict):
            store.delete("acme.shop", expected=first)
        assert [client.payload for client in store.clients()] == [{"a": 2}]


def test_a_client_made_again_does_not_get_an_old_revision(path: Path) -> None:
    with Store(path) as store:
        first = store.insert("acme.shop", {"a": 1}, mark=None)
        store.delete("acme.shop", expected=first)
        assert store.insert("acme.shop", {"a": 1}, mark=None) > first


def test_a_write_that_breaks_off_leaves_nothing_behind(path: Path) -> None:
    with Store(path) as store:
        first = store.insert("acme.shop", {"a": 1}, mark=None)
        with pytest.raises(TypeError):
            store.replace("acme.shop", {"a": object()}, expected=first, mark=None, secret_hash=None)  # type: ignore[dict-item]
        assert store.client("acme.shop") == StoredClient("acme.shop", {"a": 1}, first, None, None)


def test_the_record_is_the_last_one_saved(path: Path) -> None:
    with Store(path) as store:
        assert store.record() is None
        for commit in ("c1", "c2"):
            store.save_record(Record("connect", "test", commit))
        assert store.record() == Record("connect", "test", "c2")


def test_the_file_is_for_its_owner_alone(path: Path) -> None:
    with Store(path) as store:
        store.insert("acme.shop", {}, mark=None)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"test.db": 0o600, "test.db-wal": 0o600, "test.db-shm": 0o600}


def test_what_is_committed_is_on_the_disk(path: Path) -> None:
    full = 2  # PRAGMA synchronous: a commit waits for the disk, so that no power failure takes a secret back
    with closing(connect(path)) as db:
        assert db.execute("PRAGMA synchronous").fetchone() == (full,)


def test_one_of_many_writers_on_one_revision_wins(path: Path) -> None:
    with Store(path) as store:
        first = store.insert("acme.shop", {"writer": -1}, mark=None)
    won: list[int] = []

    def attempt(writer: int) -> None:
        with Store(path) as store:
            try:
                store.replace("acme.shop", {"writer": writer}, expected=first, mark=None, secret_hash=None)
            except Conflict:
                return
            won.append(writer)

    together(attempt, 8)
    with Store(path) as store:
        assert [client.payload for client in store.clients()] == [{"writer": writer} for writer in won]
    assert len(won) == 1


@pytest.mark.parametrize("attempt", range(12))
def test_many_that_make_the_same_new_file_all_can(path: Path, attempt: int) -> None:  # a race: seen every few attempts
    def insert(number: int) -> None:
        with Store(path) as store:
            store.insert(f"client-{number}", {}, mark=None)

    together(insert, 8)
    with Store(path) as store:
        assert sorted(client.revision for client in store.clients()) == list(range(1, 9))


def together(act: Callable[[int], None], count: int) -> None:
    start = threading.Barrier(count)

    def begin(number: int) -> None:
        start.wait()
        act(number)

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_killed_writer_leaves_the_state_before(path: Path) -> None:
    with Store(path) as store:
        store.insert("acme.shop", {"a": 1}, mark=None)
    killed_in_mid_write = """
import os, signal, sys
from pathlib import Path
from clientreg.servers.embedded.store import Store
store = Store(Path(sys.argv[1]))
with store._transaction():
    store._db.execute("UPDATE client SET payload = '{}'")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", killed_in_mid_write, str(path)], check=False).returncode == -9
    with Store(path) as store:
        assert [client.payload for client in store.clients()] == [{"a": 1}]


def test_a_store_that_another_process_keeps_locked(path: Path) -> None:
    write(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with Store(path, timeout=0.05) as store, pytest.raises(CannotFinish) as caught:
            store.insert("acme.shop", {}, mark=None)
    finally:
        holder.close()
    assert caught.value.message == f"{path}: is locked by another process, for longer than we wait"
    assert (
        caught.value.hint
        == "another clientreg (apply, demo, preview) or a SQLite tool has it; end that, then run again"
    )


@pytest.mark.parametrize(
    "content", [b"This is a text file, not a database." * 40, b"SQLite format 3\x00" + b"\xff" * 4096]
)
def test_a_file_that_is_no_database_is_left_as_it_is(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert stopped(path) == (
        "is damaged, or no SQLite file",
        "restore it from a copy, or move it away: the next apply makes a new store, with new clients and credentials",
    )
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_left_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE song (title TEXT)")
    db.close()
    before = path.read_bytes()
    assert stopped(path) == ("is another program's SQLite file", "name another file in the server's `store`")
    assert path.read_bytes() == before


def test_a_versioned_database_of_another_program_is_left_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {VERSION}")
    db.close()
    assert stopped(path) == ("is another program's SQLite file", "name another file in the server's `store`")


def test_a_store_of_a_newer_clientreg(path: Path) -> None:
    write(path)
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.close()
    assert stopped(path) == (
        f"was written by a newer clientreg (store version {VERSION + 1}, this one knows {VERSION})",
        "upgrade clientreg, or name another file in the server's `store`",
    )


def test_a_folder_where_the_file_belongs(path: Path) -> None:
    path.mkdir(parents=True)
    assert stopped(path) == ("is a folder, not a store", "name another file in the server's `store`")


def test_a_file_where_the_folder_belongs(path: Path) -> None:
    path.parent.write_text("")
    assert stopped(path) == (
        "cannot be opened for writing (File exists)",
        "the file and its folder must be writable for the user who runs clientreg",
    )


def test_a_row_that_somebody_broke_by_hand(path: Path) -> None:
    write(path)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE client SET payload = '[1, 2'")
    db.close()
    with Store(path) as store, pytest.raises(CannotFinish) as caught:
        store.clients()
    assert caught.value.message == f"{path}: the row of client 'acme.other' is not as clientreg writes it"


def test_a_full_disk_fails_the_write_and_keeps_the_rest(path: Path) -> None:
    with Store(path) as store:
        store.insert("acme.shop", {"a": 1}, mark=None)
        store._db.execute("PRAGMA max_page_count = 1")  # SQLite's own way to say how large the disk is
        with pytest.raises(WriteFailed) as caught:
            store.insert("acme.big", {"a": "x" * 100_000}, mark=None)
        assert caught.value.message == f"{path}: the disk is full"
        assert [client.client_id for client in store.clients()] == ["acme.shop"]
        store.insert("acme.small", {}, mark=None)


INSERT_AS_NOBODY = """
import os, sqlite3, sys
from pathlib import Path
from clientreg.errors import CannotFinish
from clientreg.servers.embedded.store import Store
if os.geteuid() == 0:
    os.setuid(65534)
try:
    Store(Path(sys.argv[1])).insert("acme.shop", {}, mark=None)
except CannotFinish as error:
    print(error.hint, end="")
"""


@pytest.mark.parametrize(("file", "folder"), [(0o444, 0o755), (0o644, 0o555)], ids=["file", "folder"])
def test_a_place_that_may_only_be_read(file: int, folder: int) -> None:
    with tempfile.TemporaryDirectory() as outer:
        path = Path(outer) / "kept" / "test.db"
        write(path)
        if os.geteuid() == 0:
            Path(outer).chmod(0o755)
            os.chown(path, 65534, -1)
            os.chown(path.parent, 65534, -1)
        path.chmod(file)
        path.parent.chmod(folder)
        command = [sys.executable, "-c", INSERT_AS_NOBODY, str(path)]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        path.parent.chmod(0o755)
        assert told.stdout == "the file and its folder must be writable for the user who runs clientreg", told.stderr
        with Store(path) as store:
            assert [client.client_id for client in store.clients()] == ["acme.other"]


def test_a_secret_matches_its_hash_and_no_other_does() -> None:
    stored = hash_secret(Secret("correct horse"))
    assert secret_matches(stored, "correct horse")
    assert not secret_matches(stored, "correct horsf")
    assert not secret_matches(stored, "")


def test_two_clients_with_one_secret_do_not_look_alike() -> None:
    assert hash_secret(Secret("same")) != hash_secret(Secret("same"))


@pytest.mark.parametrize("stored", ["", "plain", "hmac-sha256$", "hmac-sha256$zz$00", "md5$00$00", "hmac-sha256$00$é"])
def test_a_hash_that_is_none_matches_nothing(stored: str) -> None:
    assert not secret_matches(stored, "")
    assert not secret_matches(stored, "plain")
