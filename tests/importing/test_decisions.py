"""What import decides about clients: where they go, what is proposed, what is waived, what has no file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clientreg.errors import FilesBroken
from clientreg.jsonvalue import JsonObject
from importing.place import begin, errors, listed, load, propose, take

WEB: JsonObject = {
    "client_name": "Shop",
    "description": "The shop, in which users buy and return things.",
    "client_type": "confidential",
    "redirect_uris": ["https://shop.acme.example/cb"],
    "grant_types": ["authorization_code"],
    "scopes": ["openid"],
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return begin(tmp_path / "registry")


LOOPBACK: JsonObject = {"client_type": "public", "redirect_uris": ["http://127.0.0.1/cb"]}


def web(client_id: str, **more: Any) -> JsonObject:
    return {"client_id": client_id, **WEB, "client_name": f"Name of {client_id}", **more}


def read(root: Path, file: str) -> str:
    return (root / file).read_text("utf-8")


@pytest.mark.parametrize(
    ("found", "platform", "application_type"),
    [
        ({}, "web", "web"),
        ({"client_type": "public"}, "javascript", "web"),
        ({"client_type": "public", "redirect_uris": ["com.acme.app:/cb"]}, "android", "native"),
        ({"client_type": "public", "redirect_uris": ["urn:ietf:wg:oauth:2.0:oob"]}, "windows-desktop", "native"),
        ({**LOOPBACK, "application_type": "native"}, "cli", "native"),
        ({"grant_types": ["client_credentials"], "redirect_uris": []}, "service", "web"),
        ({"grant_types": ["client_credentials"]}, "web", "web"),
        ({"grant_types": ["password"], "client_type": "public", "redirect_uris": []}, "cli", "native"),
        ({"platform": "tv", "application_type": "web"}, "tv", "web"),
    ],
)
def test_the_platform_follows_from_how_it_gets_tokens(
    root: Path, found: JsonObject, platform: str, application_type: str
) -> None:
    (draft,) = propose(root, listed(web("a", **found)), "bare").drafts
    assert (draft.data["platform"], draft.data["application_type"]) == (platform, application_type)


def test_a_new_file_says_no_more_than_it_must_and_marks_what_it_guesses(root: Path) -> None:
    made = take(
        root, listed(web("shop", client_name="Shop", access_token_lifetime=900)), "live", contact="a@acme.example"
    )
    assert made.drafts[0].guesses == ("product", "platform")
    until = made.drafts[0].waivers[0]["expires"]
    assert read(root, "clients/acme/shop.yaml") == (
        "# yaml-language-server: $schema=../../schema/client.schema.json\n"
        "# Imported from list.json on 2026-11-23. Look at each guess, then delete its comment.\n"
        "product: Shop  # guess: the client's name\n"
        "client_id: shop\n"
        "client_name: Shop\n"
        "description: The shop, in which users buy and return things.\n"
        "platform: web  # guess: how it gets tokens and where users are sent\n"
        "application_type: web\n"
        "client_type: confidential\n"
        "scopes: [openid]\n"
        "redirect_uris: [https://shop.acme.example/cb]\n"
        "grant_types: [authorization_code]\n"
        "access_token_lifetime: 15m\n"
        "environments:\n"
        "  live: {}\n"
        "waivers:\n"
        "  - rule: CR623\n"
        '    reason: "It was so when it was imported from list.json: nobody could open the client\'s secret"\n'
        f"    expires: {until}\n"
    )
    assert read(root, "clients/acme/organization.yaml") == (
        "# yaml-language-server: $schema=../../schema/organization.schema.json\n"
        "name: acme.example  # guess: of the host shop.acme.example\n"
        "contacts: {technical: [a@acme.example]}\n"
        "# domains: []  # the hosts that are its own: its clients' addresses are then held to them\n"
    )


def test_contacts_are_never_made_up(root: Path) -> None:
    made = take(root, listed(web("shop")), "live")
    assert [waiver["rule"] for waiver in made.drafts[0].waivers] == ["CR111", "CR623"]
    assert "contacts" not in "".join(made.files.values())


def test_the_organization_is_the_hosts_owner_the_ids_or_the_places(root: Path) -> None:
    (root / "clients/bolt").mkdir(parents=True)
    (root / "clients/bolt/organization.yaml").write_text("name: Bolt AS\ndomains: [bolt.example]\n")
    made = take(
        root,
        listed(
            web("a", redirect_uris=["https://x.bolt.example/cb"]),
            web("bolt.b", redirect_uris=["https://x.acme.example/cb"]),
            web("c", redirect_uris=["http://localhost/cb"]),
            web("d", redirect_uris=["https://*.acme.example/*"]),
            web("e", redirect_uris=["https://www.acme.co.uk/cb"]),
            web("f", organization="Bolt AS", redirect_uris=["https://f.bolt.example/cb"]),
            web("g", organization="Ørsted & Sønn"),
        ),
        "bare",
    )
    assert {draft.client_id: draft.file for draft in made.drafts} == {
        "a": "clients/bolt/a.yaml",
        "bolt.b": "clients/acme/bolt-b.yaml",
        "c": "clients/imported/c.yaml",
        "d": "clients/acme/d.yaml",
        "e": "clients/acme-co-uk/e.yaml",
        "f": "clients/bolt/f.yaml",
        "g": "clients/rsted-snn/g.yaml",
    }
    assert made.refused == ()
    assert read(root, "clients/bolt/organization.yaml") == "name: Bolt AS\ndomains: [bolt.example]\n"


def test_one_organization_can_be_chosen_for_all(root: Path) -> None:
    made = take(root, listed(web("a"), web("b", organization="Bolt")), "bare", organization="Acme AS")
    assert [draft.file for draft in made.drafts] == ["clients/acme-as/a.yaml", "clients/acme-as/b.yaml"]


def test_names_that_users_could_take_for_each_other_stay_in_one_organization(root: Path) -> None:
    made = take(
        root,
        listed(
            web("a", client_name="The Shop"),
            web("b", client_name="the  shop", redirect_uris=["https://x.bolt.example/cb"]),
        ),
        "bare",
    )
    assert [draft.file for draft in made.drafts] == ["clients/acme/a.yaml", "clients/acme/b.yaml"]
    assert made.refused == ()


@pytest.mark.parametrize(
    ("client_id", "file"),
    [
        ("acme.shop", "clients/acme/acme-shop.yaml"),
        ("../../../etc/passwd", "clients/acme/etc-passwd.yaml"),
        ("/", "clients/acme/client.yaml"),
        ("organization", "clients/acme/organization-client.yaml"),
        ("https://shop.acme.example/", "clients/acme/https-shop-acme-example.yaml"),
        ("CON", "clients/acme/con.yaml"),
        ("x" * 255, f"clients/acme/{'x' * 59}.yaml"),
        ("-rf --", "clients/acme/rf.yaml"),
    ],
)
def test_any_id_is_only_a_name_in_its_organizations_folder(root: Path, client_id: str, file: str) -> None:
    take(root, listed(web("first", client_name="First")), "bare")  # the organization is there
    made = take(root, listed(web(client_id)), "bare")
    expected = "clients/acme/shop.yaml" if client_id == "acme.shop" else file
    assert [draft.file for draft in made.drafts] == [expected]
    assert load(root).by_id[client_id].file == expected
    assert {path.parts[len(root.parts)] for path in root.rglob("*")} == {"registry.yaml", "clients"}


def test_ids_that_give_one_name_get_numbers(root: Path) -> None:
    made = take(root, listed(*(web(client_id) for client_id in ("a.b", "a/b", "a b", "A-B"))), "bare")
    assert [draft.file.rpartition("/")[2] for draft in made.drafts] == [
        "a-b.yaml",
        "a-b-2.yaml",
        "a-b-3.yaml",
        "a-b-4.yaml",
    ]


def test_what_the_rules_forbid_is_waived_until_a_day_between_the_90th_and_the_180th(root: Path) -> None:
    loose = {"client_type": "public", "require_pkce": False}
    clients = [web(f"c{n}", **loose, redirect_uris=[f"https://*.h{n}.example/*"]) for n in range(40)]
    made = take(root, listed(*clients), "bare", contact="a@acme.example")
    assert {tuple(waiver["rule"] for waiver in draft.waivers) for draft in made.drafts} == {("CR203", "CR335")}
    days = sorted({str(waiver["expires"]) for draft in made.drafts for waiver in draft.waivers})
    assert (days[0] >= "2027-02-21", days[-1] <= "2027-05-22", len(days) > 20) == (True, True, True)
    assert [{waiver["expires"] for waiver in draft.waivers} for draft in made.drafts if len(draft.waivers) != 2] == []


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"redirect_uris": ["https://${HOST}/cb"]}, "redirect_uris: CR201 'https://${HOST}/cb' holds a placeholder"),
        ({"client_name": "{{ name }}"}, "product: CR201"),
        ({"redirect_uris": ["https://me:geheim@acme.example/cb"]}, "redirect_uris: CR206 address holds a user name"),
        ({"jwks": {"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "d": "geheim"}]}}, "jwks: CR608"),
        ({"redirect_uris": "https://acme.example/cb"}, "redirect_uris: CR103"),
        ({"scopes": ["a b"]}, "scopes: 'a b' is no name that a scope can have"),
        ({"logo_uri": "javascript:alert(1)"}, "logo_uri: CR202"),
        ({"client_name": "half \ud800"}, "CR002 this escape is half of a character"),
        ({"default_max_age": "1"}, "default_max_age: CR103"),
    ],
)
def test_what_no_waiver_lifts_leaves_the_client_without_a_file(root: Path, more: JsonObject, why: str) -> None:
    made = take(root, listed(web("odd", **more), web("fine")), "bare")
    assert [draft.client_id for draft in made.drafts] == ["fine"]
    assert [one.client_id for one in made.refused] == ["odd"]
    assert made.refused[0].why.startswith(why)
    assert "geheim" not in f"{made}"


def test_an_id_that_oauth_does_not_know_and_one_that_stands_twice(root: Path) -> None:
    made = take(root, listed(web("bücher"), web("x"), web("x", client_name="Other")), "bare")
    assert [(one.client_id, one.why) for one in made.refused] == [
        ("bücher", "client_id: CR518 the client id 'bücher' is not visible ASCII of at most 255"),
        ("x", "its id stands twice in what was read"),
    ]


def test_what_the_server_of_the_environment_refuses_is_said_with_the_rule(root: Path) -> None:
    made = take(root, listed(web("shop", redirect_uris=["https://*.acme.example/cb"])))
    assert made.drafts == ()
    assert made.files == {}
    assert made.refused[0].why == (
        "CR203 address holds a wildcard, and a server of type 'embedded' refuses it all the same: "
        "it compares addresses character by character, so a pattern would never match"
    )


def test_scopes_that_are_missing_come_into_the_catalogue(root: Path) -> None:
    made = take(root, listed(web("shop", scopes=["openid", "a:b", "no"])), "bare")
    assert made.scopes == ("a:b", "no")
    assert read(root, "registry.yaml").endswith(
        "scopes:  # the catalogue\n"
        "  openid: {description: Sign in}\n"
        '  "a:b": {description: Scope a:b}  # guess: from list.json\n'
        '  "no": {description: Scope no}  # guess: from list.json\n'
    )


def test_a_second_import_changes_nothing(root: Path) -> None:
    source = listed(web("a"), web("b", redirect_uris=["https://*/"]))
    take(root, source, "bare")
    before = {path: path.read_bytes() for path in root.rglob("*.yaml")}
    again = take(root, source, "bare")
    assert (again.present, again.drafts, again.files) == (("a", "b"), (), {})
    assert {path: path.read_bytes() for path in root.rglob("*.yaml")} == before


def test_the_same_clients_give_the_same_files_in_any_order(root: Path) -> None:
    clients = [web("a.b"), web("a/b"), web("c", redirect_uris=["https://*/"])]
    assert propose(root, listed(*clients), "bare").files == propose(root, listed(*reversed(clients)), "bare").files


def test_a_registry_that_is_broken_is_left_alone(root: Path) -> None:
    (root / "clients/acme").mkdir(parents=True)
    (root / "clients/acme/organization.yaml").write_text("name: [\n")
    with pytest.raises(FilesBroken, match=r"clients/acme/organization\.yaml:"):
        propose(root, listed(web("a")))


def test_an_environment_without_a_place_for_secrets_stops_everything(root: Path) -> None:
    settings = root / "registry.yaml"
    settings.write_text(read(root, "registry.yaml").replace("credential_sinks", "guard: {}\n    #"))
    with pytest.raises(FilesBroken, match="CR704") as stopped:
        propose(root, listed(web("a")), "live")
    assert stopped.value.hint.endswith("nothing was written")


def test_errors_that_were_there_before_are_none_of_imports(root: Path) -> None:
    take(root, listed(web("a")), "bare")
    file = root / "clients/acme/a.yaml"
    file.write_text(file.read_text().replace("buy and return things", "buy ${X}"))
    before = errors(root)
    assert [code for _, code, _ in before] == ["CR201"]
    made = propose(root, listed(web("b")), "bare")
    assert ([draft.client_id for draft in made.drafts], made.refused) == (["b"], ())
