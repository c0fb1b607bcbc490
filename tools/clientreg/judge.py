"""One client's findings: each check runs as rarely as its answer allows, and each mistake is said once.

Checks are chosen by the fields that a file states and by its features, repeated for an environment only where that
overrides what they read, and their breaches merged: the same breach in several environments is one finding, at its
worst severity.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from clientreg import rules
from clientreg.finding import START, Finding, Related, Severity, Waived
from clientreg.jsonvalue import Path, dotted
from clientreg.model import Client, Part, Registration, Waiver
from clientreg.reading.source import Document
from clientreg.rules import Breach, Context, Rule, Subject, features
from clientreg.rules.features import Feature
from clientreg.settings import Settings

UNUSED_WAIVER = "CR903"
INSISTENT = "CR909"
"""That a server insists on a rule is worth a word only where a waiver lifts that rule."""
REFUSED = "CR801"
_NO_VALUE = frozenset({"CR320", "CR321", "CR324", "CR614"})
"""What these find is right nowhere and has to go: that a server refuses it, too, is not worth a word."""
_OF_FILES: tuple[Subject, Subject] = ("document", "client")
_NOTHING: frozenset[str] = frozenset()


class Hit(NamedTuple):
    """A breach of a rule, in one environment (None: wherever the client is)."""

    rule: Rule
    environment: str | None
    breach: Breach


class _Key(NamedTuple):
    """What makes two hits one finding: rule, place in the file, words, and the waiver (its index) that covers it."""

    code: str
    place: Path
    message: str
    waiver: int | None


@dataclass(slots=True)
class _Group:
    worst: Severity
    hit: Hit
    severities: set[Severity]
    environments: set[str | None]


def breaches(rule: Rule, subject: object, context: Context) -> Iterator[Breach]:
    """What a rule finds on a subject that is in no single environment."""
    assert rule.check
    if severity_of(rule, context.settings, production=True):
        yield from rule.check(subject, context)


def severity_of(rule: Rule, settings: Settings, *, production: bool) -> Severity | None:
    """The rule book's severity in the registry's profile, raised (never lowered) where `registry.yaml` says so.

    So a rule that the profile leaves out is taken in; where only a class of environments has no use for it, it stays.
    """
    severity = rule.severity(settings.profile, production=production)
    raised = settings.severity.get(rule.code)
    if raised is None:
        return severity
    if severity is None:
        return None if rule.severity(settings.profile, production=not production) else Severity(raised)
    return min(severity, Severity(raised), key=lambda s: s.rank)


def _is_judged(rule: Rule, settings: Settings) -> bool:
    """Whether the registry's profile has the rule at all: what is never told need not be looked for."""
    return any(severity_of(rule, settings, production=production) for production in (False, True))


