"""The access token that a door shows, renewed before it ends and once where the server does not take it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from clientreg.secret import Secret

_EARLY = 30.0


class Token(NamedTuple):
    """An access token and how many seconds it lives from the moment it was asked for."""

    secret: Secret
    seconds: float


class Bearer:
    """Holds one token for all threads. `ask` gets a new one, and may raise CannotFinish."""

    def __init__(self, ask: Callable[[], Token], clock: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._held: Token | None = None
        self._until = 0.0

    def current(self) -> Token:
        """A token that still lives for a while: half a minute, or a third of a short life."""
        with self._lock:
            if self._held is None or self._clock() >= self._until:
                return self._renew()
            return self._held

    def instead_of(self, refused: Token) -> Token:
        """A token that is not this one, which the server did not take; another thread may have got it already."""
        with self._lock:
            return self._renew() if self._held is None or self._held is refused else self._held

    def _renew(self) -> Token:
        asked = self._clock()
        self._held = token = self._ask()
        self._until = asked + token.seconds - min(_EARLY, token.seconds / 3)
        return token
