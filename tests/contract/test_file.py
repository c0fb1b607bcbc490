"""What only the `file` server type owes: its table of fields, its options, files that are broken, shared or cut off."""

from __future__ import annotations

import fcntl
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from file_harness import FileHarness
from hypothesis import given
from hypothesis import strategies as st
from walk import changes, payload, sync, write, writes
from worlds import APP, NIGHTLY, WEB, World, app, client, shop

from clientreg.capability import SECURITY_FIELDS, Holding
from clientreg.errors import CannotFinish
from clientreg.planning.plan import Action
from clientreg.planning.state import Credential, Record
from clientreg.secret import Secret
from clientreg.servers.file import disk, document, metadata, sidecar
from clientreg.servers.file.capabilities import CAPABILITIES, DOCUMENTATION
from clientreg.servers.file.server import connect
from golden import same

SCHEMA = Path(__file__).parents[2] / "schema" / "client.schema.json"


@pytest.fixture
def harness(tmp_path: Path) -> FileHarness:
    return FileHarness(tmp_path)


# what it declares


def test_every_field_of_a_client_file_is_declared() -> None:
    declared = CAPABILITIES.fields.keys() | DOCUMENTATION
    assert declared == json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"].keys()


def test_what_is_declared_held_is_rendered_and_nothing_else(harness: FileHarness) -> None:
    held = {name for name, how in CAPABILITIES.fields.items() if how.holding in {Holding.HELD, Holding.OTHERWISE}}
    assert payload(harness.server(), shop()).keys() == held | {"organization", "localized"} == metadata.DEFAULTS.keys()


def test_a_security_field_is_held_or_refused() -> None:
    lost = [name for name in SECURITY_FIELDS if CAPABILITIES.fields[name].holding is Holding.NOT_HELD]
    assert lost == []


def test_every_gap_says_why() -> None:
    gaps = [name for name, how in CAPABILITIES.fields.items() if how.holding is not Holding.HELD or how.only]
    assert [name for name in gaps if not CAPABILITIES.fields[name].why] == []


# its entry in registry.yaml

