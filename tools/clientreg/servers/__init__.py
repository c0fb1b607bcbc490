"""The server types. One folder each; what a server owes is the `Server` protocol and `contract.md`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, cast

from clientreg.capability import Capabilities
from clientreg.errors import CannotFinish
from clientreg.jsonvalue import Json, shown

if TYPE_CHECKING:  # linting needs only what server types declare
    from clientreg.jsonvalue import JsonObject
    from clientreg.planning.plan import Change
    from clientreg.planning.state import Credential, Lack, Observed, Record
    from clientreg.secret import Secret
    from clientreg.settings import ServerEntry


class Write(NamedTuple):
    """One change to carry out, with the credential that goes with it (already held by every sink)."""

    change: Change
    credential: Credential | None = None


class Outcome(NamedTuple):
    """What became of one change: done, or the server's own words for why not."""

    change: Change
    error: str | None = None


Outcomes: TypeAlias = Generator[Outcome, None, None]
"""Whoever leaves them early closes them: nothing is under way after that."""


class Access(NamedTuple):
    """What the runner allows for one entry: its own secret, the name of its variable, the only origins contacted."""

    secret: Secret | None = None
    variable: str = ""
    origins: frozenset[str] | None = None


NO_ACCESS = Access()


class Server(Protocol):
    """One authorization server, as plan and apply see it. Raises `CannotFinish` when it cannot be reached at all."""

    @property
    def name(self) -> str:
        """The key of its entry in `registry.yaml`."""

    @property
    def type(self) -> str:
        """The server type: the name of its folder."""

    @property
    def url(self) -> str:
        """What a digest names it by: issuer, URL or path; never a secret."""

    def read(self) -> Sequence[Observed]:
        """Every client on the server, ours or not, from one listing."""

    def read_again(self, keys: Collection[str]) -> Sequence[Observed]:
        """These clients as they are now, as far as they are there."""

    def settle(self, payload: JsonObject) -> JsonObject:
        """The payload as this server would report it after storing it."""

    def lacks(self, payload: Mapping[str, Json]) -> Iterable[Lack]:
        """What a client of this payload needs and the server, as it was read, has not; asks nobody."""

    def apply(self, writes: Iterable[Write]) -> Outcomes:
        """Carry out the writes in order; one outcome each; never raises for one bad change.

        A write lands whole or not at all: payload, mark and secret in one step. It is refused when the client's
        revision is no longer the planned one, or when a client to create exists.
        """

    def record(self) -> Record | None:
        """The commit that was applied last, None on a server that we never applied to."""

    def save_record(self, record: Record) -> None:
        """Remember the applied commit."""

    def endpoints(self) -> Mapping[str, str]:
        """Issuer and endpoints by their discovery names, for the hand-over."""


class Conflict(Exception):  # noqa: N818 - somebody else was faster; nothing is wrong
    """The client is not on the revision that the write was planned on (or exists, where it must not)."""


CarryOut: TypeAlias = Callable[[Write], None]
"""Raises one of a server type's refusals, or `Conflict`, where the others go on, CannotFinish where they cannot."""


def outcomes(writes: Iterable[Write], carry_out: CarryOut, *refusals: type[Exception]) -> Outcomes:
    """One outcome per write, each asked for when the one before is done."""
    for write in writes:
        outcome, end = attempt(write, carry_out, refusals)
        yield outcome
        if end is not None:
            raise end


def attempt(
    write: Write, carry_out: CarryOut, refusals: tuple[type[Exception], ...]
) -> tuple[Outcome, CannotFinish | None]:
    """What became of one write, and what keeps all others from being tried, if anything does."""
    try:
        carry_out(write)
    except refusals as error:
        return Outcome(write.change, str(error)), None
    except Conflict:
        return Outcome(write.change, _why_conflict(write.change)), None
    except CannotFinish as error:
        return Outcome(write.change, error.message), error
    return Outcome(write.change), None


def _why_conflict(change: Change) -> str:
    if change.revision is None:
        return "exists already, although it did not when the plan was made; plan again"
    return "changed or deleted by someone else since the plan was made; plan again"


def check_options(kind: Capabilities, name: str, options: Mapping[str, Json]) -> None:
    """Raises CannotFinish for an entry that lacks an option, or has one that the server type cannot work with."""
    for option in kind.options:
        value = options.get(option.name)
        if option.fits(value) or (value is None and not option.required):
            continue
        what = f"server {name!r} has no {option.name}"
        message = what if value is None else f"server {name!r}: {option.name} is {shown(value)}"
        raise CannotFinish(message, f"{option.description} For example: {option.example}")


@cache
def types() -> Mapping[str, Capabilities]:
    """What each server type declares, by its name; found by looking at the folders here."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__) if info.ispkg)
    modules = {name: importlib.import_module(f"{__name__}.{name}.capabilities") for name in names}
    return {name: cast("Capabilities", module.CAPABILITIES) for name, module in modules.items()}


def kinds() -> tuple[Capabilities, ...]:
    """What each server type declares, and each format of one that has several."""
    return tuple(kind for declared in types().values() for kind in declared.each)


def notice(entries: Iterable[ServerEntry], name: str) -> str:
    """What a plan says of a server before anything else; of most, nothing."""
    found = (
        types()[entry.type].chosen(entry.options) for entry in entries if entry.name == name and entry.type in types()
    )
    return next((kind.notice for kind in found), "")


def connect(entry: ServerEntry, root: Path, access: Access = NO_ACCESS) -> Server:
    """The server of an entry of `registry.yaml` whose type is known; `root` is what relative paths start from.

    Nothing is contacted yet. Without `access` it settles payloads, and whatever needs a secret says that it has none.
    """
    module = importlib.import_module(f"{__name__}.{entry.type}.server")
    return cast("Server", module.connect(entry.name, entry.options, root, access))
