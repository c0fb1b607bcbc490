"""What is known of a field of a client file and of a rule's severities, for every output that explains them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, cast

from clientreg import defaults
from clientreg.capability import Capabilities, Capability
from clientreg.jsonvalue import Json
from clientreg.reading import schemata
from clientreg.report.text import WORDS
from clientreg.report.values import one_line
from clientreg.rules import Grade, Rule
from clientreg.settings import PROFILES

_DEFAULTS: Mapping[str, str] = {
    "client_id": "<organization>.<name>, from the file's path",
    "contacts": "per role, that of organization.yaml",
    "grant_types": "[authorization_code, refresh_token]; for platform service [client_credentials]",
    "response_types": "[code]; [] where no grant redirects",
    "redirect_uris": (
        "[<client-id>://connect/oauth2callback] for android, ios, windows-phone and macos-desktop; "
        f"[{defaults.WEB_DEFAULT_REDIRECT_URI}] for web and javascript, in test only; [{', '.join(defaults.OOB)}] for "
        "windows-desktop; [] where no grant redirects; every other platform must choose"
    ),
    "token_endpoint_auth_method": "none for public clients, else client_secret_basic",
    "allowed_cors_origins": "the origins of redirect_uris for platform javascript, else []",
    "credentials.recipients": "the recipients of organization.yaml",
    "credentials.generation": "1",
    "environments": "none: the client exists nowhere",
}
"""Defaults that depend on something, in words; the others are values of `defaults.DEFAULTS`."""

_WHO: Mapping[str, str] = {
    "browser": "native clients",
    "stay_logged_in": "clients of application type web",
    "allowed_cors_origins": "clients that run in a browser (platform javascript)",
    "redirect_uris": "clients with a grant that redirects; platform service has none",
    "post_logout_redirect_uris": "clients with single sign-on; a web client with it needs one",
    "response_types": "clients with a grant that redirects",
    "require_pkce": "clients with the authorization_code grant",
    "require_consent": "clients that users sign in with",
    "single_sign_on": "clients that users sign in with",
    "refresh_token_lifetime": "clients with the refresh_token grant",
    "sector_identifier_uri": "clients with subject_type pairwise",
    "jwks": "clients that authenticate with keys of their own",
    "jwks_uri": "clients that authenticate with keys of their own",
    "credentials": "clients whose authentication uses a secret",
    "credentials.recipients": "clients whose authentication uses a secret",
    "credentials.generation": "clients whose authentication uses a secret",
    "credentials.max_age": "clients whose authentication uses a secret",
}
"""Fields that mean something for some clients only."""

FAMILIES: Mapping[str, str] = {
    "CR0": "reading a file",
    "CR1": "fields and mandatory details",
    "CR2": "redirect and other URIs",
    "CR3": "scopes, grants, response types",
    "CR4": "sign-on and logout",
    "CR5": "names, ids and owners across files",
    "CR6": "client type, authentication, keys",
    "CR7": "environments and production",
    "CR8": "what a server cannot hold",
    "CR9": "waivers and lifecycle",
}
"""What the rules are about whose codes begin so."""

MANDATORY = ("product", "client_name", "description", "platform", "application_type", "client_type", "scopes")

_KINDS = {"string": "text", "boolean": "true or false", "integer": "a whole number", "array": "a list", "object": ""}


class Field(NamedTuple):
    """All there is to say about one field, for every output."""

    name: str
    title: str
    description: str
    kind: str
    allowed: tuple[Json, ...]
    examples: tuple[Json, ...]
    default: str
    who: str
    per_environment: bool
    rules: tuple[Rule, ...]
    holdings: tuple[tuple[Capabilities, Capability], ...]
    members: Mapping[str, str]
    """The fields inside it, with their titles."""


def field(
    name: str,
    properties: Mapping[str, Mapping[str, Json]],
    rules: Iterable[Rule],
    servers: Iterable[Capabilities],
) -> Field:
    """The field of that name; `properties` are those of the schema of client files. KeyError for an unknown name."""
    schema = cast("Mapping[str, Any]", properties[name])
    top = name.partition(".")[0]
    items = schema.get("items", {})
    return Field(
        name=name,
        title=schema["title"],
        description=schema.get("description", ""),
        kind=_kind(schema, items),
        allowed=tuple(schema.get("enum") or items.get("enum") or ()),
        examples=tuple(schema.get("examples", ())),
        default=_default(name, cast("Mapping[str, Any]", properties.get(name.rpartition(".")[0], {}))),
        who=_WHO.get(name, "every client"),
        per_environment=top not in schemata.SAME_EVERYWHERE,
        rules=tuple(rule for rule in rules if top in {*rule.fields, *rule.also}),
        holdings=tuple((server, server.of(top)) for server in servers if top in server.fields),
        members={below: str(properties[below]["title"]) for below in properties if below.rpartition(".")[0] == name},
    )


def looks_at(rule: Rule) -> tuple[str, ...]:
    """The fields of a client file that a rule reads."""
    known = schemata.properties("client")
    return tuple(name for name in dict.fromkeys((*rule.fields, *rule.also)) if name in known)


def grades_of(rule: Rule) -> Mapping[str, Grade]:
    """How serious a breach is in each profile."""
    return {profile: rule.grades.get(profile) or rule.grades["connect"] for profile in PROFILES}


def graded(grade: Grade) -> str:
    """A grade in words."""
    test, production = (WORDS[severity] if severity else "not judged" for severity in (grade.test, grade.production))
    return test if test == production else f"{test} in test, {production} in production"


def mending(rule: Rule) -> str:
    """What `lint --fix` does about a rule's findings; nothing for most, which are left to people."""
    if rule.fix is None:
        return ""
    return rule.fix.words + (f" (with --unsafe-fixes: {rule.fix.unsafe})" if rule.fix.unsafe else "")


def _kind(schema: Mapping[str, Any], items: Mapping[str, Any]) -> str:
    kind = schema.get("type", "")
    if kind == "array" and items.get("type") == "string":
        return "a list of texts"
    return _KINDS.get(kind, "")


def _default(name: str, above: Mapping[str, Any]) -> str:
    """What it means when it is left out; `above` is the schema of what it stands in."""
    if name in MANDATORY or name.rpartition(".")[2] in above.get("items", above).get("required", ()):
        return "none: it must be written"
    if name in _DEFAULTS:
        return _DEFAULTS[name]
    if name.startswith("contacts."):
        return "that of organization.yaml"
    value = defaults.DEFAULTS.get(name)
    return "none" if value is None else one_line(value)
