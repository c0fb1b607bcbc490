"""The files of a new registry, as texts by path. Pure: nothing is written here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import indent

from clientreg import __version__
from clientreg.reading import schemata
from clientreg.starter.answers import Answers

PINNED = {"github": ".github/clientreg-requirements.txt", "gitlab": ".gitlab/clientreg-requirements.txt"}
OWNED = {"github": ".github/CODEOWNERS", "gitlab": ".gitlab/CODEOWNERS"}
WORKFLOWS = ("validate.yml", "sync.yml", "drift.yml")
_TEMPLATES = Path(__file__).parent / "templates"
_PLACE = re.compile("%%([a-z_]+)%%")
_BARE = re.compile(r"[A-Za-z](?:[A-Za-z0-9_./+-]| (?=[A-Za-z0-9(])|@(?=\w))*")
_SIGN_ON = """\
single_sign_on: true
post_logout_redirect_uris: [http://localhost:8081/]  # where users land after signing out
"""
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


def files(answers: Answers, *, python: str, pinned: str) -> dict[str, str]:
    """Every file but CODEOWNERS, which is made from them. `pinned` is the requirements file; `python` runs it in CI."""
    values = {**_values(answers), "python": python}
    folder = f"clients/{answers.organization_id}"
    return {
        "README.md": _filled("README.md", values),
        "registry.yaml": _filled("registry.yaml", values),
        "clients/README.md": _filled("clients.md", values),
        f"{folder}/organization.yaml": _filled("organization.yaml", values),
        f"{folder}/{answers.client_name}.yaml": _filled("client.yaml", values),
        "schema/README.md": _filled("schema.md", values),
        **{f"schema/{kind}.schema.json": _copy(kind) for kind in ("client", "organization", "registry")},
        ".gitignore": _filled("gitignore", values),
        ".pre-commit-config.yaml": _filled("pre-commit-config.yaml", values),
        PINNED[answers.host]: pinned,
        **workflows(answers.host, values),
    }


def workflows(host: str, values: Mapping[str, str]) -> dict[str, str]:
    """What the code host runs."""
    if host == "gitlab":
        return {".gitlab-ci.yml": _filled("gitlab-ci.yml", values)}
    steps = {name: _step(f"{name}.sh") for name in ("install", "plan", "apply", "drift", "issue")}
    return {f".github/workflows/{name}": _filled(name, {**steps, **values}) for name in WORKFLOWS}


def scalar(text: str) -> str:
    """Text as YAML, also inside a list: bare where nothing of it could be read as more than text."""
    bare = _BARE.fullmatch(text) and text.lower() not in _WORDS
    return text if bare else json.dumps(text, ensure_ascii=False)


def _values(answers: Answers) -> dict[str, str]:
    host = answers.host
    recipient = answers.recipient
    return {
        "version": __version__,
        "name": answers.name,
        "title": f"The client registry {answers.name}",
        "owner": scalar(answers.owner),
        "organization": answers.organization_id,
        "organization_name": scalar(answers.organization),
        "contact": scalar(answers.contact),
        "recipients": f"recipients:  # may open the secrets of its clients\n  - {scalar(recipient)}"
        if recipient
        else "# recipients: [age1...]  # age or SSH public keys that may open the secrets of its clients",
        "scope": f"{answers.organization_id}.read",
        "scope_description": scalar(f"Read your data at {answers.organization}"),
        "client": answers.client_name,
        "client_id": answers.client_id,
        "client_name": scalar(answers.client),
        "description": scalar(f"Write here in a sentence or two what {answers.client} is and why its users sign in"),
        "platform": answers.platform,
        "application_type": answers.kind.application_type,
        "client_type": answers.client_type,
        "scopes": f"[{answers.organization_id}.read]" if answers.platform == "service" else "[openid, profile, email]",
        "redirects": _redirects(answers),
        "sign_on": _SIGN_ON if answers.platform in {"web", "javascript"} else "",
        "branch": answers.branch,
        "requirements": PINNED[host],
        "codeowners": OWNED[host],
        **_told(host),
    }


def _redirects(answers: Answers) -> str:
    if answers.platform == "service":
        return "# no redirect_uris: it asks for tokens itself, and no user signs in"
    if answers.kind.redirect_uris:
        return f"redirect_uris: [{', '.join(map(scalar, answers.kind.redirect_uris))}]"
    return "# redirect_uris: left out, so the platform's default applies: `clientreg show` names it"


def _told(host: str) -> dict[str, str]:
    """What the README says about one code host."""
    return {
        "ci_check": "the check `validate`" if host == "github" else "the job `validate`",
        "ci_files": _part(f"{host}-files.md"),
        "host_rules": _part(f"{host}-rules.md"),
    }


def _copy(kind: str) -> str:
    """A schema for editors, which says where it comes from."""
    text = schemata.schema_text(kind)
    comment = f"A copy for editors, from clientreg {__version__}: the tool judges with its own."
    return text.replace("{\n", f'{{\n  "$comment": {json.dumps(comment)},\n', 1)


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: values[place[1]], (_TEMPLATES / template).read_text("utf-8"))


def _step(script: str) -> str:
    """A script as the lines of a workflow's `run:`."""
    return indent(_part(script), " " * 10)


def _part(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8").rstrip("\n")
