"""What libyaml complains about, in words for people: what is wrong, where it begins, and what to write instead.

Pure text work: it sees the lines of the file and libyaml's complaint, and knows nothing of the parser itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from clientreg.finding import Span
from clientreg.jsonvalue import shortened, shown

Place = tuple[int, int]


class Complaint(NamedTuple):
    """libyaml's words and the two places it names, as line and column from 0; `context` is where the part began."""

    lines: tuple[str, ...]
    problem: str
    context: str
    at: Place
    since: Place

    @property
    def line(self) -> str:
        """The line of the problem."""
        return self.lines[self.at[0]]

    @property
    def char(self) -> str:
        """The character of the problem; empty at the end of a line."""
        return self.line[self.at[1] : self.at[1] + 1]


class Mistake(NamedTuple):
    """A complaint in words, and the span of text to change."""

    span: Span
    message: str
    hint: str
    code: str = "CR001"


def in_words(complaint: Complaint) -> Mistake:
    """The first explanation that fits; libyaml's own words where none does."""
    for part, explain in _EXPLANATIONS:
        if part in complaint.problem and (mistake := explain(complaint)):
            return mistake
    hint = "check indentation, quotes and brackets here and on the line above"
    return _at(complaint.at, f"this is not YAML: {complaint.problem}", hint)


def quote(text: str) -> str:
    """The text as a YAML scalar in quotes; only its beginning where it is long."""
    text = shortened(text, 100)
    return "'" + text.replace("'", "''") + "'" if '"' in text or "\\" in text else f'"{text}"'


def _at(place: Place, message: str, hint: str, *, width: int = 1, code: str = "CR001") -> Mistake:
    line, column = place[0] + 1, place[1] + 1
    return Mistake(Span(line, column, line, column + max(width, 1)), message, hint, code)


_FIELD = re.compile(
    r"""(?P<indent>\s*(?:- +)*)(?P<key>[^\s:'"\[{][^:]*?|'[^']*'|"[^"]*"):(?P<gap>\s+)(?P<value>\S.*)"""
)
_GLUED = re.compile(r"\s*(?:- +)*(?P<key>[A-Za-z_][\w.#-]*):(?P<value>\S.*)")
# White space, but none that YAML knows: it comes from web pages and from Option-Space.
_ODD_SPACE = re.compile(r"\s*(?:- +)*(?P<key>[A-Za-z_][\w.#-]*):(?P<space>[^\S \t\n])\s*(?P<value>\S.*)")
_COMMENTED = re.compile(r"\s*(?P<key>[A-Za-z_]\w*)\s+(?P<rest>#\S*:\s.*)")
_COMMENT = re.compile(r"(?<!\s)\s+#.*")
# Bounded, like everything that is looked for anywhere in a line: the line may be as long as a file can be.
_ADDRESS = re.compile(r"""[^\s,\[\]{}"':/]{1,40}://\[[^\]\s]{0,80}\][^\s,\]}"']*""")


def _tab(c: Complaint) -> Mistake | None:
    if c.char != "\t":
        return None
    return _at(c.at, "a tab stands where YAML allows only spaces", "indent with spaces, two for each level")


def _reserved(c: Complaint, place: Place | None = None) -> Mistake:
    place = place or c.at
    line = c.lines[place[0]]
    before, rest = line[: place[1]], line[place[1] :]
    in_flow = sum(map(before.count, "[{")) > sum(map(before.count, "]}"))
    value = re.split(r"[,\]}]", rest, maxsplit=1)[0] if in_flow else _COMMENT.sub("", rest, count=1)
    value = value.strip() or rest[:1]
    return _at(place, f"a value cannot begin with {value[:1]!r}", f"put it in quotes: {quote(value)}", width=len(value))


def _name_of_alias(c: Complaint) -> Mistake:
    return _reserved(c, c.since)


def _colon(c: Complaint) -> Mistake:
    field = _FIELD.match(c.line)
    if field and field.end("gap") <= c.at[1]:
        value = _COMMENT.sub("", field["value"], count=1).rstrip()
        hint = f"put the value in quotes: {field['key']}: {quote(value)}"
        return _at(
            (c.at[0], field.start("value")), f"the value {shown(value)} holds a second ':'", hint, width=len(value)
        )
    above = next((n for n in range(c.at[0] - 1, -1, -1) if c.lines[n].strip()), None)
    if above is not None and (spaceless := _missing_space(above, c.lines[above])):
        return spaceless
    indent = len(c.line) - len(c.line.lstrip())
    hint = "indent it like the other fields of its level"
    return _at((c.at[0], indent), "a field cannot begin here: the line above already has a value", hint)