class Judge:
    """Judges files one by one; keeps only what is the same for all of them, and the document that it is about.

    Of a client, what is less serious than `least` and covered by no waiver is left out: its place is not looked up.
    """

    def __init__(
        self, context: Context, book: Mapping[Subject, tuple[Rule, ...]], least: Severity = Severity.INFO
    ) -> None:
        self._context = context
        self._book, self._least = book, least
        self._document: Document | None = None
        self._document_rules, self._file_rules = (
            tuple(rule for rule in book[subject] if severity_of(rule, context.settings, production=True))
            for subject in _OF_FILES
        )
        self._rules = tuple(rule for rule in book["registration"] if _is_judged(rule, context.settings))
        self._parts: dict[frozenset[str], Judge] = {}
        self._for_file: dict[tuple[frozenset[str], frozenset[str]], tuple[Rule, ...]] = {}
        self._chosen: dict[tuple[frozenset[str], frozenset[Feature]], tuple[Rule, ...]] = {}
        self._repeated: dict[tuple[frozenset[str], frozenset[Feature], frozenset[str]], tuple[Rule, ...]] = {}
        self._contexts = {
            name: replace(context, environment=environment)
            for name, environment in context.settings.environments.items()
        }

    def judged(self, document: Document, client: Client | Part | None) -> Iterator[Finding]:
        """Every finding of one file, and of as much of a client as could be understood."""
        if isinstance(client, Part):
            found = self._without(client.unsure).file(document, client.client)
            yield from (one for one in found if one.code != UNUSED_WAIVER)
        else:
            yield from self.file(document, client)

    def _without(self, unsure: frozenset[str]) -> Judge:
        """A judge by those rules on registrations that say what they read, and read none of these fields."""
        known = self._parts.get(unsure)
        if known is None:
            those = (rule for rule in self._book["registration"] if rule.fields)
            sure = (rule for rule in those if unsure.isdisjoint((rule.code, *rule.fields, *rule.also)))
            book = {**self._book, "registration": tuple(rule._replace(needs=()) for rule in sure), "client": ()}
            known = self._parts[unsure] = Judge(self._context, book, self._least)
        return known

    def file(self, document: Document, client: Client | None, across: Iterable[Hit] = ()) -> Iterator[Finding]:
        """Every finding of one file, and of the client in it; `across` are those of rules over the whole registry."""
        self._document = document
        hits = [*across, *self._document_hits(document)]
        if client is not None:
            environments = self._environments(client)
            hits += [*self._file_hits(client), *self._registration_hits(client, environments)]
            yield from self._findings(client, hits, environments)
        else:
            for hit in hits:
                yield from self.plain(hit.rule, document.file, [hit.breach])

    def clean_client(self, client: Client, across: Iterable[Hit]) -> Iterator[Finding]:
        """The findings of a client in whose file nothing was found: those of rules over the whole registry."""
        yield from self._findings(client, across, self._environments(client))

    def plain(self, rule: Rule, file: str, found: Iterable[Breach]) -> Iterator[Finding]:
        """Breaches as findings that no waiver covers, graded as in production, where they count most."""
        severity = severity_of(rule, self._context.settings, production=True)
        for breach in found:
            if severity:
                yield self._finding(rule, breach, breach.file or file, severity)

    def _environments(self, client: Client) -> Sequence[str | None]:
        return [name for name in client.environments if name in self._contexts] or [None]

    def _document_hits(self, document: Document) -> Iterator[Hit]:
        for rule in self._document_rules:
            assert rule.check
            for breach in rule.check(document, self._context):
                yield Hit(rule, None, breach)

    def _findings(self, client: Client, hits: Iterable[Hit], environments: Sequence[str | None]) -> Iterator[Finding]:
        used: set[str | int] = set()
        if hits:
            groups = self._groups(client, hits)
            used.update(key.waiver for key in groups if key.waiver is not None)
            lifted = {(key.waiver, where) for key, group in groups.items() for where in group.environments}
            groups = {
                key: group for key, group in groups.items() if key.code != INSISTENT or _speaks(key, group, lifted)
            }
            used |= _faulty(groups)
            for key, group in groups.items():
                if key.code == REFUSED and _said(key, group, groups):
                    continue
                if key.waiver is not None or group.worst.rank <= self._least.rank:
                    yield self._merged(client, key, group, environments)
        if "waivers" in client.data:
            yield from self._unused(client, used)

    def _file_hits(self, client: Client) -> Iterator[Hit]:
        stated, overridden = frozenset(client.data), _NOTHING.union(*client.data.get("environments", {}).values())
        chosen = self._for_file.get((stated, overridden))
        if chosen is None:
            applicable = (rule for rule in self._file_rules if rule.applies(stated))
            chosen = tuple(rule for rule in applicable if not rule.differing or overridden.intersection(rule.differing))
            self._for_file[stated, overridden] = chosen
        for rule in chosen:
            assert rule.check
            for breach in rule.check(client, self._context):
                yield Hit(rule, breach.environment, breach)

    def _registration_hits(self, client: Client, environments: Sequence[str | None]) -> list[Hit]:
        """Every check in the first environment; in another only where that or the first overrides what it reads."""
        first, *others = environments
        registration = client.registration(first)
        traits = features.of(registration, self._context)
        found = self._breaches(self._applicable(registration.given, traits), registration, first)
        hits = [Hit(rule, first, breach) for rule, breach in found]
        for name in others:
            changed = _overridden(client, first) | _overridden(client, name)
            registration = client.registration(name)
            its = traits if changed.isdisjoint(features.FIELDS) else features.of(registration, self._context)
            again = self._breaches(self._dependent(registration.given, its, changed), registration, name)
            same = [pair for pair in found if not _depends(pair[0], changed)]
            hits += [Hit(rule, name, breach) for rule, breach in (*again, *same)]
        return hits

    def _breaches(
        self, chosen: Iterable[Rule], registration: Registration, environment: str | None
    ) -> list[tuple[Rule, Breach]]:
        context = self._contexts[environment] if environment else self._context
        return [(rule, breach) for rule in chosen if rule.check for breach in rule.check(registration, context)]

    def _applicable(self, given: frozenset[str], traits: frozenset[Feature]) -> tuple[Rule, ...]:
        known = self._chosen.get((given, traits))
        if known is None:
            stated = frozenset(name.partition("#")[0] for name in given)
            known = self._chosen[given, traits] = tuple(rule for rule in self._rules if rule.applies(stated, traits))
        return known

    def _dependent(
        self, given: frozenset[str], traits: frozenset[Feature], overridden: frozenset[str]
    ) -> tuple[Rule, ...]:
        known = self._repeated.get((given, traits, overridden))
        if known is None:
            picked = tuple(rule for rule in self._applicable(given, traits) if _depends(rule, overridden))
            known = self._repeated[given, traits, overridden] = picked
        return known

    def _groups(self, client: Client, hits: Iterable[Hit]) -> dict[_Key, _Group]:
        groups: dict[_Key, _Group] = {}
        for hit in hits:
            production = hit.environment is None or self._context.settings.environments[hit.environment].production
            severity = severity_of(
                hit.rule, self._context.settings, production=production and bool(client.environments)
            )
            if severity is None:
                continue
            place = client.place(hit.environment, hit.breach.path, hit.breach.default)
            key = _Key(hit.rule.code, place, hit.breach.message, self._waiver(client, hit, place))
            group = groups.setdefault(key, _Group(severity, hit, set(), set()))
            group.severities.add(severity)
            group.environments.add(hit.environment)
            if severity.rank < group.worst.rank:
                group.worst, group.hit = severity, hit
        return groups

    def _waiver(self, client: Client, hit: Hit, place: Path) -> int | None:
        """The index of the first waiver that covers a hit today."""
        if not hit.rule.waivable:
            return None
        for index, waiver in enumerate(client.waivers):
            if waiver.expires >= self._context.today and _covers(waiver, hit, place):
                return index
        return None

    def _merged(self, client: Client, key: _Key, group: _Group, environments: Sequence[str | None]) -> Finding:
        rule, environment, breach = group.hit
        finding = self._finding(rule, breach._replace(path=key.place), client.file, group.worst)
        everywhere = len(group.severities) == 1 and group.environments in ({None}, set(environments))
        waived = None if key.waiver is None else client.waivers[key.waiver]
        return finding._replace(
            environment=None if everywhere else environment,
            waived=Waived(waived.reason, waived.expires) if waived else None,
        )

    def _unused(self, client: Client, used: set[str | int]) -> Iterator[Finding]:
        rule = rules.load()[UNUSED_WAIVER]
        for index, waiver in enumerate(client.waivers):
            if index not in used and waiver.expires >= self._context.today:
                where = "where this waiver says" if waiver.path or waiver.environment else "here"
                message = f"nothing {where} breaks {waiver.rule}, so it covers nothing"
                yield from self.plain(rule, client.file, [Breach(("waivers", index), message)])

    def _finding(self, rule: Rule, breach: Breach, file: str, severity: Severity) -> Finding:
        document = self._source(file)
        return Finding(
            file=file,
            span=document.at(breach.path) if document else START,
            path=breach.path,
            code=rule.code,
            severity=severity,
            message=breach.message,
            hint=breach.hint or rule.hint,
            related=tuple(map(self._related, breach.related)),
        )

    def _source(self, file: str) -> Document | None:
        """The document in which something stands: as a rule the one at hand."""
        here = self._document
        return here if here is not None and here.file == file else self._context.registry.documents.get(file)

    def _related(self, place: rules.Place) -> Related:
        document = self._source(place.file)
        return Related(place.file, document.at(place.path).line if document else 1, place.message)


