"""Desired and observed to a `Plan`: pure, deterministic, with a digest that names what was reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clientreg.jsonvalue import Json, JsonObject, Path
from clientreg.state import Mark


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


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, before and after, with its risk class and the reason for it."""

    path: Path
    before: Json
    after: Json
    risk: Risk
    why: str


@dataclass(frozen=True, slots=True)
class Change:
    """One client on one server. `payload` is the whole settled payload (None for a delete), `mark` what to write.

    `revision` is what the plan was made on: None means that the client must not exist yet.
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