def _missing_space(number: int, line: str) -> Mistake | None:
    """A name and a value without a space between them, or with one that is none."""
    field = _GLUED.fullmatch(line) or _ODD_SPACE.fullmatch(line)
    if field is None:
        return None
    odd = field.groupdict().get("space")
    message = (
        f"U+{ord(odd):04X} follows the ':': it only looks like a space" if odd else "there is no space after the ':'"
    )
    hint = f"write {field['key']}: {shortened(field['value'])}"
    return _at((number, field.start("key")), message, hint, width=len(field["key"]) + 1 + len(odd or ""))


def _no_colon(c: Complaint) -> Mistake:
    line, text = c.since[0], c.lines[c.since[0]]
    if spaceless := _missing_space(line, text):
        return spaceless
    value = text.strip()
    place = (line, len(text) - len(text.lstrip()))
    if value.startswith("-"):
        hint = f"write - {shortened(value[1:])}"
        return _at(place, f"there is no space after the '-' of {shown(value)}", hint, width=len(value))
    if commented := _COMMENTED.fullmatch(text):
        hint = f"write {commented['key']}{shortened(commented['rest'])}"
        return _at(place, f"what follows ' #' is a comment, so {shown(value)} is no field", hint, width=len(value))
    hint = "write 'name: value'; or indent the line if it belongs to the value above"
    return _at(place, f"{shown(value)} is no field: there is no ':'", hint, width=len(value))


def _list_in_line(c: Complaint) -> Mistake:
    hint = "write [item, item], or each '- item' on a line of its own below"
    return _at(c.at, "a list with '-' cannot begin on the line of its field", hint)


def _unclosed_flow(c: Complaint) -> Mistake | None:
    if not c.context.startswith("while parsing a flow"):
        return None
    if address := _ADDRESS.search(c.line):
        message = f"the '[' inside {shown(address[0])} begins another list"
        hint = f"put the address in quotes: {quote(address[0])}"
        return _at((c.at[0], address.start()), message, hint, width=len(address[0]))
    opened = c.lines[c.since[0]][c.since[1] : c.since[1] + 1]
    closing = "]" if opened == "[" else "}"
    if c.at[0] == c.since[0] and c.char:
        hint = (
            f"put ',' between items, '{closing}' at the end, and quotes around a value that holds any of , : [ ] {{ }}"
        )
        return _at(c.at, f"',' or '{closing}' is missing before {shown(c.line[c.at[1] :])}", hint)
    hint = f"write '{closing}' after its last item, and ',' between items"
    rest = (c.line[c.at[1] :], *c.lines[c.at[0] + 1 :])
    until = f"not closed before line {c.at[0] + 1}" if any(line.strip() for line in rest) else "never closed"
    return _at(c.since, f"the '{opened}' that begins here is {until}", hint)


def _unclosed_quote(c: Complaint) -> Mistake | None:
    if "quoted scalar" not in c.context:
        return None
    mark = c.lines[c.since[0]][c.since[1] : c.since[1] + 1]
    return _at(c.since, f"the quote {mark} that begins here is never closed", f"write {mark} at the end of the value")


def _no_content(c: Complaint) -> Mistake:
    text = "\n".join((*c.lines[: c.at[0]], c.line[: c.at[1]]))
    if not c.char:
        opened = max(text.rfind("["), text.rfind("{"))
        place = (text.count("\n", 0, opened), opened - text.rfind("\n", 0, opened) - 1)
        closing = "]" if text[opened : opened + 1] == "[" else "}"
        return _at(place, f"the '{text[opened : opened + 1]}' that begins here is never closed", f"write '{closing}'")
    return _at(c.at, f"a value is missing before {c.char!r}", f"write the value, or take the {c.char!r} away")


def _no_key(c: Complaint) -> Mistake:
    if c.char == ":":
        return _at(c.at, "the name of a field is missing before ':'", "write name: value", code="CR007")
    if before := c.line[: c.at[1]].strip():
        return _after_value(c, before[-1])
    if c.line[c.at[1] :].startswith("- "):
        return _at(c.at, "a list item stands where a field belongs", "indent it below the field that it belongs to")
    if "block collection" in c.context or "block sequence" in c.context:
        return _at(c.at, "a field stands among the items of a list", "indent it below the item, or begin it with '- '")
    indent = "1 space" if c.at[1] == 1 else f"{c.at[1]} spaces"
    message = f"this line is indented by {indent}, which fits none of the lines above"
    return _at(c.at, message, "give all fields of one level the same indentation")


