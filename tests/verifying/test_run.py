"""A whole run of verify against servers that answer in every way that servers do."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from clientreg.errors import UsageError
from clientreg.http.origin import origins
from clientreg.planning.plan import Refusal
from clientreg.verify.result import Answers, LeftOut, Verified
from clientreg.verify.stranger import PAUSE
from door.listening import Reply, Seen, listening
from memory import APP, registration
from verifying.stub import AUTHORIZE, DISCOVERY, LOGOUT, Stub, ask, running, sent

CB, BYE = "https://shop.acme.example/cb", "https://shop.acme.example/bye"
SHOP = registration("shop", post_logout_redirect_uris=[BYE])
HELD = {"acme.shop": [CB]}
LEFT = {"acme.shop": [BYE]}


def judged(answers: Answers) -> list[tuple[str, bool | None, bool | None]]:
    """Each registered URI, whether it is accepted, and whether its near-miss is refused."""
    return [(probe.uri, probe.accepted, probe.refused) for probe in answers.probes]


def found(done: Verified) -> list[str]:
    """What is not as the files say."""
    return [one.message for server in done.servers for one in server.found]


def test_a_server_that_holds_what_the_file_says_is_fine() -> None:
    with running(Stub(HELD, LEFT)) as stub:
        done = ask(stub, clients=(SHOP,))
    assert judged(done.servers[0]) == [(CB, True, True), (BYE, True, True)]
    assert (found(done), done.finished, [offer.offered for offer in done.servers[0].offers]) == ([], True, [True] * 9)
    assert stub.questions == [
        (AUTHORIZE, {"client_id": "acme.shop", "redirect_uri": CB}),
        (AUTHORIZE, {"client_id": "acme.shop", "redirect_uri": f"{CB}/near-miss"}),
        (LOGOUT, {"client_id": "acme.shop", "post_logout_redirect_uri": BYE}),
        (LOGOUT, {"client_id": "acme.shop", "post_logout_redirect_uri": f"{BYE}/near-miss"}),
    ]


def test_nobody_is_recognized_and_no_clients_address_is_called() -> None:
    with listening(lambda _: (200, {}, b"")) as trap:
        shop = registration("shop", redirect_uris=[f"{trap.url}/cb"])
        stub = Stub({"acme.shop": [f"{trap.url}/cb"]})
        stub.answer = lambda seen, params: _with_cookie(stub, seen, params)
        with running(stub):
            done = ask(stub, clients=(shop,))
    assert (found(done), trap.seen, len(stub.listening.seen)) == ([], [], 3)
    assert [name for seen in stub.listening.seen for name in seen.headers if name in {"cookie", "authorization"}] == []


def _with_cookie(stub: Stub, seen: Seen, params: Mapping[str, str]) -> Reply:
    plain = Stub(stub.redirect_uris, listening=stub.listening).act(seen)
    return plain[0], {**plain[1], "Set-Cookie": "AUTH_SESSION=x; Path=/"}, plain[2]


def test_the_pace_is_polite() -> None:
    slept: list[float] = []
    with running(Stub(HELD, LEFT)) as stub:
        ask(stub, clients=(SHOP,), sleep=slept.append)
    assert slept == [PAUSE] * 4


def test_a_uri_that_the_server_does_not_hold_is_found() -> None:
    with running(Stub(HELD, {})) as stub:
        done = ask(stub, clients=(SHOP,))
    assert found(done) == [f"post_logout_redirect_uris: '{BYE}' is refused (400)"]
    assert (done.found, done.finished, done.servers[0].found[0].source) == (1, True, "clients/acme/shop.yaml")


def test_a_client_that_the_server_does_not_know_is_one_finding() -> None:
    with running(Stub()) as stub:
        done = ask(stub, clients=(SHOP,))
    assert found(done) == ["none of its URIs is accepted (400)"]


def test_a_wildcard_on_the_server_is_found() -> None:
    stub = Stub(HELD, LEFT)
    stub.answer = lambda seen, params: (
        sent(params["redirect_uri"]) if params.get("redirect_uri", "").startswith(CB) else None
    )
    with running(stub):
        done = ask(stub, clients=(SHOP,))
    assert found(done) == [f"redirect_uris: '{CB}/near-miss' is accepted, and no file registers it"]


def test_a_server_that_wants_a_whole_request_gets_one_that_shows_nobody_a_page() -> None:
    stub = Stub(HELD)
    stub.answer = lambda seen, params: (
        None if params.get("response_type") or seen.path == DISCOVERY else (400, {}, b"response_type is missing")
    )
    with running(stub):
        done = ask(stub, clients=(registration("shop"),))
    assert judged(done.servers[0]) == [(CB, True, True)]
    short, full, wrong = (params for _, params in stub.questions)
    assert short.keys() == {"client_id", "redirect_uri"}
    assert (full["prompt"], full["scope"], full["code_challenge_method"]) == ("none", "openid profile", "S256")
    assert wrong == {**full, "redirect_uri": f"{CB}/near-miss", **{key: wrong[key] for key in ("state", "nonce")}}


def test_a_page_for_a_registered_uri_alone_means_yes() -> None:
    stub = Stub(HELD, LEFT)
    stub.answer = lambda seen, params: (
        (200, {}, b"Do you want to sign out?") if params.get("post_logout_redirect_uri") == BYE else None
    )
    with running(stub):
        done = ask(stub, clients=(SHOP,))
    assert judged(done.servers[0])[1] == (BYE, True, True)
    assert (found(done), done.finished) == ([], True)


def test_a_page_for_everything_means_nothing() -> None:
    stub = Stub(HELD, LEFT)
    stub.answer = lambda seen, params: (200, {}, b"Hello") if seen.path.startswith(LOGOUT) else None
    with running(stub):
        done = ask(stub, clients=(SHOP,))
    assert judged(done.servers[0])[1] == (BYE, None, None)
    assert (found(done), done.finished, done.servers[0].untold) == ([], False, 2)


def test_an_error_page_of_the_servers_own_is_a_refusal() -> None:
    stub = Stub(HELD)
    stub.answer = lambda seen, params: (
        (302, {"Location": "/error?error=invalid_request"}, b"") if params.get("redirect_uri", CB) != CB else None
    )
    with running(stub):
        done = ask(stub, clients=(registration("shop"),))
    assert judged(done.servers[0]) == [(CB, True, True)]


def test_addresses_of_installed_apps_are_asked_about_too() -> None:
    uris = ["com.acme.app:/cb", "http://127.0.0.1/cb", "urn:ietf:wg:oauth:2.0:oob", "acme.tv://connect/cb?x=1"]
    app = registration("app", APP, platform="windows-desktop", redirect_uris=uris)
    stub = Stub({"acme.app": uris})
    stub.answer = lambda seen, params: (200, {}, b"code") if params.get("redirect_uri") == uris[2] else None
    with running(stub):
        done = ask(stub, clients=(app,))
    assert judged(done.servers[0]) == [(uri, True, True) for uri in uris]
    assert [params["redirect_uri"] for _, params in stub.questions][1::2] == [
        "com.acme.app:/cb/near-miss",
        "http://127.0.0.1/cb/near-miss",
        "urn:ietf:wg:oauth:2.0:oob:near-miss",
        "acme.tv://connect/cb/near-miss?x=1",
    ]


def test_a_pattern_is_not_asked_for_and_what_it_admits_is_no_near_miss() -> None:
    shop = registration("shop", redirect_uris=["https://shop.acme.example/*", CB])
    with running(Stub({"acme.shop": [CB]})) as stub:
        done = ask(stub, clients=(shop,))
    (one,) = done.servers[0].asked
    assert judged(done.servers[0]) == [(CB, True, None)]
    assert (done.finished, one.unasked) == (
        True,
        (
            "redirect_uris: 'https://shop.acme.example/*' is a pattern, which nobody can ask for",
            f"redirect_uris: whatever is like '{CB}' is admitted by a pattern",
        ),
    )


def test_what_discovery_does_not_offer_is_found_with_who_needs_it() -> None:
    stub = Stub(
        {"acme.shop": [CB], "acme.other": [CB]},
        members={
            "scopes_supported": ["openid"],
            "grant_types_supported": None,
            "code_challenge_methods_supported": ["plain"],
            "end_session_endpoint": None,
        },
    )
    with running(stub):
        done = ask(stub, clients=(SHOP, registration("other")))
    assert found(done) == [
        "its discovery document does not offer PKCE method 'S256', needed by 2 clients: acme.shop, acme.other",
        "its discovery document names no end_session_endpoint, needed by 1 client: acme.shop",
        "its discovery document does not offer grant 'refresh_token', needed by 2 clients: acme.shop, acme.other",
        "its discovery document does not offer scope 'profile', needed by 2 clients: acme.shop, acme.other",
    ]


def test_another_issuer_is_found() -> None:
    with running(Stub(HELD, LEFT, members={"issuer": "https://other.example"})) as stub:
        done = ask(stub, clients=(SHOP,))
    assert found(done) == ["its discovery document names another issuer, 'https://other.example'"]


def test_who_is_disabled_or_refused_is_left_out_and_said_so() -> None:
    off = registration("off", enabled=False)
    bad = registration("bad")
    refusal = Refusal("acme.bad", "clients/acme/bad.yaml", "clients/acme/bad.yaml:3: CR201 it is sent in the clear")
    with running(Stub(HELD, LEFT)) as stub:
        done = ask(stub, clients=(off, SHOP, bad), refused=(refusal,))
    assert [one.client_id for one in done.servers[0].asked] == ["acme.shop"]
    assert done.left_out == (
        LeftOut("acme.off", "clients/acme/off.yaml", "its file disables it"),
        LeftOut("acme.bad", "clients/acme/bad.yaml", f"apply refuses it: {refusal.why}"),
    )


def test_a_part_is_asked_about_where_it_is_named() -> None:
    with running(Stub(HELD, LEFT)) as one, running(Stub()) as two:
        other = registration("other")
        done = ask(one, two, clients=(SHOP, other), part=frozenset({"acme.shop"}), only_servers=frozenset({"s1"}))
        with pytest.raises(UsageError, match=r"there is no client 'acme.nobody' in environment test"):
            ask(one, clients=(SHOP,), part=frozenset({"acme.nobody"}))
    assert ([server.name for server in done.servers], found(done), two.listening.seen) == (["s1"], [], [])


# ---------------------------------------------------------------- servers that cannot be asked


def trouble(done: Verified, *urls: str) -> list[str | None]:
    words = [server.trouble and server.trouble.message for server in done.servers]
    for url in urls:
        words = [word and word.replace(url, "URL") for word in words]
    return words


def test_one_server_that_is_down_stops_no_other() -> None:
    with running(Stub(HELD, LEFT)) as down:
        pass
    with running(Stub(HELD, LEFT)) as up:
        done = ask(down, up, clients=(SHOP,))
    assert trouble(done, down.url) == ["URL cannot be reached (Connection refused)", None]
    assert (len(done.servers[1].probes), found(done), done.finished) == (2, [], False)


def test_a_server_that_becomes_busy_is_left_and_what_it_said_before_is_kept() -> None:
    stub = Stub({**HELD, "acme.other": [CB]}, LEFT)
    stub.answer = lambda seen, params: (503, {}, b"") if params.get("client_id") == "acme.other" else None
    with running(stub):
        done = ask(stub, clients=(SHOP, registration("other"), registration("third")))
    assert trouble(done, stub.url) == ["GET URL/authorize answered 503 Service Unavailable"]
    assert [one.client_id for one in done.servers[0].asked] == ["acme.shop"]


NO_DISCOVERY: dict[str, tuple[Reply, str]] = {
    "not there": ((404, {}, b'{"error":"Realm does not exist"}'), f"GET URL{DISCOVERY} answered Realm does not exist"),
    "no JSON": (
        (200, {"Content-Type": "text/html"}, b"<html>"),
        f"GET URL{DISCOVERY} answered 200 with something that is not JSON (text/html)",
    ),
    "no object": ((200, {}, b"[1]"), f"GET URL{DISCOVERY} is no discovery document"),
    "elsewhere": (
        (302, {"Location": "https://evil.example/"}, b""),
        f"GET URL{DISCOVERY} redirects to 'https://evil.example/', on another origin",
    ),
}


@pytest.mark.parametrize(("reply", "words"), NO_DISCOVERY.values(), ids=NO_DISCOVERY)
def test_a_server_without_a_discovery_document_cannot_be_asked(reply: Reply, words: str) -> None:
    stub = Stub(answer=lambda *_: reply)
    with running(stub):
        done = ask(stub, clients=(SHOP,))
    assert trouble(done, stub.url) == [words]


def test_discovery_sends_us_only_where_the_runner_allows() -> None:
    with running(Stub(HELD, LEFT)) as other:
        stub = Stub(LEFT, LEFT, members={"authorization_endpoint": other.url + AUTHORIZE})
        with running(stub):
            done = ask(stub, clients=(SHOP,))
            allowed = origins(f"{stub.url} {other.url}")
            again = ask(stub, clients=(SHOP,), origins=allowed)
    assert trouble(done, other.url, stub.url) == ["discovery at 'URL' sends us to another origin, 'URL'"]
    assert (len(other.listening.seen), trouble(again), found(again)) == (2, [None], [])


def test_only_listed_origins_are_asked() -> None:
    with running(Stub(HELD, LEFT)) as stub:
        done = ask(stub, clients=(SHOP,), origins=origins("https://id.example"))
    assert trouble(done, stub.url) == ["URL is not among the origins that may be contacted"]
    assert stub.listening.seen == []


@pytest.mark.parametrize("endpoint", ["https://id.example:99999/", "javascript:alert(1)", "/authorize", "http://[", ""])
def test_an_endpoint_that_is_no_address_is_not_asked(endpoint: str) -> None:
    with running(Stub(HELD, LEFT, members={"authorization_endpoint": endpoint})) as stub:
        done = ask(stub, clients=(SHOP,))
    assert (trouble(done), stub.questions) == ([f"{endpoint!r} is not an address"], [])


@pytest.mark.parametrize("issuer", ["http://id.example", "ftp://id.example", "", "https://user:pw@id.example"])
def test_an_issuer_that_nothing_is_sent_to(issuer: str) -> None:
    done = ask(issuer, clients=(SHOP,))
    assert done.servers[0].trouble is not None
    assert "pw" not in done.servers[0].trouble.message
