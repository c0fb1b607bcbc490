"""A client as servers will see it: each field and where its value comes from, payloads, the consent page in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import partial
from typing import Literal, NamedTuple

from clientreg.jsonvalue import Json, JsonObject
from clientreg.model import Client, Registration
from clientreg.report.layout import beside, wrapped
from clientreg.report.printable import printable, unforged
from clientreg.report.style import Style
from clientreg.report.values import as_json, stated
from clientreg.settings import Scope
from clientreg.values.jwk import public_view

Origin = Literal["file", "environment", "organization", "default"]
_ORIGINS: Mapping[Origin, str] = {
    "environment": "stated for {environment}, in {file}",
    "file": "stated for every environment, in {file}",
    "organization": "from {organization}",
    "default": "defaults",
}
_NAMES = 26
_NO_FIELDS = frozenset({"given", "organization", "contacts", "purpose", "localized"})
_ELSEWHERE = {
    "organization_name": "organization",
    "recipients": "credentials.recipients",
    "generation": "credentials.generation",
    "credential_max_age": "credentials.max_age",
}
"""Fields of a registration that a client file has under another name."""


class Row(NamedTuple):
    """One field of an effective registration, by the name it has in the client file, and where it comes from."""

    name: str
    value: Json
    origin: Origin


class Rendered(NamedTuple):
    """What one server of the environment is told."""

    server: str
    type: str
    payload: JsonObject


class Shown(NamedTuple):
    """One client in one environment (None: it exists in none), for every output."""

    client_id: str
    source: str
    organization: str
    environment: str | None
    rows: tuple[Row, ...]
    rendered: tuple[Rendered, ...]
    consent: tuple[str, ...]


def effective(
    client: Client, environment: str | None, scopes: Mapping[str, Scope], rendered: Iterable[Rendered]
) -> Shown:
    """Everything about a client in an environment; `scopes` is the catalogue, `rendered` what each server is told."""
    registration = client.registration(environment)
    return Shown(
        client_id=client.client_id,
        source=client.file,
        organization=client.organization.file,
        environment=environment,
        rows=tuple(_rows(client, environment)),
        rendered=tuple(Rendered(at.server, at.type, _without_keys(at.payload)) for at in rendered),
        consent=tuple(_consent(registration, scopes)),
    )


def text(pages: Sequence[Shown], style: Style) -> str:
    """A client, one environment after the other."""
    lines: list[str] = []
    for page in pages:
        where = f"in {printable(page.environment)}" if page.environment else "in no environment: it exists nowhere"
        lines += [f"{style.paint(printable(page.client_id), 'name')} {where}", ""]
        for origin, title in _ORIGINS.items():
            lines += _group(page, origin, title, style)
        for at in page.rendered:
            lines.append(style.paint(f"what server {printable(at.server)} ({printable(at.type)}) is told", "name"))
            lines += [f"  {line}" for line in as_json(at.payload, style.width - 2)]
            lines.append("")
        lines.append(style.paint("what its users are asked", "name"))
        for line in page.consent:
            rest = "      " if line.startswith("- ") else "  "
            lines += wrapped(printable(line), style.width, first="    " if rest != "  " else "  ", rest=rest)
        lines.append("")
    return unforged("\n".join(lines[:-1]) + "\n")


def _rows(client: Client, environment: str | None) -> Iterator[Row]:
    registration = client.registration(environment)
    for field in fields(registration):
        name = _ELSEWHERE.get(field.name, field.name)
        if field.name not in _NO_FIELDS:
            yield Row(name, _plain(field.name, getattr(registration, field.name)), _origin(client, environment, name))
        elif field.name in {"contacts", "purpose"}:
            for key, value in getattr(registration, field.name).items():
                yield Row(f"{name}.{key}", _plain("", value), _origin(client, environment, f"{name}.{key}"))
        elif field.name == "localized":
            for key, value in sorted(registration.localized.items()):
                yield Row(key, value, _origin(client, environment, key))


def _origin(client: Client, environment: str | None, name: str) -> Origin:
    """Where a value comes from: an environment replaces a field whole, `null` there makes it the default again."""
    top, _, below = name.partition(".")
    overrides = client.overrides(environment)
    holder = overrides if top in overrides else client.data
    value = holder.get(top)
    if value is not None and (not below or (isinstance(value, dict) and below in value)):
        return "environment" if holder is overrides else "file"
    organization = name == "organization" or top == "contacts"
    organization |= name == "credentials.recipients" and bool(client.organization.recipients)
    return "organization" if organization else "default"


def _plain(name: str, value: object) -> Json:
    if name == "jwks" and value is not None:
        return public_view(value)  # type: ignore[arg-type]
    return list(value) if isinstance(value, tuple) else value  # type: ignore[return-value]


def _without_keys(payload: JsonObject) -> JsonObject:
    return {name: public_view(value) if name == "jwks" else value for name, value in payload.items()}


def _consent(registration: Registration, scopes: Mapping[str, Scope]) -> Iterator[str]:
    if not registration.signs_users_in:
        yield f"nothing: no user signs in; it acts on its own with {', '.join(registration.scopes)}"
        return
    if not registration.require_consent:
        yield "nothing: require_consent is false, so users never see this list"
    yield f'"{registration.client_name}" of {registration.organization_name} asks to:'
    for scope in registration.scopes:
        known = scopes.get(scope)
        yield f"- {known.description if known else scope}"
    for title, uri in (("privacy policy", registration.policy_uri), ("terms", registration.tos_uri)):
        yield f"{title}: {uri or 'none'}"
    for key, value in sorted(registration.localized.items()):
        field, _, tag = key.partition("#")
        if field == "client_name":
            yield f'readers of {tag} see the name "{value}"'


def _group(page: Shown, origin: Origin, title: str, style: Style) -> Iterator[str]:
    rows = [row for row in page.rows if row.origin == origin]
    if not rows:
        return
    words = title.format(environment=page.environment, file=page.source, organization=page.organization)
    yield style.paint(printable(words), "name")
    empty = [row.name for row in rows if origin == "default" and row.value in (None, [], {})]
    room = max((len(row.name) for row in rows if len(row.name) <= _NAMES and row.name not in empty), default=0)
    for row in rows:
        if row.name not in empty:
            fill = partial(stated, row.value)
            _, lines = beside(printable(row.name), fill, room=room, indent=2, width=style.width)
            yield from lines
    if empty:
        yield from wrapped(f"not set: {', '.join(empty)}", style.width, first="  ", rest="    ")
    yield ""
