from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from clientreg import preview, registry, seal
from clientreg.errors import CannotFinish, FilesBroken, UsageError
from clientreg.planning.plan import Refusal
from clientreg.preview import News, Preview, Served, State
from clientreg.report import preview_text
from clientreg.report.preview_text import View
from clientreg.report.style import PLAIN
from clientreg.secret import Secret
from clientreg.sync import handover

TODAY = "2031-05-05"
WEB = {
    "product": "Shop",
    "client_name": "North Shop",
    "description": "The web shop of the northern stores.",
    "contacts": {"technical": ["shop@north.example"]},
    "platform": "web",
    "application_type": "web",
    "client_type": "confidential",
    "scopes": ["openid", "profile"],
    "single_sign_on": True,
    "redirect_uris": ["https://shop.north.example/cb"],
    "post_logout_redirect_uris": ["https://shop.north.example/bye"],
    "environments": {"test": {}},
}
APP = {
    **{name: value for name, value in WEB.items() if not name.endswith("_uris")},
    "product": "App",
    "client_name": "North App",
    "client_id": "north-app-01",
    "platform": "ios",
    "application_type": "native",
    "client_type": "public",
    "redirect_uris": ["example.north.app:/cb"],
}
SETTINGS = {
    "version": 1,
    "name": "north",
    "environments": {
        "live": {"class": "production", "servers": {}},
        "test": {
            "class": "test",
            "servers": {"own": {"type": "embedded", "store": "own.db", "issuer": "http://127.0.0.1:8099"}},
            "credential_sinks": [{"type": "sealed-file", "directory": "own", "publish": "none"}],
        },
    },
    "scopes": {name: {"description": name} for name in ("openid", "profile", "email")},
}


