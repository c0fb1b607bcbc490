"""The main job from beginning to end, on a machine with nothing but Python: from files to real logins, and back.

Lint, plan, apply to the embedded server, log in with every client over HTTP, show that what must fail fails, plan again
and find nothing to do. Nothing is simulated: the clients speak to a running server as strangers would.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from clientreg.demo.agent import NotProved, expect
from clientreg.errors import CannotFinish
from clientreg.finding import Severity

if TYPE_CHECKING:
    from clientreg.demo.listener import Listener
    from clientreg.demo.party import Party
    from clientreg.demo.stage import Stage
    from clientreg.registry import Registry
    from clientreg.sync import Applied, Planned


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that was shown: what it is about, what held, how long it took; `failure` says what did not hold."""

    subject: str
    kind: str
    proved: tuple[str, ...]
    seconds: float
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that the demo showed: per client, across clients, and what had to fail."""

    clients: tuple[Proof, ...]
    together: tuple[Proof, ...]
    refused: tuple[Proof, ...]
    unchanged: bool
    seconds: float

    @property
    def held(self) -> bool:
        """Whether all of it held."""
        every = (*self.clients, *self.together, *self.refused)
        return self.unchanged and bool(self.clients) and all(proof.failure is None for proof in every)


Tell: TypeAlias = Callable[[str, str], None]
"""Called with the name of a step and what came of it, as the demo goes on."""


def run(tell: Tell, *, today: str) -> Shown:
    """Run it in a temporary folder. Raises NotProved or CannotFinish where it cannot even get to the logins."""
    from clientreg.demo import stage
    from clientreg.demo.listener import Listener

    started = time.perf_counter()
    with Listener() as listener, _folder() as folder:
        built = _built(folder, listener, today)
        loaded = built.load()
        report = built.judge(loaded)
        errors = [f for f in report.findings if f.severity is Severity.ERROR and not f.waived]
        tell(
            "lint", f"{len(loaded.clients)} clients of {len(loaded.organizations)} organizations, {len(errors)} errors"
        )
        planned = built.plan(loaded, report)
        tell("plan", _counts(planned))
        applied = _apply(planned)
        tell("apply", f"{len(applied.outcomes)} clients created, {len(stage.sealed(applied))} secrets sealed")
        scene = _Scene(built, loaded, planned, applied)
        clients, together, refused = _play(scene, listener, tell)
        again = built.plan(loaded, report)
        tell("plan", "no changes" if not again.plan.changes else _counts(again))
    return Shown(clients, together, refused, not again.plan.changes, round(time.perf_counter() - started, 1))


def _built(folder: Path, listener: Listener, today: str) -> Stage:
    from clientreg.demo import stage

    try:
        return stage.build(folder, listening=listener.port, today=today)
    except OSError as error:
        why = f": {error.strerror}" if error.strerror else ""
        raise CannotFinish(f"{folder}: the example registry cannot be copied there{why}", _ROOM) from None


@dataclass(frozen=True, slots=True)
class _Scene:
    built: Stage
    loaded: Registry
    planned: Planned
    applied: Applied


def _play(scene: _Scene, listener: Listener, tell: Tell) -> tuple[tuple[Proof, ...], ...]:
    """Everything that needs the running server."""
    from clientreg.demo import journeys, party, refusals, stage
    from clientreg.servers.embedded.provider import serve

    scopes = {name: scope.description for name, scope in stage.settings(scene.loaded).scopes.items()}
    with serve(scene.built.store(scene.loaded), issuer=scene.built.issuer, scopes=scopes) as running:
        parties = _parties(scene, running.url)
        tell("serve", f"{running.url}; every sealed secret opened with the key")
        tell("login", f"checked each time: {party.CHECKED}")
        jobs = ((key, _kind(one), partial(journeys.of, one, listener)) for key, one in parties.items())
        clients = _told(_proofs(jobs), "login", tell)
        shared = ("single sign-on", "", partial(journeys.single_sign_on, parties))
        together = _told(_proofs([shared]), "share", tell)
        tries = ((what, "", try_it) for what, try_it in refusals.all_of(_victim(parties.values())))
        refused = _told(_proofs(tries), "refuse", tell)
    return clients, together, refused


def _parties(scene: _Scene, url: str) -> dict[str, Party]:
    from clientreg.demo import stage
    from clientreg.demo.party import Party, Provider

    provider, sealed = Provider.discover(url), stage.sealed(scene.applied)
    parties = {}
    for wanted in scene.planned.inputs.wanted:
        registration = wanted.registration
        secret = None
        if registration.needs_secret:
            expect(registration.client_id in sealed, f"{registration.client_id} got no sealed secret")
            secret = scene.built.secret(sealed[registration.client_id])
        parties[registration.client_id] = Party(provider, registration, secret)
    return parties


def _victim(parties: Iterable[Party]) -> Party:
    """A confidential client that signs users in: everything can be refused to it."""
    return next(party for party in parties if party.secret is not None and party.registration.signs_users_in)


def _proofs(jobs: Iterable[tuple[str, str, Callable[[], tuple[str, ...]]]]) -> Iterator[Proof]:
    for subject, kind, job in jobs:
        started = time.perf_counter()
        try:
            proved, failure = job(), None
        except NotProved as error:
            proved, failure = (), str(error)
        yield Proof(subject, kind, proved, round(time.perf_counter() - started, 2), failure)


def _told(proofs: Iterable[Proof], step: str, tell: Tell) -> tuple[Proof, ...]:
    done = tuple(proofs)
    for proof in done:
        if proof.failure:
            tell(step, f"{proof.subject}: {proof.failure}")
    tell(step, f"{sum(proof.failure is None for proof in done)} of {len(done)} held")
    return done


def _kind(party: Party) -> str:
    registration = party.registration
    return f"{registration.platform}, {registration.client_type}"


def _apply(planned: Planned) -> Applied:
    from clientreg import sync

    applied = sync.apply(planned, expect=planned.plan.digest)
    errors = [f"{o.change.key}: {o.error}" for o in applied.outcomes if o.error]
    expect(not applied.failed, f"the apply failed: {'; '.join(errors[:3])}")
    return applied


def _counts(planned: Planned) -> str:
    refused = [one for server in planned.plan.servers for one in server.refused]
    expect(not refused, f"{refused[0].key} is refused: {refused[0].why}" if refused else "")
    counts: dict[str, int] = {}
    for change in planned.plan.changes:
        counts[change.action.value] = counts.get(change.action.value, 0) + 1
    return ", ".join(f"{number} to {action}" for action, number in counts.items())


_ROOM = "set TMPDIR to a folder with room"


class _folder:  # noqa: N801 - used as a function
    """A temporary folder that goes away whatever happens."""

    def __enter__(self) -> Path:
        try:
            self._temporary = tempfile.TemporaryDirectory(prefix="clientreg-demo-", ignore_cleanup_errors=True)
        except OSError as error:
            raise CannotFinish(f"no temporary folder: {error.strerror}", _ROOM) from None
        return Path(self._temporary.name)

    def __exit__(self, *_: object) -> None:
        self._temporary.cleanup()
