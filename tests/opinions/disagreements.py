"""Where a reader objects to what the specifications allow; each also stands in the table of README.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from opinions.readers import Metadata


@dataclass(frozen=True)
class Disagreement:
    """`without` takes what the reader objects to out of the metadata, and nothing else."""

    reader: str
    what: str
    source: str
    without: Callable[[Metadata], Metadata]


def _without_hostless(said: Metadata) -> Metadata:
    uris = said.get("redirect_uris") or []
    kept = [uri for uri in uris if urlsplit(uri).hostname]
    return said if len(kept) == len(uris) else {**said, "redirect_uris": kept}


KNOWN = (
    Disagreement(
        "Authlib",
        "demands a host in every redirect URI: refuses `com.example.app:/callback` and the out-of-band URNs",
        "RFC 8252 section 7.1 (one slash, because there is no authority); RFC 3986 section 4.3",
        _without_hostless,
    ),
)