class Folder:
    """A registry on disk whose files are written as JSON, which is YAML."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.key, recipient = seal.generate()
        self.write("registry.yaml", SETTINGS)
        self.write(
            "clients/north/organization.yaml",
            {"name": "North", "domains": ["north.example"], "recipients": [recipient]},
        )
        self.write("clients/north/shop.yaml", WEB)
        self.write("clients/north/app.yaml", APP)

    def write(self, name: str, data: Any) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(data if isinstance(data, str) else json.dumps(data, indent=1), "utf-8")

    def load(self) -> registry.Registry:
        return registry.load(str(self.root), lambda _: frozenset())

    def start(self, port: int = 0) -> AbstractContextManager[Preview]:
        return preview.start(self.load(), "test", port=port, load=self.load, today=lambda: TODAY)

    def secret(self, served: Served) -> str:
        assert served.sealed is not None
        opened = seal.unseal(Path(served.sealed).read_text("ascii"), seal.identities(self.key, name="key"))
        found = handover.secret_of(opened)
        assert isinstance(found, Secret)
        return found.reveal()


@pytest.fixture(scope="module")
def signing_key() -> RSAKey:
    """Made once: a new one for each server is most of the time that these tests would take."""
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)


@pytest.fixture(autouse=True)
def _one_key(signing_key: RSAKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RSAKey, "generate_key", lambda *_, **__: signing_key)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def running(folder: Folder) -> Iterator[Preview]:
    with folder.start() as found:
        yield found


def made(news: News) -> list[tuple[str, str, list[object]]]:
    return [(o.change.action.value, o.change.key, [f.path[0] for f in o.change.fields]) for o in news.made]


def test_each_client_of_the_work_tree_is_served_and_its_secret_opens_for_its_recipient(
    folder: Folder, running: Preview
) -> None:
    state = running.state
    assert {key: (one.source, one.sealed is not None, one.link) for key, one in state.clients.items()} == {
        "north-app-01": ("clients/north/app.yaml", False, f"{state.issuer}/try/north-app-01"),
        "north.shop": ("clients/north/shop.yaml", True, f"{state.issuer}/try/north.shop"),
    }
    assert (state.environment, state.refused, state.older) == ("test", {}, frozenset())
    assert len(folder.secret(state.clients["north.shop"])) == 43


def test_nothing_but_its_own_folder_is_written_and_git_does_not_see_that(folder: Folder, running: Preview) -> None:
    assert sorted(path.name for path in folder.root.iterdir()) == [".clientreg", "clients", "registry.yaml"]
    assert (folder.root / ".clientreg" / ".gitignore").read_text() == "*\n"
    assert sorted(p.name for p in (folder.root / ".clientreg/preview").glob("*[!lm]")) == ["handover", "north.test.db"]


def test_a_second_run_keeps_the_secret(folder: Folder) -> None:
    with folder.start() as first:
        before = folder.secret(first.state.clients["north.shop"])
    with folder.start() as second:
        assert folder.secret(second.state.clients["north.shop"]) == before


def test_a_changed_field_is_served_and_named(folder: Folder, running: Preview) -> None:
    folder.write("clients/north/shop.yaml", {**WEB, "redirect_uris": ["https://shop.north.example/other"]})
    assert made(running.follow()) == [("update", "north.shop", ["redirect_uris"])]
    assert running.state.clients["north.shop"].registration.redirect_uris == ("https://shop.north.example/other",)


def test_a_client_with_an_error_is_refused_in_the_words_of_its_first_finding_and_the_others_work(
    folder: Folder, running: Preview
) -> None:
    folder.write("clients/north/shop.yaml", {**WEB, "redirect_uris": ["javascript:alert(1)"]})
    folder.write("clients/north/app.yaml", {**APP, "client_name": "North Phone"})
    news = running.follow()
    assert made(news) == [("update", "north-app-01", ["client_name"])]
    (refused,) = news.refused
    assert (refused.key, refused.why.split(" ")[0]) == ("north.shop", "clients/north/shop.yaml:19:")
    assert (list(running.state.clients), running.state.older) == (["north-app-01"], {"north.shop"})
    folder.write("clients/north/shop.yaml", WEB)
    assert running.follow() == News(mended=("north.shop",))


def test_a_file_that_cannot_be_read_leaves_its_client_as_it_was_whatever_its_id(
    folder: Folder, running: Preview
) -> None:
    folder.write("clients/north/app.yaml", '{"client_id": [')
    folder.write("clients/north/shop.yaml", {**WEB, "client_name": "North Store"})
    news = running.follow()
    assert made(news) == [("update", "north.shop", ["client_name"])]
    assert [(one.key, one.source) for one in news.refused] == [("north-app-01", "clients/north/app.yaml")]
    assert running.state.older == {"north-app-01"}


def test_an_organization_that_cannot_be_read_leaves_all_its_clients_as_they_were(
    folder: Folder, running: Preview
) -> None:
    folder.write("clients/north/organization.yaml", "name: [")
    news = running.follow()
    assert [(one.key, one.why.split(" ")[0]) for one in news.refused] == [
        ("north-app-01", "clients/north/organization.yaml:1:"),
        ("north.shop", "clients/north/organization.yaml:1:"),
    ]
    assert (made(news), running.state.older) == ([], {"north-app-01", "north.shop"})


def test_a_broken_registry_file_is_said_and_what_was_good_stays(folder: Folder, running: Preview) -> None:
    before = running.state
    folder.write("registry.yaml", {**SETTINGS, "name": 7})
    news = running.follow()
    assert isinstance(news.problem, FilesBroken)
    assert news.problem.message.startswith("registry.yaml:3: CR")
    assert (news.made, running.state is before) == ((), True)


def test_a_place_that_nobody_can_read_as_a_client_is_said_and_what_was_good_stays(
    folder: Folder, running: Preview
) -> None:
    before = running.state
    (folder.root / "clients/north/shop.yaml").rename(folder.root / "clients/north/shop.yml")
    problem = running.follow().problem
    assert problem is not None
    assert problem.message.startswith("clients/north/shop.yml:1:1: ")
    assert running.state is before


def test_another_registry_name_asks_for_a_new_start(folder: Folder, running: Preview) -> None:
    folder.write("registry.yaml", {**SETTINGS, "name": "south"})
    problem = running.follow().problem
    assert problem is not None
    assert (problem.message, problem.hint) == (
        "registry.yaml: has another name or no environment test any more",
        "start clientreg preview again",
    )


def test_a_client_whose_file_goes_and_comes_back_has_the_same_secret(folder: Folder, running: Preview) -> None:
    secret = folder.secret(running.state.clients["north.shop"])
    (folder.root / "clients/north/shop.yaml").unlink()
    assert made(running.follow()) == [("disable", "north.shop", ["enabled"])]
    folder.write("clients/north/shop.yaml", WEB)
    assert made(running.follow()) == [("enable", "north.shop", ["enabled", "disabled_since"])]
    assert folder.secret(running.state.clients["north.shop"]) == secret


def test_the_guard_has_no_say_here(folder: Folder) -> None:
    for number in range(12):
        folder.write(f"clients/north/n{number}.yaml", {**APP, "client_id": f"n.{number}", "client_name": f"N{number}"})
    with folder.start() as running:
        for file in (folder.root / "clients/north").glob("*.yaml"):
            file.unlink()
        assert [action for action, _, _ in made(running.follow())] == ["disable"] * 14


def test_a_client_that_nobody_could_open_the_secret_of_is_refused(folder: Folder) -> None:
    folder.write("clients/north/organization.yaml", {"name": "North", "domains": ["north.example"]})
    with folder.start() as running:
        assert list(running.state.clients) == ["north-app-01"]
        assert list(running.state.refused) == ["north.shop"]
        assert running.state.older == frozenset()


def test_scope_descriptions_of_a_changed_registry_file_are_shown(folder: Folder, running: Preview) -> None:
    assert running._scopes == {"openid": "openid", "profile": "profile", "email": "email"}
    scopes = {"openid": {"description": "Sign in"}, "profile": {"description": "Your first name"}}
    folder.write("registry.yaml", {**SETTINGS, "scopes": scopes})
    assert running.follow() == News()
    assert running._scopes == {"openid": "Sign in", "profile": "Your first name"}


def test_a_file_that_cannot_be_read_and_is_of_another_environment_is_no_news(folder: Folder, running: Preview) -> None:
    folder.write("clients/north/other.yaml", {**WEB, "platform": 7, "environments": {"live": {}}})
    assert running.follow() == News()


def test_a_full_disk_refuses_a_new_client_and_the_old_ones_stay(
    folder: Folder, running: Preview, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    folder.write("clients/north/new.yaml", {**WEB, "client_name": "North New"})
    (refused,) = running.follow().refused
    assert (refused.key, "cannot be written (No space left on device)" in refused.why) == ("north.new", True)
    assert list(running.state.clients) == ["north-app-01", "north.shop"]


def test_a_client_that_is_not_enabled_has_no_link(
    folder: Folder, running: Preview, view: Callable[[str | None], View]
) -> None:
    folder.write("clients/north/app.yaml", {**APP, "enabled": False})
    running.follow()
    assert running.state.clients["north-app-01"].link is None
    assert "  disabled    its file says `enabled: false`: the server knows nobody of this id" in preview_text.opening(
        running.state, view("north-app-01")
    )


def test_the_watch_speaks_once_for_what_was_saved(folder: Folder, running: Preview) -> None:
    watching = running.watch(look=0.001)
    folder.write("clients/north/shop.yaml", {**WEB, "client_name": "North Store"})
    assert made(next(watching)) == [("update", "north.shop", ["client_name"])]
    (folder.root / "clients/north/app.yaml").unlink()
    assert made(next(watching)) == [("disable", "north-app-01", ["enabled"])]


def test_a_file_that_is_still_being_written_is_waited_for(
    folder: Folder, running: Preview, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = json.dumps({**WEB, "client_name": "North Store"})
    parts = iter([whole[:200], whole[:400], whole])

    def while_we_wait(_: float) -> None:
        part = next(parts, None)
        if part is not None:
            folder.write("clients/north/shop.yaml", part)

    monkeypatch.setattr("time.sleep", while_we_wait)
    folder.write("clients/north/shop.yaml", "")
    news = next(running.watch())
    assert (made(news), news.refused) == ([("update", "north.shop", ["client_name"])], ())


def test_an_interrupted_apply_ends_the_preview(folder: Folder, running: Preview, monkeypatch: Any) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("clientreg.sync.run.Run._read_back", interrupt)
    folder.write("clients/north/shop.yaml", {**WEB, "client_name": "North Store"})
    with pytest.raises(KeyboardInterrupt):
        running.follow()


def test_a_taken_port_is_said_with_the_way_out(folder: Folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotFinish) as raised, folder.start(port):
            raise AssertionError
    assert raised.value.message == f"port {port} of this machine is taken by another program"
    assert raised.value.hint == "end that program, or take any free port: clientreg preview --port 0"


def test_the_port_is_the_environments_own(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def serve(_: Path, *, port: int, **__: object) -> None:
        asked.append(port)
        raise CannotFinish("no server in this test")

    monkeypatch.setattr(preview, "serve", serve)
    for environment in ("test", "live"):
        with (
            pytest.raises(CannotFinish),
            preview.start(folder.load(), environment, port=None, load=folder.load, today=lambda: TODAY),
        ):
            raise AssertionError
    assert asked == [8099, 8080]


def test_a_folder_that_cannot_be_written_is_said(folder: Folder) -> None:
    folder.write(".clientreg", "a file")
    with pytest.raises(CannotFinish) as raised, folder.start():
        raise AssertionError
    assert raised.value.message == f"{folder.root / '.clientreg'}: cannot be written ({os.strerror(errno.EEXIST)})"


def test_a_missing_library_is_said_with_what_installs_it(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib\nsys.modules['authlib'] = None\n"
        "from clientreg.errors import CannotFinish\nfrom clientreg.servers.embedded.provider import serve\n"
        "try:\n    serve(pathlib.Path(sys.argv[1]))\n"
        "except CannotFinish as error:\n    print(error.message, error.hint, sep='\\n')\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "x.db")]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == [
        "the embedded server needs authlib, which is not installed here",
        "pip install 'clientreg[embedded]'",
    ]


def test_the_environment_is_the_first_of_class_test(folder: Folder) -> None:
    settings = preview.settings_of(folder.load())
    assert (preview.choose(settings, None), preview.choose(settings, "live")) == ("test", "live")


def test_a_client_that_is_not_in_the_environment_is_told_what_to_add(folder: Folder) -> None:
    with pytest.raises(UsageError) as raised:
        preview.check_present(folder.load().by_id["north.shop"], "live")
    assert (raised.value.message, raised.value.hint) == (
        "north.shop does not exist in live",
        "it exists in test: name that with -e, or add `live: {}` under environments in clients/north/shop.yaml",
    )


@pytest.fixture
def view(folder: Folder) -> Callable[[str | None], View]:
    return lambda client: View(str(folder.root), PLAIN, client)


def test_one_client_is_shown_with_everything_that_its_developer_needs(
    running: Preview, view: Callable[[str | None], View]
) -> None:
    url, sealed = running.state.issuer, running.state.clients["north.shop"].sealed
    assert sealed is not None
    assert preview_text.opening(running.state, view("north.shop")).splitlines() == [
        "North Shop clients/north/shop.yaml",
        "  client_id   north.shop",
        "  redirect    https://shop.north.example/cb",
        "  scopes      openid profile",
        "  PKCE        S256, in every request",
        "  token auth  client_secret_basic",
        f"  log in      {url}/try/north.shop",
        "  secret      sealed to its recipients; whoever is one opens it:",
        f"  clientreg open .clientreg/preview/handover/test/{Path(sealed).name}",
        "",
        "A link starts a login as the application would, to see the pages as users will:",
        "open it in a browser. The answer goes to the redirect URI. The application sends",
        "state, nonce and PKCE challenge of its own; nobody can redeem the code that",
        "comes of a link.",
        "",
        "preview of test: 2 clients, for this machine only",
        f"  issuer      {url}",
        f"  discovery   {url}/.well-known/openid-configuration",
        "  sign in as  ada, grace or linus, password try-it-out",
        "",
        "Changes of the files are served as they are saved. Ctrl-C ends it.",
    ]


def test_thousands_of_clients_are_counted(running: Preview, view: Callable[[str | None], View]) -> None:
    one = running.state.clients["north.shop"]
    many = State("test", "http://127.0.0.1:8080", {f"north.n{number}": one for number in range(5000)})
    assert preview_text.opening(many, view(None)).splitlines()[:4] == [
        "One of them, with its addresses, its secret and a link that starts a login:",
        "  clientreg preview CLIENT",
        "",
        "preview of test: 5,000 clients, for this machine only",
    ]


def test_a_change_is_one_line(folder: Folder, running: Preview, view: Callable[[str | None], View]) -> None:
    changed = {**WEB, "redirect_uris": ["https://shop.north.example/x"], "scopes": ["openid"]}
    folder.write("clients/north/shop.yaml", changed)
    news = running.follow()
    assert preview_text.news(news, running.state, view(None)) == "~ north.shop: scopes, redirect_uris\n"
    assert preview_text.news(running.follow(), running.state, view(None)) == "read again: nothing changes for test\n"


def test_a_new_client_comes_with_its_link(folder: Folder, running: Preview, view: Callable[[str | None], View]) -> None:
    new = {**APP, "client_name": "North Tablet", "client_id": "north-tablet"}
    folder.write("clients/north/tablet.yaml", new)
    assert preview_text.news(running.follow(), running.state, view(None)).splitlines() == [
        "+ north-tablet: new",
        f"  log in      {running.state.issuer}/try/north-tablet",
        "  secret      none: it is a public client",
    ]


def test_what_is_wrong_is_said_with_its_place_and_nothing_of_a_file_becomes_a_command(
    view: Callable[[str | None], View],
) -> None:
    refused = Refusal("a\x1b[31m", "f", "clients/a/b.yaml:3: CR101 'x\n::error::' is wrong", "write\n::y")
    state = State("test", "", {}, {"a": refused}, frozenset({"a\x1b[31m"}))
    assert preview_text.news(News(refused=(refused,)), state, view(None)).splitlines() == [
        "x a\\x1b[31m: refused, and served as it was before",
        "    clients/a/b.yaml:3: CR101 'x\\n::error::' is wrong",
        "    hint: write\\n::y",
    ]
    problem = News(problem=FilesBroken("registry.yaml:3: CR001 broken", "write ']'"))
    assert preview_text.news(problem, state, view(None)).splitlines() == [
        "x registry.yaml:3: CR001 broken; what was served before is still served",
        "    hint: write ']'",
    ]


def test_news_of_a_changed_branch_are_cut_short(view: Callable[[str | None], View]) -> None:
    news = News(mended=tuple(f"north.n{number}" for number in range(11)))
    lines = preview_text.news(news, State("test", ""), view(None)).splitlines()
    assert (len(lines), lines[0], lines[-1]) == (9, "= north.n0: in order again", "  and 3 clients more")


def test_a_file_that_stays_wrong_is_not_forgotten(
    folder: Folder, running: Preview, view: Callable[[str | None], View]
) -> None:
    folder.write("clients/north/shop.yaml", {**WEB, "scopes": ["opnid"]})
    running.follow()
    news = preview_text.news(running.follow(), running.state, view(None))
    assert news == "read again: nothing changes for test, 1 client still refused\n"


def test_a_service_is_told_nothing_of_pkce(
    folder: Folder, running: Preview, view: Callable[[str | None], View]
) -> None:
    fields = ("product", "description", "contacts", "application_type", "client_type", "environments")
    service = {name: WEB[name] for name in fields} | {"client_name": "Job", "platform": "service", "scopes": ["email"]}
    folder.write("clients/north/job.yaml", service)
    running.follow()
    assert not any("PKCE" in line for line in preview_text.opening(running.state, view("north.job")).splitlines())
