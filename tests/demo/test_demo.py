"""The demo holds on a server that is right, and says what is wrong with one that is not: each check, broken once."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from clientreg import demo, sync
from clientreg.demo import journeys, listener, refusals, stage
from clientreg.demo.agent import NotProved
from clientreg.demo.listener import Listener
from clientreg.demo.party import Party, Provider
from clientreg.errors import CannotFinish
from clientreg.model import Registration
from clientreg.report import demo_text
from clientreg.report.style import Style
from clientreg.secret import Secret
from clientreg.servers.embedded.provider import metadata, serve
from clientreg.servers.embedded.server import EmbeddedServer
from demo.broken import JOURNEYS, REFUSALS, TOGETHER, Break, instead
from golden import same

TODAY = "2031-05-05"


@dataclass(frozen=True)
class Scene:
    """The example registry on a server, and who its clients are."""

    store: Path
    issuer: str
    listening: Listener
    registrations: dict[str, Registration]
    secrets: dict[str, Secret]

    @contextmanager
    def parties(self, folder: Path) -> Iterator[dict[str, Party]]:
        """The clients in front of a server of their own, on which nobody has logged in yet."""
        self.listening._received.queue.clear()
        store = Path(shutil.copy(self.store, folder))
        with serve(store, issuer=self.issuer):
            provider = Provider.discover(self.issuer)
            yield {
                key: Party(provider, registration, self.secrets.get(key))
                for key, registration in self.registrations.items()
            }


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Built and applied as the demo does it."""
    with Listener() as listening:
        built = stage.build(tmp_path_factory.mktemp("stage"), listening=listening.port, today=TODAY)
        loaded = built.load()
        planned = built.plan(loaded, built.judge(loaded))
        sealed = stage.sealed(sync.apply(planned, expect=planned.plan.digest))
        store = built.store(loaded)
        serve(store, issuer=built.issuer).close()  # makes the signing key once, for all
        yield Scene(
            store, built.issuer, listening,
            {one.registration.client_id: one.registration for one in planned.inputs.wanted},
            {key: built.secret(handed) for key, handed in sealed.items()},
        )  # fmt: skip


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not come is not waited for."""
    monkeypatch.setattr(listener, "_PATIENCE", 0.3)


def test_everything_that_the_demo_promises_is_shown() -> None:
    told: list[tuple[str, str]] = []
    shown = demo.run(lambda *words: told.append(words), today=TODAY)
    assert shown.held
    plain = Style(colour=False, width=80)
    names = [name for name, _ in told]
    steps = "".join(
        demo_text.step(name, words, first=name not in names[:at] or name == "plan", style=plain)
        for at, (name, words) in enumerate(told)
    )
    timeless = replace(
        shown,
        clients=tuple(replace(one, seconds=0) for one in shown.clients),
        together=tuple(replace(one, seconds=0) for one in shown.together),
        refused=tuple(replace(one, seconds=0) for one in shown.refused),
        seconds=0,
    )
    text = demo_text.shown(timeless, plain, program="clientreg")
    same("demo/demo.txt", re.sub(r"127\.0\.0\.1:[0-9]+", "127.0.0.1:0", steps) + text)


@pytest.mark.parametrize(("client_id", "broken", "words"), JOURNEYS.values(), ids=JOURNEYS)
@pytest.mark.usefixtures("impatient")
def test_a_login_that_is_not_right_is_not_proved(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client_id: str, broken: Break, words: str
) -> None:
    broken(monkeypatch)
    with scene.parties(tmp_path) as parties, pytest.raises(NotProved, match=f"^{re.escape(words)}"):
        journeys.of(parties[client_id], scene.listening)


@pytest.mark.parametrize(("broken", "words"), TOGETHER.values(), ids=TOGETHER)
def test_a_login_that_is_shared_wrongly_is_not_proved(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Break, words: str
) -> None:
    broken(monkeypatch)
    with scene.parties(tmp_path) as parties, pytest.raises(NotProved, match=f"^{re.escape(words)}"):
        journeys.single_sign_on(parties)


@pytest.mark.parametrize(("attempt", "broken", "words"), REFUSALS.values(), ids=REFUSALS)
def test_what_passes_although_it_must_fail_is_not_proved(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attempt: str, broken: Break, words: str
) -> None:
    broken(monkeypatch)
    with scene.parties(tmp_path) as parties:
        tries = dict(refusals.all_of(parties["ostavind-power.my-power"]))
        with pytest.raises(NotProved, match=f"^{re.escape(words)}"):
            tries[attempt]()


def test_each_refusal_is_broken_once(scene: Scene, tmp_path: Path) -> None:
    with scene.parties(tmp_path) as parties:
        named = [what for what, _ in refusals.all_of(parties["ostavind-power.my-power"])]
    assert {attempt for attempt, _, _ in REFUSALS.values()} == set(named)


def test_discovery_that_speaks_for_another_is_not_proved(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instead(metadata, "document", lambda *_: {"issuer": "http://x.example"})(monkeypatch)
    with pytest.raises(NotProved, match=r"^discovery of .* speaks for http://x\.example"), scene.parties(tmp_path):
        pass


def test_a_server_that_keeps_something_else_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    real = EmbeddedServer.read

    def forgetful(self: EmbeddedServer) -> list[object]:
        return [replace(one, payload={**one.payload, "client_name": "x"}) for one in real(self)]

    monkeypatch.setattr(EmbeddedServer, "read", forgetful)
    with pytest.raises(CannotFinish, match=r"^the apply failed: .* it holds something else in client_name"):
        demo.run(lambda *_: None, today=TODAY)


def test_a_disk_with_no_room_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(CannotFinish, match=r"the example registry cannot be copied there: No space left on device"):
        demo.run(lambda *_: None, today=TODAY)