def _speaks(key: _Key, group: _Group, lifted: set[tuple[int | None, str | None]]) -> bool:
    """Whether the waiver that a server would not mind lifts something in an environment with such a server."""
    return any((key.place[1], where) in lifted for where in (None, *group.environments))


def _said(key: _Key, group: _Group, groups: Mapping[_Key, _Group]) -> bool:
    """Whether an error that no waiver covers says, wherever this one does, that the value has to go."""
    return any(
        key.place == other.place
        and other.code in _NO_VALUE
        and other.waiver is None
        and one.severities == {Severity.ERROR}
        and (None in one.environments or one.environments == group.environments)
        for other, one in groups.items()
    )


def _faulty(groups: Mapping[_Key, _Group]) -> set[str | int]:
    """The waivers with an error of their own: that they cover nothing follows from it."""
    errors = (key.place for key, group in groups.items() if group.worst is Severity.ERROR)
    return {place[1] for place in errors if len(place) > 1 and place[0] == "waivers"}


def _overridden(client: Client, environment: str | None) -> frozenset[str]:
    overrides = client.overrides(environment)
    return frozenset(key.partition("#")[0] for key in overrides) if overrides else _NOTHING


def _depends(rule: Rule, overridden: frozenset[str]) -> bool:
    return "environment" in rule.also or not overridden.isdisjoint(rule.fields) or not overridden.isdisjoint(rule.also)


def _covers(waiver: Waiver, hit: Hit, place: Path) -> bool:
    if waiver.rule != hit.rule.code or waiver.environment not in {None, hit.environment or _environment(place)}:
        return False
    return waiver.path is None or any(_below(waiver.path, dotted(path)) for path in (hit.breach.path, place))


def _environment(place: Path) -> object:
    """The environment in whose entry a value stands."""
    return place[1] if len(place) > 1 and place[0] == "environments" else None


def _below(prefix: str, path: str) -> bool:
    return path == prefix or path.startswith((f"{prefix}.", f"{prefix}["))
