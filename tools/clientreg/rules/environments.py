"""Where clients exist: the environments of a file and of the registry, and how strictly they are judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from clientreg.finding import Severity
from clientreg.jsonvalue import shown
from clientreg.model import Client
from clientreg.reading.fieldnames import nearest
from clientreg.reading.folder import CLIENTS, ORGANIZATION_FILE
from clientreg.registry import Registry
from clientreg.rules import ERROR, WARNING, Breach, Context, Place, load, meant, rule
from clientreg.settings import FILE, Environment, ServerEntry, Settings, SinkEntry

_HEAD = """
        # file: registry.yaml
        version: 1
        name: example
"""
_SCOPES = """
        scopes: {openid: {description: Sign in}}
"""
_TEST = """
        environments:
          test:
            class: test
            servers: {main: {type: example}}
            credential_sinks: [{type: sealed-file, directory: handover}]
"""


@rule(
    "CR701",
    WARNING,
    subject="client",
    title="client exists nowhere",
    also=("environments",),
    hint="write 'environments: {test: {}}'; an environment that is not named is never implied",
    bad="""
        client_name: Acme Shop  # <-
        environments: {}
    """,
    good="""
        environments: {test: {}, production: {}}
        redirect_uris: [https://shop.acme.example/callback]
    """,
    refs=("clientreg: no entry under 'environments', no client there",),
)
def no_environment(client: Client, context: Context) -> Iterator[Breach]:
    """The file is checked and then nothing happens: no server is told of the client."""
    if not client.environments:
        yield Breach((), "no environment is named, so no server is told of this client")


@rule(
    "CR702",
    ERROR,
    subject="client",
    title="environment is not one of the registry's",
    also=("environments",),
    bad="""
        environments:
          test: {}
          prodcution: {}  # <-
        redirect_uris: [https://shop.acme.example/callback]
    """,
    good="""
        environments:
          test: {}
          production: {}
        redirect_uris: [https://shop.acme.example/callback]
    """,
    refs=("registry.yaml: environments",),
)
def unknown_environment(client: Client, context: Context) -> Iterator[Breach]:
    """A misspelt environment has no server: the client would be missing where it is meant to be."""
    known = context.settings.environments
    for name in client.environments:
        if name not in known:
            hint = _did_you_mean(name, known)
            here = f"known here: {', '.join(known)}; a new one" if known else "one"
            hint = hint or f"{here} is merged into {FILE} before its clients"
            yield Breach(("environments", name), f"there is no environment {shown(name)}", hint)


@rule(
    "CR703",
    WARNING,
    subject="settings",
    title="environment has no server",
    hint="add 'servers' with at least one entry",
    bad=f"""{_HEAD}
        environments:
          test:  # <-
            class: test
{_SCOPES}""",
    good=f"{_HEAD}{_TEST}{_SCOPES}",
    refs=("registry.yaml: environments.servers",),
)
def no_server(settings: Settings, context: Context) -> Iterator[Breach]:
    """Clients that name this environment are checked, and nobody is told of them."""
    for environment in settings.environments.values():
        if not environment.servers:
            yield Breach(("environments", environment.name), f"the environment '{environment.name}' has no server")


@rule(
    "CR704",
    ERROR,
    subject="registry",
    waivable=False,
    fields=("token_endpoint_auth_method",),
    title="secrets have nowhere to go",
    hint="add 'credential_sinks: [{type: sealed-file, directory: handover}]' to the environment",
    bad=f"""{_HEAD}
        environments:
          test:  # <-
            class: test
            servers: {{main: {{type: example}}}}
{_SCOPES}
        # file: clients/acme/shop.yaml
        client_type: confidential
    """,
    good=f"{_HEAD}{_TEST}{_SCOPES}",
    refs=("Required registration details: If the client is confidential, you will get a client secret",),
)
def no_sink(registry: Registry, context: Context) -> Iterator[Breach]:
    """A new secret is kept somewhere for its owner before any server knows it; without a place none is made."""
    for environment in context.settings.environments.values():
        client = None if environment.sinks else _with_secret(registry, environment)
        if client:
            message = f"{shown(client.client_id)} gets a secret in '{environment.name}', which has no credential sink"
            place = Place(client.file, ("client_type",), "the first such client")
            yield Breach(("environments", environment.name), message, file=FILE, related=(place,))


@rule(
    "CR705",
    ERROR,
    subject="settings",
    title="several servers and no recipient of the operator",
    hint="add 'recipients' with the operator's age key to a credential sink of the environment",
    bad=f"""{_HEAD}
        environments:
          test:
            class: test
            servers:  # <-
              north: {{type: example}}
              south: {{type: example}}
            credential_sinks: [{{type: sealed-file, directory: handover}}]
{_SCOPES}""",
    good=f"""{_HEAD}
        environments:
          test:
            class: test
            servers:
              north: {{type: example}}
              south: {{type: example}}
            credential_sinks:
              - type: sealed-file
                directory: handover
                recipients: [age1a2wnpw7q782e67mv8e3lsjttlyz9z93lnaqaftter2ry9ldur9tqq97qmz]
{_SCOPES}""",
    refs=("registry.yaml: environments.credential_sinks.recipients",),
)
def no_operator_recipient(settings: Settings, context: Context) -> Iterator[Breach]:
    """
    All servers of an environment get the same secret. If one is down, a later run must be able to open what the first
    one sealed, or that server never gets the client.
    """
    for environment in settings.environments.values():
        sealing: tuple[ServerEntry | SinkEntry, ...] = (*environment.sinks, *environment.servers)
        operators = any(entry.options.get("recipients") for entry in sealing)
        if len(environment.servers) > 1 and environment.sinks and not operators:
            message = f"'{environment.name}' has {len(environment.servers)} servers, and no recipient for later runs"
            yield Breach(("environments", environment.name, "servers"), message)


@rule(
    "CR706",
    ERROR,
    subject="settings",
    title="scope belongs to an organization that does not exist",
    bad=f"""{_HEAD}{_TEST}
        scopes:
          openid: {{description: Sign in}}
          acme.orders: {{description: Read orders, organizations: [acne]}}  # <-
    """,
    good=f"""{_HEAD}{_TEST}
        scopes:
          openid: {{description: Sign in}}
          acme.orders: {{description: Read orders, organizations: [acme]}}
        # file: clients/acme/shop.yaml
    """,
    refs=("registry.yaml: scopes.organizations",),
)
def scope_without_owner(settings: Settings, context: Context) -> Iterator[Breach]:
    """No client could ever be allowed this scope, or a folder that is made later would be by accident."""
    known = context.registry.organizations
    owned = (scope for scope in settings.scopes.values() if scope.organizations)
    for scope in owned if known else islice(owned, 1):
        for index, organization in enumerate(scope.organizations):
            file = f"{CLIENTS}/{organization}/{ORGANIZATION_FILE}"
            if organization not in known and not any(found.file == file for found in context.registry.findings):
                message = f"there is no organization {shown(organization)}" + (", nor any other" if not known else "")
                hint = _did_you_mean(organization, known) or f"create {file}"
                yield Breach(("scopes", scope.name, "organizations", index), message, hint)


@rule(
    "CR707",
    ERROR,
    subject="settings",
    title="rule does not exist",
    bad=f"""{_HEAD}{_TEST}{_SCOPES}
        rules:
          severity:
            CR599: error  # <-
    """,
    good=f"""{_HEAD}{_TEST}{_SCOPES}
        rules:
          severity:
            CR503: error
    """,
    refs=("registry.yaml: rules.severity",),
)
def unknown_rule(settings: Settings, context: Context) -> Iterator[Breach]:
    """Whoever raised it believes that something is stopped which is not."""
    for code in settings.severity:
        if code not in load():
            yield Breach(("rules", "severity", code), f"there is no rule {code}", meant(code))


@rule(
    "CR708",
    ERROR,
    subject="settings",
    title="rule is lowered",
    hint="delete the line; an exception is a waiver in the client's file, with a reason and a last day",
    bad=f"""{_HEAD}{_TEST}{_SCOPES}
        rules:
          severity:
            CR512: warning  # <-
    """,
    good=f"""{_HEAD}{_TEST}{_SCOPES}
        rules:
          severity:
            CR503: error
    """,
    refs=("registry.yaml: rules.severity",),
)
def lowered_rule(settings: Settings, context: Context) -> Iterator[Breach]:
    """Rules are only ever raised here: what protects everybody is not switched off for everybody in one line."""
    for code, wanted in settings.severity.items():
        found = load().get(code)
        if found:
            graded = [found.severity(settings.profile, production=production) for production in (False, True)]
            worst = min((severity for severity in graded if severity), key=lambda severity: severity.rank, default=None)
            if worst and Severity(wanted).rank > worst.rank:
                yield Breach(("rules", "severity", code), f"{code} is '{worst}', and '{wanted}' would lower it")


def _with_secret(registry: Registry, environment: Environment) -> Client | None:
    there = registry.of(environment.name)
    return next((client for client in there.values() if client.registration(environment.name).needs_secret), None)


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    return f"did you mean '{near}'?" if near else ""
