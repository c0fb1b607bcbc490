"""The format `oidc-provider`: an array of client metadata, as node oidc-provider's configuration takes it."""

from __future__ import annotations

from collections.abc import Mapping

from clientreg.jsonvalue import Json, JsonObject
from clientreg.servers.file import admission, metadata
from clientreg.servers.file.document import Frame
from clientreg.servers.file.format import Format, Place


def _words(data: Mapping[str, Json], enabled: bool, _: Frame) -> JsonObject:
    return metadata.words(data, enabled=enabled)


def _made(payload: JsonObject, place: Place) -> JsonObject:
    others = {name: value for name, value in place.there.items() if name not in metadata.MEMBERS}
    return {**others, **metadata.metadata(payload)}


def _admit(made: JsonObject, payload: JsonObject, _: Place, has_secret: bool) -> None:
    admission.admit(made, client_type=payload["client_type"], has_secret=has_secret)


FORMAT = Format(
    paths={
        "authorization_endpoint": "/auth",
        "token_endpoint": "/token",
        "userinfo_endpoint": "/me",
        "jwks_uri": "/jwks",
        "revocation_endpoint": "/token/revocation",
        "end_session_endpoint": "/session/end",
    },  # unless its `routes` say otherwise
    settle=metadata.settle,
    words=_words,
    made=_made,
    admit=_admit,
    leaves_out=True,
)
