"""What is right of a client's file that does not fit its schema, so that one slip does not hide all other mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, cast

from clientreg.finding import Finding
from clientreg.jsonvalue import Json, JsonObject, Path
from clientreg.reading import schema
from clientreg.reading.fieldnames import meant
from clientreg.reading.refusal import group_of
from clientreg.reading.schemata import SAME_EVERYWHERE, properties
from clientreg.reading.source import Document

_IN_PLACE: Mapping[str, Json] = {
    "client_name": "Client",
    "description": "What stands here is not judged, since no rule is asked that reads it.",
    "scopes": ["openid"],
}
"""For fields that no file may leave out."""

_NEEDED = SAME_EVERYWHERE - {"waivers"}
"""What nothing can be judged without."""


class Remainder(NamedTuple):
    """Fields that fit the schema, and what must not be judged: the names of the others, codes of doubtful waivers."""

    data: JsonObject
    unsure: frozenset[str]


def of(document: Document, findings: Iterable[Finding]) -> Remainder | None:
    """What is left without all that the findings of reading are about; None where that is too little to judge."""
    if not isinstance(document.data, dict):
        return None
    data, unsure = dict(document.data), set[str]()
    for path in dict.fromkeys(
        finding.path[: 3 if finding.path[:1] == ("environments",) else 1] for finding in findings
    ):
        unsure |= _left_out(data, path)
    data |= {name: value for name, value in _IN_PLACE.items() if name in unsure}
    if not unsure.isdisjoint(_NEEDED) or not schema.fits("client", data):
        return None
    return Remainder(data, frozenset(unsure))


def _left_out(data: dict[str, Json], path: Path) -> set[str]:
    """Take the field at a place out of the data. What is unsure by that: it, and which field its name may stand for."""
    match path:
        case ("environments", environment, field):
            environments = dict(cast("JsonObject", data["environments"]))
            overrides = dict(cast("JsonObject", environments[str(environment)]))
            doubtful = _doubtful(str(field), overrides)
            del overrides[str(field)]
            data["environments"] = {**environments, str(environment): overrides}
            return doubtful
        case ("environments", *_) | ():
            return {"environments"}
        case ("waivers",):
            return {"waivers", *_waived(data.pop("waivers"))}
    doubtful = _doubtful(str(path[0]), data)
    data.pop(str(path[0]), None)
    return doubtful


def _doubtful(field: str, data: JsonObject) -> set[str]:
    name = field.partition("#")[0]
    known = properties("client")
    if name in known:
        return {name}
    near = meant(name, [one for one in known if "." not in one])
    return {name, near or "", group_of("client", field, data)}


def _waived(waivers: Json) -> Iterator[str]:
    """The rules that waivers lift, as far as these can be understood."""
    for one in waivers if isinstance(waivers, list) else ():
        code = one.get("rule") if isinstance(one, dict) else None
        if isinstance(code, str):
            yield code
