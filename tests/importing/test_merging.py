"""A second environment: its clients come into the files that are there, with what differs and with every comment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clientreg.errors import UsageError
from clientreg.importing import drafts, keycloak
from clientreg.jsonvalue import JsonObject
from importing.place import begin, errors, listed, load, propose, take

ORGANIZATION = "name: Acme\ncontacts: {technical: [dev@acme.example]}\n"
FILE = """\
# The shop.
product: Shop
client_id: shop
client_name: Shop  # what users read
client_name#nb: Butikk
description: The shop, in which users buy and return things.
platform: javascript
application_type: web
client_type: public
scopes: [openid]
redirect_uris:
  - https://shop.acme.example/cb
access_token_lifetime: 5m
environments:
  live: {}  # real users
  # more to come
# the end
"""
CLIENT: JsonObject = {
    "client_id": "shop",
    "client_name": "Shop",
    "client_type": "public",
    "scopes": ["openid"],
    "redirect_uris": ["https://shop.acme.example/cb"],
    "access_token_lifetime": 300,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = begin(tmp_path / "registry")
    (made / "clients/acme").mkdir(parents=True)
    (made / "clients/acme/organization.yaml").write_text(ORGANIZATION)
    (made / "clients/acme/shop.yaml").write_text(FILE)
    assert errors(made) == []
    return made


def shop(root: Path) -> str:
    return (root / "clients/acme/shop.yaml").read_text()


def test_what_is_the_same_is_an_empty_entry_and_everything_stays_where_it_is(root: Path) -> None:
    made = take(root, listed(CLIENT))
    assert [(draft.file, draft.data) for draft in made.drafts] == [("clients/acme/shop.yaml", {})]
    assert shop(root) == FILE.replace("  # more", "  test: {}\n  # more")


def test_only_what_differs_stands_below_the_environment(root: Path) -> None:
    other = {
        **CLIENT,
        "client_name": "Shop (test)",
        "redirect_uris": ["https://test.acme.example/cb", "http://localhost:3000/cb"],
        "access_token_lifetime": None,
        "localized": {},
        "description": "short",
        "require_pkce": True,
    }
    take(root, listed(other))
    entry = (
        "  test:\n"
        "    client_name: Shop (test)\n"
        "    client_name#nb: null\n"
        "    description: short (imported from list.json)\n"
        "    redirect_uris: [https://test.acme.example/cb, http://localhost:3000/cb]\n"
        "    access_token_lifetime: null\n"
    )
    assert shop(root) == FILE.replace("  # more", f"{entry}  # more")


def test_an_exception_that_is_needed_there_holds_there_alone(root: Path) -> None:
    made = take(root, listed({**CLIENT, "require_pkce": False}))
    (waiver,) = made.drafts[0].waivers
    assert (waiver["rule"], waiver["environment"]) == ("CR335", "test")
    assert "  test: {require_pkce: false}\n  # more to come\n# the end\nwaivers:\n  - rule: CR335\n" in shop(root)
    take(root, listed({**CLIENT, "require_pkce": False}), "second")
    assert [(one.rule, one.environment) for one in load(root).by_id["shop"].waivers] == [
        ("CR335", "test"),
        ("CR335", "second"),
    ]


@pytest.mark.parametrize(
    "written",
    [
        "environments: {live: {}}\n",
        "environments: {\n  live: {}\n}\n",
        "environments: {\n  live: {},\n}\n",
        "environments:\n    live: {}\n",
    ],
)
def test_any_way_of_writing_environments_takes_one_more(root: Path, written: str) -> None:
    text = FILE[: FILE.index("environments:")] + written + "# the end\n"
    (root / "clients/acme/shop.yaml").write_text(text)
    take(root, listed(CLIENT))
    assert load(root).by_id["shop"].environments == ("live", "test")
    assert shop(root).endswith("# the end\n")


def test_line_ends_stay_what_they_are(root: Path) -> None:
    file = root / "clients/acme/shop.yaml"
    file.write_bytes(FILE.replace("\n", "\r\n").encode())
    take(root, listed(CLIENT))
    assert file.read_bytes() == FILE.replace("  # more", "  test: {}\n  # more").replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (
            {"client_type": "confidential"},
            "says client_type: public, here it is confidential, and one file says it once",
        ),
        ({"platform": "web"}, "says platform: javascript, here it is web, and one file says it once"),
    ],
)
def test_what_one_file_cannot_say_becomes_two(root: Path, more: JsonObject, why: str) -> None:
    made = take(root, listed({**CLIENT, **more}))
    assert ([draft.file for draft in made.drafts], made.refused) == (["clients/acme/shop-test.yaml"], ())
    text = (root / "clients/acme/shop-test.yaml").read_text()
    assert f"client_id: shop  # as in another file, since clients/acme/shop.yaml {why}\n" in text
    assert (errors(root), shop(root)) == ([], FILE)
    assert {name: load(root).of(name)["shop"].file for name in ("live", "test")} == {
        "live": "clients/acme/shop.yaml",
        "test": "clients/acme/shop-test.yaml",
    }


def test_a_third_environment_goes_into_the_file_that_can_say_it(root: Path) -> None:
    other = {**CLIENT, "client_type": "confidential"}
    take(root, listed(other))
    made = take(root, listed(other), "second")
    assert [draft.file for draft in made.drafts] == ["clients/acme/shop-test.yaml"]
    assert propose(root, listed(other), "second").present == ("shop",)


def test_the_same_client_under_another_id_stands_beside_it(root: Path) -> None:
    made = take(root, listed({**CLIENT, "client_id": "shop-t"}), pairs={"shop-t": "shop"})
    assert [draft.file for draft in made.drafts] == ["clients/acme/shop-test.yaml"]
    assert load(root).by_id["shop-t"].data["product"] == "Shop"
    assert shop(root) == FILE


def test_an_entry_that_says_something_else_than_another_server_is_named(root: Path) -> None:
    same = propose(root, listed(CLIENT), "live")
    assert (same.present, same.left_out, same.files) == (("shop",), (), {})
    other = {**CLIENT, "redirect_uris": ["https://us.acme.example/cb"], "access_token_lifetime": 600}
    made = propose(root, listed(other), "live")
    assert (made.present, made.refused, made.files) == ((), (), {})
    (one,) = made.left_out
    why = "its file says otherwise: redirect_uris, access_token_lifetime (a plan shows it)"
    assert (one.client_id, one.why) == ("shop", why)


def test_a_pair_of_a_client_that_is_not_there_is_an_error(root: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no client 'shop-tset' in list\.json") as raised:
        propose(root, listed({**CLIENT, "client_id": "shop-test"}), pairs={"shop-tset": "shop"})
    assert raised.value.hint == "did you mean 'shop-test'?"


def test_what_nobody_says_there_is_no_difference(root: Path) -> None:
    """Contacts and the like are in no realm before this registry has put them there."""
    (root / "clients/acme/shop.yaml").write_text(FILE.replace("scopes:", "software_id: shop-7\nscopes:"))
    assert load(root).by_id["shop"].registration("live").contacts
    client = {
        "clientId": "shop",
        "publicClient": True,
        "redirectUris": ["https://shop.acme.example/cb"],
        "webOrigins": ["+"],
        "consentRequired": True,
        "description": "The shop",
        "defaultClientScopes": [],
        "optionalClientScopes": [],
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "post.logout.redirect.uris": "-",
            "access.token.lifespan": "300",
        },
    }
    made = propose(root, keycloak.read("realm.json", {"realm": "acme", "clients": [client]}))
    assert [(draft.file, draft.data) for draft in made.drafts] == [("clients/acme/shop.yaml", {})]
    noted = {**client, "attributes": {**client["attributes"], "clientreg.software_id": "shop-8"}}
    made = propose(root, keycloak.read("realm.json", {"realm": "acme", "clients": [noted]}))
    assert [draft.data for draft in made.drafts] == [{"software_id": "shop-8"}]


def test_a_file_that_nothing_can_be_added_to_is_named(root: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(drafts.insertion, "with_entry", lambda *_: None)
    made = propose(root, listed(CLIENT))
    assert made.refused[0].why.startswith("clients/acme/shop.yaml is written in a way that nothing can be added to")
