"""How a server type declares what it can hold, so that rules and documents can say so without meeting the server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from clientreg.jsonvalue import Json, Path

if TYPE_CHECKING:
    from clientreg.model import Registration


class Holding(StrEnum):
    """What a server does with a field that a registration sets."""

    HELD = "held"
    OTHERWISE = "works differently"
    NOT_HELD = "not held"
    REFUSED = "refused"


class Capability(NamedTuple):
    """What one server type does with one field.

    `only` lists, where it is not empty, the values (for a list field: the items) that are held; every other value is
    refused. `why` says in one sentence what happens instead.
    """

    holding: Holding
    why: str = ""
    only: tuple[Json, ...] = ()


HELD = Capability(Holding.HELD)


class Option(NamedTuple):
    """One key of a server's entry in `registry.yaml`. `pattern` is matched in full; `many`: by each text of a list.

    A `switch` is true or false.
    """

    name: str
    description: str
    example: str
    required: bool = False
    pattern: str = r"[^\x00-\x1f]+"
    many: bool = False
    switch: bool = False

    def fits(self, value: Json) -> bool:
        """Whether a value has the form that the server type can work with."""
        if self.switch:
            return isinstance(value, bool)
        if self.many:
            return isinstance(value, list) and bool(value) and all(map(self._matches, value))
        return self._matches(value)

    def _matches(self, value: Json) -> bool:
        return isinstance(value, str) and re.fullmatch(self.pattern, value) is not None


class Objection(NamedTuple):
    """One thing that a server would refuse about a client as it stands: where, in words, and what to do about it."""

    path: Path
    why: str
    hint: str


Objections: TypeAlias = "Callable[[Registration, Mapping[str, Json]], Iterator[Objection]]"
"""Of an effective registration, by the options of the server's entry in `registry.yaml`; pure."""


@dataclass(frozen=True, slots=True, eq=False)
class Capabilities:
    """A server type as data: its options and, per field of a client file, what it does with it. One object per type.

    A field that is not named is documentation that no server needs (`documentation`), or a gap that a test finds.
    `insists`: rules (by code) that the server enforces itself, and why; no waiver lifts them there. `objections`: what
    it refuses that stands in no table, because it depends on other fields, a length, or how the server is set up.
    `tried`: the server and the version on which all this was tried; empty for one that comes with this package.
    `notice`: what every plan for such a server says first. A type whose entries have an option `format` declares each
    in `formats`, and itself what an entry with an unknown one is judged by.
    """

    type: str
    title: str
    options: tuple[Option, ...]
    fields: Mapping[str, Capability] = field(default_factory=dict)
    insists: Mapping[str, str] = field(default_factory=dict)
    objections: Objections | None = None
    tried: str = ""
    notice: str = ""
    format: str = ""
    formats: Mapping[str, Capabilities] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The type, and the format where there are several."""
        return f"{self.type} {self.format}".rstrip()

    @property
    def each(self) -> tuple[Capabilities, ...]:
        """Every format, or this type itself."""
        return tuple(self.formats.values()) or (self,)

    def chosen(self, options: Mapping[str, Json]) -> Capabilities:
        """What holds for an entry with these options."""
        return self.formats.get(str(options.get("format")), self) if self.formats else self

    def of(self, name: str) -> Capability:
        """The declaration for a field; localised names (`client_name#nb`) follow the plain one."""
        return self.fields.get(name.partition("#")[0], HELD)


SECURITY_FIELDS = frozenset(
    {
        "enabled", "require_pkce", "require_consent", "single_sign_on", "stay_logged_in", "scopes", "redirect_uris",
        "post_logout_redirect_uris", "grant_types", "response_types", "client_type", "token_endpoint_auth_method",
        "jwks", "jwks_uri", "backchannel_logout_uri", "frontchannel_logout_uri", "default_max_age", "require_auth_time",
        "default_acr_values", "subject_type", "sector_identifier_uri", "id_token_signed_response_alg",
        "require_pushed_authorization_requests", "dpop_bound_access_tokens", "audience", "access_token_lifetime",
        "refresh_token_lifetime", "allowed_cors_origins",
    }
)  # fmt: skip
"""Fields whose loss makes a client weaker than its file says: for a server that does not hold one, that is an error."""
