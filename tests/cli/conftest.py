"""Registries to try the command on: a small one, and a copy of the one in this repository."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cli.registries import FEED, IGNORED, ORGANIZATION, SETTINGS, SHOP
from cli.scratch import Scratch, copy
from clientreg import seal


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A private key file, and the recipient that seals to it."""
    identity, recipient = seal.generate()
    path = tmp_path_factory.mktemp("key") / "key.txt"
    path.write_text(identity.reveal() + "\n")
    return path, recipient


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, key: tuple[Path, str]) -> Path:
    """A clean registry of two clients, committed."""
    scratch = Scratch(tmp_path_factory.mktemp("small") / "registry")
    scratch.write("registry.yaml", SETTINGS)
    scratch.write(".gitignore", IGNORED)
    scratch.write("clients/acme/organization.yaml", ORGANIZATION.format(recipient=key[1]))
    scratch.write("clients/acme/shop.yaml", SHOP)
    scratch.write("clients/acme/feed.yaml", FEED)
    scratch.git("init", "--quiet", "--initial-branch", "main")
    scratch.commit()
    return scratch.root


@pytest.fixture(scope="session")
def applied(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small registry once its clients are on the server of `test`."""
    scratch = copy(small, tmp_path_factory.mktemp("applied") / "registry")
    done = scratch.run("apply", "--environment", "test")
    assert done.status == 0, done.said
    return scratch.root


@pytest.fixture
def scratch(small: Path, tmp_path: Path) -> Scratch:
    """A copy of the small registry."""
    return copy(small, tmp_path / "registry")


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory, key: tuple[Path, str], repository: Path) -> Path:
    """The registry of this repository, committed; one more recipient, whose key is at hand, for one organization."""
    scratch = Scratch(tmp_path_factory.mktemp("example") / "registry")
    for name in ("clients", "schema"):
        shutil.copytree(repository / name, scratch.root / name)
    scratch.write("registry.yaml", (repository / "registry.yaml").read_bytes())
    scratch.write(".gitignore", IGNORED)
    organization = "clients/platform-team/organization.yaml"
    scratch.edit(organization, "recipients:\n", f"recipients:\n  - {key[1]}\n")
    scratch.git("init", "--quiet", "--initial-branch", "main")
    scratch.commit()
    return scratch.root
