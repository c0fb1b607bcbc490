"""The credential sinks of an environment: of known types, with options that these understand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from clientreg.jsonvalue import Path, shown
from clientreg.reading.fieldnames import guess, nearest
from clientreg.rules import ERROR, Breach, Context, Place, rule
from clientreg.settings import BRANCH, FILE, REMOTE, SINK_TYPES, Settings, SinkEntry

_REFS = ("registry.yaml: environments.credential_sinks",)
_TAKEN = frozenset({"head", "main", "master", "trunk", "develop"})


def _example(sinks: str) -> str:
    """A registry with one environment and these sinks, each a line of flow YAML."""
    lines = ["# file: registry.yaml", "version: 1", "name: example", "environments:", "  test:", "    class: test"]
    lines += [
        "    servers:",
        "      main: {type: embedded, store: .clientreg/test.db, issuer: 'http://localhost:8080'}",
    ]
    lines += ["    credential_sinks:", *(f"      - {line}" for line in sinks.strip().split("\n"))]
    return "\n".join([*lines, "scopes: {openid: {description: Sign in}}"])


_SINK = "{type: sealed-file, directory: handover}"


@rule(
    "CR715",
    ERROR,
    subject="settings",
    title="sink type is not known",
    bad=_example("{type: sealed_file, directory: handover}  # <-"),
    good=_example(_SINK),
    refs=_REFS,
)
def unknown_sink_type(settings: Settings, context: Context) -> Iterator[Breach]:
    """Nothing knows how to deliver a secret there, so no client that needs one could be created."""
    for environment in settings.environments.values():
        for index, sink in enumerate(environment.sinks):
            if sink.type not in SINK_TYPES:
                path = ("environments", environment.name, "credential_sinks", index, "type")
                hint = guess(nearest(sink.type, SINK_TYPES), f"the sink types are: {', '.join(SINK_TYPES)}")
                yield Breach(path, f"there is no sink type {shown(sink.type)}", hint)


@rule(
    "CR718",
    ERROR,
    subject="settings",
    title="folder for sealed files is missing or lies elsewhere",
    hint="write a folder below this one, such as 'directory: handover'",
    bad=_example(
        "{type: sealed-file}  # <-\n{type: sealed-file, name: two, directory: ../handover}  # <-\n"
        "{type: sealed-file, name: three, directory: clients/acme}  # <-",
    ),
    good=_example(f"{_SINK}\n{{type: sealed-file, name: branch, publish: git-branch}}"),
    refs=_REFS,
)
def directory_elsewhere(settings: Settings, context: Context) -> Iterator[Breach]:
    """
    Whoever may change this file must not be able to write outside the registry's folder, nor among the files that
    are read as clients.
    """
    for environment in settings.environments.values():
        for index, sink in enumerate(environment.sinks):
            if sink.type == "sealed-file":
                path = ("environments", environment.name, "credential_sinks", index)
                directory = sink.options.get("directory")
                if directory is None and not _on_a_branch(sink):
                    yield Breach(path, "the sink does not say in which folder its files are kept")
                elif directory is not None and not _is_own_folder(directory):
                    yield Breach((*path, "directory"), f"{shown(directory)} is no folder of this registry's own")


@rule(
    "CR719",
    ERROR,
    subject="settings",
    title="branch for sealed files cannot be used",
    bad=_example(
        "{type: sealed-file, directory: handover, branch: handover}  # <-\n"
        "{type: sealed-file, name: two, publish: git-branch, branch: main}  # <-\n"
        "{type: sealed-file, name: three, publish: git-branch, branch: hand..over}  # <-",
    ),
    good=_example("{type: sealed-file, publish: git-branch, branch: handover, remote: origin}"),
    refs=(*_REFS, "git-check-ref-format(1)"),
)
def unusable_branch(settings: Settings, context: Context) -> Iterator[Breach]:
    """Sealed files live on a branch that nothing else uses; one that Git refuses would stop every plan."""
    for environment in settings.environments.values():
        for index, sink in enumerate(environment.sinks):
            path = ("environments", environment.name, "credential_sinks", index)
            if _on_a_branch(sink):
                branch = sink.options.get("branch", BRANCH)
                why = _why_no_branch(branch)
                if why:
                    yield Breach((*path, "branch"), f"{shown(branch)} {why}", f"write, for example, 'branch: {BRANCH}'")
                continue
            for name in ("branch", "remote"):
                if name in sink.options:
                    hint = "write 'publish: git-branch', or delete the line"
                    yield Breach((*path, name), f"'{name}' says nothing without 'publish: git-branch'", hint)


@rule(
    "CR721",
    ERROR,
    subject="settings",
    title="two sinks keep their files in one place",
    hint="name another 'directory' or 'branch' for one of the two, or delete it",
    bad=_example(f"{_SINK}\n{{type: sealed-file, name: again, directory: ./handover/}}  # <-"),
    good=_example(f"{_SINK}\n{{type: sealed-file, name: again, directory: again}}"),
    refs=_REFS,
)
def same_place(settings: Settings, context: Context) -> Iterator[Breach]:
    """A credential has one file name: the second sink would overwrite what the first sealed to its recipients."""
    for environment in settings.environments.values():
        known: dict[tuple[object, ...], Path] = {}
        for index, sink in enumerate(environment.sinks):
            if sink.type == "sealed-file":
                path = ("environments", environment.name, "credential_sinks", index)
                first = known.setdefault(_place(sink), path)
                if first != path:
                    message = "the files of this sink lie where those of another one do"
                    yield Breach(path, message, related=(Place(FILE, first, "the other sink"),))


def _on_a_branch(sink: SinkEntry) -> bool:
    return sink.type == "sealed-file" and sink.options.get("publish") == "git-branch"


def _place(sink: SinkEntry) -> tuple[object, ...]:
    directory = PurePosixPath(str(sink.options.get("directory", ".")))
    if not _on_a_branch(sink):
        return (directory,)
    return directory, sink.options.get("remote", REMOTE), sink.options.get("branch", BRANCH)


def _why_no_branch(name: str) -> str:
    """Why nothing can be kept on a branch of this name, whose characters the schema has seen to; empty where it can."""
    if name.lower() in _TAKEN:
        return "is where a repository keeps its own files"
    parts = name.split("/")
    sound = not any(part == "" or part.startswith(".") or part.endswith((".lock", ".")) for part in parts)
    return "" if sound and ".." not in name else "is no name of a branch"


def _is_own_folder(directory: str) -> bool:
    path = PurePosixPath(directory.replace("\\", "/"))
    parts = path.parts
    inside = bool(parts) and not path.is_absolute() and ".." not in parts and ":" not in parts[0]
    return inside and parts[0] not in {"clients", ".git"} and not parts[0].startswith("~")
