"""The registry in this repository is clean, and shows everything that a client file can say on the embedded server."""

from __future__ import annotations

from functools import cache
from itertools import product
from pathlib import Path

import pytest

from clientreg import lint, registry
from clientreg.capability import Holding
from clientreg.defaults import OOB, WEB_DEFAULT_REDIRECT_URI
from clientreg.finding import Severity
from clientreg.model import Client, Registration
from clientreg.planning import render
from clientreg.servers.embedded import admission, metadata
from clientreg.servers.embedded.capabilities import CAPABILITIES, DOCUMENTATION

ROOT = Path(__file__).parents[2]
TODAY = "2026-11-23"
LONG_EXPIRED = "2030-01-01"


@cache
def loaded() -> registry.Registry:
    return registry.load(str(ROOT), lambda _paths: frozenset())


@cache
def client(client_id: str) -> Client:
    return loaded().by_id[client_id]


def registrations(environment: str) -> list[Registration]:
    return [c.registration(environment) for c in loaded().clients if environment in c.environments]


def stated(given: Client) -> set[str]:
    """The fields that a file states, anywhere in it."""
    names = set(given.data).union(*map(given.overrides, given.environments))
    return {name.partition("#")[0] for name in names}


def judged(today: str) -> list[tuple[str, str, str, bool]]:
    report = lint.run(loaded(), servers={CAPABILITIES.type: CAPABILITIES}, today=today)
    return [
        (f.severity, f.file, f"{f.code}: {f.message}", f.waived is not None)
        for f in report.findings
        if f.severity is not Severity.INFO
    ]


def test_nothing_is_wrong_and_one_exception_is_waived() -> None:
    found = judged(TODAY)
    assert [finding for finding in found if not finding[3]] == []
    assert [(severity, file) for severity, file, _, _ in found] == [
        (Severity.WARNING, "clients/teapot-comet/quest-classic.yaml")
    ]


def test_an_expired_waiver_touches_no_client_of_the_test_environment() -> None:
    files = {file for _, file, _, _ in judged(LONG_EXPIRED)}
    assert files <= {"clients/teapot-comet/quest-classic.yaml"}
    assert client("teapot-comet.quest-classic").environments == ("production",)


def test_there_is_something_to_look_at() -> None:
    assert len(loaded().organizations) == 6
    assert len(loaded().clients) == 22
    assert len([c for c in loaded().clients if "test" in c.environments]) == 21
    assert sum(r.platform == "service" for r in registrations("test")) == 5


def test_every_file_tells_an_editor_its_schema() -> None:
    first_lines = {file: document.text.splitlines()[0] for file, document in loaded().documents.items()}
    assert first_lines == {file: f"# yaml-language-server: $schema={_schema_of(file)}" for file in first_lines}


def _schema_of(file: str) -> str:
    if file == "registry.yaml":
        return "schema/registry.schema.json"
    kind = "organization" if file.endswith("/organization.yaml") else "client"
    return f"../../schema/{kind}.schema.json"


def test_every_platform_has_a_client_in_test() -> None:
    assert {r.platform for r in registrations("test")} == {
        "web",
        "javascript",
        "android",
        "ios",
        "windows-phone",
        "windows-desktop",
        "macos-desktop",
        "linux-desktop",
        "tv",
        "cli",
        "service",
    }


def test_every_application_type_meets_every_client_type() -> None:
    both = set(product(("web", "native"), ("public", "confidential")))
    assert {(r.application_type, r.client_type) for r in registrations("test")} == both


@pytest.mark.parametrize(
    ("client_id", "platform", "default"),
    [
        ("fjordvale-media.play-android", "android", ("fjordvale-media.play-android://connect/oauth2callback",)),
        ("lindhavn-transit.tickets-ios", "ios", ("lindhavn-transit.tickets-ios://connect/oauth2callback",)),
        ("ostavind-power.meter-app", "windows-phone", ("ostavind-power.meter-app://connect/oauth2callback",)),
        ("fjordvale-media.newsroom", "macos-desktop", ("fjordvale-media.newsroom://connect/oauth2callback",)),
        ("lindhavn-library.reading-room", "web", (WEB_DEFAULT_REDIRECT_URI,)),
        ("ostavind-power.control-room", "windows-desktop", OOB),
    ],
)
def test_every_default_redirect_uri_is_used(client_id: str, platform: str, default: tuple[str, ...]) -> None:
    registration = client(client_id).registration("test")
    assert "redirect_uris" not in registration.given
    assert (registration.platform, registration.redirect_uris) == (platform, default)


