"""Which clients the files want left as they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from clientreg import intent, lint, registry, servers
from clientreg.sync import Inputs

ROOT = Path(__file__).parents[2]
NEIGHBOUR = """\
product: Power
client_name: Ostavind My Power
description: Bears the name of another organization's client.
platform: web
application_type: web
client_type: public
scopes: [openid]
redirect_uris: [https://power.a.example/cb]
environments:
  test: {}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "clients", tmp_path / "clients")
    shutil.copy(ROOT / "registry.yaml", tmp_path)
    return tmp_path


def inputs(root: Path) -> Inputs:
    loaded = registry.load(str(root), lambda _: frozenset())
    report = lint.run(loaded, servers=servers.types(), today="2026-11-23")
    assert loaded.settings is not None
    return intent.inputs(loaded, report, loaded.settings, loaded.settings.environments["test"], today="2026-11-23")


@pytest.mark.parametrize("organization", ["a-newcomer", "z-newcomer"])
def test_of_two_clients_with_one_name_both_stay_as_they_are(root: Path, organization: str) -> None:
    """Whoever comes earlier in path order must not take the name, and stop its owner's changes besides."""
    folder = root / "clients" / organization
    folder.mkdir()
    (folder / "organization.yaml").write_text(
        f"name: {organization}\ndomains: [a.example]\ncontacts: {{technical: [dev@a.example]}}\n"
    )
    (folder / "power.yaml").write_text(NEIGHBOUR)
    refused = {one.key: one.why.split(" ")[1] for one in inputs(root).refused}
    assert refused == {"ostavind-power.my-power": "CR501", f"{organization}.power": "CR501"}


def test_a_clean_registry_refuses_nobody(root: Path) -> None:
    assert inputs(root).refused == ()
