"""What several commands need from outside: the registry's folder, today, a terminal or a pipe, the linted registry."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from clientreg.cli import streams

if TYPE_CHECKING:
    from pathlib import Path

    from clientreg.errors import FilesBroken
    from clientreg.finding import Severity
    from clientreg.gitrepo import Repository
    from clientreg.lint import Report
    from clientreg.model import Client
    from clientreg.proposal import Proposal
    from clientreg.registry import Ignored, Registry
    from clientreg.report.style import Style
    from clientreg.secret import Secret
    from clientreg.servers import Server
    from clientreg.settings import Environment, ServerEntry, Settings
    from clientreg.timing import Watch

T = TypeVar("T")
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def format_option(*formats: str) -> Decorator:
    """`--format`, with the first as the default."""
    return click.option(
        "--format", "form", type=click.Choice(formats), default=formats[0], show_default=True, help="Output format."
    )


def environment_option(*, required: bool = True, unless: str = "") -> Decorator:
    """`--environment`, a name in `registry.yaml`; where it is required and missing, `environment_of` lists them."""
    more = f"  [required{unless and f' without {unless}'}]" if required else ""
    words = f"An environment of registry.yaml.{more}"
    return click.option("-e", "--environment", "environment_name", metavar="NAME", help=words)


def taken_variables() -> dict[str, Secret]:
    """The variables that are meant for this program alone, taken out of the environment: no child process is told."""
    from clientreg.secret import Secret

    names = [name for name in os.environ if name.startswith("CLIENTREG_")]
    taken = {name: os.environ.pop(name) for name in names}
    return {name: Secret(text) for name, text in taken.items() if text}


def operator_key() -> Secret | None:
    """The private key that opens what is sealed to an operator, where the runner has one."""
    variables: dict[str, Secret] = click.get_current_context().obj["variables"]
    return variables.get("CLIENTREG_AGE_KEY")


def origins() -> frozenset[str] | None:
    """The only origins that are contacted, where the runner lists them in `CLIENTREG_ORIGINS`."""
    from clientreg.settings import ORIGINS_VARIABLE

    variables: dict[str, Secret] = click.get_current_context().obj["variables"]
    listed = variables.get(ORIGINS_VARIABLE)
    if listed is None:
        return None
    from clientreg.http import origin  # 15 ms that a plan of the embedded server or a file does not need

    return origin.origins(listed.reveal())


def connection(environment: Environment) -> Callable[[ServerEntry, Path], Server]:
    """How to reach the servers of an environment: each with its own secret, and to the runner's origins only."""
    from clientreg import servers
    from clientreg.settings import secret_variable

    variables: dict[str, Secret] = click.get_current_context().obj["variables"]
    allowed = origins()

    def connect(entry: ServerEntry, root: Path) -> Server:
        variable = secret_variable(environment.name, entry.name)
        return servers.connect(entry, root, servers.Access(variables.get(variable), variable, allowed))

    return connect


