"""What node oidc-provider takes and then refuses at each login, foreseen from a client file."""

from __future__ import annotations

from typing import Any

import pytest

from clientreg.servers.file.objections import objections
from memory import registration

WITHOUT = {"scopes": ["email"]}
CASES: dict[str, tuple[dict[str, Any], list[tuple[str, ...]]]] = {
    "nothing": (WITHOUT, []),
    "with openid": ({"scopes": ["openid"], "default_acr_values": ["1"]}, []),
    "levels": ({**WITHOUT, "default_acr_values": ["1"]}, [("default_acr_values",)]),
    "no level": ({**WITHOUT, "default_acr_values": []}, []),
    "an age": ({**WITHOUT, "default_max_age": 60}, [("default_max_age",)]),
    "an age of nothing": ({**WITHOUT, "default_max_age": 0}, [("default_max_age",)]),
    "a time": ({**WITHOUT, "require_auth_time": True}, [("require_auth_time",)]),
    "only while away": ({"scopes": ["offline_access"]}, [("scopes",)]),
    "while away, too": ({"scopes": ["offline_access", "email"]}, []),
    "while away, with openid": ({"scopes": ["openid", "offline_access"]}, []),
    "nobody signs in": (
        {**WITHOUT, "grant_types": ["client_credentials"], "redirect_uris": [], "require_auth_time": True},
        [],
    ),
}


@pytest.mark.parametrize(("said", "places"), CASES.values(), ids=CASES)
def test_each_refusal_is_foreseen_at_its_place(said: dict[str, Any], places: list[tuple[str, ...]]) -> None:
    assert [one.path for one in objections(registration("shop", **said), {})] == places
