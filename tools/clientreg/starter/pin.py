"""The tool that a registry's CI runs, by version and hash: read from wheels that pip brings, never invented.

pip decides where it looks, by the configuration of whoever runs this.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from clientreg import __version__
from clientreg.errors import CannotFinish, UsageError

_WHEEL = re.compile(r"(?P<name>[A-Za-z0-9_.]+)-(?P<version>[^-]+)(?:-[^-]+)+\.whl")
_PYTHON = re.compile(r"^# .*CPython (?P<version>3\.[0-9]+)\b", re.MULTILINE)
_GLIBC = range(39, 4, -1)
"""The C library of a runner: 2.39 is the one of Ubuntu 24.04, and everything older runs there."""
_PLATFORMS = (*(f"manylinux_2_{minor}_x86_64" for minor in _GLIBC), "manylinux2014_x86_64", "linux_x86_64")


class _Wheel(NamedTuple):
    name: str
    version: str
    sha256: str


def running() -> str:
    """The Python that runs this, as a runner is told to take it: `3.12`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def python_of(requirements: str | None) -> str:
    """The Python that a requirements file of ours was made for; the running one where it says nothing."""
    found = _PYTHON.search(requirements or "")
    return found["version"] if found else running()


def requirements(wheel: Path | None, *, python: str) -> str:
    """The requirements file that pins clientreg and all it needs.

    Of `wheel`, or of the version that runs here as the package index has it: then what came must be what runs here.
    Raises CannotFinish, with what is missing, where pip brings no such wheels.
    """
    wanted = _checked(wheel) if wheel else f"clientreg=={__version__}"
    try:
        with tempfile.TemporaryDirectory(prefix="clientreg-pin-") as folder:
            return _pinned(wanted, Path(folder), python)
    except (OSError, zipfile.BadZipFile) as error:
        message = f"the wheels of clientreg cannot be read: {getattr(error, 'strerror', None) or error}"
        raise CannotFinish(message, "free some space, or name a folder that has some in TMPDIR") from None


def unpinned(why: CannotFinish) -> str:
    """What stands in place of the requirements file until there is one; CI refuses it."""
    return (
        f"# clientreg is not pinned yet: {why.message.splitlines()[0]}\n"
        "# CI refuses to run until it is. Where a package index has it, run `clientreg pin`; with a wheel at hand,\n"
        "# `clientreg pin --wheel FILE`. Then commit what it writes here.\n"
    )


def _pinned(wanted: str, folder: Path, python: str) -> str:
    _download(wanted, folder, python)
    found = sorted(folder.glob("*.whl"))
    if wanted.startswith("clientreg=="):
        _compare(next((path for path in found if path.name.startswith("clientreg-")), None))
    return _text([_read(path) for path in found], python)


def _checked(wheel: Path) -> str:
    named = _WHEEL.fullmatch(wheel.name)
    if named is None or named["name"] != "clientreg":
        raise UsageError(
            f"{wheel.name!r} is no wheel of clientreg", "name a file such as clientreg-1.0.0-py3-none-any.whl"
        )
    if not zipfile.is_zipfile(wheel):
        raise UsageError(f"{wheel} is no wheel: it is not a ZIP file", "download or build it again")
    return str(wheel.resolve())


def _download(wanted: str, folder: Path, python: str) -> None:
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--retries=1", "--only-binary=:all:"]
    target = [f"--python-version={python}", "--implementation=cp", *(f"--platform={name}" for name in _PLATFORMS)]
    line = [*_pip(), "download", *options, *target, f"--dest={folder}", wanted]
    done = subprocess.run(line, cwd=folder, capture_output=True, check=False, text=True, errors="replace")  # noqa: S603
    if done.returncode != 0:
        said = [words for words in done.stderr.splitlines() if words.startswith("ERROR: ")]
        why = said[-1].removeprefix("ERROR: ") if said else f"it ended with status {done.returncode}"
        message = f"pip brings no wheels of {Path(wanted).name} and what it needs for Linux: {why}"
        raise CannotFinish(message, "see `pip config list`, or name a wheel of clientreg with --wheel")


def _pip() -> list[str]:
    """The pip of this environment, else the one on the PATH: some tools install without."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-P", "-m", "pip"]
    found = shutil.which("pip") or shutil.which("pip3")
    if found is None:
        raise CannotFinish("there is no pip here to ask a package index with", "install pip, and run this again")
    return [found]


def _read(path: Path) -> _Wheel:
    named = _WHEEL.fullmatch(path.name)
    if named is None:
        raise CannotFinish(f"pip brought {path.name}, which is no wheel", "see `pip config list`")
    name = re.sub(r"[-_.]+", "-", named["name"]).lower()
    return _Wheel(name, named["version"], hashlib.sha256(path.read_bytes()).hexdigest())


def _compare(brought: Path | None) -> None:
    """Raise CannotFinish unless the wheel holds the code that runs here: the name alone proves nothing."""
    here = Path(__file__).parents[1]
    if brought is not None:
        with zipfile.ZipFile(brought) as archive:
            code = {name: archive.read(name) for name in archive.namelist() if name.endswith(".py")}
        if code == {f"clientreg/{path.relative_to(here).as_posix()}": path.read_bytes() for path in here.rglob("*.py")}:
            return
    message = f"the package index has another clientreg {__version__} than the one that runs here"
    raise CannotFinish(message, "name the wheel that you trust with --wheel")


def _text(wheels: Iterable[_Wheel], python: str) -> str:
    return "".join(
        (
            "# The clientreg that CI runs, and all it needs: nothing else is installed.\n",
            f"# Made by `clientreg pin` for CPython {python} on Linux (x86-64). To upgrade, run it anew.\n",
            *_lines(wheels),
        )
    )


def _lines(wheels: Iterable[_Wheel]) -> Iterator[str]:
    ordered = sorted(wheels, key=lambda wheel: (wheel.name != "clientreg", wheel.name))
    for wheel in ordered:
        yield f"{wheel.name}=={wheel.version} \\\n    --hash=sha256:{wheel.sha256}\n"
