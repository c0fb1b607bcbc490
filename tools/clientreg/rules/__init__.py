"""The rule book. A rule is one function with its words, a failing and a passing example, and its source.

One file per topic; a file is found by being here, a rule by being a module-level `Rule`. Nothing registers itself.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from textwrap import dedent
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from clientreg.finding import Severity

if TYPE_CHECKING:
    from clientreg.capability import Capabilities
    from clientreg.jsonvalue import Path
    from clientreg.registry import Registry
    from clientreg.repair import Fix
    from clientreg.rules.features import Feature
    from clientreg.settings import Environment, ServerEntry, Settings

Subject = Literal["reading", "document", "registration", "client", "organization", "settings", "registry", "succession"]
"""What a rule looks at. `reading` rules are found while a file is read: there is nothing to call a check with."""

_WITHOUT_WAIVERS: frozenset[Subject] = frozenset({"organization", "settings"})

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


class Place(NamedTuple):
    """Another place that a breach talks about: a file and the address of a value in it."""

    file: str
    path: Path
    message: str


class Breach(NamedTuple):
    """Where and how a rule is broken. `path` is an address in the subject; `file` only for registry rules.

    `default` is what the value of a registration follows from, for a file that does not state it. `environment` is the
    one that a breach of a client is about, if it is not about all of them.
    """

    path: Path
    message: str
    hint: str = ""
    file: str | None = None
    related: tuple[Place, ...] = ()
    default: Path = ("platform",)
    environment: str | None = None


class Grade(NamedTuple):
    """How serious a breach is, per environment class; None: not judged there."""

    test: Severity | None
    production: Severity | None

    def of(self, *, production: bool) -> Severity | None:
        """The severity in an environment of that class."""
        return self.production if production else self.test


@dataclass(frozen=True, eq=False)
class Context:
    """What a check may know beside its subject: all data, no clock, no disk.

    `environment` is None where the subject is not in an environment. `today` is an ISO 8601 day in UTC.
    `servers` holds the declared capabilities per server type.
    """

    registry: Registry
    settings: Settings
    today: str
    servers: Mapping[str, Capabilities]
    environment: Environment | None = None

    @cached_property
    def free_scopes(self) -> frozenset[str]:
        """The scopes of the catalogue that every client may have without a word."""
        scopes = self.settings.scopes.values()
        return frozenset(s.name for s in scopes if not (s.organizations or s.client_types or s.sensitive))

    @cached_property
    def server_types(self) -> tuple[Capabilities, ...]:
        """What the known server types of the environment can hold, each once."""
        found = (self.kind(entry) for entry in (self.environment.servers if self.environment else ()))
        return tuple(dict.fromkeys(kind for kind in found if kind is not None))

    def kind(self, entry: ServerEntry) -> Capabilities | None:
        """What a server can hold; None for one of an unknown type."""
        known = self.servers.get(entry.type)
        return None if known is None else known.chosen(entry.options)


Check = Callable[[Any, Context], Iterator[Breach]]


class Rule(NamedTuple):
    """One rule: code, words, proof and check.

    `fields`: a registration's check runs only where the file or environment states one of them (empty: always). Of a
    rule over the whole registry: what it looks at in clients beside what no environment may override; of a client in
    whose file nothing is wrong no other field may be there.
    `needs`: and only where all of these features are there; most rules cannot find anything in most clients, and what
    is not called costs nothing. They are no part of the check: without them it finds the same, later.
    `also`: other fields it reads that may differ per environment; "environment" if it looks at `Context.environment`.
    Within one client a check is repeated for an environment only when that overrides one of `fields` or `also`.
    `differing`: of a rule on clients: its check runs only where an environment overrides one of these. As with `needs`,
    without them it finds the same, later.
    `fix`: how what it finds is mended where one answer is right.
    """

    code: str
    title: str
    doc: str
    subject: Subject
    grades: Mapping[str, Grade]
    failing: str
    passing: str
    refs: tuple[str, ...]
    hint: str = ""
    fields: tuple[str, ...] = ()
    needs: tuple[Feature, ...] = ()
    also: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    waivable: bool = True
    fix: Fix | None = None
    check: Check | None = None

    @property
    def why(self) -> str:
        """The reason, for the developer who broke it."""
        return inspect.cleandoc(self.doc)

    @property
    def bad(self) -> str:
        """A file that breaks it, in the lines that end with `# <-`."""
        return dedent(self.failing).strip("\n")

    @property
    def good(self) -> str:
        """The same file as it should be."""
        return dedent(self.passing).strip("\n")

    def applies(self, stated: frozenset[str], features: frozenset[Feature] | None = None) -> bool:
        """Whether the check is to be called where these fields are stated and these features there (None: all)."""
        if features is not None and not features.issuperset(self.needs):
            return False
        return not self.fields or not stated.isdisjoint(self.fields)

    def severity(self, profile: str, *, production: bool) -> Severity | None:
        """How serious a breach is in a profile and environment class (None: not judged)."""
        return (self.grades.get(profile) or self.grades["connect"]).of(production=production)


def by_class(*, test: Severity | None, production: Severity | None) -> Grade:
    """A grade that depends on the environment's class."""
    return Grade(test, production)


