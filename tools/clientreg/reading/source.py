"""One YAML file to a JSON value, with the place of every value; never raises for what a file holds.

Only the JSON subset of YAML 1.2 is read: no anchors, aliases, merge keys, tags, directives, duplicate keys or keys
that are not text; one document; UTF-8. `no`, `on`, dates, `0o17` and `1_000` stay text. This is the only module that
imports `yaml`, and only its libyaml parser: two parsers would not agree on every file.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from clientreg.errors import CannotFinish
from clientreg.finding import Finding, Related, Severity, Span
from clientreg.jsonvalue import Json, Path, shown
from clientreg.reading.encoding import conflict_markers, decode
from clientreg.reading.nodes import MAX_DEPTH, MAX_FINDINGS, MAX_VALUES, Node, Walk, one_character, span_of, unwritten

if TYPE_CHECKING:
    from yaml import MarkedYAMLError
    from yaml._yaml import CParser

# The character first and what stands before it second: so the search skips to the few characters that matter.
_MAY_BE_PROPERTY = re.compile(r"[&*!](?<![^\s\[{,:].)(?:(?<=!)|(?=[\w-]))")
_OPENERS = (b"[", b"{", b"-", b"?")
# Composing recurses in C: a file with more of these could end the process and is first read token by token.
# Indentation alone reaches 720 levels in a file of the largest size, which 256 KiB of stack still hold.
_SAFE_OPENERS = 200


class Document(NamedTuple):
    """A file that could be read: its text without byte order mark and carriage returns, and its value."""

    file: str
    text: str
    data: Json

    def at(self, path: Path) -> Span:
        """The place of a value: of the text itself for a scalar, of its key (or item start) for a collection.

        A path that is not there has the place of its deepest part that is; `()` is the first key of the file.
        """
        return self._place(path, of_key=False)

    def key_at(self, path: Path) -> Span:
        """The place of the key of a value; where the last step is an item of a list, the place of the value."""
        return self._place(path, of_key=True)

    def line(self, number: int) -> str:
        """A line of the source, counted from 1; empty where there is none."""
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def _place(self, path: Path, *, of_key: bool) -> Span:
        node, key = tree(self.text), cast("Node | None", None)
        for done, step in enumerate(path):
            below = _child(node, step)
            if below is None:
                return self._place(path[:done], of_key=of_key)
            key, node = below
        if key is not None and (of_key or node.id != "scalar" or unwritten(node)):
            return span_of(self.text, key)
        if node.id == "scalar":
            return _item_start(self.text, node) if unwritten(node) else span_of(self.text, node)
        if node.id == "mapping" and node.value and not (path and node.flow_style):
            return span_of(self.text, node.value[0][0])
        return one_character(node.start_mark)


def read(file: str, raw: bytes) -> tuple[Document | None, tuple[Finding, ...]]:
    """A document, or at least one finding that says why there is none; never both, for any bytes."""
    text = decode(file, raw)
    if isinstance(text, Finding):
        return None, (text,)
    root = _compose(file, raw, text)
    if isinstance(root, tuple):
        return None, root
    walk = Walk(file, text)
    if root is None or root.id != "mapping":
        return None, (walk.not_a_mapping(root),)
    data = walk.value(root)
    if walk.values > MAX_VALUES:
        walk.note("CR003", root, f"the file holds {walk.values:,} values; {MAX_VALUES:,} are read", "split it")
    if walk.findings:
        return None, tuple(walk.findings)
    return Document(file, text, data), ()


def _compose(file: str, raw: bytes, text: str) -> Node | tuple[Finding, ...] | None:
    """The root node, None for an empty file, or the findings that leave no tree to look at."""
    import yaml

    if marker := conflict_markers(file, text):
        return (marker,)
    if _needs_scan(raw, text) and (found := _scan(file, text)):
        return found
    try:
        return cast("Node | None", _parser()(text).get_single_node())
    except yaml.MarkedYAMLError as error:
        return (_mistake(file, text, error),)


@lru_cache(maxsize=1)
def _parser() -> type[CParser]:
    """libyaml's parser without its idea of types: every node without an explicit tag gets the empty tag."""
    try:
        from yaml._yaml import CParser as Parser
    except ImportError as error:
        hint = "install a wheel of PyYAML, or libyaml before building it"
        raise CannotFinish("PyYAML was installed without libyaml", hint) from error

    class Untyped(Parser):
        def resolve(self, _kind: object, _value: object, _implicit: object) -> str:
            return ""

        def descend_resolver(self, _parent: object, _index: object) -> None: ...

        def ascend_resolver(self) -> None: ...

    return Untyped


@lru_cache(maxsize=4)
def tree(text: str) -> Node:
    """The nodes of a text that `read` made a document of, each with its place."""
    return cast("Node", _parser()(text).get_single_node())


