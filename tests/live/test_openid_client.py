"""Every client of the example registry, used by the npm client `openid-client`: a judge that shares no code with us."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from clientreg import sync
from clientreg.defaults import OOB
from clientreg.demo import stage
from clientreg.model import Registration
from clientreg.servers.embedded.provider import PASSWORD, USERS, serve
from real import needs

SCRIPT = Path(__file__).parent / "openid_client" / "login.mjs"
NODE = shutil.which("node") or "node"
INSTALL = "npm ci --ignore-scripts --prefix tests/live/openid_client"
needs("node", here=shutil.which("node") is not None, hint="install Node.js 20 or newer")
needs("openid-client (npm)", here=(SCRIPT.parent / "node_modules/openid-client").is_dir(), hint=INSTALL)

TODAY = "2031-05-05"
SECONDS = 120

KINDS: Mapping[str, Callable[[Registration], bool]] = {
    "public browser application": lambda one: one.platform == "javascript",
    "public web application": lambda one: one.public and one.platform in {"web", "tv"},
    "confidential by basic": lambda one: one.signs_users_in and one.token_endpoint_auth_method == "client_secret_basic",
    "confidential by post": lambda one: one.signs_users_in and one.token_endpoint_auth_method == "client_secret_post",
    "native by its own scheme": lambda one: one.native and not _redirect_uri(one).startswith("http"),
    "native by loopback": lambda one: one.native and _redirect_uri(one).startswith("http://"),
    "service": lambda one: one.grant_types == ("client_credentials",),
}
"""Each is what a developer would say of a client; the example registry has at least one of each."""


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> tuple[stage.Stage, sync.Planned, sync.Applied]:
    """The example registry on an embedded server, in a folder of its own."""
    built = stage.build(tmp_path_factory.mktemp("registry"), listening=9, today=TODAY)
    loaded = built.load()
    planned = built.plan(loaded, built.judge(loaded))
    done = sync.apply(planned, expect=planned.plan.digest)
    assert [outcome.error for outcome in done.outcomes if outcome.error is not None] == []
    return built, planned, done


@pytest.fixture(scope="module")
def registrations(applied: tuple[stage.Stage, sync.Planned, sync.Applied]) -> list[Registration]:
    """The clients that answer by a redirect or to nobody: out-of-band answers, which are read by people, stay out."""
    everyone = [wanted.registration for wanted in applied[1].inputs.wanted]
    return [one for one in everyone if not one.redirect_uris or set(one.redirect_uris) - set(OOB)]


@pytest.fixture(scope="module")
def proofs(
    applied: tuple[stage.Stage, sync.Planned, sync.Applied], registrations: list[Registration]
) -> dict[str, Any]:
    """What openid-client says of each client."""
    built, _, done = applied
    sealed = stage.sealed(done)
    secrets = {key: built.secret(handed).reveal() for key, handed in sealed.items()}
    job = {
        "issuer": built.issuer,
        "user": USERS[0].name,
        "password": PASSWORD,
        "clients": [_client(one, secrets.get(one.client_id)) for one in registrations],
    }
    with serve(built.store(built.load()), issuer=built.issuer):
        command = [NODE, str(SCRIPT)]
        ran = subprocess.run(
            command, input=json.dumps(job), capture_output=True, text=True, timeout=SECONDS, check=False
        )
    assert (ran.returncode, ran.stderr) == (0, "")
    return {line["client_id"]: line for line in map(json.loads, ran.stdout.splitlines())}


@pytest.mark.parametrize("kind", KINDS)
def test_openid_client_uses_each_kind_of_client(
    kind: str, proofs: dict[str, Any], registrations: list[Registration]
) -> None:
    chosen = [one for one in registrations if KINDS[kind](one)]
    assert chosen, "the example registry has no client of this kind"
    expected = {one.client_id: {"client_id": one.client_id, "proved": _expected(one)} for one in chosen}
    assert {one.client_id: proofs[one.client_id] for one in chosen} == expected


def test_every_client_is_of_a_kind(registrations: list[Registration], proofs: dict[str, Any]) -> None:
    assert [one.client_id for one in registrations if not any(kind(one) for kind in KINDS.values())] == []
    assert set(proofs) == {one.client_id for one in registrations}


def test_a_wrong_secret_is_refused_to_openid_client(
    applied: tuple[stage.Stage, sync.Planned, sync.Applied], registrations: list[Registration]
) -> None:
    built = applied[0]
    service = next(one for one in registrations if KINDS["service"](one))
    job = {"issuer": built.issuer, "user": "", "password": "", "clients": [_client(service, "wrong")]}
    with serve(built.store(built.load()), issuer=built.issuer):
        ran = subprocess.run(
            [NODE, str(SCRIPT)], input=json.dumps(job), capture_output=True, text=True, timeout=SECONDS, check=True
        )
    said = json.loads(ran.stdout)
    assert said == {"client_id": service.client_id, "proved": ["discovery"], "failed": _CHALLENGED}


_CHALLENGED = (
    "server responded with a challenge in the WWW-Authenticate HTTP Header: "
    '[{"scheme":"basic","parameters":{"realm":"clientreg","charset":"UTF-8"}}]'
)
"""How openid-client says that the server does not know this secret."""


def _client(one: Registration, secret: str | None) -> dict[str, Any]:
    back = one.post_logout_redirect_uris
    return {
        "client_id": one.client_id,
        "secret": secret,
        "method": one.token_endpoint_auth_method,
        "redirect_uri": _redirect_uri(one) or None,
        "scope": " ".join(one.scopes),
        "post_logout_redirect_uri": back[0] if back else None,
        "max_age": one.default_max_age,
        "refreshes": "refresh_token" in one.grant_types,
    }


def _redirect_uri(one: Registration) -> str:
    """The first that is no out-of-band URN; a loopback one on a port that its file does not name (RFC 8252 7.3)."""
    usable = [uri for uri in one.redirect_uris if uri not in OOB]
    first = usable[0] if usable else ""
    return first.replace("http://127.0.0.1/", "http://127.0.0.1:53121/", 1)


def _expected(one: Registration) -> list[str]:
    if not one.signs_users_in:
        return ["discovery", "client_credentials"]
    refresh = ["refresh"] if "refresh_token" in one.grant_types else []
    end = "logout" if one.post_logout_redirect_uris else "revocation"
    return ["discovery", "login", "id_token", *refresh, "userinfo", end]