OPTIONS = {"format": "oidc-provider", "path": "out/clients.json", "issuer": "https://a.example", "recipients": ["age1"]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": None}, "server 'local' has no format"),
        ({"format": "keycloack"}, "server 'local': format is 'keycloack'"),
        ({"path": None}, "server 'local' has no path"),
        ({"path": "clients/acme/shop.json"}, "server 'local': path is 'clients/acme/shop.json'"),
        ({"path": ".//schema/x.json"}, "server 'local': path is './/schema/x.json'"),
        ({"path": ".github/x.json"}, "server 'local': path is '.github/x.json'"),
        ({"path": "out/../clients/x.json"}, "server 'local': path is 'out/../clients/x.json'"),
        ({"path": "registry.yaml"}, "server 'local': path is 'registry.yaml'"),
        ({"path": "~/x.json"}, "server 'local': path is '~/x.json'"),
        ({"path": "out/"}, "server 'local': path is 'out/'"),
        ({"path": "out/.json/"}, "server 'local': path is 'out/.json/'"),
        ({"path": "a.json.clientreg.json"}, "server 'local': path is 'a.json.clientreg.json'"),
        ({"issuer": None}, "server 'local' has no issuer"),
        ({"issuer": "https://a.example/"}, "server 'local': issuer is 'https://a.example/'"),
        ({"recipients": None}, "server 'local' has no recipients"),
        ({"recipients": []}, "server 'local': recipients is []"),
        ({"recipients": "age1"}, "server 'local': recipients is 'age1'"),
    ],
)
def test_an_entry_that_cannot_be_used_is_told_why(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(CannotFinish) as caught:
        connect("local", {name: value for name, value in {**OPTIONS, **change}.items() if value is not None}, tmp_path)
    assert caught.value.message == message
    assert "For example: " in caught.value.hint


@pytest.mark.parametrize(
    "path", ["clients.json", "../deployment/clients.json", "./out/a.b.json", "clientsx/a.json", "/srv/a.json"]
)
def test_a_path_may_be_anywhere_else(tmp_path: Path, path: str) -> None:
    assert connect("local", {**OPTIONS, "path": path}, tmp_path).path == tmp_path / path


@pytest.mark.parametrize("path", ["{root}/clients/x.json", "../{name}/schema/x.json", "link/x.json"])
def test_no_spelling_leads_to_the_registrys_own_files(tmp_path: Path, path: str) -> None:
    (tmp_path / "clients").mkdir()
    (tmp_path / "link").symlink_to("clients")
    with pytest.raises(CannotFinish, match="is among the registry's own files"):
        connect("local", {**OPTIONS, "path": path.format(root=tmp_path, name=tmp_path.name)}, tmp_path)


# the text of the file


def test_the_file_is_the_same_whatever_came_before(tmp_path: Path) -> None:
    """Ids of credentials aside, which are no part of what a registry says."""
    texts = []
    for name, worlds in {
        "a": [(app(), NIGHTLY)],
        "b": [(NIGHTLY,), (NIGHTLY, app(client_name="Old")), (app(), NIGHTLY)],
    }.items():
        harness = FileHarness(tmp_path / name)
        for world in worlds:
            (tmp_path / name).mkdir(exist_ok=True)
            assert [outcome.error for outcome in sync(harness.server(), world) if outcome.error] == []
        texts.append(harness.file.read_text())
    assert texts[0] == texts[1]


def test_a_client_is_metadata_that_people_can_read(harness: FileHarness) -> None:
    sync(harness.server(), (app(client_name="Bølge", software_id="7"),))
    same("files/oidc_provider.json", harness.file.read_text())


def test_a_run_without_a_client_leaves_a_file_that_a_provider_can_read(harness: FileHarness) -> None:
    harness.server().save_record(Record("connect", "test", "c1"))
    assert harness.file.read_text() == "[]\n"


BROKEN = {
    "": "line 1, column 1: a JSON array begins with [",
    "{}": "line 1, column 1: a JSON array begins with [",
    '[\n  {"client_id": "a"},\n]': "line 3, column 1: a comma is followed by a client",
    '[{"client_id": "a"} {"client_id": "b"}]': "line 1, column 21: a client is followed by , or ]",
    '[{"client_id": "a"': "line 1, column 19: expecting ',' delimiter",
    '[{"client_id": "a"}': "line 1, column 20: a client is followed by , or ]",
    '[{"client_id": "a"}] x': "line 1, column 22: nothing follows the array",
    "[{client_id: 1}]": "line 1, column 3: expecting property name enclosed in double quotes",
    '[{"client_name": "a"}]': "entry 1 is no client: it has no client_id",
    '[{"client_id": "a"}, 7]': "entry 2 is no client: it has no client_id",
    '[{"client_id": "a"}, {"client_id": "a"}]': "two entries are of client 'a'",
    '[{"client_id": "a", "x": NaN}]': "line 1, column 2: this is no JSON that could be read",
    '[{"client_id": "a", "x": 1e999}]': "line 1, column 2: this is no JSON that could be read",
    "[" * 100_000: "line 1, column 2: this is no JSON that could be read",
    '[{"client_id": "a", "x": ' + "9" * 5000 + "}]": "line 1, column 2: this is no JSON that could be read",
}


@pytest.mark.parametrize(("text", "message"), BROKEN.items(), ids=range(len(BROKEN)))
def test_a_broken_file_is_told_where_and_stays_as_it_is(harness: FileHarness, text: str, message: str) -> None:
    harness.file.parent.mkdir()
    harness.file.write_text(text)
    for act in (harness.server().read, lambda: list(harness.server().apply(()))):
        with pytest.raises(CannotFinish) as caught:
            act()
        assert caught.value.message == f"{harness.file}: is damaged: {message}"
    assert harness.file.read_text() == text


@given(st.text() | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_reading_any_text_ends_in_clients_or_in_words(text: str) -> None:
    for parse in (document.parse, sidecar.parse):
        try:
            parse(text)
        except document.Damaged as damaged:
            words = str(damaged)
        else:
            words = "clients"
        assert words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not as clientreg writes it (line 1: Expecting property name enclosed in double quotes)"),
        ("[]", "not as clientreg writes it (another form)"),
        ('{"version": 2}', "a newer clientreg wrote it (version 2, this one knows 1)"),
        ('{"version": 1}', "not as clientreg writes it (another form)"),
    ],
)
def test_a_broken_sidecar_is_told_and_stays_as_it_is(harness: FileHarness, text: str, words: str) -> None:
    sync(harness.server(), (app(),))
    harness.sidecar.write_text(text)
    with pytest.raises(CannotFinish) as caught:
        harness.server().read()
    assert caught.value.message == f"{harness.sidecar}: is damaged: {words}"
    assert harness.sidecar.read_text() == text


