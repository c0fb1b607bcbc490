"""Client ids: one client each, in characters that every server takes, not to be mistaken for something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clientreg.jsonvalue import shown
from clientreg.model import Client
from clientreg.registry import Registry
from clientreg.rules import ERROR, WARNING, Breach, Context, Place, rule
from clientreg.values.uri import template

_PORTABLE = re.compile(r"[A-Za-z0-9._~-]{1,100}")
_LEGAL = re.compile(r"[\x20-\x7e]{1,255}")
_BUILT_IN = frozenset(
    {"account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console"}
)
_SUBJECT = re.compile(r"[0-9]+|[^@\s]+@[^@\s]+|[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")


@rule(
    "CR511",
    ERROR,
    subject="registry",
    fields=("client_id",),
    waivable=False,
    title="client id stands in two files",
    hint="remove 'client_id' from one of the two files, or delete that file",
    bad="""
        client_name: Acme Shop
        # file: clients/acme/store.yaml
        client_id: acme.shop  # <-
        client_name: Acme Store
        # file: clients/acme/a-new-shop.yaml
        client_id: acme.shop  # <-
        client_name: Acme New Shop
    """,
    good="""
        client_name: Acme Shop
        # file: clients/acme/store.yaml
        client_name: Acme Store
    """,
    refs=("OpenID Connect Dynamic Client Registration 1.0 section 3.2: client_id",),
)
def same_client_id(registry: Registry, context: Context) -> Iterator[Breach]:
    """A server knows one client per id. Of two files in one environment, the one that is applied last would silently
    win. Where a client is of another kind in another environment (public in test, say), two files of one product may
    share its id: no environment stands in both."""
    taken: dict[tuple[str, str], Client] = {}
    for client in registry.clients:
        first = registry.by_id[client.client_id]
        beside = (taken.setdefault((name, client.client_id), client) for name in client.environments)
        clash = next((one for one in beside if one is not client), None)
        known = clash or (first if first is not client and _unrelated(first, client) else None)
        if known:
            named = "client_id" in client.data or "client_id" not in known.data
            given, other = (client, known) if named else (known, client)
            place = Place(other.file, ("client_id",), "the other client")
            message = f"the client id {shown(client.client_id)} is also that of {other.file}"
            yield Breach(("client_id",), message, file=given.file, related=(place,))


def _unrelated(one: Client, other: Client) -> bool:
    """Whether two files of one id are of two clients, or of one that is nowhere."""
    products = {each.registration(None).product for each in (one, other)}
    return (
        one.organization is not other.organization or len(products) > 1 or not (one.environments and other.environments)
    )


@rule(
    "CR512",
    ERROR,
    subject="client",
    fields=("client_id",),
    title="client id has characters or a length that not every server takes",
    hint="use at most 100 of A-Z, a-z, 0-9, '.', '_', '~' and '-'; for a client that already has the id, add a waiver",
    bad="""
        client_id: https://shop.acme.example/  # <-
    """,
    good="""
        client_id: acme_shop-2.test~1
    """,
    refs=("RFC 6749 section 2.2", "RFC 3986 section 2.3"),
)
def unportable_client_id(client: Client, context: Context) -> Iterator[Breach]:
    """Only unreserved characters mean the same in URLs, in Basic authentication and in every server's configuration."""
    known = _PORTABLE.fullmatch(client.client_id) or template(client.client_id)
    if not known and _LEGAL.fullmatch(client.client_id):
        yield Breach(("client_id",), f"the client id {shown(client.client_id)} does not work everywhere")


@rule(
    "CR518",
    ERROR,
    subject="client",
    fields=("client_id",),
    waivable=False,
    title="client id has characters or a length that OAuth does not know",
    hint="use at most 100 of A-Z, a-z, 0-9, '.', '_', '~' and '-', or leave 'client_id' out",
    bad="""
        client_id: acme-bücher  # <-
    """,
    good="""
        client_id: acme-buecher
    """,
    refs=("RFC 6749 appendix A.1",),
)
def illegal_client_id(client: Client, context: Context) -> Iterator[Breach]:
    """A client id is visible ASCII: anything else could not be sent in an authorization request."""
    if not _LEGAL.fullmatch(client.client_id):
        yield Breach(("client_id",), f"the client id {shown(client.client_id)} is not visible ASCII of at most 255")


@rule(
    "CR513",
    ERROR,
    subject="client",
    fields=("client_id",),
    title="client id is reserved",
    hint="leave 'client_id' out: the id is then made of the folder's and the file's name",
    bad="""
        client_id: realm-management  # <-
    """,
    good="""
        client_id: acme-management
    """,
    refs=("Keycloak: clients that every realm has",),
)
def reserved_client_id(client: Client, context: Context) -> Iterator[Breach]:
    """
    Keycloak has clients of its own by these names in every realm (and `<realm>-realm` in the first one). Whoever
    registers one changes how the server administers itself.
    """
    if client.client_id in _BUILT_IN or client.client_id.endswith("-realm"):
        yield Breach(("client_id",), f"the client id {shown(client.client_id)} is one of the server's own clients")


