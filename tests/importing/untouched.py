"""A realm before and after an adoption: nothing of its clients has changed but what was to be filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from servers.keycloak import Keycloak

OWN = "clientreg"
"""The client that the registry signs in with."""


def clients(keycloak: Keycloak, realm: str) -> dict[str, dict[str, Any]]:
    """Every client as Keycloak itself has it, but for the one that we sign in with: it holds our record."""
    token = keycloak.token()
    listed = keycloak.admin("GET", f"/{realm}/clients", token=token)
    for one in listed:
        if one.get("authorizationServicesEnabled"):
            place = f"/{realm}/clients/{one['id']}/authz/resource-server/settings"
            one["authorization settings"] = keycloak.admin("GET", place, token=token)
    return {one["clientId"]: one for one in listed if one["clientId"] != OWN}


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, Any, Any]]:
    """What is not as it was, but for our attributes, and a name and a description where there was none."""
    pairs = [(name, before.get(name), after.get(name)) for name in sorted({*before, *after} - {"attributes"})]
    odd = [pair for pair in pairs if spelt(pair[1]) != spelt(pair[2])]
    odd = [pair for pair in odd if not (pair[0] in {"name", "description"} and filled_in(pair[1], pair[2]))]
    old, new = before["attributes"], after["attributes"]
    names = sorted(name for name in {*old, *new} if not name.startswith("clientreg."))
    odd += [(f"attributes.{name}", old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]
    return [(before["clientId"], *pair) for pair in odd]


def filled_in(before: Any, after: Any) -> bool:
    """A description of less than 20 characters is no description of a client file: its words stand first in one."""
    return not before or (len(before) < 20 and str(after).startswith(before))


def spelt(value: Any) -> Any:
    """Lists of texts come in any order."""
    return sorted(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else value
