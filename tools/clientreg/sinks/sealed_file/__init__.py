"""The sink `sealed-file`: one age file per credential, for whoever can fetch files from where they are kept.

`<environment>/<client_id>.<credential id>.age`, and `<client_id>.yaml` for a client without a secret.
"""

from __future__ import annotations

from pathlib import Path

from clientreg.errors import CannotFinish
from clientreg.settings import SinkEntry
from clientreg.sinks.sealed_file.folder import FolderSink


def load(entry: SinkEntry, root: Path) -> FolderSink:
    """The sink of an entry in `registry.yaml`."""
    directory = entry.options.get("directory")
    if not isinstance(directory, str) or not directory:
        raise CannotFinish(f"sink {entry.name}: has no directory", "write, for example, `directory: handover`")
    publish = str(entry.options.get("publish", "none"))
    if publish != "none":
        message = f"sink {entry.name}: publish: {publish} is not built yet"
        raise CannotFinish(message, "write `publish: none`, and carry the sealed files on by other means")
    return FolderSink(entry.name, root / directory, tuple(entry.options.get("recipients", ())))
