"""CODEOWNERS, read as a code host reads it: of all lines that match a path, the last one decides."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from clientreg.report import codeowners, generated

REGISTRY = ("@connect/registry",)


def organization(name: str, *owners: str) -> Any:
    return SimpleNamespace(id=name, owners=owners)


def owners_of(text: str, path: str) -> list[str]:
    """Who must approve a change of this path, by the rules of gitignore that code hosts document."""
    found: list[str] = []
    for line in text.splitlines():
        words = re.split(r"(?<!\\)[ ]+", line)
        if line and not line.startswith("#") and _matches(words[0], path):
            found = words[1:]
    return found


def _matches(pattern: str, path: str) -> bool:
    if pattern == "*":
        return True
    parts = re.findall(r"\\(.)|(\*)|(\?)|(.)", pattern.removeprefix("/"))
    expression = "".join(
        "[^/]*" if star else "[^/]" if one else re.escape(escaped or char) for escaped, star, one, char in parts
    )
    return re.fullmatch(expression + (".+" if pattern.endswith("/") else ""), path) is not None


ORGANIZATIONS = [
    organization("acme", "@acme/identity", "kari@acme.example"),
    organization("bolt"),
    organization("acme-tv", "@tv"),
]


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("clients/acme/shop.yaml", ["@acme/identity", "kari@acme.example"]),
        ("clients/acme-tv/app.yaml", ["@tv"]),
        ("clients/bolt/app.yaml", ["@connect/registry"]),
        ("clients/newcomer/app.yaml", ["@connect/registry"]),
        ("clients/acme/organization.yaml", ["@connect/registry"]),
        ("clients/newcomer/organization.yaml", ["@connect/registry"]),
        ("clients/README.md", ["@connect/registry"]),
        ("registry.yaml", ["@connect/registry"]),
        ("schema/client.schema.json", ["@connect/registry"]),
        (".github/workflows/validate.yml", ["@connect/registry"]),
        (".github/CODEOWNERS", ["@connect/registry"]),
        (".gitlab-ci.yml", ["@connect/registry"]),
        ("CODEOWNERS", ["@connect/registry"]),
        ("tools/clientreg/lint.py", ["@connect/registry"]),
        ("click.py", ["@connect/registry"]),
    ],
)
def test_who_must_approve(path: str, owners: list[str]) -> None:
    assert owners_of(codeowners.text(REGISTRY, ORGANIZATIONS), path) == owners


def test_a_registry_in_a_folder_claims_that_folder_and_what_runs_it_and_no_more() -> None:
    text = codeowners.text(REGISTRY, ORGANIZATIONS, folder="ops/clients of ours #1 [x]*?\\/")
    inside = "ops/clients of ours #1 [x]*?\\"
    assert owners_of(text, f"{inside}/clients/acme/shop.yaml") == ["@acme/identity", "kari@acme.example"]
    assert owners_of(text, f"{inside}/clients/acme/organization.yaml") == ["@connect/registry"]
    assert owners_of(text, f"{inside}/registry.yaml") == ["@connect/registry"]
    assert owners_of(text, ".github/workflows/validate.yml") == ["@connect/registry"]
    assert owners_of(text, "src/main.c") == []


def test_no_folder_name_ends_a_line_or_makes_an_owner() -> None:
    text = codeowners.text(REGISTRY, [], folder="a\n* @evil\t/")
    assert [line.split()[-1] for line in text.splitlines() if line and not line.startswith("#")] == [
        "@connect/registry"
    ] * 9


def test_the_same_owners_give_the_same_bytes() -> None:
    assert codeowners.text(REGISTRY, ORGANIZATIONS) == codeowners.text(iter(REGISTRY), iter(ORGANIZATIONS))


def test_a_difference_forges_nothing() -> None:
    there = "::error::forged\n\x1b[31mred\n##[error]x\n"
    shown = generated.difference(there, codeowners.text(REGISTRY, []), ".github/CODEOWNERS")
    assert "\x1b" not in shown
    assert [line for line in shown.splitlines() if re.match(r"\s*::", line)] == []
    assert "##[" not in shown
