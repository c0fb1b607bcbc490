"""What changes on the way from a test environment to production, where that is usually a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from clientreg.defaults import PLAIN
from clientreg.jsonvalue import shown
from clientreg.model import Client
from clientreg.rules import INFO, WARNING, Breach, Context, rule

_PROTECTIONS = (
    "require_pkce",
    "require_consent",
    "require_pushed_authorization_requests",
    "dpop_bound_access_tokens",
    "require_auth_time",
)


@rule(
    "CR732",
    WARNING,
    subject="client",
    fields=("environments", *_PROTECTIONS),
    differing=_PROTECTIONS,
    title="production is less protected than the test environment",
    hint="delete the line, so that production has what was tested",
    bad="""
        redirect_uris: [https://shop.acme.example/callback]
        environments:
          test: {}
          production:
            require_consent: false  # <-
    """,
    good="""
        redirect_uris: [https://shop.acme.example/callback]
        environments:
          test: {require_consent: false}
          production: {}
    """,
    refs=("RFC 9700 section 2.1.1", "RFC 9126", "RFC 9449"),
)
def weaker_in_production(client: Client, context: Context) -> Iterator[Breach]:
    """What a test environment enforces works. Most often the line was meant for the other environment."""
    stages = _stages(client, context)
    tests = [stage for stage in stages if not stage.production]
    for stage in stages if tests else ():
        for name in _PROTECTIONS:
            if stage.production and stage.overrides.get(name) is False and all(test.value(name) for test in tests):
                message = f"'{name}' is off in '{stage.name}', and on in '{tests[0].name}'"
                yield Breach(("environments", stage.name, name), message)


@rule(
    "CR733",
    INFO,
    subject="client",
    fields=("environments", "scopes"),
    differing=("scopes",),
    title="production asks for a scope that no test environment has",
    hint="add it to the test environment too, or leave it out",
    bad="""
        redirect_uris: [https://shop.acme.example/callback]
        environments:
          test: {}
          production:
            scopes: [openid, phone]  # <-
    """,
    good="""
        redirect_uris: [https://shop.acme.example/callback]
        scopes: [openid, phone]
        environments:
          test: {}
          production: {scopes: [openid]}
    """,
    refs=("RFC 9700 section 2.3",),
)
def untried_scope(client: Client, context: Context) -> Iterator[Breach]:
    """The first to see whether the consent page and the client can do with it would be real users."""
    stages = _stages(client, context)
    tests = [stage for stage in stages if not stage.production]
    tried = {scope for stage in tests for scope in stage.value("scopes")}
    for stage in stages if tests else ():
        for index, scope in enumerate(stage.overrides.get("scopes") or ()):
            if stage.production and scope not in tried:
                path = ("environments", stage.name, "scopes", index)
                yield Breach(path, f"{shown(scope)} is asked for in '{stage.name}' alone")


class _Stage(NamedTuple):
    """One environment of a client: what it says differently, and what holds otherwise."""

    name: str
    production: bool
    overrides: Mapping[str, Any]
    data: Mapping[str, Any]

    def value(self, field: str) -> Any:
        """What the field is there; its default if it has a plain one; else None."""
        value = self.overrides.get(field, self.data.get(field))
        return PLAIN.get(field) if value is None else value


def _stages(client: Client, context: Context) -> list[_Stage]:
    """The environments of the registry that a client is in."""
    known, entries = context.settings.environments, client.data.get("environments", {})
    return [_Stage(name, known[name].production, own, client.data) for name, own in entries.items() if name in known]
