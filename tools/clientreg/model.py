"""Organizations and clients as the rest of the program sees them: typed, frozen, filled by `defaults.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, cast

from clientreg.defaults import COMPUTED, DEFAULTS, PLAIN, signs_users_in
from clientreg.jsonvalue import Path
from clientreg.reading.source import Document

LOCALIZED = ("client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri")
"""Fields that may be repeated with a language tag: `client_name#nb` (RFC 7591 section 2.2)."""


@dataclass(frozen=True, slots=True)
class Organization:
    """One `organization.yaml`. `id` is the folder's name."""

    id: str
    file: str
    name: str
    contractor: str | None = None
    organization_number: str | None = None
    owners: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    contacts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    recipients: tuple[str, ...] = ()

    @classmethod
    def from_document(cls, folder: str, document: Document) -> Organization:
        """The organization of a document that fits `schema/organization.schema.json`."""
        data = _frozen(cast("dict[str, Any]", document.data))
        return cls(id=folder, file=document.file, **data)


class Waiver(NamedTuple):
    """A dated exception: `rule` does not count for this client until `expires` (ISO 8601 day)."""

    rule: str
    reason: str
    expires: str
    ticket: str | None = None
    path: str | None = None
    environment: str | None = None


@dataclass(frozen=True, eq=False)
class Registration:
    """One client in one environment, every default filled: what a server is told.

    Compared by identity, so that what many rules ask of one (its parsed addresses) can be remembered. Environments that
    override nothing share one. `given` names the fields that the file or the environment states; the others are
    defaults.
    """

    given: frozenset[str]
    organization: str
    organization_name: str
    client_id: str
    product: str
    client_name: str
    description: str
    platform: str
    application_type: str
    client_type: str
    scopes: tuple[str, ...]
    contacts: Mapping[str, tuple[str, ...]]
    recipients: tuple[str, ...]
    generation: int
    credential_max_age: str | None
    purpose: Mapping[str, str]
    localized: Mapping[str, str]
    redirect_uris: tuple[str, ...]
    single_sign_on: bool
    post_logout_redirect_uris: tuple[str, ...]
    browser: str | None
    backchannel_logout_uri: str | None
    backchannel_logout_session_required: bool
    frontchannel_logout_uri: str | None
    frontchannel_logout_session_required: bool
    token_endpoint_auth_method: str
    grant_types: tuple[str, ...]
    response_types: tuple[str, ...]
    jwks: Mapping[str, Any] | None
    jwks_uri: str | None
    client_uri: str | None
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    initiate_login_uri: str | None
    default_max_age: int | None
    require_auth_time: bool
    default_acr_values: tuple[str, ...]
    subject_type: str
    sector_identifier_uri: str | None
    id_token_signed_response_alg: str
    require_pushed_authorization_requests: bool
    dpop_bound_access_tokens: bool
    software_id: str | None
    software_version: str | None
    allowed_cors_origins: tuple[str, ...]
    audience: tuple[str, ...]
    access_token_lifetime: str | None
    refresh_token_lifetime: str | None
    stay_logged_in: bool
    require_pkce: bool
    require_consent: bool
    enabled: bool

    def changed(self, **changes: Any) -> Registration:
        """The same with other values."""
        return Registration.of({**self.__dict__, **changes})

    @classmethod
    def of(cls, values: dict[str, Any]) -> Registration:
        """A registration of a value for each field, which it takes over: a tenth of the constructor's time."""
        new = object.__new__(cls)
        object.__setattr__(new, "__dict__", values)
        return new

    @property
    def public(self) -> bool:
        """OAuth client type public (RFC 6749 section 2.1)."""
        return self.client_type == "public"

    @property
    def native(self) -> bool:
        """Application type native (the seed's "native application")."""
        return self.application_type == "native"

    @property
    def signs_users_in(self) -> bool:
        """Whether users are redirected: only then redirect URIs, `openid` and consent mean anything."""
        return signs_users_in(self.grant_types)

    @property
    def needs_secret(self) -> bool:
        """Whether its authentication at the token endpoint uses a client secret."""
        return self.token_endpoint_auth_method.startswith("client_secret_")


