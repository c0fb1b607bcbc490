"""What lints clean is accepted: the linter and the embedded server judge apart, and must not part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clientreg import lint, rules
from clientreg.finding import Severity
from clientreg.planning import render
from clientreg.registry import Registry, load
from clientreg.servers.embedded.admission import Refused, admit
from clientreg.servers.embedded.metadata import settle
from rules import example

CASES = sorted((Path(__file__).parents[1] / "rules" / "cases").rglob("*.yaml"))
TEXTS = {
    **{f"{code} {kind}": getattr(rule, kind) for code, rule in rules.load().items() for kind in ("good", "bad")},
    **{f"{file.parent.name}/{file.stem}": file.read_text(encoding="utf-8") for file in CASES},
}


def clean(registry: Registry) -> Iterator[str]:
    """The files without an error, also without one that is waived: a waiver lifts our rule, not the server's."""
    found = lint.run(registry, servers=example.servers(), today=example.TODAY).findings
    wrong = {finding.file for finding in found if finding.severity is Severity.ERROR}
    return (client.file for client in registry.clients if client.file not in wrong)


def verdicts(registry: Registry) -> list[str]:
    """What the server says of each clean client, where it does not admit it."""
    files = set(clean(registry))
    said = []
    for client in registry.clients:
        for environment in client.environments if client.file in files else ():
            registration = client.registration(environment)
            payload = settle(render.payload(registration, render.template_of("embedded")))
            try:
                admit(payload, has_secret=registration.needs_secret)
            except Refused as refused:
                said.append(f"{client.file} in {environment}: {refused}")
    return said


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_client_without_errors_is_admitted(text: str) -> None:
    assert verdicts(example.load("# server: embedded\n" + text)) == []


def test_every_client_of_the_example_registry_is_admitted(repository: Path) -> None:
    found = load(str(repository), frozenset)
    assert len(found.clients) >= 16
    assert verdicts(found) == []


def test_there_are_clean_clients_among_the_good_examples() -> None:
    good = [rule.good for rule in rules.load().values()]
    assert sum(bool([*clean(example.load("# server: embedded\n" + text))]) for text in good) > len(good) / 2
