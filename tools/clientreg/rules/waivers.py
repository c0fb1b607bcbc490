"""Exceptions: each names a rule that exists, ends within half a year, and is still needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache

from clientreg.defaults import DEFAULTS
from clientreg.jsonvalue import Path, dotted, shown
from clientreg.model import Client, Waiver
from clientreg.rules import ERROR, WARNING, Breach, Context, load, meant, rule

LONGEST_DAYS = 180
SOON_DAYS = 30
_REFS = ("clientreg: a waiver is a dated exception from one rule, for one client",)


@rule(
    "CR901",
    ERROR,
    subject="client",
    fields=("waivers",),
    waivable=False,
    title="waiver lasts too long",
    bad="""
        client_id: acme/shop
        waivers:
          - rule: CR512
            reason: the id was given before there was a registry
            expires: 2027-06-01  # <-
    """,
    good="""
        client_id: acme/shop
        waivers:
          - rule: CR512
            reason: the id was given before there was a registry
            expires: 2026-11-28
    """,
    refs=_REFS,
)
def too_long(client: Client, context: Context) -> Iterator[Breach]:
    """An exception that nobody looks at again is a rule that is gone. Half a year later somebody looks."""
    last = days_after(context.today, LONGEST_DAYS)
    for path, waiver in _waivers(client):
        if waiver.expires > last:
            message = f"{waiver.expires} is more than {LONGEST_DAYS} days away"
            yield Breach((*path, "expires"), message, f"write {last} or a day before it, and renew it if need be")


@rule(
    "CR902",
    ERROR,
    subject="client",
    fields=("waivers",),
    waivable=False,
    title="waiver has expired",
    hint="delete it if the exception is no longer needed; else give a new reason and a new last day",
    bad="""
        waivers:
          - rule: CR512
            reason: the id was given before there was a registry
            expires: 2026-05-31  # <-
    """,
    good="""
        client_id: acme/shop
        waivers:
          - rule: CR512
            reason: the id was given before there was a registry
            expires: 2026-08-31
    """,
    refs=_REFS,
)
def expired(client: Client, context: Context) -> Iterator[Breach]:
    """It covers nothing any more; until somebody decides, changes of this client are not applied."""
    for path, waiver in _waivers(client):
        if waiver.expires < context.today:
            yield Breach((*path, "expires"), f"the exception from {waiver.rule} ended on {waiver.expires}")


@rule(
    "CR903",
    WARNING,
    subject="client",
    fields=("waivers",),
    waivable=False,
    title="waiver covers nothing",
    hint="delete it: if the rule is broken later, that is then seen",
    bad="""
        waivers:
          - rule: CR512  # <-
            reason: the id was given before there was a registry
            expires: 2026-08-31
    """,
    good="""
        client_id: acme/shop
        waivers:
          - rule: CR512
            reason: the id was given before there was a registry
            expires: 2026-08-31
    """,
    refs=_REFS,
)
def unused(client: Client, context: Context) -> Iterator[Breach]:
    """It would hide the next breach of that rule. Whether a waiver is used shows when all rules have been tried."""
    yield from ()


@rule(
    "CR904",
    WARNING,
    subject="client",
    fields=("waivers",),
    waivable=False,
    title="waiver ends soon",
    hint="remove the cause before that day, or renew the waiver in time",
    bad="""
        client_id: acme/shop
        waivers:
          - rule: CR512
            reason: the id was given before there was a registry
            expires: 2026-06-30  # <-
    """,
    good="""
        client_id: acme/shop
        waivers:
          - rule: CR512
            reason: the id was given before there was a registry
            expires: 2026-07-02
    """,
    refs=_REFS,
)
def ends_soon(client: Client, context: Context) -> Iterator[Breach]:
    """From that day on changes of this client are not applied: a month is time to do something about it."""
    for path, waiver in _waivers(client):
        if context.today <= waiver.expires <= days_after(context.today, SOON_DAYS):
            yield Breach((*path, "expires"), f"the exception from {waiver.rule} ends on {waiver.expires}")


@rule(
    "CR905",
    ERROR,
    subject="client",
    fields=("waivers",),
    waivable=False,
    title="waiver names a rule that does not exist",
    bad="""
        waivers:
          - rule: CR599  # <-
            reason: the id was given before there was a registry
            expires: 2026-08-31
    """,
    good="""
        client_id: acme/shop
        waivers:
          - rule: CR512
            reason: the id was given before there was a registry
            expires: 2026-08-31
    """,
    refs=_REFS,
)
def unknown_rule(client: Client, context: Context) -> Iterator[Breach]:
    """It covers nothing, and reads as if something had been allowed."""
    for path, waiver in _waivers(client):
        if waiver.rule not in load():
            yield Breach((*path, "rule"), f"there is no rule {waiver.rule}", meant(waiver.rule))


@rule(
    "CR906",
    ERROR,
    subject="client",
    fields=("waivers",),
    waivable=False,
    title="waiver names a rule that has no exceptions",
    hint="change what breaks the rule, and delete the waiver",
    bad="""
        waivers:
          - rule: CR511  # <-
            reason: both files are needed until the move is done
            expires: 2026-08-31
    """,
    good="""
        client_id: acme/shop
        waivers:
          - rule: CR512
            reason: the id was given before there was a registry
            expires: 2026-08-31
    """,
    refs=_REFS,
)
def rule_without_exceptions(client: Client, context: Context) -> Iterator[Breach]:
    """Some rules protect others than the client itself, or make sense of the file at all: nobody can waive these."""
    for path, waiver in _waivers(client):
        found = load().get(waiver.rule)
        if found and not found.waivable:
            yield Breach((*path, "rule"), f"{waiver.rule} cannot be waived: {found.title}")


@rule(
    "CR907",
    ERROR,
    subject="client",
    fields=("waivers",),
    waivable=False,
    title="waiver is for a field that is not there",
    hint="write the field as in 'redirect_uris[0]', or leave 'path' out",
    bad="""
        client_id: acme/shop
        waivers:
          - rule: CR512
            reason: the id was given before there was a registry
            expires: 2026-08-31
            path: clientid  # <-
          - rule: CR512
            reason: the id was given before there was a registry
            expires: 2026-08-31
            path: client_id
    """,
    good="""
        client_id: acme/shop
        waivers:
          - rule: CR512
            reason: the id was given before there was a registry
            expires: 2026-08-31
            path: client_id
    """,
    refs=_REFS,
)
def path_is_not_there(client: Client, context: Context) -> Iterator[Breach]:
    """It covers nothing, and reads as if something had been allowed."""
    for path, waiver in _waivers(client):
        if waiver.path is not None and waiver.path not in _places(client):
            yield Breach((*path, "path"), f"there is no {shown(waiver.path)} in this file")


@rule(
    "CR908",
    ERROR,
    subject="client",
    fields=("waivers",),
    waivable=False,
    title="waiver is for an environment that the client is not in",
    hint="write one of the client's environments, or leave 'environment' out",
    bad="""
        waivers:
          - rule: CR512
            reason: the id was given before there was a registry
            expires: 2026-08-31
            environment: production  # <-
    """,
    good="""
        redirect_uris: [http://www.acme.example/callback]
        waivers:
          - rule: CR246
            reason: the certificate for this host is on its way
            expires: 2026-08-31
            environment: test
    """,
    refs=_REFS,
)
def environment_is_not_there(client: Client, context: Context) -> Iterator[Breach]:
    """It covers nothing, and reads as if something had been allowed."""
    for path, waiver in _waivers(client):
        if waiver.environment is not None and waiver.environment not in client.environments:
            yield Breach((*path, "environment"), f"this client is not in the environment {shown(waiver.environment)}")


@rule(
    "CR909",
    ERROR,
    subject="client",
    fields=("waivers",),
    waivable=False,
    title="waiver cannot lift what the server itself refuses",
    hint="follow the rule, or leave the client out of the environments with such a server",
    bad="""
        # server: embedded
        redirect_uris: ["https://*.acme.example/callback"]
        waivers:
          - rule: CR203  # <-
            reason: every customer has a host of its own
            expires: 2026-08-31
    """,
    good="""
        redirect_uris: ["https://*.acme.example/callback"]
        waivers:
          - rule: CR203
            reason: every customer has a host of its own
            expires: 2026-08-31
    """,
    refs=_REFS,
)
def server_insists(client: Client, context: Context) -> Iterator[Breach]:
    """A waiver lifts a rule of the registry. Where the server has the same rule, the refusal would only come later."""
    for path, waiver in _waivers(client):
        for name in client.environments if waiver.environment is None else (waiver.environment,):
            environment = context.settings.environments.get(name)
            for entry in environment.servers if environment and name in client.environments else ():
                kind = context.kind(entry)
                if kind and waiver.rule in kind.insists:
                    message = f"a server of type '{kind.type}' refuses it all the same: {kind.insists[waiver.rule]}"
                    yield Breach((*path, "rule"), message, environment=name)


def _waivers(client: Client) -> Iterator[tuple[Path, Waiver]]:
    for index, waiver in enumerate(client.waivers):
        yield ("waivers", index), waiver


@lru_cache(maxsize=8)
def days_after(day: str, days: int) -> str:
    """The ISO 8601 day so many days after another."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _places(client: Client) -> frozenset[str]:
    """Every address that a finding about the client can have: in the file, in an environment, of a default."""
    overrides = (client.overrides(name) for name in client.environments)
    below = (place for value in (client.data, *overrides) for place in _below(value, ()))
    return frozenset((*map(dotted, below), *DEFAULTS))


def _below(value: object, path: Path) -> Iterator[Path]:
    if path:
        yield path
    steps: Iterable[tuple[str | int, object]] = ()
    if isinstance(value, Mapping):
        steps = value.items()
    elif isinstance(value, list):
        steps = enumerate(value)
    for step, item in steps:
        yield from _below(item, (*path, step))
