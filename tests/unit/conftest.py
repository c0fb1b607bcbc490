"""What several files of this folder check with."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from clientreg.reading import schemata


@pytest.fixture
def valid() -> Callable[[str, str], list[str]]:
    """What is wrong with an output, judged by its published schema; nothing if it keeps its promise."""
    from jsonschema import Draft202012Validator

    def check(kind: str, text: str) -> list[str]:
        published = json.loads(schemata.schema_text(kind))
        Draft202012Validator.check_schema(published)
        return [error.message for error in Draft202012Validator(published).iter_errors(json.loads(text))]

    return check
