"""`/try/<client id>`: a login for a client while its application is not there, to see the pages as users will."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from clientreg.servers.embedded.provider.context import here, provider
from clientreg.servers.embedded.provider.pages import Redirect, Refused

if TYPE_CHECKING:
    from flask import Response


def start(client_id: str) -> Response:
    """An authorization request as the application sends it (RFC 6749 section 4.1.1, RFC 7636), of this very moment.

    The PKCE verifier is forgotten, so nobody can redeem the code. Both pages are asked for: what the user did before
    would hide them.
    """
    client = here().client(client_id)
    if client is None:
        return Redirect(f"{provider().issuer}/authorize?{urlencode({'client_id': client_id})}")
    redirect_uris = client.texts("redirect_uris")
    if not redirect_uris or not client.check_response_type("code"):
        detail = f"{client.name()} asks the token endpoint by itself: its grants send no user here."
        raise Refused("No user signs in to this application", detail)
    challenge = hashlib.sha256(secrets.token_urlsafe(48).encode()).digest()
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uris[0],
        "scope": " ".join(client.texts("scopes")),
        "state": secrets.token_urlsafe(12),
        "nonce": secrets.token_urlsafe(12),
        "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "prompt": "login consent" if client.require_consent else "login",
    }
    return Redirect(f"{provider().issuer}/authorize?{urlencode(query)}")
