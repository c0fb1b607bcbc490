"""Realms of other people, rebuilt in a real Keycloak, imported from there and taken over: nothing else changes."""

from __future__ import annotations

import json
import os
import urllib.error
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from clientreg.importing import observed
from clientreg.secret import Secret
from clientreg.servers import Access, Server
from clientreg.servers.keycloak.beyond import foreign
from clientreg.settings import ServerEntry
from importing.place import SETTINGS, apply, load, plan, take
from importing.untouched import OWN, changed, clients
from servers.keycloak import Keycloak

FOLDER = os.environ.get("CLIENTREG_REALM_EXPORTS", "")
FILES = sorted(Path(FOLDER).glob("*.json")) if FOLDER else []
REFUSED = {"sys-bibbox-backend": "its session may last longer than its realm's"}
"""What Keycloak itself does not take back, and why."""
FILLED_IN = {
    *("client_name", "description", "product", "platform", "application_type", "organization", "contacts"),
    *("owner", "scopes"),
}


@pytest.mark.skipif(not FILES, reason="CLIENTREG_REALM_EXPORTS names no folder with realm exports (*.json)")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_realm_of_somebodys_is_taken_over_as_it_is(
    keycloak: Keycloak, realm: str, tmp_path: Path, file: Path
) -> None:
    export = json.loads(file.read_text("utf-8"))
    refused = dict(rebuild(keycloak, realm, export))
    assert refused.keys() <= REFUSED.keys(), refused
    connect = partial(connected, secret=keycloak.service_account(realm, "manage-clients"))
    root = registry(tmp_path / "registry", keycloak.url, realm)
    before = clients(keycloak, realm)
    own = {one["clientId"] for one in export["clients"] if not foreign(one)} - refused.keys()

    present = load(root)
    assert present.settings
    live = present.settings.environments["live"]
    source = observed.read(present.settings, live, live.servers[0], root, connect)
    made = take(root, source, "live", contact="id@acme.example")
    assert made.refused == ()
    assert {draft.client_id for draft in made.drafts} == own
    (server,) = plan(root, "live", connect=connect).plan.servers
    assert {str(one.path[0]) for change in server.changes for one in change.fields} <= FILLED_IN
    if own:
        apply(root, "live", connect=connect)
    (server,) = plan(root, "live", adopt=False, connect=connect).plan.servers
    assert (server.changes, server.refused, server.unchanged) == ((), (), len(own))
    after = clients(keycloak, realm)
    assert after.keys() == before.keys()
    assert [change for name in before for change in changed(before[name], after[name])] == []


def rebuild(keycloak: Keycloak, realm: str, export: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Make every client of an application, with the client scopes that it names; what is refused, in which words."""
    token = keycloak.token()
    limits = {name: export[name] for name in ("ssoSessionIdleTimeout", "ssoSessionMaxLifespan") if name in export}
    keycloak.admin("PUT", f"/{realm}", limits, token=token)
    there = {one["name"] for one in keycloak.admin("GET", f"/{realm}/client-scopes", token=token)}
    described = {one["name"]: one for one in export.get("clientScopes", ())}
    wanted = [one for one in export["clients"] if not foreign(one)]
    for name in {name for one in wanted for key in _SCOPES for name in one.get(key) or ()} - there:
        scope = {key: value for key, value in described.get(name, {}).items() if key in {"description", "attributes"}}
        keycloak.admin(
            "POST", f"/{realm}/client-scopes", {"protocol": "openid-connect", **scope, "name": name}, token=token
        )
    for one in wanted:
        plain = {name: value for name, value in one.items() if name not in _OF_A_REALM}
        try:
            made(keycloak, realm, {**one, "id": None}, token) or made(keycloak, realm, plain, token)
        except urllib.error.HTTPError as error:
            yield one["clientId"], error.read().decode()


def made(keycloak: Keycloak, realm: str, client: Mapping[str, Any], token: str) -> bool:
    """Whether a client could be made; what refers to things of its old realm is answered with status 500."""
    body = {name: value for name, value in client.items() if value is not None}
    try:
        keycloak.admin("POST", f"/{realm}/clients", body, token=token)
    except urllib.error.HTTPError as error:
        if error.code != 500 or not _OF_A_REALM & body.keys():
            raise
        return False
    return True


_OF_A_REALM = {"id", "authorizationSettings", "authenticationFlowBindingOverrides"}
_SCOPES = ("defaultClientScopes", "optionalClientScopes")


def registry(root: Path, url: str, realm: str) -> Path:
    root.mkdir()
    start = SETTINGS.index("      eu: {")
    end = SETTINGS.index("\n", start) + 1
    entry = f"      eu: {{type: keycloak, url: {json.dumps(url)}, realm: {realm}, client_id: {OWN}}}\n"
    (root / "registry.yaml").write_text(SETTINGS[:start] + entry + SETTINGS[end:])
    return root


def connected(entry: ServerEntry, root: Path, *, secret: str) -> Server:
    from clientreg import servers

    return servers.connect(entry, root, Access(Secret(secret), "CLIENTREG_LIVE_EU_SECRET"))
