"""What lints clean is accepted: the linter and the embedded server judge apart, and must not part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientreg import lint, rules
from clientreg.defaults import application_type_of
from clientreg.finding import Finding, Severity
from clientreg.planning import render
from clientreg.registry import Registry, load
from clientreg.servers.embedded.admission import Refused, admit
from clientreg.servers.embedded.metadata import settle
from rules import example
from rules.test_features import KINDS
from rules.test_fields import values
from rules.test_redirect_cases import NATIVE_REDIRECTS, WEB_REDIRECTS

MANDATORY = frozenset(
    {"product", "client_name", "description", "platform", "application_type", "client_type", "scopes"}
)
PLAIN = example.load(rules.load()["CR101"].good).clients[0].data
ADDRESSES = sorted({*WEB_REDIRECTS, *NATIVE_REDIRECTS})
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


def written(data: Mapping[str, Any]) -> Registry:
    """The registry with one client that states that, read like any other."""
    lines = (f"{name}: {json.dumps(value)}" for name, value in data.items())
    return example.load("\n".join(("# server: embedded", f"# raw: {example.SHOP}", *lines)))


def without_its_errors(data: Mapping[str, Any]) -> Registry:
    """The same without the fields in which something is wrong, as far as it can do without them."""
    while True:
        registry = written(data)
        wrong = {finding.path[0] for finding in errors(registry) if finding.path} - MANDATORY
        left = {name: value for name, value in data.items() if name not in wrong}
        if len(left) == len(data):
            return registry
        data = left


@st.composite
def clients(draw: st.DrawFn) -> Mapping[str, Any]:
    """A client of any kind with an address that may be odd and a few fields as the examples of rules have them."""
    fields = {name: known for name, known in values().items() if known}
    names = draw(st.lists(st.sampled_from(sorted(fields)), unique=True, max_size=3))
    address = draw(
        st.sampled_from(["redirect_uris", "post_logout_redirect_uris", "policy_uri", "backchannel_logout_uri"])
    )
    uri = draw(st.sampled_from(ADDRESSES))
    stated = {name: draw(st.sampled_from(fields[name])) for name in names}
    kind = draw(KINDS)
    kind["application_type"] = application_type_of(kind["platform"]) or kind["application_type"]
    return {**PLAIN, **kind, **stated, address: [uri] if address.endswith("s") else uri, "environments": {"test": {}}}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(clients())
def test_whatever_fields_a_clean_client_has_it_is_admitted(data: Mapping[str, Any]) -> None:
    assert verdicts(without_its_errors(data)) == []
