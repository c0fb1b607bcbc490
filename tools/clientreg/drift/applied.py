"""What the files of a commit that was applied say: read from objects of the repository, never from the work tree."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from clientreg import registry
from clientreg.drift.found import People
from clientreg.errors import CannotFinish
from clientreg.gitrepo import Repository
from clientreg.gitrepo import tree as trees
from clientreg.registry import Registry
from clientreg.sync import Wanted


class Commits(NamedTuple):
    """Older commits of a registry, as one environment sees them."""

    repository: Repository
    environment: str

    def wanted(self, commit: str, files: frozenset[str]) -> Mapping[str, Wanted] | None:
        """The clients in the folders of some files, by client id; None where the commit does not hold a registry."""
        homes = {file.rpartition("/")[0] for file in files}
        try:
            tree = trees.read(self.repository, commit).only(lambda path: path.rpartition("/")[0] in homes)
            read = registry.load(str(self.repository.root), lambda _: frozenset(), tree=tree)
        except CannotFinish:
            return None
        return {
            key: Wanted(client.file, key, partial(client.registration, self.environment))
            for key, client in read.of(self.environment).items()
        }


def people(read: Registry, environment: str, client_id: str, file: str) -> People:
    """Who to ask about a client that is, or was, in a file of the registry."""
    client = read.of(environment).get(client_id)
    if client is not None:
        contacts = client.registration(environment).contacts
        return People(client.organization.owners, tuple(contacts.get("technical", ())))
    home = file.split("/")[1] if file.count("/") > 1 else ""
    organization = read.organizations.get(home)
    if organization is None:
        return People()
    return People(organization.owners, tuple(organization.contacts.get("technical", ())))
