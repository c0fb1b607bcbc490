"""The page of the rules: each with its reason, a wrong and a right file, its source, its severities and exceptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from clientreg.capability import Capabilities
from clientreg.report.layout import counted, listed
from clientreg.report.meaning import FAMILIES, graded, grades_of, looks_at, mending
from clientreg.report.reference.markup import anchor, block, code, link, prose
from clientreg.rules import Rule

FILE = "rules.md"


def page(rules: Sequence[Rule], servers: Sequence[Capabilities]) -> Iterator[str]:
    """Paragraphs of Markdown."""
    yield "# The rules\n"
    yield (
        f"What `clientreg lint` finds: {counted(len(rules), 'rule')}. A code never changes its meaning. "
        "`clientreg explain CODE` says the same in a terminal; "
        f"{link('profiles.md', 'profiles.md')} has the severities of all of them in one table. "
        "A line that is wrong ends with `# <-`; what an example leaves out is not shown.\n"
    )
    for family, found in groupby(rules, lambda rule: rule.code[:3]):
        yield f"## {family}xx: {FAMILIES[family]}\n"
        for rule in found:
            yield from _section(rule, servers)


def place(code_: str) -> str:
    """A link to a rule's section."""
    return link(code_, f"{FILE}#{anchor(code_)}")


def _section(rule: Rule, servers: Sequence[Capabilities]) -> Iterator[str]:
    yield f"### {rule.code}\n"
    yield f"**{prose(rule.title)}**\n"
    yield from (f"{prose(paragraph)}\n" for paragraph in rule.why.split("\n\n"))
    yield "".join(f"* {title}: {words}\n" for title, words in _facts(rule, servers) if words)
    yield f"Wrong:\n\n{block(rule.bad, 'yaml')}"
    yield f"Right:\n\n{block(rule.good, 'yaml')}"


def _facts(rule: Rule, servers: Sequence[Capabilities]) -> Iterator[tuple[str, str]]:
    yield "severity", _severities(rule)
    yield "looks at", listed(link(code(name), f"fields.md#{anchor(name)}") for name in looks_at(rule))
    yield "what to do", prose(rule.hint)
    yield code("lint --fix"), prose(mending(rule))
    yield "exception", "a dated waiver in the client's file" if rule.waivable else "none: it cannot be waived"
    for server in servers:
        if rule.code in server.insists:
            yield f"no exception with a server of type {code(server.name)}", prose(server.insists[rule.code])
    yield "source", prose("; ".join(rule.refs))


def _severities(rule: Rule) -> str:
    """One if every profile says the same, else each with the profiles that say so."""
    profiles: dict[str, list[str]] = {}
    for profile, grade in grades_of(rule).items():
        profiles.setdefault(graded(grade), []).append(code(profile))
    if len(profiles) == 1:
        return f"{next(iter(profiles))}, in every profile"
    return "; ".join(f"{words} ({', '.join(names)})" for words, names in profiles.items())
