"""CODEOWNERS for a code host: who must approve which files, from the `owners` that the registry's files name.

Of all lines that match a file the last one decides. So everything is the registry's, then each organization's folder is
its own, then what judges the clients is the registry's again, also where it lies in an organization's folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from clientreg.model import Organization
from clientreg.reading.folder import CLIENTS, ORGANIZATION_FILE
from clientreg.settings import FILE

MARK = "# Made by `clientreg codeowners`"
"""How a file that may be replaced begins."""
_HEADER = f"{MARK} from `owners` in registry.yaml and organization.yaml: change those.\n"

_OF_THE_REGISTRY = (FILE, "schema/")
_OF_THE_REPOSITORY = (".github/", ".gitlab/", ".gitlab-ci.yml", "CODEOWNERS", "docs/CODEOWNERS")
_UNSPEAKABLE = re.compile(r"[\[\]\x00-\x1f\x7f-\x9f]")
"""What no pattern can name: code hosts know no ranges, and a line ends where it ends."""


def text(owners: Iterable[str], organizations: Iterable[Organization], *, folder: str = "") -> str:
    """The whole file. `folder` is where the registry lies in its repository: empty, or ending with a slash."""
    registry = tuple(owners)
    above = [("*", registry)] if not folder else [(_pattern(folder), registry)]
    own = [(_pattern(f"{folder}{CLIENTS}/{one.id}/"), one.owners) for one in organizations if one.owners]
    judging = [f"{_pattern(f'{folder}{CLIENTS}/')}*/{ORGANIZATION_FILE}"]
    judging += [_pattern(f"{folder}{name}") for name in _OF_THE_REGISTRY]
    judging += [_pattern(name) for name in _OF_THE_REPOSITORY]
    blocks = [
        ("# Everything, unless a later line says otherwise: the last one that matches decides\n", above),
        ("# Each organization's clients\n", own),
        ("# What judges the clients, and who may change that\n", [(pattern, registry) for pattern in judging]),
    ]
    return _HEADER + "".join(f"\n{title}{''.join(_lines(lines))}" for title, lines in blocks if lines)


def _lines(entries: list[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    width = max(len(pattern) for pattern, _ in entries)
    for pattern, owners in entries:
        yield f"{pattern:<{width}}  {' '.join(owners)}\n"


def _pattern(path: str) -> str:
    """A pattern that means this path from the repository's root, whatever stands in it."""
    return "/" + _UNSPEAKABLE.sub("?", re.sub(r"([\\ #*?])", r"\\\1", path))
