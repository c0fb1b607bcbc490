"""`publish: git-branch`: the files on a branch of their own in the registry's repository, for a runner that forgets.

One commit per client, pushed before any server is told. What others put on the branch stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from clientreg.errors import CannotFinish
from clientreg.gitrepo.branch import Branch, Edit, Place
from clientreg.sinks import Kept, Pack
from clientreg.sinks.sealed_file import naming, readme

_README = "README.md"
_OWNER = re.compile(r"^<!-- clientreg: registry (\S+) -->$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class BranchSink:
    """Implements `Sink` on a branch; `above` are the folders on it that the files are kept below."""

    name: str
    branch: Branch
    registry: str
    above: Place = ()
    operators: tuple[str, ...] = ()

    def check(self, *, ci: bool) -> None:
        """See `Sink`. Nothing is kept on this machine: a runner may deliver here too."""
        self.branch.check()

    def deliver(self, pack: Pack) -> str:
        """See `Sink`."""
        name, text = naming.file_of(pack, self.operators)
        if pack.credential_id is None or name not in self._names(pack.environment):
            self._keep(pack.environment, name, text, f"Hand over {naming.safe(pack.client_id)}")
        return self._shown(self._place(pack.environment, name))

    def recorded(self, environment: str) -> frozenset[str]:
        """See `Sink`."""
        self.branch.refresh()
        self._refuse_another_registrys()
        return frozenset(naming.credentials(self._names(environment)))

    def of_clients(self, environment: str, client_ids: Collection[str]) -> Mapping[str, frozenset[str]]:
        """See `Sink`."""
        return naming.of_clients(self._names(environment), client_ids)

    def stored(self, environment: str, credential_id: str) -> str | None:
        """See `Sink`."""
        names = self._names(environment)
        name = naming.credentials(names).get(credential_id)
        return None if name is None else self.branch.read(names[name])

    def restore(self, environment: str, client_id: str, credential_id: str, sealed: str) -> None:
        """See `Sink`."""
        name = naming.sealed_name(client_id, credential_id)
        self._keep(environment, name, sealed, f"Bring back {naming.safe(client_id)}")

    def retire(self, environment: str, credential_ids: Collection[str]) -> None:
        """See `Sink`."""
        known = naming.credentials(self._names(environment))
        names = [known[one] for one in credential_ids if one in known]
        self.branch.write([self._removal(environment, name) for name in names])

    def forget(self, environment: str, client_ids: Collection[str]) -> None:
        """See `Sink`."""
        names = naming.clear_names(client_ids) & self._names(environment).keys()
        self.branch.write([self._removal(environment, name) for name in sorted(names)])

    def latest(self, environment: str, client_id: str) -> Kept | None:
        """See `Sink`."""
        self.branch.check()
        self.branch.refresh()
        names = self._names(environment)
        places = [self._place(environment, name) for name in naming.of_client(names, client_id)]
        place = self.branch.newest(places)
        if place is None:
            return None
        blob = names[place[-1]]
        sealed = naming.is_sealed(place[-1])
        return Kept(self._shown(place), sealed, self.branch.read(blob), f"git cat-file blob {blob}")

    def _names(self, environment: str) -> Mapping[str, str]:
        return self.branch.files(self._place(environment))

    def _place(self, environment: str, *name: str) -> Place:
        return (*self.above, naming.safe(environment), *name)

    def _shown(self, place: Place) -> str:
        return f"{self.branch.remote}/{self.branch.name}:{'/'.join(place)}"

    def _keep(self, environment: str, name: str, text: str, message: str) -> None:
        files = {self._place(environment, name): text.encode("utf-8")}
        if _README not in self.branch.files(self.above):
            about = readme.text(self.registry, self.branch.remote, self.branch.name, self.above)
            files[*self.above, _README] = about.encode("utf-8")
        self.branch.write([Edit(f"{environment}: {message}", files)])

    def _removal(self, environment: str, name: str) -> Edit:
        return Edit(f"{environment}: Remove {name}", {self._place(environment, name): None})

    def _refuse_another_registrys(self) -> None:
        """Two registries on one branch would each take the other's credentials for unused ones."""
        blob = self.branch.files(self.above).get(_README)
        owner = None if blob is None else _OWNER.search(self.branch.read(blob))
        if owner is not None and owner[1] != self.registry:
            message = f"{self.branch}: keeps the credentials of the registry {owner[1]}"
            raise CannotFinish(message, f"name another `branch` for the sink {self.name} in registry.yaml")
