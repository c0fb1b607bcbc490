"""Whether the running servers of an environment take what its files register, and nothing near it.

They are asked as a stranger would ask: what each offers to clients (discovery), and for each registered redirect and
post-logout redirect URI whether the browser would be sent there, and not to a URI that is only like it. Nothing is ever
fetched from a client's own address.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from clientreg import servers, sync
from clientreg.errors import CannotFinish
from clientreg.http import Door
from clientreg.jsonvalue import whole
from clientreg.model import Registration
from clientreg.servers import Server
from clientreg.settings import ServerEntry
from clientreg.sync import Inputs, Wanted
from clientreg.verify import findings, near
from clientreg.verify.offer import offers
from clientreg.verify.result import LOGOUT, REDIRECT, Answers, Asked, Found, LeftOut, Offer, Probe, Trouble, Verified
from clientreg.verify.stranger import Stranger

__all__ = ["Verified", "run"]

Tell = Callable[[str], None]


def run(
    inputs: Inputs,
    *,
    clients: frozenset[str] | None = None,
    only_servers: frozenset[str] | None = None,
    origins: frozenset[str] | None = None,
    progress: Tell = lambda _: None,
    connect: Callable[[ServerEntry, Path], Server] = servers.connect,
    sleep: Callable[[float], None] = time.sleep,
) -> Verified:
    """Ask each server in turn; one that does not answer stops no other.

    Raises UsageError for a client or server that the environment does not have.
    """
    sync.check_names(inputs, clients, only_servers)
    chosen = [one for one in inputs.wanted if clients is None or one.client_id in clients]
    left_out = tuple(_left_out(inputs, chosen))
    without = {one.client_id for one in left_out}
    wanted = [one for one in chosen if one.client_id not in without]
    asking = _Run(inputs, origins, progress, connect, sleep)
    entries = [one for one in inputs.environment.servers if only_servers is None or one.name in only_servers]
    answers = tuple(asking.server(entry, wanted) for entry in entries)
    return Verified(inputs.environment.name, answers, left_out)


def _left_out(inputs: Inputs, chosen: Sequence[Wanted]) -> Iterator[LeftOut]:
    refused = {one.key: one for one in inputs.refused}
    for one in chosen:
        if one.client_id in refused:
            yield LeftOut(one.client_id, one.source, f"apply refuses it: {refused[one.client_id].why}")
        elif not one.registration.enabled:
            yield LeftOut(one.client_id, one.source, "its file disables it")


@dataclass(frozen=True, slots=True)
class _Run:
    """What holds for every server of a run."""

    inputs: Inputs
    origins: frozenset[str] | None
    progress: Tell
    connect: Callable[[ServerEntry, Path], Server]
    sleep: Callable[[float], None]

    def server(self, entry: ServerEntry, wanted: Sequence[Wanted]) -> Answers:
        """Everything about these clients, as far as the server answers."""
        issuer, offered, trouble = "", tuple[Offer, ...](), None
        asked: list[Asked] = []
        found: list[Found] = []
        self.progress(f"asking {entry.name} what it offers")
        try:
            issuer = _issuer(self.connect(entry, self.inputs.root))
            with Stranger(issuer, self._door_of(entry), self.origins, self.sleep) as stranger:
                stranger.discover()
                offered = offers(stranger.document, [one.registration for one in wanted])
                found += findings.about_server(stranger.document, issuer, offered)
                for number, one in enumerate(wanted, 1):
                    self.progress(f"asking {entry.name} about {one.client_id} ({number:,} of {len(wanted):,})")
                    asked.append(Asked(one.client_id, one.source, *_asked(stranger, one.registration)))
                    found += findings.about_client(asked[-1])
        except CannotFinish as error:
            trouble = Trouble(error.message, error.hint)
        return Answers(entry.name, entry.type, issuer, offered, tuple(asked), tuple(found), trouble)

    def _door_of(self, entry: ServerEntry) -> Callable[[str], Door]:
        ca_file = entry.options.get("ca_file")
        trusted = str(self.inputs.root / ca_file) if isinstance(ca_file, str) else None
        return partial(Door, ca_file=trusted, origins=self.origins, sleep=self.sleep)


def _issuer(server: Server) -> str:
    issuer = server.endpoints().get("issuer")
    if issuer is None:
        hint = f"a server of type {server.type} is asked where it runs: name its issuer in registry.yaml"
        raise CannotFinish(f"where server {server.name} runs is not known", hint)
    return issuer


def _asked(stranger: Stranger, one: Registration) -> tuple[tuple[Probe, ...], tuple[str, ...]]:
    probes = tuple(stranger.probes(one))
    patterns = [(name, uri) for name in (REDIRECT, LOGOUT) for uri in getattr(one, name) if near.pattern(uri)]
    unasked = [f"{name}: {whole(uri)} is a pattern, which nobody can ask for" for name, uri in patterns]
    unasked += [
        f"{p.field}: whatever is like {whole(p.uri)} is admitted by a pattern" for p in probes if p.near is None
    ]
    return probes, tuple(unasked)
