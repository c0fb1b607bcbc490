"""What one format of the file is made of; everything else in this folder is the same for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from clientreg.jsonvalue import Json, JsonObject
from clientreg.planning.state import Beyond, Lack, Mark
from clientreg.servers.file.document import ARRAY, Frame, Shape

SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post", "client_secret_jwt"})
"""The authentication methods that use a secret."""


class Refused(Exception):  # noqa: N818 - a judgement, not a failure
    """The server that reads the file would not admit this client, and why."""


class Place(NamedTuple):
    """Where a client is to stand: what the file has of it already, whose it will be, what stands around all clients."""

    there: JsonObject
    mark: Mark
    frame: Frame


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    `settle`: see `Server`. `words`: a client of the file as a settled payload. `made`: what a payload becomes in the
    file, without a secret, with what an adopted client has that is not ours to write. `admit` raises Refused for what
    the server would not take (`has_secret`: whether there is one). `leaves_out`: disabled clients are not in the file.
    `paths`: endpoints below the issuer. `beyond`: see `Observed`. `lacks`: see `Server`; None where a file lacks
    nothing. `check` raises CannotFinish for a file that is not this server's.
    """

    paths: Mapping[str, str]
    settle: Callable[[JsonObject], JsonObject]
    words: Callable[[Mapping[str, Json], bool, Frame], JsonObject]
    made: Callable[[JsonObject, Place], JsonObject]
    admit: Callable[[JsonObject, JsonObject, Place, bool], None]
    shape: Shape = ARRAY
    leaves_out: bool = False
    beyond: Callable[[Mapping[str, Json], Frame], Beyond] = field(default=lambda *_: Beyond())
    lacks: Callable[[Mapping[str, Json], Frame], Iterable[Lack]] | None = None
    check: Callable[[Frame], None] = field(default=lambda _: None)
