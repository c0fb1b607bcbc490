"""The page "From Keycloak with 300 clients": its commands as they stand there, in one shell, on a realm like that."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.scratch import COMMAND, environment
from importing import population
from importing.untouched import changed, clients
from servers.keycloak import ADMIN, TOOLS, Keycloak

PAGE = "tools/docs/from-keycloak.md"
URL, REALMS = "https://login.example.com", ("connect", "connect-staging")
COUNT, SEED = 300, 20261125
PORTAL: Mapping[str, Any] = {
    "clientId": "customer-portal",
    "name": "Customer portal",
    "description": "Where customers see their orders and invoices.",
    "redirectUris": ["https://portal.example.com/*"],
    "webOrigins": ["+"],
    "directAccessGrantsEnabled": True,
}
FIELD: Mapping[str, Any] = {
    "clientId": "field-app",
    "name": "Field app",
    "description": "What people on the road report with.",
    "publicClient": True,
    "redirectUris": ["https://field.example.com/cb"],
    "webOrigins": ["https://field.example.com"],
    "attributes": {"pkce.code.challenge.method": "S256"},
}
NAMED: tuple[Mapping[str, Any], ...] = (
    PORTAL,
    FIELD,
    {"clientId": "legacy-mail", "redirectUris": ["https://mailer:hunter2@mail.example.com/cb"], "webOrigins": []},
)
"""Clients that the page speaks of."""
_BLOCK = re.compile(r"^```([a-z]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_STATUS = re.compile(r"  # exit status ([0-9]+)$")
_EDIT = """\
import sys
text, block = open("registry.yaml").read(), sys.stdin.read()
start, end = text.index("environments:"), text.index("# The catalogue")
head = "environments:\\n"
made = block + "\\n" if block.startswith(head) else head + block + text[start + len(head):end]
open("registry.yaml", "w").write(text[:start] + made + text[end:])
"""
"""How somebody follows the words before a block of YAML."""


@pytest.fixture
def realms(keycloak: Keycloak) -> Iterator[Keycloak]:
    """Two realms of the page's names, full of clients, the second with most of the first one's."""
    first = [*NAMED, *population.clients(COUNT - len(NAMED), SEED)]
    others = [{**PORTAL, "clientId": "customer-portal-staging"}, {**FIELD, "publicClient": False}]
    twins = [*others, *population.elsewhere(first[len(NAMED) :], SEED)]
    token = ""
    for realm, listed in zip(REALMS, (first, twins), strict=True):
        keycloak.make_realm(realm)
        for scope in population.SCOPES:
            keycloak.admin("POST", f"/{realm}/client-scopes", {"name": scope, "protocol": "openid-connect"})
        for number, one in enumerate(listed):
            token = keycloak.token() if number % 50 == 0 else token
            keycloak.admin("POST", f"/{realm}/clients", one, token=token)
    yield keycloak
    for realm in REALMS:
        keycloak.remove_realm(realm)


def blocks(page: str, *kinds: str) -> list[tuple[str, str]]:
    """What stands in fences of these kinds: `sh` is typed, `yaml` written into a file, without a kind it is shown."""
    return [(kind, block) for kind, block in _BLOCK.findall(page) if kind in kinds]


def script(page: str) -> str:
    """What somebody types who does as the page says; a status that it announces is demanded."""
    lines: list[str] = []
    for number, (kind, block) in enumerate(blocks(page, "sh", "yaml")):
        lines.append(f"echo '$ block {number}'")
        if kind == "yaml":
            lines += [f"\"$PYTHON\" -c '{_EDIT}' <<'END'", f"{block}END"]
        else:
            lines += map(_demanded, block.splitlines())
    return "\n".join(lines)


def _demanded(line: str) -> str:
    status = _STATUS.search(line)
    return line if status is None else f"said=0; {line[: status.start()]} || said=$?; [ $said = {status[1]} ]"


def unsaid(page: str, output: str) -> list[str]:
    """What should stand in the output of a block and does not."""
    typed = [block for _, block in blocks(page, "sh", "yaml")]
    shown = dict(zip(typed, output.split("$ block ")[1:], strict=True))
    said = {start: [text for block, text in shown.items() if block.startswith(start)] for start in SAID}
    assert {start: len(texts) for start, texts in said.items()} == dict.fromkeys(SAID, 1)
    missing = [text for start, texts in SAID.items() for text in texts if text not in said[start][0]]
    return missing + [text for _, text in blocks(page, "") if text not in output]


def test_its_commands_lead_from_300_clients_to_an_empty_plan_and_back(
    repository: Path, tmp_path: Path, realms: Keycloak
) -> None:
    page = (repository / PAGE).read_text("utf-8")
    before = {realm: clients(realms, realm) for realm in REALMS}
    done = follow(repository, tmp_path, page, realms)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-6000:]
    assert unsaid(page, done.stdout) == []
    assert [word for word in (*secrets(before), "hunter2") if word in done.stdout + done.stderr] == []
    registry = tmp_path / "registry"
    assert [file for file in registry.glob("clients/*/*.yaml") if "hunter2" in file.read_text("utf-8")] == []
    workflows = [registry / f".github/workflows/{name}.yml" for name in ("sync", "drift", "validate")]
    subprocess.run([Path(COMMAND).with_name("actionlint"), *workflows], check=True)
    named = [file.read_text("utf-8").count("secrets.CLIENTREG_PRODUCTION_EU_SECRET") for file in workflows]
    assert named == [2, 1, 0]
    after = {realm: clients(realms, realm) for realm in REALMS}
    odd = [
        one for realm in REALMS for name in before[realm] for one in changed(before[realm][name], after[realm][name])
    ]
    assert [(client, member) for client, member, _, _ in odd] == [("legacy-mail", "redirectUris")]
    assert {realm: held.keys() for realm, held in after.items()} == {
        realm: held.keys() for realm, held in before.items()
    }


def secrets(realms: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Every client's, as an administrator sees them."""
    return [one["secret"] for held in realms.values() for one in held.values() if one.get("secret")]


