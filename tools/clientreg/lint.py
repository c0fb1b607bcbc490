"""Read, schema, rules, waivers: every finding of a registry at once, sorted and deterministic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, groupby
from typing import NamedTuple

from clientreg import judge, parallel, rules
from clientreg.capability import Capabilities, Holding
from clientreg.finding import Finding, Severity
from clientreg.model import Client, Part, Succession
from clientreg.reading.folder import ORGANIZATION_FILE, Tree
from clientreg.reading.schemata import SAME_EVERYWHERE
from clientreg.reading.source import Document
from clientreg.registry import Ignored, Judging, Kept, Own, Registry, load_judged
from clientreg.rules import Context
from clientreg.settings import FILE
from clientreg.timing import Watch

_PORTION = 100
"""How many clients a process judges at a time; fewer in all are judged sooner than another process is started."""

_MANY = 500
"""Clients from which on it pays that two processes share the rules over all of them."""


class Since(NamedTuple):
    """What a change leads from and to (commit ids), and how many files of the registry it touches."""

    base: str
    head: str
    changed: int


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a registry and how many files were judged.

    Where a change was judged, `since` says which; `earlier` are errors elsewhere that were there before it: they are
    told, but do not count.
    """

    findings: tuple[Finding, ...]
    files: int
    since: Since | None = None
    earlier: tuple[Finding, ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings of a severity count: waived ones do not."""
        return sum(f.severity is severity and f.waived is None for f in self.findings)

    @property
    def waived(self) -> int:
        """How many findings an exception covers."""
        return sum(f.waived is not None for f in self.findings)

    def failed(self, *, strict: bool = False) -> bool:
        """Whether the check failed: an error, or with `strict` a warning."""
        return self.count(Severity.ERROR) > 0 or (strict and self.count(Severity.WARNING) > 0)

    def only(self, wanted: Sequence[str]) -> Report:
        """The part about some files or folders (paths relative to the root); everything when none is named.

        What stops them is part of it, wherever it is found: an error in their organization's file or in
        `registry.yaml`, without which they are not judged, and a finding at another file that names one of them.
        """
        if not wanted:
            return self
        kept, earlier = (
            tuple(f for f in found if any(_about(f, place) for place in wanted))
            for found in (self.findings, self.earlier)
        )
        return replace(self, findings=kept, earlier=earlier)

    def of(self, file: str) -> Report:
        """The part that stands in one file, or is said of a folder that it is in."""
        return Report(tuple(one._replace(file=file) for one in self.findings if _within(file, one.file)), 1)

    def obstacle(self, file: str) -> Finding | None:
        """The first error, if any, in what a file is judged by: its organization's file or `registry.yaml`."""
        return next((f for f in self.only([file]).findings if f.file != file and _above(f.file, file)), None)

    def below(self, folder: str) -> Report:
        """The same with every file named from a folder above: `folder` is the way from there, empty or ending in /."""
        if not folder:
            return self
        findings, earlier = (tuple(_moved(one, folder) for one in found) for found in (self.findings, self.earlier))
        return replace(self, findings=findings, earlier=earlier)


def _moved(finding: Finding, folder: str) -> Finding:
    related = tuple(place._replace(file=folder + place.file) for place in finding.related)
    return finding._replace(file=folder + finding.file, related=related)


def _about(finding: Finding, place: str) -> bool:
    if finding.severity is Severity.ERROR and _above(finding.file, place):
        return True
    return any(_within(file, place) for file in (finding.file, *(other.file for other in finding.related)))


def _above(file: str, place: str) -> bool:
    """Whether a file says something of everything in its folder, and so of the place."""
    folder, _, name = file.rpartition("/")
    return name in {FILE, ORGANIZATION_FILE} and _within(place, folder)


def within(file: str, places: Sequence[str]) -> bool:
    """Whether a file is one of some files or in one of some folders; any is where none is named."""
    return not places or any(_within(file, place) for place in places)


def _within(file: str, place: str) -> bool:
    return place in {"", "."} or file == place or file.startswith(place.rstrip("/") + "/")


def checked(
    root: str,
    ignored: Ignored,
    *,
    servers: Mapping[str, Capabilities],
    today: str,
    tree: Tree | None = None,
    whole: bool = False,
    least: Severity = Severity.INFO,
    watch: Watch | None = None,
) -> tuple[Registry, Report]:
    """Read the registry in `root` (or a `tree`) and judge it in one pass: what is wrong is found where it is read.

    Unless its clients are to be `whole`, no more is kept of those in order than rules across files look at. Who only
    asks for findings as serious as `least` is spared reading files again for the places of others. With a `watch` one
    process does it all, and what each rule takes is found there by its code.
    """
    book = _Book.by(watch)._replace(least=least)
    part = kept(book.rules["registry"], servers.values())
    begin = partial(_begin, book, servers, today)
    registry, own = load_judged(root, ignored, Judging(begin, (lambda _: None) if whole else part, watch), tree=tree)
    if registry.settings is None:
        return registry, _report(registry, ())
    return registry, _report(registry, _judged(Context(registry, registry.settings, today, servers), own, book))


class _Book(NamedTuple):
    """The rules to judge by; with a watch, one process does it, by the watch."""

    rules: Mapping[rules.Subject, tuple[rules.Rule, ...]]
    watch: Watch | None = None
    least: Severity = Severity.INFO

    @classmethod
    def by(cls, watch: Watch | None) -> _Book:
        """All rules that have a check."""
        book = rules.by_subject()
        if watch is None:
            return cls(book)
        return cls({subject: tuple(_timed(rule, watch) for rule in those) for subject, those in book.items()}, watch)


def _timed(rule: rules.Rule, watch: Watch) -> rules.Rule:
    assert rule.check
    return rule._replace(check=watch.drained(rule.code, rule.check))


def _begin(book: _Book, servers: Mapping[str, Capabilities], today: str, base: Registry) -> Own:
    assert base.settings
    judges = judge.Judge(Context(base, base.settings, today, servers), book.rules, book.least)
    own: Own = lambda document, client: tuple(judges.judged(document, client))  # noqa: E731
    return book.watch.timed("judging", own) if book.watch else own


def kept(across: Iterable[rules.Rule], servers: Iterable[Capabilities]) -> Kept:
    """The fields of clients that rules across files look at: what they name, and what servers do not simply hold.

    Of an organization that has not said which hosts are its own, everything: any field may hold an address.
    """
    named = (rule.fields for rule in across)
    kinds = chain.from_iterable(declared.each for declared in servers)
    noted = (name for kind in kinds for name, one in kind.fields.items() if one.holding is not Holding.HELD)
    fields = frozenset((*SAME_EVERYWHERE, *chain.from_iterable(named), *noted)) - {"lifecycle"}
    return lambda organization: fields if organization.domains else None


def run(
    registry: Registry, *, servers: Mapping[str, Capabilities], today: str, successions: Sequence[Succession] = ()
) -> Report:
    """Judge a whole registry. `today` is an ISO 8601 day in UTC, `servers` what each server type can hold.

    `successions` say of clients what they were in an older commit, where there is one to compare with.
    """
    if registry.settings is None:
        return _report(registry, ())
    context = Context(registry, registry.settings, today, servers)
    clients: dict[str, Client | Part] = {client.file: client for client in registry.clients}
    clients |= {one.file: one.part for one in registry.broken if one.part}
    book = _Book.by(None)
    work = partial(_alone, judge.Judge(context, book.rules))
    items = [(document, clients.get(file)) for file, document in registry.documents.items()]
    found = parallel.spread(work, items, portion=_PORTION)
    alone = {document.file: findings for (document, _), findings in zip(items, found, strict=True) if findings}
    return _report(registry, _judged(context, alone, book, successions))


def _alone(judges: judge.Judge, files: Sequence[tuple[Document, Client | Part | None]]) -> list[tuple[Finding, ...]]:
    return [tuple(judges.judged(document, client)) for document, client in files]


def _report(registry: Registry, found: Iterable[Finding]) -> Report:
    findings = sorted({*registry.findings, *found}, key=lambda finding: finding.sort_key)
    return Report(tuple(findings), len(registry.documents) + len(registry.unread))


def _judged(
    context: Context, alone: Mapping[str, tuple[Finding, ...]], book: _Book, successions: Sequence[Succession] = ()
) -> Iterator[Finding]:
    """Every finding but those of reading; `alone` are those of single files, by file."""
    judges, across = judge.Judge(context, book.rules, book.least), _across(context, book, successions)
    by_file = dict(alone)
    for client in context.registry.clients:
        hits = across.pop(client.file, ())
        if hits and client.file in alone:
            by_file[client.file] = tuple(judges.file(context.registry.documents[client.file], client, hits))
        elif hits:
            by_file[client.file] = tuple(judges.clean_client(client, hits))
    yield from chain.from_iterable(by_file.values())
    for file, hits in across.items():
        for hit in hits:
            yield from judges.plain(hit.rule, file, [hit.breach])


def _across(context: Context, book: _Book, successions: Sequence[Succession]) -> dict[str, list[judge.Hit]]:
    """What rules find that look at no single client's file, by the file that it is said of."""
    subjects: list[tuple[rules.Subject, str, object]] = [
        ("settings", FILE, context.settings),
        *(("organization", one.file, one) for one in context.registry.organizations.values()),
        *(("succession", one.after.file, one) for one in successions),
    ]
    found: dict[str, list[judge.Hit]] = {}
    for subject, file, one in subjects:
        for rule in book.rules[subject]:
            for breach in judge.breaches(rule, one, context):
                found.setdefault(breach.file or file, []).append(judge.Hit(rule, None, breach))
    for rule, breach in _over_registry(context, book):
        found.setdefault(breach.file or FILE, []).append(judge.Hit(rule, None, breach))
    return found


def _over_registry(context: Context, book: _Book) -> Iterator[tuple[rules.Rule, rules.Breach]]:
    """What rules over the whole registry find. Those of one topic share what they work out, and so a process."""
    by_topic = groupby(book.rules["registry"], key=lambda rule: rule.check.__module__)
    topics = [tuple(those) for _, those in by_topic]
    portion = 1 if len(context.registry.clients) > _MANY else len(topics)
    told = parallel.spread(partial(_told, context), topics, portion=portion, alone=book.watch is not None)
    for rule, breaches in zip(chain.from_iterable(topics), chain.from_iterable(told), strict=True):
        yield from ((rule, breach) for breach in breaches)


def _told(context: Context, topics: Sequence[Sequence[rules.Rule]]) -> list[list[list[rules.Breach]]]:
    return [[list(judge.breaches(rule, context.registry, context)) for rule in topic] for topic in topics]
