"""Odd clients applied in bulk by the command, as an operator would, to be judged on a running server."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acceptance import edges
from acceptance.tokens import User
from cli.scratch import Scratch
from clientreg import seal
from clientreg.model import Registration
from clientreg.sync import handover

COUNT = 200
"""Clients per server. Who changes what is judged here tries some thousands, with another seed: `make soak-servers`."""
TEXTS = (
    "client_name", "description", "product", "backchannel_logout_uri", "logo_uri", "tos_uri", "policy_uri",
    "client_uri", "software_id", "software_version", "jwks_uri", "token_endpoint_auth_method", "client_type",
    "require_pkce", "require_consent", "enabled", "id_token_signed_response_alg", "subject_type",
)  # fmt: skip
LISTS = ("redirect_uris", "post_logout_redirect_uris", "scopes", "grant_types", "allowed_cors_origins")


@dataclass(frozen=True)
class Applied:
    """A registry whose clients are on a server, but for those that it `refused`, by client id in its own words."""

    scratch: Scratch
    clean: edges.Clean
    environment: Mapping[str, str]
    refused: Mapping[str, str]
    key: str

    def second_plan(self) -> str:
        """What would still change; nothing if the server kept everything."""
        done = self.scratch.run("plan", "--environment", "test", "--check", env=self.environment)
        return "" if (done.status, "no changes" in done.out) == (0, True) else done.said

    @property
    def held(self) -> list[Registration]:
        """The clients that the server took."""
        return [one for one in self.clean.registrations if one.client_id not in self.refused]

    @property
    def users(self) -> list[Registration]:
        """Those of them that send users to the authorization endpoint."""
        return [one for one in self.held if one.enabled and one.redirect_uris and "code" in one.response_types]

    def secret(self, client_id: str) -> str:
        """What was sealed for the developer of a client."""
        (file,) = (self.scratch.root / "handover/test").glob(f"{client_id}.*.age")
        keys = seal.identities(self.key, name="the key")
        found = handover.secret_of(seal.unseal(file.read_text("utf-8"), keys))
        assert found is not None, file.name
        return found.reveal()


@dataclass(frozen=True)
class Trial:
    """Applied clients on a server that runs.

    `held` is what an independent look finds of each client, `stated` what a file says, in the same words (None: that
    it shall not be there). `endpoints` are by their discovery names; `pages` are where the server sends browsers
    instead of an out-of-band URN.
    """

    applied: Applied
    endpoints: Mapping[str, str]
    held: Callable[[], Mapping[str, Any]]
    stated: Callable[[Registration], Any]
    user: User
    pages: Mapping[str, str]


def apply(
    root: Path, *, server: Mapping[str, Any], environment: Mapping[str, str], count: int, seed: int,
    without: Collection[str] = (),
) -> Applied:  # fmt: skip
    """A registry of clients near the edges, applied."""
    scratch = Scratch(root)
    key, recipient = seal.generate()
    clean = edges.write(root, count, seed=seed, server=server, without=without, recipient=recipient)
    scratch.write(".gitignore", ".clientreg/\nhandover/\n")
    scratch.git("init", "--quiet", "--initial-branch", "main")
    scratch.commit()
    done = scratch.run("apply", "--environment", "test", "--format", "json", env=environment, seconds=3600)
    assert done.out, done.err
    outcomes = json.loads(done.out)["outcomes"]
    refused = {outcome["client_id"]: str(outcome["error"]) for outcome in outcomes if outcome["error"]}
    assert (len(outcomes), done.status) == (count, 3 if refused else 0), done.err
    return Applied(scratch, clean, environment, refused, key.reveal())


def stated(one: Registration, *, texts: Iterable[str], lists: Iterable[str]) -> dict[str, Any]:
    """What a client's file says, for a comparison with a raw look at a server."""
    values = {name: getattr(one, name) for name in texts}
    return {**values, **{name: set(getattr(one, name)) for name in lists}}
