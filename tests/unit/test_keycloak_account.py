"""What the service account's token endpoint says, and what that means for whoever set it up."""

from __future__ import annotations

from pathlib import Path

import pytest

from clientreg.errors import CannotFinish
from clientreg.secret import Secret
from clientreg.servers import Access
from clientreg.servers.keycloak.server import connect
from door.listening import listening


@pytest.mark.parametrize(
    ("status", "body", "message", "hint"),
    [
        (405, b"<html>", "answered 405 (405 Method Not Allowed)", "is a Keycloak there?"),
        (403, b"no", "answered 403 (403 Forbidden)", "is a Keycloak there?"),
        (401, b'{"error": "unauthorized_client"}', "clientreg cannot sign in: unauthorized_client", "is VARIABLE the"),
        (400, b'{"error": "invalid_client"}', "clientreg cannot sign in: invalid_client", "is VARIABLE the secret"),
        (404, b"", "there is no realm 'connect' at", "check `realm` and `url`"),
        (200, b"<html>", "something that is not JSON", "does a proxy or login page answer?"),
        (200, b"{}", "gave no access token", "see the server's log"),
    ],
)
def test_what_keeps_us_out_is_told_by_whose_fault_it_is(
    tmp_path: Path, status: int, body: bytes, message: str, hint: str
) -> None:
    with listening(lambda _: (status, {}, body)) as there:
        entry = {"url": there.url, "realm": "connect", "client_id": "clientreg"}
        server = connect("eu", entry, tmp_path, Access(Secret("geheim"), "VARIABLE"))
        with pytest.raises(CannotFinish) as stopped:
            server.read()
    assert (message in stopped.value.message, hint in str(stopped.value.hint)) == (True, True), stopped.value
    assert "geheim" not in f"{stopped.value.message} {stopped.value.hint}"
