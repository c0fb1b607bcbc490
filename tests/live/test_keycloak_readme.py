"""The README's "Keycloak": its commands as they stand there, on a real one, and then a plan and an apply."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from cli.scratch import Scratch, environment
from servers.keycloak import ADMIN, TOOLS, Keycloak

_SECTION = re.compile(r"^## Keycloak\n(.*?)^## ", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(?:yaml)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
URL, REALM = "https://login.example.com", "connect"
REGISTRY = """\
version: 1
name: example
{environments}    credential_sinks: [{{type: sealed-file, directory: handover}}]
scopes: {{openid: {{description: Sign in}}, email: {{description: Address}}}}
"""
ORGANIZATION = """\
name: Acme
owners: ["@acme/owners"]
domains: [acme.example]
contacts: {technical: [dev@acme.example]}
recipients: [age1j84pqjg3d3jw8ar4z2v4du6ufgmthwcc65fl2wqmxmezta0mty3qymef9v]
"""
CLIENT = """\
product: Shop
client_name: Acme Shop
description: The shop of Acme, in which users buy and return things.
platform: web
application_type: web
client_type: confidential
scopes: [openid, email]
redirect_uris: [https://shop.acme.example/cb]
environments: {production: {}}
"""


def blocks(repository: Path) -> tuple[str, str, str]:
    """The set-up, the entry of registry.yaml, and what is run then."""
    section = _SECTION.search((repository / "README.md").read_text("utf-8"))
    assert section
    setup, entry, run = _BLOCK.findall(section[1])
    return setup, entry, run


@pytest.fixture
def realm(keycloak: Keycloak) -> Iterator[str]:
    """Of the README's name, in a Keycloak that other tests use, too."""
    name = f"readme-{uuid4().hex[:12]}"
    keycloak.make_realm(name)
    yield name
    keycloak.remove_realm(name)


def test_they_lead_from_a_realm_to_an_applied_client(
    repository: Path, tmp_path: Path, keycloak: Keycloak, realm: str
) -> None:
    setup, entry, run = (
        text.replace(URL, keycloak.url)
        .replace(f"-r {REALM}", f"-r {realm}")
        .replace(f"realm: {REALM}", f"realm: {realm}")
        for text in blocks(repository)
    )
    env = environment(PATH=f"{TOOLS}{os.pathsep}{os.environ['PATH']}", HOME=str(tmp_path), KC_CLI_PASSWORD=ADMIN[1])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", setup], cwd=tmp_path, env=env, capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    secret = done.stdout.split()[-1]

    scratch = Scratch(tmp_path / "registry")
    scratch.write("registry.yaml", REGISTRY.format(environments=entry))
    scratch.write("clients/acme/organization.yaml", ORGANIZATION)
    scratch.write("clients/acme/shop.yaml", CLIENT)
    scratch.write(".gitignore", "handover/\n")
    scratch.git("init", "--quiet", "--initial-branch", "main")
    scratch.commit()
    export, plan = run.splitlines()
    variable = export.removeprefix("export ").partition("=")[0]
    words = plan.split()[1:]
    assert scratch.run(*words).status == 3
    planned = scratch.run(*words, env={variable: secret})
    assert (planned.status, "1 to create" in planned.out) == (0, True), planned.said
    applied = scratch.run("apply", *words[1:], env={variable: secret})
    assert (applied.status, "1 done, 0 failed" in applied.out) == (0, True), applied.said
    again = scratch.run(*words, "--check", env={variable: secret})
    assert (again.status, "no changes" in again.out) == (0, True), again.said
    assert secret not in planned.said + applied.said + again.said
