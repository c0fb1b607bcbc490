"""Which clients the files want left as they are."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clientreg import intent, lint, registry, servers
from clientreg.finding import Finding
from clientreg.lint import Report
from clientreg.registry import Registry
from clientreg.sync import Inputs

ROOT = Path(__file__).parents[2]
TODAY = "2026-11-23"
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


def judged(root: Path) -> tuple[Registry, Report]:
    loaded = registry.load(str(root), lambda _: frozenset())
    return loaded, lint.run(loaded, servers=servers.types(), today=TODAY)


def inputs(root: Path) -> Inputs:
    loaded, report = judged(root)
    assert loaded.settings is not None
    return intent.inputs(loaded, report, loaded.settings, loaded.settings.environments["test"], today=TODAY)


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


class Counted(tuple[Finding, ...]):
    """Findings that count how often somebody goes through them."""

    times = 0

    def __iter__(self) -> Iterator[Finding]:
        type(self).times += 1
        return super().__iter__()


def test_exceptions_of_many_clients_are_matched_in_a_few_passes(root: Path) -> None:
    """So that time is linear in clients and findings."""
    waiver = "waivers: [{rule: CR246, reason: the certificate is on its way, expires: 2026-12-01}]\n"
    for number in range(20):
        own = f"client_name: Power {number}\nredirect_uris: ['http://power.ostavind.example/{number}']\n"
        kept = [line for line in NEIGHBOUR.splitlines() if not line.startswith(("client_name", "redirect_uris"))]
        text = own + "\n".join(kept) + "\n" + waiver
        (root / f"clients/ostavind-power/power-{number}.yaml").write_text(text)
    loaded, report = judged(root)
    counted = Counted(report.findings)
    assert loaded.settings
    made = intent.inputs(
        loaded, replace(report, findings=counted), loaded.settings, loaded.settings.environments["test"], today=TODAY
    )
    assert {(use.key, use.rule) for use in made.waivers} == {
        (f"ostavind-power.power-{number}", "CR246") for number in range(20)
    }
    assert Counted.times < 5


def test_a_clean_registry_refuses_nobody(root: Path) -> None:
    assert inputs(root).refused == ()
