"""Edits of client files judged before they are written: by lint, and by what somebody is changing meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clientreg import lint, registry
from clientreg.capability import Capabilities
from clientreg.drift.remedy import Edited, Refused, Remedy
from clientreg.finding import Finding, Severity
from clientreg.gitrepo import Repository
from clientreg.gitrepo import tree as trees
from clientreg.lint import Report
from clientreg.reading import source
from clientreg.reading.folder import Overlaid, WorkTree
from clientreg.registry import Ignored


@dataclass(frozen=True)
class Judge:
    """Says which fields may be written: those whose files lint as well as before, and that nobody is changing."""

    root: str
    ignored: Ignored
    servers: Mapping[str, Capabilities]
    today: str
    repository: Repository

    def passed(self, propose: Callable[[Refused], Remedy], before: Report) -> Remedy:
        """What may be written of a remedy that is proposed anew without what may not be, until all of it may."""
        refused: dict[tuple[str, str], str] = {}
        known = {_known_by(finding) for finding in before.findings}
        while True:
            remedy = propose(refused)
            more = dict(self._in_work(remedy.edits)) or dict(self._refused(remedy.edits, known))
            if not more:
                return remedy
            refused |= more

    def _in_work(self, edits: Sequence[Edited]) -> Iterator[tuple[tuple[str, str], str]]:
        """Fields that somebody is changing, too."""
        committed = self._committed({one.file for one in edits}) if edits else {}
        for one in edits:
            for name in one.fields:
                if why := _own_work(one, name, committed.get(one.file)):
                    yield (one.key, name), why

    def _refused(
        self, edits: Sequence[Edited], known: set[tuple[object, ...]]
    ) -> Iterator[tuple[tuple[str, str], str]]:
        """Fields that lint refuses, as far as its findings name them; else all of the files that they are about."""
        for finding in self._findings(edits) if edits else ():
            if _known_by(finding) in known:
                continue
            files = {finding.file, *(also.file for also in finding.related)}
            for one in [one for one in edits if one.file in files] or edits:
                named = [name for name in one.fields if name in finding.path]
                for name in named or one.fields:
                    yield (one.key, name), f"lint refuses it: {finding.code} {finding.message}"

    def _findings(self, edits: Sequence[Edited]) -> Sequence[Finding]:
        """The errors of the registry as it would be."""
        changed = {one.file: one.after.encode("utf-8") for one in edits}
        read = registry.load(self.root, self.ignored, tree=Overlaid(WorkTree(self.root), changed))
        found = lint.run(read, servers=self.servers, today=self.today).findings
        return [one for one in found if one.severity is Severity.ERROR and one.waived is None]

    def _committed(self, files: set[str]) -> Mapping[str, bytes]:
        """Files as the last commit has them."""
        return trees.read(self.repository, self.repository.head).only(lambda path: path in files).contents


def _own_work(edited: Edited, name: str, committed: bytes | None) -> str:
    """Why somebody's own changes of the file are in the way; those elsewhere in it are not."""
    if committed is None:
        return "the file is in no commit yet: commit it first"
    document, _ = source.read(edited.file, committed)
    now, _ = source.read(edited.file, edited.before.encode("utf-8"))
    if document is None or now is None:
        return "the file of the last commit cannot be read"
    if _stated(document.data, name) != _stated(now.data, name):
        return "the same value was changed in the work tree, and that is not committed: commit it, or take it back"
    return ""


def _stated(data: Any, name: str) -> list[Any]:
    """What a file says of a field of the payload, everywhere."""
    places = [data, *data.get("environments", {}).values()]
    return [{key: value for key, value in place.items() if key == name or _localized(key, name)} for place in places]


def _localized(key: str, name: str) -> bool:
    return name == "localized" and "#" in key


def _known_by(finding: Finding) -> tuple[object, ...]:
    return finding.file, finding.code, finding.path, finding.message, finding.environment