@rule(
    "CR514",
    WARNING,
    subject="registry",
    fields=("client_id",),
    title="client id is the name of another file",
    hint="give the other file another name, so that nobody opens the wrong one",
    bad="""
        client_id: old-shop
        # file: clients/acme/store.yaml
        client_id: acme.shop  # <-
        client_name: Acme Store
    """,
    good="""
        client_id: old-shop
        # file: clients/acme/store.yaml
        client_id: old-store
        client_name: Acme Store
    """,
    refs=("clientreg: the client id is <organization>.<file name> unless the file says otherwise",),
)
def client_id_of_another_file(registry: Registry, context: Context) -> Iterator[Breach]:
    """Everybody who looks for the client by its id opens the other file, and may change the wrong client."""
    renamed = {f"{c.organization.id}.{c.name}": c for c in registry.clients if "client_id" in c.data}
    for client in registry.clients if renamed else ():
        other = renamed.get(client.client_id)
        if other and other is not client and other.client_id != client.client_id:
            place = Place(other.file, ("client_id",), "this file has another id")
            message = f"the client id {shown(client.client_id)} is what {other.file} would have by its name"
            yield Breach(("client_id",), message, file=client.file, related=(place,))


@rule(
    "CR515",
    WARNING,
    subject="registry",
    fields=("client_id",),
    title="two client ids differ only by case",
    hint="choose an id that differs in more than case; a client that is in use keeps its id and gets a waiver",
    bad="""
        client_name: Acme Shop
        # file: clients/acme/store.yaml
        client_id: Acme.Shop  # <-
        client_name: Acme Store
    """,
    good="""
        client_name: Acme Shop
        # file: clients/acme/store.yaml
        client_id: Acme.Store
        client_name: Acme Store
    """,
    refs=("RFC 6749 section 2.2",),
)
def client_ids_differ_by_case(registry: Registry, context: Context) -> Iterator[Breach]:
    """Servers compare ids exactly, databases and people often do not: one client is taken for the other."""
    known: dict[str, Client] = {}
    for client in registry.clients:
        first = known.setdefault(client.client_id.casefold(), client)
        if first.client_id != client.client_id:
            given, other = (client, first) if "client_id" in client.data else (first, client)
            place = Place(other.file, ("client_id",), "the other client")
            message = f"the client id {shown(given.client_id)} differs from {shown(other.client_id)} only by case"
            yield Breach(("client_id",), message, file=given.file, related=(place,))


@rule(
    "CR516",
    WARNING,
    subject="client",
    fields=("client_id",),
    title="client id looks like a user",
    hint="leave 'client_id' out, or choose a name; a client that is in use keeps its id and gets a waiver",
    bad="""
        client_id: 6f1c9ad2-7a3b-4c55-9d8e-0b1f2a3c4d5e  # <-
    """,
    good="""
        client_id: legacy-shop-2
    """,
    refs=("RFC 9700 section 4.15",),
)
def client_id_like_a_subject(client: Client, context: Context) -> Iterator[Breach]:
    """
    A client that acts for itself has its id as the subject of its tokens. If that can be the id of a user, an API
    may take the client for the user.
    """
    if _SUBJECT.fullmatch(client.client_id):
        yield Breach(("client_id",), f"the client id {shown(client.client_id)} could be the id of a user")


@rule(
    "CR517",
    ERROR,
    subject="registry",
    fields=("client_id",),
    waivable=False,
    title="client id is that of the registry itself",
    hint="choose another id",
    bad="""
        client_id: clientreg  # <-
        # file: registry.yaml
        version: 1
        name: example
        environments:
          test:
            class: test
            servers: {main: {type: example, client_id: clientreg}}
            credential_sinks: [{type: sealed-file, directory: handover}]
        scopes: {openid: {description: Sign in}}
    """,
    good="""
        client_id: clientreg-docs
        # file: registry.yaml
        version: 1
        name: example
        environments:
          test:
            class: test
            servers: {main: {type: example, client_id: clientreg}}
            credential_sinks: [{type: sealed-file, directory: handover}]
        scopes: {openid: {description: Sign in}}
    """,
    refs=("registry.yaml: environments.servers.client_id",),
)
def client_id_of_the_registry(registry: Registry, context: Context) -> Iterator[Breach]:
    """The registry signs in to the server as this client: whoever describes it anew can lock the registry out."""
    for environment in context.settings.environments.values():
        for server in environment.servers:
            client = registry.of(environment.name).get(str(server.options.get("client_id")))
            if client:
                message = f"as {shown(client.client_id)} the registry itself signs in to the server '{server.name}'"
                yield Breach(("client_id",), message, file=client.file)
