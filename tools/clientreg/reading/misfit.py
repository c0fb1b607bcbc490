"""One demand of a schema that a value does not meet, in words: what stands there, what belongs there, what to write.

Pure text work on plain data; it knows neither of the validators. Values below `jwks` are never repeated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from clientreg.jsonvalue import Json, Path, shortened, shown
from clientreg.reading.fieldnames import guess, nearest

NULL = frozenset({"null", "~"})
TRUE_WORDS = frozenset({"true", "yes", "on", "y", "1"})
FALSE_WORDS = frozenset({"false", "no", "off", "n", "0"})
_BARE = re.compile(r"(?:[A-Za-z](?:[\w.'@/+~-]|:(?=\S)| (?=\w))*|[0-9]{4}-[0-9]{2}-[0-9]{2})\Z", re.ASCII)
_ITEMS_WITH_SPACES = frozenset({"recipients"})
_LONG = 200
_MANY = 9
_NOT_BARE = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


class Misfit(NamedTuple):
    """A keyword of the schema that the value at `path` does not satisfy.

    `source` is the value as the file has it; a file without a `mandatory` field is not complete.
    """

    keyword: str
    path: Path
    value: Json
    demand: Any
    schema: Mapping[str, Any]
    source: str = ""
    mandatory: bool = False

    @property
    def field(self) -> str:
        """The nearest name: the field itself, or the list whose item this is."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "file")

    @property
    def is_item(self) -> bool:
        """Whether it is an item of a list rather than a field."""
        return bool(self.path) and isinstance(self.path[-1], int)

    @property
    def subject(self) -> str:
        """The value as the beginning of a sentence: a field, or an item of a list."""
        return f"an item of '{self.field}'" if self.is_item else f"'{self.field}'"

    @property
    def example(self) -> Json:
        """The schema's first example, or null."""
        examples = self.schema.get("examples")
        return examples[0] if isinstance(examples, list) and examples else None

    @property
    def quoted(self) -> str:
        """The value as messages show it."""
        return "the value" if "jwks" in self.path else shown(self.value)


class Words(NamedTuple):
    """What a finding says about a misfit."""

    code: str
    message: str
    hint: str


def in_words(misfit: Misfit) -> Words:
    """Code, message and hint for one misfit."""
    if explain := _EXPLANATIONS.get(misfit.keyword):
        return explain(misfit)
    return Words("CR105", f"{misfit.quoted} does not fit '{misfit.field}'", _expected(misfit))


def as_yaml(value: Json) -> str:
    """A value in one line, as one would write it in a file."""
    if isinstance(value, list):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_yaml(key)}: {as_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, str) and _BARE.match(value) and value.lower() not in _NOT_BARE:
        return value
    return json.dumps(value, ensure_ascii=False)


def _expected(misfit: Misfit) -> str:
    example = misfit.example
    if example is None:
        return "write a value, or take it away"
    return f"for example {as_yaml(example)}" if misfit.is_item else f"for example {misfit.field}: {as_yaml(example)}"


def _kind(value: Json) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
    return "a group of fields"


_BELONGS = {
    "string": "text",
    "array": "a list",
    "object": "a group of fields",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}


def _type(misfit: Misfit) -> Words:
    belongs = str(misfit.demand)
    message = f"{misfit.subject} needs {_BELONGS.get(belongs, belongs)}"
    if misfit.value is None:
        message += ", not null" if _written_null(misfit) else ", but nothing stands there"
    elif "jwks" in misfit.path or isinstance(misfit.value, dict | list):
        message += f", not {_kind(misfit.value)}"
    elif isinstance(misfit.value, str):
        message += f", not {shown(misfit.value)}"
    else:
        message += f", not {shortened(misfit.source) or shown(misfit.value)}"
    return Words("CR103", message, _HINTS.get(belongs, _expected)(misfit))


def _written_null(misfit: Misfit) -> bool:
    return misfit.source in NULL


def _text_hint(misfit: Misfit) -> str:
    if misfit.value is None:
        return _nothing_hint(misfit)
    if isinstance(misfit.value, list):
        return "write it without brackets and without '- '"
    if isinstance(misfit.value, dict):
        return "write text; a text that holds ': ' or begins with a brace needs quotes"
    if "jwks" in misfit.path:
        return "put it in quotes"
    return _quotes_hint(misfit)


def _quotes_hint(misfit: Misfit) -> str:
    """Quotes help only where the value between them would fit."""
    if allowed := misfit.schema.get("enum"):
        return f"one of: {', '.join(allowed)}"
    pattern, form = misfit.schema.get("pattern", ""), f"expected: {misfit.schema.get('patternErrorMessage')}"
    if not re.search(pattern, misfit.source):
        return (
            f"write {misfit.source}s if seconds are meant; {form}" if re.search(pattern, f"{misfit.source}s") else form
        )
    return f'put it in quotes: "{shortened(misfit.source)}"'


def _nothing_hint(misfit: Misfit) -> str:
    if misfit.source.startswith("#"):
        return "write a value; what follows # is a comment: if it is the value, put it in quotes"
    if _written_null(misfit) and misfit.path[:1] == ("environments",) and len(misfit.path) == 3:
        return "it is mandatory, so null cannot unset it: take the line away, or write another value"
    write = ", ".join(filter(None, ("write a value", _expected(misfit))))
    return write if misfit.mandatory else f"{write}; or take the line away"


def _boolean_hint(misfit: Misfit) -> str:
    word = str(misfit.value).strip().lower()
    if word in TRUE_WORDS:
        return f"write {misfit.field}: true"
    if word in FALSE_WORDS:
        return f"write {misfit.field}: false"
    return f"write {misfit.field}: true or {misfit.field}: false"


