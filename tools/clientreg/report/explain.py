"""A rule or a field of a client file in full: what it is for, what is wrong and right, who says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from clientreg import defaults
from clientreg.capability import Capabilities, Capability
from clientreg.jsonvalue import Json
from clientreg.reading.schemata import SAME_EVERYWHERE
from clientreg.report.layout import listed, wrapped
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Role, Style
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
    "contacts.technical": "that of organization.yaml",
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

MANDATORY = ("product", "client_name", "description", "platform", "application_type", "client_type", "scopes")

_KINDS = {"string": "text", "boolean": "true or false", "integer": "a whole number", "array": "a list", "object": ""}


@dataclass(frozen=True, slots=True)
class Field:
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
        default=_default(name),
        who=_WHO.get(name, "every client"),
        per_environment=top not in SAME_EVERYWHERE,
        rules=tuple(rule for rule in rules if top in {*rule.fields, *rule.also}),
        holdings=tuple((server, server.of(top)) for server in servers if top in server.fields),
    )


def overview_text(properties: Mapping[str, Mapping[str, Json]], rules: Iterable[Rule], style: Style) -> str:
    """Every field of a client file and every rule, one line each."""
    titles = {name: str(schema["title"]) for name, schema in properties.items()}
    lines = [style.paint("fields of a client file", "name"), *_table(titles, style)]
    families: dict[str, dict[str, str]] = {}
    for rule in rules:
        families.setdefault(rule.code[:3], {})[rule.code] = rule.title
    for family, found in families.items():
        lines += _titled(f"rules {family}xx: {FAMILIES[family]}", found, style)
    lines += ["", "clientreg explain NAME says more of one"]
    return unforged("\n".join(lines) + "\n")


def rule_text(rule: Rule, style: Style) -> str:
    """A rule: why, how serious, wrong and right, its source, and whether there can be an exception."""
    lines = [f"{style.paint(rule.code, 'name')} {printable(rule.title)}", "", *_paragraphs(rule.why, style), ""]
    lines += [*_severities(rule, style), ""]
    lines += _heading("looks at", listed(dict.fromkeys((*rule.fields, *rule.also))), style)
    for title, example, role in (("wrong", rule.bad, "error"), ("right", rule.good, "good")):
        lines += [style.paint(title, cast("Role", role)), *_indented(example), ""]
    lines += _heading("what to do", rule.hint, style)
    lines += _heading("source", "; ".join(rule.refs), style)
    return unforged("\n".join([*lines, *_exception(rule, style)]) + "\n")


def field_text(field: Field, style: Style) -> str:
    """A field: meaning, values, default, who may use it, which rules look at it, what servers do with it."""
    lines = [f"{style.paint(printable(field.name), 'name')}: {printable(field.title)}", ""]
    lines += [*_paragraphs(field.description, style), ""]
    each = "an environment may have its own value" if field.per_environment else "the same in every environment"
    rows = {
        "value": field.kind,
        "one of": ", ".join(map(one_line, field.allowed)),
        "default": field.default,
        "for": field.who,
        "per environment": each,
    }
    lines += _table(rows, style)
    for example in field.examples:
        lines += _table({"example": f"{field.name.rpartition('.')[2]}: {one_line(example)}"}, style)
    lines += _titled("rules that look at it", {rule.code: rule.title for rule in field.rules}, style)
    lines += _titled("what servers do with it", {at.type: _holding(held) for at, held in field.holdings}, style)
    return unforged("\n".join(lines) + "\n")


def _kind(schema: Mapping[str, Any], items: Mapping[str, Any]) -> str:
    kind = schema.get("type", "")
    if kind == "array" and items.get("type") == "string":
        return "a list of texts"
    return _KINDS.get(kind, "")


def _default(name: str) -> str:
    if name in MANDATORY:
        return "none: it must be written"
    if name in _DEFAULTS:
        return _DEFAULTS[name]
    if name in defaults.DEFAULTS:
        value = defaults.DEFAULTS[name]
        return "none" if value is None else one_line(value)
    return ""


def _severities(rule: Rule, style: Style) -> Iterator[str]:
    """One line if every profile says the same, else one per profile."""
    grades = {profile: _graded(rule.grades.get(profile) or rule.grades["connect"]) for profile in PROFILES}
    yield style.paint("severity", "name")
    if len(set(grades.values())) == 1:
        yield f"  {grades[PROFILES[0]]}"
        return
    for profile, words in grades.items():
        yield f"  {profile:<10}  {words}"


def _graded(grade: Grade) -> str:
    test, production = (WORDS[severity] if severity else "not judged" for severity in (grade.test, grade.production))
    return test if test == production else f"{test} in test, {production} in production"


def _exception(rule: Rule, style: Style) -> Iterator[str]:
    yield style.paint("exception", "name")
    if not rule.waivable:
        yield "  none: this rule cannot be waived"
        return
    yield "  in the client's file, for at most 180 days:"
    yield "    waivers:"
    yield f"      - {{rule: {printable(rule.code)}, reason: why it must be, expires: yyyy-mm-dd}}"


def _heading(title: str, text: str, style: Style) -> list[str]:
    if not text:
        return []
    return [style.paint(title, "name"), *wrapped(printable(text), style.width, first="  ", rest="  "), ""]


def _titled(title: str, rows: Mapping[str, str], style: Style) -> list[str]:
    return ["", style.paint(title, "name"), *_table(rows, style)] if rows else []


def _table(rows: Mapping[str, str], style: Style) -> Iterator[str]:
    room = max(15, *map(len, rows)) if "value" in rows or "example" in rows else max(map(len, rows), default=0)
    for name, text in rows.items():
        if text:
            yield from wrapped(printable(text), style.width, first=f"  {name:<{room}}  ", rest=" " * (room + 4))


def _holding(capability: Capability) -> str:
    only = f"only {', '.join(map(one_line, capability.only))}" if capability.only else ""
    return "; ".join(part for part in (capability.holding, only, capability.why) if part)


def _paragraphs(text: str, style: Style) -> Iterator[str]:
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            yield ""
        yield from wrapped(printable(" ".join(paragraph.split())), style.width, first="  ", rest="  ")


def _indented(text: str) -> list[str]:
    return [f"    {printable(line)}".rstrip() for line in text.split("\n")]
