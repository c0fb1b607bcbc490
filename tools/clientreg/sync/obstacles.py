"""What stands in the way of an environment: a disk that is forgotten, a new credential that must not be made now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePath

from clientreg import sinks
from clientreg.errors import CannotFinish
from clientreg.settings import Environment, ServerEntry
from clientreg.sinks import Sink
from clientreg.sync.run import Live


def forgotten(environment: Environment, root: Path, *, registry: str) -> tuple[str, ...]:
    """What of an environment a CI runner, whose disk is empty at each run, would forget; nothing if it can sync it."""
    found = [_local_store(entry) for entry in environment.servers]
    for entry in environment.sinks:
        try:
            sinks.load(entry, root, registry=registry).check(ci=True)
        except CannotFinish as error:
            found.append(error.message)
    return tuple(words for words in found if words)


def check_disk(environment: Environment, *, ci: bool) -> None:
    """A store on a disk that is empty at the next run would be planned as all to create, for ever."""
    for entry in environment.servers:
        words = _local_store(entry)
        if ci and words:
            raise CannotFinish(
                words, "CI is set, and a runner's disk is empty at the next run: use a server that stays"
            )


def _local_store(entry: ServerEntry) -> str:
    store = entry.options.get("store")
    if not isinstance(store, str) or PurePath(store).is_absolute():
        return ""
    return f"server {entry.name}: its store {store} is on this machine's disk, which a CI runner forgets"


def undeliverable(environment: Environment, places: Sequence[Sink]) -> tuple[str, str] | None:
    """Why no new credential can be handed over, and what to do about it."""
    where = f"environments.{environment.name}.credential_sinks in registry.yaml"
    if not places:
        return "no sink would take it", f"add to {where}: `- {{type: sealed-file, directory: handover, publish: none}}`"
    if len(environment.servers) > 1 and not any(sink.operators for sink in places):
        why = f"{environment.name} has several servers, and no operator key could bring it to a late one"
        return why, f"add an operator's key as `recipients` to a sink of {where}, its private half as CLIENTREG_AGE_KEY"
    return None


def withheld(
    environment: Environment, places: Sequence[Sink], live: Sequence[Live], client_ids: Collection[str]
) -> Mapping[str, tuple[str, str]]:
    """Clients that get no new credential now, why, and what to do about it.

    A sink has one of theirs that no server is seen to hold, and one that could not be read may: made anew, there would
    be two. Of all others the unread server gets what is made now, once it answers.
    """
    unread = [one.server.name for one in live if one.observed is None]
    if not unread:
        return {}
    marks = (entry.mark for one in live for entry in one.observed or ())
    seen = {mark.credential.id for mark in marks if mark is not None and mark.credential is not None}
    kept = (pair for sink in places for pair in sink.of_clients(environment.name, client_ids).items())
    why = f"server{'s'[: len(unread) > 1]} {', '.join(unread)} could not be read and may have one that a sink has"
    return {key: (why, "plan again when all servers answer") for key, ids in kept if ids - seen}