def test_a_file_that_is_gone_is_not_begun_anew_in_silence(harness: FileHarness) -> None:
    sync(harness.server(), (app(),))
    harness.server().save_record(Record("connect", "test", "c1"))
    harness.file.unlink()
    with pytest.raises(CannotFinish, match=r"is gone, and clients\.json\.clientreg\.json beside it tells of its"):
        harness.server().read()
    harness.sidecar.unlink()
    assert harness.server().read() == ()


def test_without_its_sidecar_every_client_is_foreign(harness: FileHarness) -> None:
    sync(harness.server(), (app(), shop()))
    harness.sidecar.unlink()
    assert {one.key: one.mark for one in harness.server().read()} == {"acme.app": None, "acme.shop": None}
    assert changes(harness.server(), (app(), shop())) == ()


# what others do to it


def by_hand(harness: FileHarness, edit: Callable[[list[dict[str, Any]]], object]) -> None:
    entries = harness.entries()
    edit(entries)
    harness.file.write_text(json.dumps(entries))


def test_a_change_by_hand_is_seen_and_put_back(harness: FileHarness) -> None:
    sync(harness.server(), (app(),))
    by_hand(harness, lambda entries: entries[0].update(redirect_uris=["com.evil:/cb"]))
    (change,) = changes(harness.server(), (app(),))
    (field,) = change.fields
    assert (field.path, field.before, field.after) == (("redirect_uris",), ["com.evil:/cb"], ["com.acme.app:/cb"])
    sync(harness.server(), (app(),))
    assert harness.raw()["acme.app"]["redirect_uris"] == ["com.acme.app:/cb"]


def test_a_client_taken_out_by_hand_is_made_again(harness: FileHarness) -> None:
    sync(harness.server(), (app(), NIGHTLY))
    by_hand(harness, lambda entries: entries.pop(0))
    assert [(change.action, change.key) for change in changes(harness.server(), (app(), NIGHTLY))] == [
        (Action.CREATE, "acme.app")
    ]
    sync(harness.server(), (app(), NIGHTLY))
    assert changes(harness.server(), (app(), NIGHTLY)) == ()


def test_a_client_that_was_left_out_and_put_back_by_hand_is_seen_there(harness: FileHarness) -> None:
    sync(harness.server(), (app(enabled=False),))
    by_hand(harness, lambda entries: entries.append({"client_id": "acme.app"}))
    assert [one.payload["enabled"] for one in harness.server().read()] == [True]
    sync(harness.server(), (app(enabled=False),))
    assert harness.entries() == []


def test_another_layout_of_the_file_is_no_change(harness: FileHarness) -> None:
    sync(harness.server(), (app(), shop()))
    planned = changes(harness.server(), (app(client_name="Other"), shop()))
    harness.file.write_text(json.dumps(harness.entries(), indent=7))
    assert [outcome.error for outcome in harness.server().apply(writes(planned))] == [None]


def test_what_an_adopted_client_has_beside_ours_stays(harness: FileHarness) -> None:
    harness.file.parent.mkdir()
    theirs = {
        "client_id": "acme.shop",
        "client_secret": "theirs",
        "userinfo_signed_response_alg": "RS256",
        "scope": "a",
    }
    harness.file.write_text(json.dumps([theirs]))
    (change,) = changes(harness.server(), (shop(),), adopt=True)
    assert [outcome.error for outcome in harness.server().apply((write(change),))] == [None]
    (one,) = harness.entries()
    assert (one["client_secret"], one["userinfo_signed_response_alg"]) == ("theirs", "RS256")
    assert ("secret_ref" in one, "theirs" in harness.sidecar.read_text()) == (False, False)
    rotation = change._replace(action=Action.ROTATE, revision=harness.server().read()[0].revision())
    list(harness.server().apply((write(rotation, Credential("new", 2, Secret("ours"))),)))
    (one,) = harness.entries()
    assert ("client_secret" in one, harness.secret(one)) == (False, "ours")


