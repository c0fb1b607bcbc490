"""Two independent readers of the specifications, asked what they think of a client's metadata.

Authlib's claims (RFC 7591 section 2, OpenID Connect Registration section 2), and node oidc-provider with everything
switched on that a client file can ask for. A reader is a function from RFC 7591 metadata to its objection, or None.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from authlib.oauth2.rfc7591.claims import ClientMetadataClaims as OAuthClaims
from authlib.oidc.registration.claims import ClientMetadataClaims as ConnectClaims
from joserfc.errors import JoseError

from clientreg.model import Registration
from servers import oidc_provider

Metadata = Mapping[str, Any]
Reader = Callable[[Metadata], str | None]

STANDARD = (
    "redirect_uris", "response_types", "grant_types", "application_type", "client_name", "logo_uri", "client_uri",
    "policy_uri", "tos_uri", "jwks_uri", "jwks", "sector_identifier_uri", "subject_type",
    "id_token_signed_response_alg", "token_endpoint_auth_method", "default_max_age", "require_auth_time",
    "default_acr_values", "initiate_login_uri", "post_logout_redirect_uris", "backchannel_logout_uri",
    "backchannel_logout_session_required", "frontchannel_logout_uri", "frontchannel_logout_session_required",
    "require_pushed_authorization_requests", "dpop_bound_access_tokens", "software_id", "software_version",
)  # fmt: skip
"""The fields of a client file that are client metadata by name, in the specifications' own words."""


def metadata(one: Registration) -> dict[str, Any]:
    """A registration as the body of a registration request (RFC 7591 section 3.1)."""
    said = {name: value for name in STANDARD if (value := getattr(one, name)) is not None}
    scope = " ".join(one.scopes)
    contacts = [address for addresses in one.contacts.values() for address in addresses]
    return json.loads(json.dumps({**said, **one.localized, "scope": scope, "contacts": contacts}))  # type: ignore[no-any-return]


def authlib(said: Metadata) -> str | None:
    """What Authlib's claims of both specifications object to."""
    for claims in (OAuthClaims, ConnectClaims):
        try:
            claims(dict(said), {}, {}, {}).validate()
        except (JoseError, ValueError) as error:
            return f"{type(error).__name__}: {error}"
    return None


@contextmanager
def provider(scopes: tuple[str, ...]) -> Iterator[Reader]:
    """node oidc-provider as a judge that runs as long as the block; it is told of these scopes."""
    with oidc_provider.judge(scopes) as process:

        def ask(said: Metadata) -> str | None:
            secret = {"client_secret": "s" * 64}
            _send(process, {"client_id": "judged", **secret, **said})
            answer = json.loads(_line(process))
            return None if answer is None else str(answer)

        yield ask


def _send(process: subprocess.Popen[str], body: Mapping[str, Any]) -> None:
    assert process.stdin
    process.stdin.write(json.dumps(body) + "\n")
    process.stdin.flush()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()
