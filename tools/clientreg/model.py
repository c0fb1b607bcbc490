"""Organizations and clients as the rest of the program sees them: typed, frozen, defaults filled.

The defaults of the seed ("Choosing a redirect URI") and ours stand in one table, `DEFAULTS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from clientreg.jsonvalue import Path
from clientreg.reading.source import Document

REDIRECT_GRANTS = frozenset({"authorization_code", "implicit"})
OOB = ("urn:ietf:wg:oauth:2.0:oob", "urn:ietf:wg:oauth:2.0:oob:auto")
SCHEME_PLATFORMS = frozenset({"android", "ios", "windows-phone", "macos-desktop"})
"""Where an app listens on a scheme of its own unless its file says otherwise (seed, "Choosing a redirect URI")."""
WEB_DEFAULT_REDIRECT_URI = "http://localhost:8081/connect/oauth2callback"
LOCALIZED = ("client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri")
"""Fields that may be repeated with a language tag: `client_name#nb` (RFC 7591 section 2.2)."""

_ORIGIN = re.compile(r"https?://[^/?#]+")
_NATIVE_PLATFORMS = frozenset({*SCHEME_PLATFORMS, "windows-desktop", "linux-desktop", "cli"})


def application_type_of(platform: str) -> str | None:
    """The application type that a platform means (seed, "Mandatory"); None for `tv`, which may be either."""
    if platform == "tv":
        return None
    return "native" if platform in _NATIVE_PLATFORMS else "web"


def signs_users_in(grant_types: tuple[str, ...]) -> bool:
    """Whether a grant sends the user's browser to the server and back, so that a redirect URI is needed."""
    return not REDIRECT_GRANTS.isdisjoint(grant_types)


def _grant_types(given: Mapping[str, Any]) -> tuple[str, ...]:
    return ("client_credentials",) if given["platform"] == "service" else ("authorization_code", "refresh_token")


def _response_types(given: Mapping[str, Any]) -> tuple[str, ...]:
    return ("code",) if signs_users_in(given["grant_types"]) else ()


def _redirect_uris(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The seed's default redirect URIs; every other platform must choose."""
    platform = given["platform"]
    if not signs_users_in(given["grant_types"]):
        return ()
    if platform in SCHEME_PLATFORMS and given["application_type"] == "native":
        return (f"{given['client_id']}://connect/oauth2callback",)
    if platform in {"web", "javascript"} and given["application_type"] == "web":
        return (WEB_DEFAULT_REDIRECT_URI,)
    return OOB if platform == "windows-desktop" else ()


def _auth_method(given: Mapping[str, Any]) -> str:
    return "none" if given["client_type"] == "public" else "client_secret_basic"


def _cors_origins(given: Mapping[str, Any]) -> tuple[str, ...]:
    """A browser app calls the token endpoint from its own origin (Fetch standard, "CORS protocol")."""
    if given["platform"] != "javascript":
        return ()
    found = (_ORIGIN.match(uri) for uri in given["redirect_uris"])
    return tuple(dict.fromkeys(origin[0] for origin in found if origin))


DEFAULTS: Mapping[str, Any] = {
    # in this order: a later default may look at an earlier one
    "grant_types": _grant_types,
    "response_types": _response_types,
    "redirect_uris": _redirect_uris,
    "token_endpoint_auth_method": _auth_method,
    "allowed_cors_origins": _cors_origins,
    "single_sign_on": False,
    "stay_logged_in": False,
    "require_pkce": True,
    "require_consent": True,
    "enabled": True,
    "post_logout_redirect_uris": (),
    "backchannel_logout_uri": None,
    "backchannel_logout_session_required": False,
    "frontchannel_logout_uri": None,
    "frontchannel_logout_session_required": False,
    "browser": None,
    "jwks": None,
    "jwks_uri": None,
    "client_uri": None,
    "logo_uri": None,
    "policy_uri": None,
    "tos_uri": None,
    "initiate_login_uri": None,
    "default_max_age": None,
    "require_auth_time": False,
    "default_acr_values": (),
    "subject_type": "public",
    "sector_identifier_uri": None,
    "id_token_signed_response_alg": "RS256",
    "require_pushed_authorization_requests": False,
    "dpop_bound_access_tokens": False,
    "software_id": None,
    "software_version": None,
    "audience": (),
    "access_token_lifetime": None,
    "refresh_token_lifetime": None,
}
"""What a field means when neither the file nor the environment says it: a value, or a function of what is known."""

_COMPUTED: tuple[tuple[str, Callable[[Mapping[str, Any]], Any]], ...] = tuple(
    (name, value) for name, value in DEFAULTS.items() if callable(value)
)
_PLAIN = {name: value for name, value in DEFAULTS.items() if not callable(value)}


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


@dataclass(frozen=True, slots=True)
class Waiver:
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
        base = self._everywhere
        if not overrides:
            return base
        if not overrides.keys() <= _PLAIN.keys():
            stated = {**self._stated, **_frozen(overrides)}
            return self._built({key: value for key, value in stated.items() if value is not None})
        changes = {key: _PLAIN[key] if value is None else value for key, value in _frozen(overrides).items()}
        unset = {key for key, value in overrides.items() if value is None}
        return base.changed(given=base.given.union(overrides) - unset, **changes)

    def _built(self, stated: Mapping[str, Any]) -> Registration:
        organization = self.organization
        values: dict[str, Any] = {
            **_PLAIN,
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
        for name, default in _COMPUTED:
            if name not in stated:
                values[name] = default(values)
        values["contacts"] = {**organization.contacts, **values["contacts"]}
        values["localized"] = {key: values.pop(key) for key in stated if "#" in key}
        if credentials := values.pop("credentials", None):
            values["recipients"] = tuple(credentials.get("recipients") or organization.recipients)
            values["generation"] = credentials.get("generation", 1)
            values["credential_max_age"] = credentials.get("max_age")
        return Registration.of(values)


@dataclass(frozen=True, slots=True)
class Succession:
    """A client of a commit and the one that it was in an older commit: in the same file, or moved from another."""

    before: Client
    after: Client


_NOT_EFFECTIVE = frozenset({"environments", "waivers", "lifecycle"})


def _frozen(data: Mapping[str, Any]) -> dict[str, Any]:
    frozen: dict[str, Any] = {key: tuple(value) if value.__class__ is list else value for key, value in data.items()}
    if contacts := frozen.get("contacts"):
        frozen["contacts"] = {role: tuple(addresses) for role, addresses in contacts.items()}
    return frozen
