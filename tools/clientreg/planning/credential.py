"""What a plan does about a client's secret: keep it, make one, or bring the one that another server has. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from clientreg.planning.plan import CredentialStep, Refusal
from clientreg.planning.state import CredentialMark, Desired, Observed


class Step(NamedTuple):
    """The step, the mark as far as it is known before the step is taken, and the generations before and after.

    `why` is empty when nothing about the credential changes; `rotation` says that a secret in use is replaced.
    """

    credential: CredentialStep
    mark: CredentialMark | None = None
    before: int | None = None
    generation: int | None = None
    why: str = ""
    rotation: bool = False


def step(
    want: Desired, found: Observed | None, *, recorded: frozenset[str], held: CredentialMark | None
) -> Step | Refusal:
    """Decide for one client on one server. `found` without a mark is a client that is being adopted."""
    mark = None if found is None or found.mark is None else found.mark.credential
    if not want.needs_secret:
        gone = "" if mark is None else "its authentication uses no secret any more"
        return Step(CredentialStep.NONE, before=None if mark is None else mark.generation, why=gone)
    if found is None:
        return _fresh(want, None, held, "a client secret of its own")
    if mark is None:
        return _unmarked(want, found, held)
    if want.generation < mark.generation:
        return _backwards(want, mark)
    why = _replaced(want, mark, held, recorded)
    return _fresh(want, mark, held, why, rotation=True) if why else Step(CredentialStep.NONE, mark=mark)


def _replaced(want: Desired, mark: CredentialMark, held: CredentialMark | None, recorded: frozenset[str]) -> str:
    """Why the secret that the mark names must go; empty where it stays."""
    if want.generation > mark.generation:
        return "the file asks for a new client secret"
    if mark.id not in recorded:
        return f"no sink has its credential {mark.id}: nobody may hold it"
    if held is not None and held.generation == mark.generation and held.id != mark.id:
        return "another server of the environment holds another secret"
    return ""


def _unmarked(want: Desired, found: Observed, held: CredentialMark | None) -> Step:
    """A client whose secret, if it has one, is not of our making: adopted, and left alone until the file asks."""
    if not found.has_secret:
        return _fresh(want, None, held, "its authentication needs a client secret")
    if want.generation > 1:
        return _fresh(want, None, held, "the file asks for a new client secret", rotation=True)
    return Step(CredentialStep.NONE)


def _fresh(
    want: Desired, mark: CredentialMark | None, held: CredentialMark | None, why: str, *, rotation: bool = False
) -> Step:
    shared = held is not None and held.generation == want.generation
    return Step(
        CredentialStep.SHARED if shared else CredentialStep.NEW,
        mark=held if shared else None,
        before=None if mark is None else mark.generation,
        generation=want.generation,
        why=f"{why}; the one that the environment's other servers have" if shared else why,
        rotation=rotation,
    )


def _backwards(want: Desired, mark: CredentialMark) -> Refusal:
    return Refusal(
        want.key,
        want.source,
        f"credentials.generation is {want.generation}, but the server holds generation {mark.generation}",
        f"write `generation: {mark.generation}` to keep the secret, {mark.generation + 1} for a new one",
    )


def missing(want: Desired, recipients: tuple[str, ...], undeliverable: tuple[str, str] | None) -> Refusal | None:
    """Why a new credential of this client could not be handed over, if so: then none is made."""
    if undeliverable is not None:
        why, hint = undeliverable
        return Refusal(want.key, want.source, f"it needs a new client secret, but {why}", hint)
    if recipients:
        return None
    return Refusal(
        want.key,
        want.source,
        "it needs a new client secret, and no recipient could open it",
        "add an age or SSH public key: `recipients` in organization.yaml, or `credentials.recipients` in its file",
    )


def held_by_servers(
    observed: Iterable[Iterable[Observed]], *, registry: str, environment: str, recorded: frozenset[str]
) -> Mapping[str, CredentialMark]:
    """Per client the credential that all servers shall have: the newest that a sink has, of the first server first."""
    held: dict[str, CredentialMark] = {}
    for server in observed:
        for entry in server:
            if entry.mark is None or not entry.mark.owned_by(registry, environment):
                continue
            mark = entry.mark.credential
            if mark is None or mark.id not in recorded:
                continue
            if entry.key not in held or held[entry.key].generation < mark.generation:
                held[entry.key] = mark
    return held
