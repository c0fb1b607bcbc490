"""What the door decides, at the transport: retries, redirects, limits, tokens, words without secrets."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from clientreg.errors import CannotFinish, ClientregError, UsageError
from clientreg.http import Answer, Door, Limits, Token
from clientreg.http.origin import origins
from clientreg.secret import Secret

URL = "https://id.example/auth"
PLANTED = "planted-secret"


class World:
    """A clock that stands still unless somebody sleeps, and a server that answers from a list."""

    def __init__(self, *answers: httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]) -> None:
        self.answers = iter(answers)
        self.asked: list[httpx.Request] = []
        self.slept: list[float] = []
        self.now = 0.0

    def door(self, url: str = URL, **more: Any) -> Door:
        transport = httpx.MockTransport(self._answer)
        return Door(url, transport=transport, clock=lambda: self.now, sleep=self._sleep, **more)

    @property
    def calls(self) -> list[str]:
        return [f"{request.method} {request.url}" for request in self.asked]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def busy(status: int = 503, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers={name.replace("_", "-"): value for name, value in headers.items()})


OK = httpx.Response(200, json={"ok": True})


def test_path_query_and_body_are_put_together() -> None:
    world = World(OK, OK)
    door = world.door()
    door.request("GET", "/realms/a%2Fb", params={"redirect_uri": "https://a.example/cb?x=1&y=*"})
    door.request("PUT", "/clients", json={"name": "blåbær", "secret": Secret(PLANTED)})
    assert world.calls == [
        "GET https://id.example/auth/realms/a%2Fb?redirect_uri=https%3A%2F%2Fa.example%2Fcb%3Fx%3D1%26y%3D%2A",
        "PUT https://id.example/auth/clients",
    ]
    assert world.asked[1].content == b'{"name": "bl\\u00e5b\\u00e6r", "secret": "planted-secret"}'
    assert world.asked[1].headers["Content-Type"] == "application/json"


def test_a_form_opens_its_secrets() -> None:
    world = World(OK)
    world.door().request("POST", "/token", form={"grant_type": "client_credentials", "client_secret": Secret("a&b")})
    assert world.asked[0].content == b"grant_type=client_credentials&client_secret=a%26b"


# ---------------------------------------------------------------- repeating


REPEATED = {
    "GET, busy": ("GET", False, [busy(), busy(429), OK], [0.5, 1]),
    "GET, no gateway": ("GET", False, [busy(502), busy(504), OK], [0.5, 1]),
    "GET, cut off": ("GET", False, [httpx.ReadError("x"), httpx.RemoteProtocolError("x"), OK], [0.5, 1]),
    "GET, slow": ("GET", False, [httpx.ReadTimeout("x"), OK], [0.5]),
    "GET, seconds named": ("GET", False, [busy(Retry_After="7"), OK], [7]),
    "GET, now": ("GET", False, [busy(429, Retry_After="0"), OK], [0]),
    "GET, a date": (
        "GET", False,
        [busy(Retry_After="Wed, 25 Nov 2026 04:00:09 GMT", Date="Wed, 25 Nov 2026 04:00:00 GMT"), OK], [9],
    ),
    "GET, a date without another": ("GET", False, [busy(Retry_After="Wed, 25 Nov 2026 04:00:09 GMT"), OK], [0.5]),
    "GET, a past date": (
        "GET", False,
        [busy(Retry_After="Wed, 25 Nov 2020 04:00:09 GMT", Date="Wed, 25 Nov 2026 04:00:00 GMT"), OK], [0],
    ),
    "GET, nonsense named": ("GET", False, [busy(Retry_After="soon"), OK], [0.5]),
    "PUT that may be repeated": ("PUT", True, [busy(), httpx.ReadError("x"), OK], [0.5, 1]),
    "POST that was never sent": ("POST", False, [httpx.ConnectTimeout("x"), OK], [0.5]),
}  # fmt: skip


@pytest.mark.parametrize(("method", "repeatable", "answers", "slept"), REPEATED.values(), ids=REPEATED)
def test_what_is_safe_to_repeat_is_repeated(
    method: str, repeatable: bool, answers: list[httpx.Response | Exception], slept: list[float]
) -> None:
    world = World(*answers)
    answer = world.door().request(method, "/x", repeatable=repeatable)
    assert (answer.status, len(world.calls), world.slept) == (200, len(answers), slept)


def test_a_create_is_not_repeated_by_itself() -> None:
    world = World(busy())
    assert (world.door().request("POST", "/x").status, world.slept) == (503, [])
    world = World(httpx.ReadTimeout("x"))
    with pytest.raises(CannotFinish, match=r"POST https://id.example/auth/x was not answered in time"):
        world.door().request("POST", "/x")
    assert world.slept == []


def test_who_stays_busy_is_answered_with_that_in_the_end() -> None:
    world = World(*[busy(429)] * 4)
    assert (world.door().request("GET", "/x").status, world.slept) == (429, [0.5, 1, 2])


def test_who_asks_for_too_long_a_wait_is_not_waited_for() -> None:
    world = World(busy(Retry_After="3600"))
    assert (world.door().request("GET", "/x").status, world.slept) == (503, [])


def test_all_attempts_together_are_bounded() -> None:
    world = World(*[busy(Retry_After="30")] * 9)
    door = world.door(limits=Limits(attempts=9, whole=100))
    assert (door.request("GET", "/x").status, world.slept) == (503, [30, 30, 30])


def test_a_dripping_answer_ends() -> None:
    world = World()

    def drip() -> Iterator[bytes]:
        while True:
            world.now += 20
            yield b"."

    world.answers = iter([httpx.Response(200, content=drip())])
    with pytest.raises(CannotFinish, match="was not answered in time"):
        world.door().request("GET", "/x")
    assert world.now == 140


# ---------------------------------------------------------------- redirects and limits


def moved(to: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"Location": to})


def test_a_redirect_on_the_same_origin_is_followed() -> None:
    world = World(moved("/auth/b"), moved("https://ID.example:443/auth/c"), OK)
    assert world.door().request("GET", "/a").status == 200
    assert [call.rpartition("/")[2] for call in world.calls] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "to",
    [
        "http://id.example/auth/",
        "https://id.example:444/",
        "https://evil.example/?x",
        "//evil.example/",
        "https://a@id.example/",
        "http://[",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_to_another_origin_is_not(to: str, method: str) -> None:
    world = World(moved(to))
    with pytest.raises(CannotFinish) as error:
        world.door(token=lambda: Token(Secret(PLANTED), 300)).request(method, "/a")
    assert (len(world.calls), "on another origin" in error.value.message) == (1, True)
    assert error.value.hint.startswith("if that is the server, write this address as its `url`")


def test_a_redirect_that_repeats_our_secrets_is_told_without_them() -> None:
    token = "a/token+of ours"
    world = World(moved("https://evil.example/a%2Ftoken%2Bof%20ours/b?x"))
    with pytest.raises(CannotFinish) as error:
        world.door(token=lambda: Token(Secret(token), 300)).request("GET", "/a")
    assert "redirects to 'https://evil.example/***/b'" in error.value.message


def test_a_redirect_is_an_answer_where_it_is_not_to_be_followed() -> None:
    answer = World(moved("com.example.tv:/cb?error=x")).door().request("GET", "/authorize", follow=False)
    assert (answer.status, answer.location) == (302, "com.example.tv:/cb?error=x")


def test_a_post_is_never_sent_elsewhere() -> None:
    world = World(moved("/auth/b", 307))
    assert (world.door().request("POST", "/a", json={}).status, len(world.calls)) == (307, 1)


def test_a_circle_ends() -> None:
    world = World(*[moved("/auth/a")] * 9)
    with pytest.raises(CannotFinish, match="redirects in a circle"):
        world.door().request("GET", "/a")
    assert len(world.calls) == 6


def test_an_endless_answer_ends() -> None:
    read: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            read.append(1)
            yield b"x" * (1 << 20)

    world = World(httpx.Response(200, content=endless()))
    with pytest.raises(CannotFinish, match="answered with more than 3 MiB"):
        world.door(limits=Limits(answer=3 << 20)).request("GET", "/a")
    assert len(read) == 4


def test_a_compressed_answer_that_nobody_asked_for_is_not_opened() -> None:
    world = World(httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"\x1f\x8b")))
    with pytest.raises(CannotFinish, match="in an encoding that was not asked for"):
        world.door().request("GET", "/a")
    assert world.asked[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("path", ["https://evil.example/x", "/../admin", "/a/%2e%2e/b", "/a b", "@evil.example/"])
def test_only_an_address_of_the_server_is_asked(path: str) -> None:
    world = World(OK)
    with pytest.raises(CannotFinish, match=r"is not an address of https://id.example"):
        world.door("https://id.example").request("GET", path)
    assert world.calls == []


# ---------------------------------------------------------------- tokens


def shown(request: httpx.Request) -> str:
    return request.headers["Authorization"]


def asks(*lives: float) -> tuple[list[str], Callable[[], Token]]:
    """A source of tokens t0, t1, ... with their lives, and the list of those given."""
    given: list[str] = []
    left = iter(lives)

    def ask() -> Token:
        given.append(f"t{len(given)}")
        return Token(Secret(given[-1]), next(left))

    return given, ask


def test_a_token_is_asked_for_when_it_is_needed_and_renewed_before_it_ends() -> None:
    given, ask = asks(300, 300)
    world = World(OK, OK, OK)
    door = world.door(token=ask)
    assert given == []
    for now in (0, 269, 271):
        world.now = now
        door.request("GET", "/x")
    assert [shown(request) for request in world.asked] == ["Bearer t0", "Bearer t0", "Bearer t1"]


def test_a_short_life_is_used_for_two_thirds() -> None:
    given, ask = asks(60, 60)
    world = World(OK, OK, OK)
    door = world.door(token=ask)
    for now in (0, 39, 41):
        world.now = now
        door.request("GET", "/x")
    assert given == ["t0", "t1"]


def test_a_refused_token_is_renewed_once_also_for_a_create() -> None:
    given, ask = asks(300, 300)
    world = World(busy(401), OK)
    assert world.door(token=ask).request("POST", "/x", json={}).status == 200
    assert [shown(request) for request in world.asked] == ["Bearer t0", "Bearer t1"]
    given, ask = asks(300, 300)
    world = World(busy(401), busy(401))
    assert (world.door(token=ask).request("GET", "/x").status, given) == (401, ["t0", "t1"])


def test_a_token_that_another_thread_has_renewed_is_taken() -> None:
    from clientreg.http.bearer import Bearer

    given, ask = asks(300, 300)
    bearer = Bearer(ask, lambda: 0.0)
    old = bearer.current()
    new = bearer.instead_of(old)
    assert (bearer.instead_of(old) is new, given) == (True, ["t0", "t1"])


# ---------------------------------------------------------------- words


REFUSALS = {
    "OAuth": ({"error": "invalid_client", "error_description": "no such client"}, "invalid_client: no such client"),
    "code alone": ({"error": "unauthorized_client"}, "unauthorized_client"),
    "Keycloak": ({"errorMessage": "Client x already exists"}, "Client x already exists"),
    "repeats the secret": ({"error": "bad", "error_description": f"{PLANTED} is wrong"}, "bad: *** is wrong"),
    "many lines": ({"error": "a\n\tb"}, "a b"),
    "other types": ({"error": 5, "message": None}, "403 Forbidden"),
    "no object": ([1], "403 Forbidden"),
}


@pytest.mark.parametrize(("body", "words"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_told_in_the_servers_words_without_our_secrets(body: object, words: str) -> None:
    world = World(httpx.Response(403, json=body))
    answer = world.door().request("POST", "/x", form={"client_secret": Secret(PLANTED)})
    assert answer.why() == words


def test_a_refusal_that_repeats_the_form_is_told_without_our_secrets() -> None:
    world = World(httpx.Response(403, json={"error": "sent client_secret=a%2Fb+c&x=y"}))
    answer = world.door().request("POST", "/x", form={"client_secret": Secret("a/b c")})
    assert answer.why() == "sent client_secret=***&x=y"


@pytest.mark.parametrize("body", [b"<html>", b"", b"\xff\xfe", b"[" * 100_000, b"NaN", b"1" * 5000])
def test_what_is_no_json_says_so(body: bytes) -> None:
    answer = Answer("GET https://id.example/x", 200, {"Content-Type": "text/html"}, body)
    with pytest.raises(CannotFinish) as error:
        answer.json()
    message = "GET https://id.example/x answered 200 with something that is not JSON"
    assert error.value.message.startswith(message)
    assert answer.why() == "200 OK"


BASES = {
    "": "is not the URL of a server",
    "id.example": "is not the URL of a server",
    "ftp://id.example": "is not the URL of a server",
    "https://id.example?x=1": "is not the URL of a server",
    "https://id.example/#x": "is not the URL of a server",
    "https://${HOST}/": "is not the URL of a server",
    "https://me:planted-secret@id.example/": "holds a user name",
    "https://me:planted-secret@id example/": "holds a user name",
    "http://id.example": "is not encrypted",
    "http://10.0.0.1:8080": "is not encrypted",
    "http://localhost.example": "is not encrypted",
}


@pytest.mark.parametrize(("url", "what"), BASES.items(), ids=BASES)
def test_a_url_that_leads_nowhere_safe_is_refused(url: str, what: str) -> None:
    with pytest.raises(CannotFinish) as error:
        Door(url)
    assert (what in error.value.message, error.value.hint != "", PLANTED in str(error.value)) == (True, True, False)


@pytest.mark.parametrize(
    "url", ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:1", "https://id.example:8443/a/"]
)
def test_https_and_loopback_are_fine(url: str) -> None:
    assert repr(Door(url)) == f"Door({url.rstrip('/')!r})"


def test_only_listed_origins_are_contacted() -> None:
    listed = origins("https://id.example, http://LOCALHOST:8080\nhttps://b.example:443/")
    assert listed == {"https://id.example", "http://localhost:8080", "https://b.example"}
    Door("https://id.example/auth", origins=listed)
    Door("https://b.example/auth", origins=listed)
    with pytest.raises(CannotFinish) as error:
        Door("https://id.example:8443/auth", origins=listed)
    assert (error.value.message, error.value.hint) == (
        "https://id.example:8443 is not among the origins that may be contacted",
        "if it is meant, who keeps the runner adds it to CLIENTREG_ORIGINS, which lists: "
        "http://localhost:8080, https://b.example, https://id.example",
    )


@pytest.mark.parametrize("text", ["id.example", "https://id.example/realms", "https://*.example", "https://a?b"])
def test_a_list_of_origins_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"CLIENTREG_ORIGINS lists .*, which is no origin"):
        origins(text)


def test_an_empty_list_lets_nothing_through() -> None:
    with pytest.raises(CannotFinish, match="not among the origins"):
        Door(URL, origins=origins(" "))


FAULTS: dict[str, httpx.Response | Exception] = {
    "cut": httpx.ReadError(PLANTED),
    "refused": httpx.ConnectError(PLANTED),
    "slow": httpx.ReadTimeout(PLANTED),
    "not HTTP": httpx.RemoteProtocolError(PLANTED),
    "bad header": httpx.LocalProtocolError(f"Illegal header value b'Bearer {PLANTED}'"),
    "proxy": httpx.ProxyError(PLANTED),
    "elsewhere": moved(f"https://evil.example/?token={PLANTED}"),
    "not JSON": httpx.Response(200, text=PLANTED, headers={"X": PLANTED}),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_secret_is_in_an_error_a_repr_or_a_log(
    fault: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world = World(*[fault] * 9)
    door = world.door(token=lambda: Token(Secret(PLANTED), 300))
    words = [repr(door), repr(Token(Secret(PLANTED), 300))]
    try:
        answer = door.request("GET", "/x", params={"q": PLANTED})
        words.append(repr(answer))
        answer.json()
    except ClientregError as error:
        words += [str(error), error.hint, *traceback.format_exception(error)]
    assert len(words) >= 5
    assert [word for word in [*words, caplog.text] if PLANTED in word] == []
