"""Client files as they are proposed: a new one with what its client needs, or an entry in one that is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from clientreg.defaults import DEFAULTS
from clientreg.importing import emission, guess, insertion, wording
from clientreg.importing.found import Found
from clientreg.jsonvalue import Json, JsonObject
from clientreg.model import Client
from clientreg.reading.source import Document

_HEAD = """\
# yaml-language-server: $schema=../../schema/client.schema.json
# Imported from {} on {}. Look at each guess, then delete its comment.
"""
_FIXED = ("client_type", "application_type", "platform", "product")
"""Fields that no environment may say differently."""
_TEXTS = ("client_name", "description")


@dataclass(frozen=True, slots=True)
class Draft:
    """One client's file to be. `there` is the document that an entry goes into, None for a new file."""

    file: str
    client_id: str
    environment: str
    data: JsonObject
    comments: Mapping[str, str] = field(default_factory=dict)
    waivers: tuple[JsonObject, ...] = ()
    unmanaged: tuple[str, ...] = ()
    there: Document | None = None

    @property
    def guesses(self) -> tuple[str, ...]:
        """The fields that were proposed."""
        return tuple(name for name, words in self.comments.items() if words.startswith("guess"))

    def commented(self, name: str, words: str) -> Draft:
        """The same with a comment at a field."""
        return replace(self, comments={**self.comments, name: words})

    def waived(self, waivers: tuple[JsonObject, ...]) -> Draft:
        """The same with more exceptions."""
        return replace(self, waivers=(*self.waivers, *waivers))


def new(file: str, found: Found, environment: str, stated: Mapping[str, Json], guesses: guess.Guesses) -> Draft:
    """A file that says no more than it must: what is a default anyway is left to be one."""
    client_id = found.client_id
    values = {name: value for name, value in {**stated, **guesses.values}.items() if value is not None}
    values.pop("organization", None)
    if file.removeprefix("clients/").removesuffix(".yaml").replace("/", ".") == client_id:
        values.pop("client_id", None)
    else:
        values["client_id"] = client_id
    data = wording.ordered(_needed(values, client_id))
    comments = {name: f"guess: {why}" for name, why in guesses.why.items() if name in data}
    everything: JsonObject = {**data, "environments": {environment: {}}}
    return Draft(file, client_id, environment, everything, comments, unmanaged=found.unmanaged)


def merged(client: Client, document: Document, environment: str, found: Found, origin: str) -> Draft | str:
    """An entry for one more environment in a client's file, with what differs there; or why one file cannot say it."""
    entry = differences(client, None, found, origin)
    if isinstance(entry, str):
        return entry
    return Draft(client.file, client.client_id, environment, entry, unmanaged=found.unmanaged, there=document)


def differences(client: Client, environment: str | None, found: Found, origin: str) -> JsonObject | str:
    """What was found and a client's file does not say of an environment, or why no file could say both."""
    known = client.registration(environment)
    effective = {**{name: _thawed(value) for name, value in known.__dict__.items()}, **known.localized}
    stated = wording.stated(found.values)
    if isinstance(found.values.get("localized"), dict):
        stated = {**dict.fromkeys(known.localized), **stated}
    guesses = guess.missing(client.client_id, stated, origin).values
    worded = {name: value for name, value in guesses.items() if name in _TEXTS and _otherwise(name, stated, effective)}
    for name in _FIXED:
        if stated.get(name) is not None and stated[name] != effective[name]:
            return f"{client.file} says {name}: {effective[name]}, here it is {stated[name]}, and one file says it once"
    unsaid = {*_FIXED, *(guesses.keys() - worded.keys()), "organization", "client_id"}
    entry = {
        name: value
        for name, value in {**stated, **worded}.items()
        if name not in unsaid and not wording.same(name, value, effective.get(name))
    }
    return wording.ordered(entry)


def _otherwise(name: str, stated: Mapping[str, Json], effective: Mapping[str, Json]) -> bool:
    """Whether a text that no file can hold as it stands says something else than the client's own."""
    said = str(stated.get(name) or "").strip()
    return bool(said) and not str(effective.get(name)).startswith(said)


def text(draft: Draft, origin: str, today: str) -> str | None:
    """The whole file. None where its present text leaves no place for an entry."""
    if draft.there is None:
        waivers: JsonObject = {"waivers": [*draft.waivers]} if draft.waivers else {}
        head = _HEAD.format(emission.comment(origin), today)
        return head + emission.text({**draft.data, **waivers}, draft.comments)
    document = insertion.with_entry(draft.there, "environments", draft.environment, draft.data)
    for waiver in draft.waivers:
        document = insertion.with_item(document, "waivers", waiver) if document else None
    return document.text if document else None


def _needed(values: Mapping[str, Json], client_id: str) -> JsonObject:
    """Without what follows from the rest: each default may look at those before it."""
    known = {**values, "client_id": client_id}
    kept = dict(values)
    for name, default in DEFAULTS.items():
        try:
            meant = default(_frozen(known)) if callable(default) else default
        except (TypeError, AttributeError):  # a value of another kind, which the schema will name
            continue
        given = known.setdefault(name, _thawed(meant))
        if name in kept and _is(given, _thawed(meant)) and not (name == "redirect_uris" and given):
            del kept[name]
    if kept.get("contacts") == {}:
        del kept["contacts"]
    return kept


def _is(given: Json, meant: Json) -> bool:
    return given.__class__ is meant.__class__ and wording.same("", given, meant)


def _frozen(values: Mapping[str, Json]) -> dict[str, object]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def _thawed(value: object) -> Json:
    if isinstance(value, tuple):
        return [_thawed(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _thawed(item) for key, item in value.items()}
    return value  # type: ignore[return-value]