def _after_value(c: Complaint, last: str) -> Mistake:
    width = len(c.line.rstrip()) - c.at[1]
    if last in "'\"" and (runaway := _runaway_quote(c, last)):
        return runaway
    if last in "'\"":
        way = "write '' for an apostrophe" if last == "'" else 'write \\" for a quote'
        hint = f"{way} inside {last}...{last}, or use the other kind of quotes around the value"
        return _at(c.at, f"text follows the closing {last}", hint, width=width)
    if c.char and c.char in "]}":
        return _at(c.at, f"{c.char!r} closes what was never opened", "take it away, or put the value in quotes")
    hint = "put the whole value in quotes, or take away what follows"
    return _at(c.at, f"{shown(c.line[c.at[1] :])} follows a value that has ended", hint, width=width)


def _runaway_quote(c: Complaint, mark: str) -> Mistake | None:
    """A quote left open is closed by the next one: what looks like a closing quote stands where a value begins."""
    if not c.line[: c.at[1]].rstrip()[:-1].rstrip().endswith((":", ",", "[", "-")):
        return None
    for number in range(c.at[0] - 1, -1, -1):
        line = c.lines[number]
        opened = re.search(rf"(?:[:,\[]|^\s*-)\s*{mark}", line)
        if opened and line[opened.end() :].replace(f"\\{mark}", "").count(mark) % 2 == 0:
            message = f"the quote {mark} that begins here ends only on line {c.at[0] + 1}"
            return _at((number, opened.end() - 1), message, f"write {mark} at the end of the value")
    return None


def _escape(c: Complaint) -> Mistake:
    column = c.line.rfind("\\", 0, c.at[1] + 1)
    column = column if column >= 0 else c.at[1]
    text = c.line[column : column + 2]
    hint = "write \\\\ for a backslash, or put the value in single quotes"
    what = "is no escape that double quotes know" if "unknown" in c.problem else "needs hexadecimal digits behind it"
    return _at((c.at[0], column), f"{text} {what}", hint, width=2)


def _surrogate(c: Complaint) -> Mistake:
    place = (c.at[0], max(c.line.rfind("\\", 0, c.at[1] + 1), 0))
    hint = "write the character itself, or one escape such as \\U0001F600"
    return _at(place, "this escape is half of a character or none at all", hint, width=6, code="CR002")


def _block_header(c: Complaint) -> Mistake | None:
    if "block scalar" not in c.context:
        return None
    mark = c.lines[c.since[0]][c.since[1] : c.since[1] + 1]
    rest = c.lines[c.since[0]][c.since[1] :]
    hint = f"begin the text on the next line, indented; or put it in quotes: {quote(rest)}"
    return _at(c.since, f"text follows '{mark}' on the same line", hint, width=len(rest))


def _document(c: Complaint) -> Mistake:
    if any(line.startswith("...") for line in c.lines[: c.at[0]]) or "another" in c.problem:
        hint = "one file holds one document: delete this line and what follows, or move it to a file of its own"
        return _at(c.at, "a second document begins here", hint, code="CR008")
    return _at(
        c.at, "this line is indented less than the first field", "give all fields of one level the same indentation"
    )


def _tag(c: Complaint) -> Mistake:
    hint = "take it away; if the ! belongs to the value, put the value in quotes"
    return _at(c.since, "tags such as !name are not read", hint, code="CR005")


def _directive(c: Complaint) -> Mistake:
    return _at(c.since, "directives such as %YAML are not read", "delete the line", code="CR005")


_EXPLANATIONS: tuple[tuple[str, Callable[[Complaint], Mistake | None]], ...] = (
    ("tab character", _tab),
    ("cannot start any token", _tab),
    ("cannot start any token", _reserved),
    ("expected alphabetic or numeric", _name_of_alias),
    ("mapping keys are not allowed", _reserved),
    ("mapping values are not allowed", _colon),
    ("block sequence entries are not allowed", _list_in_line),
    ("could not find expected ':'", _no_colon),
    ("did not find expected ',' or", _unclosed_flow),
    ("found unexpected end of stream", _unclosed_quote),
    ("found unexpected document indicator", _unclosed_quote),
    ("did not find expected node content", _no_content),
    ("did not find expected key", _no_key),
    ("did not find expected '-' indicator", _no_key),
    ("unknown escape character", _escape),
    ("did not find expected hexdecimal number", _escape),
    ("invalid Unicode character escape", _surrogate),
    ("expected comment or line break", _block_header),
    ("but found another document", _document),
    ("expected <document start>", _document),
    ("tag", _tag),
    ("directive", _directive),
)
