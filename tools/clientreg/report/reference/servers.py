"""The page of the server types: what each does with each field, its options, and what it insists on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clientreg.capability import Capabilities, Capability
from clientreg.report.meaning import Field
from clientreg.report.reference import rules
from clientreg.report.reference.markup import anchor, code, link, prose, table
from clientreg.report.values import one_line

FILE = "servers.md"


def page(fields: Sequence[Field], servers: Sequence[Capabilities]) -> Iterator[str]:
    """Paragraphs of Markdown."""
    yield "# The server types\n"
    yield (
        "What each type of server does with each field of a client file, as it declares it and tests hold it to. "
        "`held`: kept as the file says it. `works differently`: kept, with a difference. `not held`: the client works "
        "without it there; lint says so. `refused`: an error before the merge, because the client would be weaker "
        "than its file says. `only some values`: the others are refused. What is not plain is explained below the "
        "table, per type.\n"
    )
    top = [field for field in fields if "." not in field.name]
    yield table(["field", *(f"{link(code(at.name), f'#{anchor(at.name)}')} {at.tried}".strip() for at in servers)], (
        [link(code(field.name), f"fields.md#{anchor(field.name)}"), *_row(field, servers)] for field in top
    ))  # fmt: skip
    for server in servers:
        yield from _section(server)


def doing(capability: Capability) -> str:
    """What a server type does with a field, in one line."""
    only = f"only {', '.join(code(one_line(value)) for value in capability.only)}" if capability.only else ""
    return "; ".join(part for part in (capability.holding, only, prose(capability.why)) if part)


def _row(field: Field, servers: Sequence[Capabilities]) -> Iterator[str]:
    held = dict(field.holdings)
    for server in servers:
        capability = held.get(server)
        if capability is None:
            yield "not told"
        else:
            words = f"{capability.holding}, only some values" if capability.only else str(capability.holding)
            yield link(words, f"#{anchor(server.name)}") if capability.why or capability.only else words


def _section(server: Capabilities) -> Iterator[str]:
    yield f"## {server.name}\n"
    tried = f"Tried on {server.tried}." if server.tried else "It comes with this package."
    yield f"{prose(server.title)}. {tried}\n"
    if server.notice:
        yield f"**{prose(server.notice)}**\n"
    yield "Options of its entry in registry.yaml:\n"
    yield table(
        ["option", "needed", "what", "example"],
        (
            [code(option.name), "yes" if option.required else "no", prose(option.description), code(option.example)]
            for option in server.options
        ),
    )
    remarks = [[code(name), doing(how)] for name, how in server.fields.items() if how.why or how.only]
    if remarks:
        yield "Fields of which there is more to say:\n"
        yield table(["field", "what it does with it"], remarks)
    if server.objections:
        yield f"What else it refuses follows from several fields, a length or its options: {rules.place('CR805')}.\n"
    if server.insists:
        yield "Rules that it enforces itself, so that no waiver lifts them there:\n"
        yield table(["rule", "why"], ([rules.place(name), prose(why)] for name, why in sorted(server.insists.items())))