def _list_hint(misfit: Misfit) -> str:
    if misfit.value is None:
        return _nothing_hint(misfit)
    if isinstance(misfit.value, dict):
        names = [name for name, below in misfit.value.items() if below is None and _BARE.match(name)]
        if names and len(names) == len(misfit.value):
            return f"begin each item with '- ', or write {misfit.field}: [{', '.join(names)}]"
        return f"begin each item with '- '; {_expected(misfit)}".rstrip("; ")
    if "jwks" in misfit.path:
        return "write it in brackets"
    if isinstance(misfit.value, str) and (glued := re.match(r"-(\S+)", misfit.value)):
        return f"put a space after the '-': - {shortened(glued[1])}"
    words = _words(misfit)
    return f"write {misfit.field}: [{', '.join(words) or shortened(misfit.source) or '...'}]"


def _words(misfit: Misfit) -> list[str]:
    """The items of a list that was written as one text, as in OAuth requests; none where items hold spaces."""
    if misfit.field in _ITEMS_WITH_SPACES or not isinstance(misfit.value, str):
        return []
    words = re.split(r"[\s,]+", misfit.value[:_LONG].strip(" ,"))
    return words if len(words) > 1 and len(misfit.value) <= _LONG and all(map(_BARE.match, words)) else []


def _object_hint(misfit: Misfit) -> str:
    if misfit.path == ("environments",) and (names := _bare_names(misfit.value)):
        return f"write environments: {{{', '.join(f'{name}: {{}}' for name in names)}}}"
    if misfit.value is not None:
        return _expected(misfit)
    if misfit.path[:-1] == ("environments",):
        return f"write {misfit.field}: {{}} if nothing is different there"
    return _nothing_hint(misfit)


def _bare_names(value: Json) -> list[str]:
    """The names in a list, or the only one, where they are names."""
    names = value if isinstance(value, list) else [value]
    texts = [name for name in names[:_MANY] if isinstance(name, str) and re.fullmatch("[a-z][a-z0-9-]*", name)]
    return texts if len(texts) == len(names) else []


def _integer_hint(misfit: Misfit) -> str:
    if isinstance(misfit.value, str) and re.fullmatch(r"-?[0-9]+", misfit.value):
        return f"write it without quotes: {misfit.value}"
    return _expected(misfit)


_HINTS: dict[str, Callable[[Misfit], str]] = {
    "string": _text_hint,
    "boolean": _boolean_hint,
    "array": _list_hint,
    "object": _object_hint,
    "integer": _integer_hint,
}


def _enum(misfit: Misfit) -> Words:
    words = f"one of: {', '.join(map(str, misfit.demand))}"
    near = nearest(misfit.value, misfit.demand) if isinstance(misfit.value, str) else None
    which = f"; 'clientreg explain {misfit.field}' says which" if misfit.mandatory else ""
    hint = guess(near, words if near else words + which)
    return Words("CR104", f"{misfit.quoted} is not a value of '{misfit.field}'", hint)


def _const(misfit: Misfit) -> Words:
    hint = f"write {misfit.field}: {misfit.demand}; what a later version holds needs a newer clientreg"
    return Words("CR104", f"{misfit.quoted} is not a value of '{misfit.field}'", hint)


def _pattern(misfit: Misfit) -> Words:
    if isinstance(misfit.value, str) and misfit.value.isspace():
        return Words("CR106", f"{misfit.subject} holds nothing but spaces", _more(misfit))
    form = misfit.schema.get("patternErrorMessage")
    hint = f"expected: {form}" if form else _expected(misfit)
    return Words("CR105", f"{misfit.quoted} does not fit '{misfit.field}'", hint)


def _format(misfit: Misfit) -> Words:
    return Words("CR105", f"{misfit.quoted} is no day of the calendar", _expected(misfit))


def _size(noun: str, *, most: bool) -> Callable[[Misfit], Words]:
    def words(misfit: Misfit) -> Words:
        has, limit = len(misfit.value) if isinstance(misfit.value, str | list | dict) else 0, misfit.demand
        nouns = noun if has == 1 else _PLURAL[noun]
        if most:
            message = f"{misfit.subject} has {has:,} {nouns}, at most {limit:,} are possible"
            return Words("CR106", message, "shorten it" if noun == "character" else "take some away")
        message = f"{misfit.subject} has {has:,} {nouns}, at least {limit:,} are needed"
        if has == 0:
            message = f"{misfit.subject} is empty"
        return Words("CR106", message, _more(misfit))

    return words


def _more(misfit: Misfit) -> str:
    if (
        isinstance(misfit.value, str)
        and (misfit.value or misfit.demand != 1)
        and (about := str(misfit.schema.get("description", "")))
    ):
        first = about.split(". ", maxsplit=1)[0].rstrip(".")
        return f"write {first[0].lower()}{first[1:]}"
    example = _expected(misfit)
    least = "one" if misfit.demand == 1 else misfit.demand
    return f"write at least {least}, {example}" if example else "write a value, or take it away"


_PLURAL = {"character": "characters", "item": "items", "entry": "entries"}


def _minimum(misfit: Misfit) -> Words:
    return Words(
        "CR106", f"{misfit.subject} is {misfit.value}, at least {misfit.demand} is possible", _expected(misfit)
    )


def _maximum(misfit: Misfit) -> Words:
    return Words("CR106", f"{misfit.subject} is {misfit.value}, at most {misfit.demand} is possible", _expected(misfit))


_EXPLANATIONS: dict[str, Callable[[Misfit], Words]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "format": _format,
    "minLength": _size("character", most=False),
    "maxLength": _size("character", most=True),
    "minItems": _size("item", most=False),
    "maxItems": _size("item", most=True),
    "maxProperties": _size("entry", most=True),
    "minimum": _minimum,
    "maximum": _maximum,
}
