"""Who may approve changes: names that a code host understands, because they are written into its CODEOWNERS file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clientreg.jsonvalue import shown
from clientreg.registry import Registry
from clientreg.rules import ERROR, Breach, Context, rule
from clientreg.settings import FILE
from clientreg.values.owner import is_owner


@rule(
    "CR531",
    ERROR,
    subject="registry",
    waivable=False,
    title="owner is no user, team or e-mail address",
    hint="write '@user', '@organization/team' or the e-mail address of an account, one per item",
    bad="""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts: {technical: [dev@acme.example]}
        owners:
          - acme-identity  # <-
          - "@acme/identity @acme/web"  # <-
          - "@acme/*"  # <-
        # file: registry.yaml
        version: 1
        name: example
        owners: [identity team]  # <-
        environments: {}
        scopes: {openid: {description: Sign in}}
    """,
    good="""
        # file: clients/acme/organization.yaml
        name: Acme AS
        domains: [acme.example]
        contacts: {technical: [dev@acme.example]}
        owners: ["@acme/identity", "@kari-acme", dev@acme.example]
    """,
    refs=("CODEOWNERS syntax of GitHub and GitLab",),
)
def owner_is_nobody(registry: Registry, context: Context) -> Iterator[Breach]:
    """A code host ignores a line of CODEOWNERS that it does not understand: then nobody has to approve at all."""
    yield from _nobodies(context.settings.owners, FILE)
    for organization in registry.organizations.values():
        yield from _nobodies(organization.owners, organization.file)


def _nobodies(owners: Sequence[str], file: str) -> Iterator[Breach]:
    for index, owner in enumerate(owners):
        if not is_owner(owner):
            yield Breach(("owners", index), f"{shown(owner)} is nobody whom a code host could ask", file=file)
