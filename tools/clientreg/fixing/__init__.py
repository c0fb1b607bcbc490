"""What lint finds and one answer is right for, mended in the files' texts. Decides and proposes; writes nothing.

One rule at a time: its findings are mended in all files, and all is judged again. A file in which the rule is not
satisfied then, or another one finds more than before, stays as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from clientreg import lint, registry, rules
from clientreg.capability import Capabilities
from clientreg.finding import Finding, Severity
from clientreg.fixing import mending
from clientreg.fixing.mending import Made, Mended
from clientreg.lint import Report
from clientreg.reading.folder import Overlaid, Tree
from clientreg.registry import Ignored, Registry
from clientreg.repair import Fix, Head
from clientreg.rewriting import Rewrite
from clientreg.settings import Settings

_MOST = 100
"""Findings of one rule in one file that are mended: more are no slip of somebody's hand."""
_ROUNDS = 20
"""Nothing needs more than three; what files could do to each other is not for ever."""


class Judged(NamedTuple):
    """A registry and all that is found in it; what the `silent` rules find is not worth a word, but mended."""

    registry: Registry
    report: Report
    silent: frozenset[str]


Judge: TypeAlias = "Callable[[Tree], Judged]"


class Left(NamedTuple):
    """Findings of a rule in a file that have a fix, and why it was not made."""

    file: str
    code: str
    why: str


class Edited(NamedTuple):
    """A file, its bytes before and after, and what was mended in it."""

    rewrite: Rewrite
    mended: tuple[Mended, ...]


@dataclass(frozen=True)
class Fixed:
    """The registry as it would be, what lint then says, the files that are edited for it, and what was not mended."""

    registry: Registry
    report: Report
    edits: tuple[Edited, ...]
    left: tuple[Left, ...]


def judge(root: str, ignored: Ignored, servers: Mapping[str, Capabilities], today: str) -> Judge:
    """Judges the registry in `root` with the files of a tree, also by rules that only mend."""

    def judged(tree: Tree) -> Judged:
        read = registry.load(root, ignored, tree=tree)
        silent = frozenset(_silent(read.settings) if read.settings else ())
        if read.settings:
            severity = {**dict.fromkeys(silent, Severity.INFO.value), **read.settings.severity}
            read = replace(read, settings=replace(read.settings, severity=severity))
        return Judged(read, lint.run(read, servers=servers, today=today), silent)

    return judged


def fix(tree: Tree, judge: Judge, wanted: Callable[[str], bool], *, unsafe: bool) -> Fixed:
    """Everything that can be mended in the wanted files; with `unsafe`, also what somebody has to want."""
    work = _Work(tree, judge, wanted, unsafe)
    work.mend_all()
    now = work.now
    told = tuple(one for one in now.report.findings if one.code not in now.silent)
    left = tuple(one for one in work.left.values() if one.code not in now.silent)
    return Fixed(now.registry, replace(now.report, findings=told), tuple(work.edits()), left)


def _silent(settings: Settings) -> Iterator[str]:
    """The rules that mend unasked and are judged neither by the profile nor by the registry's own word."""
    for rule in rules.load().values():
        grades = (rule.severity(settings.profile, production=production) for production in (False, True))
        if rule.fix and rule.fix.unasked and not any(grades) and rule.code not in settings.severity:
            yield rule.code


@dataclass
class _Work:
    """The files as far as they are mended, and the findings of the registry that they make."""

    tree: Tree
    judge: Judge
    wanted: Callable[[str], bool]
    unsafe: bool
    contents: dict[str, bytes] = field(default_factory=dict)
    mended: dict[str, list[Mended]] = field(default_factory=dict)
    left: dict[tuple[str, str], Left] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = self.judge(self.tree)

    def mend_all(self) -> None:
        """Rule by rule, in the order of their codes; what was left is tried again when something else was mended."""
        for _ in range(_ROUNDS):
            before = dict(self.contents)
            self.left.clear()
            while open_ones := {finding.code for finding in self._open()}:
                self.mend(min(open_ones))
            if self.contents == before or not self.left:
                return

    def mend(self, code: str) -> None:
        """Mend what a rule finds, file by file, where nothing is the worse for it."""
        found: dict[str, list[Finding]] = {}
        for finding in self._open():
            if finding.code == code:
                found.setdefault(finding.file, []).append(finding)
        made = {file: self._made(file, findings) for file, findings in found.items()}
        for file, one in made.items():
            if one.why:
                self.left[file, code] = Left(file, code, one.why)
        tries = {file: one for file, one in made.items() if one.mended}
        if not tries:
            return
        then = self.judge(self._with({file: one.content for file, one in tries.items()}))
        worse = _worse(self.now.report, then.report, code, {file: len(one.mended) for file, one in tries.items()})
        for file, why in worse.items():
            self.left[file, code] = Left(file, code, why)
        for file, one in tries.items():
            if file not in worse:
                self.contents[file] = one.content
                self.mended.setdefault(file, []).extend(one.mended)
        self.now = self.judge(self._with({})) if worse else then

    def edits(self) -> Iterator[Edited]:
        """The files that are not as they were."""
        for file, content in sorted(self.contents.items()):
            yield Edited(Rewrite(file, self.tree.content(file), content), tuple(self.mended[file]))

    def _with(self, more: Mapping[str, bytes]) -> Tree:
        return Overlaid(self.tree, {**self.contents, **more})

    def _open(self) -> Iterator[Finding]:
        """The findings that are to be mended and were not tried yet."""
        findings = self.now.report.findings
        waived = {(one.file, one.code, one.path) for one in findings if one.waived}
        for one in findings:
            fix = rules.load()[one.code].fix
            if fix is None or not self.wanted(one.file) or (one.file, one.code) in self.left:
                continue
            if (one.file, one.code, one.path) not in waived and self._repairable(one, fix):
                yield one

    def _repairable(self, finding: Finding, fix: Fix) -> bool:
        wanted = mending.repair(self.now.registry.source(finding.file), finding, fix)
        return self.tree.is_file(wanted.refers_to) if isinstance(wanted, Head) else wanted is not None

    def _made(self, file: str, findings: Sequence[Finding]) -> Made:
        """What a file would be, and why not everything is mended in it."""
        raw = self.contents.get(file) or self.tree.content(file)
        fix = rules.load()[findings[0].code].fix
        assert fix
        if fix.unsafe and not self.unsafe:
            return Made(raw, (), f"{fix.unsafe}: --unsafe-fixes mends it")
        if len(findings) > _MOST:
            return Made(raw, (), f"{len(findings):,} places are more than a slip: look at them yourself")
        return mending.mended(raw, findings, fix, unsafe=self.unsafe)


def _worse(before: Report, after: Report, code: str, mended: Mapping[str, int]) -> dict[str, str]:
    """The edited files with which not all is better, and why. What a file hid that could not be read is not new."""
    counts, now = (
        Counter((one.file, one.code) for one in report.findings if not one.waived) for report in (before, after)
    )
    hidden = {one.file for one in before.findings if rules.load()[one.code].subject == "reading"}
    worse = {
        file: f"{code} would still find something"
        for file, n in mended.items()
        if now[file, code] > counts[file, code] - n
    }
    for finding in after.findings:
        if now[finding.file, finding.code] <= counts[finding.file, finding.code] or finding.waived:
            continue
        about = {finding.file, *(also.file for also in finding.related)} & mended.keys()
        if about & hidden:
            continue
        worse |= dict.fromkeys(about or mended.keys() - hidden, f"{finding.code} would find something then")
    return worse
