"""The scope catalogue: what users read of each scope, and who may hold those that are not for everybody."""

from __future__ import annotations

from collections.abc import Iterator

from clientreg.jsonvalue import Path, shown
from clientreg.rules import ERROR, WARNING, Breach, Context, rule
from clientreg.rules.wording import hidden, mixed
from clientreg.settings import Settings

_CONFIDENTIAL_ONLY = ("id.user.write", "id.user.right.use")
_HEAD = """
        # file: registry.yaml
        version: 1
        name: example
        environments:
          test:
            class: test
            servers: {main: {type: example}}
            credential_sinks: [{type: sealed-file, directory: handover}]
        scopes:
          openid: {description: Sign in}
"""


@rule(
    "CR124",
    ERROR,
    subject="settings",
    title="description of a scope is not what it looks like",
    hint="delete the character, or write each word in one script",
    bad=f"""{_HEAD}
          phone: {{description: Phone\u200b number}}  # <-
          email: {{description: Е-mail аddress}}  # <-
    """,
    good=f"""{_HEAD}
          phone: {{description: Phone number}}
          email: {{description: E-mail address}}
    """,
    refs=("UTS 39 sections 3.1 and 5.2", "RFC 6819 section 5.1.1"),
)
def scope_is_not_what_it_looks_like(settings: Settings, context: Context) -> Iterator[Breach]:
    """The consent page shows it to users of every client: what they agree to must be what they read."""
    for scope in settings.scopes.values():
        if not scope.description.isascii():
            path: Path = ("scopes", scope.name, "description")
            yield from hidden(path, scope.description)
            yield from mixed(path, scope.description)


@rule(
    "CR722",
    WARNING,
    subject="settings",
    title="scope that public clients must not have is open to them",
    hint="write 'client_types: [confidential]' at the scope",
    bad=f"""{_HEAD}
          id.user.write: {{description: Change the user's basic data}}  # <-
    """,
    good=f"""{_HEAD}
          id.user.write: {{description: Change the user's basic data, client_types: [confidential]}}
    """,
    refs=('CONNECT documentation, "Scope": not available for public clients', "RFC 6749 section 10.2"),
)
def open_to_public_clients(settings: Settings, context: Context) -> Iterator[Breach]:
    """Whoever can pose as a public client, and that is anybody, could change users' data and spend their rights."""
    for name in _CONFIDENTIAL_ONLY:
        scope = settings.scopes.get(name)
        if scope and "public" in (scope.client_types or ("public",)):
            message = f"{shown(name)} is for confidential clients, and the catalogue gives it to public ones too"
            yield Breach(("scopes", name), message)