def follow(repository: Path, folder: Path, page: str, keycloak: Keycloak) -> subprocess.CompletedProcess[str]:
    """Everything on the page, in one shell, with an empty repository to push to."""
    remote = folder / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True, env=environment())
    env = environment(
        PATH=os.pathsep.join([str(Path(COMMAND).parent), str(TOOLS), os.environ["PATH"]]),
        HOME=str(folder),
        KC_CLI_PASSWORD=ADMIN[1],
        KC_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        REPOSITORY=remote.as_uri(),
        PYTHON=sys.executable,
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(repository / ".venv/wheels"),
    )
    words = ["bash", "-euo", "pipefail", "-c", script(page.replace(URL, keycloak.url))]
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, check=False, text=True)


SAID: Mapping[str, tuple[str, ...]] = {
    "clientreg import --environment production --server eu --contact identity@example.com --dry-run  # exit status 1": (
        "x legacy-mail: redirect_uris: CR206 ", "288 files to write, 18 left out, 1 refused, ",
    ),
    "mail=$(": ("289 files written, 18 left out, ",),
    "grep": ("289 platform: guess: ", "1 name: guess: of the host portal.example.com"),
    "clientreg lint > ../lint.txt": ("warnings, ",),
    "clientreg plan --environment production --adopt": ("0 to create, 0 to change, 0 to delete, 289 to adopt",),
    "clientreg apply --environment production --adopt": ("289 done, 0 failed",),
    "clientreg plan --environment production --check": ("no changes: production is as the files say (289 clients on",),
    "clientreg verify": ("no findings: the servers answer as the files say",),
    "clientreg drift --environment production\n": ("no drift: production is as it was applied",),
    "portal=$(": ("~ changed customer-portal", "require_consent  false -> true", "1 client drifted"),
    "clientreg drift --environment production --dry-run": ("1 file would be written", "1 of 1 change", "no drift"),
    'echo "customer-portal-staging': ("2 files written, ", "no changes: staging", "no changes: production"),
    "clientreg environments": ("production  class production, 289 clients: eu (keycloak)", "requirements.txt written"),
    'kcadm.sh update "clients/$portal"': ("no changes: production is as the files say (288 clients on",),
}  # fmt: skip
"""What stands on the screen after a block that begins so."""
