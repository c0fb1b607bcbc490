"""Client metadata (RFC 7591, OpenID Connect Registration), as lists of it and node oidc-provider have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clientreg.importing import wording
from clientreg.importing.found import Found, LeftOut
from clientreg.jsonvalue import Json, JsonObject, shown
from clientreg.model import LOCALIZED

_SECRET = frozenset({"client_secret", "client_secret_expires_at", "registration_access_token"})
"""No file has it, and the server keeps it."""
_RECORDS = frozenset({"client_id_issued_at", "registration_client_uri"})
"""What a server writes down about a registration, which is no setting."""


def found(entry: Json) -> Found | LeftOut:
    """One client of a list."""
    if not isinstance(entry, dict):
        return LeftOut(shown(entry), "it is no object with client metadata")
    client_id = entry.get("client_id")
    if not isinstance(client_id, str):
        why = "it has no client_id" if client_id is None else f"its client_id is {shown(client_id)}, which is no text"
        return LeftOut(_called(entry), why)
    values, unmanaged = dict(_values(entry)), _unmanaged(entry)
    return Found(client_id, {**_implied(entry), **values, "client_id": client_id}, tuple(sorted(unmanaged)))


def _values(entry: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    known = wording.fields()
    for name, value in entry.items():
        if name == "scope" and isinstance(value, str):
            yield "scopes", [*value.split()]
        elif name == "contacts" and isinstance(value, list):
            yield name, {"technical": value} if value else {}
        elif name in known or name.partition("#")[0] in LOCALIZED:
            yield name, value


def _implied(entry: Mapping[str, Json]) -> JsonObject:
    """What the absence of a member means (RFC 7591 section 2), where a client file would mean something else."""
    grants = entry.get("grant_types")
    redirects = not isinstance(grants, list) or "authorization_code" in grants or "implicit" in grants
    return {
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "client_type": "public" if entry.get("token_endpoint_auth_method") == "none" else "confidential",
        **({"redirect_uris": []} if redirects else {}),
    }


def _unmanaged(entry: Mapping[str, Json]) -> list[str]:
    known = {*wording.fields(), *_SECRET, *_RECORDS, "scope"}
    return [name for name in entry if name not in known and name.partition("#")[0] not in LOCALIZED]


def _called(entry: Mapping[str, Json]) -> str:
    name = entry.get("client_name")
    return name if isinstance(name, str) and name else "a client without an id"
