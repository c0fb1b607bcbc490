"""A real node oidc-provider as a judge of odd clients."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from acceptance import bulk
from acceptance.bulk import Trial
from clientreg import seal
from clientreg.model import Registration
from servers import oidc_provider
from servers.oidc_provider import Provider

NAME = "oidc-provider"
FILE = ".clientreg/clients.json"
NATIVE = (
    "client_name", "application_type", "token_endpoint_auth_method", "subject_type", "id_token_signed_response_alg",
    "require_pushed_authorization_requests", "dpop_bound_access_tokens", "require_auth_time", "default_max_age",
    "backchannel_logout_uri", "backchannel_logout_session_required", "initiate_login_uri",
    "jwks", "jwks_uri", "client_uri", "logo_uri", "policy_uri", "tos_uri",
)  # fmt: skip
LISTS = ("redirect_uris", "post_logout_redirect_uris", "grant_types", "response_types", "default_acr_values")
OWN = (
    "product", "description", "platform", "require_pkce", "require_consent", "single_sign_on", "software_id",
    "software_version",
)  # fmt: skip
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
USER = {"login": "kari", "password": "hers"}
running = nullcontext
missing = oidc_provider.missing


@contextmanager
def trial(_: object, root: Path, count: int, seed: int) -> Iterator[Trial]:
    """The clients in a file, and a provider that was started with it."""
    key, recipient = seal.generate()
    (root.parent / f"{root.name}.key").write_text(key.reveal())
    place = {"type": "file", "format": "oidc-provider", "path": FILE, "recipients": [recipient]}
    entry = {**place, "issuer": "https://login.example.com"}
    applied = bulk.apply(root, server=entry, environment={}, count=count, seed=seed)
    with oidc_provider.running(root / FILE, root.parent / f"{root.name}.key") as provider:
        yield Trial(applied, _found(provider), partial(_held, provider), stated, USER, {})


def _found(provider: Provider) -> dict[str, Any]:
    with urllib.request.urlopen(f"{provider.url}/.well-known/openid-configuration", timeout=30) as answer:
        return dict(json.load(answer))


def _held(provider: Provider) -> dict[str, Any]:
    """What it has made of each client, and whether it knows a secret; an error where it refuses one."""
    return {key: made if "error" in made else as_stated(made) for key, made in provider.clients().items()}


def stated(one: Registration) -> dict[str, Any] | None:
    """What a client's file says, in the words of the provider's metadata; a disabled one is left out."""
    if not one.enabled:
        return None
    return {
        "secret": one.needs_secret,
        **{name: getattr(one, name) for name in (*NATIVE, *OWN)},
        **{name: set(getattr(one, name)) for name in LISTS},
        "scope": set(one.scopes),
        "allowed_cors_origins": set(one.allowed_cors_origins),
        "access_token_lifetime": seconds(one.access_token_lifetime),
        "refresh_token_lifetime": seconds(one.refresh_token_lifetime),
        "contacts": {role: set(people) for role, people in one.contacts.items()},
        "localized": dict(one.localized),
        "organization": one.organization_name,
    }


def as_stated(made: Mapping[str, Any]) -> dict[str, Any]:
    """The same of what the provider holds; what is null is absent there."""
    own = made["clientreg"]
    native = {"technical": made["contacts"]} if made.get("contacts") else {}
    return {
        "secret": "client_secret" in made,
        **{name: made.get(name) for name in NATIVE},
        **{name: own.get(name) for name in OWN},
        **{name: set(made.get(name) or ()) for name in LISTS},
        "scope": set(made["scope"].split(" ")),
        "allowed_cors_origins": set(own["allowed_cors_origins"]),
        "access_token_lifetime": own.get("access_token_lifetime"),
        "refresh_token_lifetime": own.get("refresh_token_lifetime"),
        "contacts": {role: set(people) for role, people in {**native, **own["contacts"]}.items()},
        "localized": own["localized"],
        "organization": own["organization"],
    }


def seconds(lifetime: str | None) -> int | None:
    """A lifetime of a client file as the provider counts it."""
    return None if lifetime is None else int(lifetime[:-1]) * SECONDS[lifetime[-1]]