@dataclass(frozen=True)
class Client:
    """One client file. `data` is the document as written, valid against `schema/client.schema.json`."""

    file: str
    organization: Organization
    name: str
    data: Mapping[str, Any]

    @cached_property
    def client_id(self) -> str:
        """`<organization>.<name>` unless the file says otherwise; it never changes."""
        return str(self.data.get("client_id") or f"{self.organization.id}.{self.name}")

    @property
    def environments(self) -> tuple[str, ...]:
        """Where the client exists. Nowhere, if the file does not say."""
        return tuple(self.data.get("environments", ()))

    @cached_property
    def waivers(self) -> tuple[Waiver, ...]:
        """The exceptions in the file's order."""
        return tuple(Waiver(**entry) for entry in self.data.get("waivers", ()))

    def overrides(self, environment: str | None) -> Mapping[str, Any]:
        """What an environment says differently; a null unsets."""
        return cast("Mapping[str, Any]", self.data.get("environments", {}).get(environment, {}))

    def place(self, environment: str | None, path: Path, default: Path = ("platform",)) -> Path:
        """Where in the file the value stands that `path` names in the effective registration.

        What nothing states stands nowhere: then it is `default`, what the value follows from.
        """
        if environment is not None and path and path[0] in self.overrides(environment):
            return ("environments", environment, *path)
        if path and path[0] in DEFAULTS and path[0] not in self.data:
            return self.place(environment, default)
        return path

    @property
    def _stated(self) -> dict[str, Any]:
        stated = _frozen(self.data)
        for name in _NOT_EFFECTIVE:
            stated.pop(name, None)
        return stated

    @cached_property
    def _everywhere(self) -> Registration:
        """What holds where no environment says otherwise."""
        return self._built(self._stated)

    def registration(self, environment: str | None) -> Registration:
        """The effective registration: file, then environment, then organization, then `DEFAULTS`."""
        overrides = self.overrides(environment)
        if not overrides:
            return self._everywhere
        if not overrides.keys() <= PLAIN.keys():
            stated = {**self._stated, **_frozen(overrides)}
            return self._built({key: value for key, value in stated.items() if value is not None})
        changes = {key: PLAIN[key] if value is None else value for key, value in _frozen(overrides).items()}
        unset = {key for key, value in overrides.items() if value is None}
        base = self._everywhere
        return base.changed(given=base.given.union(overrides) - unset, **changes)

    def _built(self, stated: Mapping[str, Any]) -> Registration:
        organization = self.organization
        values: dict[str, Any] = {
            **PLAIN,
            "contacts": {},
            "purpose": {},
            "recipients": organization.recipients,
            "generation": 1,
            "credential_max_age": None,
            **stated,
            "client_id": self.client_id,
            "given": frozenset(stated),
            "organization": organization.id,
            "organization_name": organization.name,
        }
        for name, default in COMPUTED:
            if name not in stated:
                values[name] = default(values)
        values["contacts"] = {**organization.contacts, **values["contacts"]}
        values["localized"] = {key: values.pop(key) for key in stated if "#" in key}
        if credentials := values.pop("credentials", None):
            values["recipients"] = tuple(credentials.get("recipients") or organization.recipients)
            values["generation"] = credentials.get("generation", 1)
            values["credential_max_age"] = credentials.get("max_age")
        return Registration.of(values)


class Part(NamedTuple):
    """As much of a client as its file, in which not all can be understood, is sure to say.

    `unsure` are the fields that must not be judged, and the codes of rules that waivers may lift.
    """

    client: Client
    unsure: frozenset[str]


class Succession(NamedTuple):
    """A client of a commit and the one that it was in an older commit: in the same file, or moved from another."""

    before: Client
    after: Client


_NOT_EFFECTIVE = frozenset({"environments", "waivers", "lifecycle"})


def _frozen(data: Mapping[str, Any]) -> dict[str, Any]:
    frozen: dict[str, Any] = {key: tuple(value) if value.__class__ is list else value for key, value in data.items()}
    if contacts := frozen.get("contacts"):
        frozen["contacts"] = {role: tuple(addresses) for role, addresses in contacts.items()}
    return frozen
