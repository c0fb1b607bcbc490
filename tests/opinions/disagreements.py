"""Where a reader objects to what the specifications allow; each also stands in the table of README.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from opinions.readers import Metadata


@dataclass(frozen=True)
class Disagreement:
    """`without` takes what the reader objects to out of the metadata, and nothing else; `example` has it."""

    reader: str
    what: str
    source: str
    without: Callable[[Metadata], Metadata]
    example: Metadata


def _without_hostless(said: Metadata) -> Metadata:
    uris = said.get("redirect_uris") or []
    kept = [uri for uri in uris if urlsplit(uri).hostname]
    return said if len(kept) == len(uris) else {**said, "redirect_uris": kept}


def _without_sector_of_keys(said: Metadata) -> Metadata:
    asked = said.get("subject_type") == "pairwise" and _DEVICE in said.get("grant_types", ())
    return {**said, "subject_type": "public"} if asked else said


def _without_second_port(said: Metadata) -> Metadata:
    places = [urlsplit(uri) for uri in said.get("redirect_uris") or []]
    ports = len({place.netloc for place in places}) > len({place.hostname for place in places})
    return {**said, "subject_type": "public"} if ports and said.get("subject_type") == "pairwise" else said


_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
KNOWN = (
    Disagreement(
        "Authlib",
        "demands a host in every redirect URI: refuses `com.example.app:/callback` and the out-of-band URNs",
        "RFC 8252 section 7.1 (one slash, because there is no authority); RFC 3986 section 4.3",
        _without_hostless,
        {"redirect_uris": ["com.example.app:/callback"]},
    ),
    Disagreement(
        "oidc-provider",
        "demands `jwks_uri`, and authentication by its keys, of a pairwise client with the device code grant, to take "
        "the sector from its host",
        "OpenID Connect Core section 8.1 (redirect_uris or sector_identifier_uri); RFC 8628 asks for no keys; only "
        "CIBA Core section 4 knows such a demand, for its own grant",
        _without_sector_of_keys,
        {"subject_type": "pairwise", "grant_types": [_DEVICE], "response_types": [], "redirect_uris": []},
    ),
    Disagreement(
        "oidc-provider",
        "counts two ports of one host as two hosts, and demands `sector_identifier_uri` of a pairwise client for them",
        "OpenID Connect Core section 8.1 (the host component); RFC 3986 sections 3.2.2, 3.2.3 (a port is none of it)",
        _without_second_port,
        {"subject_type": "pairwise", "redirect_uris": ["https://a.example/cb", "https://a.example:8443/cb"]},
    ),
)
