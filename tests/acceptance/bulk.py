"""Odd clients applied in bulk by the command, as an operator would, and looked at as a stranger does."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

from acceptance import edges
from cli.scratch import Scratch
from clientreg.model import Registration

COUNT = 200
"""Clients per server. Whoever changes what is judged here tries some thousands, with other seeds: `make soak`."""
TEXTS = (
    "client_name", "description", "product", "backchannel_logout_uri", "logo_uri", "tos_uri", "policy_uri",
    "client_uri", "software_id", "software_version", "jwks_uri", "token_endpoint_auth_method", "client_type",
    "require_pkce", "require_consent", "enabled", "id_token_signed_response_alg", "subject_type",
)  # fmt: skip
LISTS = ("redirect_uris", "post_logout_redirect_uris", "scopes", "grant_types", "allowed_cors_origins")


@dataclass(frozen=True)
class Applied:
    """A registry whose clients are on a server: every one was accepted."""

    scratch: Scratch
    clean: edges.Clean
    environment: Mapping[str, str]

    def second_plan(self) -> str:
        """What would still change; nothing if the server kept everything."""
        done = self.scratch.run("plan", "--environment", "test", "--check", env=self.environment)
        return "" if (done.status, "no changes" in done.out) == (0, True) else done.said

    @property
    def users(self) -> list[Registration]:
        """The clients that send users to the authorization endpoint."""
        clients = self.clean.registrations
        return [one for one in clients if one.enabled and one.redirect_uris and "code" in one.response_types]


def apply(
    root: Path, *, server: Mapping[str, Any], environment: Mapping[str, str], count: int, seed: int,
    without: Collection[str] = (),
) -> Applied:  # fmt: skip
    """A registry of clients near the edges, applied. Fails with the server's words where one is refused."""
    scratch = Scratch(root)
    clean = edges.write(root, count, seed=seed, server=server, without=without)
    scratch.write(".gitignore", ".clientreg/\nhandover/\n")
    scratch.git("init", "--quiet", "--initial-branch", "main")
    scratch.commit()
    done = scratch.run("apply", "--environment", "test", "--format", "json", env=environment)
    outcomes = json.loads(done.out)["outcomes"] if done.out else []
    assert [outcome for outcome in outcomes if outcome["error"]] == []
    assert (done.status, len(outcomes), done.err if done.status else "") == (0, count, "")
    return Applied(scratch, clean, environment)


def stated(one: Registration, *, texts: Iterable[str], lists: Iterable[str]) -> dict[str, Any]:
    """What a client's file says, for a comparison with a raw look at a server."""
    values = {name: getattr(one, name) for name in texts}
    return {**values, **{name: set(getattr(one, name)) for name in lists}}


class _Still(urllib.request.HTTPRedirectHandler):
    """Follows nothing: where a client's users are sent is looked at, not called."""

    def redirect_request(self, *_: object) -> None:
        return None


def admitted(endpoint: str, one: Registration, uri: str, *, page: str = "") -> bool:
    """Whether the server shows a login form or sends the browser there, whatever else it says.

    `page` is where it sends the browser instead, if it answers an out-of-band URN with a page of its own.

    A header is ASCII: of a host in another script it has the percent-encoded octets, which browsers read as that host.
    """
    form = {"client_id": one.client_id, "redirect_uri": uri, "response_type": "code", "scope": "openid", "state": "s"}
    opener = urllib.request.build_opener(_Still)
    try:
        with opener.open(f"{endpoint}?{urlencode(form)}", timeout=30) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        location = error.headers["Location"] or ""
        return error.code in {302, 303} and unquote(location).startswith(unquote(page or uri))
