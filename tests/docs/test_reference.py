"""The reference pages: in step with what judges, and read by a code host as they are meant."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from clientreg import pages, rules, servers
from clientreg.capability import Capability, Holding
from clientreg.reading import schemata
from clientreg.report import reference
from clientreg.report.printable import printable
from clientreg.report.reference import markup
from clientreg.settings import PROFILES

HOST = MarkdownIt("gfm-like")
HOST.linkify.set({"fuzzy_link": False})  # as code hosts: no link without `http://` or `www.`
BOOK = rules.load()
NAMES = ("servers.md", "rules.md", "fields.md", "profiles.md")
PROPERTIES = schemata.properties("client")


class Words(HTMLParser):
    """What a reader sees of a piece of a page, and which elements it is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: set[str] = set()
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements.add(tag)


@cache
def made() -> dict[str, str]:
    return dict(pages.reference())


@cache
def tokens(name: str) -> tuple[Token, ...]:
    return tuple(HOST.parse(made()[name]))


def tables(text: str) -> Iterator[list[list[str]]]:
    """Each table as rows of cells, as a reader sees them."""
    rows: list[list[str]] = []
    for token in HOST.parse(text):
        if token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and token.level and rows is not None and token.map is not None:
            rows[-1:] = [[*rows[-1], Words(HOST.renderer.render([token], HOST.options, {})).text]] if rows else []
        elif token.type == "table_close":
            yield rows
            rows = []


def headings(name: str) -> list[str]:
    found = tokens(name)
    return [after.content.strip("`") for one, after in itertools.pairwise(found) if one.type == "heading_open"]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_in_step(name: str, repository: Path) -> None:
    there = (repository / "tools/docs" / name).read_text("utf-8")
    assert there == made()[name], "run 'clientreg docs' and commit what it writes"


def test_the_same_bytes_come_again() -> None:
    assert dict(pages.reference()) == made()
    assert tuple(made()) == NAMES


def test_every_rule_and_every_field_has_its_section() -> None:
    assert [one for one in headings("rules.md") if re.fullmatch(r"CR\d{3}", one)] == list(BOOK)
    assert headings("fields.md")[1:] == list(PROPERTIES)
    assert headings("servers.md")[1:] == [kind.name for kind in servers.kinds()]


def test_every_row_has_all_cells() -> None:
    shapes = {name: [{len(row) for row in rows} for rows in tables(made()[name])] for name in NAMES}
    assert [name for name, found in shapes.items() if not found] == ["rules.md"]
    assert [name for name, found in shapes.items() if any(len(widths) != 1 for widths in found)] == []


def test_the_profiles_say_what_lint_does() -> None:
    (rows,) = tables(made()["profiles.md"])
    words = {None: "none", "error": "error", "warning": "warning", "info": "note"}
    for code, _, *cells, exception in rows[1:]:
        rule = BOOK[code]
        for profile, cell in zip(PROFILES, cells, strict=True):
            said = [words[rule.severity(profile, production=production)] for production in (False, True)]
            assert cell == (said[0] if said[0] == said[1] else " / ".join(said))
        assert (exception == "waiver") is rule.waivable
    assert [row[0] for row in rows[1:]] == list(BOOK)


def test_the_matrix_says_what_servers_declare() -> None:
    rows = next(tables(made()["servers.md"]))
    top = [name for name in PROPERTIES if "." not in name]
    assert [row[0] for row in rows[1:]] == top
    for name, *cells in rows[1:]:
        for kind, cell in zip(servers.kinds(), cells, strict=True):
            held = kind.fields.get(name)
            more = ", only some values" if held and held.only else ""
            assert cell == (f"{held.holding}{more}" if held else "not told")
    assert rows[0][1:] == [f"{kind.name} {kind.tried}".strip() for kind in servers.kinds()]


def test_every_link_leads_somewhere() -> None:
    places = {f"{name}#{markup.anchor(one)}" for name in NAMES for one in headings(name)} | set(NAMES)
    links = {
        href if not href.startswith("#") else f"{name}{href}"
        for name in NAMES
        for token in tokens(name)
        for child in token.children or ()
        if (href := str(child.attrs.get("href", "")))
    }
    assert len(links) > 200
    assert links - places == set()


def test_nothing_is_html_but_code() -> None:
    html = {t.content for n in NAMES for b in tokens(n) for t in (b, *(b.children or ())) if t.type.startswith("html")}
    assert {one for one in html if one not in {"<code>", "</code>"}} == {f"{reference.MARK}\n"}


HOSTILE = (
    "a | b <script>`x | y`</script> **bold** _it_ [l](http://e.example) ![i](x) &amp; \\| $x$ ~~s~~ @me a@b.example"
)


def test_a_text_of_a_rule_stays_text() -> None:
    rule = BOOK["CR201"]._replace(
        title=HOSTILE, hint=HOSTILE, refs=(HOSTILE,), doc=f"# {HOSTILE}\n\n1. {HOSTILE}\n\n- {HOSTILE}",
        failing="```\n| <b> # <-\n```", passing="````",
    )  # fmt: skip
    server = replace(
        servers.types()["embedded"], fields={"scopes": Capability(Holding.REFUSED, HOSTILE, only=("a|b", "`"))}
    )
    found = reference.pages(PROPERTIES, (rule,), (server,))
    shown = HOSTILE.replace("`", "")
    (row,) = next(tables(found["profiles.md"]))[1:]
    assert (row[0], row[1], len(row)) == ("CR201", shown, 7)
    _, options, fields, insists = tables(found["servers.md"])
    assert fields[1:] == [["scopes", f'refused; only "a|b", "`"; {shown}']]
    page = Words(HOST.render(found["rules.md"]))
    assert page.text.count(shown) == 6
    assert page.elements == {"h1", "h2", "h3", "p", "strong", "ul", "li", "a", "code", "pre"}
    assert (len(options) > 1, len(insists) > 1) == (True, True)


LINES = st.text(st.sampled_from("|`\\<>[]()*_~&#$!@:/.-+1a \u202e\u00e9;\"'{}="), max_size=30)


def seen(text: str) -> str:
    """What is left of a text whose code is code."""
    return re.sub(r"`([^`\s][^`]*)`", r"\1", printable(" ".join(text.split())))


@given(LINES)
@example("a\\|b")
@example("http://a.example/`|`")
def test_prose_is_shown_letter_by_letter(text: str) -> None:
    page = Words(HOST.render(markup.prose(text)))
    assert page.text.removesuffix("\n") == seen(text)
    assert page.elements <= {"p", "code"}


@given(st.lists(LINES, min_size=1, max_size=3), st.lists(LINES, min_size=1, max_size=3))
def test_a_cell_stays_a_cell(texts: list[str], values: list[str]) -> None:
    row = [*map(markup.prose, texts), *map(markup.code, values)]
    _, shown = next(tables(markup.table(["head"] * len(row), [row])))
    assert [one.strip() for one in shown] == [
        *(seen(text).strip() for text in texts), *((printable(value) or " ").strip() for value in values)
    ]  # fmt: skip


@given(st.text(st.sampled_from("`~\n a|<\t"), max_size=40))
def test_a_block_shows_its_lines(text: str) -> None:
    (fence,) = HOST.parse(markup.block(text, "yaml"))
    assert fence.type == "fence"
    assert fence.content == "".join(f"{printable(line).rstrip()}\n" for line in text.split("\n"))
