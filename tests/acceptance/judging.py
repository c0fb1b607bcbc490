"""Whether what lints clean is kept and works: the questions that every server is asked about its clients."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from acceptance import tokens
from acceptance.bulk import Trial

PKCE = {"code_challenge": tokens.CHALLENGE, "code_challenge_method": "S256"}
Progress = Callable[[str, int, int], None]


def quiet(_: str, __: int, ___: int) -> None:
    """Nothing is told on the way."""


def changed(trial: Trial) -> dict[str, tuple[Any, Any]]:
    """Per client that is not held as its file says: what was found, what is stated."""
    held = trial.held()
    said = {one.client_id: trial.stated(one) for one in trial.applied.held}
    pairs = {key: (held.get(key), said.get(key)) for key in sorted({*held, *said})}
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


@dataclass
class Seen:
    """What a stranger has met: redirect URIs asked with, those refused, clients of which one like it was let in."""

    asked: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    near: list[str] = field(default_factory=list)


def strangers(trial: Trial, progress: Progress = quiet) -> Seen:
    """An authorization request with each redirect URI of each client, and with one that it has not."""
    seen, users = Seen(), trial.applied.users
    with closing(Stranger(trial)) as stranger:
        for number, one in enumerate(users, 1):
            key, uris = one.client_id, one.redirect_uris
            seen.asked += len(uris)
            seen.refused += [(key, uri) for uri in uris if not stranger.admitted(key, uri)]
            seen.near += [key] * stranger.admitted(key, uris[0] + "x")
            progress("redirect URIs", number, len(users))
    return seen


class Stranger:
    """Asks the authorization endpoint on one connection, without a cookie."""

    def __init__(self, trial: Trial) -> None:
        self._place = urlsplit(trial.endpoints["authorization_endpoint"])
        self._pages = trial.pages
        self._connection = http.client.HTTPConnection(self._place.netloc, timeout=60)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def admitted(self, client_id: str, uri: str) -> bool:
        """Whether a login is shown, or the browser sent to one or back to the client, if only with an error."""
        form = {"client_id": client_id, "redirect_uri": uri, "response_type": "code", "scope": "openid", "state": "s"}
        self._connection.request("GET", f"{self._place.path}?{urlencode({**form, **PKCE})}")
        answer = self._connection.getresponse()
        answer.read()
        location = answer.headers["Location"] or ""
        inside = location.startswith(("/", f"{self._place.scheme}://{self._place.netloc}/"))
        sent = inside or tokens.leads(location, self._pages.get(uri, uri))
        return answer.status == 200 or (answer.status in {302, 303} and sent)


def without_token(trial: Trial, size: int, seed: int, progress: Progress = quiet) -> Iterator[tuple[str, str]]:
    """Of a sample of clients those that get no token, and why; all kinds of clients are in it."""
    chosen = tokens.sample(trial.applied.held, size, seed)
    for number, one in enumerate(chosen, 1):
        secret = trial.applied.secret(one.client_id) if one.needs_secret else ""
        why = tokens.refusal(one, secret, trial.endpoints, trial.user)
        if why:
            yield one.client_id, why
        progress("tokens", number, len(chosen))
