"""What lints clean is accepted: the linter and the embedded server judge apart, and must not part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clientreg import lint, rules
from clientreg.finding import Finding, Severity
from clientreg.planning import render
from clientreg.registry import Registry, load
from clientreg.servers.embedded.admission import Refused, admit
from clientreg.servers.embedded.metadata import settle
from rules import example

LAST_DAY = "2026-08-31"
CASES = sorted((Path(__file__).parents[1] / "rules" / "cases").rglob("*.yaml"))
TEXTS = {
    **{f"{code} {kind}": getattr(rule, kind) for code, rule in rules.load().items() for kind in ("good", "bad")},
    **{f"{file.parent.name}/{file.stem}": file.read_text(encoding="utf-8") for file in CASES},
}


def errors(registry: Registry) -> list[Finding]:
    """The findings that keep a client from being applied."""
    found = lint.run(registry, servers=example.servers(), today=example.TODAY).findings
    return [finding for finding in found if finding.severity is Severity.ERROR and not finding.waived]


def clean(registry: Registry) -> Iterator[str]:
    """The files without an error that counts."""
    wrong = {finding.file for finding in errors(registry)}
    return (client.file for client in registry.clients if client.file not in wrong)


def waived(text: str) -> str | None:
    """The example with a waiver for every error of its first file that can have one; None where there is none."""
    shop = [finding.code for finding in errors(example.load(text)) if finding.file == example.SHOP]
    codes = sorted({code for code in shop if rules.load()[code].waivable})
    head, mark, rest = text.partition("\n# file: ")
    if not codes or "waivers:" in head or "# raw" in text:
        return None
    entries = "".join(f"  - {{rule: {c}, reason: everything is waived, expires: {LAST_DAY}}}\n" for c in codes)
    return f"{head.rstrip()}\nwaivers:\n{entries}{mark}{rest}"


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


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_waiver_never_moves_a_refusal_to_the_apply(text: str) -> None:
    """A waiver lifts our rule, not the server's: what then has no error left is admitted too."""
    lifted = waived("# server: embedded\n" + text)
    assert lifted is None or verdicts(example.load(lifted)) == []


def test_there_are_clean_clients_among_the_waived_ones() -> None:
    bad = [waived("# server: embedded\n" + rule.bad) for rule in rules.load().values()]
    assert sum(bool([*clean(example.load(text))]) for text in bad if text) >= 15


def test_every_client_of_the_example_registry_is_admitted(repository: Path) -> None:
    found = load(str(repository), frozenset)
    assert len(found.clients) >= 16
    assert verdicts(found) == []


def test_there_are_clean_clients_among_the_good_examples() -> None:
    good = [rule.good for rule in rules.load().values()]
    assert sum(bool([*clean(example.load("# server: embedded\n" + text))]) for text in good) > len(good) / 2
