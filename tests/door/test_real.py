"""The door against a real server: connections that are kept, certificates, what a broken one leaves behind."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clientreg.errors import CannotFinish
from clientreg.http import Door, Limits
from door.listening import Reply, Seen, authority, certificate, listening

QUICK = Limits(connect=5, read=0.2, attempts=2)


def said(error: pytest.ExceptionInfo[CannotFinish], *urls: str) -> tuple[str, str]:
    """Message and hint with the ports of this run taken out."""
    message, hint = error.value.message, error.value.hint
    for url in urls:
        message, hint = message.replace(url, "URL"), hint.replace(url, "URL")
    return message, hint


def still(_: float) -> None:
    """No test waits."""


def hello(_: Seen) -> Reply:
    return 200, {"Content-Type": "application/json", "Set-Cookie": "session=planted"}, b'{"hello": true}'


def test_requests_share_one_connection_and_keep_no_cookie() -> None:
    with listening(hello) as server, Door(server.url) as door:
        answers = [door.request("GET", "/a", params={"q": "x y&z"}).json() for _ in range(3)]
    assert answers == [{"hello": True}] * 3
    assert len({seen.connection for seen in server.seen}) == 1
    assert [(seen.path, "cookie" in seen.headers) for seen in server.seen] == [("/a?q=x%20y%26z", False)] * 3
    assert server.seen[0].headers["user-agent"].startswith("clientreg/")


def test_a_certificate_of_the_named_authority_is_trusted(tmp_path: Path) -> None:
    made = certificate(tmp_path, authority(tmp_path, "ours"))
    with listening(hello, certificate=made) as server, Door(server.url, ca_file=str(tmp_path / "ours.pem")) as door:
        assert door.request("GET", "/").status == 200


def test_an_unknown_certificate_is_refused_at_once_and_the_hint_names_ca_file(tmp_path: Path) -> None:
    made = certificate(tmp_path, authority(tmp_path, "ours"))
    with (
        listening(hello, certificate=made) as server,
        Door(server.url, sleep=pytest.fail) as door,
        pytest.raises(CannotFinish) as error,
    ):
        door.request("GET", "/")
    assert server.seen == []
    assert said(error, server.url) == (
        "the certificate of URL is not trusted (unable to get local issuer certificate)",
        "if it comes from an authority of your own, name that one's certificate file in the entry's `ca_file`",
    )


def test_a_ca_file_replaces_all_other_authorities(tmp_path: Path) -> None:
    made = certificate(tmp_path, authority(tmp_path, "ours"))
    authority(tmp_path, "other")
    other = str(tmp_path / "other.pem")
    with (
        listening(hello, certificate=made) as server,
        Door(server.url, ca_file=other) as door,
        pytest.raises(CannotFinish) as error,
    ):
        door.request("GET", "/")
    assert (
        said(error, server.url, str(tmp_path))[1]
        == "it does not come from the authority in URL/other.pem, the entry's `ca_file`"
    )


@pytest.mark.parametrize(
    ("host", "expired", "message", "hint"),
    [
        ("id.example", False, "IP address mismatch", "it was made for another name"),
        ("127.0.0.1", True, "certificate has expired", "who keeps the server renews it"),
    ],
)
def test_a_certificate_of_another_name_or_time_is_refused(
    tmp_path: Path, host: str, expired: bool, message: str, hint: str
) -> None:
    made = certificate(tmp_path, authority(tmp_path, "ours"), host=host, expired=expired)
    with (
        listening(hello, certificate=made) as server,
        Door(server.url, ca_file=str(tmp_path / "ours.pem")) as door,
        pytest.raises(CannotFinish) as error,
    ):
        door.request("GET", "/")
    assert (server.seen, message in error.value.message, hint in error.value.hint) == ([], True, True)


def test_a_server_without_tls_is_said_to_have_none(tmp_path: Path) -> None:
    with listening(hello) as server:
        url = server.url.replace("http:", "https:")
        with Door(url, sleep=pytest.fail) as door, pytest.raises(CannotFinish) as error:
            door.request("GET", "/")
    assert said(error, url) == (
        "URL does not speak TLS as it should",
        "is it https? check `url` in the server's entry of registry.yaml",
    )


@pytest.mark.parametrize(
    ("content", "why"), [(None, "No such file or directory"), ("no certificate", "no certificate in it can be read")]
)
def test_a_ca_file_that_is_none_is_named(tmp_path: Path, content: str | None, why: str) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(CannotFinish) as error:
        Door("https://id.example", ca_file=str(file))
    assert error.value.message == f"the `ca_file` {file} cannot be used: {why}"


def test_a_refused_connection_is_tried_again_with_longer_pauses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    waited: list[float] = []
    with Door(url, sleep=waited.append) as door, pytest.raises(CannotFinish) as error:
        door.request("POST", "/", json={})
    assert waited == [0.5, 1, 2]
    assert said(error, url) == (
        "URL cannot be reached (Connection refused)",
        "is the server running? if it is, check `url` in the server's entry of registry.yaml",
    )


def test_an_unknown_host_is_not_asked_for_again() -> None:
    with Door("https://nowhere.invalid", sleep=pytest.fail) as door, pytest.raises(CannotFinish) as error:
        door.request("GET", "/")
    assert error.value.message == "the host of https://nowhere.invalid is not known"


@contextmanager
def mute() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_mute_server_is_not_waited_for_for_ever() -> None:
    waited: list[float] = []
    with mute() as url, Door(url, limits=QUICK, sleep=waited.append) as door, pytest.raises(CannotFinish) as error:
        door.request("GET", "/slow", params={"secret": "planted"})
    assert (waited, said(error, url)[0]) == ([0.5], "GET URL/slow was not answered in time")


def test_a_get_is_repeated_after_a_cut_and_a_create_is_not() -> None:
    cuts = iter([True, False, True])
    with listening(lambda seen: None if next(cuts) else hello(seen)) as server, Door(server.url, sleep=still) as door:
        assert door.request("GET", "/").status == 200
        with pytest.raises(CannotFinish) as error:
            door.request("POST", "/clients", json={"clientId": "acme.shop"})
    assert [seen.method for seen in server.seen] == ["GET", "GET", "POST"]
    assert said(error, server.url)[0] == "POST URL/clients ended without a whole HTTP answer"


def test_a_truncated_answer_is_no_answer() -> None:
    cut = (200, {"Content-Length": "999", "Connection": "close"}, b'{"clients": [')
    with (
        listening(lambda _: cut) as server,
        Door(server.url, sleep=still) as door,
        pytest.raises(CannotFinish) as error,
    ):
        door.request("GET", "/clients")
    assert (len(server.seen), said(error, server.url)[0]) == (4, "GET URL/clients ended without a whole HTTP answer")


def test_threads_share_a_door() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with listening(hello) as server, Door(server.url) as door, ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda n: door.request("GET", f"/{n}").status, range(40)))
    assert statuses == [200] * 40
    assert len({seen.path for seen in server.seen}) == 40
