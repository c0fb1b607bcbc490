"""What lints clean is accepted: the linter and each server type judge apart, and must not part."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientreg import lint, rules
from clientreg.defaults import application_type_of
from clientreg.finding import Finding, Severity
from clientreg.model import Registration
from clientreg.planning import render
from clientreg.registry import Registry, load
from clientreg.servers.embedded.admission import Refused, admit
from clientreg.servers.embedded.metadata import settle
from clientreg.servers.file import admission, metadata
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


def _by_embedded(one: Registration) -> None:
    admit(settle(render.payload(one, render.template_of("embedded"))), has_secret=one.needs_secret)


def _by_file(one: Registration) -> None:
    payload = metadata.settle(render.payload(one, render.template_of("file")))
    admission.admit(metadata.metadata(payload), client_type=one.client_type, has_secret=one.needs_secret)


JUDGES: Mapping[str, Callable[[Registration], None]] = {"embedded": _by_embedded, "file": _by_file}
"""Per server type, its own judgement of a client; it raises what it has against it."""
judged_by = pytest.mark.parametrize("kind", JUDGES)


def verdicts(registry: Registry, kind: str) -> list[str]:
    """What a server says of each clean client, where it does not admit it."""
    files = set(clean(registry))
    said = []
    for client in registry.clients:
        for environment in client.environments if client.file in files else ():
            try:
                JUDGES[kind](client.registration(environment))
            except (Refused, admission.Refused) as refused:
                said.append(f"{client.file} in {environment}: {refused}")
    return said


@judged_by
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_client_without_errors_is_admitted(text: str, kind: str) -> None:
    assert verdicts(example.load(f"# server: {kind}\n{text}"), kind) == []


@judged_by
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_waiver_never_moves_a_refusal_to_the_apply(text: str, kind: str) -> None:
    """A waiver lifts our rule, not the server's: what then has no error left is admitted too."""
    lifted = waived(f"# server: {kind}\n{text}")
    assert lifted is None or verdicts(example.load(lifted), kind) == []


@judged_by
def test_there_are_clean_clients_among_the_waived_ones(kind: str) -> None:
    bad = [waived(f"# server: {kind}\n{rule.bad}") for rule in rules.load().values()]
    assert sum(bool([*clean(example.load(text))]) for text in bad if text) >= 15


def test_every_client_of_the_example_registry_is_admitted(repository: Path) -> None:
    found = load(str(repository), frozenset)
    assert len(found.clients) >= 16
    assert verdicts(found, "embedded") == []


@judged_by
def test_there_are_clean_clients_among_the_good_examples(kind: str) -> None:
    good = [rule.good for rule in rules.load().values()]
    assert sum(bool([*clean(example.load(f"# server: {kind}\n{text}"))]) for text in good) > len(good) / 2


def written(data: Mapping[str, Any], kind: str) -> Registry:
    """The registry with one client that states that, read like any other."""
    lines = (f"{name}: {json.dumps(value)}" for name, value in data.items())
    return example.load("\n".join((f"# server: {kind}", f"# raw: {example.SHOP}", *lines)))


def without_its_errors(data: Mapping[str, Any], kind: str) -> Registry:
    """The same without the fields in which something is wrong, as far as it can do without them."""
    while True:
        registry = written(data, kind)
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


@judged_by
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=clients())
def test_whatever_fields_a_clean_client_has_it_is_admitted(data: Mapping[str, Any], kind: str) -> None:
    assert verdicts(without_its_errors(data, kind), kind) == []
