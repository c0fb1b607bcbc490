"""Which kind of file somebody hands over, and the clients in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from clientreg.errors import CannotFinish
from clientreg.importing import jsonfile, keycloak, metadata
from clientreg.importing.found import Found, LeftOut, Source
from clientreg.jsonvalue import Json, shown
from clientreg.values import uri

_KINDS = "a list of RFC 7591 client metadata, the `clients` of node oidc-provider or a Keycloak realm export"


def read(path: str) -> Source:
    """The clients of a file. Raises CannotFinish for one that cannot be understood."""
    value = jsonfile.read(path)
    name = _named(path)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict) and "realm" in value[0]:
        value = value[0]
    if isinstance(value, list) and any(isinstance(item, dict) and "realm" in item for item in value):
        realms = ", ".join(shown(item.get("realm")) for item in value if isinstance(item, dict))
        message = f"{path} holds several realms: {realms}"
        raise CannotFinish(message, "save each in a file of its own, and import one after the other")
    clients = value.get("clients") if isinstance(value, dict) else value
    if isinstance(value, dict) and "client_id" in value:
        clients = [value]
    if not isinstance(clients, list) and isinstance(value, dict) and isinstance(value.get("realm"), str):
        hint = "export it again with its clients: 'kc.sh export', or 'Include clients' in the console's partial export"
        raise CannotFinish(f"{path} is an export of the realm {shown(value['realm'])} without its clients", hint)
    if not isinstance(clients, list):
        raise CannotFinish(f"{path} holds no list of clients", f"name {_KINDS}")
    if any(isinstance(item, dict) and "clientId" in item for item in clients):
        return keycloak.read(name, value if isinstance(value, dict) else {"clients": clients})
    if clients and not any(isinstance(item, dict) and "client_id" in item for item in clients):
        raise CannotFinish(f"{path} is a list, but not of clients: none has a client_id", f"name {_KINDS}")
    return _source(name, clients, metadata.found)


def _source(name: str, clients: Iterable[Json], found: Callable[[Json], Found | LeftOut]) -> Source:
    made = [found(entry) for entry in clients]
    return Source(
        name=name,
        clients=tuple(one for one in made if isinstance(one, Found)),
        left_out=tuple(one for one in made if isinstance(one, LeftOut)),
    )


def _named(path: str) -> str:
    """A file as comments and reasons name it: what of its name could be taken for more is not repeated."""
    name = os.path.basename(path)
    return "a file" if not name.isprintable() or uri.template(name) else name
