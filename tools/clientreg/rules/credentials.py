"""Who can open a client's credentials: recipients that something can be sealed to, where there is a secret at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clientreg import seal
from clientreg.jsonvalue import Path, shown
from clientreg.model import Organization, Registration
from clientreg.rules import ERROR, WARNING, Breach, Context, rule
from clientreg.rules.features import Feature
from clientreg.settings import Settings
from clientreg.values import lifetime

_SEALING = "age-encryption.org/v1, Recipients"
_RECIPIENT = "age1a2wnpw7q782e67mv8e3lsjttlyz9z93lnaqaftter2ry9ldur9tqq97qmz"
_ECDSA = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA== dev@acme"
_HINT = "write the line of a .pub file, or 'age1...' as age-keygen prints it"
_DAY = 86_400


@rule(
    "CR620",
    ERROR,
    waivable=False,
    title="nothing can be sealed to a recipient",
    fields=("credentials",),
    hint=_HINT,
    bad=f"""
        credentials:
          recipients:
            - {_ECDSA}  # <-
            - {_RECIPIENT}
            - {_RECIPIENT[:-1]}x  # <-
    """,
    good=f"""
        credentials:
          recipients: [{_RECIPIENT}]
    """,
    refs=(_SEALING,),
)
def unusable_recipient(registration: Registration, context: Context) -> Iterator[Breach]:
    """The secret is sealed to these keys when the client is created; a key that cannot be used stops that."""
    if registration.recipients is not context.registry.organizations[registration.organization].recipients:
        yield from _unusable(("credentials", "recipients"), registration.recipients)


@rule(
    "CR621",
    ERROR,
    subject="organization",
    title="nothing can be sealed to a recipient of the organization",
    hint=_HINT,
    bad=f"""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts: {{technical: [dev@acme.example]}}
        recipients:
          - {_ECDSA}  # <-
    """,
    good=f"""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts: {{technical: [dev@acme.example]}}
        recipients:
          - {_RECIPIENT}
    """,
    refs=(_SEALING,),
)
def unusable_recipient_of_organization(organization: Organization, context: Context) -> Iterator[Breach]:
    """Secrets of all its clients that name no recipients of their own are sealed to these keys."""
    yield from _unusable(("recipients",), organization.recipients)


@rule(
    "CR622",
    ERROR,
    subject="settings",
    title="nothing can be sealed to a recipient of the operator",
    hint=_HINT,
    bad=f"""
        # file: registry.yaml
        version: 1
        name: example
        environments:
          test:
            class: test
            servers: {{main: {{type: example}}}}
            credential_sinks:
              - type: sealed-file
                directory: handover
                recipients:
                  - {_ECDSA}  # <-
        scopes: {{openid: {{description: Sign in}}}}
    """,
    good=f"""
        # file: registry.yaml
        version: 1
        name: example
        environments:
          test:
            class: test
            servers: {{main: {{type: example}}}}
            credential_sinks:
              - type: sealed-file
                directory: handover
                recipients:
                  - {_RECIPIENT}
        scopes: {{openid: {{description: Sign in}}}}
    """,
    refs=(_SEALING,),
)
def unusable_recipient_of_operator(settings: Settings, context: Context) -> Iterator[Breach]:
    """Every credential that is delivered there is sealed to these keys too: one bad key stops all of them."""
    for name, environment in settings.environments.items():
        above: Path = ("environments", name)
        for index, sink in enumerate(environment.sinks):
            yield from _unusable((*above, "credential_sinks", index, "recipients"), sink.options.get("recipients", ()))
        for server in environment.servers:
            yield from _unusable((*above, "servers", server.name, "recipients"), server.options.get("recipients", ()))


@rule(
    "CR623",
    ERROR,
    title="nobody could open the client's secret",
    needs=(Feature.NO_RECIPIENT,),
    also=("token_endpoint_auth_method", "client_type", "credentials"),
    hint="add 'recipients' with an age or SSH public key to organization.yaml, or to 'credentials' of this client",
    bad="""
        client_type: confidential  # <-
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts: {technical: [dev@acme.example]}
    """,
    good=f"""
        client_type: confidential
        credentials: {{recipients: [{_RECIPIENT}]}}
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts: {{technical: [dev@acme.example]}}
    """,
    refs=("Required registration details: If the client is confidential, you will get a client secret",),
)
def no_recipient(registration: Registration, context: Context) -> Iterator[Breach]:
    """
    A secret is made by the registry and handed over sealed; without a key to seal it to, it is not made. A client that
    was taken over keeps the secret it has: a waiver gives its owners time to bring a key.
    """
    if registration.needs_secret and not registration.recipients:
        message = "this client gets a secret, and neither it nor its organization names a recipient"
        yield Breach(("client_type",), message)


@rule(
    "CR624",
    WARNING,
    title="credentials of a client that has no secret",
    fields=("credentials",),
    also=("token_endpoint_auth_method", "client_type"),
    hint="delete 'credentials'",
    bad=f"""
        client_type: public
        credentials: {{recipients: [{_RECIPIENT}]}}  # <-
    """,
    good=f"""
        client_type: confidential
        credentials: {{recipients: [{_RECIPIENT}]}}
    """,
    refs=("RFC 6749 section 2.1",),
)
def credentials_without_a_secret(registration: Registration, context: Context) -> Iterator[Breach]:
    """Nothing is sealed to these recipients: who wrote them expects a secret that will not come."""
    if not registration.needs_secret:
        yield Breach(("credentials",), "this client has no secret, so its credentials mean nothing")


@rule(
    "CR625",
    WARNING,
    title="secret is to be replaced within a day",
    fields=("credentials",),
    also=("token_endpoint_auth_method", "client_type"),
    hint="write days, as in '90d'",
    bad="""
        credentials: {max_age: 12h}  # <-
    """,
    good="""
        credentials: {max_age: 180d}
    """,
    refs=("NIST SP 800-57 part 1 section 5.3",),
)
def short_lived_secret(registration: Registration, context: Context) -> Iterator[Breach]:
    """A new secret takes a pull request and somebody who installs it: hours are overdue before that is done."""
    age = registration.credential_max_age
    if age and registration.needs_secret and (lifetime.seconds(age) or 0) < _DAY:
        yield Breach(("credentials", "max_age"), f"{shown(age)} is too short for a secret that people replace")


def _unusable(path: Path, recipients: Iterable[str]) -> Iterator[Breach]:
    for index, text in enumerate(recipients):
        why = seal.parse_recipient(text)
        if why:
            yield Breach((*path, index), f"recipient {index + 1} cannot be used: {why}")
