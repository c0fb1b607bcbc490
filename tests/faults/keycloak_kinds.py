"""What may go wrong with a request: each a `Strike`, and whether sending the request once more is all that it takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from keycloak_wire import Reply, Strike, Turn

ELSEWHERE = "http://127.0.0.1:1"
PAGE = b"<!DOCTYPE html><title>Sign in</title><form action='/login'><input name=user></form>"


@dataclass(frozen=True)
class Kind:
    """One way to go wrong. `slow` ones cost a time-out; of `passing` ones the next attempt shall make good."""

    strike: Strike
    slow: bool = False
    passing: bool = False


def cut(turn: Turn) -> None:
    """Before anything is done."""


def cut_after(turn: Turn) -> None:
    turn.handle()


def broken_off(turn: Turn) -> Reply:
    """Within the answer."""
    reply = turn.handle()
    body = reply.body or b"{}"
    return Reply(200 if reply.status == 204 else reply.status, body, reply.headers, cut=len(body) // 2)


def slow_after(turn: Turn) -> None:
    """Done at once, and answered when nobody waits any more."""
    turn.handle()
    turn.gone()


def slow_before(turn: Turn) -> None:
    """Not even done until nobody waits any more."""
    turn.gone()
    turn.handle()


def slow_to_the_end(turn: Turn) -> None:
    """Done when the whole apply is over."""
    turn.later(turn.handle)
    turn.gone()


def status(number: int, **headers: str) -> Strike:
    """Refused, with all that was sent in the answer, as some proxies do."""

    def strike(turn: Turn) -> Reply:
        sent = f"{turn.request.body.decode()} {turn.request.headers.get('Authorization')}"
        body = json.dumps({"error": f"E{number}", "error_description": f"no, not {sent}"})
        return Reply(number, body.encode(), {"Content-Type": "application/json", **headers})

    return strike


def lost(number: int) -> Strike:
    """Done, but what is between says that it was not."""

    def strike(turn: Turn) -> Reply:
        turn.handle()
        return Reply(number, PAGE, {"Content-Type": "text/html"})

    return strike


def truncated(turn: Turn) -> Reply:
    """JSON that ends in its middle, as if it were whole."""
    reply = turn.handle()
    body = reply.body or b'{"id": "'
    return Reply(200, body[: max(1, len(body) // 2)], {"Content-Type": "application/json"})


def page(turn: Turn) -> Reply:
    """Somebody else answers, and all is well there."""
    return Reply(200, PAGE, {"Content-Type": "text/html; charset=utf-8"})


def elsewhere(turn: Turn) -> Reply:
    """To another origin, with what was sent in the address."""
    sent = turn.request.headers.get("Authorization", "").removeprefix("Bearer ")
    return Reply(302, b"", {"Location": f"{ELSEWHERE}/{sent}?{turn.request.body.hex()}&token={sent}"})


KINDS: Mapping[str, Kind] = {
    "cut before it was done": Kind(cut, passing=True),
    "cut after it was done": Kind(cut_after, passing=True),
    "broken off in its answer": Kind(broken_off, passing=True),
    "answered too late": Kind(slow_after, slow=True, passing=True),
    "done too late": Kind(slow_before, slow=True, passing=True),
    "done when all is over": Kind(slow_to_the_end, slow=True, passing=True),
    "401": Kind(status(401), passing=True),
    "403": Kind(status(403)),
    "409": Kind(status(409)),
    "429": Kind(status(429, **{"Retry-After": "7"}), passing=True),
    "500": Kind(status(500)),
    "502": Kind(status(502), passing=True),
    "503": Kind(status(503), passing=True),
    "done and 500": Kind(lost(500)),
    "done and 502": Kind(lost(502), passing=True),
    "truncated JSON": Kind(truncated),
    "a page": Kind(page),
    "a redirect elsewhere": Kind(elsewhere),
}
