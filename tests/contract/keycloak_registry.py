"""A small registry whose environment `test` is a realm of a real Keycloak, for the installed command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.scratch import Scratch
from managed import SECRET
from servers.keycloak import Keycloak

LONG = "Pay fines " * 30
REGISTRY = """\
version: 1
name: example
environments:
  test:
    class: test
    servers: {{eu: {{type: keycloak, url: "{url}", realm: {realm}, client_id: clientreg{more}}}}}
    credential_sinks: [{{type: sealed-file, directory: handover, publish: none}}]
scopes:
  openid: {{description: Sign in}}
  email: {{description: Address}}
  roles: {{description: Roles}}
  loans: {{description: "Borrow, renew and return books"}}
  fines: {{description: "{long}"}}
"""
CLIENT = """\
product: Shop
client_name: Acme {name}
description: The shop of Acme, in which users buy and return things.
platform: android
application_type: native
client_type: public
scopes: [{scopes}]
redirect_uris: [com.acme.{name}:/cb]
environments: {{test: {{}}}}
"""
ORGANIZATION = """\
name: Acme
owners: ["@acme/owners"]
domains: [acme.example]
contacts: {technical: [dev@acme.example]}
recipients: [age1j84pqjg3d3jw8ar4z2v4du6ufgmthwcc65fl2wqmxmezta0mty3qymef9v]
"""
ENV = {"CLIENTREG_TEST_EU_SECRET": SECRET}
PLAN, APPLY = ("plan", "--environment", "test"), ("apply", "--environment", "test")


@dataclass(frozen=True)
class Registry:
    """It and the realm, looked at past our own code."""

    scratch: Scratch
    keycloak: Keycloak
    realm: str

    def clients(self) -> list[dict[str, Any]]:
        """Every client of the realm."""
        return list(self.keycloak.admin("GET", f"/{self.realm}/clients"))


def written(root: Path, keycloak: Keycloak, realm: str, clients: Mapping[str, str], *, more: str = "") -> Scratch:
    """Committed; `clients` are the texts of files by their names, `more` are options of the server's entry."""
    scratch = Scratch(root)
    scratch.write("registry.yaml", REGISTRY.format(url=keycloak.url, realm=realm, more=more, long=LONG))
    scratch.write("clients/acme/organization.yaml", ORGANIZATION)
    for name, text in clients.items():
        scratch.write(f"clients/acme/{name}.yaml", text)
    scratch.write(".gitignore", "handover/\n")
    scratch.git("init", "--quiet", "--initial-branch", "main")
    scratch.commit()
    return scratch