def test_the_default_of_a_web_client_stays_in_test() -> None:
    registration = client("lindhavn-library.reading-room").registration("production")
    assert registration.redirect_uris == ("https://rooms.library.lindhavn.example/connect/oauth2callback",)


def test_loopback_redirect_uris_come_in_all_three_spellings_without_a_port() -> None:
    hosts = ("127.0.0.1", "[::1]", "localhost")
    native = [uri for r in registrations("test") if r.native for uri in r.redirect_uris]
    assert {f"http://{host}/connect/oauth2callback" for host in hosts} <= set(native)


def test_every_field_that_the_embedded_server_holds_is_stated_somewhere() -> None:
    held = {name for name, entry in CAPABILITIES.fields.items() if entry.holding in {Holding.HELD, Holding.OTHERWISE}}
    used = set[str]().union(*map(stated, loaded().clients))
    assert (held | DOCUMENTATION) - used == set()
    assert {name for name in used if CAPABILITIES.of(name).holding in {Holding.REFUSED, Holding.NOT_HELD}} == set()


def test_null_unsets_in_an_environment() -> None:
    tickets = client("lindhavn-transit.tickets-web")
    assert tickets.registration("test").tos_uri is None
    assert tickets.registration("production").tos_uri == "https://www.transit.lindhavn.example/conditions"


def test_contacts_and_recipients_come_from_the_organization() -> None:
    probe = client("platform-team.health-probe")
    assert {"contacts", "credentials"} & stated(probe) == set()
    assert probe.registration("test").contacts["technical"] == ("platform@connect.example.net",)
    assert probe.registration("test").recipients == probe.organization.recipients


def test_every_secret_has_somebody_who_can_open_it() -> None:
    everywhere = registrations("test") + registrations("production")
    assert [r.client_id for r in everywhere if r.needs_secret and not r.recipients] == []
    kinds = {"age" if key.startswith("age1") else key.split()[0] for r in everywhere for key in r.recipients}
    assert kinds == {"age", "ssh-ed25519"}


@pytest.mark.parametrize("environment", ["test", "production"])
def test_the_embedded_server_admits_every_client(environment: str) -> None:
    template = render.template_of("embedded")
    for registration in registrations(environment):
        settled = metadata.settle(render.payload(registration, template))
        admission.admit(settled, has_secret=registration.needs_secret)


def test_single_sign_on_joins_web_clients_of_four_organizations_and_leaves_one_out() -> None:
    web = [r for r in registrations("test") if r.platform == "web"]
    assert {r.organization for r in web if r.single_sign_on} == {
        "fjordvale-media",
        "lindhavn-transit",
        "ostavind-power",
        "platform-team",
    }
    assert [r.client_id for r in web if not r.single_sign_on] == ["lindhavn-library.reading-room"]


def test_back_channel_logout_goes_to_loopback_in_test_and_to_https_in_production() -> None:
    power = client("ostavind-power.my-power")
    assert power.registration("test").backchannel_logout_uri == "http://127.0.0.1:9871/connect/backchannellogout"
    assert power.registration("production").backchannel_logout_uri == (
        "https://my.ostavind.example/connect/backchannellogout"
    )


def test_every_scope_of_the_catalogue_is_asked_for() -> None:
    settings = loaded().settings
    assert settings is not None
    asked = {scope for r in registrations("test") for scope in r.scopes}
    assert set(settings.scopes) - asked == set()
    assert {s.name for s in settings.scopes.values() if s.sensitive and s.client_types == ("confidential",)} == {
        "id.user.write",
        "id.user.right.use",
        "ostavind.metering.write",
    }
