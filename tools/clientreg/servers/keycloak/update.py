"""What must be sent to Keycloak for a client to become what a payload says: the least, and in which requests. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from clientreg.jsonvalue import Json
from clientreg.servers.keycloak import names
from clientreg.servers.keycloak.representation import representation
from clientreg.servers.keycloak.words import Representation, pairwise, words

_APART = frozenset(
    {"clientId", "protocol", "attributes", "protocolMappers", "defaultClientScopes", "optionalClientScopes"}
)
_WORDS_APART = frozenset({"scopes", "audience", "subject_type", "sector_identifier_uri"})
"""What a PUT of the client does not carry: it ignores scopes, and replaces all mappers by those that it names."""


class Update(NamedTuple):
    """Requests for a client that exists: members to PUT, names of scopes, mappers to POST, to PUT and to DELETE."""

    members: Mapping[str, Any]
    scopes_added: tuple[str, ...] = ()
    scopes_removed: tuple[str, ...] = ()
    mappers_added: tuple[Mapping[str, Any], ...] = ()
    mappers_changed: tuple[Mapping[str, Any], ...] = ()
    mappers_removed: tuple[str, ...] = ()


def creation(payload: Mapping[str, Json], *, default_scopes: Iterable[str], salt: str) -> dict[str, Any]:
    """The body of the POST that makes a client, all but mark and secret.

    `default_scopes` are client scopes that every client of the realm has. Without `fullScopeAllowed: false` a token
    would carry every role of the user. The protocol is not named: it is the usual one, and where it is named, Keycloak
    switches `backchannel.logout.session.required` on, whatever is sent.
    """
    made = representation(payload)
    attributes = {name: value for name, value in made.pop("attributes").items() if value is not None}
    mappers = [_salted(mapper, salt) for mapper in made.pop("protocolMappers")]
    return {
        **{name: value for name, value in made.items() if value != "" and name != "protocol"},
        "attributes": attributes,
        "protocolMappers": mappers,
        "defaultClientScopes": sorted(default_scopes),
        "fullScopeAllowed": False,
    }


def update(actual: Representation, payload: Mapping[str, Json], bundled: frozenset[str], *, salt: str) -> Update:
    """How `actual` becomes what the payload says. What differs in its spelling alone is not written.

    But where that would change its meaning with the rest (a `+` follows the redirect URIs), all is written out.
    """
    before, after = representation(words(actual, bundled)), representation(payload)
    members = _changed(before, after)
    if unused := _left_over(actual, after):
        members = {**members, "attributes": {**members.get("attributes", {}), **unused}}
    if not _says(_merged(actual, members), payload):
        members = _changed(_listed(actual), after)
    had, wants = set(before["optionalClientScopes"]), set(after["optionalClientScopes"])
    return Update(
        members,
        tuple(sorted(wants - had)),
        tuple(sorted(had - wants)),
        *_mappers(actual, after["protocolMappers"], salt),
    )


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a PUT: an attribute that is left out stays, one that is null goes."""
    members = {name: value for name, value in after.items() if name not in _APART and before.get(name) != value}
    had = before.get("attributes") or {}
    attributes = {name: value for name, value in after["attributes"].items() if had.get(name) != value}
    return {**members, "attributes": attributes} if attributes else members


def _left_over(actual: Representation, after: Mapping[str, Any]) -> dict[str, None]:
    """A sector that says nothing beside the pairwise mapper, which goes, and would say something without it."""
    name = names.UNUSED_SECTOR
    hidden = name in (actual.get("attributes") or {}) and pairwise(actual.get("protocolMappers") or ()) is not None
    shown = hidden and pairwise(after["protocolMappers"]) is None and after["attributes"].get(name) is None
    return {name: None} if shown else {}


def _listed(actual: Representation) -> dict[str, Any]:
    """The client with its lists in order: Keycloak gives them in none."""
    lists = {name: actual[name] for name in ("redirectUris", "webOrigins") if actual.get(name) is not None}
    return {**actual, **{name: sorted(items) for name, items in lists.items()}}


def _merged(actual: Representation, members: Mapping[str, Any]) -> Representation:
    attributes = {**(actual.get("attributes") or {}), **members.get("attributes", {})}
    return {**actual, **members, "attributes": {name: text for name, text in attributes.items() if text is not None}}


def _says(client: Representation, payload: Mapping[str, Json]) -> bool:
    said = words(client, frozenset())
    same = all(said[word] == payload.get(word) for word in said.keys() - _WORDS_APART)
    return same and ("openid" in _scopes(said)) is ("openid" in _scopes(payload))


def _scopes(payload: Mapping[str, Json]) -> list[Json]:
    scopes = payload.get("scopes")
    return scopes if isinstance(scopes, list) else []


def _mappers(
    actual: Representation, wanted: Iterable[Mapping[str, Any]], salt: str
) -> tuple[tuple[Mapping[str, Any], ...], tuple[Mapping[str, Any], ...], tuple[str, ...]]:
    """Mappers to add, to change and to remove: ours by their audience, and the pairwise one whoever added it."""
    mappers = actual.get("protocolMappers") or ()
    subject = pairwise(mappers)
    had = {_what(mapper): mapper for mapper in mappers if _is_ours(mapper) or mapper is subject}
    want = {_what(mapper): mapper for mapper in wanted}
    added = tuple(_salted(mapper, salt) for what, mapper in want.items() if what not in had)
    pairs = ((had[what], mapper) for what, mapper in want.items() if what in had)
    changed = tuple(_reconfigured(mapper, wanted) for mapper, wanted in pairs if _sector(mapper) != _sector(wanted))
    kept = [had[what] for what in want if what in had]
    gone = (mapper for mapper in mappers if (_is_ours(mapper) or mapper is subject) and mapper not in kept)
    return added, changed, tuple(str(mapper["id"]) for mapper in gone)


def _is_ours(mapper: Mapping[str, Any]) -> bool:
    return str(mapper.get("name")).startswith(names.AUDIENCE)


def _what(mapper: Mapping[str, Any]) -> str:
    """What a mapper is for: its audience, or that subjects are pairwise."""
    return str((mapper.get("config") or {}).get(names.CUSTOM_AUDIENCE) or names.PAIRWISE)


def _sector(mapper: Mapping[str, Any]) -> str | None:
    return (mapper.get("config") or {}).get(names.SECTOR) or None


def _reconfigured(mapper: Mapping[str, Any], wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """The salt stays: with another one, every user would be another user."""
    kept = {name: value for name, value in (mapper.get("config") or {}).items() if name != names.SECTOR}
    return {**mapper, "config": {**kept, **wanted["config"]}}


def _salted(mapper: Mapping[str, Any], salt: str) -> dict[str, Any]:
    """A pairwise mapper without a salt is taken, and every token request then fails with status 500."""
    if mapper["protocolMapper"] != names.PAIRWISE_MAPPER:
        return dict(mapper)
    return {**mapper, "config": {**mapper["config"], names.SALT: salt}}
