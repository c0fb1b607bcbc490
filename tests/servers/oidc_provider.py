"""node oidc-provider as published on npm, started with a file of clients and the code of its documentation."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers import CACHE, process

NAME, VERSION = "oidc-provider", "9.13.3"
PAGE = Path(__file__).parents[2] / "tools/clientreg/servers/file/oidc-provider.md"
_OURS = Path(__file__).parent / "oidc-provider"
_HOME = CACHE / f"oidc-provider-{VERSION}"


def missing() -> str | None:
    """What to install, None where it can be started."""
    absent = [word for word in ("node", "npm", "age") if shutil.which(word) is None]
    if absent:
        return f"install {' and '.join(absent)}, then run `make servers`"
    return None if (_HOME / "node_modules/oidc-provider").is_dir() else "run `make servers`"


def install(say: Callable[[str], None]) -> None:
    """From npm, every package by its hash; a failure leaves nothing."""
    if missing() is None or shutil.which("npm") is None:
        return
    say(f"{NAME} {VERSION}: installing (4 MB)")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        for one in ("package.json", "package-lock.json"):
            shutil.copy(_OURS / one, name)
        words = ["npm", "ci", "--silent", "--ignore-scripts", "--no-fund", "--no-audit"]
        subprocess.run(words, check=True, cwd=name, stdin=subprocess.DEVNULL)
        shutil.rmtree(_HOME, ignore_errors=True)
        shutil.copytree(name, _HOME)


@dataclass(frozen=True)
class Provider:
    """One that runs. `url` is its issuer."""

    url: str
    log: Path

    def clients(self) -> dict[str, dict[str, Any]]:
        """What it holds of each client, `{"error": ...}` for one that it refuses."""
        with urllib.request.urlopen(f"{self.url}/-/clients", timeout=60) as answer:
            return {one["id"]: one.get("metadata", one) for one in json.load(answer)}


@contextmanager
def running(file: Path, key: Path) -> Iterator[Provider]:
    """A provider of the clients in `file`, whose secrets the age identity in `key` opens."""
    with tempfile.TemporaryDirectory(prefix="clientreg-oidc-provider-") as name:
        folder = Path(name)
        (folder / "node_modules").symlink_to(_HOME / "node_modules")
        (folder / "package.json").write_text('{"type": "module"}')
        shutil.copy(_OURS / "run.mjs", folder)
        for module, text in documented().items():
            (folder / module).write_text(text)
        port = process.free_port()
        url = f"http://127.0.0.1:{port}"
        with process.running(
            ["node", "run.mjs", str(file), str(key), str(port)],
            environment={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            folder=folder,
            log=folder / "log",
            ready=lambda: process.answers(f"{url}/.well-known/openid-configuration"),
            seconds=60,
        ):
            yield Provider(url, folder / "log")


@contextmanager
def judge(scopes: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """The provider's own check of client metadata: a JSON object a line goes in, null or its objection comes out."""
    with tempfile.TemporaryDirectory(prefix="clientreg-oidc-provider-") as name:
        folder = Path(name)
        (folder / "node_modules").symlink_to(_HOME / "node_modules")
        (folder / "package.json").write_text('{"type": "module"}')
        shutil.copy(_OURS / "judge.mjs", folder)
        words = ["node", "judge.mjs", *scopes]
        with subprocess.Popen(
            words, cwd=folder, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            try:
                yield process
            finally:
                process.kill()


def documented() -> dict[str, str]:
    """The modules that the documentation shows, by their names."""
    blocks = re.findall(
        r"^```js\n(// (\S+\.mjs): .*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return {name: text for text, name in blocks}
