"""The files of a registry as documents: each read once and checked against its schema, kept or read again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from clientreg.errors import CannotFinish
from clientreg.finding import Finding
from clientreg.reading import encoding, schema, source
from clientreg.reading.folder import Tree
from clientreg.reading.schemata import Kind
from clientreg.reading.source import Document


class Read(NamedTuple):
    """One file: its source (bare text where it is no YAML) and what is wrong with it."""

    file: str
    source: Document
    findings: tuple[Finding, ...]
    unread: bool

    @property
    def document(self) -> Document | None:
        """The document if it fits its schema."""
        return None if self.findings else self.source


def read(tree: Tree, kind: Kind, file: str) -> Read:
    """A file, checked against the schema of its kind."""
    raw = tree.content(file)
    document, findings = source.read(file, raw)
    if document is not None:
        return Read(file, document, schema.check(kind, document), unread=False)
    text = encoding.decode(file, raw)
    return Read(file, Document(file, text if isinstance(text, str) else "", None), findings, unread=True)


class Documents(Mapping[str, Document]):
    """Every document of a registry, by its file. Those at hand are kept; any other is read again when it is asked for.

    Raises CannotFinish for one that cannot be read any more.
    """

    def __init__(self, tree: Tree, files: Iterable[str], at_hand: Iterable[Document]) -> None:
        self._tree = tree
        self._files = dict.fromkeys(files)
        self._at_hand = {document.file: document for document in at_hand}

    def __getitem__(self, file: str) -> Document:
        if file not in self._files:
            raise KeyError(file)
        if file not in self._at_hand:
            self._at_hand[file] = self._again(file)
        return self._at_hand[file]

    def __contains__(self, file: object) -> bool:
        return file in self._files

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def _again(self, file: str) -> Document:
        document, _ = source.read(file, self._tree.content(file))
        if document is None:
            raise CannotFinish(f"{file} was changed while the registry was read", "run clientreg again")
        return document
