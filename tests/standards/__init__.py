"""What others have written down of formats that we write: the judges of our outputs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

_HERE = Path(__file__).parent
_ISSUE = {
    "type": "object",
    "required": ["description", "check_name", "fingerprint", "severity", "location"],
    "properties": {
        "description": {"type": "string"},
        "check_name": {"type": "string"},
        "fingerprint": {"type": "string", "minLength": 1},
        "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
        "location": {
            "type": "object",
            "required": ["path", "lines"],
            "properties": {
                "path": {"type": "string", "not": {"pattern": "^\\./"}},
                "lines": {
                    "type": "object",
                    "required": ["begin"],
                    "properties": {"begin": {"type": "integer", "minimum": 1}, "end": {"type": "integer"}},
                },
            },
        },
    },
}
"""What GitLab's documentation says of a Code Quality report; there is no published schema of it."""


def sarif_misfits(text: str) -> list[str]:
    """What the schema of SARIF 2.1.0 has against an output."""
    return _told(_sarif(), json.loads(text))


def gitlab_misfits(text: str) -> list[str]:
    """What GitLab would not read in a Code Quality report."""
    return _told(Draft202012Validator({"type": "array", "items": _ISSUE}), json.loads(text))


def _told(judge: Draft202012Validator, value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in judge.iter_errors(value)]


@cache
def _sarif() -> Draft202012Validator:
    schema = json.loads((_HERE / "sarif-2.1.0.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
