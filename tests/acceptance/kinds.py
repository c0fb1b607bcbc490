"""The servers that judge, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from acceptance import on_embedded, on_keycloak, on_oidc_provider
from acceptance.bulk import Trial


class Kind(NamedTuple):
    """One kind of server: what is missing for it, one that runs for several trials, and a trial on it.

    A trial is made of a running one, a folder, a number of clients and a seed.
    """

    missing: Callable[[], str | None]
    running: Callable[[], AbstractContextManager[Any]]
    trial: Callable[[Any, Path, int, int], AbstractContextManager[Trial]]


KINDS: Mapping[str, Kind] = {
    one.NAME: Kind(one.missing, one.running, one.trial) for one in (on_embedded, on_keycloak, on_oidc_provider)
}