def test_permissions_stay_and_the_sidecar_has_the_files(harness: FileHarness) -> None:
    harness.file.parent.mkdir()
    harness.file.write_text("[]")
    harness.file.chmod(0o600)
    sync(harness.server(), (app(),))
    assert [oct(file.stat().st_mode & 0o777) for file in (harness.file, harness.sidecar)] == ["0o600", "0o600"]


# secrets beside it


def sealed(harness: FileHarness) -> list[str]:
    return sorted(path.name for path in (harness.file.parent / "clients.json.secrets").iterdir())


def test_a_sealed_secret_that_is_lost_is_replaced(harness: FileHarness) -> None:
    sync(harness.server(), (shop(),))
    (harness.file.parent / harness.entries()[0]["secret_ref"]).unlink()
    (change,) = changes(harness.server(), (shop(),))
    assert [(field.path, field.why) for field in change.fields] == [
        (("credentials", "generation"), "its authentication needs a client secret")
    ]


def test_the_next_apply_removes_sealed_secrets_that_no_client_has(harness: FileHarness) -> None:
    server = harness.server()
    sync(server, (shop(), NIGHTLY))
    folder = harness.file.parent / "clients.json.secrets"
    (folder / "left.age").write_text("by a run that was killed")
    (folder / "README").write_text("not ours")
    sync(server, (NIGHTLY, client("other", WEB)))
    assert sealed(harness) == ["README", "id-acme.nightly.age", "id-acme.other.age", "id-acme.shop.age"]
    list(server.apply(()))
    assert sealed(harness) == ["README", "id-acme.nightly.age", "id-acme.other.age"]


def test_a_client_that_is_left_out_keeps_its_secret(harness: FileHarness) -> None:
    server = harness.server()
    for world in ((shop(),), (shop(enabled=False),)):
        sync(server, world)
    list(server.apply(()))
    assert [one.has_secret for one in server.read()] == [True]
    sync(server, (shop(),))
    assert harness.secret(harness.entries()[0])


# the disk


def apply_one(harness: FileHarness) -> list[str | None]:
    return [outcome.error for outcome in harness.server().apply(writes(changes(harness.server(), (app(),))))]


def test_a_locked_file_is_told(harness: FileHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "WAIT", 0.05)
    sync(harness.server(), (shop(),))
    lock = harness.file.parent / "clients.json.clientreg.lock"
    made: list[str] = []
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        planned = changes(harness.server(), (shop(), NIGHTLY))
        with pytest.raises(CannotFinish) as caught:
            list(harness.server().apply(writes(planned, lambda key, _: made.append(key))))
    assert caught.value.message == f"{lock}: is locked by another process, for longer than we wait"
    assert made == []


