"""Where a new client's file goes: the organization that it most likely belongs to, and a name that nobody has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from clientreg.jsonvalue import Json, JsonObject
from clientreg.registry import Registry
from clientreg.values import confusable, uri
from clientreg.values.slug import slug

_HOST = re.compile(r"(?i)https?://(?:\*\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*)(?::[0-9*]+)?(?:[/?#*]|\Z)")
_NOBODYS = frozenset({"localhost", "local", "test", "invalid", "internal", "localdomain"})


class Home(NamedTuple):
    """An organization's folder and its name. `sure`: its source says so, or the caller; else it may be another."""

    id: str
    name: str
    why: str
    sure: bool = False


class Homes:
    """The organizations that there are, and those that an import proposes; deterministic for the same clients."""

    def __init__(self, registry: Registry, *, chosen: str | None, fallback: str) -> None:
        self._known = {one.id: one.name for one in registry.organizations.values()}
        self._ids = {name: id_ for id_, name in self._known.items()}
        self._domains = {domain: one.id for one in registry.organizations.values() for domain in one.domains}
        self._claimed = frozenset(self._domains.values())
        self._chosen = self._named(self._known.get(chosen, chosen), "--organization", sure=True) if chosen else None
        self._fallback = self._named(fallback, "nothing says whose it is")
        self._by_look: dict[str, Home] = {}
        for key, uses in registry.names.items():
            home = uses[0].client.organization
            self._by_look[key] = Home(home.id, home.name, "of the client with that name")

    def of(self, client_id: str, stated: Mapping[str, Json], name: str) -> Home:
        """The organization of a client, and of every later one whose name end users could take for this one's."""
        home = self._chosen or self._stated(stated)
        keys = confusable.keys(name)
        if home is None:
            alike = next((self._by_look[key] for key in sorted(keys) if key in self._by_look), None)
            home = alike or self._of_id(client_id, stated) or self._of_hosts(stated) or self._fallback
        for key in keys:
            self._by_look.setdefault(key, home._replace(why="of the client with that name", sure=False))
        return home

    def _named(self, name: str, why: str, *, sure: bool = False, short: str = "") -> Home:
        """The organization of that name, else a new one in a folder of its own."""
        wanted = (slug(short, 40), slug(name, 40), "imported")
        free = (text for text in wanted if text and text not in self._known)
        id_ = self._ids.get(name) or next(free, "") or self._free(name)
        self._known[id_], self._ids[name] = name, id_
        return Home(id_, name, why, sure)

    def _free(self, name: str) -> str:
        stem = slug(name, 36) or "imported"
        return next(text for number in range(2, 2**31) if (text := f"{stem}-{number}"[:40]) not in self._known)

    def _stated(self, stated: Mapping[str, Json]) -> Home | None:
        name = stated.get("organization")
        return self._named(name, "the server says so", sure=True) if isinstance(name, str) and name.strip() else None

    def _of_id(self, client_id: str, stated: Mapping[str, Json]) -> Home | None:
        """What stands before the period in an id of our form, unless that organization says which hosts are its own."""
        first, period, _ = client_id.partition(".")
        if not period or first not in self._known or (first in self._claimed and _hosts(stated)):
            return None
        return Home(first, self._known[first], "of the client id")

    def _of_hosts(self, stated: Mapping[str, Json]) -> Home | None:
        for host in _hosts(stated):
            above = [host.split(".", cut)[-1] for cut in range(host.count("."))]
            claimed = next((self._domains[domain] for domain in above if domain in self._domains), None)
            if claimed:
                return Home(claimed, self._known[claimed], f"of the host {host}")
            if host.rpartition(".")[2] not in _NOBODYS:
                domain = _registered(host)
                return self._named(domain, f"of the host {host}", short=domain.partition(".")[0])
        return None


class Names:
    """Names for files that nobody has yet."""

    def __init__(self, files: Iterable[str]) -> None:
        self._taken = set(files)
        self._next: dict[str, int] = {}

    def of(self, home: Home, wanted: str) -> str:
        """A file named after a client's id where that is of our form, else after as much of it as can be."""
        name = slug(wanted.removeprefix(f"{home.id}."), 59, digit_first=True) or "client"
        name = "organization-client" if name == "organization" else name
        file = f"clients/{home.id}/{name}.yaml"
        while file in self._taken:
            number = self._next[name] = self._next.get(name, 1) + 1
            file = f"clients/{home.id}/{name[: 58 - len(str(number))].rstrip('-')}-{number}.yaml"
        self._taken.add(file)
        return file


def organization(home: Home, contact: str | None) -> tuple[JsonObject, dict[str, str]]:
    """What `organization.yaml` says of a new organization, and what of it is a guess."""
    data: JsonObject = {"name": home.name}
    if contact:
        data["contacts"] = {"technical": [contact]}
    return data, {} if home.sure else {"name": f"guess: {home.why}"}


def _hosts(stated: Mapping[str, Json]) -> list[str]:
    found = [stated.get(name) for name in ("redirect_uris", "post_logout_redirect_uris")]
    texts = [item for value in found if isinstance(value, list) for item in value if isinstance(item, str)]
    return [match[1].lower() for text in texts if (match := _HOST.match(text))]


@lru_cache(maxsize=4096)
def _registered(host: str) -> str:
    return uri.registrable(host)
