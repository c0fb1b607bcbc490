"""What a pack's file is called and holds, wherever it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from clientreg.seal import seal
from clientreg.secret import Secret
from clientreg.sinks import Pack

_SEALED = re.compile(r"\.([0-9a-z]+)\.age\Z")
_LONGEST = 180
"""Of a client's part of a file name, in bytes: most file systems hold 255 in all."""


def file_of(pack: Pack, operators: tuple[str, ...]) -> tuple[str, str]:
    """Name and text of the file of a pack: sealed where it holds a secret, whatever the pack says."""
    if pack.credential_id is not None:
        recipients = tuple(dict.fromkeys((*pack.recipients, *operators)))
        return sealed_name(pack.client_id, pack.credential_id), seal(pack.parts, recipients)
    if any(isinstance(part, Secret) for part in pack.parts):
        raise AssertionError("a secret without an id is not delivered")
    return clear_name(pack.client_id), "".join(str(part) for part in pack.parts)


def sealed_name(client_id: str, credential_id: str) -> str:
    """The file of a credential."""
    return f"{safe(client_id)}.{credential_id}.age"


def clear_name(client_id: str) -> str:
    """The file of a client without a secret."""
    return f"{safe(client_id)}.yaml"


def clear_names(client_ids: Iterable[str]) -> frozenset[str]:
    """The files of clients without a secret."""
    return frozenset(map(clear_name, client_ids))


def credentials(names: Iterable[str]) -> dict[str, str]:
    """The files of credentials among some names, by credential id."""
    found = ((_SEALED.search(name), name) for name in sorted(names))
    return {match[1]: name for match, name in found if match is not None}


def is_sealed(name: str) -> bool:
    """Whether a file is a credential's."""
    return _SEALED.search(name) is not None


def of_client(names: Iterable[str], client_id: str) -> list[str]:
    """The files of one client among some names: those of its credentials, else the one without a secret."""
    known = frozenset(names)
    sealed = [name for key, name in credentials(known).items() if name == sealed_name(client_id, key)]
    return sealed or [name for name in (clear_name(client_id),) if name in known]


def of_clients(names: Iterable[str], client_ids: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """The ids of the credentials of some clients among some names, for each of them that has any."""
    clients = {safe(key): key for key in client_ids}
    found: dict[str, set[str]] = {}
    for name in names:
        match = _SEALED.search(name)
        if match is not None and name[: match.start()] in clients:
            found.setdefault(clients[name[: match.start()]], set()).add(match[1])
    return {key: frozenset(ids) for key, ids in found.items()}


def safe(text: str) -> str:
    """One file name per text, readable for usual ids; never another folder, a hidden file or another text's name."""
    name = quote(text, safe="", errors="surrogatepass")
    name = "%2E" + name[1:] if name.startswith(".") else name
    if len(name) <= _LONGEST:
        return name
    import hashlib

    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{name[:100]}~{digest[:32]}"
