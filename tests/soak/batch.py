"""A registry of hostile files, in memory: made of a seed and a number, or of files that were kept."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rules.example import Example
from soak import files, words

_OTHER_PROFILES = ("bcp", "oauth2.1", "fapi2")


@dataclass(frozen=True)
class Batch:
    """The files of a registry by their path; `clients` of them are hostile."""

    name: str
    files: Mapping[str, bytes]

    @property
    def clients(self) -> list[str]:
        """The files of clients."""
        return [name for name in self.files if name.startswith("clients/") and not name.endswith("/organization.yaml")]

    def only(self, clients: Sequence[str]) -> Batch:
        """The same with fewer clients."""
        kept = {name: content for name, content in self.files.items() if name in clients or name not in self.clients}
        return Batch(self.name, kept)


@dataclass(frozen=True)
class _Name:
    name: str
    folder: bool
    link: bool = False

    def is_dir(self) -> bool:
        return self.folder

    def is_symlink(self) -> bool:
        return self.link


@dataclass(frozen=True)
class Memory:
    """Implements `Tree` on files in memory."""

    files: Mapping[str, bytes]

    def entries(self, folder: str) -> Sequence[_Name]:
        """See `Tree`."""
        below = {name.removeprefix(f"{folder}/") for name in self.files if name.startswith(f"{folder}/")}
        names = {(name.partition("/")[0], "/" in name) for name in below}
        return [_Name(name, is_folder) for name, is_folder in sorted(names)]

    def is_file(self, path: str) -> bool:
        """See `Tree`."""
        return path in self.files

    def is_link(self, path: str) -> bool:
        """See `Tree`."""
        return False

    def content(self, file: str) -> bytes:
        """See `Tree`."""
        return self.files[file]


def make(seed: int, number: int, size: int) -> Batch:
    """A registry of `size` hostile clients in two organizations, always the same for one seed and number."""
    rng = random.Random(f"{seed}/{number}")
    made = {"registry.yaml": _settings(rng), "schema/client.schema.json": b"{}"}
    for home in ("acme", "other"):
        odd = rng.random() < 0.3
        made[f"clients/{home}/organization.yaml"] = files.organization(rng) if odd else _good(home)
    for index in range(size):
        made[_place(rng, index)] = files.client(rng)
    return Batch(f"{seed}/{number}", made)


def _place(rng: random.Random, index: int) -> str:
    home = "acme" if rng.random() < 0.8 else "other"
    if rng.random() < 0.01:
        return f"clients/{home}/{rng.choice(words.FILES)}{rng.choice(('', '.yaml', '.yml'))}"
    return f"clients/{home}/c{index}.yaml"


@cache
def _usual() -> Mapping[str, str]:
    return Example.of("platform: web\n# file: clients/other/x.yaml\nplatform: web").complete()


def _good(home: str) -> bytes:
    return _usual()[f"clients/{home}/organization.yaml"].encode()


def _settings(rng: random.Random) -> bytes:
    """The operator's file; it is trusted, so it is rarely wrong."""
    text = _usual()["registry.yaml"]
    if rng.random() < 0.3:
        text = text.replace("profile: connect", f"profile: {rng.choice(_OTHER_PROFILES)}")
    text = text.replace("{type: example}", rng.choice(("{type: example}", "{type: narrow}", "{type: lenient}")))
    text = text.replace("severity: {}", "severity: {CR180: info, CR181: info}") if rng.random() < 0.3 else text
    return files.encoded(files.mutated(rng, text) if rng.random() < 0.03 else text)
