"""Values that a template engine was meant to replace, in any file of the registry."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clientreg.jsonvalue import Json, Path, shown
from clientreg.reading.source import Document
from clientreg.rules import ERROR, Breach, Context, rule
from clientreg.values import uri
from clientreg.values.uri import Flaw

_DOLLAR, _BRACES, _HASHES = (re.compile(mark).search for mark in (r"\$[{(]", r"\{\{", "##"))
_ADDRESS_FIELD = ("_uri", "_uris", "_origins")


@rule(
    "CR201",
    ERROR,
    subject="document",
    title="value is a placeholder that nothing replaces",
    bad="""
        platform: web
        redirect_uris:
          - ${BASE_URL}/callback  # <-
          - https://<client-specific-host>/callback  # <-
        software_id: "{{ software_id }}"  # <-
    """,
    good="""
        platform: web
        redirect_uris: [https://test.acme.example/callback]
        environments:
          test: {}
          production:
            redirect_uris: [https://www.acme.example/callback]
    """,
    refs=("RFC 9700 section 2.1", 'Required registration details, "Choosing a redirect URI"'),
)
def placeholder(document: Document, context: Context) -> Iterator[Breach]:
    """Files are registered as they are: no template engine runs over them.

    A placeholder would reach the authorization server letter by letter, and no request would ever match it.
    """
    for path, value in _texts(document.data, ()) if _may_hold_one(document.text) else ():
        if uri.template(value) or (_is_address(path) and uri.parse(value).flaw is Flaw.TEMPLATE):
            yield Breach(
                path,
                f"{shown(value)} holds a placeholder, and nothing replaces it",
                "write the value itself; what differs between environments goes below environments",
            )


def _may_hold_one(text: str) -> bool:
    """Whether a file has to be looked at, value by value. Expressions skip faster than `in` to what is rare."""
    return "<" in text or bool(_DOLLAR(text) or _BRACES(text) or _HASHES(text)) or ("%" in text and "%{" in text)


def _texts(value: Json, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))


def _is_address(path: Path) -> bool:
    return any(isinstance(step, str) and step.partition("#")[0].endswith(_ADDRESS_FIELD) for step in path)