def _child(node: Node, step: str | int) -> tuple[Node | None, Node] | None:
    if node.id == "mapping":
        return next(((key, value) for key, value in node.value if key.value == step), None)
    if node.id == "sequence" and isinstance(step, int) and 0 <= step < len(node.value):
        return None, node.value[step]
    return None


def _item_start(text: str, node: Node) -> Span:
    mark = node.start_mark
    before = text[: mark.index].rstrip(" ")
    column = mark.column + 1 - (mark.index - len(before)) - before.endswith("-")
    return Span(mark.line + 1, column, mark.line + 1, column + 1)


def _needs_scan(raw: bytes, text: str) -> bool:
    """Whether the file may hold anchors, aliases or tags, or be too deep to compose at once."""
    if sum(map(raw.count, _OPENERS)) > _SAFE_OPENERS:
        return True
    if b"%" in raw and (text.startswith("%") or "\n%" in text):
        return True
    return (b"&" in raw or b"*" in raw or b"!" in raw) and _MAY_BE_PROPERTY.search(text) is not None


def _scan(file: str, text: str) -> tuple[Finding, ...]:
    """Token by token, without recursion: what nodes no longer tell, and the first level that is too deep."""
    import yaml

    seen: dict[str, Finding] = {}
    depth = 0
    parser: Any = _parser()(text)
    try:
        while (token := parser.get_token()).id != "<stream end>":
            if token.id in _OPENING:
                depth += 1
                if depth > MAX_DEPTH:
                    message = f"more than {MAX_DEPTH} levels stand inside each other"
                    deep = _error(file, one_character(token.start_mark), "CR003", message, "write it flatter")
                    return (*seen.values(), deep)
            elif token.id in _CLOSING:
                depth -= 1
            elif token.id in _PROPERTIES and len(seen) < MAX_FINDINGS:
                _property(file, text, token, seen)
    except yaml.MarkedYAMLError as error:
        return (*seen.values(), _mistake(file, text, error))
    except UnicodeDecodeError:
        # A tag may spell bytes as %ED%A0%80 that are no text; libyaml lets them pass.
        place = text.count("\n", 0, text.index("%")) + 1
        return (*seen.values(), _error(file, Span(place, 1, place, 2), "CR005", "a tag here is not text", _TAG_HINT))
    return tuple(seen.values())


_TAG_HINT = "take it away; if the ! belongs to the value, put the value in quotes"
_OPENING = frozenset({"[", "{", "<block sequence start>", "<block mapping start>"})
_CLOSING = frozenset({"]", "}", "<block end>"})
_PROPERTIES = frozenset({"<anchor>", "<alias>", "<tag>", "<directive>"})


def _property(file: str, text: str, token: Any, seen: dict[str, Finding]) -> None:
    """Notes an anchor, alias, tag or directive; the uses of one anchor are one finding."""
    start, end = token.start_mark, token.end_mark
    written = text[start.index : end.index].strip()
    place = Span(start.line + 1, start.column + 1, start.line + 1, start.column + 1 + max(len(written), 1))
    if token.id in ("<tag>", "<directive>"):
        what = "tags such as" if token.id == "<tag>" else "directives such as"
        hint = _TAG_HINT if token.id == "<tag>" else "delete the line"
        seen[f"{start.index}"] = _error(file, place, "CR005", f"{what} {shown(written)} are not read", hint)
        return
    name = f"name {token.value}"
    if name in seen:
        use = Related(file, start.line + 1, f"{written} is used here")
        if use not in seen[name].related:
            seen[name] = seen[name]._replace(related=(*seen[name].related, use)[:20])
        return
    what = "an anchor" if token.id == "<anchor>" else "an alias"
    hint = f"write the value out where it is used; if {written[:1]} belongs to the value, put the value in quotes"
    seen[name] = _error(file, place, "CR004", f"{shown(written)} is {what}, and these are not read", hint)


def _mistake(file: str, text: str, error: MarkedYAMLError) -> Finding:
    lines = tuple(text.split("\n"))
    at = _in_text(lines, error.problem_mark or error.context_mark)
    since = _in_text(lines, error.context_mark) if error.context_mark else at
    from clientreg.reading.syntax import Complaint, in_words  # only for a file that is no YAML

    mistake = in_words(Complaint(lines, error.problem or "", error.context or "", at, since))
    return _error(file, mistake.span, mistake.code, mistake.message, mistake.hint)


def _in_text(lines: tuple[str, ...], mark: Any) -> tuple[int, int]:
    """A mark's line and column; libyaml puts the end of a file without a last line feed one line further down."""
    if mark is None or mark.line >= len(lines):
        return len(lines) - 1, len(lines[-1])
    return mark.line, min(mark.column, len(lines[mark.line]))


def _error(file: str, span: Span, code: str, message: str, hint: str) -> Finding:
    return Finding(file, span, (), code, Severity.ERROR, message, hint)
