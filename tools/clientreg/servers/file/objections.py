"""What node oidc-provider admits, and then refuses at each login, that no table of single fields can tell. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clientreg.capability import Objection
from clientreg.jsonvalue import Json
from clientreg.model import Registration

_GATED = ("default_acr_values", "default_max_age", "require_auth_time")


def objections(registration: Registration, _: Mapping[str, Json]) -> Iterator[Objection]:
    """What a client without openid meets, which asks for what its file has (seen with 9.13.3).

    `openid scope must be requested for clients with default_acr_values`, or `access_denied`.
    """
    if "openid" in registration.scopes or not registration.signs_users_in:
        return
    if set(registration.scopes) == {"offline_access"}:  # ignored without `prompt=consent`: then nothing is asked for
        why = "it denies access where offline_access is all that a client may ask for"
        yield Objection(("scopes",), why, "add openid, or the scope that the client is to use while the user is away")
    for name in _GATED:
        value = getattr(registration, name)
        if value is not None and value is not False and value != ():  # an age of 0 is one, too
            why = "it signs users in by OpenID Connect alone where this is set, and the scope openid is not registered"
            yield Objection((name,), why, f"add openid to scopes, or leave {name} out")
