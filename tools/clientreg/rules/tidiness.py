"""What is in order and could be shorter or handier. No profile judges it: a registry takes it in by `severity`.

A file that says a default aloud has often a reason to, and one that goes without an editor's help is not worth a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from clientreg.defaults import DEFAULTS
from clientreg.jsonvalue import Json, Path, dotted, shown
from clientreg.model import Client
from clientreg.reading.folder import ORGANIZATION_FILE
from clientreg.reading.source import Document
from clientreg.repair import Fix, Head, drop
from clientreg.rules import Breach, Context, by_class, rule
from clientreg.settings import FILE

_UNJUDGED = by_class(test=None, production=None)
_SAID_ALOUD = frozenset({"redirect_uris", "allowed_cors_origins"})
"""Where users and codes go is better read in the file than known by heart."""
_SCHEMA_LINE = re.compile(r"^[ \t]*#[ \t]*(?:yaml-language-server:.*)?\$schema\b", re.MULTILINE)


@rule(
    "CR180",
    _UNJUDGED,
    subject="client",
    title="value says what would hold anyway",
    bad="""
        # severity: CR180 info
        platform: web
        require_pkce: true  # <-
        grant_types: [authorization_code, refresh_token]  # <-
        environments:
          test: {enabled: true}  # <-
    """,
    good="""
        # severity: CR180 info
        platform: web
        require_consent: false
        grant_types: [authorization_code]
        environments:
          test: {require_consent: true}
    """,
    refs=("registry.yaml: rules.severity",),
    hint="leave it out",
    fix=Fix("takes it out", drop),
)
def superfluous(client: Client, context: Context) -> Iterator[Breach]:
    """A file that states only what is special about its client leaves a reviewer nothing to wonder about.

    Other files say a default aloud on purpose, so only a registry that writes `severity: {CR180: info}` under `rules`
    in registry.yaml hears of it. Addresses are not meant: it is as well to read in a file where users go.
    """
    for path, value in _like_defaults(client):
        if _means_the_same(client, _without(client, path)):
            yield Breach(path, f"'{dotted(path)}' is {shown(value)}, which would hold anyway")


@rule(
    "CR181",
    _UNJUDGED,
    subject="document",
    title="file does not say which schema it follows",
    waivable=False,
    bad="""
        # severity: CR181 info
        # raw: clients/acme/organization.yaml
        name: Acme AS  # <-
        owners: ['@acme']
        domains: [acme.example]
        contacts: {technical: [dev@acme.example]}
    """,
    good="""
        # severity: CR181 info
        # raw: clients/acme/organization.yaml
        # yaml-language-server: $schema=../../schema/organization.schema.json
        name: Acme AS
        owners: ['@acme']
        domains: [acme.example]
        contacts: {technical: [dev@acme.example]}
    """,
    refs=("schema/README.md",),
    fix=Fix(
        "begins the file with that line, where the registry has the schema, and whether or not the rule is judged",
        lambda finding, _: _schema_line(finding.file),
        unasked=True,
    ),
)
def without_schema_line(document: Document, context: Context) -> Iterator[Breach]:
    """By this line editors complete fields, scopes and environments, and underline what does not fit while you type.

    The operator's own file is left alone.
    """
    if document.file != FILE and not _SCHEMA_LINE.search(document.text):
        line = _schema_line(document.file).line
        yield Breach((), "no line tells editors which schema this file follows", f"begin the file with {line}")


def _schema_line(file: str) -> Head:
    name = file.rpartition("/")[2]
    schema = f"schema/{'organization' if name == ORGANIZATION_FILE else 'client'}.schema.json"
    return Head(f"# yaml-language-server: $schema=../../{schema}", schema)


def _like_defaults(client: Client) -> Iterator[tuple[Path, Json]]:
    """What states, somewhere, no more than the field's default might."""
    for name, value in client.data.items():
        if _may_be_default(name, value):
            yield (name,), value
    for environment in client.environments:
        for name, value in client.overrides(environment).items():
            if name not in client.data and _may_be_default(name, value):
                yield ("environments", environment, name), value


def _may_be_default(name: str, value: Any) -> bool:
    if name not in DEFAULTS or name in _SAID_ALOUD:
        return False
    default = DEFAULTS[name]
    return value is None or callable(default) or (tuple(value) if isinstance(value, list) else value) == default


def _without(client: Client, path: Path) -> Client:
    data = dict(client.data)
    if len(path) == 1:
        del data[str(path[0])]
    else:
        _, environment, name = path
        overrides = {key: value for key, value in client.overrides(str(environment)).items() if key != name}
        data["environments"] = {**data["environments"], environment: overrides}
    return replace(client, data=data)


def _means_the_same(client: Client, other: Client) -> bool:
    return all(_effective(client, name) == _effective(other, name) for name in (None, *client.environments))


def _effective(client: Client, environment: str | None) -> dict[str, Any]:
    return {**vars(client.registration(environment)), "given": None}
