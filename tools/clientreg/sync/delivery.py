"""Credentials on their way to the sinks: made or opened, delivered before any server is told, withdrawn when unused."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from clientreg import seal
from clientreg.errors import CannotFinish
from clientreg.model import Registration
from clientreg.planning.plan import Action, Change, CredentialStep
from clientreg.planning.state import Credential
from clientreg.secret import Secret
from clientreg.sinks import Pack, Sink
from clientreg.sync import handover


class HandedOver(NamedTuple):
    """A hand-over file or entry that a sink now has: of which client, in which sink, where to find it."""

    key: str
    sink: str
    place: str
    sealed: bool


@dataclass
class Courier:
    """One run's deliveries in one environment. A client's credential is made and delivered once, for all servers."""

    environment: str
    sinks: Sequence[Sink]
    registrations: Mapping[str, tuple[str, Registration]]
    endpoints: Callable[[], Mapping[str, Mapping[str, str]]]
    operator_key: Secret | None
    _made: dict[str, Credential] = field(default_factory=dict)
    _packs: dict[str, Pack] = field(default_factory=dict)
    _failed: dict[str, CannotFinish] = field(default_factory=dict)
    _places: dict[tuple[str, str], HandedOver] = field(default_factory=dict)

    @property
    def handed_over(self) -> tuple[HandedOver, ...]:
        """What the sinks have got in this run and still have."""
        return tuple(self._places.values())

    def prepare(self, change: Change) -> Credential | None:
        """The credential that goes with a change, once every sink has it. Raises CannotFinish where one has not.

        A client without a secret gets its hand-over here too, and one that is deleted loses it, so that no kill
        comes between: of a client that is gone, nothing says later that there was one.
        """
        if change.action is Action.DISABLE:
            return None
        if change.key in self._failed:
            raise self._failed[change.key]
        try:
            if change.action is Action.DELETE:
                self.forget((change.key,))
                return None
            if change.credential is CredentialStep.SHARED:
                return self._shared(change)
            if change.credential is CredentialStep.NEW:
                return self._new(change.key)
            self._unsealed(change.key)
        except CannotFinish as error:
            self._failed[change.key] = error
            raise
        return None

    def withdraw_unused(self, in_use: Collection[str], doubtful: Collection[str]) -> None:
        """Remove what this run delivered and no server took; deliver again what a server took and a sink lost.

        That of `doubtful` clients is left to the next run: a write that had no answer may still arrive.
        """
        taken = {key: made.id for key, made in self._made.items() if made.id in in_use}
        for sink in self.sinks if taken else ():
            kept = sink.recorded(self.environment)
            for key in (key for key, credential_id in taken.items() if credential_id not in kept):
                sink.deliver(self._packs[key])
        unused = {key: made.id for key, made in self._made.items() if key not in taken}
        self.retire(frozenset(made for key, made in unused.items() if key not in doubtful))
        self._places = {place: got for place, got in self._places.items() if got.key not in unused}

    def retire(self, credential_ids: frozenset[str]) -> None:
        """Remove credentials that no server holds any more."""
        for sink in self.sinks:
            sink.retire(self.environment, sorted(credential_ids))

    def retire_unseen(self, credential_ids: frozenset[str], look: Callable[[], Mapping[str, str]]) -> None:
        """Remove credentials that no server was ever seen to hold: a killed run left them.

        Or a run beside this one is about to write one. It looks after its write whether the sinks still have it, so
        this looks after the removal whether a server (`look`: client by credential id) has it now, and puts it back.
        """
        kept = [
            (sink, one, text)
            for sink in self.sinks
            for one in sorted(credential_ids)
            if (text := sink.stored(self.environment, one)) is not None
        ]
        self.retire(frozenset(one for _, one, _ in kept))
        held = look() if kept else {}
        for sink, one, text in kept:
            if one in held:
                sink.restore(self.environment, held[one], one, text)

    def forget(self, keys: Collection[str]) -> None:
        """Remove the unsealed hand-overs of clients that are no more, or have a secret now."""
        for sink in self.sinks:
            sink.forget(self.environment, keys)

    def _new(self, key: str) -> Credential:
        if key not in self._made:
            source, registration = self.registrations[key]
            made = Credential(secrets.token_hex(10), registration.generation, Secret.generate())
            pack = handover.pack(registration, self.environment, self.endpoints(), made, source=source)
            self._made[key], self._packs[key] = made, pack
            self._deliver(pack)
        return self._made[key]

    def _shared(self, change: Change) -> Credential:
        mark = change.mark.credential
        if mark is None:
            raise AssertionError("a shared credential is known by its id")
        anew = f"raise credentials.generation in {change.source}"
        if self.operator_key is None:
            message = f"its secret is on another server of {self.environment}, and no operator key opens it"
            raise CannotFinish(message, f"set CLIENTREG_AGE_KEY, or {anew}")
        stored = (sink.stored(self.environment, mark.id) for sink in self.sinks)
        sealed = next((text for text in stored if text is not None), None)
        if sealed is None:
            raise CannotFinish(f"no sink has its credential {mark.id} any more", "plan again")
        secret = handover.secret_of(self._opened(sealed, f"credential {mark.id}", anew))
        if secret is None:
            message = f"credential {mark.id} opens, but holds no client secret"
            raise CannotFinish(message, f"{anew} for a new one")
        return Credential(mark.id, mark.generation, secret)

    def _opened(self, sealed: str, name: str, anew: str) -> Secret:
        assert self.operator_key is not None
        try:
            return seal.unseal(sealed, seal.identities(self.operator_key, name="CLIENTREG_AGE_KEY"), name=name)
        except CannotFinish as error:
            hint = "CLIENTREG_AGE_KEY must be the private half of one of the sink's own `recipients`"
            raise CannotFinish(error.message, f"{hint}; or {anew}") from None

    def _unsealed(self, key: str) -> None:
        source, registration = self.registrations[key]
        if registration.needs_secret or key in self._packs or not self.sinks:
            return
        pack = handover.pack(registration, self.environment, self.endpoints(), None, source=source)
        self._packs[key] = pack
        self._deliver(pack)

    def _deliver(self, pack: Pack) -> None:
        """To every sink or to none."""
        try:
            for sink in self.sinks:
                place = sink.deliver(pack)
                sealed = pack.credential_id is not None
                self._places[pack.client_id, sink.name] = HandedOver(pack.client_id, sink.name, place, sealed)
        except CannotFinish:
            self._places = {place: got for place, got in self._places.items() if got.key != pack.client_id}
            if pack.credential_id is not None:
                self._made.pop(pack.client_id, None)
                self._retire_quietly(pack.credential_id)
            raise

    def _retire_quietly(self, credential_id: str) -> None:
        """After a failed delivery: that is what is reported, not that a sink cannot take its part back either."""
        for sink in self.sinks:
            try:
                sink.retire(self.environment, (credential_id,))
            except CannotFinish:
                continue