def test_a_file_that_becomes_locked_fails_the_write_in_hand_and_ends_the_apply(
    harness: FileHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "WAIT", 0.05)
    world = (app(), NIGHTLY, shop())
    run = harness.server().apply(writes(changes(harness.server(), world)))
    assert next(run).error is None
    with (harness.file.parent / "clients.json.clientreg.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "is locked by another process" in (next(run).error or "")
        with pytest.raises(CannotFinish):
            next(run)
    assert [change.key for change in changes(harness.server(), world)] == ["acme.nightly", "acme.shop"]


LINKED = ["clients.json", "clients.json.clientreg.json", "clients.json.clientreg.lock", "clients.json.secrets"]


@pytest.mark.parametrize("name", LINKED)
def test_nothing_is_written_through_a_link(harness: FileHarness, tmp_path: Path, name: str) -> None:
    target = tmp_path / "elsewhere"
    target.write_text("[]")
    harness.file.parent.mkdir()
    (harness.file.parent / name).symlink_to(target)
    with pytest.raises(CannotFinish, match="is a link, and nothing is read or written through one"):
        list(harness.server().apply(writes(changes(harness.server(), (shop(),)))))
    assert target.read_text() == "[]"


@pytest.mark.parametrize("name", ["clients.json", "clients.json.clientreg.json"])
def test_a_folder_or_a_pipe_in_its_place_is_told(harness: FileHarness, name: str) -> None:
    place = harness.file.parent / name
    for make in (place.mkdir, lambda: os.mkfifo(place)):
        harness.file.parent.mkdir(exist_ok=True)
        make()
        with pytest.raises(CannotFinish, match="is no file"):
            harness.server().read()
        place.rmdir() if place.is_dir() else place.unlink()


@pytest.mark.parametrize("act", ["read", "record"])
def test_a_path_through_a_file_is_told(harness: FileHarness, act: str) -> None:
    harness.file.parent.write_text("")
    with pytest.raises(CannotFinish, match=r"state/clients\.json.*: cannot be read \(Not a directory\)"):
        getattr(harness.server(), act)()


@contextmanager
def full(harness: FileHarness, monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[None]:
    """From the write of that number on the disk is full."""
    written, count = os.fsync, iter(range(1000))

    def fsync(descriptor: int) -> None:
        if next(count) >= number:
            raise OSError(28, "No space left on device")
        written(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        yield


@pytest.mark.parametrize("number", range(8))
def test_a_full_disk_leaves_what_was_there(harness: FileHarness, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    sync(harness.server(), (app(), shop()))
    world = (app(client_name="Other"), shop(client_name="Other"))
    planned = changes(harness.server(), world)
    with full(harness, monkeypatch, number), pytest.raises(CannotFinish, match="No space left") as caught:
        list(harness.server().apply(writes(planned)))
    assert caught.value.hint == "the disk is full: free some space, then run again"
    assert [outcome.error for outcome in sync(harness.server(), world) if outcome.error] == []
    assert changes(harness.server(), world) == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(harness: FileHarness) -> None:
    sync(harness.server(), (app(),))
    harness.file.parent.chmod(0o500)
    planned = changes(harness.server(), (app(client_name="Other"),))
    (harness.file.parent / "clients.json.clientreg.lock").unlink(missing_ok=True)
    with pytest.raises(CannotFinish, match="cannot be written"):
        list(harness.server().apply(writes(planned)))


# killed, and raced

STEPS = ((os, "replace"), (os, "fsync"), (os, "open"), (Path, "unlink"), (Path, "mkdir"))


def killed(act: Callable[[], object], number: int | None) -> int:
    """Runs it in a process of its own that is killed at that step; how many steps there were, where none is named."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        seen = 0

        def step() -> None:
            nonlocal seen
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1

        for owner, name in STEPS:
            setattr(owner, name, _stepping(getattr(owner, name), step))
        act()
        os.write(sending, str(seen).encode())
        os._exit(0)
    os.close(sending)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said = os.read(receiving, 20)
    os.close(receiving)
    assert ended == (0 if number is None else -9)
    return int(said or 0)


def _stepping(call: Callable[..., Any], step: Callable[[], None]) -> Callable[..., Any]:
    def stepping(*arguments: Any, **named: Any) -> Any:
        step()
        made = call(*arguments, **named)
        step()
        return made

    return stepping


def deaths(folder: Path) -> Iterator[tuple[FileHarness, list[int | None]]]:
    """A new world for each step at which to die, and for none first; the caller adds how many steps there are."""
    first: list[int | None] = [None]
    yield _world(folder, "whole"), first
    assert isinstance(first[1], int)
    assert first[1] > 5
    for step in range(first[1]):
        yield _world(folder, str(step)), [step]


def _world(folder: Path, name: str) -> FileHarness:
    (folder / name).mkdir()
    return FileHarness(folder / name)


MOVES: dict[str, tuple[World, World]] = {
    "create": ((NIGHTLY,), (NIGHTLY, app(), shop())),
    "change": ((app(), shop()), (app(client_name="Other"), shop(client_name="Other"))),
    "leave out": ((app(), shop()), (app(enabled=False), shop(enabled=False))),
    "put back": ((app(enabled=False), shop(enabled=False)), (app(), shop())),
    "delete": ((app(), shop(), NIGHTLY), (NIGHTLY,)),
    "first": ((), (shop(),)),
    "become public": ((shop(), client("app", WEB)), (shop(client_type="public"), client("app", APP))),
}


@pytest.mark.parametrize("move", MOVES)
def test_killed_at_any_step_a_client_is_as_it_was_or_as_it_was_to_be(tmp_path: Path, move: str) -> None:
    before, after = MOVES[move]
    for harness, number in deaths(tmp_path):
        sync(harness.server(), before)
        number.append(killed(partial(sync, harness.server(), after), number[0]))
        _check(harness, before, after)


def _check(harness: FileHarness, before: World, after: World) -> None:
    """Ours, whole, with the secret that its mark names; and the next apply converges."""
    server = harness.server()
    old, new = ({one.client_id: payload(server, one) for one in world} for world in (before, after))
    for one in server.read():
        assert one.mark is not None
        assert one.payload in (old.get(one.key), new.get(one.key))
        assert one.has_secret == str(one.payload["token_endpoint_auth_method"]).startswith("client_secret_")
    for entry in harness.entries():
        assert ("secret_ref" not in entry) or harness.secret(entry)
    gone = old.keys() - {one.key for one in server.read()}
    assert gone <= old.keys() - new.keys()
    assert [outcome.error for outcome in sync(server, after) if outcome.error] == []
    assert changes(server, after) == ()
    list(server.apply(()))
    folder = harness.file.parent / "clients.json.secrets"
    kept = {path.name for path in folder.iterdir() if path.suffix == ".age"} if folder.exists() else set()
    held = [*harness.entries(), *(one["left_out"] for one in harness.beside()["clients"].values() if "left_out" in one)]
    assert kept == {Path(one["secret_ref"]).name for one in held if "secret_ref" in one}


def test_a_rotation_that_is_killed_leaves_mark_and_secret_of_one_credential(tmp_path: Path) -> None:
    for harness, number in deaths(tmp_path):
        server = harness.server()
        (create,) = changes(server, (shop(),))
        list(server.apply((write(create, Credential("old", 1, Secret("old"))),)))
        rotate = create._replace(action=Action.ROTATE, revision=server.read()[0].revision())
        writing = (write(rotate, Credential("new", 2, Secret("new"))),)
        number.append(killed(lambda server=server, writing=writing: list(server.apply(writing)), number[0]))
        (one,) = server.read()
        assert one.mark is not None
        assert one.mark.credential is not None
        assert harness.secret(harness.entries()[0]) == one.mark.credential.id


def test_processes_that_race_each_write_their_own_and_lose_nobody(harness: FileHarness) -> None:
    """Each of four runs makes its own ten clients in one file, and one of them is read all the while."""
    ids = [[f"run-{run}-{number}" for number in range(10)] for run in range(4)]
    plans = [changes(harness.server(), tuple(client(one, APP) for one in mine)) for mine in ids]
    children = []
    for planned in plans:
        child = os.fork()
        if child == 0:
            done = [outcome.error for outcome in harness.server().apply(writes(planned))]
            os._exit(0 if done == [None] * 10 else 1)
        children.append(child)
    marks = [one.mark is not None for _ in range(50) for one in harness.server().read()]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0, 0]
    assert all(marks)
    assert harness.raw().keys() == {f"acme.{one}" for mine in ids for one in mine}


def test_a_reader_that_is_overtaken_reads_again(harness: FileHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a client that is in the file, and was not in the sidecar a moment ago, would look foreign."""
    server = harness.server()
    sync(server, (app(),))
    read, overtaken = disk.read, iter([True])

    def reading(path: Path) -> bytes | None:
        if path == harness.file and next(overtaken, False):
            sync(harness.server(), (app(), shop()))
        return read(path)

    monkeypatch.setattr(disk, "read", reading)
    assert {one.key: one.mark is not None for one in server.read()} == {"acme.app": True, "acme.shop": True}


def test_a_reader_waits_for_no_writer_and_never_sees_half(
    harness: FileHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the sidecar and the file, a client is as it was."""
    server = harness.server()
    sync(server, (app(),))
    seen: list[Any] = []
    replaced = os.replace

    def look(source: Path, target: Path) -> None:
        if Path(target).name == "clients.json":
            seen.extend(one.payload["client_name"] for one in harness.server().read())
        replaced(source, target)

    monkeypatch.setattr(os, "replace", look)
    sync(server, (app(client_name="Other"),))
    assert (seen, [one.payload["client_name"] for one in server.read()]) == (["Acme App"], ["Other"])
