"""Why a document does not fit its schema: one finding per mistake, at the key to change, with "did you mean"."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from clientreg.finding import Finding, Related, Severity, Span
from clientreg.jsonvalue import Json, JsonObject, Path, canonical, shown
from clientreg.reading.fieldnames import meant
from clientreg.reading.misfit import NULL, Misfit, Words, as_yaml, in_words
from clientreg.reading.schemata import SAME_EVERYWHERE, properties, schema
from clientreg.reading.source import Document

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

# Nobody reads more of one file, and a hostile file could ask for tens of thousands.
_MOST = 200

LONGEST_LIST = 100
"""Items: no schema of a file allows a list more."""

_ONE_PER_PLACE = ("type", "enum", "const", "minLength", "maxLength", "minItems", "maxItems", "pattern", "format")
_NAME_FORMS = {
    "scopes": "visible ASCII characters without spaces, quotes and backslashes",
    "severity": "the code of a rule: CR and three digits, such as CR201",
}
_OF_ORGANIZATION = frozenset(
    {
        "organization",
        "organisation",
        "organization_name",
        "company",
        "company_name",
        "contractor",
        "organization_number",
    }
    | {"owners", "domains", "recipients"}
)
_SECRET = frozenset({"client_secret", "clientsecret", "secret", "password", "registration_access_token"})


def explained(kind: str, document: Document, judge: Draft202012Validator) -> tuple[Finding, ...]:
    """Every mistake of a document that the judge refused, in the order of the file: at least one."""
    found = list(islice(_explained(kind, document, judge), _MOST)) or list(islice(_as_refused(judge, document), _MOST))
    astray = {finding.path for finding in found if finding.code == "CR102"}
    kept = [finding for finding in found if not _follows(kind, document.data, finding, astray)]
    return tuple(sorted(kept, key=attrgetter("span", "code")))


def _follows(kind: str, data: Json, finding: Finding, astray: Collection[Path]) -> bool:
    """Whether a field is missing, or a group empty, because of a name that is indented too deep or too little."""
    if finding.code == "CR101":
        return any(len(path) > 1 and path[-1:] == finding.path for path in astray)
    if finding.code != "CR103" or len(finding.path) != 1 or not isinstance(data, dict):
        return False
    group = str(finding.path[0])
    return data[group] is None and any(
        len(path) == 1 and group == group_of(kind, str(path[0]), data) for path in astray
    )


def _explained(kind: str, document: Document, judge: Draft202012Validator) -> Iterator[Finding]:
    values: dict[Path, Misfit] = {}
    incomplete: set[Path] = set()
    for misfit in islice(_misfits(kind, document, _errors(judge, document.data)), _MOST):
        if misfit.keyword == "required":
            if misfit.path not in incomplete:
                yield from _missing(kind, document, misfit)
            incomplete.add(misfit.path)
        elif misfit.keyword == "additionalProperties":
            yield from _unknown(kind, document, misfit)
        elif misfit.keyword == "uniqueItems":
            yield from _repeated(document, misfit)
        elif misfit.path not in values or _rank(misfit) < _rank(values[misfit.path]):
            values[misfit.path] = misfit
    for path, misfit in values.items():
        yield _finding(document, document.at(path), path, in_words(misfit))


def _misfits(kind: str, document: Document, errors: Iterable[ValidationError]) -> Iterator[Misfit]:
    """`anyOf` stands only for "this, or null to unset it": what is wrong is what the first branch says."""
    for error in errors:
        if error.kind.name == "anyOf":
            yield from _misfits(kind, document, cast("Any", error.kind).context[0])
            continue
        *place, keyword = map(str, error.schema_path)
        path, value = _followed(document.data, error.instance_path)
        demands = cast("JsonObject", _followed(schema(kind), place)[1])
        mandatory = len(path) == 1 and path[0] in cast("list[Json]", schema(kind)["required"])
        source = _source(document, document.at(path), value)
        yield Misfit(keyword, path, value, demands[keyword], demands, source, mandatory)


def _errors(judge: Draft202012Validator, data: Json) -> Iterator[ValidationError]:
    """Environment by environment, of long lists the beginning: the judge makes all errors of what it is given at once.

    20,000 of them, which a hostile file of 256 KiB can have, would take 200 MiB.
    """
    environments = data.get("environments") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(environments, dict):
        yield from judge.iter_errors(_beginning(data))
        return
    around: JsonObject = {**data, "environments": {name: {} for name in environments}}
    yield from (one for one in judge.iter_errors(_beginning(around)) if not _in_environment(one))
    for name, entry in environments.items():
        alone: JsonObject = {"environments": {name: entry}}
        yield from (one for one in judge.iter_errors(_beginning(alone)) if _in_environment(one))


def _in_environment(error: ValidationError) -> bool:
    return len(error.instance_path) > 1 and error.instance_path[0] == "environments"


def _beginning(value: Json) -> Json:
    """All its names, and of its lists so much that they still are too long where they were."""
    if isinstance(value, list):
        return [_beginning(item) for item in value[: LONGEST_LIST + 1]]
    return {name: _beginning(item) for name, item in value.items()} if isinstance(value, dict) else value


def _followed(value: Json, steps: Iterable[str | int]) -> tuple[Path, Json]:
    """Where steps lead: the path in the value, and what is there."""
    path: list[str | int] = []
    for step in steps:
        if isinstance(value, list):
            path.append(int(step))
            value = value[int(step)]
        else:
            name = _name(cast("JsonObject", value), step)
            path.append(name)
            value = cast("JsonObject", value)[name]
    return tuple(path), value


def _name(names: Iterable[str], step: str | int) -> str:
    """The name that is meant; the judge takes one of digits, such as `007`, for a number."""
    if isinstance(step, str):
        return step
    return min((name for name in names if re.fullmatch(rf"\+?0*{step}", name)), key=len)


def _source(document: Document, span: Span, value: Json) -> str:
    """How the file spells a value; where there is none, what stands behind its key."""
    line = document.line(span.line)
    written = line[span.column - 1 : span.end_column - 1] if span.line == span.end_line else ""
    return line[span.end_column :].strip() if value is None and written not in NULL else written


def _rank(misfit: Misfit) -> int:
    return _ONE_PER_PLACE.index(misfit.keyword) if misfit.keyword in _ONE_PER_PLACE else len(_ONE_PER_PLACE)


def _missing(kind: str, document: Document, misfit: Misfit) -> Iterator[Finding]:
    """Nothing for a field that is there under a misspelt name: that name is the one mistake."""
    fields, there = misfit.schema["properties"], cast("JsonObject", misfit.value)
    closed = misfit.schema.get("additionalProperties") is False
    unknown = islice((name for name in there if closed and not _is_known(name, misfit.schema)), _MOST)
    instead = {meant(name, fields) for name in unknown}
    for name in misfit.demand:
        if name not in there and name not in instead:
            title = str(fields[name]["title"])
            called = "" if title.lower() == name else f" ({title})"
            words = Words("CR101", f"'{name}' is missing{called}", _to_write(kind, name, fields[name]))
            yield _finding(document, document.at(misfit.path), (*misfit.path, name), words)


def _to_write(kind: str, name: str, field: Mapping[str, Any]) -> str:
    """What a missing field may be: whoever has to choose is told where the choice is explained."""
    if "enum" not in field:
        return f"for example {name}: {as_yaml(field['examples'][0])}"
    more = f"; 'clientreg explain {name}' says which" if kind == "client" else ""
    return f"write {name}: followed by one of {', '.join(field['enum'])}{more}"


def _unknown(kind: str, document: Document, misfit: Misfit) -> Iterator[Finding]:
    known: JsonObject | None = misfit.schema.get("properties")
    patterns = misfit.schema.get("patternProperties", {})
    data, path = cast("JsonObject", document.data), misfit.path
    for name in cast("JsonObject", misfit.value):
        if _is_known(name, misfit.schema):
            continue
        if known is None:
            words = Words("CR105", f"{shown(name)} cannot be a name in '{misfit.field}'", f"expected: {_form(misfit)}")
        elif path[:1] == ("environments",) and kind == "client" and name in SAME_EVERYWHERE:
            hint = "delete it here" if name in data else "write it once, outside environments"
            words = Words("CR102", f"'{name}' cannot differ per environment", hint)
        else:
            hint = _localized(name, patterns) or _never(kind, path, name) or _instead(kind, path, name, known, data)
            words = Words("CR102", f"{shown(name)} is not a field{_below(path)}", hint)
        yield _finding(document, document.key_at((*path, name)), (*path, name), words)


def _is_known(name: str, schema: Mapping[str, Any]) -> bool:
    """Whether the schema has a field of that name, or of that form, such as `client_name#nb`."""
    patterns = schema.get("patternProperties", {})
    return name in schema.get("properties", {}) or any(re.search(pattern, name) for pattern in patterns)


def _form(misfit: Misfit) -> str:
    return _NAME_FORMS.get(misfit.field, "lower-case letters, digits and hyphens, a letter first")


def _below(path: Path) -> str:
    names = [step for step in path if isinstance(step, str)]
    return f" of '{'.'.join(names)}'" if names else ""


def _never(kind: str, path: Path, name: str) -> str:
    """What to say of a name that no spelling could turn into a field."""
    if name.lower() in _SECRET:
        return "delete the line: a secret never stands in a file, apply makes it and hands it over sealed"
    if kind == "client" and not path and name in _OF_ORGANIZATION:
        return "write it in organization.yaml, beside this file"
    if "#" in name:
        return "for another language write client_name#nb or another BCP 47 tag; so for the pages and the logo"
    if re.match(r"[A-Za-z_]\w*:\S", name):
        return f"put a space after the colon: {name.replace(':', ': ', 1)}"
    return ""


def _localized(name: str, patterns: Iterable[str]) -> str:
    """A language that was added to a field in another way than with a '#'."""
    spelt = re.sub(r"[_.@#-]([A-Za-z]{2})(?:[_-]([A-Za-z]{2}))?$", _tagged, name)
    return f"did you mean '{spelt}'?" if any(re.search(pattern, spelt) for pattern in patterns) else ""


def _tagged(found: re.Match[str]) -> str:
    return "#" + "-".join(filter(None, found.groups()))


def _instead(kind: str, path: Path, name: str, known: JsonObject, data: JsonObject) -> str:
    """The field that was meant, or where a field of this name belongs."""
    group = "" if path else group_of(kind, name, data)
    near = meant(name, known)
    if near and not (group == "environments" and cast("JsonObject", known[near]).get("type") != "object"):
        return f"did you mean '{near}'?"
    if path and name in properties(kind):
        return f"'{name}' stands at the top level: indent it less"
    if group:
        what = "an environment" if group == "environments" else f"'{name}'"
        return f"{what} belongs below '{group}': indent it more"
    if len(known) <= 12:
        return "possible: " + ", ".join(known)
    return "'clientreg explain' lists the fields; what only people need goes into a comment"


def group_of(kind: str, name: str, data: JsonObject) -> str:
    """The group of fields that a name at the top level was meant for; what holds fields itself is an environment."""
    if inside := next((dotted for dotted in properties(kind) if dotted.endswith(f".{name}")), None):
        return inside.rpartition(".")[0]
    alone = data[name] is None and data.get("environments", {}) is None
    return "environments" if kind == "client" and (alone or isinstance(data[name], dict)) else ""


def _repeated(document: Document, misfit: Misfit) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, item in enumerate(cast("list[Json]", misfit.value)):
        before = first.setdefault(canonical(item), index)
        if before != index:
            path = (*misfit.path, index)
            words = Words("CR107", f"{shown(item)} stands twice in '{misfit.field}'", "delete one of the two")
            related = (Related(document.file, document.at((*misfit.path, before)).line, "it stands here first"),)
            yield _finding(document, document.at(path), path, words, related)


def _as_refused(judge: Draft202012Validator, document: Document) -> Iterator[Finding]:
    """What the judge itself says, for a file in which nothing was found that could be explained."""
    for error in judge.iter_errors(document.data):
        path, _ = _followed(document.data, error.instance_path)
        message = "the value does not fit" if "jwks" in path else error.message
        yield _finding(document, document.at(path), path, Words("CR105", message, ""))


def _finding(document: Document, span: Span, path: Path, words: Words, related: tuple[Related, ...] = ()) -> Finding:
    return Finding(document.file, span, path, words.code, Severity.ERROR, words.message, words.hint, related=related)
