"""What is imported when: start-up is part of the product."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {
    "yaml", "jsonschema", "jsonschema_rs", "git", "jinja2", "pyrage", "email_validator", "ada_url", "publicsuffixlist",
    "authlib", "flask", "joserfc", "httpx", "sqlite3", "importlib.metadata", "dataclasses", "json", "ssl", "hashlib",
}  # fmt: skip


def imported_by(code: str) -> set[str]:
    """Names of the modules that a fresh interpreter has loaded after `code`."""
    script = f"import sys\n{code}\nprint(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_help_imports_click_and_nothing_else_of_weight() -> None:
    click = imported_by("import click\nclick.Group('x').make_context('x', [], resilient_parsing=True)")
    ours = imported_by("from clientreg.cli import program\nprogram.make_context('x', [], resilient_parsing=True)")
    extra = ours - click
    assert {name for name in extra if not name.startswith("clientreg")} == set()
    assert extra & HEAVY == set()


def test_linting_the_example_registry_loads_no_library_for_rare_values(repository: object) -> None:
    code = (
        "import datetime\nfrom clientreg import lint, registry, servers\n"
        f"r = registry.load({str(repository)!r}, lambda paths: frozenset())\n"
        "report = lint.run(r, servers=servers.types(), today='2026-11-23')"
    )
    rare = {
        "jsonschema",
        "git",
        "jinja2",
        "email_validator",
        "ada_url",
        "publicsuffixlist",
        "authlib",
        "flask",
        "httpx",
        "sqlite3",
    }
    assert imported_by(code) & rare == set()
