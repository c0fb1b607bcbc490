"""The credential sinks of an environment: of known types, with options that these understand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from clientreg.jsonvalue import shown
from clientreg.rules import ERROR, Breach, Context, rule
from clientreg.settings import SINK_TYPES, Settings

_REFS = ("registry.yaml: environments.credential_sinks",)


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
    hint=f"the sink types are: {', '.join(SINK_TYPES)}",
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
                yield Breach(path, f"there is no sink type {shown(sink.type)}")


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
    good=_example(_SINK),
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
                if directory is None:
                    yield Breach(path, "the sink does not say in which folder its files are kept")
                elif not _is_own_folder(directory):
                    yield Breach((*path, "directory"), f"{shown(directory)} is no folder of this registry's own")


@rule(
    "CR719",
    ERROR,
    subject="settings",
    title="sealed files cannot be published that way yet",
    hint="write 'publish: none', and carry the sealed files on by other means",
    bad=_example("{type: sealed-file, directory: handover, publish: git-branch}  # <-"),
    good=_example("{type: sealed-file, directory: handover, publish: none}"),
    refs=_REFS,
)
def unknown_publication(settings: Settings, context: Context) -> Iterator[Breach]:
    """A plan would be refused for this reason; it is said here, before anybody waits for a credential."""
    for environment in settings.environments.values():
        for index, sink in enumerate(environment.sinks):
            publish = sink.options.get("publish", "none")
            if sink.type == "sealed-file" and publish != "none":
                path = ("environments", environment.name, "credential_sinks", index, "publish")
                yield Breach(path, f"publish: {shown(publish)} is not built yet")


def _is_own_folder(directory: str) -> bool:
    path = PurePosixPath(directory.replace("\\", "/"))
    parts = path.parts
    inside = bool(parts) and not path.is_absolute() and ".." not in parts and ":" not in parts[0]
    return inside and parts[0] not in {"clients", ".git"} and not parts[0].startswith("~")
