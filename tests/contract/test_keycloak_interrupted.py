"""An apply on a real Keycloak that Ctrl-C ends, while several writes are under way: nothing is lost or unknown."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from keycloak_registry import APPLY, ENV, PLAN, Registry, written

from cli.scratch import Scratch, ended, shim
from managed import realm_of
from servers.keycloak import Keycloak

COUNT = 40
SHOP = """\
product: Shop
client_name: Acme Shop {number}
description: The shop of Acme, in which users buy and return things.
platform: web
application_type: web
client_type: confidential
scopes: [openid]
redirect_uris: [https://shop.acme.example/{number}]
environments: {{test: {{}}}}
"""
_INTERRUPT = """
import os, signal, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
from clientreg.servers.keycloak.admin import Realm
real, count, lock = Realm.create, [0], threading.Lock()
def create(*arguments):
    answer = real(*arguments)
    with lock:
        count[0] += 1
        if count[0] == {after}:
            os.kill(os.getpid(), signal.SIGINT)
    return answer
Realm.create = create
"""


@pytest.fixture
def registry(tmp_path: Path, keycloak: Keycloak) -> Iterator[Registry]:
    realm = f"stopped-{uuid4().hex[:12]}"
    keycloak.make_realm(realm, **realm_of(realm))
    clients = {f"c{number:02}": SHOP.format(number=number) for number in range(COUNT)}
    yield Registry(written(tmp_path / "registry", keycloak, realm, clients), keycloak, realm)
    keycloak.remove_realm(realm)


def known(registry: Registry) -> dict[str, dict[str, Any]]:
    """Our clients on the server, by the id of the credential that they have."""
    marked = (one["attributes"] for one in registry.clients())
    return {one["clientreg.credential"]: one for one in marked if "clientreg.registry" in one}


def sealed(scratch: Scratch) -> list[str]:
    return sorted(name.rsplit(".", 2)[1] for name in scratch.handed_over())


@pytest.mark.parametrize("after", [1, 9, COUNT])
def test_every_credential_is_on_both_sides_and_the_next_apply_does_the_rest(
    registry: Registry, tmp_path: Path, after: int
) -> None:
    scratch = registry.scratch
    done = scratch.run(*APPLY, env={**ENV, **shim(tmp_path / "shim", _INTERRUPT.format(after=after))})
    assert (done.status, "interrupted" in done.out, "Traceback" in done.said) == (3, True, False), done.said
    there = known(registry)
    assert after <= len(there) <= after + 8
    assert sorted(there) == sealed(scratch)
    assert f"{len(there)} done, 0 failed" in done.out, done.said
    assert scratch.run(*APPLY, env=ENV).status == 0
    assert len(known(registry)) == COUNT
    assert sorted(known(registry)) == sealed(scratch)
    assert known(registry).keys() >= there.keys()
    assert scratch.run(*PLAN, "--check", env=ENV).status == 0


def test_a_second_ctrl_c_loses_nothing_either(registry: Registry) -> None:
    scratch = registry.scratch
    process = scratch.start(
        *APPLY, env=ENV, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler)
    )
    while not scratch.handed_over():
        pass
    for _ in range(2):
        process.send_signal(signal.SIGINT)
    done = ended(process)
    assert (done.status, "Traceback" in done.said) == (3, False), done.said
    assert known(registry).keys() <= set(sealed(scratch))
    assert scratch.run(*APPLY, env=ENV).status == 0
    assert sorted(known(registry)) == sealed(scratch)
    assert len(known(registry)) == COUNT