def root(near: str | None = None) -> str:
    """The folder of the registry: `--directory`, else the nearest folder upwards that holds a registry.yaml.

    Upwards from a file that is `near`, which need not exist, or from here.
    """
    given: str | None = click.get_current_context().obj["directory"]
    if given is not None:
        return os.path.abspath(given)
    here = folder = _current() if near is None else os.path.dirname(os.path.abspath(near))
    while not os.path.isfile(os.path.join(folder, "registry.yaml")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return here
        folder = parent
    return folder


def folder_in_repository(folder: str) -> str:
    """The way to a folder from the root of the repository around it: empty, or with a slash at its end."""
    top = folder
    while not os.path.lexists(os.path.join(top, ".git")):
        above = os.path.dirname(top)
        if above == top:
            return ""
        top = above
    return "" if top == folder else os.path.relpath(folder, top).replace(os.sep, "/") + "/"


def _current() -> str:
    from clientreg.errors import UsageError

    try:
        return os.getcwd()
    except FileNotFoundError:
        raise UsageError("the current folder is gone", "go to the registry's folder, or name it with -C") from None


def program() -> str:
    """What to type for this command from here: its name where the shell finds it, else where it is."""
    import shutil

    called = sys.argv[0]
    if os.path.basename(called) != "clientreg" or shutil.which("clientreg"):
        return "clientreg"
    return os.path.relpath(called)


def today() -> str:
    """The day in UTC (ISO 8601): the only place where the clock is read."""
    from datetime import UTC, datetime

    return datetime.now(UTC).date().isoformat()


def style(*, stream: Any = None) -> Style:
    """Colour and width for a stream (standard output): plain and 80 columns in a pipe; `NO_COLOR` is honoured."""
    from clientreg.report.style import Style

    stream = stream or sys.stdout
    terminal = bool(stream.isatty())
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Style(colour=colour, width=streams.columns(stream))


def load() -> Registry:
    """The registry as it stands in the work tree."""
    from clientreg import registry

    folder = root()
    return registry.load(folder, ignored(folder))


def checked(
    *, whole: bool = False, least: Severity | None = None, watch: Watch | None = None
) -> tuple[Registry, Report]:
    """The same with every finding (or those as serious as `least`), by a `watch` if there is one.

    `whole` clients are kept for more than that.
    """
    from clientreg import lint, servers
    from clientreg.finding import Severity

    folder, known, least = root(), servers.types(), least or Severity.INFO
    return lint.checked(folder, ignored(folder), servers=known, today=today(), whole=whole, least=least, watch=watch)


def ignored(folder: str) -> Ignored:
    """Which paths of a registry Git ignores."""
    return lambda paths: _ignored(folder, paths)


def proposal(base: str) -> Proposal:
    """What HEAD changes since it left a commit. Raises CannotFinish, UsageError where that cannot be told."""
    from clientreg import gitrepo
    from clientreg import proposal as proposals

    repository = gitrepo.open_repository(root())
    if not os.environ.get("CI") and repository.dirty:
        streams.tell(f"clientreg: what is not committed is not looked at: this is about {repository.head[:12]}\n")
    streams.pass_by("reading what the commits hold")
    return proposals.read(repository, base)


def settings_of(registry: Registry) -> Settings:
    """The operator's file. Raises UsageError or FilesBroken where there is none: nothing else makes sense then."""
    from clientreg.errors import UsageError
    from clientreg.settings import FILE

    if registry.settings is None:
        if not os.path.lexists(os.path.join(registry.root, FILE)):
            message = f"there is no {FILE} in {registry.root!r} or above it"
            raise UsageError(message, "run clientreg inside a registry, or name its folder with -C")
        raise _broken(registry, FILE)
    return registry.settings


def environment_of(registry: Registry, name: str | None) -> Environment:
    """The environment that was named. Raises UsageError with the known ones."""
    from clientreg.errors import UsageError

    known = settings_of(registry).environments
    if name is None:
        raise UsageError("no environment is named", f"name one with --environment: {', '.join(known)}")
    return pick(known, name, "environment")


def pick(known: Mapping[str, T], name: str, what: str) -> T:
    """`known[name]`, or a UsageError that lists what there is and guesses what was meant."""
    if name in known:
        return known[name]
    from clientreg.errors import unknown

    raise unknown(what, name, known)


def client_of(registry: Registry, name: str, environment: str | None = None) -> Client:
    """A client by its id, or by its file as a shell completes it. Of several files of an id, that of an environment."""
    from clientreg.errors import UsageError

    folder = registry.root
    relative = os.path.relpath(os.path.abspath(name), folder).replace(os.sep, "/")
    by_file = {client.file: client for client in registry.clients}
    for one in registry.broken:
        if relative == one.file or (name == one.client_id and name not in registry.by_id):
            raise _broken(registry, one.file)
    renamed = {f"{one.organization.id}.{one.name}": one for one in registry.clients}
    if name in renamed and name not in registry.by_id:
        raise UsageError(f"there is no client {name!r}", f"its file says client_id: {renamed[name].client_id}")
    there = registry.of(environment or "")
    return by_file.get(relative) or there.get(name) or _only(registry, name)


def _only(registry: Registry, name: str) -> Client:
    """The client of an id, where that says which file is meant."""
    from clientreg.errors import UsageError

    first, *others = those = pick(registry.files, name, "client")
    if others:
        files = ", ".join(one.file for one in those)
        raise UsageError(f"{name!r} stands in {len(those)} files: {files}", "name one of them")
    return first


def _broken(registry: Registry, file: str) -> FilesBroken:
    """A file that cannot be understood, with its first finding."""
    from clientreg.errors import FilesBroken

    first = next((finding for finding in registry.findings if finding.file == file), None)
    if first is None:
        return FilesBroken(f"{file} cannot be understood", "'clientreg lint' says why")
    message = f"{file}:{first.span.line}:{first.span.column}: {first.message}"
    return FilesBroken(message, first.hint or "'clientreg lint' says more")


def repository(folder: str) -> Repository | None:
    """The Git repository around a folder, where there is one."""
    from clientreg import gitrepo
    from clientreg.errors import CannotFinish

    try:
        return gitrepo.open_repository(folder)
    except CannotFinish:
        return None


def _ignored(folder: str, paths: list[str]) -> frozenset[str]:
    """Which of some paths of a folder Git ignores; none where there is no Git."""
    from clientreg.errors import CannotFinish

    around = repository(folder)
    try:
        return around.ignored(paths) if around else frozenset()
    except CannotFinish:
        return frozenset()


def peak_memory() -> int | None:
    """The most memory that this process has had, in MiB; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def write(path: str, text: str) -> None:
    """A file beside the output, whole or not at all; a device or a pipe is written as it is."""
    from contextlib import suppress

    from clientreg.errors import CannotFinish

    device = os.path.exists(path) and not os.path.isfile(path)
    place = os.path.realpath(path)
    beside = path if device else f"{place}.{os.getpid()}.tmp"
    try:
        with open(beside, "w", encoding="utf-8") as stream:
            stream.write(text)
        if not device:
            os.replace(beside, place)
    except OSError as error:
        if not device:
            with suppress(OSError):
                os.unlink(beside)
        raise CannotFinish(f"{path} cannot be written: {error.strerror}", "choose another file for --out") from None
