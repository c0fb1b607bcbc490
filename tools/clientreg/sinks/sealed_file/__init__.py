"""The sink `sealed-file`: one age file per credential, for whoever can fetch files from where they are kept.

`<environment>/<client_id>.<credential id>.age`, and `<client_id>.yaml` for a client without a secret: in a folder of
this machine (`publish: none`), or on a branch of the repository's remote (`publish: git-branch`).
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from clientreg.errors import CannotFinish
from clientreg.settings import BRANCH, REMOTE, SinkEntry
from clientreg.sinks import Sink


def load(entry: SinkEntry, root: Path, *, registry: str) -> Sink:
    """The sink of an entry in `registry.yaml`, for the registry of that name."""
    directory = str(entry.options.get("directory", ""))
    operators = tuple(entry.options.get("recipients", ()))
    publish = entry.options.get("publish", "none")
    if publish == "git-branch":
        from clientreg.gitrepo.branch import Branch
        from clientreg.sinks.sealed_file.branch import BranchSink

        remote, name = (str(entry.options.get(*pair)) for pair in (("remote", REMOTE), ("branch", BRANCH)))
        branch = Branch(root, remote, name)
        return BranchSink(entry.name, branch, registry, PurePosixPath(directory).parts, operators)
    if publish != "none":
        message = f"sink {entry.name}: there is no way to publish called {publish!r}"
        raise CannotFinish(message, "write `publish: none` or `publish: git-branch`")
    if not directory:
        raise CannotFinish(f"sink {entry.name}: has no directory", "write, for example, `directory: handover`")
    from clientreg.sinks.sealed_file.folder import FolderSink

    return FolderSink(entry.name, root / directory, operators)
