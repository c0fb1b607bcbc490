"""The page of the fields of a client file: meaning, default, for whom, rules that look at it, what servers do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clientreg.report.meaning import Field
from clientreg.report.reference import rules
from clientreg.report.reference.markup import anchor, code, link, prose, table
from clientreg.report.reference.servers import doing
from clientreg.report.values import one_line

FILE = "fields.md"


def page(fields: Sequence[Field]) -> Iterator[str]:
    """Paragraphs of Markdown."""
    yield "# The fields of a client file\n"
    yield (
        "Everything that `clients/<organization>/<name>.yaml` can say. `clientreg explain FIELD` says the same in a "
        "terminal, and an editor with a YAML language server while you type. What a field of any name must obey to be "
        f"read at all are the rules of the families CR0xx and CR1xx in {link(rules.FILE, rules.FILE)}.\n"
    )
    yield table(
        ["field", "what", "default"], ([place(one.name), prose(one.title), prose(one.default)] for one in fields)
    )
    for field in fields:
        yield from _section(field)


def place(name: str) -> str:
    """A link to a field's section."""
    return link(code(name), f"{FILE}#{anchor(name)}")


def _section(field: Field) -> Iterator[str]:
    yield f"## {code(field.name)}\n"
    yield f"**{prose(field.title)}**\n"
    if field.description:
        yield f"{prose(field.description)}\n"
    yield "".join(f"* {title}: {words}\n" for title, words in _facts(field) if words)
    if field.rules:
        yield "Rules that look at it:\n"
        yield "".join(f"* {rules.place(rule.code)} {prose(rule.title)}\n" for rule in field.rules)
    if not field.holdings:
        yield "No server is told.\n"
    elif "." not in field.name:
        yield table(["server", "what it does with it"], ([code(at.name), doing(held)] for at, held in field.holdings))


def _facts(field: Field) -> Iterator[tuple[str, str]]:
    yield "value", field.kind
    yield "one of", ", ".join(code(one_line(value)) for value in field.allowed)
    yield "default", prose(field.default)
    yield "for", prose(field.who)
    yield "in an environment", "may have another value" if field.per_environment else "has no value of its own"
    for example in field.examples:
        yield "example", code(f"{field.name.rpartition('.')[2]}: {one_line(example)}")
    yield "fields inside it", ", ".join(map(place, field.members))
