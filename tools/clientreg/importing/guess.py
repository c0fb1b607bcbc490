"""What a file must say and its source does not: proposed from what is there, and always marked as a guess."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from clientreg.defaults import REDIRECT_GRANTS, application_type_of
from clientreg.jsonvalue import Json, JsonObject, shortened
from clientreg.values import uri

_SHORTEST, _LONGEST, _LONGEST_NAME = 20, 2000, 200


class Guesses(NamedTuple):
    """The fields that were proposed, and per field in a few words from what."""

    values: JsonObject
    why: Mapping[str, str]


def missing(client_id: str, stated: Mapping[str, Json], origin: str) -> Guesses:
    """A value for every mandatory field that is not stated in a way that a file could hold."""
    made: JsonObject = {}
    why: dict[str, str] = {}

    def propose(name: str, value: Json, because: str) -> None:
        if stated.get(name) is None:
            made[name] = value
            why.update({name: because} if because else {})

    name = _name(client_id, stated)
    if name != stated.get("client_name"):
        made["client_name"], why["client_name"] = name, "the client id" if name == client_id else "what fits of it"
    propose("product", name, "the client's name")
    described = _described(stated.get("description"), origin)
    if described != stated.get("description"):
        made["description"] = described
        why["description"] = "nobody has described it" if not stated.get("description") else "what fits of it"
    propose("client_type", _client_type(stated), "how it authenticates")
    kind = {**stated, **made}
    platform = _platform(kind)
    propose("platform", platform, "how it gets tokens and where users are sent")
    propose("application_type", _application_type({**kind, **made}), "")  # follows from the platform
    if not stated.get("scopes"):
        made["scopes"], why["scopes"] = ["openid"], "it names no scope"
    return Guesses(made, why)


def _name(client_id: str, stated: Mapping[str, Json]) -> str:
    given = stated.get("client_name")
    return shortened(given, _LONGEST_NAME) if isinstance(given, str) and given.strip() else client_id


def _described(given: Json, origin: str) -> str:
    if not isinstance(given, str) or not given.strip():
        return f"Imported from {origin}; nobody has described it yet."
    text = shortened(given, _LONGEST)
    return text if len(text) >= _SHORTEST else f"{text} (imported from {origin})"


def _client_type(stated: Mapping[str, Json]) -> str:
    return "public" if stated.get("token_endpoint_auth_method") == "none" else "confidential"


def _platform(stated: Mapping[str, Json]) -> str:
    public = stated["client_type"] == "public"
    if not _redirects(stated):
        if public:
            return "cli"
        return "service" if stated.get("grant_types") == ["client_credentials"] and not _uris(stated) else "web"
    kind = stated.get("application_type")
    if kind == "native" or (kind is None and _looks_native(_uris(stated))):
        return _native_platform(_uris(stated))
    return "javascript" if public else "web"


def _application_type(stated: Mapping[str, Json]) -> str:
    return application_type_of(str(stated["platform"])) or "native"


def _redirects(stated: Mapping[str, Json]) -> bool:
    grants = stated.get("grant_types")
    return not isinstance(grants, list) or any(grant in REDIRECT_GRANTS for grant in grants if isinstance(grant, str))


def _uris(stated: Mapping[str, Json]) -> list[str]:
    found = stated.get("redirect_uris")
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def _looks_native(uris: list[str]) -> bool:
    return any(_scheme(text) not in {"", "http", "https"} for text in uris)


def _native_platform(uris: list[str]) -> str:
    schemes = {_scheme(text) for text in uris}
    if schemes - {"", "http", "https", "urn"}:
        return "android"
    return "windows-desktop" if "urn" in schemes else "cli"


def _scheme(text: str) -> str:
    return (uri.parse(text).scheme or "") if ":" in text else ""
