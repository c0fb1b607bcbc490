"""What to write instead, where the value itself says what was meant."""

from __future__ import annotations

import pytest

from rules.example import findings

REGISTRY = """
# file: registry.yaml
version: 1
name: example
environments:
  test: {class: test, servers: {main: SERVER}, credential_sinks: [SINK]}
scopes: {openid: {description: Sign in}}
"""


def registry(*, server: str = "{type: embedded, store: a.db, issuer: 'http://localhost:1'}", sink: str = "") -> str:
    """An operator's file with one server and one sink."""
    return REGISTRY.replace("SERVER", server).replace("SINK", sink or "{type: sealed-file, directory: handover}")


HINTS = {
    "two addresses in one": (
        "redirect_uris: ['https://www.acme.example/a, https://www.acme.example/b']",
        ("CR212", "write each as an item of its own: https://www.acme.example/a, https://www.acme.example/b"),
    ),
    "a space in an address": (
        "redirect_uris: ['https://www.acme.example/a b']",
        ("CR205", "write 'https://www.acme.example/a%20b', or the address that was meant"),
    ),
    "a scheme of one word": (
        "platform: ios\nredirect_uris: ['acmeshop:/callback']",
        ("CR260", "use a domain of yours in reverse order, for example example.acme.acmeshop:/oauth2callback"),
    ),
    "a domain as an address": (
        "client_name: Acme Shop\n# file: clients/acme/organization.yaml\nname: Acme AS\ndomains: ['https://Acme.example/']\n"
        "contacts: {technical: [dev@acme.example]}\n",
        ("CR524", "write acme.example: that covers everything below it"),
    ),
    "a server type with a slip": (
        registry(server="{type: embeded}"),
        ("CR711", "did you mean 'embedded'? The server types are: embedded, example, file, lenient, narrow"),
    ),
    "a server type that is none": (
        registry(server="{type: zitadel}"),
        ("CR711", "the server types are: embedded, example, file, lenient, narrow"),
    ),
    "a sink type with a slip": (
        registry(sink="{type: sealed_file, directory: handover}"),
        ("CR715", "did you mean 'sealed-file'? The sink types are: sealed-file"),
    ),
    "an option of a server with a slip": (
        registry(server="{type: embedded, stores: a.db, issuer: 'http://localhost:1'}"),
        ("CR712", "did you mean 'store'? Its options are: store, issuer"),
    ),
    "an option that no server has": (
        registry(server="{type: embedded, store: a.db, issuer: 'http://localhost:1', realm: a}"),
        ("CR712", "its options are: store, issuer"),
    ),
    "a secret in the entry of a server": (
        registry(server="{type: embedded, store: a.db, issuer: 'http://localhost:1', client_secret: hunter2}"),
        (
            "CR712",
            "delete the line: no secret stands in a file; "
            "one that the server needs goes into CLIENTREG_TEST_MAIN_SECRET",
        ),
    ),
    "an ending in capitals": (
        "client_name: Acme Shop\n# raw: clients/acme/Tv.YAML\nclient_name: Acme TV",
        ("CR011", "rename it to tv.yaml: clients live in clients/<organization>/<name>.yaml"),
    ),
    "a character in a name that nobody sees": (
        'client_name: "Acme\\u200b Shop"',
        ("CR117", "delete the character, or type the name anew"),
    ),
    "an environment in short": ("environments: {prod: {}}", ("CR702", "did you mean 'production'?")),
    "an IP address in production": (
        "redirect_uris: ['https://203.0.113.7/callback']\nenvironments: {production: {}}\n"
        "# file: clients/acme/organization.yaml\nname: Acme AS\ncontacts: {technical: [dev@acme.example]}\n",
        ("CR233", "write a host name in its place, such as app.example.com"),
    ),
    "a sink type that is none": (registry(sink="{type: vault}"), ("CR715", "the sink types are: sealed-file")),
}


@pytest.mark.parametrize(("text", "expected"), HINTS.values(), ids=HINTS)
def test_a_hint_has_the_value_to_write(text: str, expected: tuple[str, str]) -> None:
    code, hint = expected
    assert [found.hint for found in findings(text) if found.code == code] == [hint]


SHARED = "# file: clients/acme/tv.yaml\nclient_name: Acme TV\n"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (
            "logo_uri: https://shop.acme.example/logo.png\n",
            "'logo_uri' works differently on a server of type 'embedded'",
        ),
        ("initiate_login_uri: https://shop.acme.example/login\n", "'initiate_login_uri' has no effect on a server of"),
    ],
)
def test_a_note_on_a_server_says_what_its_users_will_see(field: str, expected: str) -> None:
    noted = [found.message for found in findings(f"# server: embedded\n{field}{SHARED}") if found.code == "CR802"]
    assert [message[: len(expected)] for message in noted] == [expected]
