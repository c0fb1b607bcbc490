"""The files of a registry as documents: each read once and checked against its schema, kept or read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from clientreg.errors import CannotFinish
from clientreg.finding import Finding
from clientreg.reading import encoding, schema, source
from clientreg.reading.folder import Tree
from clientreg.reading.schemata import Kind
from clientreg.reading.source import Document
from clientreg.timing import Watch


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


@dataclass(frozen=True, slots=True)
class Reader:
    """How a file becomes a document: its bytes, their value, what its schema says."""

    content: Callable[[str], bytes]
    parse: Callable[[str, bytes], tuple[Document | None, tuple[Finding, ...]]] = source.read
    check: Callable[[Kind, Document], tuple[Finding, ...]] = schema.check

    def read(self, kind: Kind, file: str) -> Read:
        """A file, checked against the schema of its kind."""
        raw = self.content(file)
        document, findings = self.parse(file, raw)
        if document is not None:
            return Read(file, document, self.check(kind, document), unread=False)
        text = encoding.decode(file, raw)
        return Read(file, Document(file, text if isinstance(text, str) else "", None), findings, unread=True)

    def timed(self, watch: Watch) -> Reader:
        """The same, by the watch."""
        return Reader(
            watch.timed("reading", self.content), watch.timed("parsing", self.parse), watch.timed("schema", self.check)
        )


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
