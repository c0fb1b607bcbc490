"""Desired and observed to a `Plan`: pure, deterministic, with a digest that names what was reviewed."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from clientreg.jsonvalue import Json, JsonObject, Path, digest
from clientreg.planning.state import Mark


class Risk(StrEnum):
    """How dangerous a change is, most dangerous first."""

    BREAKING = "breaking"
    SENSITIVE = "sensitive"
    VISIBLE = "visible"
    PLAIN = "plain"


class Action(StrEnum):
    """What an apply would do with one client on one server."""

    CREATE = "create"
    UPDATE = "update"
    ENABLE = "enable"
    DISABLE = "disable"
    DELETE = "delete"
    ROTATE = "rotate"
    ADOPT = "adopt"


class CredentialStep(StrEnum):
    """What a change does about the client secret: nothing, make a new one, or bring one that another server has."""

    NONE = "none"
    NEW = "new"
    SHARED = "shared"


class FieldChange(NamedTuple):
    """One field, before and after, with its risk class and the reason for it."""

    path: Path
    before: Json
    after: Json
    risk: Risk
    why: str


class FileChange(NamedTuple):
    """A file that is no client, and what of it changes."""

    file: str
    risk: Risk
    fields: tuple[FieldChange, ...]


class NewScope(NamedTuple):
    """A scope of the catalogue that a server has not, and that an apply makes there."""

    name: str
    description: str


class Change(NamedTuple):
    """One client on one server. `payload` is the whole settled payload (None for a delete), `mark` what to write.

    `revision` is what the plan was made on: None means that the client must not exist yet. `new_scopes` are made first.
    """

    action: Action
    key: str
    source: str
    risk: Risk
    fields: tuple[FieldChange, ...]
    payload: JsonObject | None
    mark: Mark
    revision: str | None
    credential: CredentialStep = CredentialStep.NONE
    new_scopes: tuple[NewScope, ...] = ()


class Refusal(NamedTuple):
    """A client that this plan does not touch, and why; it stays on the server as it is."""

    key: str
    source: str
    why: str
    hint: str = ""


class Waiting(NamedTuple):
    """An action that is not due yet: the deletion of a disabled client before its grace period is over."""

    key: str
    source: str
    action: Action
    until: str


class ServerPlan(NamedTuple):
    """What would change on one server, sorted by client id.

    `owned`, `foreign` and `unchanged` count clients on the server: ours, not ours, and ours that are as they shall be.
    `notice` is what a server of its type must be said of before anything else.
    """

    name: str
    type: str
    url: str
    changes: tuple[Change, ...]
    refused: tuple[Refusal, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    owned: int = 0
    foreign: int = 0
    unchanged: int = 0
    notice: str = ""

    @property
    def new_scopes(self) -> tuple[NewScope, ...]:
        """What is made before the clients that need it, each once."""
        return tuple(dict.fromkeys(scope for change in self.changes for scope in change.new_scopes))


class Unread(NamedTuple):
    """A server that could not be read, and why: nothing is planned there, and nothing is known of what it holds."""

    name: str
    type: str
    url: str
    why: str
    hint: str = ""


class WaiverUse(NamedTuple):
    """A dated exception that lets a client of this plan pass, for every output to show."""

    key: str
    source: str
    rule: str
    reason: str
    expires: str


class Plan(NamedTuple):
    """What would change in one environment. `recipients` are, per client, who could open a new credential.

    `stopped` holds the reasons to refuse the whole plan (`key` is the limit, `source` where it is set); empty means
    that it may be applied. `partial` means that a filter left clients or servers out: such a plan takes nothing away.
    `unread` are servers that it should be for too and that could not be read: it is for the others alone.
    `since` is set for a plan from the files of two commits, the older of which it is: it has seen no server and cannot
    be applied; `files` are then the changes of files that are no client.
    """

    environment: str
    production: bool
    commit: str
    servers: tuple[ServerPlan, ...]
    recipients: tuple[tuple[str, tuple[str, ...]], ...] = ()
    waivers: tuple[WaiverUse, ...] = ()
    stopped: tuple[Refusal, ...] = ()
    partial: bool = False
    since: str | None = None
    files: tuple[FileChange, ...] = ()
    unread: tuple[Unread, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every change on every server, in order."""
        return tuple(change for server in self.servers for change in server.changes)

    @property
    def digest(self) -> str:
        """Names this plan: environment, servers, changes with before and after, new scopes, recipients; not time.

        Also which servers could not be read, and not why.
        """
        return digest(_reviewed(self))


def _reviewed(plan: Plan) -> object:
    return {
        "environment": plan.environment,
        "servers": [
            {
                "name": server.name,
                "type": server.type,
                "url": server.url,
                "changes": [
                    {
                        "action": change.action,
                        "client_id": change.key,
                        "credential": change.credential,
                        "fields": [[list(f.path), f.before, f.after] for f in change.fields],
                        **_scopes(change),
                    }
                    for change in server.changes
                ],
            }
            for server in plan.servers
        ],
        "recipients": [[key, list(values)] for key, values in plan.recipients],
        **_unread(plan),
    }


def _unread(plan: Plan) -> dict[str, object]:
    """Nothing where all were read, so that the digests of most plans are those of older versions."""
    return {"unread": [[one.name, one.type, one.url] for one in plan.unread]} if plan.unread else {}


def _scopes(change: Change) -> dict[str, object]:
    """Nothing where there are none, for the same reason."""
    return {"new_scopes": [[scope.name, scope.description] for scope in change.new_scopes]} if change.new_scopes else {}
