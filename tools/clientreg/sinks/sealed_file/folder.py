"""`publish: none`: the files in a folder of this machine.

A file appears whole or not at all, for its owner alone, and nothing is ever written through a link.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from clientreg import wholefile
from clientreg.errors import CannotFinish
from clientreg.sinks import Kept, Pack
from clientreg.sinks.sealed_file import naming


@dataclass(frozen=True, slots=True)
class FolderSink:
    """Implements `Sink` on a folder of this machine."""

    name: str
    directory: Path
    operators: tuple[str, ...] = ()

    def check(self, *, ci: bool) -> None:
        """See `Sink`."""
        if ci:
            message = f"sink {self.name}: publish: none keeps credentials on a disk that a CI runner forgets"
            raise CannotFinish(message, "CI is set: write `publish: git-branch`, or apply from a machine that stays")

    def deliver(self, pack: Pack) -> str:
        """See `Sink`."""
        name, text = naming.file_of(pack, self.operators)
        path = self._folder(pack.environment) / name
        with _words(path, "read"):
            there = pack.credential_id is not None and path.is_file() and not path.is_symlink()
        if not there:
            self._keep(path, text)
        return str(path)

    def recorded(self, environment: str) -> frozenset[str]:
        """See `Sink`."""
        return frozenset(self._files(environment))

    def of_clients(self, environment: str, client_ids: Collection[str]) -> Mapping[str, frozenset[str]]:
        """See `Sink`."""
        return naming.of_clients(self._names(environment), client_ids)

    def stored(self, environment: str, credential_id: str) -> str | None:
        """See `Sink`."""
        path = self._files(environment).get(credential_id)
        if path is None:
            return None
        with _words(path, "read"):
            return path.read_text(encoding="ascii", errors="replace")

    def restore(self, environment: str, client_id: str, credential_id: str, sealed: str) -> None:
        """See `Sink`."""
        self._keep(self._folder(environment) / naming.sealed_name(client_id, credential_id), sealed)

    def retire(self, environment: str, credential_ids: Collection[str]) -> None:
        """See `Sink`."""
        files = self._files(environment)
        for credential_id in credential_ids:
            if credential_id in files:
                _remove(files[credential_id])
        folder = self._folder(environment)
        with _words(folder, "read"):
            unfinished = wholefile.left_over(folder)
        for path in unfinished:
            _remove(path)

    def forget(self, environment: str, client_ids: Collection[str]) -> None:
        """See `Sink`."""
        folder = self._folder(environment)
        for name in naming.clear_names(client_ids) & self._names(environment):
            _remove(folder / name)

    def latest(self, environment: str, client_id: str) -> Kept | None:
        """See `Sink`."""
        folder = self._folder(environment)
        paths = [folder / name for name in naming.of_client(self._names(environment), client_id)]
        with _words(folder, "read"):
            path = max(paths, key=lambda path: path.stat().st_mtime_ns, default=None)
            if path is None:
                return None
            return Kept(str(path), naming.is_sealed(path.name), path.read_text("utf-8", "replace"))

    def _folder(self, environment: str) -> Path:
        folder = self.directory / naming.safe(environment)
        for place in (self.directory, folder):
            if place.is_symlink():
                raise CannotFinish(f"{place}: is a link, and credentials are not kept behind one", _NO_LINK)
        return folder

    def _make(self, folder: Path) -> None:
        try:
            open_to_others = folder.stat().st_mode & 0o077
        except FileNotFoundError:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            return
        if open_to_others:
            folder.chmod(0o700)

    def _files(self, environment: str) -> dict[str, Path]:
        """Every sealed file of an environment by credential id."""
        folder = self._folder(environment)
        return {key: folder / name for key, name in naming.credentials(self._names(environment)).items()}

    def _names(self, environment: str) -> frozenset[str]:
        """Every file of an environment; links are not files."""
        folder = self._folder(environment)
        with _words(folder, "read"):
            try:
                with os.scandir(folder) as entries:
                    return frozenset(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
            except FileNotFoundError:
                return frozenset()

    def _keep(self, path: Path, text: str) -> None:
        with _words(path):
            self._make(path.parent)
            wholefile.write(path, text.encode("utf-8"))


_NO_LINK = "put a folder in its place, or name another `directory` in registry.yaml"


def _remove(path: Path) -> None:
    with _words(path, "removed"):
        path.unlink(missing_ok=True)


_HINTS = {
    errno.ENOSPC: "the disk is full: free some space, then run again; nothing was changed",
    errno.EDQUOT: "your disk quota is used up: free some space, then run again; nothing was changed",
    errno.ENOTDIR: _NO_LINK,
    errno.EROFS: "the disk is read-only: name another `directory` in registry.yaml",
    errno.EACCES: "the folder must be writable for the user who runs clientreg",
}
_words = partial(wholefile.told, hints=_HINTS)