def rule(
    code: str,
    severity: Severity | Grade,
    *,
    subject: Subject = "registration",
    title: str,
    bad: str,
    good: str,
    refs: tuple[str, ...],
    hint: str = "",
    fields: tuple[str, ...] = (),
    needs: tuple[Feature, ...] = (),
    also: tuple[str, ...] = (),
    differing: tuple[str, ...] = (),
    waivable: bool = True,
    fix: Fix | None = None,
    profiles: Mapping[str, Severity | Grade | None] | None = None,
) -> Callable[[Check], Rule]:
    """Makes a `Rule` of a check; the check's docstring says why. `profiles` grades other profiles differently.

    Waivers stand in clients' files: what is wrong in another file has none.
    """

    def make(check: Check) -> Rule:
        return Rule(
            code=code,
            title=title,
            doc=check.__doc__ or "",
            subject=subject,
            grades={"connect": _grade(severity), **{name: _grade(value) for name, value in (profiles or {}).items()}},
            failing=bad,
            passing=good,
            refs=refs,
            hint=hint,
            fields=fields,
            needs=needs,
            also=also,
            differing=differing,
            waivable=waivable and subject not in _WITHOUT_WAIVERS,
            fix=fix,
            check=check,
        )

    return make


def reading(
    code: str,
    *,
    title: str,
    why: str,
    bad: str,
    good: str,
    refs: tuple[str, ...],
    hint: str = "",
    fix: Fix | None = None,
) -> Rule:
    """A rule that the reading of a file enforces: always an error, never waivable, nothing to call."""
    return Rule(
        code=code,
        title=title,
        doc=why,
        subject="reading",
        grades={"connect": Grade(ERROR, ERROR)},
        failing=bad,
        passing=good,
        refs=refs,
        hint=hint,
        waivable=False,
        fix=fix,
    )


def _grade(value: Severity | Grade | None) -> Grade:
    return value if isinstance(value, Grade) else Grade(value, value)


@cache
def load() -> Mapping[str, Rule]:
    """Every rule of this package by its code, in order. Raises AssertionError for a code declared twice."""
    found: dict[str, Rule] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for item in vars(module).values():
            if isinstance(item, Rule):
                if found.get(item.code, item) is not item:
                    raise AssertionError(f"{item.code} is declared twice")
                found[item.code] = item
    return dict(sorted(found.items()))


def meant(code: str) -> str:
    """What to write instead of a code that no rule has."""
    from difflib import get_close_matches  # of use for a wrong code only

    family = [one for one in load() if one[:3] == code[:3]]
    near = [f"{one} ({load()[one].title})" for one in get_close_matches(code, family, n=2, cutoff=0.8)]
    lists = "'clientreg explain' lists every rule"
    return f"did you mean {' or '.join(near)}? {lists}" if near else lists


def by_subject() -> Mapping[Subject, tuple[Rule, ...]]:
    """Every rule that has a check, grouped by what it looks at."""
    groups: dict[Subject, list[Rule]] = {subject: [] for subject in get_args(Subject)}
    for found in load().values():
        if found.check:
            groups[found.subject].append(found)
    return {subject: tuple(group) for subject, group in groups.items()}
